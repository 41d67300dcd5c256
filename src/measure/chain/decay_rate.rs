//! Decay of change: the texts of a chain go in, how fast its steps become smaller comes out.

use super::step_change;
use crate::kernels::fit::{self, Decay};
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "decay_rate",
        title: "Decay of the step change",
        unit: "per round",
        range: "(0, 10]",
        version: 1,
        measures: "k of the least-squares fit Δ_t ≈ A·e^(−kt) + c to the `step_change`s of a chain, A and c not negative. Missing for fewer \
                   than 4 steps, for steps that do not become smaller or fall along a straight line, for steps that are all the same, and \
                   where everything is gone after the first step (k > 10).",
        how_to_read: "ln 2 = 0.69: what still moves is halved with each round. Near 0: chains keep changing for long.",
        misleads: "Few steps with noise can be fitted by many curves: read the mean over many chains, and only beside `decay_floor`. Chains that \
                   settle at once have no k and are not in the mean, so that it is too low where there are many of them (`n_missing`).",
        source: "Fixed-points study; variable projection (Golub & Pereyra 1973) with a search in k.",
    },
    measure: Measure::Chain {
        compares: Compares::Text,
        lacks: "no decay fits its steps, or there are fewer than 4",
        value,
    },
};

fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(decay(lineage)?.and_then(|decay| decay.rate))
}

/// The decay of a lineage's steps. Rounds that are absent take their time.
pub(super) fn decay(lineage: &Lineage<'_, '_>) -> Result<Option<Decay>, MeasureError> {
    let changes = step_change::values(lineage)?;
    let points =
        lineage.places().into_iter().zip(changes).filter_map(|(place, change)| Some((place.steps as f64, change?)));
    Ok(fit::decay(&points.collect::<Vec<_>>()))
}
