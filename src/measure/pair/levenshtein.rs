//! Levenshtein distance of two texts: the texts of a group go in, a column of counts comes out.

use crate::measure::{Compares, Measure, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "levenshtein",
        title: "Levenshtein distance",
        unit: "characters",
        range: "[0, ∞)",
        version: 1,
        measures: "The smallest number of insertions, deletions and substitutions of Unicode scalar values that turn one \
                   text into the other, exactly. A group's value is the mean over its unordered pairs.",
        how_to_read: "0 means verbatim equal. A few edits in a long text mean a touched-up copy. Read it beside the \
                      length of the texts, or take `levenshtein_similarity`, which is divided by it.",
        misleads: "It grows with the length of the texts, so modes with longer solutions look more diverse. A \
                   block that was only moved, or a renamed variable, costs many edits; a changed sign that turns the solution \
                   around costs one.",
        source: "Levenshtein 1966; computed as Myers 1999 and Hyyrö 2003.",
    },
    measure: Measure::Pair {
        compares: Compares::Text,
        values: ValueKind::Integer,
        columns: |view| Ok(vec![column(view)]),
    },
};

/// The distances as a column of `pairs`.
pub(super) fn column(view: &View<'_>) -> PairColumn {
    let count = |distance: &Option<usize>| distance.map(|distance| i64::try_from(distance).unwrap_or(i64::MAX));
    let values = PairValues::Integer(view.levenshtein().iter().map(count).collect());
    PairColumn { metric: METRIC.card.name, space: view.text_space(), values }
}
