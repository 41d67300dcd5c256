//! Clusters, complete link: the cosines of a group go in, one number comes out.

use crate::kernels::hill;
use crate::measure::geometry::Partition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "clusters_complete",
        title: "Clusters, complete link",
        unit: "clusters",
        range: "[1, n]",
        version: 1,
        measures: "How many groups of alike solutions there are: agglomerative clusters with complete link, cut at \
                   the cosine distance t, so that the members of a cluster lie at most t apart from one another. t \
                   is `[measure] cluster_distance`, 0.1 by default. Clusters are made once from the whole group, so \
                   that correct samples or subsets of k are counted in the same clusters.",
        how_to_read: "1: all solutions are variants of one. n: each is its own way.",
        misleads: "The threshold decides, and it belongs to the embedder: 0.1 suits the built-in model and would put \
                   everything together where unrelated texts have a cosine of 0.9 (`[measure] cluster_distance`; \
                   look at `cosine.max` and `cosine.median` first). The number grows with n: compare modes with \
                   equal n, or at one `@k` (exact, Hurlbert 1971). Where distances tie, the result can depend on the \
                   order of rounds.",
        source: "Defays 1977 (complete link); clusters of meaning as in Farquhar et al. 2024 (Nature), with an \
                 embedder in place of entailment.",
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
    let sizes = set.cluster_sizes(Partition::Complete)?;
    Ok(hill::hill(&sizes, 0.0))
}

fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_classes(&set.cluster_sizes(Partition::Complete)?, k))
}
