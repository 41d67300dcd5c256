//! Moving-average type-token ratio: the texts of a set go in, a mean share comes out.

use crate::kernels::mean::mean;
use crate::kernels::type_token::{WINDOW, moving_average};
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "mattr",
        title: "Moving-average type-token ratio",
        unit: "share of words",
        range: "(0, 1]",
        version: 1,
        measures: "How rich the vocabulary of a single text is, whatever its length: the mean of different words / \
                   words over all windows of 500 successive words; a group's value is the mean over its texts. A text \
                   with fewer words is one window, which makes it the plain type-token ratio. Tokens are runs of \
                   Unicode letters and digits, lower-cased.",
        how_to_read: "Higher means less repetition within 500 words. Modes of different lengths can be compared as \
                      long as their texts have 500 words.",
        misleads: "Texts below 500 words have their plain ratio, which falls with length: among short solutions it is \
                   `ttr` and no better. It does not compare texts with each other.",
        source: "Covington and McFall 2010, window 500.",
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
    let ratios = texts.places(set.members).into_iter().filter_map(|place| moving_average(words.get(place), WINDOW));
    Ok(mean(ratios))
}
