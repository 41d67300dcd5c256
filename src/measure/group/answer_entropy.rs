//! Entropy of answers: the answers of a set go in, one number comes out.

use crate::kernels::hill;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answer_entropy",
        title: "Entropy of answers",
        unit: "nats",
        range: "[0, ln n]",
        version: 2,
        measures: "How evenly samples are spread over answers: H = −Σ p ln p with p = nᵢ/n. Rarefied (`@k`) exactly, \
                   by the hypergeometric distribution of each answer’s count.",
        how_to_read: "0: all agree. ln n: no two agree. Divide by ln 2 for bits.",
        misleads: "Answers are the same when their classes are (“1/2” and “0.5” are one), and samples without an \
                   answer are left out, though they may be the most different ones. From few samples it comes out \
                   too low, by about (K − 1)/(2n): see `answer_entropy_mm`, or compare at one `@k`. Tools normalize \
                   it differently (ln n, ln(n + 1)); this one does not.",
        source: "Farquhar et al. 2024 (Nature): discrete semantic entropy, with the extracted answer as the meaning.",
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
    Ok(hill::entropy(&set.answer_counts()))
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_entropy(&set.answer_counts(), k))
}
