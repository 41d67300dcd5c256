//! Tokens of the output: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric, context};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "total_tokens",
        title: "Output tokens",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "`thinking_tokens` plus `solution_tokens` of a sample; the solution's alone where the sample has neither thinking nor a count of it. \
                   Missing where the solution has no count (it never came), or the thinking is there without one. A group's value is \
                   the mean over the samples that have one.",
        how_to_read: "What a sample cost to write: the budget at which modes should be compared.",
        misleads: "Thinking that a provider hides without telling its tokens counts as none. One part may be reported and the other counted here, with \
                   another tokenizer (`*_source` in `samples`). Samples that broke off in their thinking do not enter, and they are the longest.",
        source: "A sum of counts: as reported by the sampling model, or by the tokenizer that the run names.",
    },
    measure: Measure::Sample {
        space: "thinking+solution",
        needs: "thinking_tokens and solution_tokens",
        value: |sample| context::total_tokens(sample).map(|count| count as f64),
    },
};
