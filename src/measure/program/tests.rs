//! Programs of a group, compared by all measures of code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

const PAIR: Pair = Pair { a: 0, b: 1 };

fn programs<'a>(a: &'a str, b: &'a str) -> Programs<'a> {
    Programs::new([Some(a), Some(b)].into_iter(), None)
}

const A: &str =
    "def f(xs):\n    \"\"\"Sum.\"\"\"\n    total = 0\n    for x in xs:\n        total += x\n    return total\n";
const B: &str = "def f(xs):\n    return sum(x for x in xs if x > 0)\n";

#[test]
fn a_program_is_wholly_like_itself_and_like_its_renamed_and_commented_twin() {
    let twin = A.replace("total", "acc").replace("xs", "values").replace("Sum.", "Adds up.") + "# done\n";
    let programs = programs(A, &twin);
    assert_eq!((programs.equal(PAIR), programs.equal_renamed(PAIR)), (Some(false), Some(true)));
    assert_eq!(programs.shared_subtrees(&[PAIR]), [Some(1.0)]);
    let itself = Pair { a: 0, b: 0 };
    assert_eq!(programs.shared_subtrees(&[itself]), [Some(1.0)]);
    assert!((programs.codebleu(&[itself])[0].unwrap() - 1.0).abs() < 1e-15);
}

#[test]
fn all_measures_are_symmetric_and_within_bounds() {
    let texts =
        [A, B, "x", "x = (", "print('a')", "class C:\n  def f(self):\n    self.x = 'a'\n", "int f() { return 1; }"];
    for a in texts {
        for b in texts {
            let (one, other) = (programs(a, b), programs(b, a));
            assert_eq!(one.equal(PAIR), other.equal(PAIR));
            assert_eq!(one.equal(PAIR), Some(a == b));
            assert_eq!(one.shared_subtrees(&[PAIR]), other.shared_subtrees(&[PAIR]));
            assert_eq!(one.codebleu(&[PAIR]), other.codebleu(&[PAIR]));
            for value in [one.shared_subtrees(&[PAIR])[0].unwrap(), one.codebleu(&[PAIR])[0].unwrap()] {
                assert!((0.0..=1.0 + 1e-15).contains(&value), "{value}");
            }
        }
    }
}

#[test]
fn a_member_without_a_program_is_compared_with_nothing() {
    let programs = Programs::new([Some(A), None, Some("# only a comment"), Some(A)].into_iter(), None);
    for b in [1, 2] {
        let pair = Pair { a: 0, b };
        assert_eq!((programs.equal(pair), programs.equal_renamed(pair)), (None, None));
        assert_eq!((programs.shared_subtrees(&[pair])[0], programs.codebleu(&[pair])[0]), (None, None));
    }
    assert_eq!(programs.equal(Pair { a: 0, b: 3 }), Some(true));
    assert!(programs.has(0) && !programs.has(1));
}

#[cfg(feature = "grammars")]
#[test]
fn a_cut_off_program_is_read_in_the_language_of_its_group() {
    let whole = "int f(std::vector<int>& a) { int s = 0; for (int x : a) s += x; return s; }";
    let cut = &whole[..60];
    let programs = Programs::new([Some(cut), Some(whole)].into_iter(), None);
    let tree = &programs.different[0].1;
    assert_eq!((tree.language, tree.wrong > 0), (Language::Cpp, true));
}

#[cfg(feature = "grammars")]
#[test]
fn programs_in_two_languages_share_no_subtree() {
    let programs = programs("x = f(1)", "int x = f(1);");
    assert_eq!(programs.shared_subtrees(&[PAIR]), [Some(0.0)]);
    assert_eq!(programs.equal_renamed(PAIR), Some(false));
}

/// Values of the `codebleu` package, written by `tests/fixtures/code.py`.
fn fixture() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/code.json")).unwrap()
}

/// The parts of both directions: `b` as the candidate for `a`, and the other way round.
fn parts(a: &str, b: &str) -> Option<(codebleu::Parts, codebleu::Parts)> {
    let programs = Programs::new([Some(a), Some(b)].into_iter(), Some(Language::Python));
    let profiles = programs.profiles();
    codebleu::parts(&profiles[programs.of[0]?], &profiles[programs.of[1]?])
}

fn assert_close(got: f64, expected: &serde_json::Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((got - expected).abs() < 1e-12, "{what}: {got}, expected {expected}");
}

#[test]
fn the_package_has_the_same_parts_for_python() {
    let fixture = fixture();
    let text = |pair: &serde_json::Value, side: &str| {
        fixture["programs"][pair[side].as_str().unwrap()].as_str().unwrap().to_owned()
    };
    let pairs = fixture["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 136);
    for pair in pairs {
        let (a, b) = (text(pair, "a"), text(pair, "b"));
        let (for_a, for_b) = parts(&a, &b).unwrap();
        for (got, expected) in [(for_a, &pair["b_for_a"]), (for_b, &pair["a_for_b"])] {
            let what = |part: &str| format!("{} of {} and {}", part, pair["a"], pair["b"]);
            assert_close(got.ngrams, &expected["ngram_match_score"], &what("ngrams"));
            assert_close(got.weighted, &expected["weighted_ngram_match_score"], &what("weighted"));
            assert_close(got.syntax, &expected["syntax_match_score"], &what("syntax"));
            assert_close(got.flow.unwrap(), &expected["dataflow_match_score"], &what("flow"));
            assert_close(got.mean(), &expected["codebleu"], &what("codebleu"));
        }
        assert_close(programs(&a, &b).codebleu(&[PAIR])[0].unwrap(), &pair["mean"], "mean");
    }
}

/// The two texts of a pair on which we differ, with the package's values for the second as the candidate.
fn different(name: &str) -> (String, String, serde_json::Value) {
    let entry = fixture()["different"][name].clone();
    let text = |side: usize| entry["texts"][side].as_str().unwrap().to_owned();
    (text(0), text(1), entry["b_for_a"].clone())
}

#[test]
fn equal_texts_of_fewer_than_four_tokens_have_1_where_the_package_smooths_what_cannot_be_there() {
    let (a, b, package) = different("short");
    let (for_a, _) = parts(&a, &b).unwrap();
    assert_eq!((for_a.ngrams, for_a.weighted), (1.0, 1.0));
    assert!(package["ngram_match_score"].as_f64().unwrap() < 0.2);
}

#[test]
fn without_data_flow_three_parts_count_where_the_package_has_a_full_fourth() {
    let (a, b, package) = different("no flow");
    let (for_a, _) = parts(&a, &b).unwrap();
    assert_eq!(for_a.flow, None);
    assert_close(for_a.ngrams, &package["ngram_match_score"], "ngrams");
    assert_close((3.0 * for_a.mean() + 1.0) / 4.0, &package["codebleu"], "codebleu");
}

#[test]
fn data_flow_that_is_not_found_counts_0_where_the_package_counts_1() {
    let (a, b, package) = different("flow in one");
    let (for_a, for_b) = parts(&a, &b).unwrap();
    assert_eq!((for_a.flow, for_b.flow), (Some(0.0), None));
    assert_close(for_a.mean() + 0.25, &package["codebleu"], "codebleu");
}

#[test]
fn a_string_given_to_an_attribute_has_data_flow_where_the_package_fails_and_finds_none() {
    let (a, b, package) = different("attribute from string");
    assert_eq!(package["dataflow_match_score"].as_f64(), Some(0.0));
    assert_eq!(parts(&a, &b).unwrap().0.flow, Some(1.0));
}

#[test]
fn a_docstring_on_the_line_of_its_function_is_removed_where_the_package_leaves_it() {
    let (a, b, _) = different("docstring on one line");
    assert_eq!(programs(&a, &b).equal(PAIR), Some(true));
}

#[test]
fn an_empty_text_has_no_value_where_the_package_has_a_quarter() {
    let (a, b, package) = different("empty");
    assert_eq!(programs(&a, &b).codebleu(&[PAIR]), [None]);
    assert_close(0.25, &package["codebleu"], "codebleu");
}
