//! `breadth extract`: what each extraction rule takes.

use std::path::Path;

use super::ingest::Reading;
use super::{ArgumentMistake, CommandResult, output};
use crate::config::ExtractPlan;
use crate::extract::{answer, code};
use crate::pipeline::{self, Answered, Explained};

/// Show how responses are taken apart: counts by rule, or what every rule makes of one sample
///
/// Runs nothing and writes no file. Without a plan the default rules are shown; a plan's `[extract]` takes the same names.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth extract samples.jsonl\n  breadth extract samples.jsonl --explain 12\n  breadth extract samples.jsonl --answer boxed --answer last-number --code longest-valid"
)]
pub(super) struct Arguments {
    /// Files, or globs
    #[arg(value_name = "FILES", required = true)]
    files: Vec<String>,
    /// A sample's name, its row, or `FILE:ROW`: show what every rule takes of it
    #[arg(long, value_name = "SAMPLE")]
    explain: Option<String>,
    /// A rule for the final answer; several are tried in order
    #[arg(long = "answer", value_name = "RULE")]
    answers: Vec<String>,
    /// How the program is taken out of the solution
    #[arg(long, value_name = "POLICY")]
    code: Option<String>,
    /// A text that ends the thinking; may be given several times
    #[arg(long = "thinking-end", value_name = "TEXT")]
    thinking_ends: Vec<String>,
    #[command(flatten)]
    reading: Reading,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let question = pipeline::Question {
        files: arguments.files.clone(),
        source: arguments.reading.source(Path::new("."))?,
        extract: rules(arguments)?,
        sample: arguments.explain.clone(),
    };
    let answered = pipeline::explain(&question)?;
    if let Some(asked) = &arguments.explain
        && answered.explained.is_empty()
    {
        let message = format!(
            "expected the name of a sample, its row, or FILE:ROW in `--explain`, got `{asked}`, which is none of {} samples",
            answered.n_samples
        );
        return Err(ArgumentMistake(message).into());
    }
    let text = if arguments.explain.is_some() {
        answered.explained.iter().map(explained).collect::<Vec<_>>().join("\n")
    } else {
        counts(&answered)
    };
    Ok(output::result(&output::printable(&text))?)
}

fn rules(arguments: &Arguments) -> Result<ExtractPlan, ArgumentMistake> {
    let unknown = |kind: &str, name: &str, known: Vec<&str>| {
        ArgumentMistake(format!("unknown {kind} `{name}`; known: {}", known.join(", ")))
    };
    if let Some(name) = arguments.answers.iter().find(|name| answer::named(name).is_none()) {
        return Err(unknown("rule", name, answer::RULES.iter().map(|rule| rule.name).collect()));
    }
    if let Some(name) = arguments.code.as_deref().filter(|name| code::named(name).is_none()) {
        return Err(unknown("policy", name, code::POLICIES.iter().map(|policy| policy.name).collect()));
    }
    let some = |texts: &Vec<String>| (!texts.is_empty()).then(|| texts.clone());
    Ok(ExtractPlan {
        thinking_end: some(&arguments.thinking_ends),
        answer: some(&arguments.answers),
        code: arguments.code.clone(),
    })
}

fn counts(answered: &Answered) -> String {
    let mut text = format!("{} samples, {} rows rejected\n", answered.n_samples, answered.n_rejects);
    for part in ["thinking", "answer", "code"] {
        text.push_str(&format!("\n{part}\n"));
        for (rule, n) in answered.counts.get(part).into_iter().flatten() {
            let rule = if *rule == "-" { "none found" } else { rule };
            text.push_str(&format!("  {rule:<20} {n:>9}\n"));
        }
    }
    if !answered.warnings.is_empty() {
        text.push_str("\nwarnings\n");
        for (warning, n) in &answered.warnings {
            text.push_str(&format!("  {warning:<40} {n:>9}\n"));
        }
    }
    text
}

fn explained(explained: &Explained) -> String {
    let Explained { sample, rules } = explained;
    let mut text = format!("{}\n  in `{}` row {}\n", sample.sample_id, sample.source_file, sample.source_row);
    let mut part = "";
    for tried in rules {
        if tried.part != part {
            part = tried.part;
            text.push_str(&format!("{part}\n"));
        }
        let mark = if tried.is_taken { "▸" } else { " " };
        let takes = tried.takes.as_deref().unwrap_or("–");
        let aside = if tried.is_asked || tried.takes.is_none() { "" } else { "  (not asked for)" };
        text.push_str(&format!("{mark} {:<20} {takes}{aside}\n", tried.rule));
    }
    for warning in &sample.extraction.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}
