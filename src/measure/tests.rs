//! The registry, and groups small enough to work out by hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod chains;
mod judged;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;

use super::*;
use crate::model::{
    CountSource, Extraction, Group, GroupKey, Measurement, Missing, PairValues, Piece, Space, Tokens, Vectors,
};

fn sample(chain: Option<i64>, round: i64, solution: Option<&str>) -> Sample {
    Sample {
        key: Arc::new(GroupKey {
            dataset: "d".to_owned(),
            domain: "math".to_owned(),
            model: "m".to_owned(),
            mode: if chain.is_some() { "markov" } else { "parallel" }.to_owned(),
            feedback: None,
            question_id: "q".to_owned(),
            chain,
        }),
        round,
        sample_id: format!("s{round}"),
        parents: None,
        response: None,
        thinking: None,
        solution: solution.map(|text| Piece::Own(text.to_owned())),
        code: None,
        answer: None,
        gold: None,
        correct: None,
        reward: None,
        prompt_tokens: None,
        thinking_tokens: None,
        solution_tokens: None,
        mean_entropy: None,
        mean_logprob: None,
        difficulty: None,
        finish_reason: None,
        extra: None,
        source_file: Arc::from("f.jsonl"),
        source_row: 1,
        extraction_rule: "given",
        extraction: Extraction::default(),
    }
}

fn chain(solutions: &[Option<&str>]) -> Vec<Sample> {
    (0..).zip(solutions).map(|(round, solution)| sample(Some(0), round, *solution)).collect()
}

fn parallel(solutions: &[Option<&str>]) -> Vec<Sample> {
    (0..).zip(solutions).map(|(round, solution)| sample(None, round, *solution)).collect()
}

fn vectors(name: &str, rows: &[[f32; 3]], row_of: Vec<Option<u32>>) -> Vectors {
    let matrix = Array2::from_shape_vec((rows.len(), 3), rows.concat()).unwrap();
    Vectors { space: Space::new(name, 3, Vec::new()), matrix, counts: vec![(1, 1, 1); rows.len()], row_of }
}

fn only_group(samples: &[Sample]) -> Group {
    let mut groups = crate::model::group_samples(samples);
    assert_eq!(groups.len(), 1);
    groups.remove(0)
}

fn try_measure(samples: &[Sample], vectors: &[Vectors], metrics: &[&str]) -> Result<GroupResult, MeasureError> {
    let asked: Vec<Asked> = metrics.iter().map(|name| Asked::parse(name).unwrap()).collect();
    measure_group(&only_group(samples), &Inputs::new(samples, Selection::Solution, vectors), &asked)
}

fn measure(samples: &[Sample], metrics: &[&str]) -> GroupResult {
    try_measure(samples, &[], metrics).unwrap()
}

fn value(result: &GroupResult, metric: &str) -> Measurement {
    result.measurements.iter().find(|measurement| &*measurement.metric == metric).unwrap().clone()
}

fn column<'a>(result: &'a GroupResult, metric: &str) -> &'a PairValues {
    &result.pairs.as_ref().unwrap().columns.iter().find(|column| column.metric == metric).unwrap().values
}

fn rounds(result: &GroupResult, metric: &str) -> Vec<(i64, f64)> {
    result.rounds.iter().filter(|row| &*row.metric == metric).map(|row| (row.round, row.value)).collect()
}

#[test]
fn names_are_unique_and_defaults_exist() {
    let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.card.name).collect();
    assert_eq!(names.len(), METRICS.len());
    assert!(DEFAULT_METRICS.iter().all(|name| metric(name).is_some()));
    assert!(metric("cosin").is_none());
}

#[test]
fn every_card_is_filled_in() {
    for metric in METRICS {
        let card = &metric.card;
        assert!(card.version > 0, "{}", card.name);
        let fields =
            [card.name, card.title, card.unit, card.range, card.measures, card.how_to_read, card.misleads, card.source];
        assert!(fields.iter().all(|field| !field.trim().is_empty()), "{}", card.name);
        assert!(card.misleads.len() > 60, "{} misleads like every number", card.name);
    }
}

#[test]
fn every_metric_has_a_file_of_its_name_and_every_file_a_metric() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/measure");
    for level in [Level::Sample, Level::Pair, Level::Group, Level::Chain] {
        let registered: BTreeSet<String> =
            METRICS.iter().filter(|metric| metric.level() == level).map(|metric| metric.card.name.to_owned()).collect();
        let files: BTreeSet<String> = std::fs::read_dir(root.join(level.name()))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|stem| stem != "mod")
            .collect();
        assert_eq!(registered, files, "{}", level.name());
    }
}

#[test]
fn golden_mean_pairwise_cosine_leaves_the_diagonal_out() {
    let samples = parallel(&[Some("a"), Some("a"), Some("b"), Some("c")]);
    let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];
    let minilm = vectors("minilm", &rows, vec![Some(0), Some(0), Some(1), Some(2)]);
    let other = vectors("other", &[[0.0, 0.0, 1.0]; 2], vec![Some(0), Some(1), None, Some(1)]);
    let result = try_measure(&samples, &[minilm, other], &["cosine"]).unwrap();
    let first = &result.measurements[0];
    assert_eq!((&*first.space, first.n_samples, first.n_pairs), ("minilm", 4, Some(6)));
    assert!((first.value.clone().unwrap() - 0.5).abs() < 1e-7, "with the diagonal it would be 0.625");
    let second = &result.measurements[1];
    assert_eq!((&*second.space, second.n_samples, second.n_pairs), ("other", 3, Some(3)));
    assert_eq!(second.value, Ok(1.0));
    let PairValues::Float(values) = column(&result, "cosine") else { panic!("cosine is a float") };
    assert_eq!(values[0], Some(1.0));
}

#[test]
fn golden_string_similarities() {
    let result =
        measure(&parallel(&[Some("s"), Some("s.")]), &["levenshtein_similarity", "indel_similarity", "levenshtein"]);
    assert!((value(&result, "levenshtein_similarity").value.unwrap() - 0.5).abs() < 1e-12);
    assert!((value(&result, "indel_similarity").value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(value(&result, "levenshtein").value, Ok(1.0));
    assert_eq!(&*value(&result, "levenshtein").space, "text");
}

#[test]
fn an_empty_text_is_a_text_and_a_missing_one_is_not() {
    let samples = parallel(&[Some(""), Some(""), None, Some("ab")]);
    let result = measure(&samples, DEFAULT_METRICS);
    assert_eq!(
        column(&result, "levenshtein_similarity"),
        &PairValues::Float(vec![Some(1.0), None, Some(0.0), None, Some(0.0), None])
    );
    assert_eq!(
        column(&result, "verbatim"),
        &PairValues::Boolean(vec![Some(true), None, Some(false), None, Some(false), None])
    );
    let verbatim = value(&result, "verbatim");
    assert_eq!((verbatim.n_samples, verbatim.n_pairs), (3, Some(3)));
    assert!((verbatim.value.unwrap() - 1.0 / 3.0).abs() < 1e-12);
    let chars = value(&result, "solution_chars");
    assert_eq!((chars.n_samples, chars.n_pairs, &*chars.space), (3, None, "text"));
    assert!((chars.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_measured_says_why() {
    let alone = measure(&parallel(&[Some("a")]), &["verbatim", "solution_chars", "thinking_tokens"]);
    assert_eq!(alone.pairs, None);
    let verbatim = value(&alone, "verbatim");
    assert_eq!((verbatim.value, verbatim.n_samples, verbatim.n_pairs), (Err(Missing::FewerThanTwoSamples), 1, Some(0)));
    assert_eq!(value(&alone, "solution_chars").value, Ok(1.0));
    assert_eq!(value(&alone, "thinking_tokens").value, Err(Missing::NoValue("thinking_tokens")));

    let samples = parallel(&[Some("a"), None, None]);
    let none = vectors("minilm", &[[0.0; 3]], vec![Some(0), Some(0), None]);
    let result = try_measure(&samples, &[none], &["verbatim", "same_answer", "cosine"]).unwrap();
    assert_eq!(value(&result, "verbatim").value, Err(Missing::FewerThan(2, "solution")));
    assert_eq!(value(&result, "same_answer").value, Err(Missing::FewerThan(2, "answer")));
    assert_eq!(&*value(&result, "same_answer").space, "answer");
    assert_eq!(value(&result, "cosine").value, Err(Missing::FewerThan(2, "a vector")));
}

#[test]
fn distances_come_free_beside_the_similarity_and_each_column_once() {
    let samples = parallel(&[Some("ab"), Some("abc")]);
    let names = |asked: &[&str]| {
        let columns = measure(&samples, asked).pairs.unwrap().columns;
        columns.iter().map(|column| column.metric).collect::<Vec<_>>()
    };
    assert_eq!(names(&["levenshtein_similarity"]), ["levenshtein", "levenshtein_similarity"]);
    assert_eq!(names(&["levenshtein", "levenshtein_similarity"]), ["levenshtein", "levenshtein_similarity"]);
    assert_eq!(names(&["solution_chars"]), [""; 0]);
    let measured = measure(&samples, &["levenshtein_similarity"]).measurements;
    let asked: Vec<&str> = measured.iter().map(|measured| &*measured.metric).collect();
    assert_eq!(asked, ["levenshtein_similarity"], "a number that nobody asked for is not published");
}

#[test]
fn whitespace_and_answers() {
    let mut samples = parallel(&[Some("a  b\n"), Some("a b"), Some("ab")]);
    samples[0].answer = Some("7".to_owned());
    samples[2].answer = Some("7".to_owned());
    let result = measure(&samples, &["verbatim", "verbatim_whitespace", "same_answer"]);
    assert_eq!(column(&result, "verbatim"), &PairValues::Boolean(vec![Some(false); 3]));
    assert_eq!(
        column(&result, "verbatim_whitespace"),
        &PairValues::Boolean(vec![Some(true), Some(false), Some(false)])
    );
    assert_eq!(column(&result, "same_answer"), &PairValues::Boolean(vec![None, Some(true), None]));
    assert_eq!(value(&result, "same_answer").n_samples, 2);
}

#[test]
fn a_step_of_a_chain_belongs_to_the_later_round() {
    let mut samples = chain(&[Some("a"), Some("a"), Some("b"), None, Some("b"), Some("b")]);
    samples[5].round = 7;
    for (sample, tokens) in samples.iter_mut().zip([Some(10), Some(8), None, Some(2), Some(1), Some(0)]) {
        sample.thinking_tokens = tokens.map(|count| Tokens { count, source: CountSource::Reported });
    }
    let result = measure(&samples, &["verbatim", "thinking_tokens"]);
    // Round 3 has no text, so neither round 3 nor round 4 has a step; round 6 is absent, so round 7 has none.
    assert_eq!(rounds(&result, "verbatim"), [(1, 1.0), (2, 0.0)]);
    assert_eq!(rounds(&result, "thinking_tokens"), [(0, 10.0), (1, 8.0), (3, 2.0), (4, 1.0), (7, 0.0)]);
    assert_eq!(&*value(&result, "thinking_tokens").space, "thinking");
    assert_eq!(value(&result, "thinking_tokens").value, Ok(4.2));
}

#[test]
fn draws_of_one_round_are_averaged_and_parallel_draws_have_no_steps() {
    let mut samples = chain(&[Some("a"), Some("a"), Some("b")]);
    samples[2].round = 1;
    assert_eq!(rounds(&measure(&samples, &["verbatim"]), "verbatim"), [(1, 0.5)]);
    let result = measure(&parallel(&[Some("a"), Some("bcd")]), &["verbatim", "solution_chars"]);
    assert_eq!(rounds(&result, "verbatim"), []);
    assert_eq!(rounds(&result, "solution_chars"), [(0, 1.0), (1, 3.0)]);
}

#[test]
fn the_selected_text_is_compared() {
    let mut samples = parallel(&[Some("a"), Some("a")]);
    samples[0].thinking = Some(Piece::Own("x".to_owned()));
    samples[1].thinking = Some(Piece::Own("y".to_owned()));
    let group = only_group(&samples);
    let asked = [Asked::parse("verbatim").unwrap()];
    for (text, space, expected) in [
        (Selection::Solution, "text", Ok(1.0)),
        (Selection::Thinking, "thinking", Ok(0.0)),
        (Selection::ThinkingAndSolution, "thinking+solution", Ok(0.0)),
        (Selection::Code, "code", Err(Missing::FewerThan(2, "code"))),
    ] {
        let result = measure_group(&group, &Inputs::new(&samples, text, &[]), &asked).unwrap();
        assert_eq!((&*result.measurements[0].space, &result.measurements[0].value), (space, &expected));
    }
}

#[test]
fn inputs_that_do_not_belong_together_are_errors() {
    let samples = parallel(&[Some("a"), Some("b")]);
    let rows = [[1.0, 0.0, 0.0]];
    let short = vectors("minilm", &rows, vec![Some(0)]);
    assert!(matches!(
        try_measure(&samples, &[short], &["cosine"]),
        Err(MeasureError::WrongSampleCount { expected: 2, got: 1, .. })
    ));
    let dangling = vectors("minilm", &rows, vec![Some(0), Some(1)]);
    let error = try_measure(&samples, &[dangling], &["cosine"]).unwrap_err();
    assert!(matches!(error, MeasureError::NoSuchRow { sample: 1, row: 1, rows: 1, .. }));
    let foreign = Group { key: Arc::clone(&samples[0].key), members: vec![0, 2] };
    let inputs = Inputs::new(&samples, Selection::Solution, &[]);
    assert!(matches!(measure_group(&foreign, &inputs, &[]), Err(MeasureError::NoSuchSample { got: 2, .. })));
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let texts: Vec<String> = (0..40_usize).map(|i| "abcdefg ".repeat(i % 13 + 1)[i % 5..].to_owned()).collect();
    let samples = parallel(&texts.iter().map(|text| Some(text.as_str())).collect::<Vec<_>>());
    let rows: Vec<[f32; 3]> =
        (0..40_u8).map(|i| [f32::from(i).sin(), f32::from(i).cos(), 0.1 * f32::from(i)]).collect();
    let spaces = [vectors("minilm", &rows, (0..40).map(Some).collect())];
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.card.name).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| try_measure(&samples, &spaces, &names)).unwrap()
    };
    let alone = on(1);
    assert!(alone.measurements.iter().filter(|measurement| measurement.value.is_ok()).count() >= 7);
    assert_eq!(alone, on(4));
}

/// What is asked for, on a group whose samples may be correct or not.
fn judged(correct: &[Option<bool>]) -> Vec<Sample> {
    let texts = ["a", "b", "a", "abcd", "c"];
    let mut samples = parallel(&texts[..correct.len()].iter().map(|text| Some(*text)).collect::<Vec<_>>());
    for (sample, correct) in samples.iter_mut().zip(correct) {
        sample.correct = *correct;
    }
    samples
}

#[test]
fn a_gate_lets_correct_samples_through_alone() {
    let yes = Some(true);
    let samples = judged(&[yes, Some(false), yes, None]);
    let result = measure(&samples, &["verbatim/correct", "verbatim", "solution_chars/correct"]);
    let gated = value(&result, "verbatim/correct");
    assert_eq!((gated.n_samples, gated.n_pairs, gated.value), (2, Some(1), Ok(1.0)));
    assert_eq!(value(&result, "verbatim").value, Ok(1.0 / 6.0));
    assert_eq!(value(&result, "solution_chars/correct").value, Ok(1.0));
    // Nobody knows is another thing than nobody is right.
    let missing =
        |correct: &[Option<bool>]| value(&measure(&judged(correct), &["verbatim/correct"]), "verbatim/correct").value;
    assert_eq!(missing(&[yes, Some(false)]), Err(Missing::FewerCorrect(2, "solution")));
    assert_eq!(missing(&[None, None]), Err(Missing::NoValue("correct")));
}

#[test]
fn statistics_of_pairs_and_samples() {
    let samples = judged(&[None; 4]);
    let result = measure(
        &samples,
        &["levenshtein", "levenshtein.min", "levenshtein.max", "levenshtein.median", "solution_chars.max"],
    );
    // Pairs in order: a-b 1, a-a 0, a-abcd 3, b-a 1, b-abcd 3, a-abcd 3.
    for (name, expected) in [("levenshtein", 11.0 / 6.0), ("levenshtein.min", 0.0), ("levenshtein.max", 3.0)] {
        assert_eq!(value(&result, name).value, Ok(expected), "{name}");
    }
    assert_eq!(value(&result, "levenshtein.median").value, Ok(2.0));
    assert_eq!(value(&result, "solution_chars.max").value, Ok(4.0));
    assert!(rounds(&result, "solution_chars.max").is_empty(), "rounds are for the metric itself");
}

#[test]
fn rarefied_values_are_expectations_over_smaller_sets() {
    let samples = judged(&[None; 4]);
    let result = measure(&samples, &["levenshtein@2", "levenshtein.max@3", "levenshtein.max@4", "levenshtein.max@5"]);
    assert_eq!(value(&result, "levenshtein@2").value, Ok(11.0 / 6.0), "a mean over pairs has the same expectation");
    // Of the four triples only the one without `abcd` has the maximum 1.
    assert_eq!(value(&result, "levenshtein.max@3").value, Ok((1.0 + 3.0 + 3.0 + 3.0) / 4.0));
    assert_eq!(value(&result, "levenshtein.max@4").value, Ok(3.0));
    assert_eq!(value(&result, "levenshtein.max@5").value, Err(Missing::FewerThan(5, "solution")));
}

#[test]
fn chain_metrics_are_of_chains_alone() {
    let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];
    let minilm = || [vectors("minilm", &rows, vec![Some(0), Some(1), Some(2)])];
    let texts = [Some("a"), Some("b"), Some("c")];
    let result = try_measure(&chain(&texts), &minilm(), &["novelty", "novelty.max"]).unwrap();
    let told = rounds(&result, "novelty");
    assert_eq!(told.iter().map(|(round, _)| *round).collect::<Vec<_>>(), [1, 2]);
    assert!((told[0].1 - 1.0).abs() < 1e-6 && (told[1].1 - 0.2).abs() < 1e-6, "{told:?}");
    assert!((value(&result, "novelty").value.unwrap() - 0.6).abs() < 1e-6);
    assert!((value(&result, "novelty.max").value.unwrap() - 1.0).abs() < 1e-6);
    assert!(try_measure(&parallel(&texts), &minilm(), &["novelty"]).unwrap().measurements.is_empty());
    // Parallel draws that name what they saw are a tree.
    let mut tree = parallel(&texts);
    tree[1].parents = Some(vec!["s0".to_owned()]);
    tree[2].parents = Some(vec!["s0".to_owned()]);
    let result = try_measure(&tree, &minilm(), &["novelty"]).unwrap();
    assert!((value(&result, "novelty").value.unwrap() - f64::midpoint(1.0, 0.4)).abs() < 1e-6);
}

/// s0 → {s1, s2} → s3: siblings saw nothing of each other, and s3 saw both.
#[test]
fn pairs_by_round_follow_who_saw_whom() {
    let texts = [Some("a"), Some("ab"), Some("ab"), Some("abc")];
    let mut samples = chain(&texts);
    let parents = [&[][..], &["s0"], &["s0"], &["s1", "s2"]];
    for (sample, parents) in samples.iter_mut().zip(parents) {
        sample.parents = Some(parents.iter().map(|id| (*id).to_owned()).collect());
    }
    let result = measure(&samples, &["levenshtein", "verbatim"]);
    // By round numbers alone s1 and s2 would make a step without an edit, and s3 would follow s2 only.
    assert_eq!(rounds(&result, "levenshtein"), [(1, 1.0), (2, 1.0), (3, 1.0)]);
    assert!(rounds(&result, "verbatim").iter().all(|(_, share)| *share == 0.0));
    let lineages = result.pairs.unwrap().lineages;
    let steps: Vec<Vec<(usize, i64)>> =
        lineages.iter().map(|places| places.iter().map(|place| (place.member, place.steps)).collect()).collect();
    assert_eq!(steps, [[(0, 0), (1, 1), (3, 2)], [(0, 0), (2, 1), (3, 2)]]);
    // The same tree without a chain's number.
    for sample in &mut samples {
        sample.key = Arc::new(GroupKey { chain: None, ..(*sample.key).clone() });
    }
    assert_eq!(rounds(&measure(&samples, &["levenshtein"]), "levenshtein"), [(1, 1.0), (2, 1.0), (3, 1.0)]);
}

#[test]
fn similarity_is_held_against_other_questions() {
    let mut samples = parallel(&[Some("a"), Some("b"), Some("c"), Some("d")]);
    for sample in &mut samples[2..] {
        sample.key = Arc::new(GroupKey { question_id: "other".to_owned(), ..(*sample.key).clone() });
    }
    let rows = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]];
    let spaces = [vectors("minilm", &rows, (0..4).map(Some).collect())];
    let groups = crate::model::group_samples(&samples);
    let baselines = Baselines::new(&samples, &groups, &spaces);
    let level = baselines.level(0, &samples[0].key).unwrap();
    assert!((level - 0.4).abs() < 1e-6, "the mean of 0, 0, 0.8, 0.8, got {level}");
    let inputs = Inputs { baselines: Some(&baselines), ..Inputs::new(&samples, Selection::Solution, &spaces) };
    let asked = [Asked::parse("cosine_corrected").unwrap()];
    let of = |group: &Group| measure_group(group, &inputs, &asked).unwrap().measurements[0].value.clone().unwrap();
    let values: Vec<f64> = groups.iter().map(of).collect();
    // Groups come in the order of their questions: `other`, then `q`.
    assert!((values[0] - 1.0).abs() < 1e-6 && (values[1] - 0.2 / 0.6).abs() < 1e-6, "{values:?}");
}

#[test]
fn pairs_across_modes_leave_out_those_within() {
    let mut samples = parallel(&[Some("a"), Some("a"), Some("b")]);
    samples[2].key = Arc::new(GroupKey { mode: "markov".to_owned(), chain: Some(0), ..(*samples[2].key).clone() });
    let groups = crate::model::group_samples(&samples);
    let inputs = Inputs::new(&samples, Selection::Solution, &[]);
    let asked = [Asked::parse("verbatim").unwrap(), Asked::parse("solution_chars").unwrap()];
    let across = measure_across(&[&groups[1]], &[&groups[0]], &inputs, &asked).unwrap();
    assert_eq!(across.len(), 1, "samples have no pairs");
    assert_eq!((across[0].key.mode.as_str(), across[0].n_pairs), ("parallel × markov", Some(2)));
    assert_eq!((across[0].value.clone(), across[0].key.chain), (Ok(0.0), None));
}

#[test]
fn golden_diversity_of_a_set_of_vectors() {
    let samples = parallel(&[Some("a"), Some("b"), Some("c"), Some("d")]);
    let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];
    let minilm = vectors("minilm", &rows, vec![Some(0), Some(0), Some(1), Some(2)]);
    let golden = [
        ("remote_clique", 0.5),
        ("remote_clique@3", 0.5),
        ("chamfer", 0.1),
        ("chamfer@4", 0.1),
        // Two of a set: the mean distance.
        ("chamfer@2", 0.5),
        ("vendi_0.5", 1.953_939),
        ("vendi", 1.910_656),
        ("vendi_2", 1.834_862),
        ("vendi_inf", 1.538_462),
        // No two but the first lie within 0.1.
        ("clusters_complete", 3.0),
        ("clusters_dbscan", 3.0),
        ("distinct_clusters", 3.0),
        ("clusters_complete@2", 1.0 + 5.0 / 6.0),
        ("cluster_largest", 0.5),
        ("cluster_entropy", 1.5 * 2.0_f64.ln()),
    ];
    let names: Vec<&str> = golden.iter().map(|(name, _)| *name).collect();
    let result = try_measure(&samples, &[minilm], &names).unwrap();
    for (name, expected) in golden {
        let got = value(&result, name);
        assert!((got.value.clone().unwrap() - expected).abs() < 6e-7, "{name}: {got:?}");
        assert_eq!(got.n_samples, 4);
    }
}

#[test]
fn closed_forms_of_rarefied_sets_are_the_means_over_all_subsets() {
    let samples: Vec<Sample> = parallel(&[Some("x"); 7]);
    let rows: Vec<[f32; 3]> =
        (0..7_u8).map(|i| [f32::from(i * i % 5) - 1.0, f32::from(i % 3), 1.0 + f32::from(i % 2)]).collect();
    let spaces = [vectors("minilm", &rows, (0..7).map(Some).collect())];
    let group = only_group(&samples);
    let view = View::new(&group, Inputs::new(&samples, Selection::Solution, &spaces)).unwrap();
    let members: Vec<usize> = (0..7).collect();
    let set = Subset { view: &view, members: &members, embedder: Some(0) };
    for metric in METRICS {
        let Measure::Set { compares: Compares::Vectors, value, rarefied: Rarefied::Exact(exact), .. } = metric.measure
        else {
            continue;
        };
        for k in 2..=7 {
            let closed = exact(&set, k).unwrap().unwrap();
            let mean = subset::expectation(&set, k, value).unwrap().unwrap();
            assert!((closed - mean).abs() < 1e-9, "{}@{k}: {closed} {mean}", metric.card.name);
        }
    }
}

#[test]
fn a_vector_without_direction_takes_no_part_in_a_set() {
    let samples = parallel(&[Some("a"), Some("b"), Some("c"), Some("d")]);
    let rows = [[1.0, 0.0, 0.0], [0.0; 3], [0.0, 1.0, 0.0]];
    let spaces = [vectors("minilm", &rows, vec![Some(0), Some(1), Some(2), None])];
    let result = try_measure(&samples, &spaces, &["vendi", "vendi_2", "chamfer", "clusters_complete"]).unwrap();
    for name in ["vendi", "vendi_2", "clusters_complete"] {
        assert!((value(&result, name).value.unwrap() - 2.0).abs() < 1e-9, "{name}");
    }
    assert_eq!(value(&result, "chamfer").value, Ok(1.0));
    let spaces = [vectors("minilm", &rows, vec![Some(0), Some(1), Some(1), None])];
    let result = try_measure(&samples, &spaces, &["vendi", "vendi_2", "remote_clique", "cluster_entropy"]).unwrap();
    for name in ["vendi", "vendi_2", "remote_clique", "cluster_entropy"] {
        assert!(matches!(value(&result, name).value, Err(Missing::Undefined(_))), "{name}");
    }
}

#[test]
fn golden_diversity_of_answers() {
    let mut samples = parallel(&[Some("x"); 9]);
    for (sample, answer) in samples.iter_mut().zip(["a", "b", "a", "c", "b", "a", "b", "a"]) {
        sample.answer = Some(answer.to_owned());
    }
    let golden = [
        ("answers", 3.0),
        ("answers@2", 1.0 + 19.0 / 28.0),
        ("answer_entropy", 0.974_315),
        ("answer_entropy@8", 0.974_315),
        ("answer_entropy_mm", 1.099_315),
        ("effective_answers", 2.649_351),
        ("answer_hill_2", 2.461_538),
    ];
    let names: Vec<&str> = golden.iter().map(|(name, _)| *name).collect();
    let result = measure(&samples, &names);
    for (name, expected) in golden {
        let got = value(&result, name);
        assert!((got.value.clone().unwrap() - expected).abs() < 6e-7, "{name}: {got:?}");
        assert_eq!((&*got.space, got.n_samples), ("answer", 8));
    }
    assert!(value(&measure(&parallel(&[Some("x"); 2]), &["answers"]), "answers").value.is_err());
}

/// Two texts that differ in one word of four, and a third that repeats the first.
const PHRASES: [Option<&str>; 3] = [Some("one two three four"), Some("one two three five"), Some("one two three four")];

#[test]
fn golden_measures_of_words() {
    let close = |result: &GroupResult, name: &str, expected: f64| {
        let got = value(result, name).value.unwrap();
        assert!((got - expected).abs() < 1e-12, "{name}: expected {expected}, got {got}");
    };
    let pair =
        ["jaccard_words", "jaccard_word_3grams", "rouge_l", "token_levenshtein_similarity", "levenshtein_score_ratio"];
    let result = measure(&parallel(&PHRASES[..2]), &[&pair[..], &["near_verbatim", "self_repetition"]].concat());
    for (name, expected) in pair.into_iter().zip([3.0 / 5.0, 1.0 / 3.0, 0.75, 0.75, 3.0 / 36.0]) {
        close(&result, name, expected);
    }
    close(&result, "near_verbatim", 0.0);
    close(&result, "self_repetition", 0.0);
    let all = ["distinct_1", "distinct_2", "distinct_3", "ngram_diversity", "ttr", "mattr", "self_repetition"];
    let result = measure(&parallel(&PHRASES), &[&all[..], &["homogenization_rouge_l", "near_verbatim"]].concat());
    let diversity = 5.0 / 12.0 + 4.0 / 9.0 + 3.0 / 6.0 + 2.0 / 3.0;
    let expected = [5.0 / 12.0, 4.0 / 9.0, 3.0 / 6.0, diversity, 1.0, 1.0, 2.0 / 3.0 * 2.0_f64.ln()];
    for (name, expected) in all.into_iter().zip(expected) {
        close(&result, name, expected);
    }
    close(&result, "homogenization_rouge_l", 2.5 / 3.0);
    close(&result, "near_verbatim", 1.0 / 3.0);
}

#[test]
fn words_that_are_not_there_are_missing_and_not_zero() {
    let sets =
        ["distinct_1", "ngram_diversity", "ead", "ttr", "mattr", "compression_ratio", "relative_compression_ratio"];
    let result = measure(&parallel(&[Some(""), Some("")]), &sets);
    for name in sets {
        assert!(value(&result, name).value.is_err(), "{name}");
    }
    let result = measure(&parallel(&[Some("a b"), Some("c")]), &["ngram_diversity", "distinct_2", "distinct_3"]);
    assert_eq!(value(&result, "distinct_2").value, Ok(1.0));
    assert!(value(&result, "distinct_3").value.is_err(), "no text has three tokens");
    assert!(value(&result, "ngram_diversity").value.is_err());
}

#[test]
fn measures_of_words_do_not_depend_on_the_order_of_samples() {
    let texts =
        ["def f(x):\n    return x + 1", "def g(y):\n    return y + 1", "x = 1", "", "no, no", "x = 1"].map(Some);
    let mut turned = texts;
    turned.reverse();
    let of_words = |metric: &&&Metric| match metric.measure {
        Measure::Set { compares, .. } | Measure::Pair { compares, .. } => compares == Compares::Text,
        _ => false,
    };
    let names: Vec<&str> = METRICS.iter().filter(of_words).map(|metric| metric.card.name).collect();
    assert!(names.len() > 20);
    let (forwards, backwards) = (measure(&parallel(&texts), &names), measure(&parallel(&turned), &names));
    for name in names {
        let (a, b) = (value(&forwards, name).value.unwrap(), value(&backwards, name).value.unwrap());
        assert!((a - b).abs() < 1e-12, "{name}: {a} and {b}");
    }
}
