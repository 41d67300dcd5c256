//! Equality of two texts up to white space: the texts of a group go in, a column of yes and no comes out.

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "verbatim_whitespace",
        title: "Verbatim repeats up to white space",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 1,
        measures: "Whether two texts are the same once each run of Unicode white space is one blank and none is left at the \
                   ends. A group's value is the share of its unordered pairs that are.",
        how_to_read: "Never below `verbatim`. What it has more are copies that differ in line breaks, indentation or \
                      blanks at the end alone.",
        misleads: "In languages where indentation has meaning, such as Python, two programs that differ in it are \
                   different programs and still count as equal here. Otherwise as for `verbatim`: a share of pairs, \
                   not of samples.",
        source: "Definitions of the verbatim repeat, level whitespace-normalized.",
    },
    measure: Measure::Pair { compares: Compares::Text, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let texts = view.normalized();
    let values = PairValues::Boolean(view.pairs().iter().map(|&pair| texts.equal(pair)).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: view.text_space(), values }])
}
