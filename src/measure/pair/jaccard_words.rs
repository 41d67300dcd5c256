//! Jaccard index of the words of two texts: the texts of a group go in, a column of shares comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "jaccard_words",
        title: "Jaccard index of words",
        unit: "share of words",
        range: "[0, 1]",
        version: 1,
        measures: "How much of the vocabulary of two texts is common to them: |A ∩ B| / |A ∪ B|, with the sets of \
                   their words, lower-cased and cut at white space, punctuation left on; 1 for two texts without \
                   words. A group's value is the mean over its unordered pairs.",
        how_to_read: "1: the same words, in whatever order and number. Solutions to different questions stand around \
                      0.12 (programs, word problems), drafts of one solution around 0.5 to 0.7.",
        misleads: "It sees neither order nor repetition: a solution told backwards has 1. Long texts share more of the \
                   frequent words, so it grows with length. In code and formulas a word is whatever stands between \
                   blanks: `f(x)+1` and `f(x) + 1` have none in common.",
        source: "Jaccard 1912; lm-polygraph `Jaccard_score`, from Lin et al. 2023.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.jaccard(view.pairs(), &texts.word_sets()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
