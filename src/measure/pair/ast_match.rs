//! Shared subtrees of two programs: the programs of a group go in, a column of similarities comes out.

use std::sync::Arc;

use crate::measure::{Compares, Measure, MeasureError, Metric, ValueKind, View};
use crate::model::{Card, PairColumn, PairValues, Selection};

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "ast_match",
        title: "Syntax tree match",
        unit: "similarity",
        range: "[0, 1]",
        version: 1,
        measures: "How much of their syntax trees two programs share: 2·|A ∩ B| / (|A| + |B|) over the multisets \
                   of subtrees, one for each node with children, known by the kinds of the nodes in it and their \
                   fields. Names, values, operators, comments and Python's docstrings do not count. A group's \
                   value is the mean over its unordered pairs.",
        how_to_read: "1 means the same structure, 0 that not even one subtree is shared. Renaming changes nothing. \
                      Unlike CodeBLEU's part of this name it is symmetric and counts a subtree as often as it is \
                      there.",
        misleads: "It sees shape alone: `a + b` and `c * d` are equal to it, and so are x = 1 and y = 2. One \
                   change deep in a tree changes every subtree around it, so that a long function with one edit \
                   can fall further than a short one. Small subtrees such as calls with one argument are shared by \
                   many programs: solutions to different HumanEval tasks have 0.08 in the median, and 0.45 where \
                   they all begin with the same imports. Programs in different languages have 0.",
        source: "CodeBLEU (Ren et al. 2020, arXiv 2009.10297), syntactic match, made symmetric as Dice's \
                 coefficient.",
    },
    measure: Measure::Pair { compares: Compares::Code, values: ValueKind::Float, columns },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn columns(view: &View<'_>) -> Result<Vec<PairColumn>, MeasureError> {
    let values = PairValues::Float(view.programs().shared_subtrees(view.pairs()));
    Ok(vec![PairColumn { metric: METRIC.card.name, space: Arc::from(Selection::Code.space()), values }])
}
