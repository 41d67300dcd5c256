//! `breadth check`: what a run would do, without doing it.

use std::path::PathBuf;

use super::progress::Bars;
use super::{CommandResult, default_jobs, interruptible, output};
use crate::config;
use crate::pipeline::{self, Options, PipelineError};

/// Validate a plan, count its samples and price the run; embeds and writes nothing
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth check pipelines/quickstart.toml")]
pub(super) struct Arguments {
    /// The plan, a TOML file
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// Override a value of the plan, e.g. `inference.level=0.9`; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// The folder whose embeddings-cache/ is looked up
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let interrupt = interruptible()?;
    let plan = config::load(&arguments.plan, &arguments.overrides).map_err(PipelineError::from)?;
    let options = Options { out: arguments.out.clone(), jobs: default_jobs(), offline: true };
    let check = pipeline::check(&plan, &options, &Bars::new(false), &interrupt)?;
    output::result(&output::printable(&(check.lines().join("\n") + "\n")))?;
    check.verdict().map_err(Into::into)
}
