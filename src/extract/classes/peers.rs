//! Classes beside Math-Verify: what `tests/fixtures/answers.py` wrote goes in, agreement comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use super::class_of;

/// Two answers, and whether Math-Verify takes them for the same with the one and with the other as the gold answer.
struct Pair {
    a: String,
    b: String,
    theirs: [bool; 2],
}

impl Pair {
    fn ours(&self) -> bool {
        class_of(&self.a) == class_of(&self.b)
    }

    fn is(&self, others: &[(&str, &str)]) -> bool {
        others.contains(&(&self.a, &self.b))
    }
}

fn pairs() -> Vec<Pair> {
    let pairs: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../tests/fixtures/answers.json")).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let verdict = |value: &serde_json::Value| value.as_bool().unwrap();
    pairs
        .iter()
        .map(|pair| Pair {
            a: text(&pair["a"]),
            b: text(&pair["b"]),
            theirs: [verdict(&pair["same"]), verdict(&pair["same_reversed"])],
        })
        .collect()
}

/// A percentage keeps its number, a decimal is not rounded, brackets tell a point from a set, names of unknowns and of
/// times of day and powers of ten in words are part of the answer, a digit below the line is a base, an inequality is
/// no interval, and a line is not turned into `y = …`.
const STRICTER: [(&str, &str); 11] = [
    ("50\\%", "0.5"),
    ("0.333333", "\\frac{1}{3}"),
    ("(1,2)", "\\{1,2\\}"),
    ("(1,2)", "1,2"),
    ("x=1,y=2", "(1,2)"),
    ("1011_2", "1011"),
    ("10\\text{ am}", "10\\text{ pm}"),
    ("3\\text{ million}", "3"),
    ("x \\ge 3", "[3,\\infty)"),
    ("y=2x+1", "2x-y+1=0"),
    // Two letters alone may be a word: "no" is not "on".
    ("xy", "yx"),
];

/// Functions are opaque, and so are roots of sums and powers with a variable exponent.
const OPAQUE: [(&str, &str); 5] = [
    ("\\sin^2 x+\\cos^2 x", "1"),
    ("\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}"),
    ("2^{n+1}", "2 \\cdot 2^n"),
    ("\\sin \\frac{\\pi}{6}", "\\frac{1}{2}"),
    ("\\log_2 8", "3"),
];

/// It trips over a period behind a number, thin spaces in numbers, `i`, `t` and repeating decimals.
const UNREAD: [(&str, &str); 10] = [
    ("\\frac{46}{2}", "23."),
    ("1{,}234", "1\\,234"),
    ("1\\,234", "1234.0"),
    ("2i", "\\sqrt{-4}"),
    ("\\sqrt{-4}", "2 \\cdot i"),
    ("4i+3", "(2+i)^2"),
    ("4t", "t \\cdot 4"),
    ("t \\cdot 4", "4\\cdot t"),
    ("0.\\overline{3}", "\\frac{1}{3}"),
    ("A", "A."),
];

#[track_caller]
fn differ(listed: &[(&str, &str)], ours: bool) {
    let pairs = pairs();
    for (a, b) in listed {
        let pair = pairs.iter().find(|pair| pair.is(&[(a, b)])).unwrap();
        assert!(pair.ours() == ours && pair.theirs.contains(&!ours), "{a} and {b}");
    }
}

#[test]
fn classes_agree_with_math_verify() {
    let pairs = pairs();
    assert!(pairs.len() >= 150);
    let wanted: BTreeSet<bool> = pairs.iter().map(|pair| pair.theirs[0]).collect();
    assert_eq!(wanted.len(), 2);
    for pair in pairs.iter().filter(|pair| !pair.is(&STRICTER) && !pair.is(&OPAQUE) && !pair.is(&UNREAD)) {
        assert_eq!([pair.ours(); 2], pair.theirs, "{} and {}", pair.a, pair.b);
    }
}

#[test]
fn we_tell_apart_what_math_verify_takes_for_a_rounding_or_a_way_to_write() {
    differ(&STRICTER, false);
}

#[test]
fn we_do_not_know_identities_of_functions_that_sympy_knows() {
    differ(&OPAQUE, false);
}

#[test]
fn we_read_what_math_verify_does_not() {
    differ(&UNREAD, true);
}
