//! Repairs: which rounds of a chain are correct goes in, what followed each incorrect one comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "incorrect_to_correct",
        title: "Incorrect made correct",
        unit: "share of steps from an incorrect round",
        range: "[0, 1]",
        version: 1,
        measures: "P(c_(t+1) | i_t): of the steps that begin at an incorrect round, 1 for each that ends at a correct one, 0 for each \
                   that does not. Told of the later round. Steps from correct rounds, and those of which either end is not judged, have \
                   no value. A group's value is the mean over its steps from incorrect rounds.",
        how_to_read: "High: another round repairs. Read it beside `correct_to_incorrect`: with p and r the two, a long chain of such steps \
                      would be right in p / (p + r) of its rounds.",
        misleads: "Chains that were right from the start have no such step and drop out, so that it speaks of hard questions. Drawing \
                   anew would repair as well: the mark to beat is the accuracy of parallel draws of the same questions, not 0.",
        source: "Δ^{i→c} of SCoRe (Kumar et al. 2024), as a conditional share.",
    },
    measure: Measure::Step {
        compares: Compares::Field { space: "answer", needs: "correct" },
        lacks: "no step from an incorrect round to one that is judged",
        values,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    Ok(after(lineage, false))
}

/// For each step from a round that is judged so, 1 when the next one is judged otherwise.
pub(super) fn after(lineage: &Lineage<'_, '_>, correct: bool) -> Vec<Option<f64>> {
    let judged = |member: usize| lineage.view.samples()[member].correct;
    lineage.steps(
        |before, after| {
            if judged(before)? == correct { Some(f64::from(u8::from(judged(after)? != correct))) } else { None }
        },
    )
}
