//! Cosine of two embeddings: the vectors of a group go in, a column for each embedder comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues, Vectors};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "cosine",
        title: "Cosine similarity",
        unit: "cosine",
        range: "[-1, 1]",
        version: 2,
        measures: "How alike two solutions are to an embedding model: the cosine of the angle between their vectors, \
                   Σ aᵢbᵢ / (|a| |b|), summed in blocks of 64 in f32 and beyond that in f64, in an order that depends on \
                   nothing but the length. A group's value is the mean over its unordered pairs, i < j, without the \
                   diagonal: S = 2/(n(n−1)) Σ cos(eᵢ, eⱼ). One value for each embedder.",
        how_to_read: "1 means the same direction, and identical texts have exactly 1. Higher means that the \
                      solutions explore less. Differences between modes on the same questions with the same embedder \
                      are what counts; 1 − S is the diversity measure called remote-clique.",
        misleads: "Absolute values belong to the embedder: unrelated texts have 0.02 in one model and 0.73 in another, \
                   and some squeeze everything between 0.94 and 1. Texts on the same topic are alike even where they \
                   solve the problem differently, length and style enter, and what lies beyond the model's window enters only \
                   as the policy for long texts says (`tokens_seen` against `tokens_total`). A mean that includes the \
                   diagonal is larger: ((n−1)S + 1)/n.",
        source: "Founding paper, Table 2.",
    },
    measure: Measure::Pair { compares: Compares::Vectors, values: ValueKind::Float, columns },
};

fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let column = |(place, vectors): (usize, &Vectors)| {
        let space = Arc::clone(&vectors.space.name);
        Ok(PairColumn { metric: METRIC.card.name, space, values: PairValues::Float(view.cosines(place)?.to_vec()) })
    };
    view.embedders().iter().enumerate().map(column).collect()
}
