//! What each rule takes, and that no text is too much for any of them.

use proptest::prelude::*;

use super::*;

/// What a rule takes of a text.
fn by(rule: &str, text: &str) -> Option<String> {
    let (_, found) = find(text, &[named(rule).unwrap()])?;
    assert!(!found.text.is_empty() && found.n_alternatives > 0, "{text:?}");
    Some(found.text)
}

#[track_caller]
fn check(rule: &str, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        assert_eq!(by(rule, text).as_deref(), *expected, "{text:?}");
    }
}

#[test]
fn the_last_closed_box_is_the_answer() {
    check(
        "boxed",
        &[
            ("so $\\boxed{42}$.", Some("42")),
            ("\\boxed{1}\nthen \\boxed{2}", Some("2")),
            ("\\fbox{7}", Some("7")),
            ("\\boxed {7}", Some("7")),
            ("$\\boxed{\\frac{1}{2}}$", Some("\\frac{1}{2}")),
            ("\\boxed{ \\left\\{ 1, 2 \\right\\} }", Some("\\left\\{ 1, 2 \\right\\}")),
            ("\\boxed{\\left\\{ x : x > 0 \\right.}", Some("\\left\\{ x : x > 0 \\right.")),
            ("\\boxed{\\text{Evelyn}}", Some("\\text{Evelyn}")),
            ("\\boxed{$5$.}", Some("5")),
            ("no box", None),
            ("\\boxed{}", None),
            ("Put it into \\boxed{}. \\boxed{3} as in \\boxed{...}", Some("3")),
            ("\\unboxed{3} and reboxed{4}", None),
        ],
    );
}

#[test]
fn half_a_thought_is_no_answer() {
    check(
        "boxed",
        &[
            ("\\boxed{5", None),
            ("\\boxed{4} and \\boxed{\\frac{1}{2}", Some("4")),
            ("\\boxed{3 or \\boxed{4}", Some("4")),
        ],
    );
    let (_, found) = find("\\boxed{4} and \\boxed{5", &[named("boxed").unwrap()]).unwrap();
    assert_eq!((found.warnings, found.n_alternatives, found.span), (vec!["a box is not closed"], 1, 7..8));
}

#[test]
fn a_box_without_braces_holds_the_rest_of_the_maths_or_a_word() {
    check(
        "boxed",
        &[
            ("$\\boxed 7$", Some("7")),
            ("$\\boxed 7 + 1$", Some("7 + 1")),
            ("\\(\\boxed\\frac{1}{2}\\).", Some("\\frac{1}{2}")),
            ("\\boxed 7. It follows", Some("7")),
            ("\\boxed 7", Some("7")),
            ("{\\boxed 7}", Some("7")),
            ("\\boxedx 7", None),
            ("\\boxed", None),
            ("\\boxed ", None),
        ],
    );
}

#[test]
fn boxes_in_boxes_are_unwrapped() {
    check(
        "boxed",
        &[
            ("\\boxed{\\boxed{7}}", Some("7")),
            ("\\boxed{x = \\boxed{7}, y = \\fbox{8}}", Some("x = 7, y = 8")),
            ("\\boxed{\\boxed{\\boxed{\\frac{1}{2}}}}", Some("\\frac{1}{2}")),
            ("\\boxed{\\boxed{}}", None),
            ("\\boxed{7} \\boxed{\\boxed{ \\fbox{\\ldots} }}", Some("7")),
        ],
    );
}

#[test]
fn boxes_that_form_a_list_are_joined() {
    check(
        "boxed",
        &[
            ("$\\boxed{3}$ and $\\boxed{5}$", Some("3, 5")),
            ("$x=\\boxed{3}$, $y=\\boxed{5}$", Some("3, 5")),
            ("$\\boxed{3} \\quad \\boxed{5}$", Some("3, 5")),
            ("\\boxed{3}, \\boxed{4}, \\text{ or } \\boxed{5}", Some("3, 4, 5")),
            ("\\boxed{9}\n\\boxed{3}, \\boxed{4}", Some("3, 4")),
            ("\\boxed{3}. So the answer is \\boxed{3}", Some("3")),
            ("\\boxed{3}, that is \\boxed{3}", Some("3")),
            ("\\boxed{3} becomes \\boxed{5}", Some("5")),
            ("\\boxed{3}. And so \\boxed{5}", Some("5")),
            ("\\boxed{3} = \\boxed{5}", Some("5")),
            (
                "First \\boxed{3}, and with all that has been said about it before and after and so on, \\boxed{5}",
                Some("5"),
            ),
        ],
    );
    let (_, found) = find("a \\boxed{3} and \\boxed{5}.", &[named("boxed").unwrap()]).unwrap();
    assert_eq!((found.warnings, found.n_alternatives, found.span), (vec!["several boxes"], 2, 9..24));
}

#[test]
fn a_lost_backslash_is_forgiven() {
    check(
        "boxed",
        &[
            ("$\u{8}oxed{42}$", Some("42")),
            ("$\u{c}box{42}$", Some("42")),
            ("$boxed{42}$", Some("42")),
            ("oxed{42}", Some("42")),
            ("\\\\boxed{42}", Some("42")),
            ("\\beginboxed{42}", Some("42")),
            ("boxed 42", None),
        ],
    );
    assert_eq!(find("\u{8}oxed{1}", &[named("boxed").unwrap()]).unwrap().1.warnings, ["lost backslash"]);
}

#[test]
fn an_answer_line_begins_with_the_word() {
    check(
        "answer-line",
        &[
            ("Answer: 42", Some("42")),
            ("ANSWER : 42.", Some("42")),
            ("**Answer:** 42", Some("42")),
            ("**Answer: 42**", Some("42")),
            ("### Final Answer: $x+1$\n", Some("x+1")),
            ("The final answer: 7", Some("7")),
            ("Answer: 1\nAnswer: 2\nthe end", Some("2")),
            ("**Answer:**\n\n$\\frac{1}{2}$\n", Some("\\frac{1}{2}")),
            ("## Answer\n\n12\n", Some("12")),
            ("Answer\n12", None),
            ("Answer:", None),
            ("The question has no Answer: none", None),
            ("Answering: 3", None),
            ("答案：42", Some("42")),
        ],
    );
}

#[test]
fn a_final_answer_follows_its_phrase() {
    check(
        "final-answer",
        &[
            ("The final answer is $\\frac{1}{2}$. I hope it is correct.", Some("\\frac{1}{2}")),
            ("The final answer is 42 I hope it is correct.", Some("42")),
            ("So the answer is 3.5. Done.", Some("3.5")),
            ("The answer is: **42**.", Some("42")),
            ("the answer is 1. No, the answer is 2\nqed", Some("2")),
            ("Therefore, the final answer is:\n\n\\[ 5 \\]\n", Some("5")),
            ("The final answer is\n\\[\n5\n\\]\nQED.", Some("5")),
            ("答案是42。谢谢", Some("42")),
            ("what my answer issues from", None),
            ("an answer is needed", None),
            ("The answer is", None),
        ],
    );
}

#[test]
fn a_hash_line_has_a_number_only() {
    check(
        "hash-line",
        &[
            ("She has 9 * 2 = 18.\n#### 18", Some("18")),
            ("#### $1,234.50\n", Some("$1,234.50")),
            ("#### -5", Some("-5")),
            ("#### 1\n#### 2\nQuestion:", Some("2")),
            ("#### 2. The second case", None),
            ("#### 2.", None),
            ("#### Answer", None),
            ("##### 5", None),
        ],
    );
}

#[test]
fn a_choice_is_a_marked_letter() {
    check(
        "choice-letter",
        &[
            ("Answer: B", Some("B")),
            ("**Answer:** (C)", Some("C")),
            ("The correct answer is **D**.", Some("D")),
            ("The answer is $\\boxed{\\text{(B)}}$.", Some("B")),
            ("Action: Answer(\"E\")", Some("E")),
            ("Therefore the answer is C. Option D is wrong, as is (A).", Some("C")),
            ("I choose option C because it fits", Some("C")),
            ("which is choice A.", Some("A")),
            ("It must be (B) then", Some("B")),
            ("(A) 1 (B) 2 (C) 3", None),
            ("Some thoughts.\n\nB", Some("B")),
            ("Some thoughts.\n\n**(B)**\n", Some("B")),
            ("A man has a plan. I think so.", None),
            ("The answer is A good deal of work", None),
            ("The answer is A + B", None),
            ("the probability P(A) of it", None),
            ("答案是B", Some("B")),
            ("answerB", None),
            ("The answer is 5", None),
        ],
    );
}

#[test]
fn the_last_number_has_sign_separators_and_fraction() {
    check(
        "last-number",
        &[
            ("She makes 18 dollars.", Some("18")),
            ("is -5.", Some("-5")),
            ("3-5", Some("5")),
            ("costs $1,234,567.89.", Some("1,234,567.89")),
            ("10{,}000", Some("10{,}000")),
            ("1, 2, 3,", Some("3")),
            ("1,2345", Some("2345")),
            ("3/4 of it", Some("3/4")),
            ("$\\frac{3}{4}$", Some("\\frac{3}{4}")),
            ("$-1\\frac{1}{2}$", Some("-1\\frac{1}{2}")),
            ("12.5\\%", Some("12.5\\%")),
            ("1.5e-3", Some("1.5e-3")),
            ("$1.5 \\times 10^{-3}$", Some("1.5 \\times 10^{-3}")),
            ("5 cm^2 of H2O and x_1, x_{2}, x^{-3}", Some("5")),
            ("x-5", Some("5")),
            (".5", Some(".5")),
            ("−7", Some("−7")),
            ("none", None),
        ],
    );
}

#[test]
fn the_first_rule_that_finds_something_counts() {
    let text = "The answer is 1.\n#### 2\n\\boxed{3}";
    let taken = |names: &[&str]| {
        let rules: Vec<&Rule> = names.iter().map(|name| named(name).unwrap()).collect();
        find(text, &rules).map(|(rule, found)| (rule.name, found.text))
    };
    assert_eq!(taken(&DEFAULT), Some(("boxed", "3".to_owned())));
    assert_eq!(taken(&["final-answer", "boxed"]), Some(("final-answer", "1".to_owned())));
    assert_eq!(taken(&["choice-letter", "hash-line"]), Some(("hash-line", "2".to_owned())));
    assert_eq!(taken(&[]), None);
}

#[test]
fn rules_have_names_and_meanings() {
    for (position, rule) in RULES.iter().enumerate() {
        assert!(!rule.meaning.is_empty() && rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        assert!(RULES[..position].iter().all(|other| other.name != rule.name));
    }
    let defaults: Vec<&str> = RULES.iter().map(|rule| rule.name).filter(|name| DEFAULT.contains(name)).collect();
    assert_eq!(defaults, DEFAULT);
}

#[test]
fn hostile_text_costs_no_more_than_any_other() {
    let start = std::time::Instant::now();
    for unit in [
        "\\boxed{",
        "\\boxed{1}",
        "\\boxed{1",
        "\\boxed 1 ",
        "\\boxed",
        "{",
        "}",
        "{}",
        "\\",
        "$",
        "*",
        "#### 1\n",
        "####",
        "the answer is ",
        "the answer is:\n",
        "the answer is\\[\n",
        "Answer:\n",
        "Answer:",
        "**",
        "Answer: A\n",
        "(A)",
        "A ",
        "option ",
        "1",
        "1,",
        "1,111",
        "1.",
        "1/",
        "-1",
        "\\frac{1}{",
        "\\frac{1",
        "1e",
        " ",
        "\n",
        "\u{2028}",
        "é",
        "答案是",
    ] {
        let text = unit.repeat(5_000_000 / unit.len());
        for rule in &RULES {
            let _ = find(&text, &[rule]);
        }
    }
    let boxes: Vec<String> = (0..400_000).map(|n| format!("\\boxed{{{n}}}")).collect();
    let boxes = boxes.join(",");
    assert_eq!(find(&boxes, &[&RULES[0]]).unwrap().1.n_alternatives, 400_000);
    // Quadratic work on any of them would take hours.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn any_text_has_its_answers_in_it(
        parts in proptest::collection::vec(prop_oneof![
            Just("\\boxed"), Just("{"), Just("}"), Just("\\{"), Just("$"), Just("\\("), Just("\\)"), Just("**"), Just(" "), Just("\n"),
            Just("Answer:"), Just("the answer is"), Just("答案是"), Just("####"), Just("(B)"), Just("A"), Just("option"), Just("1"),
            Just("2,345"), Just("-"), Just("."), Just("/"), Just("\\frac"), Just("x"), Just("é"), Just("😀"), Just("\u{8}oxed{"), Just(","),
        ], 0..40),
        any in any::<String>(),
    ) {
        for text in [parts.concat(), any] {
            for rule in &RULES {
                if let Some((_, found)) = find(&text, &[rule]) {
                    prop_assert!(!text[found.span].is_empty());
                    prop_assert_eq!(found.text.trim(), &found.text);
                    prop_assert!(!found.text.is_empty() && found.n_alternatives > 0);
                }
            }
        }
    }
}

#[test]
fn a_sentence_about_the_answer_is_no_answer() {
    for text in [
        "I am confident that the answer is correct.",
        "The answer is not among the choices.",
        "So the answer is None of the above.",
        "Hence the final answer is:\n\nANSWER: 112",
        "The answer is simpler than it looks.",
    ] {
        assert_eq!(find(text, &[named("final-answer").unwrap()]).map(|(_, found)| found.text), None, "{text}");
    }
    for (text, answer) in [
        ("The answer is not obvious. Still, the answer is x = 5.", "x = 5"),
        ("The answer is Paris.", "Paris"),
        ("The final answer is yes.", "yes"),
        ("the answer is b", "b"),
    ] {
        let found = find(text, &[named("final-answer").unwrap()]).map(|(_, found)| found.text);
        assert_eq!(found.as_deref(), Some(answer), "{text}");
    }
}

#[test]
fn an_answer_line_comes_before_a_phrase_and_looks_past_an_opening_of_maths() {
    let default: Vec<_> = DEFAULT.iter().filter_map(|name| named(name)).collect();
    let of = |text: &str| find(text, &default).map(|(rule, found)| (rule.name, found.text));
    let both = "Answer: 7\nI believe the answer is 8.";
    assert_eq!(of(both), Some(("answer-line", "7".to_owned())));
    let displayed = "**Answer:**\n\n$$\n\\frac{1}{2}\n$$";
    assert_eq!(of(displayed), Some(("answer-line", "\\frac{1}{2}".to_owned())));
}
