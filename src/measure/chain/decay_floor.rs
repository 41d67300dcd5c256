//! Floor of change: the texts of a chain go in, the step size that it settles at comes out.

use super::decay_rate::decay;
use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "decay_floor",
        title: "Floor of the step change",
        unit: "share of the longer text",
        range: "[0, 1]",
        version: 1,
        measures: "c of the least-squares fit Δ_t ≈ A·e^(−kt) + c to the `step_change`s of a chain, A and c not negative: what every further \
                   round goes on changing. Steps that are all the same are their own floor. Missing for fewer than 4 steps and for steps \
                   that do not become smaller or fall along a straight line.",
        how_to_read: "0: chains come to rest. Above: they go on changing so much of their text in every round, for ever.",
        misleads: "A fall that had not leveled off when the chain ended has floor 0, which is a guess about rounds that nobody drew. Chains whose \
                   steps grow are not in the mean. Sampling at a temperature alone keeps the floor above 0.",
        source: "Fixed-points study; variable projection (Golub & Pereyra 1973) with a search in k.",
    },
    measure: Measure::Chain {
        compares: Compares::Text,
        lacks: "no decay fits its steps, or there are fewer than 4",
        value,
    },
};

fn value(lineage: &Lineage<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(decay(lineage)?.map(|decay| decay.floor))
}
