//! Reward: a sample goes in, its reward comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "reward",
        title: "Reward",
        unit: "as the input",
        range: "(−∞, ∞)",
        version: 1,
        measures: "The reward of a sample as the input gives it: the mean over the samples of a group that have one.",
        how_to_read: "Higher is better, on the scale of whatever gave it. Its maximum (`reward.max`) is what best-of-n would pick.",
        misleads: "Scales of different reward models cannot be compared, and a reward model has preferences (length, wording) that are no \
                   quality. Where only some samples have one, the mean is theirs.",
        source: "A field of the input.",
    },
    measure: Measure::Sample {
        space: "text",
        needs: "reward",
        value: |sample| sample.reward.filter(|value| value.is_finite()),
    },
};
