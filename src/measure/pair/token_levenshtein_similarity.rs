//! Levenshtein similarity with words in place of characters: the texts of a group go in, a column of shares comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "token_levenshtein_similarity",
        title: "Levenshtein similarity of words",
        unit: "share of words",
        range: "[0, 1]",
        version: 1,
        measures: "How many words of the longer text can stay where one text is turned into the other: 1 − d/max(|a|, \
                   |b|), with insertions, deletions and substitutions of whole words and lengths in words. Words are \
                   runs of Unicode letters and digits, lower-cased; 1 for two texts without words. A group's value is \
                   the mean over its unordered pairs.",
        how_to_read: "1: the same words in the same order. Its floor is lower than that of characters, since unrelated \
                      words do not match by halves: solutions to different questions stand around 0.1, drafts of one \
                      solution around 0.5 to 0.7.",
        misleads: "Punctuation, operators and white space are not seen: `a + b` and `a - b` are the same. A renamed \
                   variable costs one edit wherever it stands, however long its name. Scripts without blanks are one \
                   word between marks.",
        source: "Levenshtein 1966 over words; RapidFuzz `Levenshtein.normalized_similarity` of lists.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.word_levenshtein(view.pairs()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
