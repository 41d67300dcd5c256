//! Measurement → Estimate: by question, with intervals and paired contrasts.
//!
//! Comes in: numbers about groups. Goes out: rows of `summary`, `contrasts`, `rounds`, `lags`, `lengths`, `associations`, and what the figures draw.
//! One question, one vote: a number per group, the mean over a question's groups, the mean over questions; intervals
//! and tests resample questions, never pairs or samples.

mod associations;
mod bootstrap;
mod contrasts;
mod lags;
mod lengths;
mod null_band;
mod panel;
mod rounds;
mod sign_flip;
mod statistics;
mod summary;

pub use associations::Associations;
pub use contrasts::contrasts;
pub use lengths::lengths;
pub use panel::Collector;
pub use rounds::{PairTally, rounds};
pub use statistics::STATISTICS;
pub use summary::summary;

/// How intervals and tests are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Of intervals, strictly between 0 and 1.
    pub level: f64,
    /// Bootstrap resamples, and random sign flips where there are too many to list.
    pub resamples: usize,
    /// Root of every random stream.
    pub seed: u64,
}
