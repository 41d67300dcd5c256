//! BLEU of two texts, both ways: the texts of a group go in, a column of scores comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "bleu",
        title: "BLEU, symmetrized",
        unit: "BLEU",
        range: "[0, 1]",
        version: 1,
        measures: "How much of two texts is made of the same phrases of one to four tokens: (BLEU(a, b) + BLEU(b, a)) \
                   / 2, each the geometric mean of the clipped precisions of 1- to 4-grams times the brevity penalty \
                   exp(1 − r/c). Tokens by `mteval-v13a`, case kept; the k-th order without a match counts 1/2^k \
                   matches (`exp` smoothing), orders that a text is too short for are left out. From 0 to 1, not to \
                   100; 1 for two texts without tokens. A group's value is the mean over its unordered pairs.",
        how_to_read: "1: verbatim equal up to white space. Solutions to different questions stand below 0.1, drafts of \
                      one solution around 0.4 to 0.7.",
        misleads: "It was made for corpora: for one short sentence it is what the smoothing makes it. Texts of one or \
                   two tokens can reach 1 with a single match. Published values differ by tokenizer, smoothing and \
                   scale; NoveltyBench divides the sum by 200.",
        source: "Papineni et al. 2002; sacrebleu `sentence_bleu` with its defaults (Post 2018); symmetrized as in \
                 NoveltyBench.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let bleu = texts.bleu().pairs();
    let values = PairValues::Float(texts.for_pairs(view.pairs(), |a, b| bleu.symmetrized(a, b)));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
