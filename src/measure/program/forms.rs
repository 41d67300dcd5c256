//! A program without what does not matter: tokens go in, bytes come out that are equal for equal programs.
//!
//! Layout and comments are gone already. In the second form the names that the program gives itself (parameters,
//! variables, functions, classes, aliases of imports) are numbered in order of first appearance, all uses with them; names
//! that it finds, such as built-ins, attributes, modules and keyword arguments, stay. Names are looked up in the program
//! as a whole, not scope by scope.

use std::collections::{HashMap, HashSet};

use crate::program::{Token, Tree};

/// What introduces a step in the bytes. Kinds, lengths and numbers have a fixed width, so that no text can look like
/// something else.
const ENTER: u8 = 0;
const LEAVE: u8 = 1;
const TEXT: u8 = 2;
const NAME: u8 = 3;

/// The program with the names it has.
#[must_use]
pub(super) fn plain(tree: &Tree, source: &str) -> Vec<u8> {
    write(tree, source, |_| None)
}

/// The program with its own names numbered.
#[must_use]
pub(super) fn renamed(tree: &Tree, source: &str) -> Vec<u8> {
    let bound = tree.tokens.iter().filter_map(|token| match token {
        Token::Name(name, true) => Some(text(source, name)),
        _ => None,
    });
    let bound: HashSet<&str> = bound.collect();
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    write(tree, source, |name| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        bound.contains(name).then(|| *numbers.entry(name).or_insert(next))
    })
}

fn write<'a>(tree: &Tree, source: &'a str, mut number: impl FnMut(&'a str) -> Option<u32>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(source.len() * 2);
    // Kinds mean something in their grammar only.
    bytes.push(tree.language as u8);
    for token in &tree.tokens {
        let (words, number) = match token {
            Token::Enter(kind) => {
                bytes.push(ENTER);
                bytes.extend(kind.to_le_bytes());
                continue;
            }
            Token::Leave => {
                bytes.push(LEAVE);
                continue;
            }
            Token::Text(span) => (text(source, span), None),
            Token::Name(span, _) => (text(source, span), number(text(source, span))),
        };
        if let Some(number) = number {
            bytes.push(NAME);
            bytes.extend(number.to_le_bytes());
        } else {
            bytes.push(TEXT);
            bytes.extend(u32::try_from(words.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend(words.as_bytes());
        }
    }
    bytes
}

/// A piece of the source; nothing where a parser cut through a character.
fn text<'a>(source: &'a str, span: &std::ops::Range<u32>) -> &'a str {
    source.get(span.start as usize..span.end as usize).unwrap_or("")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn forms(source: &str) -> (Vec<u8>, Vec<u8>) {
        let tree = Tree::parse(source, None).unwrap();
        (plain(&tree, source), renamed(&tree, source))
    }

    const PROGRAM: &str =
        "def mean(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total / len(xs)\n";

    #[test]
    fn comments_docstrings_and_layout_do_not_matter() {
        for same in [
            "def mean( xs ) :\n  total=0 # so far\n\n  for x in xs:  total += x\n  return total/len(xs)",
            "# a mean\ndef mean(xs):\n\t\"\"\"The mean.\"\"\"\n\ttotal = 0\n\tfor x in xs:\n\t\ttotal += x\n\treturn total / \\\n\t\tlen(xs)",
            "'''A module.'''\ndef mean(xs):\n    total = 0\n    for x in xs:\n        total += x # x\n    # done\n    return (total / len(xs))"
                .replace("(total / len(xs))", "total / len(xs)")
                .as_str(),
        ] {
            assert_eq!(forms(PROGRAM), forms(same), "{same}");
        }
    }

    #[test]
    fn what_changes_the_program_matters() {
        for other in [
            // Indentation has meaning: the sum is over the last element only.
            PROGRAM.replace("        total += x", "        pass\n    total += x"),
            PROGRAM.replace("    return", "        return"),
            PROGRAM.replace('0', "0.0"),
            PROGRAM.replace('/', "//"),
            PROGRAM.replace("mean(xs):", "mean(xs, ys):"),
        ] {
            assert_ne!(forms(PROGRAM).1, forms(&other).1, "{other}");
        }
        assert_ne!(forms("x = 'a b'"), forms("x = 'a  b'"));
        assert_ne!(forms("x = f'a {y} b'"), forms("x = f'a {y}  b'"));
        assert_ne!(forms("x = 'a\\n b'"), forms("x = 'a\\n  b'"));
        assert_eq!(forms("x = f'a {y + 1}'"), forms("x = f'a {y+1}'"));
        assert_ne!(forms("x = 1\n(y)"), forms("x = 1(y)"));
        assert_ne!(forms("f'{x()}'\ny"), forms("y"));
    }

    #[test]
    fn own_names_are_renamed_and_found_ones_stay() {
        let (code, renamed) = forms(PROGRAM);
        let (other, same) = forms(&PROGRAM.replace("xs", "values").replace("total", "acc").replace("mean", "average"));
        assert_ne!(code, other);
        assert_eq!(renamed, same);
        // Built-ins, attributes, modules and the names of keyword arguments are not the program's own.
        assert_ne!(forms("def f(a): return len(a)").1, forms("def f(a): return sum(a)").1);
        assert_ne!(forms("def f(a): return a.x").1, forms("def f(a): return a.y").1);
        assert_ne!(forms("import os\nos.name").1, forms("import re\nre.name").1);
        assert_ne!(forms("a = f(key=1)").1, forms("a = f(ley=1)").1);
        assert_eq!(forms("import numpy as np\nnp.e").1, forms("import numpy as n\nn.e").1);
        // Renaming is consistent: two names do not become one, nor are two exchanged.
        assert_ne!(forms("def f(a, b): return a - b").1, forms("def f(a, b): return a - a").1);
        assert_ne!(forms("def f(a, b): return a - b").1, forms("def f(a, b): return b - a").1);
        assert_eq!(forms("a, (b, *c) = d").1, forms("x, (y, *z) = d").1);
        assert_eq!(forms("[y for (x, y) in d if (n := x)]").1, forms("[b for (a, b) in d if (m := a)]").1);
        assert_eq!(forms("with open(p) as h: h.read()").1, forms("with open(p) as g: g.read()").1);
        assert_eq!(forms("lambda a, *b, c=1, **d: (a, b, c, d)").1, forms("lambda e, *f, g=1, **h: (e, f, g, h)").1);
    }

    #[cfg(feature = "grammars")]
    #[test]
    fn other_languages_lose_comments_layout_and_names_too() {
        for (a, b) in [
            (
                "int f(std::vector<int>& a) { int s = 0; for (auto x : a) s += x; return s; } // sum",
                "int g(std::vector<int>&b){\n/* sum */int t=0;for(auto y:b)t+=y;return t;}",
            ),
            (
                "class A { int f(int[] a) { int s = 0; for (int x : a) { s += x; } return s; } }",
                "class B { int g(int[] b) { int t = 0; /* sum */ for (int y : b) { t += y; }\nreturn t; } }",
            ),
            (
                "function f(a) { let s = 0; for (const x of a) { s += x } return `${s} !` }",
                "function g(b) {\n let t = 0; // sum\n for (const y of b) { t += y }\n return `${t} !` }",
            ),
            (
                "package main\nfunc f(a []int) int { s := 0\nfor _, x := range a { s += x }\nreturn s }",
                "package main\n\nfunc g(b []int) int { t := 0 // sum\nfor _, y := range b { t += y }\nreturn t }",
            ),
            (
                "fn f(a: &[i32]) -> i32 { let mut s = 0; for x in a { s += x; } s }",
                "/// Sum.\nfn g(b: &[i32]) -> i32 { let mut t = 0; for y in b { t += y; }\n t }",
            ),
        ] {
            let (of_a, of_b) = (forms(a), forms(b));
            assert_ne!(of_a.0, of_b.0, "{a}");
            assert_eq!(of_a.1, of_b.1, "{a}");
        }
    }
}
