//! What a run found out beyond means: distributions, curves by the number of samples, where solutions lie and how answers move.

use std::sync::Arc;

use super::Cell;

/// How the values of a pair metric are distributed: one bin, a row of `distributions`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct DistributionRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    /// The bin holds `low ≤ value < high`; a bin from 1 to 1 holds what is exactly 1: equal texts, and the like.
    pub low: f64,
    pub high: f64,
    /// Of the pairs of a question, averaged over questions; the shares of a cell's bins add up to 1.
    pub share: f64,
    pub n_questions: usize,
    pub n_pairs: usize,
    /// Quartiles of all pairs of the cell, each question with one vote; the same in all of its rows.
    pub q25: f64,
    pub q50: f64,
    pub q75: f64,
}

/// What a number of sets would be with fewer samples: a row of `rarefaction`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct RarefactionRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    pub n_samples: usize,
    pub value: f64,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n_questions: usize,
}

/// How large the clusters of a group are: a row of `cluster_sizes`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct ClusterSizeRow {
    pub cell: Cell,
    pub space: String,
    /// 1 is the largest cluster of a group.
    pub rank: i64,
    /// Of a group's samples, averaged over a question's groups, then over questions; a group without a cluster of that rank
    /// counts 0, for all of its samples lie in larger ones.
    pub share: f64,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n_questions: usize,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AnswerState {
    /// Judged to be right.
    Correct,
    /// Judged to be wrong.
    Incorrect,
    /// Not judged: the answer that the chain began with.
    First,
    /// Not judged: another answer.
    Other,
    /// There is neither a judgment nor an answer.
    Unknown,
}

impl AnswerState {
    /// All of them, in the order in which figures stack them.
    pub const ALL: [AnswerState; 5] =
        [AnswerState::Correct, AnswerState::Incorrect, AnswerState::First, AnswerState::Other, AnswerState::Unknown];

    /// As tables name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AnswerState::Correct => "correct",
            AnswerState::Incorrect => "incorrect",
            AnswerState::First => "first answer",
            AnswerState::Other => "another answer",
            AnswerState::Unknown => "not known",
        }
    }
}

/// How many answers go where from one round to the next: a row of `answer_flow`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct FlowRow {
    pub cell: Cell,
    /// The earlier round.
    pub round: i64,
    pub from: AnswerState,
    pub to: AnswerState,
    /// Of the chains that have both rounds, averaged over questions; the shares of a round add up to 1.
    pub share: f64,
    pub n_questions: usize,
    pub n_chains: usize,
}

/// Where an answer goes from where it is: a row of `transitions`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct TransitionRow {
    pub cell: Cell,
    pub from: AnswerState,
    pub to: AnswerState,
    /// Of the steps from `from`, averaged over a question's chains, then over questions.
    pub share: f64,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n_questions: usize,
    pub n_steps: usize,
}

/// Where a sample lies on a map of its space: a row of `map`.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPoint {
    /// Position in the run's list of samples.
    pub sample: usize,
    /// What was mapped.
    pub space: Arc<str>,
    /// `pca`: the two main directions within the sample's question, in the space's own unit; `tsne`: t-SNE of all samples
    /// on the map, whose axes have no unit.
    pub method: &'static str,
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Share of the question's variance that the two axes hold; none for t-SNE.
    pub explained: Option<f64>,
}

/// The pair values of one group, for readers who want to see pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct PairSimilarities {
    /// Position among the run's groups.
    pub group: usize,
    /// The metric's name.
    pub metric: &'static str,
    /// What it was measured on.
    pub space: Arc<str>,
    /// In the order of `Group::pairs`; null where a text is missing.
    pub values: Vec<Option<f64>>,
}

/// The cluster of each member of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupClusters {
    /// Position among the run's groups.
    pub group: usize,
    /// The space in which they were made.
    pub space: Arc<str>,
    /// In the order of the members, from 0 in order of first appearance; null for a member without a vector.
    pub labels: Vec<Option<usize>>,
}

/// The questions whose samples a page shows in full, and what is known of them beyond the tables of means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// Positions of their groups among the run's groups, ascending.
    pub groups: Vec<usize>,
    /// Questions that are shown.
    pub n_questions: usize,
    /// Questions of the run.
    pub n_all: usize,
    /// Pair values of the shown groups, by group, then in the order of the metrics.
    pub pairs: Vec<PairSimilarities>,
    /// Clusters of the shown groups.
    pub clusters: Vec<GroupClusters>,
}
