//! The samples that are compared with one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sample;

/// What the samples of a group share. The order of the fields is the order of the key columns and of the rows in every table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the key columns, in their own words")]
pub struct GroupKey {
    pub dataset: String,
    pub domain: String,
    pub model: String,
    pub mode: String,
    pub feedback: Option<String>,
    pub question_id: String,
    /// Null for parallel draws: together they are one group.
    pub chain: Option<i64>,
}

/// Stands between the names of two modes where pairs of one with the other are measured.
pub(super) const ACROSS: &str = " × ";
/// Stands for no feedback beside one.
const NO_FEEDBACK: &str = "–";

impl GroupKey {
    /// The key of pairs across two modes on one question: `parallel × markov`, no chain. Feedback is told for both
    /// where it differs.
    #[must_use]
    pub fn across(&self, other: &GroupKey) -> GroupKey {
        let feedback = if self.feedback == other.feedback {
            self.feedback.clone()
        } else {
            let told = |key: &GroupKey| key.feedback.clone().unwrap_or_else(|| NO_FEEDBACK.to_owned());
            Some(format!("{}{ACROSS}{}", told(self), told(other)))
        };
        GroupKey { mode: format!("{}{ACROSS}{}", self.mode, other.mode), feedback, chain: None, ..self.clone() }
    }
}

/// An unordered pair of a group as positions in [`Group::members`], the earlier round first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Position of the sample with the smaller round (ties: input order).
    pub a: usize,
    /// Position of the other one.
    pub b: usize,
}

/// A group: its key and its members as positions in the run's list of samples, by round, ties in input order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the members share.
    pub key: Arc<GroupKey>,
    /// Positions in the list of samples that the groups were made from.
    pub members: Vec<usize>,
}

impl Group {
    /// All unordered pairs, row by row: (0,1), (0,2), …, (1,2), …
    pub fn pairs(&self) -> impl Iterator<Item = Pair> + use<> {
        pairs(self.members.len())
    }

    /// How many pairs there are: n (n − 1) / 2.
    #[must_use]
    pub fn n_pairs(&self) -> usize {
        self.members.len() * self.members.len().saturating_sub(1) / 2
    }
}

fn pairs(n: usize) -> impl Iterator<Item = Pair> {
    (0..n).flat_map(move |a| (a + 1..n).map(move |b| Pair { a, b }))
}

/// Puts samples together by key. Groups come in the order of their keys, members by round and then in input order.
#[must_use]
pub fn group_samples(samples: &[Sample]) -> Vec<Group> {
    let mut by_key: BTreeMap<&Arc<GroupKey>, Vec<usize>> = BTreeMap::new();
    for (position, sample) in samples.iter().enumerate() {
        by_key.entry(&sample.key).or_default().push(position);
    }
    by_key
        .into_iter()
        .map(|(key, mut members)| {
            // A stable sort keeps input order among equal rounds.
            members.sort_by_key(|&position| samples[position].round);
            Group { key: Arc::clone(key), members }
        })
        .collect()
}
