//! Novelty of a round: the vectors of a chain go in, a number for each round comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "novelty",
        title: "Novelty of a round",
        unit: "cosine distance",
        range: "[0, 2]",
        version: 1,
        measures: "How far a round is from everything before it in its chain: 1 − max over s < t of cos(e_s, e_t). The first \
                   round has none. A group's value is the mean over its rounds; `rounds` has it round by round. One value \
                   for each embedder.",
        how_to_read: "0: the round says again what an earlier one said. A curve that falls towards 0 by round is a chain that \
                      runs out of ideas; one that stays up keeps exploring.",
        misleads: "With every round there is more to be like, so that even independent draws become less novel by round: \
                   hold it against parallel draws in the order of their numbers, not against 0. Long chains have \
                   lower means for that reason alone.",
        source: "Novelty as distance to the nearest neighbor in an archive (Lehman & Stanley 2011), k = 1, on the chain's own past.",
    },
    measure: Measure::Step { compares: Compares::Vectors, lacks: "no round with a vector after another one", values },
};

fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let Some(embedder) = lineage.embedder else { return Ok(Vec::new()) };
    let cosines = lineage.view.cosines(embedder)?;
    let members = lineage.members;
    let cosine = |a: usize, b: usize| lineage.view.pair(a, b).and_then(|pair| cosines[pair]);
    let nearest = |place: usize| {
        let earlier = members[..place].iter().filter_map(|&earlier| cosine(earlier, members[place]));
        earlier.reduce(f64::max).map(|nearest| 1.0 - nearest)
    };
    Ok((0..members.len()).map(nearest).collect())
}
