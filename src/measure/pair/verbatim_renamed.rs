//! Equality of two programs up to the names they give: the programs of a group go in, a column of yes and no comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues, Selection};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "verbatim_renamed",
        title: "Verbatim repeats of code up to names",
        unit: "share of pairs",
        range: "[0, 1]",
        version: 1,
        measures: "Whether two programs are the same once comments, Python's docstrings and layout are gone and \
                   the names that a program gives itself are numbered in order of first appearance: parameters, \
                   variables, functions, classes, aliases of imports. Built-ins, attributes, modules and keyword \
                   arguments keep their names. A group's value is the share of its unordered pairs that are the \
                   same.",
        how_to_read: "Never below `verbatim_code`. What it has more are copies in which only names were changed: not \
                      another idea.",
        misleads: "Names are numbered for the program as a whole, not scope by scope: where one program uses a \
                   name twice for two things and the other two names, they count as different. Statements in \
                   another order are another program. Short functions that everybody writes the same way come out \
                   equal without being copied. Otherwise as for `verbatim_code`.",
        source: "Definitions of the verbatim repeat, level identifiers; type-2 clones of the literature on code \
                 clones (Roy and Cordy 2007).",
    },
    measure: Measure::Pair { compares: Compares::Code, values: ValueKind::Boolean, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let programs = view.programs();
    let values = PairValues::Boolean(view.pairs().iter().map(|&pair| programs.equal_renamed(pair)).collect());
    Ok(vec![PairColumn { metric: METRIC.card.name, space: Arc::from(Selection::Code.space()), values }])
}
