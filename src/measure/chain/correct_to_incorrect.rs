//! Damage: which rounds of a chain are correct goes in, what followed each correct one comes out.

use super::incorrect_to_correct::after;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "correct_to_incorrect",
        title: "Correct made incorrect",
        unit: "share of steps from a correct round",
        range: "[0, 1]",
        version: 1,
        measures: "P(i_(t+1) | c_t): of the steps that begin at a correct round, 1 for each that ends at an incorrect one, 0 for each \
                   that does not. Told of the later round. Steps from incorrect rounds, and those of which either end is not judged, \
                   have no value. A group's value is the mean over its steps from correct rounds.",
        how_to_read: "High: another round spoils what was right. 0 with a low `incorrect_to_correct`: the chain just repeats itself.",
        misleads: "Chains that were never right have no such step and drop out. A round without an extracted answer is often judged \
                   incorrect, and then a solution that broke off counts as damage.",
        source: "Δ^{c→i} of SCoRe (Kumar et al. 2024), as a conditional share.",
    },
    measure: Measure::Step {
        compares: Compares::Field { space: "answer", needs: "correct" },
        lacks: "no step from a correct round to one that is judged",
        values,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    Ok(after(lineage, true))
}
