//! `CodeBLEU` of two programs: the programs of a group go in, a column of similarities comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues, Selection};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "codebleu",
        title: "CodeBLEU",
        unit: "similarity",
        range: "[0, 1]",
        version: 1,
        measures: "A quarter each of BLEU over words, BLEU as recall in which keywords weigh five times as much, \
                   the share of subtrees and the share of data-flow items of one program that the other has; each \
                   program once as the reference of the other, and the mean of both. Where the reference has no \
                   data flow, a third each of the other three. A group's value is the mean over its unordered \
                   pairs.",
        how_to_read: "1 means equal up to layout. The four parts see different things: words see names and comments, \
                      subtrees see structure, data flow sees how values travel whatever their names.",
        misleads: "Data flow is known for Python alone, other languages have three parts, so that values of \
                   different languages must not be compared. Words are split at white space: `f(x)` and `f( x )` \
                   share no word, and comments and docstrings count in the first two parts. Equal to the package \
                   `codebleu` 0.7.0 up to direction, but it gives full marks for data flow where none is found, \
                   values below 1 to equal texts of fewer than four words, and a quarter to an empty text: here 0, \
                   1 and null. Loops in loops are followed to a bound; beyond it a program has no data flow.",
        source: "Ren et al. 2020, arXiv 2009.10297; package `codebleu` 0.7.0, symmetrized.",
    },
    measure: Measure::Pair { compares: Compares::Code, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let values = PairValues::Float(view.programs().codebleu(view.pairs()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: Arc::from(Selection::Code.space()), values }])
}
