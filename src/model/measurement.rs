//! Numbers about one group, before anything is averaged over questions.

use std::fmt;
use std::sync::Arc;

use super::{GroupKey, Pair};

/// Why a number does not exist. Missing is never zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Missing {
    /// A pair metric needs two samples.
    FewerThanTwoSamples,
    /// No sample has the value; the name of the field.
    NoValue(&'static str),
    /// Fewer samples have what is measured than it takes: how many it takes, and what they must have.
    FewerThan(usize, &'static str),
    /// Fewer correct samples have what is measured than it takes: how many it takes, and what they must have.
    FewerCorrect(usize, &'static str),
    /// The definition gives no number here; why, as a fragment.
    Undefined(&'static str),
    /// What a finished run says.
    Recorded(Arc<str>),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::FewerThanTwoSamples => write!(f, "fewer than 2 samples"),
            Missing::NoValue(name) => write!(f, "no sample with {name}"),
            Missing::FewerThan(least, name) => write!(f, "fewer than {least} samples with {name}"),
            Missing::FewerCorrect(1, name) => write!(f, "no correct sample with {name}"),
            Missing::FewerCorrect(least, name) => write!(f, "fewer than {least} correct samples with {name}"),
            Missing::Undefined(why) => f.write_str(why),
            Missing::Recorded(why) => f.write_str(why),
        }
    }
}

/// One number about one group: a row of `groups`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The group.
    pub key: Arc<GroupKey>,
    /// The metric's name, with what else was asked of it; see [`Variant`](super::Variant).
    pub metric: Arc<str>,
    /// What it was measured on.
    pub space: Arc<str>,
    /// Samples that entered.
    pub n_samples: usize,
    /// Pairs that entered; null for metrics of single samples.
    pub n_pairs: Option<usize>,
    /// The group's value, or why there is none.
    pub value: Result<f64, Missing>,
    /// How far the value would move with other samples for the same question: standard error over independent draws. None
    /// for chains, whose rounds depend on each other, and for numbers of sets.
    pub std_error: Option<f64>,
}

/// The mean over one round of one group: what `rounds` is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundMeasurement {
    /// The group.
    pub key: Arc<GroupKey>,
    /// From 0.
    pub round: i64,
    /// The metric's name.
    pub metric: Arc<str>,
    /// What it was measured on.
    pub space: Arc<str>,
    /// The round's value.
    pub value: f64,
}

/// The values of one pair metric over the pairs of a group, in the order of `Group::pairs`; null where a text is missing.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named by type")]
pub enum PairValues {
    Float(Vec<Option<f64>>),
    Integer(Vec<Option<i64>>),
    Boolean(Vec<Option<bool>>),
}

impl PairValues {
    /// The value of one pair as a number; a boolean counts 0 or 1.
    #[must_use]
    pub fn number(&self, pair: usize) -> Option<f64> {
        match self {
            PairValues::Float(values) => values.get(pair).copied().flatten(),
            PairValues::Integer(values) => values.get(pair).copied().flatten().map(|v| v as f64),
            PairValues::Boolean(values) => values.get(pair).copied().flatten().map(|v| f64::from(u8::from(v))),
        }
    }
}

/// One column of `pairs` for one group.
#[derive(Debug, Clone, PartialEq)]
pub struct PairColumn {
    /// The metric's name.
    pub metric: &'static str,
    /// What it was measured on.
    pub space: Arc<str>,
    /// The values, pair by pair.
    pub values: PairValues,
}

/// A member's place in a lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Position among the group's members.
    pub member: usize,
    /// Steps that were made from the lineage's first member to this one; absent rounds count.
    pub steps: i64,
}

/// All pair values of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct PairTable {
    /// The group.
    pub key: Arc<GroupKey>,
    /// The pairs, as positions among the group's members.
    pub pairs: Vec<Pair>,
    /// The columns, in the order in which the metrics were asked for.
    pub columns: Vec<PairColumn>,
    /// Who saw whom, from first to last; none for draws that saw no other.
    pub lineages: Vec<Vec<Place>>,
}
