//! Share of the largest cluster: the cosines of a group go in, one number comes out.

use crate::kernels::hill;
use crate::measure::geometry::Partition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "cluster_largest",
        title: "Share of the largest cluster",
        unit: "share of samples",
        range: "(0, 1]",
        version: 1,
        measures: "The share of samples in the largest cluster, of the clusters that `clusters_complete` counts. \
                   Clusters are made once from the whole group, so that correct samples or subsets of k are counted \
                   in the same clusters.",
        how_to_read: "High: most samples go one way. 1/n: each goes its own.",
        misleads: "The threshold decides, and it belongs to the embedder: 0.1 suits the built-in model and would put \
                   everything together where unrelated texts have a cosine of 0.9 (`[measure] cluster_distance`; \
                   look at `cosine.max` and `cosine.median` first). With few samples it cannot be small: it is at \
                   least 1/n, and falls as n grows where solutions differ; compare at one `@k`.",
        source: "Berger & Parker 1970 (dominance).",
    },
    measure: Measure::Set {
        compares: Compares::Vectors,
        lacks: "no cosine between its vectors",
        at_least: 2,
        value,
        rarefied: Rarefied::Subsets,
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let sizes = set.cluster_sizes(Partition::Complete)?;
    Ok(hill::largest(&sizes))
}
