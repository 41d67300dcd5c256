//! Characters of the final solution: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "solution_chars",
        title: "Solution characters",
        unit: "characters",
        range: "[0, ∞)",
        version: 1,
        measures: "Length of the final solution in Unicode scalar values (not bytes, not what a reader sees as one \
                   character): the mean over the samples of a group that have a solution.",
        how_to_read: "The scale of the edit distances: two solutions of this length differ by at most so many edits.",
        misleads: "Characters are no measure of content across scripts or between prose and code. An empty solution \
                   counts 0; a missing one does not enter. White space and markup count.",
        source: "Length in Unicode scalar values, as everywhere in these tables.",
    },
    measure: Measure::Sample {
        space: "text",
        needs: "solution",
        value: |sample| sample.solution_chars().map(|n| n as f64),
    },
};
