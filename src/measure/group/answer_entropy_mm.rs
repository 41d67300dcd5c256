//! Entropy of answers, Miller–Madow: the answers of a set go in, one number comes out.

use crate::kernels::hill;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "answer_entropy_mm",
        title: "Entropy of answers, Miller–Madow",
        unit: "nats",
        range: "[0, ∞)",
        version: 2,
        measures: "The entropy of answers with the first-order correction of its bias: H + (K − 1)/(2n), with K the \
                   number of different answers. Rarefied (`@k`) exactly.",
        how_to_read: "As `answer_entropy`; closer to what very many samples would give.",
        misleads: "Answers are the same when their classes are (“1/2” and “0.5” are one), and samples without an \
                   answer are left out, though they may be the most different ones. The correction is too small \
                   where most answers occur once, as K is then an undercount. It can exceed ln n.",
        source: "Miller 1955, Note on the bias of information estimates.",
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
    Ok(hill::miller_madow(&set.answer_counts()))
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_miller_madow(&set.answer_counts(), k))
}
