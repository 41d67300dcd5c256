//! Characters of the thinking: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "thinking_chars",
        title: "Thinking characters",
        unit: "characters",
        range: "[0, ∞)",
        version: 1,
        measures: "Length of the thinking in Unicode scalar values (not bytes, not what a reader sees as one character): \
                   the mean over the samples of a group that have thinking.",
        how_to_read: "The same as thinking tokens, without a tokenizer in between: comparable between models that write \
                      the same language.",
        misleads: "Characters are no measure of effort across scripts: a Chinese character carries about as much as an \
                   English word. Samples without thinking do not enter; they do not count as 0. White space and \
                   markup count.",
        source: "Length in Unicode scalar values, as everywhere in these tables.",
    },
    measure: Measure::Sample {
        space: "thinking",
        needs: "thinking",
        value: |sample| sample.thinking_chars().map(|n| n as f64),
    },
};
