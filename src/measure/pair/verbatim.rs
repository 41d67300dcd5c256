//! Verbatim equality of two texts: the texts of a group go in, a column of yes and no comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "verbatim",
        title: "Verbatim repeats",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 1,
        measures: "Whether two texts are the same, character by character. A group's value is the share of its unordered \
                   pairs that are.",
        how_to_read: "0 means that no two solutions are the same, 1 that all are. In a chain, anything above 0 means that \
                      a round gave an earlier solution back unchanged.",
        misleads: "It is a share of pairs, not of samples: when half of n solutions are one and the same text and the rest \
                   all differ, it is about a quarter. One blank more makes two texts different (`verbatim_whitespace` \
                   does not mind). Short solutions repeat by chance, and at temperature 0 every draw does. Two empty \
                   solutions are equal; a missing one is compared with nothing.",
        source: "Founding paper: repeated programs in chains.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.texts();
    let values = PairValues::Boolean(view.pairs().iter().map(|&pair| texts.equal(pair)).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
