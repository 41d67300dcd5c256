//! Drift: the vectors of a chain go in, how far each round is from the first comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "drift",
        title: "Distance from the first round",
        unit: "cosine distance",
        range: "[0, 2]",
        version: 1,
        measures: "D_t = 1 − cos(e_1, e_t): how far a round is from the first one of its chain that is there. The first round, whose \
                   distance is 0 by definition, has none. A group's value is the mean over its later rounds. One value for each \
                   embedder.",
        how_to_read: "A curve that rises and then stays level: the chain left its first idea and found another. One that keeps rising \
                      keeps moving away. Compare its level with 1 − cosine of parallel draws: at that level the first solution is \
                      forgotten.",
        misleads: "Distance from the start says nothing about what lies between: a chain may come back. The mean depends on the length \
                   of the chain. Where round 0 was rejected, the first round that is there stands in for it.",
        source: "Semantic drift along a chain of revisions; the fixed reference is the first solution.",
    },
    measure: Measure::Step {
        compares: Compares::Vectors,
        lacks: "no later round with a vector beside the first",
        values,
    },
};

fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let Some(embedder) = lineage.embedder else { return Ok(Vec::new()) };
    let cosines = lineage.view.cosines(embedder)?;
    let first = lineage.members.first();
    // The first member makes no pair with itself.
    let distance = |&member: &usize| Some(1.0 - cosines[lineage.view.pair(*first?, member)?]?);
    Ok(lineage.members.iter().map(distance).collect())
}
