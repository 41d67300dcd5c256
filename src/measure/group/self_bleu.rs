//! self-BLEU: the texts of a set go in, a mean score comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "self_bleu",
        title: "self-BLEU",
        unit: "BLEU",
        range: "[0, 1]",
        version: 1,
        measures: "How much of each text is made of phrases of the others: the mean over the texts of BLEU-4 with all \
                   other texts of the set as references. Tokens by `mteval-v13a`, case kept; an order without a match \
                   counts 0.1 matches (NLTK method 1); brevity against the closest reference. A text without tokens \
                   has 1 beside another such text and 0 beside none.",
        how_to_read: "Higher means *less* diverse: 1 if every text is there twice. Eight to twenty solutions to one \
                      question stand around 0.75 to 0.95.",
        misleads: "It rises with the number of texts, since each finds more references: compare at equal n (`@k`) \
                   only. One near twin is enough to give a text 1, however unlike all others are. Texts below four \
                   tokens stay below 1 even among copies. Scale, tokenizer, smoothing and n-gram order differ between \
                   publications.",
        source: "Zhu et al. 2018 (Texygen); NLTK `sentence_bleu` with `SmoothingFunction().method1`.",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 2,
        value,
        rarefied: Rarefied::Subsets,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts = set.view.texts();
    Ok(texts.bleu().of_set(&texts.places(set.members)))
}
