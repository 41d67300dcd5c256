//! The keywords of each language: words that `CodeBLEU` weighs five times as much as others.
//!
//! Source: the lists of the Python package `codebleu` 0.7.0, as they are, in byte order: JavaScript has `True` and no
//! `true` there, and C++ counts `cout` and `main`.

use crate::program::Language;

/// Whether a token is a keyword of the language.
pub(super) fn is_keyword(language: Language, token: &str) -> bool {
    let keywords = match language {
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
    };
    keywords.binary_search(&token).is_ok()
}

#[rustfmt::skip]
const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "match", "nonlocal", "not", "or", "pass", "raise", "return", "try", "type", "while", "with", "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
const JAVASCRIPT: &[&str] = &[
    "True", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete",
    "do", "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements",
    "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
    "return", "static", "super", "switch", "this", "throw", "try", "typeof", "var", "void", "while", "with",
    "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
const JAVA: &[&str] = &[
    "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "default", "do", "double", "else", "enum", "extends", "final", "finally", "float", "for", "goto", "if",
    "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "package", "private",
    "protected", "public", "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this",
    "throw", "throws", "transient", "try", "void", "volatile", "while",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
const GO: &[&str] = &[
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "false", "for",
    "func", "go", "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct",
    "switch", "true", "type", "var",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
const RUST: &[&str] = &[
    "as", "async", "await", "block", "bool", "break", "char", "const", "continue", "crate", "default", "dyn",
    "else", "enum", "expr", "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8",
    "ident", "if", "impl", "in", "isize", "item", "let", "lifetime", "literal", "loop", "macro_rules!", "match",
    "meta", "mod", "move", "mut", "pat", "path", "pub", "ref", "return", "self", "static", "stmt", "str",
    "struct", "super", "trait", "true", "tt", "ty", "type", "u128", "u16", "u32", "u64", "u8", "union", "unsafe",
    "use", "usize", "vis", "where", "while", "yield",
];

#[cfg(feature = "grammars")]
#[rustfmt::skip]
const CPP: &[&str] = &[
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
    use super::*;
    use crate::program::LANGUAGES;

    #[test]
    fn keywords_are_found_by_halving() {
        for &language in LANGUAGES {
            for keyword in ["for", "if", "return"] {
                assert!(is_keyword(language, keyword));
            }
            for other in ["", "zz", "For"] {
                assert!(!is_keyword(language, other));
            }
        }
    }
}
