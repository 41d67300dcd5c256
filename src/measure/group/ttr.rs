//! Type-token ratio: the texts of a set go in, a mean share comes out.

use crate::kernels::mean::mean;
use crate::kernels::type_token::ratio;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "ttr",
        title: "Type-token ratio",
        unit: "share of words",
        range: "(0, 1]",
        version: 1,
        measures: "How rich the vocabulary of a single text is: different words / words, within each text; a group's \
                   value is the mean over its texts. Tokens are runs of Unicode letters and digits, lower-cased. A \
                   text without words has none.",
        how_to_read: "Higher means less repetition within a text: around 0.35 to 0.5 for worked solutions and \
                      programs, 0.8 for a review of a few sentences. It says nothing about how alike different \
                      solutions are: that is `distinct_1`.",
        misleads: "It falls as a text grows, by Heaps' law, and so it compares lengths before it compares \
                   vocabularies. Take `mattr` where modes differ in length.",
        source: "Johnson 1944; Templin 1957.",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 1,
        value,
        rarefied: Rarefied::Unbiased,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts = set.view.texts();
    let words = texts.words();
    Ok(mean(texts.places(set.members).into_iter().filter_map(|place| ratio(words.get(place)))))
}
