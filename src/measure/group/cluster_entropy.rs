//! Entropy of clusters: the cosines of a group go in, one number comes out.

use crate::kernels::hill;
use crate::measure::geometry::Partition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "cluster_entropy",
        title: "Entropy of clusters",
        unit: "nats",
        range: "[0, ln n]",
        version: 1,
        measures: "How evenly samples are spread over clusters: −Σ p ln p, with p the share of samples in each of \
                   the clusters that `clusters_complete` counts. Clusters are made once from the whole group, so \
                   that correct samples or subsets of k are counted in the same clusters. Rarefied (`@k`) exactly, \
                   by the hypergeometric distribution of each cluster.",
        how_to_read: "0: one cluster. ln n: each solution its own. e to its power is an effective number of \
                      clusters.",
        misleads: "The threshold decides, and it belongs to the embedder: 0.1 suits the built-in model and would put \
                   everything together where unrelated texts have a cosine of 0.9 (`[measure] cluster_distance`; \
                   look at `cosine.max` and `cosine.median` first). From few samples it comes out too low, by about \
                   (K − 1)/(2n); compare modes with equal n or at one `@k`.",
        source: "Farquhar et al. 2024 (Nature), discrete semantic entropy, with clusters of vectors in place of \
                 entailment.",
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
    Ok(hill::entropy(&sizes))
}

fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_entropy(&set.cluster_sizes(Partition::Complete)?, k))
}
