//! Effective number of answers, order 2: the answers of a set go in, one number comes out.

use crate::kernels::hill;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answer_hill_2",
        title: "Effective number of answers, order 2",
        unit: "effective answers",
        range: "[1, n]",
        version: 2,
        measures: "The Hill number of order 2: 1/Σp², one over the chance that two samples, drawn with replacement, \
                   agree.",
        how_to_read: "As `effective_answers`, with less weight on answers that were given once.",
        misleads: "Answers are the same when their classes are (“1/2” and “0.5” are one), and samples without an \
                   answer are left out, though they may be the most different ones. It hardly sees rare answers. It \
                   grows with n; compare modes with equal n, or at one `@k`. The chance without replacement is \
                   `same_answer`.",
        source: "Simpson 1949; Hill 1973.",
    },
    measure: Measure::Set {
        compares: Compares::Answers,
        lacks: "no answer",
        at_least: 1,
        value,
        rarefied: Rarefied::Subsets,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(hill::hill(&set.answer_counts(), 2.0))
}
