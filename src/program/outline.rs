//! What a program consists of, at its top: text goes in, its statements come out if a grammar takes all of it.
//!
//! The question here is whether a text is a program, not which one. The parser is stopped at the first error, so that
//! text which is none costs little, and all parsing that one search may do is paid from one [`Effort`].

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::language::{LANGUAGES, Language};
use super::tree::{CONTINUATIONS, MAX_BYTES, continuations, forward, parse, spend, with_room};

/// A statement at the top of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes.
    pub span: Range<usize>,
    /// What kind of statement.
    pub says: Says,
}

/// Whether a statement is what only programs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It defines, imports, assigns, calls, branches, loops or returns.
    Something,
    /// A comment, or a string that is a statement: of a program only where there is something else.
    Comment,
    /// A mere value, as a word, a number or a list is: prose and data look like that, too.
    Nothing,
}

/// How much parsing a search may still do in each language: bytes, and more for texts that are ambiguous. Counted, not timed,
/// so that the outcome is the same on every machine; by language, so that one that is hard to refuse leaves the others theirs.
#[derive(Debug, Clone)]
pub struct Effort {
    left: Vec<usize>,
}

/// What one search may spend on a language. A parser takes some 8 MB/s, so that this is about a quarter of a second.
const EFFORT: usize = 1 << 21;

/// What a text costs however short it is: the parser's setting up.
const LEAST: usize = 1 << 7;

/// Rounds of 100 steps (see `tree.rs`) for the grammars that can be ambiguous: a program of 4 KiB takes 20 to 60.
const ROUNDS: usize = 140;

/// Rounds for Python, which has no ambiguities.
const ROUNDS_OF_PYTHON: usize = 5_000;

/// Time in ambiguous texts grows with the square of the rounds: 140 of JavaScript's take 0.2 s on `lambda x:`, over and over.
const BYTES_PER_SQUARE_ROUND: usize = 100;

impl Default for Effort {
    fn default() -> Self {
        Effort { left: vec![EFFORT; LANGUAGES.len()] }
    }
}

impl Effort {
    /// Whether nothing is left for a language, so that the search has not seen everything.
    #[must_use]
    pub fn is_spent(&self, language: Language) -> bool {
        self.left[language as usize] == 0
    }

    /// Whether nothing is left for some language.
    #[must_use]
    pub fn ran_out(&self) -> bool {
        self.left.contains(&0)
    }

    fn pay(&mut self, language: Language, bytes: usize) {
        let left = &mut self.left[language as usize];
        *left = left.saturating_sub(bytes);
    }
}

/// The statements at the top of a text, in order; `None` where the grammar does not take the text whole, the text is
/// too long or too hard to parse, or no effort is left.
#[must_use]
pub fn outline(text: &str, language: Language, effort: &mut Effort) -> Option<Vec<Statement>> {
    if text.len() > MAX_BYTES || effort.is_spent(language) {
        return None;
    }
    let most = if language == Language::Python { ROUNDS_OF_PYTHON } else { ROUNDS };
    let (mut rounds, mut reached) = (most, 0);
    let statements = with_room(text.len(), || {
        let mut parser = Parser::new();
        let parsed = parse(&mut parser, text, language, |state| {
            reached = state.current_byte_offset();
            spend(&mut rounds) && !state.has_error()
        });
        if parsed.is_some() {
            reached = text.len();
        }
        let parsed = parsed.filter(|parsed| !parsed.root_node().has_error() && has_all_bodies(parsed, language))?;
        let mut cursor = parsed.walk();
        let children = parsed.root_node();
        let named = children.named_children(&mut cursor);
        Some(named.map(|node| Statement { span: node.byte_range(), says: says(node, language) }).collect())
    });
    let used = most - rounds;
    let more = if language == Language::Python {
        // As slow as `CONTINUATIONS` says: 50 ms, 400 000 bytes' worth, for the square of 1 024.
        continuations(text).min(CONTINUATIONS).pow(2) / 2
    } else {
        used * used * BYTES_PER_SQUARE_ROUND
    };
    effort.pay(language, LEAST + reached + more);
    statements?
}

/// Whether there is something below every header. The grammar of Python takes `def f():` with nothing below it, as a
/// program has that was cut off.
fn has_all_bodies(parsed: &Tree, language: Language) -> bool {
    let body = language.kind("block");
    let mut cursor = parsed.walk();
    loop {
        let node = cursor.node();
        if language == Language::Python && node.kind_id() == body && node.byte_range().is_empty() {
            return false;
        }
        if !cursor.goto_first_child() && !forward(&mut cursor, || {}) {
            return true;
        }
    }
}

fn says(node: Node<'_>, language: Language) -> Says {
    let kind = node.kind();
    if node.is_extra() || kind.contains("comment") {
        return Says::Comment;
    }
    if kind == "expression_statement" {
        return node.named_child(0).map_or(Says::Nothing, |value| says_value(value));
    }
    let something = if language == Language::Python {
        // Words that are a line of their own in prose, too.
        !matches!(kind, "pass_statement" | "break_statement" | "continue_statement")
    } else if kind == "declaration" {
        // `Hello world;` declares, for a grammar that knows no names.
        let field = |name| node.child_by_field_name(name).map(|child| child.kind());
        field("type") != Some("type_identifier") || field("declarator") != Some("identifier")
    } else {
        SAYING.binary_search(&kind).is_ok()
    };
    if something { Says::Something } else { Says::Nothing }
}

/// What a statement says that is a mere expression.
fn says_value(value: Node<'_>) -> Says {
    match value.kind() {
        "string" | "concatenated_string" => Says::Comment,
        // `Note: text` annotates a name, for Python.
        "assignment" if value.child_by_field_name("right").is_none() => Says::Nothing,
        kind if VALUES_SAYING.binary_search(&kind).is_ok() => Says::Something,
        _ => Says::Nothing,
    }
}

/// Expressions that do something, by the names that the six grammars have for them.
#[rustfmt::skip]
const VALUES_SAYING: &[&str] = &[
    "assignment", "assignment_expression", "augmented_assignment", "augmented_assignment_expression", "await",
    "await_expression", "call", "call_expression", "new_expression", "yield",
];

/// Statements that say something, by the names that the five grammars beside Python's have for them.
#[rustfmt::skip]
const SAYING: &[&str] = &[
    "alias_declaration", "annotation_type_declaration", "class_declaration", "class_specifier", "const_declaration",
    "const_item", "enum_declaration", "enum_item", "enum_specifier", "export_statement", "extern_crate_declaration",
    "for_in_statement", "for_statement", "function_declaration", "function_definition", "function_item",
    "generator_function_declaration", "if_statement", "impl_item", "import_declaration", "import_statement",
    "interface_declaration", "let_declaration", "lexical_declaration", "linkage_specification", "macro_definition",
    "method_declaration", "mod_item", "namespace_definition", "package_clause", "package_declaration", "preproc_def",
    "preproc_function_def", "preproc_if", "preproc_ifdef", "preproc_include", "record_declaration", "short_var_declaration",
    "static_item", "struct_item", "struct_specifier", "switch_statement", "template_declaration", "trait_item",
    "try_statement", "type_declaration", "type_definition", "type_item", "use_declaration", "using_declaration",
    "var_declaration", "variable_declaration", "while_statement",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, language: Language) -> Option<Vec<Says>> {
        let statements = outline(text, language, &mut Effort::default())?;
        Some(statements.into_iter().map(|statement| statement.says).collect())
    }

    #[test]
    fn statements_say_what_only_programs_have() {
        use Says::{Comment, Nothing, Something};
        let python = |text| said(text, Language::Python);
        assert_eq!(python("hello"), Some(vec![Nothing]));
        assert_eq!(python("-item\n[1, 2]\nx < 3"), Some(vec![Nothing; 3]));
        assert_eq!(python("# a\n'''b'''\nx = 1\nf(x)"), Some(vec![Comment, Comment, Something, Something]));
        assert_eq!(python("Example: foo"), Some(vec![Nothing]));
        assert_eq!(python("import os\ndef f():\n    pass\n"), Some(vec![Something; 2]));
        assert_eq!(python("    return a + b\n"), Some(vec![Something]));
        assert_eq!(python(""), Some(vec![]));
        for prose in [
            "hello world",
            "Here is the code:",
            "def f(",
            "```",
            "x = (1",
            "don't",
            "def f():",
            "if a:\n    while b:\n",
        ] {
            assert_eq!(python(prose), None, "{prose}");
        }
    }

    #[cfg(feature = "grammars")]
    #[test]
    fn other_languages_too() {
        for (text, language) in [
            ("int main() { return 0; }", Language::Cpp),
            ("#include <vector>\n", Language::Cpp),
            ("int dp[100];", Language::Cpp),
            ("class A { int x; }", Language::Java),
            ("const a = 1;", Language::JavaScript),
            ("f(1)", Language::JavaScript),
            ("package main", Language::Go),
            ("fn main() {}", Language::Rust),
        ] {
            assert_eq!(said(text, language), Some(vec![Says::Something]), "{text}");
        }
        assert_eq!(said("Hello world;", Language::Cpp), Some(vec![Says::Nothing]));
        assert_eq!(said("hello", Language::JavaScript), Some(vec![Says::Nothing]));
        assert_eq!(said("int main() { return 0", Language::Cpp), None);
    }

    #[test]
    fn names_are_in_the_order_in_which_they_are_looked_up_and_some_grammar_has_them() {
        for names in [SAYING, VALUES_SAYING] {
            assert!(names.is_sorted());
            #[cfg(feature = "grammars")]
            for name in names {
                assert!(LANGUAGES.iter().any(|language| language.kind(name) != 0), "{name}");
            }
        }
    }

    #[test]
    fn effort_ends_and_is_counted_not_timed() {
        for &language in LANGUAGES {
            for unit in [
                "a<",
                "([{",
                "lambda x:",
                "f'{",
                "x = 1\n",
                "if a:\n",
                "(",
                "\0",
                "{};",
                "a b ",
                "x\\\n",
                "@a\n",
                "1\\\n",
            ] {
                let text = unit.repeat((1 << 14) / unit.len());
                let (mut effort, mut again) = (Effort::default(), Effort::default());
                let start = std::time::Instant::now();
                let outcome = outline(&text, language, &mut effort);
                let took = start.elapsed();
                assert_eq!((outcome, &effort.left), (outline(&text, language, &mut again), &again.left));
                let paid = EFFORT - effort.left[language as usize];
                // A small part of the speed that is counted on: machines differ, and are busy.
                let most = 0.5 + paid as f64 * 2e-6;
                assert!(took.as_secs_f64() < most, "{} {unit:?}: {took:?} for {paid}", language.name());
            }
        }
    }
}
