//! The edit ratio of the `SCoRe` study: the texts of a group go in, a column of shares comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, Pair, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "levenshtein_score_ratio",
        title: "SCoRe edit ratio",
        unit: "share of both texts",
        range: "[0, 1]",
        version: 1,
        measures: "How much two texts differ: d(a, b) / (|a| + |b|), with the Levenshtein distance d and lengths in \
                   Unicode scalar values; 0 for two empty texts. A group's value is the mean over its unordered pairs.",
        how_to_read: "A *distance*: 0 means verbatim equal. In chains, look at neighboring rounds (`rounds`): a share \
                      near 0 means that a model which was asked to correct itself gave its first answer again.",
        misleads: "Texts of equal length that have nothing in common reach only 0.5, and 1 needs an empty text; \
                   solutions to different questions stand around 0.45 to 0.55. It is not 1 − `levenshtein_similarity`, \
                   whose divisor is the longer text.",
        source: "Kumar et al. 2024 (SCoRe), edit distance ratios between first and second attempts.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let ratio = |(pair, distance): (&Pair, &Option<usize>)| {
        let length = texts.len(pair.a)? + texts.len(pair.b)?;
        // Two empty texts differ in nothing.
        Some(if length == 0 { 0.0 } else { (*distance)? as f64 / length as f64 })
    };
    let values = PairValues::Float(view.pairs().iter().zip(view.levenshtein()).map(ratio).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
