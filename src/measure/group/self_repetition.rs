//! Self-repetition: the texts of a set go in, a mean logarithm comes out.

use crate::kernels::self_repetition::self_repetition;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "self_repetition",
        title: "Self-repetition",
        unit: "ln(1 + occurrences)",
        range: "[0, ∞)",
        version: 1,
        measures: "How often the phrases of a text come again in other texts: 1/n Σ ln(1 + Σ (docs(g) − 1)) over the \
                   different 4-grams g of each text, docs(g) being the texts of the set that have g. Tokens are what \
                   stands between white space, as it is written.",
        how_to_read: "Higher means *less* diverse. 0: no phrase of four tokens is in two texts. Solutions to one \
                      question stand around 4 to 6.5.",
        misleads: "It grows with the logarithm of length and of the number of texts: compare at equal n (`@k`) and \
                   similar lengths. A text with a few shared phrases and one that is all shared lie closer than one \
                   thinks, because of the logarithm.",
        source: "Salkar et al. 2022; `self_repetition_score` of the `diversity` package (Shaib et al. 2024).",
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
    Ok(self_repetition(&texts.ngrams()[3].distinct, &texts.places(set.members)))
}
