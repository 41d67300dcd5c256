//! Answers say what the numbers say, and no more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::repeats::{how_many_repeat, median_round, percent_range, whole_percent};
use super::*;
use crate::render::synthetic::{self, Run};

fn told(data: &ReportData<'_>, question: &str) -> Vec<String> {
    let found = findings(data, "cosine");
    let answer = found.into_iter().find(|finding| finding.question.starts_with(question));
    answer.map_or_else(Vec::new, |finding| finding.sentences.into_iter().map(|one| one.text).collect())
}

/// One data set of the small run, with one contrast.
fn one_place(run: &mut Run, p: f64) {
    run.summary.retain(|row| row.cell.dataset == "quickstart-math");
    run.summary.retain(|row| row.cell.mode != "autoregressive");
    let mut contrast = synthetic::contrast("markov", "parallel", 0.093);
    contrast.feedback_a = Some("re-answer".to_owned());
    contrast.p_adjusted = Some(p);
    (contrast.value_a, contrast.value_b) = (Some(0.947), Some(0.854));
    run.contrasts = vec![contrast];
}

#[test]
fn a_clear_difference_is_told_with_its_size_and_doubt() {
    let mut run = Run::small();
    one_place(&mut run, 0.0003);
    let expected = "markov solutions are more alike than parallel ones: 0.947 vs 0.854, difference +0.093 [0.081,\u{a0}0.105], p = 0.0003 (Holm over 3 tests), 12 questions.";
    assert_eq!(told(&run.data(), "By how much"), [expected]);
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("parallel: its solutions to the same question are the least alike"), "{most:?}");
}

#[test]
fn what_is_not_clear_is_not_called_a_difference() {
    let mut run = Run::small();
    one_place(&mut run, 0.4);
    let expected =
        "No clear difference: markov − parallel +0.093 [0.081,\u{a0}0.105], adjusted p = 0.400, 12 questions.";
    assert_eq!(told(&run.data(), "By how much"), [expected]);
    assert!(told(&run.data(), "Which mode")[0].starts_with("No mode clearly more than another"));
}

#[test]
fn repeats_are_told_from_rounds_where_the_plan_has_no_metric_for_them() {
    let mut run = Run::small();
    one_place(&mut run, 0.0003);
    let repeats = told(&run.data(), "Where");
    assert!(repeats[0].starts_with("Of the rounds after a chain's first, "), "{repeats:?}");
    assert!(repeats[0].contains("Counting rounds from 0, the first repeat comes in round "), "{repeats:?}");
    run.round_values.clear();
    assert!(told(&run.data(), "Where").is_empty());
}

#[test]
fn many_models_are_counted() {
    let models = ["a", "b", "c", "d", "e"];
    let run = Run::new(&synthetic::Shape {
        datasets: &[("aime24", "math")],
        models: &models,
        modes: &synthetic::MODES,
        spaces: &["minilm"],
        questions: 3,
        rounds: 4,
        intervals: true,
    });
    let most = told(&run.data(), "Which mode");
    assert_eq!(most.len(), 1);
    assert!(most[0].contains("under parallel in 5 of 5 combinations of model and data set"), "{most:?}");
    assert_eq!(told(&run.data(), "How often").len(), 1);
}

/// Small run of one data set with the modes `parallel` and `markov`: markov has the lower mean, over other questions.
fn other_questions(run: &mut Run, difference: f64) {
    one_place(run, 0.0003);
    run.round_values.clear();
    for row in run.summary.iter_mut().filter(|row| row.metric == "cosine") {
        let is_markov = row.cell.mode == "markov";
        row.value = Some(if is_markov { 0.456 } else { 0.597 });
        row.n_questions = if is_markov { 60 } else { 20 };
    }
    run.contrasts[0].difference = Some(difference);
}

#[test]
fn a_lower_mean_over_other_questions_is_no_win() {
    let mut run = Run::small();
    other_questions(&mut run, 0.377);
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("parallel: over the questions that the modes share"), "{most:?}");
    assert!(most[0].contains("are means over different questions"), "{most:?}");
    // The same way round nothing is to be said against the means.
    other_questions(&mut run, -0.141);
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("markov: its solutions to the same question are the least alike"), "{most:?}");
    assert!(!most[0].contains("different questions"), "{most:?}");
}

#[test]
fn modes_without_a_common_question_are_not_ranked() {
    let mut run = Run::small();
    other_questions(&mut run, -0.141);
    "unpaired".clone_into(&mut run.contrasts[0].design);
    (run.contrasts[0].n_a, run.contrasts[0].n_b, run.contrasts[0].n_questions) = (60, 20, 0);
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("No two modes have a question in common"), "{most:?}");
    let how = told(&run.data(), "By how much");
    assert_eq!(how.len(), 1);
    assert!(how[0].starts_with("markov and parallel have no question in common"), "{how:?}");
}

#[test]
fn modes_that_nobody_compared_are_said_to_be_so() {
    let mut run = Run::small();
    other_questions(&mut run, -0.141);
    run.contrasts.clear();
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("No mode is compared with another"), "{most:?}");
    let mut run = Run::small();
    other_questions(&mut run, -0.141);
    (run.contrasts[0].p_adjusted, run.contrasts[0].p_value) = (None, None);
    assert!(told(&run.data(), "Which mode")[0].starts_with("No mode clearly more than another"));
    // A contrast by another column tells nothing of modes, and pairs across modes are no mode.
    "model".clone_into(&mut run.contrasts[0].by);
    (run.contrasts[0].p_adjusted, run.contrasts[0].p_value) = (Some(0.0001), Some(0.0001));
    assert!(told(&run.data(), "Which mode")[0].starts_with("No mode is compared with another"));
}

#[test]
fn combinations_of_one_mode_are_no_wins() {
    let models = ["a", "b", "c", "d", "e", "f"];
    let mut run = Run::new(&synthetic::Shape {
        datasets: &[("aime24", "math")],
        models: &models,
        modes: &synthetic::MODES[..2],
        spaces: &["minilm"],
        questions: 3,
        rounds: 4,
        intervals: true,
    });
    // `a` and `b` have one mode alone; of the others `c` is not clear.
    let alone = |row: &Cell| ["a", "b"].contains(&&*row.model) && row.mode == "markov";
    run.summary.retain(|row| !alone(&row.cell));
    run.contrasts.retain(|row| !["a", "b"].contains(&&*row.model));
    for row in run.contrasts.iter_mut().filter(|row| row.model == "c") {
        row.p_adjusted = Some(0.4);
    }
    let most = told(&run.data(), "Which mode");
    assert!(
        most[0].contains("clearly the least alike under parallel in 3 of 4 combinations of model and data set"),
        "{most:?}"
    );
    assert!(most[0].contains("in 1 no mode is clearly the least alike"), "{most:?}");
    run.summary.retain(|row| row.cell.mode != "markov");
    run.contrasts.clear();
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("No two modes can be compared"), "{most:?}");
    assert!(told(&run.data(), "By how much").is_empty());
}

#[test]
fn what_is_right_is_told_without_pairs() {
    let mut run = Run::small();
    run.summary.retain(|row| row.metric == "thinking_tokens");
    run.contrasts.clear();
    let most = told(&run.data(), "Which mode");
    assert!(most[0].starts_with("No mean cosine similarity could be computed"), "{most:?}");
    assert_eq!(told(&run.data(), "How often").len(), 2);
    assert!(!told(&run.data(), "Where").is_empty());
}

#[test]
fn names_are_not_changed() {
    let mut run = Run::small();
    one_place(&mut run, 0.0003);
    for row in &mut run.summary {
        row.cell.mode = row.cell.mode.replace("parallel", "codegen-16b");
    }
    "codegen-16b".clone_into(&mut run.contrasts[0].mode_b);
    let all: Vec<String> =
        findings(&run.data(), "cosine").into_iter().flat_map(|one| one.sentences).map(|one| one.text).collect();
    assert!(all.iter().all(|text| !text.contains("Codegen")), "{all:?}");
}

#[test]
fn many_modes_do_not_make_a_wall() {
    let names: Vec<String> = (0..14).map(|n| format!("wait-{n}")).collect();
    let modes: Vec<(&str, Option<&str>)> = names.iter().map(|name| (&**name, None)).collect();
    let mut run = Run::new(&synthetic::Shape {
        datasets: &[("aime24", "math")],
        models: &["a"],
        modes: &modes,
        spaces: &["minilm"],
        questions: 3,
        rounds: 4,
        intervals: true,
    });
    for p in [0.4, 0.0001] {
        run.contrasts = (0..14)
            .flat_map(|a| (a + 1..14).map(move |b| (a, b)))
            .map(|(a, b)| {
                let mut row = synthetic::contrast(&names[a], &names[b], 0.01 * (a + 1) as f64 - 0.004 * b as f64);
                (row.dataset, row.domain, row.model) = ("aime24".into(), "math".into(), "a".into());
                row.p_adjusted = Some(p);
                row
            })
            .collect();
        let how = told(&run.data(), "By how much");
        let length: usize = how.iter().map(|text| text.chars().count()).sum();
        assert!(length < 1500 && how.len() < 9, "{length}, {how:?}");
        assert!(how.iter().any(|text| text.contains("of 91 contrasts")), "{how:?}");
    }
    assert!(told(&run.data(), "Which mode")[0].contains("8 more in the similarity table"));
}

#[test]
fn several_spaces_are_named_and_may_disagree() {
    let mut run = Run::new(&synthetic::Shape {
        datasets: &[("quickstart-math", "math")],
        models: &["Qwen2.5-Coder-1.5B-Instruct"],
        modes: &synthetic::MODES[..2],
        spaces: &["minilm", "other"],
        questions: 12,
        rounds: 4,
        intervals: true,
    });
    assert!(!told(&run.data(), "Which mode")[0].contains("on other"), "both agree");
    assert!(told(&run.data(), "By how much")[0].ends_with("measured on minilm."));
    for row in run.contrasts.iter_mut().filter(|row| row.space == "other" && row.metric == "cosine") {
        row.difference = row.difference.map(|difference| -difference);
    }
    let most = told(&run.data(), "Which mode");
    assert!(most[0].ends_with("Measured on other, it is markov."), "{most:?}");
    for row in run.contrasts.iter_mut().filter(|row| row.space == "other") {
        row.p_adjusted = Some(0.4);
    }
    let most = told(&run.data(), "Which mode");
    assert!(most[0].ends_with("Measured on other, no mode stands out."), "{most:?}");
}

#[test]
fn what_was_seen_is_not_called_too_small_to_be_seen() {
    let mut run = Run::small();
    one_place(&mut run, 0.4);
    run.contrasts[0].mde = Some(0.2);
    let power = "Before the correction for several tests, differences below about 0.20 are likely to be missed with so many questions.";
    assert!(told(&run.data(), "By how much")[0].ends_with(power));
    run.contrasts[0].mde = Some(0.01);
    assert!(!told(&run.data(), "By how much")[0].contains("likely to be missed"));
}

#[test]
fn ranges_and_few_chains_read_well() {
    assert_eq!(percent_range(1.0, 1.0), "100\u{a0}%");
    assert_eq!(percent_range(0.12, 0.41), "12 to 41\u{a0}%");
    assert_eq!(whole_percent(0.002), "under 1\u{a0}%");
    assert_eq!(whole_percent(0.998), "over 99\u{a0}%");
    assert_eq!(whole_percent(0.0), "0\u{a0}%");
    assert_eq!(median_round(&[1, 2, 5]), Some("round 2".to_owned()));
    assert_eq!(median_round(&[1, 2, 5, 6]), Some("rounds 2 to 5".to_owned()));
    assert_eq!(median_round(&[]), None);
    assert_eq!(how_many_repeat(1, 1), "the only chain repeats");
    assert_eq!(how_many_repeat(6, 6), "all 6 chains repeat");
    assert_eq!(how_many_repeat(1, 6), "1 of 6 chains repeats");
}
