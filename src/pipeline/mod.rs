//! The one place that knows the order: ingest → extract → embed → measure → summarize → render, with `store` at hand.
//!
//! Comes in: a plan. Goes out: a run folder, and an [`Outcome`] that says what happened. Nothing here prints; what a
//! user should hear while it works goes through [`Progress`].

mod check;
mod compare;
mod converting;
mod embedding;
mod error;
mod explaining;
mod exploring;
mod lengths;
mod levels;
mod measuring;
mod progress;
mod reading;
mod record;
mod rendering;
mod run;
mod spaces;

pub use check::{Check, SpaceCheck, check};
pub use compare::{CompareError, Wishes, compare};
pub use converting::{Conversion, convert};
pub use embedding::{Embedding, batch_in, batch_out, embed};
pub use error::PipelineError;
pub use explaining::{Answered, Explained, Question, Tried, explain};
pub use progress::{Interrupt, Progress, Silent, Step};
pub use reading::{Corpus, FileCount, read_all};
pub use run::{Outcome, SpaceCount, run};
pub use spaces::Taken;

use std::path::PathBuf;

/// What a run is told besides its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder that `reports/`, `notebooks-export/` and `embeddings-cache/` go to.
    pub out: PathBuf,
    /// Threads.
    pub jobs: usize,
    /// Nothing may be fetched from the network.
    pub offline: bool,
}
