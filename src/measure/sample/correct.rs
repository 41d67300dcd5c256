//! Correctness: a sample goes in, 1 or 0 comes out.

use crate::measure::{Measure, Metric};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "correct",
        title: "Correct samples",
        unit: "share of samples",
        range: "[0, 1]",
        version: 1,
        measures: "The share of samples of a group that are correct, as the input says it, over the samples that are judged; the mean over \
                   questions is pass@1. Nothing is judged here.",
        how_to_read: "Diversity is worth having where accuracy is not paid for it: read the similarities beside this. By round: whether going on \
                      helps.",
        misleads: "Samples that are not judged do not enter: if those are the ones that broke off, the share is too high. For chains it is the mean \
                   over rounds, not the last round's accuracy (`rounds` has that, `accuracy_gain` the difference).",
        source: "pass@1 (Chen et al. 2021).",
    },
    measure: Measure::Sample {
        space: "answer",
        needs: "correct",
        value: |sample| sample.correct.map(|correct| f64::from(u8::from(correct))),
    },
};
