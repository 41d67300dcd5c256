//! Sources → samples: ingest and extract, side by side with the rejects.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Interrupt, PipelineError, Progress, Step};
use crate::config::{Plan, SourcePlan};
use crate::extract::{Extractor, Parts, Policy, take_apart};
use crate::ingest;
use crate::model::{Reject, Sample, Stage};
use crate::store::run::digest_file;

/// The mode of samples whose mode nobody said.
const UNKNOWN_MODE: &str = "unknown";

/// What one input file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCount {
    /// As shown in `source_file`.
    pub file: String,
    /// The format it was read as.
    pub format: &'static str,
    /// Rows, rejected ones included.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// BLAKE3 of the file as it lies on disk.
    pub digest: String,
    /// Files that were read beside it, with their digests: what they hold is part of its rows.
    pub beside: Vec<(String, String)>,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Corpus {
    /// In input order.
    pub samples: Vec<Sample>,
    /// In input order.
    pub rejects: Vec<Reject>,
    /// One per file.
    pub files: Vec<FileCount>,
    /// What the user should know about the data.
    pub notes: Vec<String>,
}

impl Corpus {
    /// Rows read, usable or not.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Rows with at least one reject. A row that two embedders refuse is one row.
    #[must_use]
    pub fn n_rejected_rows(&self) -> usize {
        let rows: BTreeSet<_> = self.rejects.iter().map(|reject| (&reject.source_file, reject.source_row)).collect();
        rows.len()
    }
}

/// Reads every file of every source, in the plan's order.
pub fn read_all(plan: &Plan, progress: &dyn Progress, interrupt: &Interrupt) -> Result<Corpus, PipelineError> {
    let sources: Vec<_> = plan
        .sources
        .iter()
        .map(|source| Reading {
            source: reading_of(source),
            inputs: source.inputs.clone(),
            policy: source.extract.policy(),
        })
        .collect();
    read_inputs(&sources, progress, interrupt)
}

/// A source as the reading room takes it.
pub(super) fn reading_of(source: &SourcePlan) -> ingest::Source {
    ingest::Source {
        // Validation has looked the name up.
        format: ingest::Format::named(&source.format).unwrap_or_default(),
        defaults: source.defaults.clone(),
        map: source.map.clone(),
        instructions: source.instructions.clone(),
    }
}

/// What is read, and how it is taken apart.
pub(super) struct Reading {
    pub(super) source: ingest::Source,
    pub(super) inputs: Vec<ingest::Input>,
    pub(super) policy: Policy,
}

/// Reads the inputs of each source, in order, through one extractor: sample ids are unique over all of them.
pub(super) fn read_inputs(
    readings: &[Reading],
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Corpus, PipelineError> {
    progress.begin(Step::Read, None);
    let mut corpus = Corpus::default();
    let mut extractor = Extractor::default();
    for reading in readings {
        for input in &reading.inputs {
            read_file(input, reading, &mut extractor, &mut corpus, (progress, interrupt))?;
        }
    }
    corpus.notes.extend(extractor.notes());
    progress.end(Step::Read);
    Ok(corpus)
}

fn read_file(
    input: &ingest::Input,
    reading: &Reading,
    extractor: &mut Extractor,
    corpus: &mut Corpus,
    (progress, interrupt): (&dyn Progress, &Interrupt),
) -> Result<(), PipelineError> {
    let before = corpus.samples.len();
    let mut batch = Batch::default();
    let mut tally = Tally::default();
    let report = ingest::read(input, &reading.source, &mut |row| {
        tally.count(&row);
        batch.push(row);
        if batch.is_full() {
            progress.advance(Step::Read, batch.rows.len() as u64);
            batch.flush(&reading.policy, extractor, corpus);
        }
        if interrupt.is_set() || tally.is_hopeless() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    // Rows that came before an error stay valid.
    progress.advance(Step::Read, batch.rows.len() as u64);
    batch.flush(&reading.policy, extractor, corpus);
    let report = report?;
    let (bytes, digest) = match (report.bytes, report.digest) {
        (Some(bytes), Some(digest)) => (bytes, digest),
        _ if tally.is_hopeless() && !interrupt.is_set() => {
            corpus.rejects.push(tally.given_up(input));
            given_up_on(input)?
        }
        _ => return Err(PipelineError::Interrupted { n_finished: 0 }),
    };
    let unknown = corpus.samples[before..].iter().any(|sample| sample.key.mode == UNKNOWN_MODE);
    if let Some(mode) = report.mode.filter(|_| unknown) {
        let note = format!("`{}` files do not say how samples were drawn; {mode}", report.format);
        if !corpus.notes.contains(&note) {
            corpus.notes.push(note);
        }
    }
    let beside = reading.source.beside(input)?;
    let digest_of = |file: &ingest::Input| Ok((file.name.to_string(), digest_file(&file.path)?.blake3));
    let beside = beside.iter().map(digest_of).collect::<Result<_, PipelineError>>()?;
    corpus.files.push(FileCount {
        file: input.name.to_string(),
        format: report.format,
        rows: tally.n_records + tally.n_rejects,
        bytes,
        digest,
        beside,
    });
    Ok(())
}

/// Rows of a file so far.
#[derive(Default)]
struct Tally {
    n_records: u64,
    n_rejects: u64,
    last_row: u64,
}

/// Each reject is kept with its reason. A file with more of them, and with fewer samples than rejects, is something else
/// than it was taken for: a few bytes of compressed brackets would fill the memory with reasons.
const MOST_REJECTS: u64 = 200_000;

impl Tally {
    fn count(&mut self, row: &ingest::Row) {
        match row {
            ingest::Row::Record(_) => self.n_records += 1,
            ingest::Row::Reject(reject) => {
                self.n_rejects += 1;
                self.last_row = reject.source_row;
            }
        }
    }

    fn is_hopeless(&self) -> bool {
        self.n_rejects >= MOST_REJECTS && self.n_rejects > self.n_records
    }

    /// What stands for the rows that were not read any more.
    fn given_up(&self, input: &ingest::Input) -> Reject {
        let Tally { n_records, n_rejects, last_row } = self;
        Reject {
            source_file: Arc::clone(&input.name),
            source_row: last_row + 1,
            stage: Stage::Ingest,
            reason: format!("{n_rejects} rows were rejected and {n_records} were not; nothing after them was read"),
        }
    }
}

/// Size and digest of a file that was not read to its end.
fn given_up_on(input: &ingest::Input) -> Result<(u64, String), PipelineError> {
    if input.is_stdin() {
        return Ok((0, "not read to its end".to_owned()));
    }
    let digest = digest_file(&input.path)?;
    Ok((digest.bytes, digest.blake3))
}

/// Rows that are taken apart together, on all threads; they leave in the order in which they came.
#[derive(Default)]
struct Batch {
    rows: Vec<ingest::Row>,
    bytes: usize,
}

/// Rows, and bytes of text, that keep all threads busy for a while and count for nothing in memory.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 4 << 20;

impl Batch {
    fn push(&mut self, row: ingest::Row) {
        if let ingest::Row::Record(record) = &row {
            self.bytes += record.response.as_ref().map_or(0, String::len);
            self.bytes += record.solution.as_ref().map_or(0, String::len);
        }
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    fn flush(&mut self, policy: &Policy, extractor: &mut Extractor, corpus: &mut Corpus) {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let apart = |row| match row {
            ingest::Row::Record(record) => Ok(take_apart(record, policy)),
            ingest::Row::Reject(reject) => Err(reject),
        };
        let parts: Vec<Result<Parts, Reject>> = rows.into_par_iter().map(apart).collect();
        for part in parts {
            match part.and_then(|parts| extractor.identify(parts)) {
                Ok(sample) => corpus.samples.push(sample),
                Err(reject) => corpus.rejects.push(reject),
            }
        }
    }
}

/// Longest reason that is told in full outside of the `rejects` table.
const REASON_CHARS: usize = 300;

/// A reject as one line: what stands in a row must not look like a line of ours.
pub(super) fn told(reject: &Reject) -> String {
    let escape = |text: &str| -> String {
        let shown = text.chars().take(REASON_CHARS).flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            escaped.is_none().then_some(c).into_iter().chain(escaped.into_iter().flatten())
        });
        shown.collect()
    };
    format!("{} (`{}` row {})", escape(&reject.reason), escape(&reject.source_file), reject.source_row)
}

/// The most frequent reasons as lines, and how many rejects they leave out.
pub(super) fn reason_lines(rejects: &[Reject]) -> Vec<String> {
    const SHOWN: usize = 5;
    let reasons = frequent_reasons(rejects);
    let rest: usize = reasons.iter().skip(SHOWN).map(|(count, _)| count).sum();
    let lines = reasons.into_iter().take(SHOWN).map(|(count, reject)| match count {
        1 => told(reject),
        n => format!("{n} ×, the first: {}", told(reject)),
    });
    lines.chain((rest > 0).then(|| format!("and {rest} more, all of them in the `rejects` table"))).collect()
}

/// Rejects by stage and reason, the most frequent first: what a closing summary says.
fn frequent_reasons(rejects: &[Reject]) -> Vec<(usize, &Reject)> {
    let mut by_reason: BTreeMap<(&str, &str), (usize, &Reject)> = BTreeMap::new();
    for reject in rejects {
        by_reason.entry((reject.stage.name(), &reject.reason)).or_insert((0, reject)).0 += 1;
    }
    let mut reasons: Vec<_> = by_reason.into_values().collect();
    reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    reasons
}
