//! Different answers: the answers of a set go in, one number comes out.

use crate::kernels::hill;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answers",
        title: "Different answers",
        unit: "answers",
        range: "[1, n]",
        version: 2,
        measures: "How many different answers the samples gave. Rarefied (`@k`) exactly: Σ 1 − C(n − nᵢ, k)/C(n, k) \
                   over answers given nᵢ times.",
        how_to_read: "1: all agree. Many different answers to a question with one right answer are uncertainty \
                      rather than exploration; `answers/correct` should be 1.",
        misleads: "Answers are the same when their classes are (“1/2” and “0.5” are one), and samples without an \
                   answer are left out, though they may be the most different ones. It grows with n: compare modes \
                   with equal n, or at one `@k`.",
        source: "Hill 1973 (order 0); Hurlbert 1971 (rarefaction).",
    },
    measure: Measure::Set {
        compares: Compares::Answers,
        lacks: "no answer",
        at_least: 1,
        value,
        rarefied: Rarefied::Exact(rarefied),
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(hill::hill(&set.answer_counts(), 0.0))
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_classes(&set.answer_counts(), k))
}
