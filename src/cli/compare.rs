//! `breadth compare`: what moved between two finished runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::table::Format;
use super::{ArgumentMistake, CommandResult, output};
use crate::measure::Asked;
use crate::model::Card;
use crate::pipeline::{Wishes, compare};
use crate::render::compare::{CompareRequest, compare as written};

/// Compare two runs: what moved from one to the other, with intervals and tests
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth compare reports/gpt-4o reports/o3 --metric cosine")]
pub(super) struct Arguments {
    /// The folder of the finished run to start from, e.g. `reports/quickstart`
    #[arg(value_name = "RUN_A")]
    a: PathBuf,
    /// The folder of the finished run to arrive at: differences are B minus A
    #[arg(value_name = "RUN_B")]
    b: PathBuf,
    /// Only this metric; may be given several times [default: all that both runs have]
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show everything, not only the headline metric and what clearly moved (CSV and JSON always hold everything)
    #[arg(long)]
    all: bool,
    /// Of the intervals, between 0 and 1 [default: that of run A]
    #[arg(long, value_name = "SHARE")]
    level: Option<f64>,
    /// Bootstrap resamples and random sign flips [default: those of run A]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    resamples: Option<u32>,
    /// Columns to fill with text [default: those of the terminal]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    if let Some(level) = arguments.level {
        check_level(level)?;
    }
    let wishes = Wishes {
        metrics: arguments.metric.clone(),
        level: arguments.level,
        resamples: arguments.resamples.and_then(|n| usize::try_from(n).ok()),
    };
    let comparison = compare(&arguments.a, &arguments.b, &wishes)?;
    comparison.notes.iter().for_each(|note| output::note(note));
    let names = comparison.rows.iter().map(|row| &row.contrast.metric);
    let names = names.chain(comparison.apart.iter().map(|apart| &apart.metric));
    let cards: BTreeMap<String, Card> =
        names.filter_map(|name| Some((name.clone(), *Asked::parse(name).ok()?.card()))).collect();
    let request = CompareRequest {
        comparison: &comparison,
        cards: &cards,
        format: arguments.format.into(),
        all: arguments.all,
        width: arguments.width.map_or_else(output::width, usize::from),
    };
    Ok(output::result(&written(&request)?)?)
}

fn check_level(level: f64) -> Result<(), ArgumentMistake> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let hint = if level > 1.0 && level < 100.0 {
        format!("\nhint: {level} % is written {}", level / 100.0)
    } else {
        String::new()
    };
    Err(ArgumentMistake(format!("expected a number strictly between 0 and 1 in `--level`, got {level}{hint}")))
}
