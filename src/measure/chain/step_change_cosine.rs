//! Step change of meaning: the vectors of a chain go in, how far each round moved comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "step_change_cosine",
        title: "Cosine distance from round to round",
        unit: "cosine distance",
        range: "[0, 2]",
        version: 1,
        measures: "1 − cos(e_t, e_(t+1)) of two successive rounds of a chain. Told of the later round; the first round has none, \
                   nor has a round before which one is absent. A group's value is the mean over its steps. One value for each \
                   embedder.",
        how_to_read: "0: the round says what the one before said. Beside `step_change`: much text changed and little moved here is \
                      the same thing in other words.",
        misleads: "Absolute values belong to the embedder, and some see next to no distance anywhere. Long texts are means over \
                   chunks, in which a changed paragraph weighs little. A chain can go back and forth with large steps: see `drift`.",
        source: "Lag similarity s(1) of the founding paper's chains, as a distance and round by round.",
    },
    measure: Measure::Step { compares: Compares::Vectors, lacks: "no two successive rounds with a vector", values },
};

fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let Some(embedder) = lineage.embedder else { return Ok(Vec::new()) };
    let cosines = lineage.view.cosines(embedder)?;
    Ok(lineage.steps(|before, after| Some(1.0 - cosines[lineage.view.pair(before, after)?]?)))
}
