//! From groups to numbers: a [`Group`](crate::model::Group) with its samples and vectors goes in, values of pairs, of the group and
//! of its rounds come out. Nothing here averages over questions, reads or writes.
//!
//! To add a metric: one file in `sample/`, `pair/`, `group/` or `chain/` named as the user types it, its `mod` line beside
//! the others, and one entry in [`METRICS`]. Lists, column docs and the report's glossary follow from its [`Card`].

mod across;
mod asked;
mod baseline;
mod chain;
mod context;
mod everything;
mod geometry;
mod group;
mod judged;
mod lineage;
mod map;
mod pair;
mod program;
mod sample;
mod subset;
mod view;
mod words;

pub use across::measure_across;
pub use asked::{Asked, Unknown, Variations, ask};
pub use baseline::Baselines;
pub use context::{LENGTHS, Length};
pub use everything::{GroupResult, measure_and_cluster, measure_group};
pub use geometry::{Clusters, Labels};
pub use lineage::Lineage;
pub use map::map;
pub use program::Programs;
pub use subset::{Rarefied, Subset};
pub use view::{Inputs, Texts, View};

use crate::kernels::KernelError;
use crate::model::{Card, Level, PairColumn, Sample, Selection};

/// Cosine distance up to which solutions count as the same in clusters, where the plan says nothing else.
///
/// With the built-in model, solutions to one question that differ in wording alone lie below it, and solutions that go another
/// way above; other embedders need another one (`[measure] cluster_distance`).
pub const CLUSTER_DISTANCE: f64 = 0.1;

/// The languages whose programs this build can take apart, as a plan names them.
pub const LANGUAGES: &[&str] = &[
    "python",
    #[cfg(feature = "grammars")]
    "cpp",
    #[cfg(feature = "grammars")]
    "go",
    #[cfg(feature = "grammars")]
    "java",
    #[cfg(feature = "grammars")]
    "javascript",
    #[cfg(feature = "grammars")]
    "rust",
];

/// All metrics, in the order in which lists show them.
pub static METRICS: &[&Metric] = &[
    &pair::cosine::METRIC,
    &pair::levenshtein::METRIC,
    &pair::levenshtein_similarity::METRIC,
    &pair::indel_similarity::METRIC,
    &pair::levenshtein_score_ratio::METRIC,
    &pair::token_levenshtein_similarity::METRIC,
    &pair::jaccard_words::METRIC,
    &pair::jaccard_word_3grams::METRIC,
    &pair::jaccard_char_4grams::METRIC,
    &pair::rouge_l::METRIC,
    &pair::bleu::METRIC,
    &pair::ncd::METRIC,
    &pair::near_verbatim::METRIC,
    &pair::verbatim::METRIC,
    &pair::verbatim_whitespace::METRIC,
    &pair::verbatim_code::METRIC,
    &pair::verbatim_renamed::METRIC,
    &pair::ast_match::METRIC,
    &pair::codebleu::METRIC,
    &pair::same_answer::METRIC,
    &group::cosine_corrected::METRIC,
    &group::remote_clique::METRIC,
    &group::chamfer::METRIC,
    &group::vendi_half::METRIC,
    &group::vendi::METRIC,
    &group::vendi_2::METRIC,
    &group::vendi_inf::METRIC,
    &group::clusters_complete::METRIC,
    &group::clusters_dbscan::METRIC,
    &group::cluster_largest::METRIC,
    &group::cluster_entropy::METRIC,
    &group::distinct_clusters::METRIC,
    &group::answers::METRIC,
    &group::answer_entropy::METRIC,
    &group::answer_entropy_mm::METRIC,
    &group::effective_answers::METRIC,
    &group::answer_hill_2::METRIC,
    &group::coverage::METRIC,
    &group::majority_gain::METRIC,
    &group::diversity_coverage_rho::METRIC,
    &group::diversity_majority_rho::METRIC,
    &group::distinct_1::METRIC,
    &group::distinct_2::METRIC,
    &group::distinct_3::METRIC,
    &group::ngram_diversity::METRIC,
    &group::ead::METRIC,
    &group::ttr::METRIC,
    &group::mattr::METRIC,
    &group::self_bleu::METRIC,
    &group::self_repetition::METRIC,
    &group::homogenization_rouge_l::METRIC,
    &group::compression_ratio::METRIC,
    &group::relative_compression_ratio::METRIC,
    &chain::novelty::METRIC,
    &chain::step_change::METRIC,
    &chain::step_change_cosine::METRIC,
    &chain::drift::METRIC,
    &chain::repeat::METRIC,
    &chain::first_repeat_round::METRIC,
    &chain::cycle_length::METRIC,
    &chain::fixed_point_round::METRIC,
    &chain::decay_rate::METRIC,
    &chain::decay_floor::METRIC,
    &chain::answer_changed::METRIC,
    &chain::answer_novelty::METRIC,
    &chain::n_answers::METRIC,
    &chain::incorrect_to_correct::METRIC,
    &chain::correct_to_incorrect::METRIC,
    &chain::accuracy_gain::METRIC,
    &chain::thinking_ratio::METRIC,
    &chain::laziness_slope::METRIC,
    &chain::input_context_tokens::METRIC,
    &chain::total_context_tokens::METRIC,
    &sample::thinking_tokens::METRIC,
    &sample::solution_tokens::METRIC,
    &sample::thinking_chars::METRIC,
    &sample::solution_chars::METRIC,
    &sample::prompt_tokens::METRIC,
    &sample::total_tokens::METRIC,
    &sample::thinking_words::METRIC,
    &sample::solution_words::METRIC,
    &sample::correct::METRIC,
    &sample::reward::METRIC,
    &sample::mean_entropy::METRIC,
    &sample::mean_logprob::METRIC,
];

/// What a plan that names no metrics gets.
pub const DEFAULT_METRICS: &[&str] = &[
    "cosine",
    "levenshtein_similarity",
    "indel_similarity",
    "verbatim",
    "verbatim_whitespace",
    "same_answer",
    "near_verbatim",
    "rouge_l",
    "ncd",
    "cosine_corrected",
    "vendi",
    "clusters_complete",
    "distinct_2",
    "self_bleu",
    "effective_answers",
    "novelty",
    "repeat",
    "step_change",
    "thinking_tokens",
    "solution_tokens",
    "thinking_chars",
    "solution_chars",
    "coverage",
    "majority_gain",
];

/// The metric of that name.
#[must_use]
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().copied().find(|metric| metric.card.name == name)
}

/// A published number: what it means and how it is computed.
#[derive(Debug)]
pub struct Metric {
    /// What it means.
    pub card: Card,
    /// How it is computed.
    pub measure: Measure,
}

impl Metric {
    /// Whether it is measured on samples or on pairs.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.measure {
            Measure::Sample { .. } => Level::Sample,
            Measure::Pair { .. } => Level::Pair,
            Measure::Set { .. } | Measure::Draws { .. } => Level::Group,
            Measure::Step { .. } | Measure::Chain { .. } => Level::Chain,
        }
    }
}

/// How a metric is computed. Means over samples, pairs and rounds are taken in one place for all metrics.
#[derive(Debug)]
pub enum Measure {
    /// A number for each sample.
    Sample {
        /// The space that tables show.
        space: &'static str,
        /// What a sample must have, as the reason for a missing value says it.
        needs: &'static str,
        /// The sample's value; `None` when it has none.
        value: fn(&Sample) -> Option<f64>,
    },
    /// A number for each pair.
    Pair {
        /// What a pair is compared by.
        compares: Compares,
        /// What a column of it holds.
        values: ValueKind,
        /// The metric's columns, one for each space. It may add columns of other metrics that it had to compute anyway.
        columns: fn(&View<'_>) -> Result<Vec<PairColumn>, MeasureError>,
    },
    /// A number for a set of samples. Any part of a group goes through the same door, so that correct samples alone
    /// and smaller sets come by themselves.
    Set {
        /// What the samples are compared by; those that do not have it do not enter.
        compares: Compares,
        /// Why a set has none although its samples are enough, as a fragment.
        lacks: &'static str,
        /// Fewest samples that have a value.
        at_least: usize,
        /// The value; called with at least that many samples.
        value: fn(&Subset<'_, '_>) -> Result<Option<f64>, MeasureError>,
        /// Its expectation for fewer samples.
        rarefied: Rarefied,
    },
    /// A number for draws that saw nothing of one another, all of them together. Where samples saw others, there is none.
    Draws {
        /// What the draws are compared by; those that do not have it do not enter.
        compares: Compares,
        /// Fewest draws that have a value.
        at_least: usize,
        /// The value, or why there is none, as a fragment; called with at least that many draws.
        value: fn(&Subset<'_, '_>) -> Result<Result<f64, &'static str>, MeasureError>,
    },
    /// A number for each round of a chain.
    Step {
        /// What the rounds are compared by.
        compares: Compares,
        /// Why a chain has none, as a fragment.
        lacks: &'static str,
        /// One for each member of the lineage; `None` where a round has none.
        values: fn(&Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError>,
    },
    /// A number for a whole chain.
    Chain {
        /// What the rounds are compared by.
        compares: Compares,
        /// Why a chain has none, as a fragment.
        lacks: &'static str,
        /// The value.
        value: fn(&Lineage<'_, '_>) -> Result<Option<f64>, MeasureError>,
    },
}

/// The type of a pair metric's column; which variant of [`PairValues`](crate::model::PairValues) it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A number.
    Float,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
}

/// What a metric looks at in the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compares {
    /// The text that the plan's `[measure] text` selects.
    Text,
    /// The extracted answers.
    Answers,
    /// The vectors of each embedder.
    Vectors,
    /// The programs, see [`View::code`].
    Code,
    /// Whether samples are right.
    Judged,
    /// The vectors of each embedder, of samples that are judged.
    JudgedVectors,
    /// Something else that every sample may have.
    Field {
        /// The space that tables show.
        space: &'static str,
        /// What a sample must have, as the reason for a missing value says it.
        needs: &'static str,
    },
}

impl Compares {
    /// What a sample must have, as the reason for a missing value says it.
    fn needs(self, text: Selection) -> &'static str {
        match self {
            Compares::Text => text.name(),
            Compares::Answers => "answer",
            Compares::Vectors => "a vector",
            Compares::Code => "code",
            Compares::Judged => "correct",
            Compares::JudgedVectors => "a vector and correct",
            Compares::Field { needs, .. } => needs,
        }
    }
}

/// Inputs of [`measure_group`] that do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// Vectors of another list of samples.
    #[error("measure in space `{space}`: expected a vector or null for each of {expected} samples, got {got}")]
    WrongSampleCount {
        /// The embedder's name.
        space: String,
        /// Samples of the run.
        expected: usize,
        /// Entries of `row_of`.
        got: usize,
    },
    /// A sample points to a row that is not there, or the rows do not lie one after the other.
    #[error("measure in space `{space}`: expected sample {sample} at row {row} of a row-major matrix of {rows} rows")]
    NoSuchRow {
        /// The embedder's name.
        space: String,
        /// Position of the sample in the run.
        sample: usize,
        /// Where it is said to be.
        row: u32,
        /// Rows of the matrix.
        rows: usize,
    },
    /// A group of another list of samples.
    #[error("measure question `{question}`: expected members below {expected}, got {got}")]
    NoSuchSample {
        /// The group's question.
        question: String,
        /// Samples of the run.
        expected: usize,
        /// The member's position.
        got: usize,
    },
    /// An embedder that the run does not have.
    #[error("measure in a space: expected one of {expected} embedders, got number {got}")]
    NoSuchEmbedder {
        /// Embedders of the run.
        expected: usize,
        /// From 0.
        got: usize,
    },
    /// The arithmetic refused.
    #[error("measure")]
    Kernel(#[from] KernelError),
}

#[cfg(test)]
mod tests;
