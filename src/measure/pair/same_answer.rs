//! Equality of two answers: the answers of a group go in, a column of yes and no comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, Pair, PairColumn, PairValues, Selection};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "same_answer",
        title: "Same answer",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 2,
        measures: "Whether two samples have the same final answer, as given in the input or found in the solution: \
                   whether the two are of one class (`1/2`, `0.5` and `\\frac{1}{2}` are). A group's value is the share of its unordered pairs that agree, among the \
                   pairs where both have an answer.",
        how_to_read: "1 means that all answers agree, right or wrong. High agreement beside low text similarity means \
                      different ways to the same result.",
        misleads: "Agreement is not correctness. Identities of functions are not seen: `sin²x + cos²x` is not 1. Samples without \
                   an answer do not enter, so a mode that often fails to give one is judged by the rest; see \
                   `n_samples`.",
        source: "Σ p² over answer classes without replacement: the unbiased form of Simpson's index (Simpson 1949).",
    },
    measure: Measure::Pair { compares: Compares::Answers, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let answer = |member: usize| view.samples()[member].answer_class();
    let same = |pair: &Pair| Some(answer(pair.a)? == answer(pair.b)?);
    let values = PairValues::Boolean(view.pairs().iter().map(same).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: Arc::from(Selection::Answer.space()), values }])
}
