//! Source text to syntax tree: text goes in, nodes and tokens as plain data come out, within a bound on the work.
//!
//! The only place where a parser runs. What is parsed is never executed, and trees of any depth are walked by a cursor.

use std::ops::{ControlFlow, Range};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree as Parsed, TreeCursor};

use super::language::{Grammar, LANGUAGES, Language, Role};
use crate::kernels::subtrees::Node;

/// Longer texts are not parsed: no solution of a problem is that long.
pub const MAX_BYTES: usize = 1 << 16;

/// Of longer texts it is not guessed that they are anything but Python: mending errors takes JavaScript's parser time that
/// grows with the square of the text, 46 s for 64 KiB of `lambda x:`.
const GUESSED_BYTES: usize = 1 << 14;

/// The parser asks whether to go on after every 100 steps; it may do so this often, which is the same on every machine,
/// as a limit on time would not be. A program of 500 bytes takes 3 rounds, one of 20 000 takes 100 to 400. Ambiguous
/// texts in Java and C++ take time and memory that grow with the square of the rounds: at 1 000 about a second.
const ROUNDS: usize = 1_000;

/// Python has no such ambiguities; this is what the densest text of [`MAX_BYTES`] takes, a list of digits.
const ROUNDS_OF_PYTHON: usize = 5_000;

/// Line continuations in a text of Python; one with more is not parsed. For each that stands right after a word, with no
/// space between, the scanner begins again at the first: 21 000 in 64 KiB take 20 s, this many 50 ms.
pub(super) const CONTINUATIONS: usize = 1 << 10;

/// The parser lets go of what it has open by recursion, about 112 bytes for each open bracket or ambiguity. Texts up to
/// this length fit into any thread's stack; longer ones are parsed on a thread with room for their depth.
const SHALLOW_BYTES: usize = 1 << 12;
const STACK_BYTES_PER_BYTE: usize = 256;
const STACK_BYTES: usize = 1 << 20;

/// Set in a node's kind when the parser put the node there itself, because it was missing.
const MISSING: u32 = 1 << 16;

/// A program: its tree without comments, Python's docstrings and line continuations.
#[derive(Debug)]
pub struct Tree {
    /// What it is written in.
    pub language: Language,
    /// Bytes inside errors; what is missing counts one byte. 0 when the grammar takes the whole text.
    pub wrong: usize,
    /// In preorder; the kinds are the grammar's, with the language in the bits above.
    pub nodes: Vec<Node>,
    /// The bytes of each node.
    pub spans: Vec<Range<u32>>,
    /// The tree with all its text, as a sequence.
    pub tokens: Vec<Token>,
}

/// A step of the walk through a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Into an inner node of this kind.
    Enter(u16),
    /// Out of it.
    Leave,
    /// A leaf, or what an inner node says between its children.
    Text(Range<u32>),
    /// A name that may be the program's own, and whether the program gives it here.
    Name(Range<u32>, bool),
}

impl Tree {
    /// Parses a text: in the given language, or in the one that fits best, which is the first of [`LANGUAGES`] with the
    /// fewest bytes inside errors.
    ///
    /// `None` when the text is too long, too hard to parse, or holds no code at all.
    #[must_use]
    pub fn parse(text: &str, language: Option<Language>) -> Option<Self> {
        if text.len() > MAX_BYTES || text.trim().is_empty() {
            return None;
        }
        with_room(text.len(), || Self::parse_here(text, language))?
    }

    fn parse_here(text: &str, language: Option<Language>) -> Option<Self> {
        let mut parser = Parser::new();
        let mut best: Option<(usize, Language, Parsed)> = None;
        let guesses = if text.len() > GUESSED_BYTES { &LANGUAGES[..1] } else { LANGUAGES };
        for &language in language.as_ref().map_or(guesses, std::slice::from_ref) {
            let mut rounds = if language == Language::Python { ROUNDS_OF_PYTHON } else { ROUNDS };
            let Some(parsed) = parse(&mut parser, text, language, |_| spend(&mut rounds)) else { continue };
            let wrong = wrong_bytes(&parsed);
            if best.as_ref().is_none_or(|(least, ..)| wrong < *least) {
                best = Some((wrong, language, parsed));
            }
            if wrong == 0 {
                break;
            }
        }
        let (wrong, language, parsed) = best?;
        let tree = Tree { wrong, ..Walk::new(text, language).run(&parsed) };
        (tree.nodes.len() > 1).then_some(tree)
    }
}

/// Runs what parses a text of so many bytes where the stack holds the depth that such a text can have; `None` where there
/// is no room for it.
pub(super) fn with_room<T: Send>(bytes: usize, parse: impl FnOnce() -> T + Send) -> Option<T> {
    if bytes <= SHALLOW_BYTES {
        return Some(parse());
    }
    let room = STACK_BYTES + STACK_BYTES_PER_BYTE * bytes;
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().stack_size(room);
        deep.spawn_scoped(scope, parse).ok()?.join().ok()
    })
}

/// Parses a text for as long as `goes_on` says so; `None` when it was given up.
pub(super) fn parse(
    parser: &mut Parser,
    text: &str,
    language: Language,
    mut goes_on: impl FnMut(&ParseState) -> bool,
) -> Option<Parsed> {
    if language == Language::Python && continuations(text) > CONTINUATIONS {
        return None;
    }
    parser.set_language(&language.grammar().language).ok()?;
    // A text that was given up leaves its half behind.
    parser.reset();
    let mut go_on =
        |state: &ParseState| if goes_on(state) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
}

/// Backslashes at the ends of lines.
pub(super) fn continuations(text: &str) -> usize {
    text.as_bytes().windows(2).filter(|pair| matches!(pair, [b'\\', b'\n' | b'\r'])).count()
}

/// Takes one of what is left; whether something still is.
pub(super) fn spend(rounds: &mut usize) -> bool {
    *rounds = rounds.saturating_sub(1);
    *rounds > 0
}

/// Bytes inside errors; what is missing counts one byte. 0 for a tree without errors.
fn wrong_bytes(parsed: &Parsed) -> usize {
    let mut cursor = parsed.walk();
    let mut wrong = 0;
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            wrong += node.byte_range().len().max(1);
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        if !forward(&mut cursor, || {}) {
            return wrong;
        }
    }
}

/// To the next node that is not below this one; `closed` is called for each node left. `false` at the end.
pub(super) fn forward(cursor: &mut TreeCursor<'_>, mut closed: impl FnMut()) -> bool {
    loop {
        if cursor.goto_next_sibling() {
            return true;
        }
        if !cursor.goto_parent() {
            return false;
        }
        closed();
    }
}

/// A walk through a parsed text that writes down what it sees.
struct Walk<'a> {
    text: &'a [u8],
    grammar: &'static Grammar,
    /// The nodes that the walk is in.
    open: Vec<Open>,
    /// Where the text begins that is not written down yet.
    covered: usize,
    tree: Tree,
}

struct Open {
    at: usize,
    kind: u16,
    end: usize,
    literal: bool,
    /// What the node says about names that stand in it as it does itself.
    role: Option<Role>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, language: Language) -> Self {
        let tree = Tree { language, wrong: 0, nodes: Vec::new(), spans: Vec::new(), tokens: Vec::new() };
        Walk { text: text.as_bytes(), grammar: language.grammar(), open: Vec::new(), covered: 0, tree }
    }

    fn run(mut self, parsed: &Parsed) -> Tree {
        let mut cursor = parsed.walk();
        loop {
            let node = cursor.node();
            let extra = node.is_extra() && !node.is_error();
            if extra || self.grammar.is_docstring(&node, self.text) {
                self.say(node.start_byte());
                self.covered = self.covered.max(node.end_byte());
            } else {
                self.enter(&cursor);
                if cursor.goto_first_child() {
                    continue;
                }
                self.leaf(&cursor);
            }
            if !forward(&mut cursor, || self.leave()) {
                return self.tree;
            }
        }
    }

    fn enter(&mut self, cursor: &TreeCursor<'_>) {
        let node = cursor.node();
        let (kind, field) = (node.kind_id(), cursor.field_id().map_or(0, u16::from));
        let (above, inherited) = self.open.last().map_or((None, None), |open| (Some(open.kind), open.role));
        let role = match above.and_then(|above| self.grammar.role(above, field)) {
            Some(Role::Inherits) => inherited,
            role => role,
        };
        self.say(node.start_byte());
        let literal = self.grammar.is_literal(kind);
        self.open.push(Open { at: self.tree.nodes.len(), kind, end: node.end_byte(), literal, role });
        self.tree.tokens.push(Token::Enter(kind));
        let missing = if node.is_missing() { MISSING } else { 0 };
        self.tree.nodes.push(Node {
            kind: u32::from(kind) | missing | (self.tree.language as u32) << 17,
            field,
            shown: node.is_named() || node.is_missing(),
            end: 0,
        });
        self.tree.spans.push(span(node.start_byte(), node.end_byte()));
    }

    /// What was entered last has no children: it is its text.
    fn leaf(&mut self, cursor: &TreeCursor<'_>) {
        let node = cursor.node();
        let Some(open) = self.open.pop() else { return };
        self.tree.tokens.pop();
        self.close(open.at);
        if self.grammar.is_name(open.kind) && open.role != Some(Role::Foreign) {
            let name = span(node.start_byte(), node.end_byte());
            self.tree.tokens.push(Token::Name(name, open.role == Some(Role::Binds)));
            self.covered = self.covered.max(open.end);
        } else if open.literal {
            self.tree.tokens.push(Token::Text(span(node.start_byte(), node.end_byte())));
            self.covered = self.covered.max(open.end);
        } else {
            self.say(open.end);
        }
    }

    fn leave(&mut self) {
        let Some(end) = self.open.last().map(|open| open.end) else { return };
        self.say(end);
        if let Some(open) = self.open.pop() {
            self.tree.tokens.push(Token::Leave);
            self.close(open.at);
        }
    }

    fn close(&mut self, at: usize) {
        self.tree.nodes[at].end = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
    }

    /// Writes down the text up to here: between children only layout, or what the grammar has no node for.
    fn say(&mut self, end: usize) {
        if end <= self.covered {
            return;
        }
        let gap = self.covered..end;
        self.covered = end;
        if self.open.last().is_some_and(|open| open.literal) {
            self.tree.tokens.push(Token::Text(span(gap.start, gap.end)));
            return;
        }
        let bytes = &self.text[gap.clone()];
        let words = bytes.trim_ascii();
        if !words.is_empty() {
            let start = gap.start + bytes.len() - bytes.trim_ascii_start().len();
            self.tree.tokens.push(Token::Text(span(start, start + words.len())));
        }
    }
}

/// Texts are shorter than [`MAX_BYTES`], so that nothing is cut.
fn span(start: usize, end: usize) -> Range<u32> {
    let cut = |at| u32::try_from(at).unwrap_or(u32::MAX);
    cut(start)..cut(end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn python_is_what_python_takes() {
        for text in ["x = 1", "print(1)", "def f(a):\n    return a", "class A:\n    pass", "    return a + b"] {
            let tree = Tree::parse(text, None).unwrap();
            assert_eq!((tree.language, tree.wrong), (Language::Python, 0), "{text}");
        }
    }

    #[cfg(feature = "grammars")]
    #[test]
    fn the_first_grammar_that_takes_a_text_is_its_language() {
        for (text, language) in [
            ("int main() { std::cout << 1; return 0; }", Language::Cpp),
            ("public class A { public static void main(String[] a) { int x = 1; } }", Language::Java),
            ("function f(a) { return a.map(x => x + 1); }", Language::JavaScript),
            ("package main\nfunc main() { x := 1; _ = x }", Language::Go),
            ("fn main() { let mut x: i32 = 1; x += 1; }", Language::Rust),
        ] {
            let tree = Tree::parse(text, None).unwrap();
            assert_eq!((tree.language, tree.wrong), (language, 0), "{text}");
        }
    }

    #[test]
    fn nothing_but_comments_is_no_program() {
        for text in ["", " \n\t", "# a comment", "'''Documentation.'''", "# a\n# b\n"] {
            assert!(Tree::parse(text, Some(Language::Python)).is_none(), "{text:?}");
        }
        assert!(Tree::parse(&"x".repeat(MAX_BYTES + 1), None).is_none());
    }

    #[test]
    fn every_tree_is_a_preorder_with_spans_in_the_text() {
        for text in ["def f(:\n  return )", "x = 'a", "\0\0", "é = '😀' + \\\n f'{é}'", "if a:\n b\nelse:\n  # c\n d"]
        {
            let Some(tree) = Tree::parse(text, None) else { continue };
            assert_eq!(tree.nodes.len(), tree.spans.len());
            for (at, node) in tree.nodes.iter().enumerate() {
                assert!(node.end as usize > at && node.end <= tree.nodes[0].end, "{text}");
                assert!(tree.spans[at].start <= tree.spans[at].end && tree.spans[at].end as usize <= text.len());
            }
        }
    }

    #[test]
    fn deep_and_broken_texts_are_parsed_or_refused_without_a_crash() {
        let all = |unit: &str| unit.repeat((1 << 13) / unit.len());
        for unit in ["([{", "f'{", "\"", "'\"", "not ", "a=", "if a:\n", ")]}", "a+", "lambda x:", "\0", "😀", "x\\\n"]
        {
            let _ = Tree::parse(&all(unit), None);
        }
        for language in LANGUAGES {
            // As deep as a text can be; a stack of two mebibytes does not hold that.
            let _ = Tree::parse(&"([{".repeat(MAX_BYTES / 3), Some(*language));
            let _ = Tree::parse(&"x\\\n".repeat(MAX_BYTES / 3), Some(*language));
            // Ambiguous: without a bound on rounds, gibibytes.
            let _ = Tree::parse(&"a<".repeat(MAX_BYTES / 2), Some(*language));
        }
    }
}
