//! The command line: arguments in, results on stdout, everything else on stderr, an exit code at the end.
//!
//! One file per command. This is the only room that prints.

mod cache;
mod check;
mod compare;
mod doctor;
mod embed;
mod exit;
mod extract;
mod ingest;
mod list;
mod models;
mod output;
mod progress;
mod report;
mod run;
mod table;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::embed::EmbedError;
use crate::hub;
use crate::ingest::IngestError;
use crate::pipeline::{Interrupt, PipelineError};
use crate::store::StoreError;

/// How widely does a reasoning model explore?
///
/// `breadth` reads solutions sampled under different sampling modes and says how alike the solutions to a question
/// are in each mode, with intervals and tests.
#[derive(Debug, Parser)]
#[command(name = "breadth", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Embed(embed::Arguments),
    Table(table::Arguments),
    Report(report::Arguments),
    Compare(compare::Arguments),
    Ingest(ingest::Arguments),
    Extract(extract::Arguments),
    List(list::Arguments),
    Cache(cache::Arguments),
    Models(models::Arguments),
    Doctor(doctor::Arguments),
}

/// What a command can end with.
type CommandResult = Result<(), Box<dyn Error>>;

/// A mistake in the arguments that `clap` cannot know.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct ArgumentMistake(String);

/// Parses the arguments, runs the command, prints its error chain once.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` arrive here too; they go to stdout and are no mistake.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::MISTAKE } else { exit::DONE });
        }
    };
    match dispatch(arguments.command) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) => {
            let error = in_words(error);
            output::error(error.as_ref());
            ExitCode::from(exit_code(error.as_ref()))
        }
    }
}

fn dispatch(command: Command) -> CommandResult {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Embed(arguments) => embed::run(&arguments),
        Command::Table(arguments) => table::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Ingest(arguments) => ingest::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Cache(arguments) => cache::run(&arguments),
        Command::Models(arguments) => models::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
    }
}

/// What the disk said to a command that has no pipeline gets the same words as in a run: *failed to …*.
fn in_words(error: Box<dyn Error>) -> Box<dyn Error> {
    match error.downcast::<StoreError>() {
        Ok(error) => Box::new(PipelineError::from(*error)),
        Err(error) => error,
    }
}

fn exit_code(error: &(dyn Error + 'static)) -> u8 {
    if error.is::<ArgumentMistake>() {
        return exit::MISTAKE;
    }
    if let Some(models::Failed { source }) = error.downcast_ref() {
        return match source.kind() {
            hub::Kind::Mistake => exit::MISTAKE,
            hub::Kind::Unavailable => exit::UNAVAILABLE,
            hub::Kind::Unexpected => exit::UNEXPECTED,
        };
    }
    match error.downcast_ref::<PipelineError>() {
        Some(
            PipelineError::Config(_)
            | PipelineError::Compare(_)
            | PipelineError::UnknownFormat { .. }
            | PipelineError::OverwritesInput { .. }
            | PipelineError::Store(StoreError::NotARun { .. })
            | PipelineError::Ingest(
                IngestError::NoMatch { .. }
                | IngestError::Pattern { .. }
                | IngestError::UnknownField { .. }
                | IngestError::DefaultNotText { .. }
                | IngestError::Mapping { .. },
            )
            | PipelineError::NoSamples { n_rejects: 0, .. }
            // The plan's own limit; its way out is another limit.
            | PipelineError::TooDear { .. }
            | PipelineError::NoBatching
            | PipelineError::NoPrice { .. }
            | PipelineError::OutputExists { .. }
            | PipelineError::BatchLine { .. }
            | PipelineError::BatchFile { .. }
        ) => exit::MISTAKE,
        Some(PipelineError::Embed { source, .. }) if matches!(**source, EmbedError::Budget { .. }) => exit::MISTAKE,
        Some(PipelineError::TooManyRejects { .. } | PipelineError::NoSamples { .. }) => exit::TOO_MANY_REJECTS,
        Some(PipelineError::Embed { .. } | PipelineError::Offline { .. }) => exit::UNAVAILABLE,
        Some(PipelineError::Interrupted { .. }) => exit::INTERRUPTED,
        _ => exit::UNEXPECTED,
    }
}

/// How many threads to use where `--jobs` is not given.
fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The first Ctrl-C asks the run to stop at the next safe place; the second ends the process at once, which is safe
/// too: no file appears under its name before it is complete.
fn interruptible() -> Result<Arc<Interrupt>, ctrlc::Error> {
    let interrupt = Arc::new(Interrupt::default());
    let handle = Arc::clone(&interrupt);
    ctrlc::set_handler(move || {
        if handle.is_set() {
            #[expect(clippy::disallowed_methods, reason = "asked for twice: leave now, destructors or not")]
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
        output::line("\nstopping at the next safe place; Ctrl-C again to leave at once");
        handle.set();
    })?;
    Ok(interrupt)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_ends_its_help_with_an_example() {
        for command in Arguments::command().get_subcommands_mut() {
            let name = command.get_name().to_owned();
            let help = command.render_long_help().to_string();
            let example = help.rfind("Example").unwrap_or_else(|| panic!("`{name}` has no example"));
            assert!(help[example..].contains(&format!("breadth {name}")), "`{name}`: {}", &help[example..]);
            assert!(!help[example..].contains("Options:"), "`{name}`: the example comes last");
        }
    }
}
