//! Jaccard index of the word trigrams of two texts: the texts of a group go in, a column of shares comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "jaccard_word_3grams",
        title: "Jaccard index of word 3-grams",
        unit: "share of 3-grams",
        range: "[0, 1]",
        version: 1,
        measures: "How many phrases of three words two texts have in common: |A ∩ B| / |A ∪ B|, with the sets of their \
                   three successive words, lower-cased and cut at white space; 1 for two texts that are too short for \
                   any. A group's value is the mean over its unordered pairs.",
        how_to_read: "Unlike single words, three in a row are seldom shared by chance: solutions to different \
                      questions stand below 0.04, and what is above is wording that was taken over, or boilerplate.",
        misleads: "One changed word breaks three 3-grams, so evenly spread small changes weigh much more than one \
                   large one. Texts of one or two words have no 3-gram: two of them count as equal, and one of them \
                   beside a longer text as disjoint.",
        source: "Broder 1997, *On the resemblance and containment of documents* (w-shingles, w = 3).",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.jaccard(view.pairs(), &texts.word_3grams()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
