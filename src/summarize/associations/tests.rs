//! Associations that are known because they were put in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::model::GroupKey;

const SETTINGS: Settings = Settings { resamples: 1000, ..Settings::DEFAULT };

fn key(model: &str, question: &str, mode: &str, chain: i64) -> Arc<GroupKey> {
    Arc::new(GroupKey {
        dataset: "d".into(),
        domain: "math".into(),
        model: model.into(),
        mode: mode.into(),
        feedback: None,
        question_id: question.into(),
        chain: Some(chain),
    })
}

fn measured(key: &Arc<GroupKey>, metric: &str, space: &str, value: Result<f64, Missing>) -> Measurement {
    Measurement {
        key: Arc::clone(key),
        metric: metric.into(),
        space: space.into(),
        n_samples: 4,
        n_pairs: None,
        value,
        std_error: None,
    }
}

/// A group with a diversity and a coverage.
fn group(model: &str, question: &str, chain: i64, (diversity, coverage): (f64, f64)) -> Vec<Measurement> {
    let key = key(model, question, "markov", chain);
    vec![
        measured(&key, "cosine", "s", Ok(1.0 - diversity)),
        measured(&key, "vendi", "s", Ok(1.0 + diversity)),
        measured(&key, "correct", "answer", Ok(coverage / 2.0)),
        measured(&key, "coverage", "answer", Ok(coverage)),
    ]
}

/// Questions of groups with these values.
fn collected(model: &str, questions: &[&[(f64, f64)]]) -> Associations {
    let mut collected = Associations::default();
    add(&mut collected, model, questions);
    collected
}

fn add(collected: &mut Associations, model: &str, questions: &[&[(f64, f64)]]) {
    for (number, groups) in questions.iter().enumerate() {
        for (chain, values) in (0..).zip(*groups) {
            collected.add(&group(model, &format!("q{number}"), chain, *values));
        }
    }
}

fn row<'a>(rows: &'a [AssociationRow], model: &str, diversity: &str, gain: &str) -> &'a AssociationRow {
    let is_it = |row: &&AssociationRow| row.model == model && row.diversity == diversity && row.gain == gain;
    rows.iter().find(is_it).unwrap()
}

const RISING: &[(f64, f64)] = &[(0.1, 0.0), (0.2, 0.0), (0.3, 1.0), (0.4, 1.0)];
const FALLING: &[(f64, f64)] = &[(0.1, 1.0), (0.2, 1.0), (0.3, 0.0)];

#[test]
fn where_diverse_groups_are_covered_the_sign_is_positive() {
    let rows = collected("m", &[RISING; 12]).rows(SETTINGS);
    for diversity in ["cosine", "vendi"] {
        for gain in ["coverage", "correct"] {
            let row = row(&rows, "m", diversity, gain);
            // Ranks 1, 2, 3, 4 against 1.5, 1.5, 3.5, 3.5.
            assert!((row.rho.unwrap() - 4.0 / 20.0_f64.sqrt()).abs() < 1e-12, "{row:?}");
            assert_eq!((row.n_questions, row.n_undefined, row.unit), (12, 0, AssociationUnit::Groups));
            assert_eq!((&row.mode, row.n_models, row.i_squared), (&None, None, None));
        }
    }
    let same = "all questions have the same value";
    assert_eq!(row(&rows, "m", "cosine", "coverage").note, Some(format!("1 − cosine; {same}")));
    assert_eq!(row(&rows, "m", "vendi", "coverage").note.as_deref(), Some(same));
    let rows = collected("m", &[FALLING; 12]).rows(SETTINGS);
    assert!(row(&rows, "m", "vendi", "coverage").rho.unwrap() < -0.8);
}

#[test]
fn hard_questions_with_diverse_solutions_are_no_association() {
    // Pooled over questions the correlation is −1; within each there is none, or the opposite.
    let easy: &[(f64, f64)] = &[(0.10, 0.8), (0.11, 0.9), (0.12, 1.0)];
    let hard: &[(f64, f64)] = &[(0.50, 0.0), (0.51, 0.1), (0.52, 0.2)];
    let rows = collected("m", &[easy, hard]).rows(SETTINGS);
    let row = row(&rows, "m", "vendi", "coverage");
    assert_eq!((row.rho, row.n_questions), (Some(1.0), 2));
    assert_eq!(row.note.as_deref(), Some("few questions, all with the same value"));
}

#[test]
fn where_it_does_not_exist_it_is_missing_and_not_zero() {
    let same_coverage: &[(f64, f64)] = &[(0.1, 1.0), (0.2, 1.0), (0.3, 1.0)];
    let same_diversity: &[(f64, f64)] = &[(0.1, 0.0), (0.1, 1.0), (0.1, 1.0)];
    let two: &[(f64, f64)] = &[(0.1, 0.0), (0.2, 1.0)];
    let rows = collected("m", &[same_coverage, same_diversity, two]).rows(SETTINGS);
    let row = row(&rows, "m", "vendi", "coverage");
    assert_eq!((row.rho, row.ci_low, row.n_questions, row.n_undefined), (None, None, 0, 3));
    assert_eq!(row.note.as_deref(), Some("no question has 3 groups that vary in both"));
}

#[test]
fn one_question_has_a_correlation_and_no_interval() {
    let rows = collected("m", &[RISING]).rows(SETTINGS);
    let row = row(&rows, "m", "vendi", "coverage");
    assert!(row.rho.is_some() && row.ci_low.is_none() && row.ci_high.is_none());
    assert_eq!((row.n_questions, row.note.as_deref()), (1, Some("no interval: 1 question, and resampling needs 2")));
}

#[test]
fn nothing_is_kept_where_nothing_is_judged() {
    let mut collected = Associations::default();
    for chain in 0..3 {
        let key = key("m", "q", "markov", chain);
        collected.add(&[
            measured(&key, "vendi", "s", Ok(1.5)),
            measured(&key, "coverage", "answer", Err(Missing::NoValue("correct"))),
            measured(&key, "correct_to_incorrect", "answer", Ok(0.0)),
        ]);
    }
    assert!(collected.models.is_empty() && collected.diversities.0.is_empty() && collected.cells.is_empty());
    assert!(collected.rows(SETTINGS).is_empty());
}

#[test]
fn series_are_known_by_their_names() {
    assert!(is_gain("coverage") && is_gain("coverage@4") && is_gain("correct@2") && is_gain("majority_gain"));
    assert!(!is_gain("correct_to_incorrect") && !is_gain("correct.max") && !is_gain("correct/correct"));
    assert!(is_diversity("cosine.max/correct@4") && is_diversity("vendi") && is_diversity("remote_clique@3"));
    assert!(!is_diversity("vendi_2") && !is_diversity("cosine_corrected") && !is_diversity("levenshtein"));
}

#[test]
fn the_last_bit_of_a_sum_makes_no_rank() {
    let (one, other) = (2.0 / 3.0 - 1.0 / 3.0, 1.0 - 2.0 / 3.0);
    assert!(one != other);
    let rows = collected("m", &[&[(0.1, one), (0.2, other), (0.3, one)]]).rows(SETTINGS);
    assert_eq!(row(&rows, "m", "vendi", "coverage").rho, None);
}

#[test]
fn groups_of_different_sizes_are_said() {
    let mut collected = collected("m", &[RISING]);
    let mut larger = group("m", "q0", 9, (0.9, 1.0));
    for measured in &mut larger {
        measured.n_samples = 8;
    }
    collected.add(&larger);
    let rows = collected.rows(SETTINGS);
    let note = |diversity, gain| row(&rows, "m", diversity, gain).note.clone().unwrap();
    assert!(note("vendi", "correct").starts_with("1 questions with groups of different sizes; "));
    assert!(note("cosine", "coverage").contains("different sizes"));
    // A mean over pairs or samples is the same for any number of them, in expectation.
    assert!(!note("cosine", "correct").contains("different sizes"));
}

#[test]
fn draws_of_groups_are_told_for_each_mode() {
    let mut collected = Associations::default();
    let space = "minilm";
    for (question, value) in [("q1", Ok(0.5)), ("q2", Ok(-0.1)), ("q3", Err(Missing::Undefined("why not")))] {
        collected.add(&[measured(&key("m", question, "parallel", 0), "diversity_coverage_rho", space, value)]);
    }
    let why = "its samples saw one another";
    collected.add(&[measured(
        &key("m", "q1", "markov", 0),
        "diversity_majority_rho",
        space,
        Err(Missing::Undefined(why)),
    )]);
    let rows = collected.rows(SETTINGS);
    assert_eq!(rows.len(), 2);
    let (markov, parallel) = (&rows[0], &rows[1]);
    assert_eq!(
        (parallel.mode.as_deref(), parallel.unit, &*parallel.space),
        (Some("parallel"), AssociationUnit::Subsets, space)
    );
    assert_eq!((&*parallel.diversity, &*parallel.gain), ("remote_clique", "coverage"));
    assert!((parallel.rho.unwrap() - 0.2).abs() < 1e-12);
    assert_eq!((parallel.n_questions, parallel.n_undefined), (2, 1));
    assert!(parallel.ci_low.unwrap() < 0.2 && parallel.ci_high.unwrap() > 0.2);
    assert_eq!((markov.mode.as_deref(), markov.rho, markov.note.as_deref()), (Some("markov"), None, Some(why)));
    assert_eq!((&*markov.gain, markov.n_undefined), ("majority_gain", 1));
}

/// Questions of which every third has the other sign.
fn mixed(n: usize) -> Vec<&'static [(f64, f64)]> {
    (0..n).map(|number| if number % 3 == 0 { FALLING } else { RISING }).collect()
}

#[test]
fn models_are_pooled_by_their_means_and_errors() {
    let three: &[(f64, f64)] = &[(0.1, 0.0), (0.2, 0.1), (0.3, 1.0)];
    let mut collected = Associations::default();
    let (a, b) = ([three, three, FALLING, three], [three, FALLING, FALLING, three, FALLING, FALLING]);
    add(&mut collected, "a", &a);
    add(&mut collected, "b", &b);
    // A model whose questions all say the same has no standard error, and one with one question has none.
    add(&mut collected, "c", &[three; 5]);
    let rows = collected.rows(SETTINGS);
    let models: Vec<&str> = rows.iter().map(|row| row.model.as_str()).collect();
    assert!(models.is_sorted_by_key(|model| (*model == AssociationRow::ALL_MODELS, *model)), "{models:?}");
    let pooled = row(&rows, AssociationRow::ALL_MODELS, "vendi", "coverage");
    let falling = -(0.75_f64.sqrt());
    let of = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let n = values.len() as f64;
        let sd = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        (mean, sd / n.sqrt())
    };
    let (mean_a, error_a) = of(&[1.0, 1.0, falling, 1.0]);
    let (mean_b, error_b) = of(&[1.0, falling, falling, 1.0, falling, falling]);
    let expected = random_effects(&[mean_a, mean_b], &[error_a, error_b], 0.95).unwrap();
    assert!((pooled.rho.unwrap() - expected.mean).abs() < 1e-12);
    assert!((pooled.ci_low.unwrap() - expected.interval.0).abs() < 1e-9);
    assert!((pooled.i_squared.unwrap() - expected.i_squared).abs() < 1e-12);
    assert_eq!((pooled.n_models, pooled.n_questions, pooled.n_undefined), (Some(2), 10, 0));
    assert_eq!(pooled.note.as_deref(), Some("1 without a standard error left out"));
}

#[test]
fn one_model_is_not_pooled() {
    let rows = collected("m", &mixed(9)).rows(SETTINGS);
    assert!(rows.iter().all(|row| row.model == "m" && row.n_models.is_none()));
    let note = row(&rows, "m", "vendi", "coverage").note.clone().unwrap();
    assert!(note.starts_with("few questions"), "{note}");
    assert_eq!(row(&collected("m", &mixed(10)).rows(SETTINGS), "m", "vendi", "coverage").note, None);
}

#[test]
fn the_same_for_any_number_of_threads_and_any_order_of_groups() {
    let mut forwards = Associations::default();
    let mut backwards = Associations::default();
    let mut all: Vec<Vec<Measurement>> = Vec::new();
    for (question, groups) in [RISING, FALLING, RISING].iter().enumerate() {
        for (chain, values) in (0..).zip(*groups) {
            all.push(group("m", &format!("q{question}"), chain, *values));
        }
    }
    for (group, other) in all.iter().zip(all.iter().rev()) {
        forwards.add(group);
        backwards.add(other);
    }
    let on = |collected: &Associations, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| collected.rows(SETTINGS))
    };
    assert_eq!(on(&forwards, 1), on(&forwards, 4));
    assert_eq!(on(&forwards, 1), on(&backwards, 1));
}
