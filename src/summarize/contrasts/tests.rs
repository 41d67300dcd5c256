//! Contrasts of made-up numbers: what is compared with what, by which test, and what is said where there is nothing to test.

use super::*;
use crate::model::Missing;
use crate::summarize::made::{collected, key, measured};

fn rows(collected: &Collector) -> Vec<ContrastRow> {
    contrasts(collected, &[Contrast::between_modes()], Settings::DEFAULT)
}

fn row(modes: &[(&str, &[Option<f64>])]) -> ContrastRow {
    let mut rows = rows(&collected(modes));
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// With these ends of ids questions are those of the other mode or not.
fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn golden_sign_flip() {
    let zeros = some(&[0.0; 6]);
    let row = row(&[("parallel", &some(&[0.03, 0.05, -0.01, 0.08, 0.02, 0.04])), ("markov", &zeros)]);
    assert_eq!((row.p_value, row.p_method.as_deref()), (Some(4.0 / 64.0), Some("sign_flip_exact")));
    assert_eq!((row.design.as_str(), row.n_questions, row.n_tests), ("paired", 6, 1));
    // A family of one is corrected by nothing.
    assert_eq!((row.p_adjusted, row.p_bh), (row.p_value, row.p_value));
    assert_eq!(row.cliffs_delta, Some(4.0 / 6.0));
    assert!(row.note.as_deref().is_some_and(|note| note.starts_with("few questions")));
}

#[test]
fn parallel_comes_first_and_only_shared_questions_count() {
    let a = [Some(0.9), Some(0.8), None, Some(0.4)];
    let b = [Some(0.5), None, Some(0.1), Some(0.2)];
    let row = row(&[("markov", &b), ("parallel", &a)]);
    assert_eq!((row.mode_a.as_str(), row.mode_b.as_str()), ("parallel", "markov"));
    assert_eq!((row.n_questions, row.n_a, row.n_b), (2, 3, 3));
    assert!((row.difference.unwrap_or(f64::NAN) - 0.3).abs() < 1e-12);
    assert!((row.value_a.unwrap_or(f64::NAN) - 0.65).abs() < 1e-12);
}

#[test]
fn modes_with_disjoint_questions_are_two_samples() {
    let a = [Some(0.9), Some(0.8), Some(0.85), None, None, None];
    let b = [None, None, None, Some(0.1), Some(0.3), Some(0.2)];
    let row = row(&[("parallel", &a), ("markov", &b)]);
    assert_eq!((row.design.as_str(), row.ci_method.as_deref()), ("unpaired", Some("welch")));
    // 2 of the 20 ways to deal six values out.
    assert_eq!((row.p_value, row.p_method.as_deref()), (Some(0.1), Some("permutation_exact")));
    assert_eq!((row.n_questions, row.cliffs_delta), (6, Some(1.0)));
    assert!(row.note.as_deref().is_some_and(|note| note.contains("no question in common")));
}

#[test]
fn one_question_is_no_test() {
    let row = row(&[("parallel", &some(&[0.9])), ("markov", &some(&[0.5]))]);
    assert!((row.difference.unwrap_or(f64::NAN) - 0.4).abs() < 1e-12);
    assert_eq!((row.ci_low, row.p_value, row.p_adjusted, row.effect_size, row.mde), (None, None, None, None, None));
    assert_eq!((row.n_tests, row.note.as_deref()), (0, Some("no test: 1 question in common")));
}

#[test]
fn a_metric_that_one_mode_lacks_is_said_to_be_missing() {
    let mut collected = collected(&[("parallel", &some(&[0.9, 0.8]))]);
    collected.add(&[measured(key("markov", "q00"), "cosine", Err(Missing::FewerThanTwoSamples))]);
    let rows = rows(&collected);
    assert_eq!((rows.len(), rows[0].design.as_str(), rows[0].difference), (1, "none", None));
    assert!(rows[0].note.as_deref().is_some_and(|note| note.contains("no question with a value")));
}

#[test]
fn equal_differences_have_no_effect_size_and_no_detectable_effect() {
    let row = row(&[("parallel", &some(&[0.75, 0.5, 0.25])), ("markov", &some(&[0.5, 0.25, 0.0]))]);
    assert_eq!((row.ci_low, row.ci_high, row.effect_size, row.mde), (Some(0.25), Some(0.25), None, None));
    assert_eq!(row.p_value, Some(0.25));
    assert!(row.note.as_deref().is_some_and(|note| note.contains("differ by the same amount")));
    assert!(row.note.as_deref().is_some_and(|note| note.contains("so few questions cannot be significant")));
}

#[test]
fn numbers_without_a_finite_sum_are_missing() {
    let row = row(&[("parallel", &some(&[f64::MAX, f64::MAX])), ("markov", &some(&[0.0, 0.0]))]);
    assert_eq!((row.difference, row.p_value, row.ci_low, row.p_adjusted), (None, None, None, None));
    assert!(row.note.as_deref().is_some_and(|note| note.contains("range of numbers")), "{:?}", row.note);
}

#[test]
fn single_answers_are_tested_by_mcnemar() {
    let right = |share: usize| (0..30).map(|q| Some(f64::from(u8::from(q < share)))).collect::<Vec<_>>();
    let row = row(&[("parallel", &right(20)), ("markov", &right(12))]);
    // 8 questions changed, all one way: 2/2⁸.
    assert!((row.p_value.unwrap_or(f64::NAN) - 2.0 / 256.0).abs() < 1e-12);
    assert_eq!(row.p_method.as_deref(), Some("mcnemar_exact"));
}

#[test]
fn a_declared_family_holds_all_of_its_tests() {
    let mut collected =
        collected(&[("parallel", &some(&[0.9, 0.8, 0.7, 0.9])), ("markov", &some(&[0.5, 0.4, 0.6, 0.5]))]);
    for (mode, value) in [("parallel", 0.3), ("markov", 0.2)] {
        for question in ["q00", "q01", "q02"] {
            collected.add(&[measured(key(mode, question), "vendi", Ok(value))]);
        }
    }
    let by_metric = rows(&collected);
    assert!(by_metric.iter().all(|row| row.n_tests == 1 && row.p_adjusted == row.p_value));
    let family = Contrast { family: Some("headline".to_owned()), ..Contrast::between_modes() };
    let together = contrasts(&collected, &[family], Settings::DEFAULT);
    assert!(together.iter().all(|row| row.n_tests == 2 && row.family == "headline"));
    assert_eq!(together[0].p_adjusted, Some(0.25));
    let cosine = Contrast { metrics: vec!["cosine".to_owned()], ..Contrast::between_modes() };
    assert_eq!(contrasts(&collected, &[cosine], Settings::DEFAULT).len(), 1);
}

#[test]
fn a_baseline_leaves_the_other_pairs_out() {
    let values = some(&[0.9, 0.8, 0.7]);
    let collected = collected(&[("parallel", &values), ("markov", &values), ("autoregressive", &values)]);
    assert_eq!(rows(&collected).len(), 3);
    let entry = Contrast { baseline: Some("parallel".to_owned()), ..Contrast::between_modes() };
    let rows = contrasts(&collected, &[entry], Settings::DEFAULT);
    assert!(rows.len() == 2 && rows.iter().all(|row| row.level_a == "parallel"));
}

#[test]
fn models_are_paired_by_question_and_data_sets_never() {
    let mut collected = Collector::default();
    for (model, dataset, value) in [("a", "d", 0.5), ("b", "d", 0.7), ("a", "e", 0.9)] {
        for (place, question) in ["q1", "q2", "q3"].into_iter().enumerate() {
            let key =
                crate::model::GroupKey { model: model.into(), dataset: dataset.into(), ..key("parallel", question) };
            collected.add(&[measured(key, "cosine", Ok(value + place as f64 / 100.0))]);
        }
    }
    let by = |by| contrasts(&collected, &[Contrast { by, ..Contrast::between_modes() }], Settings::DEFAULT);
    let models = by(By::Model);
    assert_eq!((models.len(), models[0].model.as_str(), models[0].design.as_str()), (1, "a − b", "paired"));
    let sets = by(By::Dataset);
    assert_eq!((sets.len(), sets[0].dataset.as_str(), sets[0].design.as_str()), (1, "d − e", "unpaired"));
    assert_eq!(sets[0].family, "cosine in s, by dataset");
}

#[test]
fn any_column_can_be_held_against_itself() {
    let mut collected = Collector::default();
    for (level, chain, value) in [("0.2", 0, 0.9), ("1.0", 1, 0.6)] {
        for question in ["q1", "q2"] {
            let key = crate::model::GroupKey { chain: Some(chain), ..key("markov", question) };
            collected.add_level("temperature", level, &[measured(key, "cosine", Ok(value))]);
        }
    }
    let entry = Contrast { by: By::of("temperature"), ..Contrast::between_modes() };
    let rows = contrasts(&collected, &[entry], Settings::DEFAULT);
    assert_eq!((rows.len(), rows[0].level_a.as_str(), rows[0].level_b.as_str()), (1, "0.2", "1.0"));
    assert_eq!((rows[0].by.as_str(), rows[0].design.as_str()), ("temperature", "paired"));
}

#[test]
fn a_baseline_that_is_nowhere_is_told_with_what_there_is() {
    let collected = collected(&[("parallel", &some(&[0.9])), ("markov", &some(&[0.5]))]);
    let entry = Contrast { baseline: Some("paralel".to_owned()), ..Contrast::between_modes() };
    let told = without_contrasts(&collected, &[entry, Contrast::between_modes()]);
    assert_eq!(told, ["There are no contrasts by `mode` with the baseline `paralel`; there is `markov`, `parallel`."]);
}

#[test]
fn what_two_entries_ask_for_is_tested_once() {
    let values = some(&[0.9, 0.8, 0.7, 0.9]);
    let collected = collected(&[("parallel", &values), ("markov", &some(&[0.5, 0.4, 0.6, 0.5]))]);
    let rows = contrasts(&collected, &[Contrast::between_modes(), Contrast::between_modes()], Settings::DEFAULT);
    assert_eq!((rows.len(), rows[0].n_tests, rows[0].p_adjusted), (1, 1, rows[0].p_value));
}
