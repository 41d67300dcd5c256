//! Log-probability of the tokens: a sample goes in, its mean comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "mean_logprob",
        title: "Mean token log-probability",
        unit: "as the input",
        range: "(−∞, 0]",
        version: 1,
        measures: "The mean over a sample's tokens of the log-probability of the token that was drawn, as the input gives it: the mean over the \
                   samples of a group that have one.",
        how_to_read: "Near 0: the model drew what it thought likely. e^(−value) is the perplexity when logarithms are natural.",
        misleads: "Before or after temperature, with or without the thinking: the input decides. Repetition is likely text, so that chains that repeat \
                   themselves look sure. A mean hides one very unlikely token among a thousand.",
        source: "A field of the input; length-normalized log-likelihood.",
    },
    measure: Measure::Sample {
        space: "response",
        needs: "mean_logprob",
        value: |sample| sample.mean_logprob.filter(|value| value.is_finite()),
    },
};
