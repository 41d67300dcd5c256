//! n-gram diversity: the texts of a set go in, a sum of shares comes out.

use crate::kernels::distinct::ngram_diversity;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "ngram_diversity",
        title: "n-gram diversity score",
        unit: "sum of shares",
        range: "(0, 4]",
        version: 1,
        measures: "Σ distinct-n for n = 1, 2, 3, 4: the shares of different ones among the n-grams of a set of texts, \
                   added up. Tokens are what stands between white space, as it is written; no n-gram reaches from one \
                   text into the next. Null where no text has four tokens.",
        how_to_read: "4: no n-gram comes twice. Higher means more diverse wording; solutions to one question stand \
                      around 0.9 to 2, solutions to different questions around 2 to 2.8.",
        misleads: "It falls with length and number of texts, as distinct-n does: compare at equal n (`@k`). The \
                   `diversity` package joins the texts first, cuts at single blanks and rounds to three digits, which \
                   gives other values.",
        source: "Shaib et al. 2024, `ngram_diversity_score`; Meister et al. 2022.",
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
    Ok(ngram_diversity(texts.ngrams(), &texts.places(set.members)))
}
