//! EAD: the texts of a set go in, a ratio comes out.

use crate::kernels::distinct::{VOCABULARY, expectation_adjusted, pool};
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "ead",
        title: "Expectation-adjusted distinct",
        unit: "ratio to expectation",
        range: "(0, ∞), above 1 only by a hair",
        version: 1,
        measures: "The different tokens of a set of texts over the number to be expected of random ones: N / (V (1 − \
                   ((V − 1)/V)^C)), with N different tokens, C tokens and V = 50 257, a fixed vocabulary size (that of \
                   GPT-2). Tokens are what stands between white space, as it is written; no n-gram reaches from one \
                   text into the next.",
        how_to_read: "distinct-1 without the part of its fall with length that even random tokens would show. 1: as \
                      many different tokens as random draws would give.",
        misleads: "Only chance repetition from a vocabulary of that size is taken out. Language repeats its words far \
                   more than random tokens do, so EAD still falls with length, for the few thousand tokens of a group \
                   nearly as distinct-1 does. Values with another V (30 522 with BERT's tokens, 256 000 elsewhere) are \
                   other values; the study it comes from counts a tokenizer's pieces, not words. It can exceed 1 \
                   slightly in small sets.",
        source: "Liu et al. 2022; V as in `rlfh-gen-div` (Kirk et al. 2024).",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 1,
        value,
        rarefied: Rarefied::Subsets,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts = set.view.texts();
    let pooled = pool(&texts.ngrams()[0], &texts.places(set.members));
    Ok(expectation_adjusted(pooled, VOCABULARY))
}
