//! Tokens of the final solution: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "solution_tokens",
        title: "Solution tokens",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "How many tokens the final solution has, without the thinking: the mean over the samples of a group \
                   that have a count. A count that the input reports is taken as it is; without one, the run's \
                   tokenizer counts the solution text. `samples` says which, in `solution_tokens_source`.",
        how_to_read: "Longer is neither better nor more diverse. Read it beside the similarities: edit distances and \
                      cosines both move when solutions become longer or shorter.",
        misleads: "Counts of different tokenizers are not comparable: compare models only where all counts are reported, \
                   or all counted. Reported completion tokens may contain the thinking when the input does not split \
                   them. Samples that never came to a solution do not enter.",
        source: "A count: as reported by the sampling model, or by the tokenizer that the run names.",
    },
    measure: Measure::Sample {
        space: "text",
        needs: "solution_tokens",
        value: |sample| sample.solution_tokens.map(|tokens| tokens.count as f64),
    },
};
