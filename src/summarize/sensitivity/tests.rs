//! The panel on made-up chains and draws.

use super::*;
use crate::summarize::made::{key, measured, table};

/// (0,1), (0,2), (1,2)
const CHAIN: [f64; 3] = [0.9, 0.5, 0.7];

#[test]
fn pairs_can_be_chosen_otherwise() {
    let table = table(key("markov", "q"), 3, true, &CHAIN);
    let pairs = Pairs::new(&table, &table.columns[0]);
    let near = |value: Option<f64>, expected: f64| assert!((value.unwrap_or(f64::NAN) - expected).abs() < 1e-12);
    near(pairs.over_lineages(|a, b| b.1 - a.1 == 1), 0.8);
    near(pairs.over_lineages(|a, b| a.0 == 0 && b.1 > a.1), 0.7);
    near(pairs.with_diagonal(), (2.0 * 0.7 + 1.0) / 3.0);
    near(pairs.of_first(2), 0.9);
    // Of draws any two have the same expectation as all.
    let draws = super::super::made::table(key("parallel", "q"), 3, false, &CHAIN);
    near(Pairs::new(&draws, &draws.columns[0]).of_first(2), 0.7);
}

fn panel_of(collected: &Collector, alternatives: &Alternatives, entries: &[Contrast]) -> Vec<SensitivityRow> {
    let settings = Settings { resamples: 500, ..Settings::DEFAULT };
    let (means, _) = summary(collected, settings);
    let reported = contrasts(collected, entries, settings);
    sensitivity((&means, &reported), collected, alternatives, entries, settings)
}

/// Two modes on questions of which one has many more pairs than the others.
fn panel(markov: [f64; 4]) -> Vec<SensitivityRow> {
    let mut collected = Collector::default();
    let mut alternatives = Alternatives::default();
    for (question, value) in ["q0", "q1", "q2", "q3"].into_iter().zip(markov) {
        for (mode, value) in [("parallel", 0.5), ("markov", value)] {
            let n = if question == "q3" { 20 } else { 2 };
            collected.add(&[measured(key(mode, question), "cosine", Ok(value))]);
            alternatives.add(&table(key(mode, question), n, mode == "markov", &vec![value; triangle::count(n)]));
        }
    }
    panel_of(&collected, &alternatives, &[Contrast::between_modes()])
}

fn find<'a>(rows: &'a [SensitivityRow], choice: &str, contrast: bool) -> Vec<&'a SensitivityRow> {
    rows.iter().filter(|row| row.choice == choice && row.mode_b.is_some() == contrast).collect()
}

#[test]
fn pooling_over_pairs_lets_one_question_decide() {
    // Three questions say that markov is more alike, the one with 190 pairs says the contrary.
    let rows = panel([0.6, 0.6, 0.6, 0.3]);
    let reported = find(&rows, "as reported", true);
    assert!((reported[0].value.unwrap_or(f64::NAN) + 0.025).abs() < 1e-9, "{:?}", reported[0].value);
    let pooled = find(&rows, "weighting", true);
    assert!(pooled[0].value.is_some_and(|value| value > 0.19), "{:?}", pooled[0].value);
    // With so lopsided weights the clustered error is tiny as well.
    assert_eq!(pooled[0].flips, Some(Flips::Both));
    assert_eq!(pooled[0].reported, reported[0].value);
}

#[test]
fn one_row_for_each_choice_and_what_was_reported() {
    let rows = panel([0.6, 0.7, 0.6, 0.8]);
    for choice in ["as reported", "diagonal", "weighting"] {
        assert_eq!((find(&rows, choice, true).len(), find(&rows, choice, false).len()), (1, 2), "{choice}");
    }
    assert_eq!((find(&rows, "pairs", true).len(), find(&rows, "pairs", false).len()), (2, 4));
    // With the diagonal a difference shrinks by (n − 1)/n, and keeps its sign.
    assert!(find(&rows, "diagonal", true).iter().all(|row| row.flips == Some(Flips::Nothing)));
}

#[test]
fn another_embedder_is_another_choice() {
    let mut collected = Collector::default();
    for (space, shift) in [("minilm", 0.1), ("gte", -0.1)] {
        for question in ["q0", "q1", "q2"] {
            for (mode, value) in [("parallel", 0.5), ("markov", 0.5 + shift)] {
                let one = Measurement { space: space.into(), ..measured(key(mode, question), "cosine", Ok(value)) };
                collected.add(&[one]);
            }
        }
    }
    let rows = panel_of(&collected, &Alternatives::default(), &[Contrast::between_modes()]);
    let others = find(&rows, "embedder", true);
    assert_eq!(others.len(), 2);
    assert!(
        others.iter().any(|row| row.space == "minilm" && row.alternative == "gte" && row.flips == Some(Flips::Sign))
    );
}

#[test]
fn what_was_reported_is_what_the_table_of_contrasts_has() {
    let mut collected = Collector::default();
    let mut alternatives = Alternatives::default();
    for (question, value) in ["q0", "q1", "q2", "q3", "q4", "q5"].into_iter().zip([0.6, 0.7, 0.6, 0.8, 0.9, 0.7]) {
        for (mode, value) in [("parallel", 0.5), ("markov", value), ("other", 0.55)] {
            collected.add(&[measured(key(mode, question), "cosine", Ok(value))]);
            collected.add(&[measured(key(mode, question), "vendi", Ok(value))]);
            alternatives.add(&table(key(mode, question), 2, mode == "markov", &[value]));
        }
    }
    // The same by twice, and a family in which other metrics are, too.
    let family = Some("headline".to_owned());
    let entry = |baseline: &str| Contrast {
        baseline: Some(baseline.to_owned()),
        family: family.clone(),
        ..Contrast::between_modes()
    };
    let entries = [entry("nowhere"), entry("parallel"), entry("markov")];
    let reported = contrasts(&collected, &entries, Settings { resamples: 500, ..Settings::DEFAULT });
    // Three contrasts of two metrics, each once.
    assert_eq!((reported.len(), reported[0].n_tests), (6, 6));
    let rows = panel_of(&collected, &alternatives, &entries);
    let panel = find(&rows, "as reported", true);
    assert_eq!(panel.len(), 3);
    for row in panel {
        let same = |one: &&ContrastRow| {
            one.metric == "cosine" && one.mode_a == row.mode_a && Some(&one.mode_b) == row.mode_b.as_ref()
        };
        let base = reported.iter().find(same).map(|base| (base.difference, base.p_adjusted));
        assert_eq!(base, Some((row.value, row.p_adjusted)));
    }
    // Pairs are what they were, so that nothing may flip under another choice of them.
    assert!(find(&rows, "pairs", true).iter().all(|row| row.p_adjusted == row.reported_p_adjusted));
}

#[test]
fn the_same_n_is_that_of_the_mode_with_the_fewest_samples() {
    let mut collected = Collector::default();
    let mut alternatives = Alternatives::default();
    for question in ["q0", "q1"] {
        // A chain of three rounds against two draws: its first two rounds alone are compared.
        collected.add(&[measured(key("markov", question), "cosine", Ok(0.7))]);
        collected.add(&[measured(key("parallel", question), "cosine", Ok(0.5))]);
        alternatives.add(&table(key("markov", question), 3, true, &CHAIN));
        alternatives.add(&table(key("parallel", question), 2, false, &[0.5]));
    }
    let rows = panel_of(&collected, &alternatives, &[Contrast::between_modes()]);
    let cut = find(&rows, "rarefaction", false);
    // Draws are not cut, and where nothing is there is no row.
    assert_eq!(cut.len(), 1);
    assert!((cut[0].value.unwrap_or(f64::NAN) - 0.9).abs() < 1e-12 && cut[0].mode_a == "markov");
    assert!((find(&rows, "rarefaction", true)[0].value.unwrap_or(f64::NAN) + 0.4).abs() < 1e-12);
}
