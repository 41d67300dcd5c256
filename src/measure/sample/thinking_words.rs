//! Words of the thinking: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "thinking_words",
        title: "Thinking words",
        unit: "words",
        range: "[0, ∞)",
        version: 1,
        measures: "How many words the thinking has, as stretches between Unicode white space: the mean over the samples of a group that \
                   have thinking.",
        how_to_read: "As thinking tokens, without a tokenizer in between, and easier to picture.",
        misleads: "Scripts without blanks (Chinese, Japanese, Thai) count a sentence as a word, and formulas and code count as they are spaced. Samples \
                   without thinking do not enter; they do not count as 0.",
        source: "White-space words, as `wc -w` counts them.",
    },
    measure: Measure::Sample {
        space: "thinking",
        needs: "thinking",
        value: |sample| sample.thinking().map(|text| text.split_whitespace().count() as f64),
    },
};
