//! Programming languages: what a program is written in, and what its grammar calls things.
//!
//! Names of grammars and of what is in them come in, numbers of kinds and fields go out. Nothing here parses.

use std::sync::LazyLock;

/// A language whose grammar is compiled in. The order is that of preference where two grammars fit equally well:
/// those that take the most for a program come last. C++ takes functions of JavaScript, Java takes functions of C++.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript.
    #[cfg(feature = "grammars")]
    JavaScript,
    /// Go.
    #[cfg(feature = "grammars")]
    Go,
    /// Rust.
    #[cfg(feature = "grammars")]
    Rust,
    /// C++, and C as far as it is C++.
    #[cfg(feature = "grammars")]
    Cpp,
    /// Java.
    #[cfg(feature = "grammars")]
    Java,
}

/// All that are compiled in, in order of preference.
pub const LANGUAGES: &[Language] = &[
    Language::Python,
    #[cfg(feature = "grammars")]
    Language::JavaScript,
    #[cfg(feature = "grammars")]
    Language::Go,
    #[cfg(feature = "grammars")]
    Language::Rust,
    #[cfg(feature = "grammars")]
    Language::Cpp,
    #[cfg(feature = "grammars")]
    Language::Java,
];

impl Language {
    /// As a plan names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            #[cfg(feature = "grammars")]
            Language::JavaScript => "javascript",
            #[cfg(feature = "grammars")]
            Language::Java => "java",
            #[cfg(feature = "grammars")]
            Language::Go => "go",
            #[cfg(feature = "grammars")]
            Language::Rust => "rust",
            #[cfg(feature = "grammars")]
            Language::Cpp => "cpp",
        }
    }

    /// The language of that name; `None` when there is none or its grammar is not compiled in.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LANGUAGES.iter().copied().find(|language| language.name() == name)
    }

    /// The grammar's number of the nodes of that name; 0 when it has none.
    #[must_use]
    pub fn kind(self, name: &str) -> u16 {
        self.grammar().language.id_for_node_kind(name, true)
    }

    /// The grammar's number of a word or sign of its own, such as a comma; 0 when it has none.
    #[must_use]
    pub fn sign(self, name: &str) -> u16 {
        self.grammar().language.id_for_node_kind(name, false)
    }

    /// The grammar's number of the field of that name; 0 when it has none.
    #[must_use]
    pub fn field(self, name: &str) -> u16 {
        self.grammar().language.field_id_for_name(name).map_or(0, u16::from)
    }

    /// What the grammar calls nodes of that kind.
    #[must_use]
    pub fn kind_name(self, kind: u16) -> Option<&'static str> {
        self.grammar().language.node_kind_for_id(kind)
    }

    /// What its grammar calls things.
    pub(super) fn grammar(self) -> &'static Grammar {
        &GRAMMARS[self as usize]
    }

    fn load(self) -> tree_sitter::Language {
        match self {
            Language::Python => tree_sitter_python::LANGUAGE.into(),
            #[cfg(feature = "grammars")]
            Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            #[cfg(feature = "grammars")]
            Language::Java => tree_sitter_java::LANGUAGE.into(),
            #[cfg(feature = "grammars")]
            Language::Go => tree_sitter_go::LANGUAGE.into(),
            #[cfg(feature = "grammars")]
            Language::Rust => tree_sitter_rust::LANGUAGE.into(),
            #[cfg(feature = "grammars")]
            Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        }
    }

    /// Where names stand that the program gives itself. See [`Role`].
    fn roles(self) -> &'static [(&'static str, &'static str, Role)] {
        match self {
            Language::Python => PYTHON,
            #[cfg(feature = "grammars")]
            Language::JavaScript => JAVASCRIPT,
            #[cfg(feature = "grammars")]
            Language::Java => JAVA,
            #[cfg(feature = "grammars")]
            Language::Go => GO,
            #[cfg(feature = "grammars")]
            Language::Rust => RUST,
            #[cfg(feature = "grammars")]
            Language::Cpp => CPP,
        }
    }
}

static GRAMMARS: LazyLock<Vec<Grammar>> = LazyLock::new(|| LANGUAGES.iter().map(|&of| Grammar::new(of)).collect());

/// What a place in the tree says about a name that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The program gives the name here: a parameter, the target of an assignment, a function's own name.
    Binds,
    /// As where the node above stands: the parts of `a, b` in `a, b = …`.
    Inherits,
    /// The name belongs to others, whatever the program calls its own: an attribute, a module, a keyword argument.
    Foreign,
}

use Role::{Binds, Foreign, Inherits};

/// Any field, or none.
const ANY: &str = "*";

#[rustfmt::skip]
const PYTHON: &[(&str, &str, Role)] = &[
    ("function_definition", "name", Binds), ("class_definition", "name", Binds), ("parameters", ANY, Binds),
    ("lambda_parameters", ANY, Binds), ("default_parameter", "name", Binds), ("typed_default_parameter", "name", Binds),
    ("typed_parameter", "", Binds), ("assignment", "left", Binds), ("augmented_assignment", "left", Binds),
    ("for_statement", "left", Binds), ("for_in_clause", "left", Binds), ("named_expression", "name", Binds),
    ("aliased_import", "alias", Binds), ("as_pattern", "alias", Binds),
    ("as_pattern_target", ANY, Inherits), ("pattern_list", ANY, Inherits), ("tuple_pattern", ANY, Inherits),
    ("list_pattern", ANY, Inherits), ("list_splat_pattern", ANY, Inherits), ("dictionary_splat_pattern", ANY, Inherits),
    ("attribute", "attribute", Foreign), ("keyword_argument", "name", Foreign), ("dotted_name", ANY, Foreign),
];
#[cfg(feature = "grammars")]
#[rustfmt::skip]
const JAVASCRIPT: &[(&str, &str, Role)] = &[
    ("function_declaration", "name", Binds), ("function_expression", "name", Binds), ("class_declaration", "name", Binds),
    ("generator_function_declaration", "name", Binds), ("variable_declarator", "name", Binds),
    ("formal_parameters", ANY, Binds), ("arrow_function", "parameter", Binds), ("assignment_pattern", "left", Binds),
    ("assignment_expression", "left", Binds), ("augmented_assignment_expression", "left", Binds),
    ("for_in_statement", "left", Binds), ("catch_clause", "parameter", Binds),
    ("array_pattern", ANY, Inherits), ("object_pattern", ANY, Inherits), ("pair_pattern", "value", Inherits),
    ("rest_pattern", ANY, Inherits),
];
#[cfg(feature = "grammars")]
#[rustfmt::skip]
const JAVA: &[(&str, &str, Role)] = &[
    ("method_declaration", "name", Binds), ("class_declaration", "name", Binds), ("constructor_declaration", "name", Binds),
    ("interface_declaration", "name", Binds), ("record_declaration", "name", Binds), ("enum_declaration", "name", Binds),
    ("formal_parameter", "name", Binds), ("catch_formal_parameter", "name", Binds), ("variable_declarator", "name", Binds),
    ("enhanced_for_statement", "name", Binds), ("lambda_expression", "parameters", Binds), ("resource", "name", Binds),
    ("inferred_parameters", ANY, Inherits),
    ("field_access", "field", Foreign), ("scoped_identifier", ANY, Foreign),
];
#[cfg(feature = "grammars")]
#[rustfmt::skip]
const GO: &[(&str, &str, Role)] = &[
    ("function_declaration", "name", Binds), ("parameter_declaration", "name", Binds), ("var_spec", "name", Binds),
    ("variadic_parameter_declaration", "name", Binds), ("const_spec", "name", Binds), ("type_spec", "name", Binds),
    ("short_var_declaration", "left", Binds), ("range_clause", "left", Binds), ("expression_list", ANY, Inherits),
];
#[cfg(feature = "grammars")]
#[rustfmt::skip]
const RUST: &[(&str, &str, Role)] = &[
    ("function_item", "name", Binds), ("parameter", "pattern", Binds), ("let_declaration", "pattern", Binds),
    ("let_condition", "pattern", Binds), ("for_expression", "pattern", Binds), ("closure_parameters", ANY, Binds),
    ("struct_item", "name", Binds), ("enum_item", "name", Binds), ("const_item", "name", Binds),
    ("static_item", "name", Binds),
    ("tuple_pattern", ANY, Inherits), ("mut_pattern", ANY, Inherits), ("ref_pattern", ANY, Inherits),
    ("reference_pattern", ANY, Inherits), ("captured_pattern", ANY, Inherits), ("slice_pattern", ANY, Inherits),
    ("tuple_struct_pattern", "type", Foreign), ("tuple_struct_pattern", "", Inherits),
    ("scoped_identifier", ANY, Foreign), ("macro_invocation", "macro", Foreign),
];
#[cfg(feature = "grammars")]
#[rustfmt::skip]
const CPP: &[(&str, &str, Role)] = &[
    ("function_declarator", "declarator", Binds), ("init_declarator", "declarator", Binds),
    ("declaration", "declarator", Binds), ("parameter_declaration", "declarator", Binds),
    ("optional_parameter_declaration", "declarator", Binds), ("for_range_loop", "declarator", Binds),
    ("class_specifier", "name", Binds), ("struct_specifier", "name", Binds),
    ("pointer_declarator", ANY, Inherits), ("reference_declarator", ANY, Inherits),
    ("array_declarator", "declarator", Inherits), ("parenthesized_declarator", ANY, Inherits),
    ("structured_binding_declarator", ANY, Inherits), ("qualified_identifier", ANY, Foreign),
];

/// What a grammar calls things, looked up once.
#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) language: tree_sitter::Language,
    /// Kinds of names: the program's own may be renamed.
    names: Vec<bool>,
    /// Kinds in which white space is part of the text.
    literal: Vec<bool>,
    /// By kind of the node above: field, or none for any, and what it says.
    roles: Vec<Vec<(Option<u16>, Role)>>,
    /// Kinds of a statement that is nothing but a string, and of the string. Only Python's are documentation.
    docstring: Option<(u16, u16)>,
}

impl Grammar {
    fn new(of: Language) -> Self {
        let language = of.load();
        let kinds = language.node_kind_count();
        let marked = |which: fn(&str) -> bool| {
            let kind = |id: usize| u16::try_from(id).ok().and_then(|id| language.node_kind_for_id(id));
            (0..kinds).map(|id| kind(id).is_some_and(which)).collect::<Vec<bool>>()
        };
        let mut roles = vec![Vec::new(); kinds];
        for (above, field, role) in of.roles() {
            let field = match *field {
                ANY => None,
                "" => Some(0),
                name => Some(language.field_id_for_name(name).map_or(0, u16::from)),
            };
            roles[usize::from(language.id_for_node_kind(above, true))].push((field, *role));
        }
        let kind = |name| language.id_for_node_kind(name, true);
        Grammar {
            docstring: (of == Language::Python).then(|| (kind("expression_statement"), kind("string"))),
            names: marked(|kind| matches!(kind, "identifier" | "type_identifier")),
            literal: marked(is_literal),
            roles,
            language,
        }
    }

    /// Whether names of this kind may be the program's own.
    pub(super) fn is_name(&self, kind: u16) -> bool {
        self.names.get(usize::from(kind)).copied().unwrap_or(false)
    }

    /// Whether white space in a node of this kind is part of what it says.
    pub(super) fn is_literal(&self, kind: u16) -> bool {
        self.literal.get(usize::from(kind)).copied().unwrap_or(false)
    }

    /// What it says about a name that it stands in this field of a node of this kind.
    pub(super) fn role(&self, above: u16, field: u16) -> Option<Role> {
        let roles = self.roles.get(usize::from(above))?;
        roles.iter().find(|(at, _)| at.is_none_or(|at| at == field)).map(|(_, role)| *role)
    }

    /// Whether a node is a statement that is nothing but a plain string: documentation, which computes nothing.
    pub(super) fn is_docstring(&self, node: &tree_sitter::Node<'_>, source: &[u8]) -> bool {
        let Some((statement, string)) = self.docstring else { return false };
        if node.kind_id() != statement || node.child_count() != 1 {
            return false;
        }
        let Some(child) = node.child(0).filter(|child| child.kind_id() == string) else { return false };
        let prefix = source[child.byte_range()].iter().take_while(|byte| !matches!(byte, b'"' | b'\''));
        // What is interpolated is computed.
        !prefix.into_iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
    }
}

/// Strings and characters, by the names that the six grammars have for them; what is interpolated, and the list that
/// several strings side by side make, is code.
fn is_literal(kind: &str) -> bool {
    let code = matches!(kind, "concatenated_string" | "string_interpolation");
    let other = matches!(kind, "char_literal" | "character_literal" | "rune_literal" | "regex" | "regex_pattern");
    other || (kind.contains("string") && !code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_name_exists_in_its_grammar() {
        for &of in LANGUAGES {
            let language = of.load();
            for (above, field, _) in of.roles() {
                assert_ne!(language.id_for_node_kind(above, true), 0, "{}: {above}", of.name());
                let exists = field.is_empty() || *field == ANY || language.field_id_for_name(field).is_some();
                assert!(exists, "{}: {above}.{field}", of.name());
            }
            assert!(language.node_kind_count() < usize::from(u16::MAX));
            assert_eq!(Language::named(of.name()), Some(of));
        }
        assert_eq!(Language::named("cobol"), None);
    }
}
