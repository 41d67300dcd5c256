//! Entropy of the tokens: a sample goes in, its mean entropy comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "mean_entropy",
        title: "Mean token entropy",
        unit: "as the input",
        range: "[0, ∞)",
        version: 1,
        measures: "The mean over a sample's tokens of the entropy of the next-token distribution, as the input gives it: the mean over the \
                   samples of a group that have one.",
        how_to_read: "Low: the model was sure of each token. A model that copies what is before it is sure: expect it to fall by round \
                      in chains.",
        misleads: "Bits or nats, all tokens or the best k renormalized: the input decides, and only what one program wrote can be compared. Sure of \
                   its words is not sure of its answer. Long texts have many forced tokens, which pull the mean down.",
        source: "A field of the input; H = −Σ p log p per token, as in inverse-entropy voting (Sharma & Chopra 2025).",
    },
    measure: Measure::Sample {
        space: "response",
        needs: "mean_entropy",
        value: |sample| sample.mean_entropy.filter(|value| value.is_finite()),
    },
};
