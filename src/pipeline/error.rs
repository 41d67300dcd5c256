//! What can end a run.

use std::path::PathBuf;

use super::CompareError;
use crate::config::ConfigError;
use crate::embed::{EmbedError, dollars};
use crate::ingest::IngestError;
use crate::measure::MeasureError;
use crate::render::RenderError;
use crate::store::StoreError;

/// Why a run ended early. Each stage's error keeps its own words; here only what was being done is added.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// There is no plan to run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An input cannot be opened.
    #[error("failed to {0}")]
    Ingest(#[from] IngestError),
    /// An embedder failed as a whole.
    #[error("failed to embed with `{name}`: {source}{hint}")]
    Embed {
        /// The embedder's name in the plan.
        name: String,
        /// The cause.
        source: Box<EmbedError>,
        /// What is already safe, as a `hint: ` line.
        hint: String,
    },
    /// Something would have to be asked for over the network, and `--offline` forbids it.
    #[error(
        "{n_missing} texts for `{name}` are not in the cache, and `--offline` lets nothing be asked for\nhint: run without `--offline`"
    )]
    Offline {
        /// The embedder's name in the plan.
        name: String,
        /// Texts that the cache does not hold.
        n_missing: usize,
    },
    /// A limit that cannot be kept.
    #[error(
        "`limits.max_cost` cannot be kept: no price is known of the model of `{name}`\nhint: say `price_per_million_tokens` (0 for a server of your own), or leave `max_cost` out"
    )]
    NoPrice {
        /// The embedder's name in the plan.
        name: String,
    },
    /// A file that would be replaced.
    #[error("expected a new file, got `{}`, which is there\nhint: requests that were handed in are worth keeping: give another name", path.display())]
    OutputExists {
        /// The file.
        path: PathBuf,
    },
    /// No embedder of the plan has a batch endpoint.
    #[error("expected an embedder with a batch endpoint, got none\nhint: the provider `openai` has one")]
    NoBatching,
    /// A result file that cannot be read.
    #[error("failed to read `{}`: {source}", path.display())]
    BatchFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line of a result file that is not JSON.
    #[error("failed to read `{}`: line {line}: {source}\nhint: give the files as the batch endpoint made them", path.display())]
    BatchLine {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The plan's limit would be passed.
    #[error(
        "embedding what the cache does not hold would cost {}, more than `limits.max_cost` = {limit} allows; nothing was asked for\nhint: `breadth check` shows the price of each embedder",
        dollars(*cost)
    )]
    TooDear {
        /// US dollars, estimated.
        cost: f64,
        /// The plan's limit.
        limit: f64,
    },
    /// Groups, samples and vectors do not fit together.
    #[error("failed to {0}")]
    Measure(#[from] MeasureError),
    /// Two runs are not of the same things, or their numbers are not the same numbers.
    #[error("failed to {0}")]
    Compare(#[from] CompareError),
    /// The disk said no.
    #[error("failed to {0}")]
    Store(#[from] StoreError),
    /// A figure or the page could not be made.
    #[error("failed to {0}")]
    Render(#[from] RenderError),
    /// A format that no reader has.
    #[error("expected a format of `breadth list formats` in `--format`, got `{name}`")]
    UnknownFormat {
        /// As typed.
        name: String,
    },
    /// An output has the name of an input.
    #[error("expected an output that is none of the inputs, got `{}`", path.display())]
    OverwritesInput {
        /// The file.
        path: PathBuf,
    },
    /// The sources hold not a single usable sample.
    #[error("found no samples in {n_files} file{}{}", if *n_files == 1 { "" } else { "s" }, all_rejected(*n_rejects, first.as_deref(), rejects.as_ref()))]
    NoSamples {
        /// Files read.
        n_files: usize,
        /// Rejected rows.
        n_rejects: usize,
        /// Why the first of them was rejected.
        first: Option<String>,
        /// The `rejects` table, where one was written.
        rejects: Option<PathBuf>,
    },
    /// More rows were rejected than the plan allows.
    #[error(
        "rejected {n_rejects} of {n_rows} rows ({:.1} %), more than `limits.max_rejects` = {limit} allows; the first: {first}{}",
        *n_rejects as f64 / *n_rows as f64 * 100.0,
        listed(table.as_ref())
    )]
    TooManyRejects {
        /// Rejected rows.
        n_rejects: usize,
        /// Rows read.
        n_rows: u64,
        /// The plan's limit.
        limit: f64,
        /// The first reject, with file and row.
        first: String,
        /// Where they are listed, where they are.
        table: Option<PathBuf>,
    },
    /// Ctrl-C.
    #[error("interrupted; nothing is lost{}\nhint: run the same command to continue", kept(*n_finished))]
    Interrupted {
        /// Vectors that this run had put into the cache.
        n_finished: usize,
    },
    /// The thread pool could not be made.
    #[error("failed to start {jobs} threads: {source}")]
    Threads {
        /// How many were asked for.
        jobs: usize,
        /// The cause.
        source: rayon::ThreadPoolBuildError,
    },
}

fn all_rejected(n_rejects: usize, first: Option<&str>, table: Option<&PathBuf>) -> String {
    let first = first.map_or_else(String::new, |first| format!("; the first: {first}"));
    match n_rejects {
        0 => String::new(),
        n => format!(": all {n} rows were rejected{first}{}", listed(table)),
    }
}

fn listed(table: Option<&PathBuf>) -> String {
    table.map_or_else(String::new, |table| {
        format!("\nhint: all of them with their reasons are in `{}`", table.display())
    })
}

fn kept(n_finished: usize) -> String {
    match n_finished {
        0 => String::new(),
        1 => ": 1 finished vector is in the cache".to_owned(),
        n => format!(": {n} finished vectors are in the cache"),
    }
}
