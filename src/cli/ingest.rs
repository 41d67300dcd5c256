//! `breadth ingest`: any supported format to canonical samples.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use super::progress::Bars;
use super::{ArgumentMistake, CommandResult, interruptible, output};
use crate::config::ExtractPlan;
use crate::ingest::{self, Derive, Instructions};
use crate::pipeline::{self, Conversion, PipelineError};

/// Turn log files of any supported format into canonical samples, as Parquet
///
/// Rows that cannot be used are listed in `OUT.rejects.parquet` beside the output.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth ingest logs/*.jsonl.gz -o samples.parquet --map question_id=task_id")]
pub(super) struct Arguments {
    /// Files, or globs; `-` is standard input
    #[arg(value_name = "FILES", required = true)]
    files: Vec<String>,
    /// The Parquet file to write
    #[arg(short, long, value_name = "OUT.parquet")]
    output: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// The share of rejected rows past which the command fails
    #[arg(long, value_name = "SHARE", default_value_t = 0.01, value_parser = share)]
    max_rejects: f64,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// How files are read.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    /// A format of `breadth list formats` [default: recognized from the content]
    #[arg(long, default_value = "auto", hide_default_value = true)]
    format: String,
    /// Take a canonical field from another column; may be given several times
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    maps: Vec<String>,
    /// The value of a canonical field where a row has none, e.g. `mode=parallel`
    #[arg(long = "default", value_name = "FIELD=VALUE")]
    defaults: Vec<String>,
    /// Where the rows of a document are, e.g. `$.samples[*]`
    #[arg(long, value_name = "PATH")]
    rows: Option<String>,
    /// A column that holds a list with one item per sample; may be given several times
    #[arg(long, value_name = "COLUMN")]
    explode: Vec<String>,
    /// Read a field out of the file's path with a regular expression, e.g. `mode=temp-([0-9.]+)`
    #[arg(long = "derive", value_name = "FIELD=PATTERN")]
    derived: Vec<String>,
}

impl Reading {
    /// The arguments as the reading room takes them.
    pub(super) fn source(&self, base_dir: &Path) -> Result<ingest::Source, Box<dyn Error>> {
        let rule = |(field, pattern)| (field, Derive { from: "path".to_owned(), pattern, value: None });
        let unknown = || PipelineError::UnknownFormat { name: self.format.clone() };
        let source = ingest::Source {
            format: ingest::Format::named(&self.format).ok_or_else(unknown)?,
            defaults: pairs("--default", &self.defaults)?,
            map: pairs("--map", &self.maps)?,
            instructions: Instructions {
                rows: self.rows.clone(),
                explode: self.explode.clone(),
                derive: pairs("--derive", &self.derived)?.into_iter().map(rule).collect(),
                base_dir: base_dir.to_owned(),
                ..Instructions::default()
            },
        };
        source.check().map_err(PipelineError::from)?;
        Ok(source)
    }
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let interrupt = interruptible()?;
    let conversion = Conversion {
        files: arguments.files.clone(),
        source: arguments.reading.source(Path::new("."))?,
        extract: ExtractPlan::default(),
        output: arguments.output.clone(),
        max_rejects: arguments.max_rejects,
    };
    let corpus = pipeline::convert(&conversion, &Bars::new(arguments.quiet), &interrupt)?;
    if !arguments.quiet {
        for note in &corpus.notes {
            output::note(note);
        }
        output::line(&format!(
            "wrote {} to {}; {} rejected",
            counted(corpus.samples.len(), "sample"),
            arguments.output.display(),
            counted(corpus.rejects.len(), "row")
        ));
    }
    Ok(())
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn pairs(option: &str, written: &[String]) -> Result<BTreeMap<String, String>, ArgumentMistake> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok((field.to_owned(), value.to_owned())),
        _ => Err(ArgumentMistake(format!("expected `FIELD=…` in `{option}`, got `{pair}`"))),
    };
    written.iter().map(split).collect()
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|_| format!("expected a number, got `{text}`"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("expected a share between 0 and 1, got {text}")) }
}
