//! Indel similarity of two texts: the texts of a group go in, a column of shares comes out.

use crate::kernels;
use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, Pair, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "indel_similarity",
        title: "Indel similarity",
        unit: "share of both texts",
        range: "[0, 1]",
        version: 1,
        measures: "How much of both texts is common to them in the same order: 1 − d(a, b) / (|a| + |b|), where d counts \
                   insertions and deletions alone; the same as 2·LCS(a, b) / (|a| + |b|) with the longest common \
                   subsequence. Lengths in Unicode scalar values; 1 for two empty texts. A group's value is the mean over \
                   its unordered pairs.",
        how_to_read: "1 means verbatim equal. Higher than Levenshtein similarity for most texts, because a substitution \
                      counts as two edits out of twice the length and scattered letters still match: English \
                      solutions to different questions stand around 0.4, programs around 0.3.",
        misleads: "The floor is high, so small differences near it mean little. Like all edit measures it sees \
                   characters, not meaning, and shared boilerplate raises it. Published under names such as `ratio`, often \
                   times 100.",
        source: "RapidFuzz `Indel.normalized_similarity`, `fuzz.ratio`; python-Levenshtein `ratio`.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let distances = texts.distances(view.pairs(), kernels::indel::all_pairs);
    let similarity = |(pair, distance): (&Pair, Option<usize>)| {
        Some(kernels::indel::similarity(distance?, texts.len(pair.a)?, texts.len(pair.b)?))
    };
    let values = PairValues::Float(view.pairs().iter().zip(distances).map(similarity).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
