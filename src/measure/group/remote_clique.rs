//! Remote-clique diversity: the cosines of a set go in, one number comes out.

use crate::kernels::mean::mean;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "remote_clique",
        title: "Remote-clique diversity",
        unit: "cosine distance",
        range: "[0, 2]",
        version: 1,
        measures: "How far the solutions lie from one another on average: the mean cosine distance over unordered \
                   pairs, 2/(n(n−1)) Σ (1 − cos(eᵢ, eⱼ)) = 1 − S.",
        how_to_read: "Higher means more exploration; identical solutions have 0. It is `cosine` turned around, so \
                      intervals and tests say the same of both.",
        misleads: "It belongs to the embedder, as the cosine does: one that squeezes everything into 0.95 to 0.99 \
                   leaves hardly any room. Compare modes under one embedder only. A few outliers raise it as much as \
                   a general spread; `chamfer` tells them apart. Tools that count the diagonal print a lower number, \
                   ((n−1)/n) of this one.",
        source: "Cox et al. 2021, Directed Diversity (CHI), section 4.",
    },
    measure: Measure::Set {
        compares: Compares::Vectors,
        lacks: "no cosine between its vectors",
        at_least: 2,
        value,
        rarefied: Rarefied::Unbiased,
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let Some(embedder) = set.embedder else { return Ok(None) };
    let cosines = set.view.cosines(embedder)?;
    Ok(mean(set.pairs().filter_map(|pair| Some(1.0 - cosines[pair]?))))
}
