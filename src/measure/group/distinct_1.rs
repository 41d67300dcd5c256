//! distinct-1: the texts of a set go in, a share comes out.

use crate::kernels::distinct::{distinct, pool};
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "distinct_1",
        title: "distinct-1",
        unit: "share of tokens",
        range: "(0, 1]",
        version: 1,
        measures: "How many tokens of a set of texts are different ones: different 1-grams / all 1-grams, pooled over \
                   the set. Tokens are what stands between white space, as it is written; no n-gram reaches from one \
                   text into the next. Null where no text has any.",
        how_to_read: "Higher means more diverse wording. n copies of one text have 1/n of its own value. Eight to \
                      twenty solutions to one question stand around 0.1 to 0.2.",
        misleads: "It falls with the length of the texts and with their number, as every vocabulary is used up: \
                   compare modes at equal n (`@k`), and mind the lengths (`ead` and `mattr` mind them for you). A text \
                   that repeats itself counts like texts that repeat each other.",
        source: "Li et al. 2016; pooled as in `rlfh-gen-div`, without n-grams across borders.",
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
    Ok(distinct(pool(&texts.ngrams()[0], &texts.places(set.members))))
}
