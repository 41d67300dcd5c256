//! Coverage: how many of a set are right goes in, whether one is comes out.

use crate::kernels::coverage;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "coverage",
        title: "Coverage",
        unit: "share of questions",
        range: "[0, 1]",
        version: 1,
        measures: "Whether any sample is correct: 1 or 0 for a group, the share of questions that are covered in \
                   `summary`. `coverage@k` is pass@k exactly, 1 − C(n−c, k)/C(n, k), for c correct ones of n samples that \
                   are judged; with fewer than k there is none.",
        how_to_read: "What a perfect judge could pick out: the ceiling of any vote or selection. The distance to `correct` is \
                      what sampling more than once can buy at most.",
        misleads: "It grows with n: compare modes at one `@k`. It does not say that the right sample would be found; \
                   with few possible answers guessing covers everything. Questions that are always or never solved say nothing, \
                   and with large n nearly all are. Subsets of the rounds of a chain are no shorter chains, so that `@k` \
                   of chains is not what k rounds would give.",
        source: "Chen et al. 2021, Evaluating Large Language Models Trained on Code, eq. 1; Brown et al. 2024, Large \
                 Language Monkeys.",
    },
    measure: Measure::Set {
        compares: Compares::Judged,
        lacks: "fewer judged samples than that",
        at_least: 1,
        value,
        rarefied: Rarefied::Exact(rarefied),
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(Some(f64::from(u8::from(set.n_right() > 0))))
}

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(coverage::coverage(set.members.len(), set.n_right(), k))
}
