//! Step change: the texts of a chain go in, how much of its text each round changed comes out.

use crate::measure::{Compares, Lineage, Measure, MeasureError, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "step_change",
        title: "Change from round to round",
        unit: "share of the longer text",
        range: "[0, 1]",
        version: 1,
        measures: "Normalized Levenshtein distance of two successive rounds of a chain, Δ = d(y_t, y_(t+1)) / max(|y_t|, \
                   |y_(t+1)|) in Unicode scalar values; two empty texts have 0. Told of the later round; the first round has none, nor \
                   has a round before which one is absent. A group's value is the mean over its steps.",
        how_to_read: "0: the round repeats the one before. A curve that falls towards 0 by round is a chain that settles.",
        misleads: "Reordered paragraphs count as change although nothing new was said, and a rewrite of everything ends near \
                   0.7 to 0.8, not at 1, because letters repeat by chance. Small changes do not add up to little: see `drift`.",
        source: "Levenshtein 1966, normalized as in RapidFuzz; successive rounds as in studies of fixed points of self-revision.",
    },
    measure: Measure::Step { compares: Compares::Text, lacks: "no two successive rounds with a text", values },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
pub(super) fn values(lineage: &Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError> {
    let (view, texts) = (lineage.view, lineage.view.texts());
    let distances = view.levenshtein();
    let change = |before: usize, after: usize| {
        let distance = distances[view.pair(before, after)?]?;
        let longest = texts.len(before)?.max(texts.len(after)?);
        Some(if longest == 0 { 0.0 } else { distance as f64 / longest as f64 })
    };
    Ok(lineage.steps(change))
}
