//! Which answers are the same and which are not.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn same(pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        assert_eq!(class_of(one), class_of(other), "{one:?} and {other:?}");
    }
}

#[track_caller]
fn different(pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        assert_ne!(class_of(one), class_of(other), "{one:?} and {other:?}");
    }
}

#[test]
fn classes_of_numbers_are_readable() {
    for (answer, class) in [
        ("023", "23"),
        ("-0", "0"),
        ("1{,}234", "1234"),
        ("1,234", "1234"),
        ("0.50", "1/2"),
        ("2.0", "2"),
        (".5", "1/2"),
        ("\\frac{2}{4}", "1/2"),
        ("-\\frac{40}{153}", "-40/153"),
        ("1\\frac{1}{2}", "3/2"),
        ("-1\\frac{1}{2}", "-3/2"),
        ("1 1/2", "3/2"),
        ("1.5e3", "1500"),
        ("1.5 \\times 10^{-3}", "3/2000"),
        ("0.\\overline{3}", "1/3"),
        ("0.1\\overline{6}", "1/6"),
        ("\\sqrt{16}", "4"),
        ("\\sqrt{2}\\cdot\\sqrt{8}", "4"),
        ("(1+\\sqrt{2})(1-\\sqrt{2})", "-1"),
        ("2^{10}", "1024"),
        ("2^{200}/2^{199}", "2"),
        ("2**3", "8"),
        ("5!", "120"),
        ("\\binom{5}{2}", "10"),
        ("50\\%", "50"),
        ("\\frac12", "1/2"),
        ("i^2", "-1"),
        ("8^{2/3}", "4"),
        ("|-3|", "3"),
        ("x", "x"),
        ("x = 5", "5"),
        ("(B)", "B"),
        ("\\text{B}", "B"),
        ("B.", "B"),
        ("1, 2", "{1, 2}"),
        ("(1,2)", "(1, 2)"),
        ("[0, \\infty)", "[0, ∞)"),
        ("\\pm 3", "{-3, 3}"),
        ("x < 5", "x < 5"),
        ("Yes.", "yes"),
        ("\\text{ Evelyn }", "evelyn"),
        ("12 \\text{ million}", "12 million"),
        ("3 : 4", "3:4"),
        ("", ""),
        ("?", "?"),
    ] {
        assert_eq!(class_of(answer), class, "{answer:?}");
    }
    assert!(class_of("7\\pi").starts_with('≡'));
}

#[test]
fn same_answers_have_one_class() {
    same(&[
        ("$\\dfrac{\\sqrt{3}}{3}$", "1/\\sqrt{3}"),
        ("\\frac{\\sqrt{2}}{2}", "\\sqrt{\\frac{1}{2}}"),
        ("\\sqrt{12}", "2\\sqrt{3}"),
        ("\\sqrt[3]{16}", "2\\sqrt[3]{2}"),
        ("\\sqrt{8}", "2^{3/2}"),
        ("\\sqrt{-4}", "2i"),
        ("√12", "2√3"),
        ("2x + 3", "3+2 x"),
        ("(x+1)^2", "x^2+2x+1"),
        ("\\frac{x^2-1}{x-1}", "x+1"),
        ("4a-2", "2(2a - 1)"),
        ("x_1 + x_{2}", "x_{2}+x_{1}"),
        ("7\\pi", "7 π"),
        ("\\pi r^{2}", "r^2\\pi"),
        ("2\\sin x\\cos x", "2 \\cos(x) \\sin(x)"),
        ("\\tan x", "\\frac{\\sin x}{\\cos x}"),
        ("\\sin^2 x", "(\\sin x)^2"),
        ("\\ln 2", "\\log_e(2)"),
        ("e^{x}", "\\exp(x)"),
        ("2xy", "2yx"),
        ("(1, 2)", "\\left( 1 , \\frac{4}{2} \\right)"),
        ("\\{1, 2\\}", "\\{2,1\\}"),
        ("1 and 2", "2, 1"),
        ("1, 2, and 3", "1,3,2"),
        ("x = 2 \\text{ or } x = 3", "3, 2"),
        ("x=1, y=2", "y=2, x=1"),
        ("\\{5\\}", "5"),
        ("1 \\pm \\sqrt{2}", "1-\\sqrt{2}, 1+\\sqrt{2}"),
        ("(-\\infty, 1) \\cup (2, \\infty)", "(2,\\infty)\\cup(-\\infty,1)"),
        ("x \\in [1,2]", "[1, 2]"),
        ("2x + 3y = 6", "4x+6y-12 = 0"),
        ("x^2+y^2=1", "1 - y^2 = x^2"),
        ("y = 2x+1", "2x+1"),
        ("f(x) = x^2", "x^2"),
        ("x > 5", "5 < x"),
        ("1 \\le x < 2", "2 > x \\geq 1"),
        ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{bmatrix}1\\\\\\frac{4}{2}\\end{bmatrix}"),
        ("2^{200}", "1606938044258990275541962092341162602522202993782792835301376"),
        ("Paris", " paris. "),
        ("No Solution", "\\text{no solution}"),
        ("\\emptyset", "\\{\\}"),
        ("\\boxed{5}", "5"),
        ("90^\\circ", "90 degrees"),
        ("5\\text{ cm}^2", "5 square centimeters"),
        ("\\$18", "18 dollars"),
        ("m\\angle A", "m \\angle A"),
    ]);
}

#[test]
fn different_answers_have_different_classes() {
    different(&[
        ("1", "2"),
        ("(1,2)", "(2,1)"),
        ("(1,2)", "[1,2]"),
        ("(1,2)", "\\{1,2\\}"),
        ("x=1, y=2", "x=2, y=1"),
        ("2^{61}", "1"),
        ("2^{200}", "2^{139}"),
        ("2^{2023}", "2^{2024}"),
        ("x", "y"),
        ("x", "X"),
        ("\\sqrt{2}", "1.41421356"),
        ("\\sqrt{2}", "-\\sqrt{2}"),
        ("\\sqrt{17}", "\\sqrt{19}"),
        ("\\pi", "3.14"),
        ("\\sin x", "\\cos x"),
        ("\\sin^{-1} x", "\\frac{1}{\\sin x}"),
        ("\\log x", "\\ln x"),
        ("x+1", "x-1"),
        ("2x+3y=6", "2x+3y=7"),
        ("x < 5", "x \\le 5"),
        ("x < 5", "x > 5"),
        ("10\\text{ am}", "10\\text{ pm}"),
        ("3 million", "3"),
        ("1011_2", "1011"),
        ("yes", "no"),
        ("A", "B"),
        ("50\\%", "0.5"),
        ("3:4", "3/4"),
        ("cat", "act"),
        ("1/0", "2/0"),
    ]);
}

#[test]
fn expensive_answers_are_cheap() {
    let start = std::time::Instant::now();
    for answer in [
        "9".repeat(1999),
        "9^".repeat(999),
        "9!".repeat(999),
        "1000!".repeat(399),
        "(".repeat(1999),
        "[1,".repeat(600),
        "{".repeat(999) + &"}".repeat(999),
        "\\sqrt{".repeat(300) + "2" + &"}".repeat(300),
        "\\frac{x}{y}+".repeat(150) + "1",
        "\\sqrt{340282366920938463463374607431768211297}+".repeat(40) + "1",
        "\\sqrt{2}+".repeat(200) + "1",
        "-".repeat(1999) + "1",
        "1e999999999999".to_owned(),
        "10^{10^{10^{10}}}".to_owned(),
        "\\binom{1000}{1000}+".repeat(90) + "1",
        "\\text{".repeat(300),
        "1,".repeat(999),
        "x=".repeat(999),
        "∪".repeat(600),
        "⦃".repeat(600),
        "a".repeat(5_000_000),
        " ".repeat(5_000_000),
        "\\pm".repeat(600),
    ] {
        assert_eq!(class_of(&answer), class_of(&answer));
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn deep_answers_are_texts() {
    let deep = |n: usize| "(".repeat(n) + "2+2" + &")".repeat(n);
    assert_eq!(class_of(&deep(20)), "4");
    assert_eq!(class_of(&deep(200)), deep(200));
}

#[test]
fn notation_that_stands_for_nothing_is_not_the_same_as_no_answer() {
    for answer in ["\\", "$$", "\\text{}", "\\,"] {
        assert!(!class_of(answer).is_empty(), "{answer}");
    }
    assert_eq!(class_of(" "), "");
}

proptest! {
    #[test]
    fn any_text_has_a_class(
        any in any::<String>(),
        parts in proptest::collection::vec(prop_oneof![
            Just("\\frac"), Just("{"), Just("}"), Just("("), Just(")"), Just("["), Just("]"), Just("\\{"), Just("\\}"), Just("1"), Just("23"),
            Just("x"), Just("\\sqrt"), Just("^"), Just("_"), Just(","), Just("="), Just("<"), Just("\\pm"), Just("\\text{"), Just(" cm"), Just("."),
            Just("\\sin"), Just("|"), Just("!"), Just("/"), Just("-"), Just("\\circ"), Just(" and "), Just("\\cup"), Just("é"), Just("\\left"),
            Just("\\begin{pmatrix}"), Just("&"), Just("\\\\"), Just("\\end{pmatrix}"), Just("e"), Just("\\overline{"), Just("{,}"), Just("\\"),
        ], 0..30),
    ) {
        for text in [any, parts.concat()] {
            prop_assert_eq!(class_of(&text), class_of(&text));
        }
    }

    #[test]
    fn fractions_are_one_class_however_they_are_written(n in -999_i32..999, d in 1_i32..999, k in 1_i32..99) {
        let reduced = class_of(&format!("{n}/{d}"));
        prop_assert_eq!(&class_of(&format!("$\\dfrac{{{}}}{{{}}}$", n * k, d * k)), &reduced);
        prop_assert_eq!(&class_of(&format!("\\frac{{{n}x}}{{{d} x}}")), &reduced);
        prop_assert_eq!(&class_of(&format!("({n}) \\cdot {d}^{{-1}} .")), &reduced);
    }
}

#[test]
fn versions_dates_and_ranges_are_no_numbers() {
    let answers =
        ["1.3.0.5", "1.4.0.2", "192.168.0.1", "0", "2020-01-05", "2014", "2010–2012", "-2", "18-21", "-3", "5/1/2020"];
    let classes: std::collections::BTreeSet<String> = answers.iter().map(|answer| class_of(answer)).collect();
    assert_eq!(classes.len(), answers.len(), "{classes:?}");
    assert_eq!(class_of("2010–2012"), class_of("2010-2012"));
    assert_eq!(class_of("18 - 21"), class_of("-3"), "with spaces it is a difference");
    assert_eq!((class_of("1.5"), class_of("3/4")), ("3/2".to_owned(), "3/4".to_owned()));
}
