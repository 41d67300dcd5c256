//! Changed answers: the answers of a chain go in, whether each round gave another one comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answer_changed",
        title: "Changes of the answer",
        unit: "share of steps",
        range: "[0, 1]",
        version: 2,
        measures: "1 where a round's answer is of another class than that of the round before, 0 where it is the same. No answer is a \
                   state of its own and never a change: a step to or from a round without an answer has no value. A group's value \
                   is the mean over its steps.",
        how_to_read: "0: the chain stands by its answer whatever it rewrites. Near 1: it guesses. Beside `step_change`: much new text \
                      with no new answer is rewording.",
        misleads: "\"1/2\" and \"0.5\" count as a change. A chain whose answers often could not be extracted is judged by the few steps \
                   between those that could. Back and forth between two answers counts each time.",
        source: "Answer-change rate of chain dynamics: 1/(T − 1) Σ 1[a_(t+1) ≠ a_t], over the steps that have both.",
    },
    measure: Measure::Step { compares: Compares::Answers, lacks: "no two successive rounds with an answer", values },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let answer = |member: usize| lineage.view.samples()[member].answer_class();
    Ok(lineage.steps(|before, after| Some(f64::from(u8::from(answer(before)? != answer(after)?)))))
}
