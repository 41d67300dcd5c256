//! Vendi score of order 1: the cosines of a set go in, an effective number comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "vendi",
        title: "Vendi score",
        unit: "effective solutions",
        range: "[1, n]",
        version: 1,
        measures: "How many really different solutions there are: exp(−Σ λ ln λ). λ are the eigenvalues of K/n, with \
                   the cosines in K and 1 on its diagonal (of XᵀX/n where there are more solutions than dimensions, \
                   which has the same ones).",
        how_to_read: "From 1, all solutions are the same to the embedder, to n, all are orthogonal. Higher orders \
                      look at the common ways, lower ones at the rare ones too.",
        misleads: "It grows with n: compare modes with equal n, or at one `@k`. Real embeddings are never \
                   orthogonal, so that 16 different solutions may have a score of 2. It belongs to the embedder: \
                   compare modes under one only.",
        source: "Friedman & Dieng 2023, The Vendi Score (TMLR).",
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
    Ok(set.spectrum()?.and_then(|spectrum| spectrum.score(1.0)))
}
