//! Two runs made by hand: what is compared, what is refused, what is said to be left over.
//! Compiled under `#[cfg(test)]` only.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at surprises")]

use std::sync::Arc;

use super::facts::SpaceFacts;
use super::*;
use crate::model::{GroupKey, Missing};

/// A record of a run that measured cosines in `minilm` and repeats in texts.
fn facts(name: &str) -> Facts {
    let traits = [("model", "aa"), ("pooling", "mean")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    Facts {
        folder: format!("reports/{name}"),
        name: name.to_owned(),
        versions: [("cosine", 2), ("verbatim", 1), ("vendi", 1)].map(|(key, n)| (key.to_owned(), n)).into(),
        spaces: [("minilm".to_owned(), SpaceFacts { fingerprint: "f1".to_owned(), traits: traits.into() })].into(),
        first_space: Some("minilm".to_owned()),
        settings: Settings { resamples: 200, ..Settings::DEFAULT },
        metrics: vec!["verbatim".to_owned(), "cosine".to_owned()],
        measure: [("text".to_owned(), "solution".to_owned())].into(),
        texts: [("minilm".to_owned(), "solution".to_owned())].into(),
    }
}

fn key(dataset: &str, model: &str, mode: &str, question: &str) -> Arc<GroupKey> {
    Arc::new(GroupKey {
        dataset: dataset.to_owned(),
        domain: "math".to_owned(),
        model: model.to_owned(),
        mode: mode.to_owned(),
        feedback: None,
        question_id: question.to_owned(),
        chain: None,
    })
}

fn measured(key: &Arc<GroupKey>, metric: &str, space: &str, value: f64) -> Measurement {
    Measurement {
        key: Arc::clone(key),
        metric: metric.into(),
        space: space.into(),
        n_samples: 4,
        n_pairs: None,
        value: Ok(value),
        std_error: None,
    }
}

/// Cosines of `model` on questions `first..last`: 0.5 + question / 100 under parallel, 0.1 more under markov.
fn cosines(model: &str, questions: std::ops::Range<usize>) -> Vec<Measurement> {
    let mut groups = Vec::new();
    for (mode, more) in [("markov", 0.1), ("parallel", 0.0)] {
        for question in questions.clone() {
            let key = key("d", model, mode, &format!("q{question:02}"));
            groups.push(measured(&key, "cosine", "minilm", 0.5 + more + question as f64 / 100.0));
        }
    }
    groups
}

fn run(name: &str, groups: Vec<Measurement>) -> Run {
    Run { facts: facts(name), groups }
}

fn shifted(mut groups: Vec<Measurement>, by: f64) -> Vec<Measurement> {
    for (at, one) in groups.iter_mut().enumerate() {
        // A little noise, so that there is something to test.
        one.value = one.value.clone().map(|value| value + by + (at % 3) as f64 / 1000.0);
    }
    groups
}

fn compared(a: &Run, b: &Run) -> Comparison {
    compare_runs(a, b, &Wishes::default()).unwrap()
}

#[test]
fn what_moved_is_b_minus_a_whatever_the_names() {
    for (name_a, name_b) in [("a", "b"), ("z", "y")] {
        let (a, b) = (run(name_a, cosines("m", 0..12)), run(name_b, shifted(cosines("m", 0..12), 0.05)));
        let comparison = compared(&a, &b);
        assert_eq!((comparison.n_shared, comparison.rows.len()), (12, 2));
        for row in &comparison.rows {
            assert!((row.contrast.difference.unwrap() - 0.051).abs() < 1e-12, "{row:?}");
            assert_eq!((row.contrast.design.as_str(), row.contrast.n_questions), ("paired", 12));
            assert_eq!((row.contrast.level_a.as_str(), row.contrast.level_b.as_str()), (name_b, name_a));
            let (from, to) = (row.contrast.value_b.unwrap(), row.contrast.value_a.unwrap());
            assert!((to - from - 0.051).abs() < 1e-12);
            assert_eq!(row.contrast.p_value, Some(2.0 / 4096.0));
            assert_eq!((row.contrast.p_adjusted, row.contrast.n_tests), (Some(4.0 / 4096.0), 2));
        }
        let back = compared(&b, &a);
        assert_eq!(back.rows[0].contrast.difference, comparison.rows[0].contrast.difference.map(|d| -d));
    }
}

#[test]
fn the_same_run_twice_moves_nothing() {
    let one = run("a", cosines("m", 0..12));
    let comparison = compared(&one, &one);
    assert!(comparison.rows.iter().all(|row| row.contrast.difference == Some(0.0)));
    assert!(comparison.rows.iter().all(|row| row.contrast.p_adjusted == Some(1.0)));
    assert_eq!(comparison.a.name, "reports/a");
    assert!(comparison.notes.iter().any(|note| note == "both are the same run"));
}

#[test]
fn another_model_is_paired_and_keeps_both_names() {
    let (a, b) = (run("a", cosines("gpt", 0..8)), run("b", cosines("o3", 3..10)));
    let comparison = compared(&a, &b);
    assert_eq!((comparison.n_shared, comparison.a.n_questions, comparison.b.n_questions), (5, 8, 7));
    for row in &comparison.rows {
        assert_eq!((row.from.cell.model.as_str(), row.to.cell.model.as_str()), ("gpt", "o3"));
        assert_eq!((row.contrast.n_questions, row.contrast.n_b, row.contrast.n_a), (5, 8, 7));
    }
}

#[test]
fn another_dataset_is_another_set_of_questions_even_where_ids_agree() {
    let of = |dataset: &str| -> Vec<Measurement> {
        let group = |n: usize| measured(&key(dataset, "m", "parallel", &format!("q{n}")), "cosine", "minilm", n as f64);
        (0..6).map(group).collect()
    };
    let comparison = compared(&run("a", of("d")), &run("b", of("e")));
    let row = &comparison.rows[0];
    assert_eq!((row.contrast.design.as_str(), comparison.n_shared), ("unpaired", 0));
    assert_eq!((row.contrast.n_a, row.contrast.n_b, row.contrast.difference), (6, 6, Some(0.0)));
    assert_eq!((row.from.cell.dataset.as_str(), row.to.cell.dataset.as_str()), ("d", "e"));
}

#[test]
fn one_question_and_missing_values_are_told_and_not_tested() {
    let mut groups = cosines("m", 0..1);
    let comparison = compared(&run("a", groups.clone()), &run("b", groups.clone()));
    assert!(comparison.rows.iter().all(|row| row.contrast.p_value.is_none()));
    assert!(comparison.rows[0].contrast.note.as_deref().unwrap().contains("no test: 1 question in common"));
    for one in &mut groups {
        one.value = Err(Missing::Recorded("fewer than 2 samples".into()));
    }
    let comparison = compared(&run("a", cosines("m", 0..1)), &run("b", groups));
    assert!(comparison.rows.iter().all(|row| row.contrast.difference.is_none() && row.contrast.design == "none"));
}

#[test]
fn what_has_no_counterpart_is_listed() {
    let mut a = run("a", cosines("m", 0..4));
    let b = run("b", cosines("m", 0..4).into_iter().filter(|one| one.key.mode == "markov").collect());
    for question in 0..4 {
        let key = key("d", "m", "markov", &format!("q{question:02}"));
        a.groups.push(measured(&key, "verbatim", "text", 0.0));
    }
    let comparison = compared(&a, &b);
    assert_eq!(comparison.rows.len(), 1);
    let only: Vec<_> = comparison.only_in_a.iter().map(|one| (one.cell.is_some(), one.metric.as_deref())).collect();
    assert_eq!(only, [(true, None), (false, Some("verbatim"))]);
    assert!(comparison.only_in_b.is_empty());
}

#[test]
fn a_metric_that_one_cell_lacks_is_listed() {
    let a = run("a", cosines("m", 0..4));
    let mut b = a.groups.clone();
    b.retain(|one| one.key.mode == "markov");
    for question in 0..4 {
        b.push(measured(&key("d", "m", "parallel", &format!("q{question:02}")), "vendi", "minilm", 1.0));
    }
    let comparison = compared(&a, &run("b", b));
    let lacking = &comparison.only_in_a[0];
    assert_eq!((lacking.cell.as_ref().unwrap().mode.as_str(), lacking.metric.as_deref()), ("parallel", Some("cosine")));
    assert_eq!(comparison.only_in_b[0].metric.as_deref(), Some("vendi"));
}

#[test]
fn runs_of_different_things_are_refused() {
    let error = compare_runs(&run("a", cosines("m", 0..4)), &run("b", Vec::new()), &Wishes::default()).unwrap_err();
    assert!(error.to_string().contains("got no dataset, model and mode that can be matched\nhint: "), "{error}");
    let other: Vec<Measurement> =
        cosines("m", 0..4).into_iter().map(|one| Measurement { metric: "vendi".into(), ..one }).collect();
    let error = compare_runs(&run("a", cosines("m", 0..4)), &run("b", other), &Wishes::default()).unwrap_err();
    assert!(error.to_string().contains("got no metric in a space"), "{error}");
}

/// Both metrics in both runs, the second with another space under the same name.
fn with_another_fingerprint() -> (Run, Run) {
    let both = |name: &str| {
        let mut run = run(name, cosines("m", 0..4));
        for question in 0..4 {
            let key = key("d", "m", "markov", &format!("q{question:02}"));
            run.groups.push(measured(&key, "verbatim", "text", 0.5));
        }
        run
    };
    let mut b = both("b");
    let space = b.facts.spaces.get_mut("minilm").unwrap();
    space.fingerprint = "f2".to_owned();
    space.traits.insert("pooling".to_owned(), "cls".to_owned());
    (both("a"), b)
}

#[test]
fn a_space_with_another_fingerprint_is_refused() {
    let (a, b) = with_another_fingerprint();
    let comparison = compared(&a, &b);
    assert!(comparison.rows.iter().all(|row| row.contrast.metric == "verbatim"));
    assert_eq!(comparison.refused[0].space.as_deref(), Some("minilm"));
    let note = comparison.notes.iter().find(|note| note.starts_with("`cosine` is left out")).unwrap();
    assert!(note.contains("space `minilm` is not the same in both (pooling: mean → cls)"), "{note}");
    let wishes = Wishes { metrics: vec!["cosine".to_owned()], ..Wishes::default() };
    let error = compare_runs(&a, &b, &wishes).unwrap_err().to_string();
    assert!(error.contains("pooling: mean → cls") && error.contains("\nhint: measure both with"), "{error}");
}

#[test]
fn another_version_of_a_definition_is_refused() {
    let a = run("a", cosines("m", 0..4));
    let mut b = run("b", cosines("m", 0..4));
    b.facts.versions.insert("cosine".to_owned(), 3);
    let error = compare_runs(&a, &b, &Wishes::default()).unwrap_err().to_string();
    assert!(error.contains("metric `cosine` follows version 2 of its definition in `reports/a` and version 3 in"));
    assert!(error.contains("hint: run the plan of `reports/a` again"), "{error}");
    b.facts.versions.remove("cosine");
    let error = compare_runs(&a, &b, &Wishes::default()).unwrap_err().to_string();
    assert!(error.contains("older release"), "{error}");
}

#[test]
fn a_variant_follows_its_metric() {
    let of = |name: &str| -> Run {
        let groups = cosines("m", 0..4).into_iter().map(|one| Measurement { metric: "cosine.min".into(), ..one });
        run(name, groups.collect())
    };
    let (a, mut b) = (of("a"), of("b"));
    assert_eq!(compared(&a, &b).rows.len(), 2);
    b.facts.versions.insert("cosine".to_owned(), 3);
    assert!(compare_runs(&a, &b, &Wishes::default()).is_err());
}

#[test]
fn embedders_of_different_names_stand_side_by_side() {
    let a = run("a", cosines("gpt", 0..12));
    let mut b = run("b", shifted(cosines("o3", 0..12), 0.2));
    for one in &mut b.groups {
        one.space = "gte".into();
    }
    b.facts.spaces = [("gte".to_owned(), SpaceFacts { fingerprint: "f9".to_owned(), ..SpaceFacts::default() })].into();
    let comparison = compared(&a, &b);
    assert!(comparison.rows.is_empty());
    let apart = &comparison.apart[0];
    assert_eq!((apart.space_a.as_str(), apart.space_b.as_str(), apart.rows.len()), ("minilm", "gte", 1));
    assert!(apart.reason.contains("not on one scale"));
    let (in_a, in_b) = (apart.rows[0].in_a.as_ref().unwrap(), apart.rows[0].in_b.as_ref().unwrap());
    assert_eq!((in_a.from.cell.mode.as_str(), in_a.to.cell.mode.as_str()), ("parallel", "markov"));
    assert_eq!((in_a.to.cell.model.as_str(), in_b.to.cell.model.as_str()), ("gpt", "o3"));
    assert!((in_a.contrast.difference.unwrap() - 0.1).abs() < 1e-12, "markov minus parallel");
    assert!((in_b.contrast.difference.unwrap() - 0.1).abs() < 2e-3);
    // The same vectors under two names are told as such.
    b.facts.spaces.get_mut("gte").unwrap().fingerprint = "f1".to_owned();
    assert!(compared(&a, &b).apart[0].reason.contains("the same embedder under two names"));
}

#[test]
fn wishes_are_granted_or_refused_with_what_there_is() {
    let (a, b) = (run("a", cosines("m", 0..12)), run("b", cosines("m", 0..12)));
    let wish = |metric: &str| Wishes { metrics: vec![metric.to_owned()], level: Some(0.5), resamples: Some(300) };
    let comparison = compare_runs(&a, &b, &wish("cosine")).unwrap();
    assert_eq!((comparison.level, comparison.resamples), (0.5, 300));
    assert_eq!(comparison.headlines, ["cosine"]);
    let error = compare_runs(&a, &b, &wish("cosin")).unwrap_err().to_string();
    assert!(error.contains("got `cosin`, which neither has\nhint: both have `cosine`"), "{error}");
    let none =
        run("c", cosines("m", 0..12).into_iter().map(|one| Measurement { metric: "vendi".into(), ..one }).collect());
    let error = compare_runs(&a, &none, &wish("vendi")).unwrap_err().to_string();
    assert!(error.contains("which only `reports/c` has\nhint: they have no metric in common"), "{error}");
}

#[test]
fn what_else_differs_is_noted() {
    let (a, mut b) = (run("a", cosines("m", 0..4)), run("b", cosines("m", 0..4)));
    b.facts.measure.insert("text".to_owned(), "thinking".to_owned());
    b.facts.texts.insert("minilm".to_owned(), "thinking".to_owned());
    let notes = compared(&a, &b).notes.join("\n");
    assert!(notes.contains("string metrics compare `solution` in a and `thinking` in b"), "{notes}");
    assert!(notes.contains("`minilm` embeds the solution in a and the thinking in b"), "{notes}");
}

#[test]
fn metrics_of_sets_of_different_sizes_say_so() {
    let of = |name: &str, n: usize| -> Run {
        let groups = cosines("m", 0..12).into_iter();
        run(name, groups.map(|one| Measurement { metric: "vendi".into(), n_samples: n, ..one }).collect())
    };
    let comparison = compared(&of("a", 4), &of("b", 8));
    let note = comparison.rows[0].contrast.note.as_deref().unwrap();
    assert!(note.contains("sets of 4 samples in a and of 8 in b"), "{note}");
    assert!(!compared(&of("a", 4), &of("b", 4)).rows[0].contrast.note.as_deref().unwrap_or("").contains("sets of"));
}

#[test]
fn headlines_are_the_first_pair_metrics_of_both_plans() {
    let (mut a, mut b) = (facts("a"), facts("b"));
    assert_eq!(headlines(&a, &b, &Wishes::default()), ["verbatim"]);
    a.metrics = vec!["solution_tokens".to_owned(), "cosine.min".to_owned()];
    b.metrics = vec!["solution_tokens".to_owned()];
    assert_eq!(headlines(&a, &b, &Wishes::default()), ["cosine.min", "solution_tokens"]);
}
