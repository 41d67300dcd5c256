//! Gain: which rounds of a chain are correct goes in, what the last has over the first comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "accuracy_gain",
        title: "Gain in accuracy",
        unit: "difference of shares",
        range: "[−1, 1]",
        version: 1,
        measures: "c_last − c_first of a chain: 1 when its last round is correct and its first is not, −1 the other way round, else 0. Missing for \
                   one round, and where either end is not judged.",
        how_to_read: "Above 0: going on helped. It is what chains that got right have over chains that went wrong.",
        misleads: "The rounds between are not looked at, and they may have been right. Chains that stop when they are right (tests pass, a \
                   judge agrees) gain by their rule. Set it against a second parallel draw, whose gain is 0.",
        source: "Δ(t1, t2) = Acc_t2 − Acc_t1 of SCoRe (Kumar et al. 2024), first against last.",
    },
    measure: Measure::Chain {
        compares: Compares::Field { space: "answer", needs: "correct" },
        lacks: "its first or its last round is not judged",
        value,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let judged = |member: &usize| Some(f64::from(u8::from(lineage.view.samples()[*member].correct?)));
    Ok(match lineage.members {
        [first, .., last] => judged(last).zip(judged(first)).map(|(last, first)| last - first),
        _ => None,
    })
}
