//! Effective number of answers: the answers of a set go in, one number comes out.

use crate::kernels::hill;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "effective_answers",
        title: "Effective number of answers",
        unit: "effective answers",
        range: "[1, n]",
        version: 2,
        measures: "How many equally frequent answers would be as diverse: the Hill number of order 1, e^H with H the \
                   entropy of answers.",
        how_to_read: "1: all agree. n: no two agree. 2.6 reads as “between two and three answers”.",
        misleads: "Answers are the same when their classes are (“1/2” and “0.5” are one), and samples without an \
                   answer are left out, though they may be the most different ones. It is biased low from few \
                   samples, as the entropy is, and grows with n: compare modes with equal n, or at one `@k`.",
        source: "Hill 1973; Jost 2006, Entropy and diversity (Oikos).",
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
    Ok(hill::hill(&set.answer_counts(), 1.0))
}
