//! Majority gain: the answers of a set and whether they are right go in, what voting adds comes out.

use crate::measure::judged;
use crate::measure::{Compares, Measure, MeasureError, Metric, Rarefied, Subset};
use crate::model::Card;

pub(in crate::measure) static METRIC: Metric = Metric {
    card: Card {
        name: "majority_gain",
        title: "Gain of the majority vote",
        unit: "accuracy",
        range: "(-1, 1)",
        version: 2,
        measures: "How much more often the most frequent answer is right than a single sample: the probability that the \
                   plurality vote over the extracted answers is right, less the share of correct samples. Answers that tie at the \
                   top are equally likely to be taken; samples without an answer count as wrong or right as they are \
                   judged, but vote for none; an answer is right if its samples are (marked differently, with the share \
                   of them that are). Samples that are not judged take no part. `@k`: its mean over subsets of k.",
        how_to_read: "Above 0: errors scatter and the vote drowns them. 0: all agree, or nobody is right. Below 0: one wrong \
                      answer is the favorite. The accuracy of the vote is `majority_gain` + `correct`.",
        misleads: "It cannot exceed 1 − `correct`, so that an accurate model gains little; and it grows with n, \
                   compare modes at one `@k`. Answers are the same when their classes are: what those do not see splits the \
                   vote. In chains it is the vote over all rounds, which are no independent voters.",
        source: "Wang et al. 2023, Self-Consistency (ICLR); ties shared, no voters for unparsed answers.",
    },
    measure: Measure::Set {
        compares: Compares::Judged,
        lacks: "no judged sample with an answer",
        at_least: 2,
        value,
        rarefied: Rarefied::Subsets,
    },
};

#[expect(clippy::unnecessary_wraps, reason = "the registry's signature")]
fn value(set: &Subset<'_, '_>) -> Result<Option<f64>, MeasureError> {
    Ok(set.is_voted_on().then(|| judged::majority_gain(set)))
}
