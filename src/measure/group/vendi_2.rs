//! Vendi score of order 2: the cosines of a set go in, an effective number comes out.

use crate::kernels::vendi::order_two;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "vendi_2",
        title: "Vendi score of order 2",
        unit: "effective solutions",
        range: "[1, n]",
        version: 1,
        measures: "How many really different solutions there are: 1/Σλ² = 1/mean(Kᵢⱼ²) over all n² entries, the \
                   diagonal among them: n²/(n + 2 Σ cos²(eᵢ, eⱼ)), in closed form without eigenvalues.",
        how_to_read: "From 1, all solutions are the same to the embedder, to n, all are orthogonal. Higher orders \
                      look at the common ways, lower ones at the rare ones too.",
        misleads: "It grows with n: compare modes with equal n, or at one `@k`. Real embeddings are never \
                   orthogonal, so that 16 different solutions may have a score of 2. It belongs to the embedder: \
                   compare modes under one only. Some entries of the `vendi-score` package ignore the order they are \
                   given and print order 1.",
        source: "Friedman & Dieng 2023, The Vendi Score (TMLR); orders: Pasarkar & Dieng 2024, Cousins of the Vendi \
                 Score (AISTATS).",
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
    let members = set.directed()?;
    let Some(embedder) = set.embedder.filter(|_| members.len() >= 2) else { return Ok(None) };
    let cosines = set.view.cosines(embedder)?;
    let set = Subset { members: &members, ..*set };
    Ok(order_two(members.len(), set.pairs().filter_map(|pair| cosines[pair])))
}
