//! Levenshtein similarity of two texts: the texts of a group go in, a column of shares comes out.

use crate::kernels;
use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, Pair, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "levenshtein_similarity",
        title: "Levenshtein similarity",
        unit: "share of the longer text",
        range: "[0, 1]",
        version: 1,
        measures: "How much of the longer text can stay where the shorter one is turned into it: \
                   1 − d(a, b) / max(|a|, |b|), with the Levenshtein distance d and lengths in Unicode scalar values; 1 \
                   for two empty texts. A group's value is the mean over its unordered pairs.",
        how_to_read: "1 means verbatim equal, above 0.98 a near-copy. Unrelated texts do not reach 0, because they share \
                      letters by chance: English solutions to different questions stand around 0.25, programs \
                      around 0.2.",
        misleads: "It sees characters, not meaning: the same idea in other words is unlike, a moved block or a renamed \
                   variable costs much, a changed sign little. Boilerplate that all solutions share (a function header, \
                   a closing phrase) raises it. It is not the indel ratio that other tools call `ratio`: \
                   (\"s\", \"s.\") has 0.5 here and 0.667 there.",
        source: "RapidFuzz `Levenshtein.normalized_similarity`.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

/// The distances are computed on the way, so `pairs` gets them too.
#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let similarity = |(pair, distance): (&Pair, &Option<usize>)| {
        Some(kernels::levenshtein::similarity((*distance)?, texts.len(pair.a)?, texts.len(pair.b)?))
    };
    let values = PairValues::Float(view.pairs().iter().zip(view.levenshtein()).map(similarity).collect());
    Ok(vec![
        super::levenshtein::column(view),
        PairColumn { metric: METRIC.card.name, space: view.text_space(), values },
    ])
}
