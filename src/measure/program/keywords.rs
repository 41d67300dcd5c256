//! The keywords of each language: words that `CodeBLEU` weighs five times as much as others.
//!
//! Source: the lists of the Python package `codebleu` 0.7.0, as they are, in byte order: JavaScript has `True` and no
//! `true` there, and C++ counts `cout` and `main`.

#[rustfmt::skip]
pub(super) const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "match", "nonlocal", "not", "or", "pass", "raise", "return", "try", "type", "while", "with", "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
pub(super) const JAVASCRIPT: &[&str] = &[
    "True", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete",
    "do", "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements",
    "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
    "return", "static", "super", "switch", "this", "throw", "try", "typeof", "var", "void", "while", "with",
    "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
pub(super) const JAVA: &[&str] = &[
    "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "default", "do", "double", "else", "enum", "extends", "final", "finally", "float", "for", "goto", "if",
    "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "package", "private",
    "protected", "public", "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this",
    "throw", "throws", "transient", "try", "void", "volatile", "while",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
pub(super) const GO: &[&str] = &[
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "false", "for",
    "func", "go", "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct",
    "switch", "true", "type", "var",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
pub(super) const RUST: &[&str] = &[
    "as", "async", "await", "block", "bool", "break", "char", "const", "continue", "crate", "default", "dyn",
    "else", "enum", "expr", "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8",
    "ident", "if", "impl", "in", "isize", "item", "let", "lifetime", "literal", "loop", "macro_rules!", "match",
    "meta", "mod", "move", "mut", "pat", "path", "pub", "ref", "return", "self", "static", "stmt", "str",
    "struct", "super", "trait", "true", "tt", "ty", "type", "u128", "u16", "u32", "u64", "u8", "union", "unsafe",
    "use", "usize", "vis", "where", "while", "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
pub(super) const CPP: &[&str] = &[
    "INT_MAX", "INT_MIN", "MAX_RAND", "NULL", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break",
    "case", "catch", "char", "cin", "class", "compl", "const", "const_cast", "continue", "cout", "default",
    "delete", "do", "double", "dynamic_cast", "else", "endl", "enum", "explicit", "extern", "false", "float",
    "for", "friend", "goto", "if", "include", "inline", "int", "iomanip", "iostream", "long", "main", "mutable",
    "namespace", "new", "not", "not_eq", "npos", "operator", "or", "or_eq", "private", "protected", "public",
    "register", "reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "std",
    "string", "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typeid", "typename",
    "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
];

#[cfg(test)]
mod tests {
    use super::super::language::LANGUAGES;

    #[test]
    fn keywords_are_found_by_halving() {
        for language in LANGUAGES {
            assert!(language.is_keyword("for") && language.is_keyword("if") && language.is_keyword("return"));
            assert!(!language.is_keyword("") && !language.is_keyword("zz") && !language.is_keyword("For"));
        }
    }
}
