//! `breadth embed`: vectors only, into the cache, or by way of batch files.

use std::path::PathBuf;

use super::progress::Bars;
use super::{CommandResult, default_jobs, interruptible, output};
use crate::config;
use crate::pipeline::{self, Options, PipelineError};

/// Embed what a plan needs and measure nothing; also by OpenAI's batch endpoint, at half the price
///
/// With `--batch-out`, what the cache lacks is written as JSONL for the batch endpoint, and nothing is asked for. With
/// `--batch-in`, its result files (and error files) fill the cache.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth embed pipelines/quickstart.toml\n  breadth embed plan.toml --batch-out requests.jsonl\n  breadth embed plan.toml --batch-in results.jsonl errors.jsonl"
)]
pub(super) struct Arguments {
    /// The plan, a TOML file
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// Write what the cache lacks to this file, for the batch endpoint
    #[arg(long, value_name = "OUT.jsonl", conflicts_with = "batch_in")]
    batch_out: Option<PathBuf>,
    /// Fill the cache from these result files of the batch endpoint
    #[arg(long, value_name = "RESULT.jsonl", num_args = 1..)]
    batch_in: Vec<PathBuf>,
    /// Override a value of the plan, e.g. `limits.max_cost=2`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Use no network
    #[arg(long)]
    offline: bool,
    /// Threads [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Folder for embeddings-cache/
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let interrupt = interruptible()?;
    let plan = config::load(&arguments.plan, &arguments.overrides).map_err(PipelineError::from)?;
    let jobs = arguments.jobs.map_or_else(default_jobs, usize::from);
    let options = Options { out: arguments.out.clone(), jobs, offline: arguments.offline };
    let bars = Bars::new(false);
    let embedding = match &arguments.batch_out {
        Some(target) => pipeline::batch_out(&plan, target, (&options, &bars, &interrupt))?,
        None if !arguments.batch_in.is_empty() => {
            pipeline::batch_in(&plan, &arguments.batch_in, (&options, &bars, &interrupt))?
        }
        None => pipeline::embed(&plan, &options, &bars, &interrupt)?,
    };
    Ok(output::result(&output::printable(&(embedding.lines.join("\n") + "\n")))?)
}
