//! Programs of a group, compared by all measures of code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

const PAIR: Pair = Pair { a: 0, b: 1 };

fn programs<'a>(a: &'a str, b: &'a str) -> Programs<'a> {
    Programs::new([Some(a), Some(b)].into_iter(), None)
}

const A: &str = "def f(xs):\n    \"\"\"Sum.\"\"\"\n    total = 0\n    for x in xs:\n        total += x\n    return total\n";
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
    let texts = [A, B, "x", "x = (", "print('a')", "class C:\n  def f(self):\n    self.x = 'a'\n", "int f() { return 1; }"];
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
    assert!(programs.get(0).is_some() && programs.get(1).is_none());
}

#[cfg(feature = "grammars")]
#[test]
fn a_cut_off_program_is_read_in_the_language_of_its_group() {
    let whole = "int f(std::vector<int>& a) { int s = 0; for (int x : a) s += x; return s; }";
    let cut = &whole[..60];
    let programs = Programs::new([Some(cut), Some(whole)].into_iter(), None);
    assert_eq!(programs.get(0).map(|tree| tree.language), Some(Language::Cpp));
    assert!(programs.get(0).unwrap().wrong > 0);
}

#[cfg(feature = "grammars")]
#[test]
fn programs_in_two_languages_share_no_subtree() {
    let programs = programs("x = f(1)", "int x = f(1);");
    assert_eq!(programs.shared_subtrees(&[PAIR]), [Some(0.0)]);
    assert_eq!(programs.equal_renamed(PAIR), Some(false));
}
