//! `breadth run`: the whole pipeline.

use std::path::PathBuf;

use super::progress::Bars;
use super::{CommandResult, default_jobs, interruptible, output};
use crate::config;
use crate::pipeline::{self, Options, Outcome, PipelineError};

/// Run a whole plan: from samples to tables, figures and the report
///
/// What is up to date is not done again. A run that was stopped at any moment continues when the same command is
/// given again, and asks no model for a vector that it already had.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth run pipelines/quickstart.toml --set inference.level=0.9")]
pub(super) struct Arguments {
    /// The plan, a TOML file
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// Override a value of the plan, e.g. `inference.level=0.9`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Use no network
    #[arg(long)]
    offline: bool,
    /// Threads [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Folder for reports/, notebooks-export/ and embeddings-cache/
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let interrupt = interruptible()?;
    let plan = config::load(&arguments.plan, &arguments.overrides).map_err(PipelineError::from)?;
    let jobs = arguments.jobs.map_or_else(default_jobs, usize::from);
    let options = Options { out: arguments.out.clone(), jobs, offline: arguments.offline };
    let outcome = pipeline::run(&plan, &options, &Bars::new(arguments.quiet), &interrupt)?;
    if !arguments.quiet {
        output::line(&closing_summary(&outcome));
    }
    Ok(())
}

fn closing_summary(outcome: &Outcome) -> String {
    outcome.lines().join("\n")
}
