//! What each extraction rule takes, or would take, of the samples of some files.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;

use super::PipelineError;
use crate::config::ExtractPlan;
use crate::extract::{Extractor, FIELDS, Policy, answer, class_of, code, take_apart, thinking};
use crate::ingest::{self, Input};
use crate::model::{Piece, Record, Sample};

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Globs, relative to the working folder.
    pub files: Vec<String>,
    /// How they are read.
    pub source: ingest::Source,
    /// Which rules take responses apart.
    pub extract: ExtractPlan,
    /// The name of a sample, or the number of a row; null: all of them, counted.
    pub sample: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Answered {
    /// Samples read.
    pub n_samples: u64,
    /// Part → rule → samples; `-` where no rule found anything.
    pub counts: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Warning → samples.
    pub warnings: BTreeMap<&'static str, u64>,
    /// The samples that were asked for.
    pub explained: Vec<Explained>,
    /// Rows that could not be used.
    pub n_rejects: u64,
}

/// A sample and what every rule makes of it.
#[derive(Debug)]
pub struct Explained {
    /// As it goes into a run.
    pub sample: Sample,
    /// By part, in the order in which rules are tried.
    pub rules: Vec<Tried>,
}

/// What a rule makes of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// `thinking`, `answer` or `code`.
    pub part: &'static str,
    /// Its name.
    pub rule: &'static str,
    /// Whether this is what the sample has.
    pub is_taken: bool,
    /// Whether the plan asks for it.
    pub is_asked: bool,
    /// What it takes, in words; null where it finds nothing.
    pub takes: Option<String>,
}

/// More samples than this are not explained one by one: a number may name a row that holds hundreds.
const MOST_EXPLAINED: usize = 10;

/// Reads files and says what the rules make of them.
///
/// # Errors
/// As for reading a run's sources.
pub fn explain(question: &Question) -> Result<Answered, PipelineError> {
    let inputs = ingest::expand_globs(Path::new("."), &question.files)?;
    let policy = question.extract.policy();
    let mut extractor = Extractor::default();
    let mut answered = Answered::default();
    for input in &inputs {
        read(input, question, &policy, &mut extractor, &mut answered)?;
    }
    Ok(answered)
}

fn read(
    input: &Input,
    question: &Question,
    policy: &Policy,
    extractor: &mut Extractor,
    answered: &mut Answered,
) -> Result<(), PipelineError> {
    ingest::read(input, &question.source, &mut |row| {
        let outcome = match row {
            ingest::Row::Record(record) => {
                let copy = question.sample.is_some().then(|| record.clone());
                extractor.identify(take_apart(record, policy)).map(|sample| (sample, copy))
            }
            ingest::Row::Reject(reject) => Err(reject),
        };
        match outcome {
            Ok((sample, copy)) => {
                count(&sample, answered);
                let wanted = |record: &Record| is_meant(question.sample.as_deref(), &sample, record);
                if let Some(record) = copy.filter(wanted)
                    && answered.explained.len() < MOST_EXPLAINED
                {
                    let rules = tried(&record, &sample, policy);
                    answered.explained.push(Explained { sample, rules });
                }
            }
            Err(_) => answered.n_rejects += 1,
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// Whether a sample is the one that was asked for: by its name, its row, or `FILE:ROW`.
fn is_meant(asked: Option<&str>, sample: &Sample, record: &Record) -> bool {
    let row = record.source_row.to_string();
    asked.is_some_and(|asked| {
        let of_the_file = || {
            let (file, asked_row) = asked.rsplit_once(':')?;
            let named = record.source_file.strip_suffix(file)?;
            Some(asked_row == row && (named.is_empty() || named.ends_with('/')))
        };
        asked == sample.sample_id || asked == row || of_the_file() == Some(true)
    })
}

fn count(sample: &Sample, answered: &mut Answered) {
    let extraction = &sample.extraction;
    answered.n_samples += 1;
    for (part, rule) in
        [("thinking", Some(sample.extraction_rule)), ("answer", extraction.answer_rule), ("code", extraction.code_rule)]
    {
        *answered.counts.entry(part).or_default().entry(rule.unwrap_or("-")).or_default() += 1;
    }
    for warning in &extraction.warnings {
        *answered.warnings.entry(warning).or_default() += 1;
    }
}

/// Every rule on a sample; `record` is as it was read.
fn tried(record: &Record, sample: &Sample, policy: &Policy) -> Vec<Tried> {
    let mut all = Vec::new();
    let response = record.response.as_deref().unwrap_or_default();
    let of_response = thinking::explain(response, &policy.thinking_end);
    for (rule, split) in of_response {
        let given = rule.name == FIELDS && sample.extraction_rule == FIELDS;
        let takes = split.filter(|_| record.response.is_some()).map(|split| {
            let part = |name: &str, piece: Option<&Piece>| format!("{name} {}", piece_words(piece, response));
            format!("{}; {}", part("thinking", split.thinking.as_ref()), part("solution", split.solution.as_ref()))
        });
        let takes = if given { Some(fields_words(record)) } else { takes };
        let is_taken = rule.name == sample.extraction_rule;
        all.push(Tried { part: "thinking", rule: rule.name, is_taken, is_asked: true, takes });
    }
    let solution = sample.solution().unwrap_or_default();
    all.push(given("answer", record.answer.as_deref()));
    for rule in &answer::RULES {
        let takes = answer::find(solution, &[rule]).map(|(_, found)| {
            let more = if found.n_alternatives > 1 {
                format!(", the last of {}", found.n_alternatives)
            } else {
                String::new()
            };
            format!(
                "{} at {}{more}, class {}",
                quoted(&found.text),
                range_words(solution, &found.span),
                quoted(&class_of(&found.text))
            )
        });
        let is_taken = sample.extraction.answer_rule == Some(rule.name);
        let is_asked = policy.answer.iter().any(|asked| asked.name == rule.name);
        all.push(Tried { part: "answer", rule: rule.name, is_taken, is_asked, takes });
    }
    all.push(given("code", record.code.as_deref()));
    for choice in &code::POLICIES {
        let takes = code::find(solution, choice).map(|found| {
            let language = found.language.as_deref().map_or_else(|| "no language".to_owned(), quoted);
            let at = range_words(solution, &found.span);
            format!("{} at {at}, {language}, {} blocks in all", quoted(&found.text), found.n_blocks)
        });
        let is_taken = sample.extraction.code_rule == Some(choice.name);
        all.push(Tried { part: "code", rule: choice.name, is_taken, is_asked: choice.name == policy.code.name, takes });
    }
    all
}

/// A part that the input gave.
fn given(part: &'static str, text: Option<&str>) -> Tried {
    Tried { part, rule: FIELDS, is_taken: text.is_some(), is_asked: true, takes: text.map(quoted) }
}

fn fields_words(record: &Record) -> String {
    let words = |name: &str, text: &Option<String>| text.as_ref().map(|text| format!("{name} {}", quoted(text)));
    let parts = [words("thinking", &record.thinking), words("solution", &record.solution)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn piece_words(piece: Option<&Piece>, response: &str) -> String {
    match piece {
        None => "none".to_owned(),
        Some(Piece::Own(text)) => format!("{}, put together", quoted(text)),
        Some(Piece::Span(span)) => {
            format!("{} at {}", quoted(response.get(span.clone()).unwrap_or_default()), range_words(response, span))
        }
    }
}

/// A span in characters, as `samples` has it.
fn range_words(text: &str, span: &Range<usize>) -> String {
    let chars = |end: usize| text.get(..end).map_or(0, |before| before.chars().count());
    format!("{}..{}", chars(span.start), chars(span.end))
}

/// Characters that are shown of each end of a longer text.
const SHOWN: usize = 30;

/// A text in quotes, on one line, with its middle left out where it is long.
fn quoted(text: &str) -> String {
    let n = text.chars().count();
    let flat = |part: String| part.replace('\n', "⏎").replace('\t', "⇥");
    if n <= 2 * SHOWN + 10 {
        return format!("“{}”", flat(text.to_owned()));
    }
    let start = text.chars().take(SHOWN).collect();
    let end = text.chars().skip(n - SHOWN).collect();
    format!("“{} … {}” ({n} characters)", flat(start), flat(end))
}
