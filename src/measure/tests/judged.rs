//! Right and wrong samples: groups small enough to work out by hand, and their plain twins.

use super::*;
use crate::kernels::plain;
use crate::kernels::subsets::subsets;

/// Parallel draws with an answer and a mark each.
fn draws(marked: &[(Option<&str>, Option<bool>)]) -> Vec<Sample> {
    let mut samples = parallel(&vec![Some("x"); marked.len()]);
    for (sample, (answer, correct)) in samples.iter_mut().zip(marked) {
        sample.answer = answer.map(str::to_owned);
        sample.correct = *correct;
    }
    samples
}

/// y x x z y x y x, of which x is right.
fn golden() -> Vec<Sample> {
    draws(&["y", "x", "x", "z", "y", "x", "y", "x"].map(|answer| (Some(answer), Some(answer == "x"))))
}

fn of(samples: &[Sample], metric: &str) -> Result<f64, Missing> {
    value(&measure(samples, &[metric]), metric).value
}

fn rho(samples: &[Sample], rows: &[[f32; 3]], metric: &str) -> Measurement {
    let minilm = vectors("minilm", rows, (0..).map(Some).take(rows.len()).collect());
    value(&try_measure(samples, &[minilm], &[metric]).unwrap(), metric)
}

#[test]
fn golden_coverage_is_pass_at_k() {
    let mut samples = draws(&[(None, Some(false)); 11]);
    for sample in &mut samples[..3] {
        sample.correct = Some(true);
    }
    samples[10].correct = None;
    for (name, expected) in [("coverage@1", 0.3), ("coverage@2", 8.0 / 15.0), ("coverage@5", 11.0 / 12.0)] {
        assert!((of(&samples, name).unwrap() - expected).abs() < 1e-12, "{name}");
    }
    assert_eq!((of(&samples, "coverage"), of(&samples, "coverage@8")), (Ok(1.0), Ok(1.0)));
    assert_eq!(of(&samples, "coverage@11"), Err(Missing::FewerThan(11, "correct")));
    assert_eq!(value(&measure(&samples, &["coverage"]), "coverage").n_samples, 10);
    assert_eq!(of(&draws(&[(None, Some(false)); 2]), "coverage"), Ok(0.0));
}

#[test]
fn golden_majority_gain_is_plurality_less_accuracy() {
    let golden_at = [(2, 0.5), (3, 0.571_429), (4, 0.628_571), (5, 0.660_714), (6, 0.714_286), (7, 0.75), (8, 1.0)];
    for (k, expected) in golden_at {
        let got = of(&golden(), &format!("majority_gain@{k}")).unwrap();
        assert!((got + 0.5 - expected).abs() < 6e-7, "maj@{k}: {got}");
    }
    assert_eq!(of(&golden(), "majority_gain"), Ok(0.5));
    assert_eq!(&*value(&measure(&golden(), &["majority_gain"]), "majority_gain").space, "answer");
}

#[test]
fn who_has_no_answer_does_not_vote_and_who_is_not_judged_takes_no_part() {
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(of(&draws(&[(Some("a"), yes), (None, no), (None, no)]), "majority_gain"), Ok(1.0 - 1.0 / 3.0));
    // Two votes for b that nobody judged do not outvote a.
    let unjudged = [(Some("a"), yes), (Some("c"), no), (Some("a"), yes), (Some("b"), None), (Some("b"), None)];
    assert_eq!(of(&draws(&unjudged), "majority_gain"), Ok(1.0 - 2.0 / 3.0));
    // Pairs of a and two others without an answer: a wins in two of them, in the third nobody is right.
    let got = of(&draws(&[(Some("a"), yes), (None, no), (None, no)]), "majority_gain@2").unwrap();
    assert!((got - (0.5 + 0.5 + 0.0) / 3.0).abs() < 1e-12, "{got}");
}

#[test]
fn without_marks_or_answers_there_is_no_gain() {
    let nobody_knows = draws(&[(Some("a"), None); 4]);
    let rows = [[1.0, 0.0, 0.0]; 4];
    for name in ["coverage", "coverage@2"] {
        assert!(matches!(of(&nobody_knows, name), Err(Missing::NoValue("correct") | Missing::FewerThan(_, "correct"))));
    }
    assert_eq!(of(&nobody_knows, "majority_gain"), Err(Missing::FewerThan(2, "correct")));
    let missing = rho(&nobody_knows, &rows, "diversity_coverage_rho");
    assert_eq!((missing.n_samples, missing.value), (0, Err(Missing::FewerThan(4, "a vector and correct"))));
    let no_answers = draws(&[(None, Some(true)), (None, Some(false)), (None, Some(true)), (None, Some(false))]);
    assert_eq!(of(&no_answers, "majority_gain"), Err(Missing::Undefined("no judged sample with an answer")));
    assert_eq!(
        rho(&no_answers, &rows, "diversity_majority_rho").value,
        Err(Missing::Undefined("no judged sample with an answer"))
    );
}

#[test]
fn the_association_has_the_sign_of_what_outliers_are_worth() {
    let base = [1.0, 0.0, 0.0];
    let far = [0.0, 1.0, 0.0];
    let mut samples = draws(&[(None, Some(false)); 8]);
    samples[3].correct = Some(true);
    let mut rows = [base; 8];
    rows[3] = far;
    // Of the subsets of 4, just those with the outlier are covered, and just those are diverse.
    let found = rho(&samples, &rows, "diversity_coverage_rho");
    assert_eq!((&*found.space, found.n_samples, found.n_pairs), ("minilm", 8, None));
    assert!((found.value.unwrap() - 1.0).abs() < 1e-12);
    // The wrong one is the outlier, and the right ones are too few to be in every subset.
    for sample in &mut samples {
        sample.correct = Some(false);
    }
    samples[0].correct = Some(true);
    let found = rho(&samples, &rows, "diversity_coverage_rho").value.unwrap();
    assert!(found < -0.1, "{found}");
}

#[test]
fn the_association_is_spearmans_over_all_subsets_of_half() {
    let marked = ["a", "b", "a", "c", "a", "b"].map(|answer| (Some(answer), Some(answer == "a")));
    let rows = [[1.0, 0.1, 0.0], [0.2, 1.0, 0.0], [0.9, 0.0, 0.4], [0.0, 0.3, 1.0], [1.0, 0.5, 0.1], [0.0, 1.0, 0.6]];
    let samples = draws(&marked);
    let cosine = |a: usize, b: usize| {
        let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(b)).sum::<f64>();
        dot(rows[a], rows[b]) / (dot(rows[a], rows[a]) * dot(rows[b], rows[b])).sqrt()
    };
    let (mut distances, mut covered, mut gains) = (Vec::new(), Vec::new(), Vec::new());
    for places in subsets(6, 3, 100, || unreachable!("there are 20")) {
        let [a, b, c] = places[..] else { panic!("three") };
        distances.push(3.0 - cosine(a, b) - cosine(a, c) - cosine(b, c));
        let right: Vec<bool> = places.iter().map(|&place| marked[place].1 == Some(true)).collect();
        let votes: Vec<Option<usize>> = places.iter().map(|&place| [0, 1, 0, 2, 0, 1].get(place).copied()).collect();
        let accuracy = right.iter().filter(|right| **right).count() as f64 / 3.0;
        covered.push(f64::from(u8::from(right.contains(&true))));
        gains.push(((plain::plurality::plurality(&votes, &right) - accuracy) * 1e9).round());
    }
    for (metric, values) in [("diversity_coverage_rho", covered), ("diversity_majority_rho", gains)] {
        let expected = plain::spearman::spearman(&distances, &values).unwrap();
        let got = rho(&samples, &rows, metric).value.unwrap();
        assert!((got - expected).abs() < 1e-12, "{metric}: expected {expected}, got {got}");
    }
}

#[test]
fn what_does_not_vary_has_no_association() {
    let apart = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.6, 0.8, 0.0]];
    let all_right = draws(&[(Some("a"), Some(true)); 4]);
    for metric in ["diversity_coverage_rho", "diversity_majority_rho"] {
        let missing = rho(&all_right, &apart, metric).value;
        assert_eq!(missing, Err(Missing::Undefined("every subset of its samples gains the same")));
    }
    let mut one_right = draws(&[(Some("a"), Some(false)); 4]);
    one_right[0].correct = Some(true);
    let missing = rho(&one_right, &[apart[0]; 4], "diversity_coverage_rho").value;
    assert_eq!(missing, Err(Missing::Undefined("every subset of its samples is as diverse as any other")));
    assert_eq!(
        rho(&one_right[..3], &apart[..3], "diversity_coverage_rho").value,
        Err(Missing::FewerThan(4, "a vector and correct"))
    );
    // A vector of zeros has no cosine.
    let zero = [apart[0], apart[1], apart[2], [0.0; 3]];
    assert!(matches!(rho(&one_right, &zero, "diversity_coverage_rho").value, Err(Missing::Undefined(_))));
}

#[test]
fn samples_that_saw_one_another_are_no_free_draws() {
    let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.6, 0.8, 0.0]];
    let mut samples = draws(&[(Some("a"), Some(false)); 4]);
    samples[0].correct = Some(true);
    assert!(rho(&samples, &rows, "diversity_coverage_rho").value.is_ok());
    samples[3].parents = Some(vec!["s0".to_owned()]);
    let why = "its samples saw one another: they are no free draws";
    assert_eq!(rho(&samples, &rows, "diversity_coverage_rho").value, Err(Missing::Undefined(why)));
    let mut chain = chain(&[Some("x"); 4]);
    chain[0].correct = Some(true);
    for sample in &mut chain[1..] {
        sample.correct = Some(false);
    }
    assert_eq!(rho(&chain, &rows, "diversity_coverage_rho").value, Err(Missing::Undefined(why)));
    // What was covered, and what a vote would say, is told of chains as well.
    assert_eq!(of(&chain, "coverage"), Ok(1.0));
}

#[test]
fn coverage_at_k_is_the_mean_over_all_subsets() {
    let samples = golden();
    let group = only_group(&samples);
    let view = View::new(&group, Inputs::new(&samples, Selection::Solution, &[])).unwrap();
    let members: Vec<usize> = (0..8).collect();
    let set = Subset { view: &view, members: &members, embedder: None };
    let Measure::Set { value, rarefied: Rarefied::Exact(exact), .. } = metric("coverage").unwrap().measure else {
        panic!("an exact set metric")
    };
    for k in 1..=8 {
        let closed = exact(&set, k).unwrap().unwrap();
        let mean = subset::expectation(&set, k, value).unwrap().unwrap();
        assert!((closed - mean).abs() < 1e-12, "{k}: {closed} {mean}");
    }
}
