//! Files → `Record`. In come paths as a plan writes them, out go rows in input order, each a `Record` or a `Reject` with its reason.
//!
//! One file per format, listed in [`READERS`]. What a row must hold is decided in one place (`field`), so that the same samples
//! give the same records in every format. Memory holds a few blocks of a file, never the whole.
//! This room derives nothing from a row's content and never lets a bad row stop the run.

mod archive;
mod columns;
mod error;
mod field;
mod formats;
mod frames;
mod inputs;
mod json;
mod logprobs;
mod mapping;
mod object;
mod shape;
mod sheet;
mod stream;
mod tables;
mod tool;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

pub use error::IngestError;
pub use inputs::{Input, expand_globs};
pub use mapping::{Derive, Instructions, Join};

use self::columns::Columns;
use self::mapping::Mapping;
use self::shape::{Frame, Shape};
use self::sheet::Folio;
use self::stream::Stream;
use self::tool::{Tool, What};
use crate::model::{Record, Reject, Stage};

/// A line, or a row of a CSV file, that is longer than this many bytes becomes a reject and is not held in memory.
pub const LINE_LIMIT: usize = 256 << 20;

/// A file format: what it is called, how it is recognized, how it is read.
pub struct Reader {
    /// As the plan writes it.
    pub name: &'static str,
    /// What a file of this format is.
    pub meaning: &'static str,
    /// What the tool is known to do about sampling modes, for whoever has to say it; no file says it.
    pub mode: Option<&'static str>,
    kind: Kind,
}

enum Kind {
    /// Rows whose columns are fields, whatever frame they come in.
    Rows(fn(&Head<'_>) -> Confidence),
    /// Tables whose columns are known before the first row; read without looking at rows one by one where nothing asks for it.
    Table { detect: fn(&Head<'_>) -> Confidence, read: fn(Job<'_, '_>) -> Result<(), IngestError> },
    /// The rows of a tool.
    Tool(Tool),
    /// A file that only its own reader can take apart.
    Archive { detect: fn(&Head<'_>) -> Confidence, read: fn(Job<'_, '_>) -> Result<(), IngestError> },
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Reader {
    fn confidence(&self, head: &Head<'_>) -> Confidence {
        match &self.kind {
            Kind::Rows(detect) | Kind::Table { detect, .. } | Kind::Archive { detect, .. } => detect(head),
            Kind::Tool(tool) if (tool.known_by)(&head.shape) => Confidence::Likely,
            Kind::Tool(_) => Confidence::No,
        }
    }
}

/// All formats. Where two are equally sure of a file, the earlier one reads it.
pub static READERS: &[Reader] = &[
    formats::jsonl::READER,
    formats::parquet::READER,
    formats::csv::READER,
    formats::json::READER,
    formats::lm_eval::READER,
    formats::livecodebench::READER,
    formats::evalplus::SAMPLES,
    formats::evalplus::RESULTS,
    formats::evalperf::READER,
    formats::matharena::RUNS,
    formats::matharena::ANSWERS,
    formats::lighteval::READER,
    formats::open_r1::READER,
    formats::nemo_skills::READER,
    formats::noveltybench::READER,
    formats::self_refine::READER,
    formats::reflexion::READER,
    formats::codet::READER,
    formats::qwen_math::READER,
    formats::gsm8k::READER,
    formats::simpleqa_thinking::READER,
    formats::tree_of_thoughts::READER,
    formats::self_reflection::ATTEMPTS,
    formats::self_reflection::RESPONSES,
    formats::openai_batch::READER,
    formats::chat_completions::READER,
    formats::openai_responses::READER,
    formats::gemini::READER,
    formats::inspect::READER,
    formats::inspect::JSON,
    formats::inspect::SUMMARIES,
];

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

/// How the files of a source are to be understood.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The format.
    pub format: Format,
    /// Canonical text field → value where a row has none.
    pub defaults: BTreeMap<String, String>,
    /// Canonical field → column in the file. A mapped column feeds only the fields that it is mapped to.
    pub map: BTreeMap<String, String>,
    /// Where rows are, what is read out of names, and what is joined.
    pub instructions: Instructions,
}

impl Source {
    /// Checks the names in `map` and `defaults`, and the instructions, without reading anything.
    pub fn check(&self) -> Result<(), IngestError> {
        Columns::new(self)?;
        Mapping::new(self).map(drop)
    }

    /// The second file of a join for an input.
    #[must_use]
    pub fn joined(&self, input: &Input) -> Option<Input> {
        mapping::joined_file(self, input)
    }

    /// The files beside an input that say something about its rows: what they hold belongs to what is read.
    pub fn beside(&self, input: &Input) -> Result<Vec<Input>, IngestError> {
        let mut found: Vec<Input> = self.joined(input).into_iter().collect();
        if input.is_stdin() {
            return Ok(found);
        }
        let mut stream = Stream::open(input)?;
        let columns = Columns::new(self)?;
        let reader = reader_of(input, self, &columns, &mut stream)?.0;
        if let Kind::Tool(Tool { beside: Some(beside), .. }) = &reader.kind {
            found.extend(beside(&input.path).map(Input::new));
        }
        Ok(found)
    }
}

/// The canonical field names that `map` may use, in the contract's order.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    field::FIELDS.iter().map(|field| field.name).filter(|name| *name != field::EXTRA_COLUMN)
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
    /// What is known about the sampling mode of such files; see [`Reader::mode`].
    pub mode: Option<&'static str>,
}

/// Reads one file and hands its rows, in order, to `sink`, until the end or until `sink` breaks.
///
/// Rows that were handed over before an error stay valid: an error says that the rest could not be read.
pub fn read(
    input: &Input,
    source: &Source,
    sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<FileReport, IngestError> {
    let mut columns = Columns::new(source)?;
    let mut mapping = Mapping::new(source)?;
    mapping.load(input, source)?;
    columns.fix(mapping.of_path(&input.name));
    let mut stream = Stream::open(input)?;
    let (reader, frame) = reader_of(input, source, &columns, &mut stream)?;
    let folio = Folio {
        name: Arc::clone(&input.name),
        columns: &columns,
        mapping: &mapping,
        typed_texts: frame == Frame::Table,
    };
    let mut out = Out { sink, n_records: 0, n_rejects: 0, stopped: false };
    let job = Job { input, stream: &mut stream, folio: &folio, out: &mut out };
    read_as(reader, frame, job)?;
    let Out { n_records, n_rejects, stopped, .. } = out;
    let (bytes, digest) = if stopped { (None, None) } else { stream.finish(input)? };
    Ok(FileReport { n_records, n_rejects, bytes, digest, format: reader.name, mode: reader.mode })
}

fn read_as(reader: &Reader, frame: Frame, job: Job<'_, '_>) -> Result<(), IngestError> {
    let plain = job.folio.mapping.is_plain();
    let what = match &reader.kind {
        Kind::Archive { read, .. } => return read(job),
        Kind::Table { read, .. } if plain => return read(job),
        Kind::Tool(tool) if !job.folio.mapping.finds_rows() => What::Tool(tool),
        Kind::Rows(_) if plain => What::Canonical,
        Kind::Rows(_) | Kind::Table { .. } | Kind::Tool(_) => What::Mapped,
    };
    let Job { input, stream, folio, out } = job;
    tool::read((input, stream), frame, (what, folio), out)
}

/// The reader of a file, and the frame that its rows come in.
fn reader_of(
    input: &Input,
    source: &Source,
    columns: &Columns,
    stream: &mut Stream,
) -> Result<(&'static Reader, Frame), IngestError> {
    let shape = look(input, stream)?;
    let frame = shape.frame;
    let reader = match source.format {
        Format::Is(reader) => reader,
        Format::Auto => detect(&Head { bytes: stream.head(), columns, shape }, input)?,
    };
    // A file that is said to be CSV is a table, whatever its beginning looks like.
    let frame = match reader.name {
        "csv" => Frame::Table,
        "jsonl" if !matches!(frame, Frame::Parquet | Frame::Zip) => Frame::Lines,
        _ => frame,
    };
    Ok((reader, frame))
}

/// Looks at the beginning of a file, and at the names of its columns where those are not there.
fn look<'a>(input: &Input, stream: &'a Stream) -> Result<Shape<'a>, IngestError> {
    let head = stream.head();
    if is_pickle(head) {
        return Err(IngestError::Pickle { file: input.name.to_string() });
    }
    let shape = Shape::of(head);
    Ok(match shape.frame {
        Frame::Parquet if stream.compression().is_none() && !input.is_stdin() => formats::parquet::shape(input)?,
        Frame::Other => formats::csv::shape(head).unwrap_or(shape),
        _ => shape,
    })
}

/// Protocols 2 to 5 begin with this opcode and their number (`pickletools`); older ones are text that no reader knows.
fn is_pickle(head: &[u8]) -> bool {
    matches!(head, [0x80, 2..=5, ..])
}

/// What a reader works with.
struct Job<'a, 's> {
    input: &'a Input,
    stream: &'a mut Stream,
    folio: &'a Folio<'a>,
    out: &'a mut Out<'s>,
}

/// The beginning of a file, decompressed, what it looks like, and the columns that the source asks for.
struct Head<'a> {
    bytes: &'a [u8],
    columns: &'a Columns,
    shape: Shape<'a>,
}

impl Head<'_> {
    /// Whether the first row has what every sample needs under the names that the source gives to it.
    fn is_canonical(&self) -> bool {
        let names: Vec<String> = self.shape.names().map(str::to_owned).collect();
        // A response that is an object is a server's, with the text somewhere in it; one that is a list is a tool's.
        let is_text = |name: &String| {
            let fields = self.columns.fields(name);
            !(self.shape.is_object(name) || self.shape.is_list(name))
                || !(fields.contains(&field::SOLUTION) || fields.contains(&field::RESPONSE))
        };
        self.columns.check_header(&names).is_ok() && names.iter().all(is_text)
    }
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

fn detect(head: &Head<'_>, input: &Input) -> Result<&'static Reader, IngestError> {
    let mut best: Option<(Confidence, &'static Reader)> = None;
    for reader in READERS {
        let confidence = reader.confidence(head);
        if confidence > best.map_or(Confidence::No, |(confidence, _)| confidence) {
            best = Some((confidence, reader));
        }
    }
    best.map(|(_, reader)| reader).ok_or_else(|| IngestError::UnknownFormat { file: input.name.to_string() })
}

/// The way out: counts rows and remembers that nobody wants more.
struct Out<'s> {
    sink: &'s mut dyn FnMut(Row) -> ControlFlow<()>,
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
