//! Words of the final solution: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "solution_words",
        title: "Solution words",
        unit: "words",
        range: "[0, ∞)",
        version: 1,
        measures: "How many words the final solution has without the thinking, as stretches between Unicode white space: the mean over the samples of a \
                   group that have a solution.",
        how_to_read: "The scale of metrics that count words and n-grams of words.",
        misleads: "Scripts without blanks (Chinese, Japanese, Thai) count a sentence as a word, and formulas and code count as they are spaced. An \
                   empty solution counts 0; a missing one does not enter.",
        source: "White-space words, as `wc -w` counts them.",
    },
    measure: Measure::Sample {
        space: "text",
        needs: "solution",
        value: |sample| sample.solution().map(|text| text.split_whitespace().count() as f64),
    },
};
