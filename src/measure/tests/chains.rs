//! Chains small enough to work out by hand, and random ones.

use proptest::prelude::*;

use super::*;

fn told(samples: &[Sample], metric: &str) -> Vec<(i64, f64)> {
    rounds(&measure(samples, &[metric]), metric)
}

fn of(samples: &[Sample], metric: &str) -> Result<f64, Missing> {
    value(&measure(samples, &[metric]), metric).value
}

fn texts(texts: &[&str]) -> Vec<Sample> {
    chain(&texts.iter().map(|text| Some(*text)).collect::<Vec<_>>())
}

fn near(got: Result<f64, Missing>, expected: f64) -> bool {
    got.is_ok_and(|got| (got - expected).abs() < 1e-9)
}

#[expect(clippy::unnecessary_wraps, reason = "the type of the fields that it fills")]
fn reported(count: i64) -> Option<Tokens> {
    Some(Tokens { count, source: CountSource::Reported })
}

fn thinking(counts: &[Option<i64>]) -> Vec<Sample> {
    let mut samples = chain(&vec![None; counts.len()]);
    for (sample, count) in samples.iter_mut().zip(counts) {
        sample.thinking_tokens = count.and_then(reported);
    }
    samples
}

fn answers(answers: &[Option<&str>]) -> Vec<Sample> {
    let mut samples = chain(&vec![None; answers.len()]);
    for (sample, answer) in samples.iter_mut().zip(answers) {
        sample.answer = answer.map(str::to_owned);
    }
    samples
}

fn judgements(judgements: &[Option<bool>]) -> Vec<Sample> {
    let mut samples = chain(&vec![None; judgements.len()]);
    for (sample, correct) in samples.iter_mut().zip(judgements) {
        sample.correct = *correct;
    }
    samples
}

#[test]
fn steps_change_texts() {
    // ab → ac: 1 of 2; ac → ac: 0; ac → acde: 2 of 4.
    let samples = texts(&["ab", "ac", "ac", "acde"]);
    assert_eq!(told(&samples, "step_change"), [(1, 0.5), (2, 0.0), (3, 0.5)]);
    assert!(near(of(&samples, "step_change"), 1.0 / 3.0));
    assert_eq!(told(&texts(&["", ""]), "step_change"), [(1, 0.0)]);
    assert_eq!(of(&texts(&["a"]), "step_change"), Err(Missing::FewerThanTwoSamples));
    // Round 1 has no text, and round 4 is absent.
    let mut samples = chain(&[Some("a"), None, Some("b"), Some("b"), Some("c")]);
    samples[4].round = 5;
    assert_eq!(told(&samples, "step_change"), [(3, 0.0)]);
    assert!(matches!(of(&chain(&[Some("a"), None]), "step_change"), Err(Missing::Undefined(_))));
}

#[test]
fn steps_and_drift_in_space() {
    let rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];
    let minilm = [vectors("minilm", &rows, vec![Some(0), Some(1), Some(2), Some(0), None])];
    let samples = chain(&[Some("a"), Some("b"), Some("c"), Some("d"), None]);
    let result = try_measure(&samples, &minilm, &["step_change_cosine", "drift"]).unwrap();
    let check = |metric: &str, expected: &[(i64, f64)]| {
        let got = rounds(&result, metric);
        assert_eq!(got.len(), expected.len(), "{metric} {got:?}");
        assert!(got.iter().zip(expected).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6), "{metric} {got:?}");
    };
    check("step_change_cosine", &[(1, 1.0), (2, 0.2), (3, 0.4)]);
    // The chain comes back to where it began.
    check("drift", &[(1, 1.0), (2, 0.4), (3, 0.0)]);
}

#[test]
fn repeats_are_up_to_white_space() {
    let samples = chain(&[None, Some("a b"), Some("c"), Some("a  b\n"), None, Some("c"), Some("d")]);
    // Round 1 is the first with a text and has nothing to repeat.
    assert_eq!(told(&samples, "repeat"), [(2, 0.0), (3, 1.0), (5, 1.0), (6, 0.0)]);
    assert_eq!(of(&samples, "repeat"), Ok(0.5));
    assert_eq!(of(&samples, "first_repeat_round"), Ok(3.0));
    assert_eq!(
        of(&texts(&["a", "b"]), "first_repeat_round"),
        Err(Missing::Undefined("no round repeats an earlier one"))
    );
}

#[test]
fn cycles_end_chains() {
    for (chain, expected) in [
        (&["a", "b", "c", "d", "e", "f", "e", "e"][..], Some(1.0)),
        (&["x", "a", "b", "a", "b"], Some(2.0)),
        (&["a", "b", "a"], None),
        (&["a", "a", "b"], None),
        (&["a"], None),
    ] {
        assert_eq!(of(&texts(chain), "cycle_length").ok(), expected, "{chain:?}");
    }
    // Missing texts are not alike, and behind a gap everything begins anew.
    assert!(of(&chain(&[Some("a"), None, None]), "cycle_length").is_err());
    let mut samples = texts(&["a", "a"]);
    samples[1].round = 2;
    assert!(of(&samples, "cycle_length").is_err());
}

#[test]
fn a_fixed_point_holds_for_two_steps() {
    let long = "word ".repeat(40);
    let touched = format!("{long}x");
    // One more word of 40 is 1 of 41 words, 0.024, and 1 of 201 characters.
    let samples = texts(&["other", &long, &touched, &touched, "end"]);
    assert_eq!(of(&samples, "fixed_point_round"), Ok(1.0));
    assert_eq!(of(&texts(&["a", "a", "a"]), "fixed_point_round"), Ok(0.0));
    assert_eq!(of(&texts(&["", "", ""]), "fixed_point_round"), Ok(0.0));
    assert!(of(&texts(&["a", "a", "b"]), "fixed_point_round").is_err());
    assert!(of(&chain(&[Some("a"), Some("a"), None, Some("a")]), "fixed_point_round").is_err());
}

#[test]
fn decay_of_halving_steps() {
    // 16 characters, of which 8, 4, 2 and 1 change: Δ = 1/2, 1/4, 1/8, 1/16.
    let samples =
        texts(&["aaaaaaaaaaaaaaaa", "bbbbbbbbaaaaaaaa", "bbbbbbbbccccaaaa", "bbbbbbbbccccddaa", "bbbbbbbbccccddea"]);
    assert_eq!(told(&samples, "step_change"), [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.0625)]);
    assert!((of(&samples, "decay_rate").unwrap() - 2.0_f64.ln()).abs() < 1e-6);
    assert!(of(&samples, "decay_floor").unwrap().abs() < 1e-6);
    assert!(of(&samples[..4], "decay_rate").is_err(), "three steps");
    let still = texts(&["a"; 5]);
    assert!(of(&still, "decay_rate").is_err());
    assert_eq!(of(&still, "decay_floor"), Ok(0.0));
}

#[test]
fn answers_change_and_come_back() {
    let samples = answers(&[Some("1"), Some("2"), None, Some("2"), Some("1"), Some("1")]);
    // The steps to and from round 2 are none.
    assert_eq!(told(&samples, "answer_changed"), [(1, 1.0), (4, 1.0), (5, 0.0)]);
    assert_eq!(told(&samples, "answer_novelty"), [(0, 1.0), (1, 1.0), (3, 0.0), (4, 0.0), (5, 0.0)]);
    assert_eq!(of(&samples, "n_answers"), Ok(2.0));
    assert_eq!(of(&samples, "answer_novelty"), Ok(0.4));
    let none = answers(&[None, None]);
    for metric in ["answer_changed", "answer_novelty", "n_answers"] {
        assert!(matches!(of(&none, metric), Err(Missing::Undefined(_))), "{metric}");
    }
    assert_eq!(of(&answers(&[Some("1")]), "n_answers"), Ok(1.0));
}

#[test]
fn rounds_repair_and_spoil() {
    let (yes, no) = (Some(true), Some(false));
    let samples = judgements(&[no, yes, no, no, None, yes, yes]);
    // From an incorrect round: 0→1 repairs, 2→3 does not, 3→4 is not judged. From a correct one: 1→2 spoils, 5→6 does not.
    assert_eq!(told(&samples, "incorrect_to_correct"), [(1, 1.0), (3, 0.0)]);
    assert_eq!(told(&samples, "correct_to_incorrect"), [(2, 1.0), (6, 0.0)]);
    assert_eq!(of(&samples, "accuracy_gain"), Ok(1.0));
    assert_eq!(of(&judgements(&[yes, no]), "accuracy_gain"), Ok(-1.0));
    assert_eq!(of(&judgements(&[yes]), "accuracy_gain"), Err(Missing::FewerThanTwoSamples));
    assert!(of(&judgements(&[None, yes]), "accuracy_gain").is_err());
    assert!(of(&judgements(&[yes, yes]), "incorrect_to_correct").is_err());
    assert_eq!(of(&samples, "correct"), Ok(0.5));
}

#[test]
fn thinking_becomes_shorter() {
    let samples = thinking(&[Some(80), Some(40), None, Some(20)]);
    assert_eq!(told(&samples, "thinking_ratio"), [(1, 0.5), (3, 0.25)]);
    // ln 80 at 0, ln 40 at 1, ln 20 at 3, in units of ln 2 from ln 20: 2, 1, 0. Means 4/3 and 1; the products of the
    // deviations are −4/3, 0, −5/3, the squares 16/9, 1/9, 25/9: −3 / (42/9) = −9/14.
    assert!(near(of(&samples, "laziness_slope"), -9.0 / 14.0 * 2.0_f64.ln()));
    assert!(near(of(&thinking(&[Some(80), Some(40), Some(20)]), "laziness_slope"), -(2.0_f64.ln())));
    assert!(of(&thinking(&[Some(80), Some(0)]), "laziness_slope").is_err());
    assert!(of(&thinking(&[Some(0), Some(9)]), "thinking_ratio").is_err());
    assert!(of(&thinking(&[None, Some(9)]), "thinking_ratio").is_err());
    let mut mixed = thinking(&[Some(80), Some(40)]);
    mixed[1].thinking_tokens = Some(Tokens { count: 40, source: CountSource::Counted });
    assert!(of(&mixed, "thinking_ratio").is_err() && of(&mixed, "laziness_slope").is_err());
}

/// A chain of a mode whose solutions have these tokens.
fn solutions(mode: &str, counts: &[Option<i64>]) -> Vec<Sample> {
    let mut samples = chain(&vec![None; counts.len()]);
    for (sample, count) in samples.iter_mut().zip(counts) {
        sample.key = Arc::new(GroupKey { mode: mode.to_owned(), ..(*sample.key).clone() });
        sample.solution_tokens = count.and_then(reported);
    }
    samples
}

#[test]
fn context_is_what_the_mode_puts_there() {
    let counts = [Some(10), Some(20), Some(30), Some(40)];
    assert_eq!(told(&solutions("markov", &counts), "input_context_tokens"), [(1, 10.0), (2, 20.0), (3, 30.0)]);
    let mut auto = solutions("autoregressive", &counts);
    assert_eq!(told(&auto, "input_context_tokens"), [(1, 10.0), (2, 30.0), (3, 60.0)]);
    assert!(of(&solutions("debate", &counts), "input_context_tokens").is_err());
    // The question is known, and what round 2 read is reported.
    auto[0].prompt_tokens = reported(5);
    auto[2].prompt_tokens = reported(100);
    assert_eq!(told(&auto, "input_context_tokens"), [(0, 5.0), (1, 15.0), (2, 100.0), (3, 65.0)]);
    auto[1].thinking_tokens = reported(7);
    assert_eq!(told(&auto, "total_context_tokens"), [(0, 15.0), (1, 15.0 + 27.0), (2, 130.0), (3, 105.0)]);
    assert_eq!(told(&auto, "total_tokens"), [(0, 10.0), (1, 27.0), (2, 30.0), (3, 40.0)]);
    // A sum with an unknown part is unknown.
    let unknown = [Some(10), None, Some(30), Some(40)];
    assert_eq!(told(&solutions("markov", &unknown), "input_context_tokens"), [(1, 10.0), (3, 30.0)]);
    assert_eq!(told(&solutions("autoregressive", &unknown), "input_context_tokens"), [(1, 10.0)]);
    let mut gap = solutions("autoregressive", &counts);
    gap[3].round = 4;
    assert_eq!(told(&gap, "input_context_tokens"), [(1, 10.0), (2, 30.0)]);
}

#[test]
fn context_of_a_tree_is_what_its_samples_name() {
    // s0 ← s1, s0 ← s2, and s3 has seen both; s4 names a sample that is not there.
    let mut samples = parallel(&[Some("a"), Some("b"), Some("a"), Some("d"), Some("e")]);
    for (sample, (count, parents)) in
        samples.iter_mut().zip([(1, &[][..]), (2, &["s0"]), (4, &["s0"]), (8, &["s1", "s2"]), (16, &["s0", "other"])])
    {
        sample.solution_tokens = reported(count);
        sample.parents = Some(parents.iter().map(|id| (*id).to_owned()).collect());
    }
    assert_eq!(told(&samples, "input_context_tokens"), [(1, 1.0), (2, 1.0), (3, 6.0)]);
    // Lineages s0-s1-s3, s0-s2-s3 and s0-s4: no repeat, one of two, none of one.
    assert_eq!(of(&samples, "repeat"), Ok(0.5 / 3.0));
    assert_eq!(of(&samples, "first_repeat_round"), Ok(2.0));
    assert_eq!(of(&samples, "step_change"), Ok((1.0 + 0.5 + 1.0) / 3.0));
}

#[test]
fn what_samples_report_is_averaged() {
    let mut samples = parallel(&[Some("one two  three"), Some("")]);
    samples[0].thinking = Some(Piece::Own("a b".to_owned()));
    samples[0].reward = Some(2.0);
    samples[0].mean_entropy = Some(0.5);
    samples[1].mean_logprob = Some(-1.5);
    samples[1].prompt_tokens = reported(9);
    for (metric, expected) in [
        ("solution_words", 1.5),
        ("thinking_words", 2.0),
        ("reward", 2.0),
        ("mean_entropy", 0.5),
        ("mean_logprob", -1.5),
        ("prompt_tokens", 9.0),
    ] {
        assert_eq!(of(&samples, metric), Ok(expected), "{metric}");
    }
    samples[0].solution_tokens = reported(3);
    assert!(of(&samples, "total_tokens").is_err(), "thinking without a count");
    assert_eq!(of(&samples, "correct"), Err(Missing::NoValue("correct")));
}

#[test]
fn lengths_are_those_of_the_metrics() {
    for length in &LENGTHS {
        assert!(metric(length.metric).is_some(), "{}", length.metric);
    }
    let mut samples = solutions("autoregressive", &[Some(10), Some(20), None]);
    samples[0].prompt_tokens = reported(5);
    let group = only_group(&samples);
    let of = |metric: &str| LENGTHS.iter().find(|length| length.metric == metric).unwrap().of(&group, &samples);
    assert_eq!(of("solution_tokens"), [(0, 10.0), (1, 20.0)]);
    assert_eq!(of("input_context_tokens"), [(0, 5.0), (1, 15.0), (2, 35.0)]);
    assert_eq!(of("total_context_tokens"), [(0, 15.0), (1, 35.0)]);
    assert_eq!(of("thinking_tokens"), []);
}

fn names_of_chains() -> Vec<&'static str> {
    METRICS.iter().filter(|metric| metric.level() == Level::Chain).map(|metric| metric.card.name).collect()
}

proptest! {
    #[test]
    fn different_texts_do_not_repeat_and_equal_ones_do_not_move(n in 2..9_usize) {
        let different: Vec<String> = (0..n).map(|i| format!("text {i}")).collect();
        let different = texts(&different.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(of(&different, "repeat"), Ok(0.0));
        prop_assert!(of(&different, "first_repeat_round").is_err() && of(&different, "cycle_length").is_err());
        let same = texts(&vec!["the same"; n]);
        let minilm = [vectors("minilm", &[[0.6, 0.8, 0.0]], vec![Some(0); n])];
        let result = try_measure(&same, &minilm, &["drift", "step_change_cosine", "step_change", "repeat", "cycle_length"]).unwrap();
        for (metric, expected) in [("drift", 0.0), ("step_change_cosine", 0.0), ("step_change", 0.0), ("repeat", 1.0), ("cycle_length", 1.0)] {
            prop_assert!(value(&result, metric).value.is_ok_and(|value| (value - expected).abs() < 1e-9), "{}", metric);
        }
    }

    #[test]
    fn a_random_chain_has_finite_numbers_or_reasons(
        rounds in prop::collection::vec((0..4_u8, 0..4_u8, any::<Option<bool>>(), prop::option::of(0..50_i64), 1..3_i64), 1..12),
        named in any::<bool>(),
        mode in prop::sample::select(vec!["markov", "autoregressive", "other"]),
    ) {
        const TEXTS: [Option<&str>; 4] = [None, Some(""), Some("a b"), Some("a  c")];
        let mut samples = chain(&rounds.iter().map(|round| TEXTS[usize::from(round.0)]).collect::<Vec<_>>());
        let mut number = 0;
        for place in 0..samples.len() {
            let (_, answer, correct, tokens, step) = rounds[place];
            let parent = place.checked_sub(usize::from(answer) + 1).map(|parent| samples[parent].sample_id.clone());
            let sample = &mut samples[place];
            sample.key = Arc::new(GroupKey { mode: mode.to_owned(), ..(*sample.key).clone() });
            sample.answer = (answer > 0).then(|| answer.to_string());
            (sample.correct, sample.thinking_tokens, sample.solution_tokens) =
                (correct, tokens.and_then(reported), tokens.and_then(|n| reported(n + 1)));
            sample.parents = parent.filter(|_| named).map(|parent| vec![parent]);
            sample.round = number;
            number += step;
        }
        let rows = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]];
        let row_of = rounds.iter().map(|round| (round.0 > 0).then(|| u32::from(round.0 == 2))).collect();
        let result = try_measure(&samples, &[vectors("minilm", &rows, row_of)], &names_of_chains()).unwrap();
        prop_assert_eq!(result.measurements.len(), names_of_chains().len());
        for measured in &result.measurements {
            match &measured.value {
                Ok(value) => prop_assert!(value.is_finite(), "{}", measured.metric),
                Err(missing) => prop_assert!(!missing.to_string().is_empty()),
            }
        }
        prop_assert!(result.rounds.iter().all(|round| round.value.is_finite()));
    }
}
