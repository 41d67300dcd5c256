//! Jaccard index of the character 4-grams of two texts: the texts of a group go in, a column of shares comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "jaccard_char_4grams",
        title: "Jaccard index of character 4-grams",
        unit: "share of 4-grams",
        range: "[0, 1]",
        version: 1,
        measures: "How many snippets of four characters two texts have in common: |A ∩ B| / |A ∪ B|, with the sets of \
                   their four successive Unicode scalar values, white space and case as they are; 1 for two texts that \
                   are too short for any. A group's value is the mean over its unordered pairs.",
        how_to_read: "Needs no words, so it means the same for prose, code, formulas and scripts without blanks. \
                      Solutions to different questions stand around 0.1, drafts of one solution around 0.5.",
        misleads: "Indentation is characters too: reindented code is less alike. Long texts in one language share ever \
                   more 4-grams, so it grows with length. Moved blocks cost nothing but the snippets at their borders.",
        source: "Broder 1997 (shingles), on characters.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.jaccard(view.pairs(), &texts.char_4grams()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
