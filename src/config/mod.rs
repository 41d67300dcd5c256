//! The plan: `wire` reads what was written, `validate` gathers every mistake in it, `plan` is what was meant.
//!
//! Comes in: the text of a TOML file and `--set` overrides. Goes out: a [`Plan`], or all mistakes at once. Nothing
//! here starts work: files are looked for, not read.

mod embedders;
mod extract;
mod inference;
mod measure;
mod plan;
mod section;
mod sources;
mod validate;
mod wire;

use std::fmt;
use std::path::{Path, PathBuf};

pub use extract::ExtractPlan;
pub use plan::{
    AlternativePlan, EmbedderPlan, FigureChoice, InferencePlan, MeasurePlan, Plan, ReportPlan, SensitivityPlan,
    SourcePlan,
};

/// Where a value of the plan was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A line of the file, from 1.
    Line(usize),
    /// A `--set` argument, as typed.
    Set(String),
    /// The plan as a whole, when something is missing that has no line.
    Plan,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Line(line) => write!(f, "line {line}: "),
            Origin::Set(argument) => write!(f, "`--set {}`: ", without_secret(argument)),
            Origin::Plan => Ok(()),
        }
    }
}

/// A key, or an address with a password, may have been typed where neither belongs: then only the name is repeated.
fn without_secret(argument: &str) -> &str {
    match argument.split_once('=') {
        Some((name, value)) if name.contains("key") || (value.contains("://") && value.contains('@')) => name,
        _ => argument,
    }
}

/// One mistake in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub origin: Origin,
    /// What is wrong, with *expected … got …* and the nearest known name.
    pub message: String,
    /// The next step, where one is known.
    pub hint: Option<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read the plan `{}`", path.display())]
    Unreadable {
        /// The plan's file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Everything that is wrong with it, in the order of the lines.
    #[error("{}", describe(path, mistakes))]
    Mistakes {
        /// The plan's file.
        path: PathBuf,
        /// At least one.
        mistakes: Vec<Mistake>,
    },
}

fn describe(path: &Path, mistakes: &[Mistake]) -> String {
    let n = mistakes.len();
    let mut text = format!("{n} mistake{} in `{}`", if n == 1 { "" } else { "s" }, path.display());
    for mistake in mistakes {
        text.push_str(&format!("\n  {}{}", mistake.origin, mistake.message));
    }
    let mut hints: Vec<&str> = Vec::new();
    for hint in mistakes.iter().filter_map(|mistake| mistake.hint.as_deref()) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    for hint in hints {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

/// Reads, overrides and validates a plan.
///
/// `overrides` are `KEY=VALUE` with dotted keys (`inference.level=0.9`, `embedder.0.model=…`); a value that is not
/// TOML is taken as a string.
pub fn load(path: &Path, overrides: &[String]) -> Result<Plan, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let (mut root, mut mistakes) = wire::parse(&text);
    let is_toml = mistakes.is_empty();
    for argument in overrides {
        if let Err(mistake) = wire::set(&mut root, argument) {
            mistakes.push(mistake);
        }
    }
    // A file that is not TOML is reported as such alone: what was recovered from it would only confuse.
    let plan = if is_toml { Some(validate::plan(path, root, &mut mistakes)) } else { None };
    match plan {
        Some(plan) if mistakes.is_empty() => Ok(Plan { overrides: overrides.to_vec(), ..plan }),
        _ => {
            mistakes.sort_by(|one, other| one.origin.cmp(&other.origin));
            Err(ConfigError::Mistakes { path: path.to_owned(), mistakes })
        }
    }
}
