//! Files → `Record`. In come paths as a plan writes them, out go rows in input order, each a `Record` or a `Reject` with its reason.
//!
//! One file per format, listed in [`READERS`]. What a row must hold is decided in one place (`field`), so that the same samples
//! give the same records in every format. Memory holds a few blocks of a file, never the whole.
//! This room derives nothing from a row's content and never lets a bad row stop the run.

mod columns;
mod csv;
mod error;
mod field;
mod inputs;
mod json;
mod jsonl;
mod parquet;
mod stream;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

pub use error::IngestError;
pub use inputs::{Input, expand_globs};

use self::columns::Columns;
use self::stream::Stream;
use crate::model::{Record, Reject, Stage};

/// A line, or a row of a CSV file, that is longer than this many bytes becomes a reject and is not held in memory.
pub const LINE_LIMIT: usize = 256 << 20;

/// A file format: what it is called, how it is recognized, how it is read.
pub struct Reader {
    /// As the plan writes it.
    pub name: &'static str,
    /// What a file of this format is.
    pub meaning: &'static str,
    detect: fn(&Head<'_>) -> Confidence,
    read: fn(Job<'_, '_>) -> Result<(), IngestError>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All formats. Where two are equally sure of a file, the earlier one reads it.
pub static READERS: [Reader; 3] = [jsonl::READER, parquet::READER, csv::READER];

/// The format of a source.
#[derive(Debug, Clone, Copy, Default)]
pub enum Format {
    /// Recognized file by file from the content, never from the name.
    #[default]
    Auto,
    /// Said by the plan.
    Is(&'static Reader),
}

impl Format {
    /// The format that a plan calls `name`: `auto` or a reader's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "auto" {
            return Some(Format::Auto);
        }
        READERS.iter().find(|reader| reader.name == name).map(Format::Is)
    }
}

/// The names that a plan may use, for messages: `auto`, `jsonl`, …
fn format_names() -> String {
    let names: Vec<String> = READERS.iter().map(|reader| format!("`{}`", reader.name)).collect();
    names.join(", ")
}

/// How the files of a source are to be understood.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The format.
    pub format: Format,
    /// Canonical text field → value where a row has none.
    pub defaults: BTreeMap<String, String>,
    /// Canonical field → column in the file. A mapped column feeds only the fields that it is mapped to.
    pub map: BTreeMap<String, String>,
}

impl Source {
    /// Checks the names in `map` and `defaults` without reading anything.
    pub fn check(&self) -> Result<(), IngestError> {
        Columns::new(self).map(drop)
    }
}

/// The canonical field names that `map` may use, in the contract's order.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    field::FIELDS.iter().map(|field| field.name).filter(|name| *name != field::EXTRA)
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "records are the rule, rejects the exception")]
pub enum Row {
    /// Usable so far.
    Record(Record),
    /// Not usable, and why.
    Reject(Reject),
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Rows that became records.
    pub n_records: u64,
    /// Rows, or stretches of damage, that became rejects.
    pub n_rejects: u64,
    /// Bytes of the file as it lies on disk; null when the sink stopped before the end.
    pub bytes: Option<u64>,
    /// BLAKE3 of those bytes, in hex; null when the sink stopped before the end.
    pub digest: Option<String>,
    /// Name of the reader.
    pub format: &'static str,
}

/// Reads one file and hands its rows, in order, to `sink`, until the end or until `sink` breaks.
///
/// Rows that were handed over before an error stay valid: an error says that the rest could not be read.
pub fn read(
    input: &Input,
    source: &Source,
    sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<FileReport, IngestError> {
    let columns = Columns::new(source)?;
    let mut stream = Stream::open(input)?;
    let reader = match source.format {
        Format::Is(reader) => reader,
        Format::Auto => detect(stream.head(), &columns, input)?,
    };
    let mut out = Out { sink, file: Arc::clone(&input.name), n_records: 0, n_rejects: 0, stopped: false };
    (reader.read)(Job { input, stream: &mut stream, columns: &columns, out: &mut out })?;
    let Out { n_records, n_rejects, stopped, .. } = out;
    let (bytes, digest) = if stopped { (None, None) } else { stream.finish(input)? };
    Ok(FileReport { n_records, n_rejects, bytes, digest, format: reader.name })
}

/// What a reader works with.
struct Job<'a, 's> {
    input: &'a Input,
    stream: &'a mut Stream,
    columns: &'a Columns,
    out: &'a mut Out<'s>,
}

/// The beginning of a file, decompressed, and the columns that the source asks for.
struct Head<'a> {
    bytes: &'a [u8],
    columns: &'a Columns,
}

/// How sure a reader is that a file is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Confidence {
    No,
    /// Something in it looks familiar.
    Possible,
    /// It begins as such files begin.
    Likely,
    /// It begins as only such files begin.
    Sure,
}

fn detect(bytes: &[u8], columns: &Columns, input: &Input) -> Result<&'static Reader, IngestError> {
    let head = Head { bytes, columns };
    let mut best: Option<(Confidence, &'static Reader)> = None;
    for reader in &READERS {
        let confidence = (reader.detect)(&head);
        if confidence > best.map_or(Confidence::No, |(confidence, _)| confidence) {
            best = Some((confidence, reader));
        }
    }
    best.map(|(_, reader)| reader).ok_or_else(|| IngestError::UnknownFormat { file: input.name.to_string() })
}

/// The way out: counts rows and remembers that nobody wants more.
struct Out<'s> {
    sink: &'s mut dyn FnMut(Row) -> ControlFlow<()>,
    file: Arc<str>,
    n_records: u64,
    n_rejects: u64,
    stopped: bool,
}

impl Out<'_> {
    fn push(&mut self, row: Row) -> ControlFlow<()> {
        match row {
            Row::Record(_) => self.n_records += 1,
            Row::Reject(_) => self.n_rejects += 1,
        }
        let flow = (self.sink)(row);
        self.stopped |= flow.is_break();
        flow
    }

    fn reject(&mut self, row: u64, reason: String) -> ControlFlow<()> {
        let reject = reject(&self.file, row, reason);
        self.push(Row::Reject(reject))
    }
}

fn reject(file: &Arc<str>, row: u64, reason: String) -> Reject {
    Reject { source_file: Arc::clone(file), source_row: row, stage: Stage::Ingest, reason }
}

/// A decoded row, or the reason why it cannot be used.
fn row(outcome: Result<Record, String>, file: &Arc<str>, row: u64) -> Row {
    match outcome {
        Ok(record) => Row::Record(record),
        Err(reason) => Row::Reject(reject(file, row, reason)),
    }
}

#[cfg(test)]
mod tests;
