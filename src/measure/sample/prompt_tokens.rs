//! Tokens of the prompt: a sample goes in, a count comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "prompt_tokens",
        title: "Prompt tokens",
        unit: "tokens",
        range: "[0, ∞)",
        version: 1,
        measures: "How many tokens the prompt had, as the input reports it: the mean over the samples of a group that have a count. \
                   Prompts are not part of the samples, so that nothing is counted here.",
        how_to_read: "What the model had to read. It rises by round where earlier solutions are in context.",
        misleads: "Providers count templates, tools and images in different ways, and each with its own tokenizer. Where only some samples \
                   report it, the mean is theirs. See `input_context_tokens` for chains whose prompts are not reported.",
        source: "A count: as reported by the sampling model.",
    },
    measure: Measure::Sample {
        space: "prompt",
        needs: "prompt_tokens",
        value: |sample| sample.prompt_tokens.map(|tokens| tokens.count as f64),
    },
};
