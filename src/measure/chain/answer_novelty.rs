//! New answers: the answers of a chain go in, whether each round gave one for the first time comes out.

use crate::kernels::sameness::first_equal;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answer_novelty",
        title: "New answers",
        unit: "share of rounds",
        range: "(0, 1]",
        version: 2,
        measures: "1 for a round whose answer no earlier round of its chain has given, 0 for one whose answer has been given. The first \
                   answer of a chain is new. Rounds without an answer have no value. A group's value is the mean: different answers \
                   over rounds with an answer.",
        how_to_read: "1: every round brought another answer. By round: where chains stop finding new ones. Going back to an old \
                      answer is a change (`answer_changed`) and nothing new.",
        misleads: "It falls with the length of a chain even for independent draws, since ever more answers have been given: compare chains of one \
                   length. \"1/2\" and \"0.5\" are two answers.",
        source: "Novelty count N_t = |{a_1, …, a_t}| of chain dynamics, by its increments.",
    },
    measure: Measure::Step { compares: Compares::Answers, lacks: "no round with an answer", values },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let answers: Vec<Option<&str>> = lineage.samples().map(|sample| sample.answer_class()).collect();
    let is_new =
        |(answer, earlier): (Option<&str>, Option<usize>)| answer.map(|_| f64::from(u8::from(earlier.is_none())));
    Ok(answers.iter().copied().zip(first_equal(&answers)).map(is_new).collect())
}
