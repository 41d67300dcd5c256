//! Different answers: the answers of a chain go in, their number comes out.

use std::collections::BTreeSet;

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "n_answers",
        title: "Different answers of a chain",
        unit: "answers",
        range: "[1, ∞)",
        version: 2,
        measures: "N_T = |{a_1, …, a_T}|: how many different answers the rounds of a chain gave, by class. Rounds without an answer do not \
                   enter; missing where no round has one.",
        how_to_read: "1: the chain stood by one answer. Near the number of rounds: it guessed.",
        misleads: "It grows with the number of rounds: compare chains of one length. \"1/2\" and \"0.5\" are two answers. A chain whose \
                   answers could rarely be extracted looks steadfast.",
        source: "Novelty count N_t of chain dynamics, at the last round.",
    },
    measure: Measure::Chain { compares: Compares::Answers, lacks: "no round with an answer", value },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let answers: BTreeSet<&str> = lineage.samples().filter_map(|sample| sample.answer_class()).collect();
    Ok((!answers.is_empty()).then_some(answers.len() as f64))
}
