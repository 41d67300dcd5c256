//! Clusters, DBSCAN: the cosines of a group go in, one number comes out.

use crate::kernels::hill;
use crate::measure::geometry::Partition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "clusters_dbscan",
        title: "Clusters, DBSCAN",
        unit: "clusters",
        range: "[1, n]",
        version: 1,
        measures: "How many groups of alike solutions there are: DBSCAN on cosine distance with radius t = \
                   `[measure] cluster_distance` (0.1 by default) and two points making a cluster, that is, the \
                   connected parts of the graph of pairs at most t apart. A solution that is near none, noise to \
                   DBSCAN, counts as a cluster of its own. Clusters are made once from the whole group, so that \
                   correct samples or subsets of k are counted in the same clusters.",
        how_to_read: "1: one can walk from any solution to any other in small steps. It is never more than \
                      `clusters_complete`; where it is far fewer, solutions drift: each step is small and the way is \
                      long.",
        misleads: "The threshold decides, and it belongs to the embedder: 0.1 suits the built-in model and would put \
                   everything together where unrelated texts have a cosine of 0.9 (`[measure] cluster_distance`; \
                   look at `cosine.max` and `cosine.median` first). The number grows with n: compare modes with \
                   equal n, or at one `@k` (exact, Hurlbert 1971). A chain of small changes is one cluster, however \
                   far its ends lie apart.",
        source: "Ester et al. 1996 (DBSCAN).",
    },
    measure: Measure::Set {
        compares: Compares::Vectors,
        lacks: "no cosine between its vectors",
        at_least: 2,
        value,
        rarefied: Rarefied::Exact(rarefied),
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let sizes = set.cluster_sizes(Partition::Dbscan)?;
    Ok(hill::hill(&sizes, 0.0))
}

fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_classes(&set.cluster_sizes(Partition::Dbscan)?, k))
}
