//! Equality of two programs up to comments and layout: the programs of a group go in, a column of yes and no comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues, Selection};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "verbatim_code",
        title: "Verbatim repeats of code",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 1,
        measures: "Whether two programs are the same once comments, Python's docstrings and layout are gone: the \
                   same syntax tree with the same tokens. A program is the sample's code, or its solution in the \
                   domain of programming. A group's value is the share of its unordered pairs that are the same.",
        how_to_read: "Never below the share of equal code texts. In Python, indentation that changes the program \
                      counts; line breaks, blanks and the width of indentation do not. In a chain, anything above 0 \
                      means that a round came back to a program it had.",
        misleads: "A share of pairs, not of samples. One pair of brackets or a trailing comma more makes two \
                   programs different, and so does another name (`verbatim_renamed` does not mind). What does not \
                   parse is compared as far as the grammar makes sense of it. Samples with nothing but comments, \
                   or with code that is too long or too hard to parse (64 KiB), have no program and are compared \
                   with nothing; programs in different languages differ.",
        source: "Definitions of the verbatim repeat, level code; syntax trees by tree-sitter.",
    },
    measure: Measure::Pair { compares: Compares::Code, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let programs = view.programs();
    let values = PairValues::Boolean(view.pairs().iter().map(|&pair| programs.equal(pair)).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: Arc::from(Selection::Code.space()), values }])
}
