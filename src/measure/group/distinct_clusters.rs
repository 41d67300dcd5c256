//! Distinct solutions (NoveltyBench): the cosines of a group go in, one number comes out.

use crate::kernels::hill;
use crate::measure::geometry::Partition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "distinct_clusters",
        title: "Distinct solutions (NoveltyBench)",
        unit: "classes",
        range: "[1, n]",
        version: 1,
        measures: "How many classes a reader would meet who goes through the samples in the order of rounds and puts \
                   each with the first class whose first member lies at most t away in cosine distance (`[measure] \
                   cluster_distance`, 0.1 by default). With `@k` the expectation over k of the samples is \
                   NoveltyBench’s distinct_k. Clusters are made once from the whole group, so that correct samples \
                   or subsets of k are counted in the same clusters.",
        how_to_read: "1: nothing new after the first sample. n: every sample is new.",
        misleads: "The threshold decides, and it belongs to the embedder: 0.1 suits the built-in model and would put \
                   everything together where unrelated texts have a cosine of 0.9 (`[measure] cluster_distance`; \
                   look at `cosine.max` and `cosine.median` first). The number grows with n: compare modes with \
                   equal n, or at one `@k` (exact, Hurlbert 1971). NoveltyBench itself asks a classifier trained on \
                   human judgments whether two generations are equivalent; an embedder’s distance is a stand-in. The \
                   partition depends on the order of samples.",
        source: "Zhang et al. 2025, NoveltyBench (arXiv 2504.05228), section 3.",
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
    let sizes = set.cluster_sizes(Partition::Greedy)?;
    Ok(hill::hill(&sizes, 0.0))
}

fn rarefied(set: &Subset<'_, '_>, k: usize) -> Result<Option<f64>, MeasureError> {
    Ok(hill::rarefied_classes(&set.cluster_sizes(Partition::Greedy)?, k))
}
