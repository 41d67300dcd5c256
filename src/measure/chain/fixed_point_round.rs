//! Fixed points: the texts of a chain go in, the round at which it comes to rest comes out.

use super::step_change;
use crate::kernels::near_verbatim::{EDITED, WORDS};
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "fixed_point_round",
        title: "Round of rest",
        unit: "round, from 0",
        range: "[0, ∞)",
        version: 1,
        measures: "The number of the first round that the next two rounds hardly change: both steps after it have a normalized \
                   Levenshtein distance (`step_change`) below 0.02 and change the number of words by less than 0.03 of the larger \
                   number. Missing where no two successive steps are so small.",
        how_to_read: "Low: chains settle early, and further rounds are paid for nothing. `n_missing` tells how many never settle.",
        misleads: "The mean is over chains that settle. A chain may leave its fixed point later. Two short steps can be part of a slow \
                   drift, and it takes three rounds to see any.",
        source: "Approximate fixed point of the fixed-points study (`EPS_EDIT` = 0.02, `EPS_WC` = 0.03, 2 consecutive steps); its word \
                 change is over the earlier text, here over the larger, so that both directions count alike.",
    },
    measure: Measure::Chain {
        compares: Compares::Text,
        lacks: "no two successive steps that change next to nothing",
        value,
    },
};

fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let changes = step_change::values(lineage)?;
    let words = |place: usize| {
        lineage.view.texts().get(lineage.members[place]).map_or(0, |text| text.split_whitespace().count())
    };
    let is_small = |place: usize| {
        changes[place].is_some_and(|change| change < EDITED) && {
            let (before, after) = (words(place - 1), words(place));
            // No words before and none after is no change.
            before == after || (before.abs_diff(after) as f64) < WORDS * before.max(after) as f64
        }
    };
    let rest = (2..changes.len()).find(|&place| is_small(place - 1) && is_small(place));
    Ok(rest.map(|place| lineage.view.samples()[lineage.members[place - 2]].round as f64))
}
