//! Relative compression ratio: the texts of a set go in, a ratio of ratios comes out.

use crate::kernels::compress::{Sizes, joined};
use crate::kernels::mean::mean;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "relative_compression_ratio",
        title: "Relative compression ratio",
        unit: "ratio of ratios",
        range: "(0, ∞)",
        version: 1,
        measures: "How much more redundancy there is in a set of texts than in its single texts: `compression_ratio` \
                   of the set / mean compression ratio of its texts alone (one zstd frame at level 3 over the texts, \
                   joined by a line feed in bytewise order, with a window that holds them all; each text alone \
                   likewise). Empty texts have no ratio of their own.",
        how_to_read: "Higher means *less* diverse. Near 1: the texts have hardly anything in common; near n: n copies. \
                      Verbosity and letter frequencies, which single texts have too, are divided out.",
        misleads: "It grows with the number of texts: compare at equal n (`@k`). Even unrelated texts reach about 1.6 \
                   to 1.9, because a compressor does better on long input than on short, the more so the shorter the \
                   single texts are.",
        source: "Shaib et al. 2024 (compression ratio), divided by the mean of single texts.",
    },
    measure: Measure::Set {
        compares: Compares::Text,
        lacks: "no words in its texts",
        at_least: 2,
        value,
        rarefied: Rarefied::Subsets,
    },
};

fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    let texts = set.view.texts();
    let sizes = texts.sizes()?;
    let places = texts.places(set.members);
    let alone = mean(places.into_iter().map(|place| sizes[place]).filter(|size| size.raw > 0).map(Sizes::ratio));
    let together = joined(set.members.iter().filter_map(|&member| texts.get(member)))?;
    Ok(alone.map(|alone| together.ratio() / alone))
}
