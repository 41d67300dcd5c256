//! Tokens of the thinking: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "thinking_tokens",
        title: "Thinking tokens",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "How many tokens the model spent on thinking before its solution: the mean over the samples of a \
                   group that have a count. A count that the input reports is taken as it is; without one, the run's \
                   tokenizer counts the thinking text. `samples` says which, in `thinking_tokens_source`.",
        how_to_read: "Fewer tokens in later rounds mean that the model thinks less when it has earlier solutions before \
                      it. Compare with the solution's length: a model can write less and still think as much.",
        misleads: "Counts of different tokenizers are not comparable: compare models only where all counts are reported, \
                   or all counted. Thinking that was cut off at a token limit counts as far as it came, \
                   and samples without a count do not enter, so a mode in which few samples think shows the mean of \
                   those few. Providers that hide the thinking may report tokens for a text that nobody sees.",
        source: "A count: as reported by the sampling model, or by the tokenizer that the run names.",
    },
    measure: Measure::Sample {
        space: "thinking",
        needs: "thinking_tokens",
        value: |sample| sample.thinking_tokens.map(|tokens| tokens.count as f64),
    },
};
