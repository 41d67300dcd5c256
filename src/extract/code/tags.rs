//! What stands after an opening fence: words go in, languages come out.

use crate::program::Language;

/// The language that an info string names: its first word, in lower case, without the braces and the dot of `{.python}`
/// and without what comes after a comma, a colon or a semicolon (`rust,ignore`).
pub(super) fn language(info: &str) -> Option<String> {
    let marks: &[char] = &['{', '}', '.'];
    let bare = info.trim_start().trim_start_matches(marks);
    let word = bare.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';')).next()?.trim_end_matches(marks);
    (!word.is_empty()).then(|| word.to_lowercase())
}

/// Whether a tag names a language that solutions are written in. Shells and formats of data are none: beside a solution
/// they show how it is started, what it reads and what it prints.
pub(super) fn is_programming(tag: &str) -> bool {
    PROGRAMMING.binary_search(&tag).is_ok()
}

/// Tags of programming languages, in byte order. Source: names, aliases and extensions of GitHub's `linguist`, for the
/// languages of `MultiPL-E`, HumanEval-X, Codeforces and `AtCoder`.
#[rustfmt::skip]
const PROGRAMMING: &[&str] = &[
    "ada", "apl", "assembly", "awk", "c", "c#", "c++", "c++11", "c++14", "c++17", "c++20", "c++23", "c11", "c17",
    "c89", "c99", "cc", "cjs", "clj", "clojure", "cobol", "coffeescript", "cpp", "cpp11", "cpp14", "cpp17", "cpp20",
    "cpp23", "cr", "crystal", "cs", "csharp", "cxx", "cython", "d", "dart", "delphi", "elisp", "elixir", "elm", "erl",
    "erlang", "ex", "exs", "f#", "f90", "forth", "fortran", "fs", "fsharp", "go", "golang", "groovy", "h", "haskell",
    "hpp", "hs", "java", "javascript", "jl", "js", "jsx", "julia", "kotlin", "kt", "lean", "lean4", "lisp", "lua",
    "m", "matlab", "mjs", "ml", "mojo", "nim", "node", "nodejs", "objc", "objective-c", "ocaml", "octave", "pascal",
    "perl", "php", "pl", "powershell", "prolog", "py", "py2", "py3", "pypy", "pypy3", "python", "python2", "python3",
    "pyx", "r", "racket", "rb", "rkt", "rs", "ruby", "rust", "sage", "scala", "scheme", "scm", "smalltalk", "sml",
    "solidity", "sql", "swift", "tcl", "ts", "tsx", "typescript", "v", "vb", "vbnet", "verilog", "vhdl",
    "visualbasic", "wolfram", "zig",
];

/// The grammar for a tag; `None` where none is compiled in.
pub(super) fn grammar(tag: &str) -> Option<Language> {
    let name = match tag {
        "py" | "py2" | "py3" | "pypy" | "pypy3" | "python2" | "python3" => "python",
        "js" | "mjs" | "cjs" | "jsx" | "node" | "nodejs" => "javascript",
        "golang" => "go",
        "rs" => "rust",
        "c" | "cc" | "cxx" | "h" | "hpp" => "cpp",
        other if other.starts_with("c++") || other.starts_with("cpp") || is_c(other) => "cpp",
        other => other,
    };
    Language::named(name)
}

/// `c11` and the like.
fn is_c(tag: &str) -> bool {
    matches!(tag, "c89" | "c99" | "c11" | "c17")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_names_the_language() {
        for (info, expected) in [
            ("python", Some("python")),
            ("Python3 title=\"a\"", Some("python3")),
            ("rust,ignore", Some("rust")),
            ("python:main.py", Some("python")),
            ("{.python .number-lines}", Some("python")),
            ("{python}", Some("python")),
            ("c++", Some("c++")),
            ("", None),
            ("{}", None),
            (",", None),
        ] {
            assert_eq!(language(info).as_deref(), expected, "{info}");
        }
    }

    #[test]
    fn tags_are_in_the_order_in_which_they_are_looked_up() {
        assert!(PROGRAMMING.is_sorted());
        for tag in ["bash", "sh", "text", "json", "output", "plaintext", "markdown", "html", ""] {
            assert!(!is_programming(tag), "{tag}");
        }
    }

    #[test]
    fn tags_of_languages_with_a_grammar_are_programming() {
        for tag in PROGRAMMING {
            if let Some(language) = grammar(tag) {
                assert!(is_programming(language.name()));
            }
        }
        assert_eq!(grammar("py"), Some(Language::Python));
        assert_eq!(grammar("typescript"), None);
        #[cfg(feature = "grammars")]
        assert_eq!((grammar("c"), grammar("c++17")), (Some(Language::Cpp), Some(Language::Cpp)));
    }
}
