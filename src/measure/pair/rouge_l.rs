//! ROUGE-L of two texts: the texts of a group go in, a column of F-measures comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "rouge_l",
        title: "ROUGE-L F1",
        unit: "F1",
        range: "[0, 1]",
        version: 1,
        measures: "How much of two texts is a common sequence of words: F1 = 2PR/(P + R) with P = LCS/|b|, R = LCS/|a| \
                   and the longest common subsequence of their words, which is 2·LCS/(|a| + |b|). Words are runs of \
                   a-z and 0-9 of the lower-cased text, not stemmed; 1 for two texts without words. A group's value is \
                   the mean over its unordered pairs.",
        how_to_read: "1: the same words in the same order. Solutions to different questions stand around 0.15 to 0.18, \
                      drafts of one solution around 0.6 to 0.8.",
        misleads: "Letters beyond a-z only separate: German or Chinese text is seen in pieces or not at all, and so \
                   are operators in formulas and code. Gaps cost nothing, so long texts find long subsequences by \
                   chance.",
        source: "Lin 2004; google `rouge_score` rougeL without stemmer (which gives 0 to two texts without words).",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Float(texts.rouge_l(view.pairs()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
