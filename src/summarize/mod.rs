//! Measurement → Estimate: by question, with intervals and paired contrasts.
//!
//! Comes in: numbers about groups. Goes out: rows of `summary`, `intervals`, `contrasts`, `rounds`, `lags`,
//! `lengths`, `associations`, `distributions`, `rarefaction`, `cluster_sizes`, `answer_flow`, `transitions`, and what the figures draw.
//! One question, one vote: a number per group, the mean over a question's groups, the mean over questions; intervals
//! and tests resample questions, never pairs or samples.

mod answers;
mod associations;
mod contrasts;
mod distributions;
mod hierarchical;
mod intervals;
mod lags;
mod lengths;
mod null_band;
mod panel;
mod rounds;
mod sensitivity;
mod sets;
mod statistics;
mod summary;

pub use answers::AnswerSteps;
pub use associations::Associations;
pub use contrasts::{By, Contrast, contrasts, without_contrasts};
pub use distributions::Distributions;
pub use intervals::Method;
pub use lengths::lengths;
pub use panel::Collector;
pub use rounds::{PairTally, rounds};
pub use sensitivity::{Alternatives, sensitivity};
pub use sets::{cluster_sizes, rarefaction};
pub use statistics::STATISTICS;
pub use summary::summary;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod made;

/// Metrics of which all pairs are kept: they get null bands by lag, hierarchical intervals and the sensitivity panel. The
/// pairs of every metric would take as much memory as the table `pairs`.
pub const HEADLINES: [&str; 2] = ["cosine", "levenshtein_similarity"];

/// How intervals and tests are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Of intervals, strictly between 0 and 1.
    pub level: f64,
    /// Bootstrap resamples, and random sign flips where there are too many to list.
    pub resamples: usize,
    /// Root of every random stream.
    pub seed: u64,
    /// Which intervals stand in `summary`, `rounds` and `lags`.
    pub interval: Method,
    /// Which intervals stand in `contrasts`: differences are symmetric where chance decides which mode is which.
    pub contrast_interval: Method,
    /// The chance with which a minimum detectable effect is detected.
    pub power: f64,
}

impl Settings {
    /// What a plan that says nothing gets. 10 000 resamples: Miller 2024 and the contract; a power of 0.8: Cohen 1988.
    pub const DEFAULT: Settings = Settings {
        level: 0.95,
        resamples: 10_000,
        seed: 7,
        interval: Method::BcaExpanded,
        contrast_interval: Method::T,
        power: 0.8,
    };
}
