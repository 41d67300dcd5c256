//! `breadth table`: the similarity table of a finished run, as the founding paper lays it out.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{ArgumentMistake, CommandResult, output};
use crate::measure::Asked;
use crate::render::table::{Against, TableFormat, TableRequest, table};
use crate::store::frames::{Summary, read_contrasts, read_sensitivity};

/// Print the similarity table of a run: domains × models down, spaces × modes across
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth table reports/quickstart --against paper")]
pub(super) struct Arguments {
    /// The folder of a finished run, e.g. `reports/quickstart`
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// The metric to show
    #[arg(long, default_value = "cosine")]
    metric: String,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// `paper` for the founding paper's Table 2, or the folder of another run, printed beside
    #[arg(long, value_name = "paper|RUN_DIR")]
    against: Option<String>,
    /// Columns to fill with text [default: those of the terminal]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Text,
    Markdown,
    Latex,
    Csv,
    Json,
}

impl From<Format> for TableFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => TableFormat::Text,
            Format::Markdown => TableFormat::Markdown,
            Format::Latex => TableFormat::Latex,
            Format::Csv => TableFormat::Csv,
            Format::Json => TableFormat::Json,
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let summary = Summary::open(&arguments.run)?;
    let known = summary.metrics()?;
    if !known.contains(&arguments.metric) {
        return Err(unknown(arguments, &known).into());
    }
    let rows = summary.of_metric(&arguments.metric)?.rows()?;
    let contrasts = read_contrasts(&arguments.run)?;
    let sensitivity = read_sensitivity(&arguments.run)?;
    let name = folder_name(&arguments.run);
    let other = match arguments.against.as_deref() {
        None | Some("paper") => None,
        Some(folder) => {
            let folder = Path::new(folder);
            Some((folder_name(folder), Summary::open(folder)?.of_metric(&arguments.metric)?.rows()?))
        }
    };
    let against = match (&other, arguments.against.as_deref()) {
        (Some((name, summary)), _) => Against::Run { name, summary },
        (None, Some(_)) => Against::Paper,
        (None, None) => Against::Nothing,
    };
    let asked = Asked::parse(&arguments.metric).ok();
    let request = TableRequest {
        run: &name,
        summary: &rows,
        contrasts: &contrasts,
        sensitivity: &sensitivity,
        metric: &arguments.metric,
        card: asked.as_ref().map(Asked::card),
        level: asked.as_ref().map(|asked| asked.metric.level()),
        against,
        format: arguments.format.into(),
        width: arguments.width.map_or_else(output::width, usize::from),
    };
    Ok(output::result(&table(&request)?)?)
}

/// The nearest name first; a run may have hundreds.
fn unknown(arguments: &Arguments, known: &[String]) -> ArgumentMistake {
    const SHOWN: usize = 12;
    let mut near: Vec<&String> = known.iter().collect();
    near.sort_by(|a, b| {
        let likeness = |name: &str| strsim::jaro_winkler(name, &arguments.metric);
        likeness(b).total_cmp(&likeness(a))
    });
    let names: Vec<String> = near.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let rest = known.len().saturating_sub(SHOWN);
    let rest = if rest > 0 { format!(" and {rest} more (`summary.metric` has all)") } else { String::new() };
    let (run, metric) = (arguments.run.display(), &arguments.metric);
    ArgumentMistake(format!(
        "expected a metric of `{run}` in `--metric`, got `{metric}`\nhint: it has {}{rest}",
        names.join(", ")
    ))
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| folder.display().to_string())
}
