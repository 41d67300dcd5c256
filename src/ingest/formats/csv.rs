//! CSV and TSV with a header row, as RFC 4180 has it; plain, gzip or zstd.
//!
//! A cell is text: numbers and booleans are read out of it, an empty cell is null. The solution alone may be empty,
//! unless the row has a response. A file that ends inside a quoted cell was cut.

use std::io::{self, Read};
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder};

use crate::ingest::columns::Columns;
use crate::ingest::error::IngestError;
use crate::ingest::field::{Cell, Draft, RESPONSE, SOLUTION, typed};
use crate::ingest::frames::{Decoded, Piece, Take, Way, damaged};
use crate::ingest::shape::{self, Frame, Shape};
use crate::ingest::stream::Stream;
use crate::ingest::{Confidence, Head, Job, Kind, LINE_LIMIT, Reader, Row, row};
use crate::model::Record;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "csv",
    meaning: "comma-separated values with a header row (tabs where the header has tabs and no comma); plain, gzip or zstd",
    mode: None,
    kind: Kind::Table { detect, read },
};

fn detect(head: &Head<'_>) -> Confidence {
    let names: Vec<String> = head.shape.names().map(str::to_owned).collect();
    match head.shape.frame {
        Frame::Table if head.columns.has_question(&names) => Confidence::Likely,
        // Rows that the plan takes apart need no column for the question.
        Frame::Table if names.len() > 1 && head.columns.asks_more() => Confidence::Possible,
        _ => Confidence::No,
    }
}

/// The columns of a table; none where the first line is no header.
pub(in crate::ingest) fn shape(head: &[u8]) -> Option<Shape<'static>> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter(head)).flexible(true).from_reader(head);
    let header = reader.headers().ok()?;
    if header.is_empty() || header.iter().any(|name| name.chars().any(char::is_control)) {
        return None;
    }
    let names = header.iter().map(|name| (name.to_owned(), shape::Kind::Text));
    Some(Shape::of_table(Frame::Table, names))
}

fn delimiter(head: &[u8]) -> u8 {
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if header.contains(&b'\t') && !header.contains(&b',') { b'\t' } else { b',' }
}

fn read(job: Job<'_, '_>) -> Result<(), IngestError> {
    let Job { input, stream, folio, out } = job;
    let mut header: Option<Header> = None;
    let mut columns_problem = None;
    let outcome = records(
        stream,
        &input.name,
        &mut |number, cells| {
            let Some(header) = &header else {
                match Header::new(cells, folio.columns) {
                    Ok(found) => header = Some(found),
                    Err(problem) => columns_problem = Some(problem),
                }
                return if columns_problem.is_none() { Step::Held(Vec::new()) } else { Step::Stop };
            };
            Step::Held(vec![row(record(cells, header, folio.columns, &input.name, number), &input.name, number)])
        },
        &mut |decoded| decoded.rows.into_iter().try_for_each(|row| out.push(row)),
    );
    match columns_problem {
        Some(problem) => Err(IngestError::Columns { file: input.name.to_string(), problem }),
        None => outcome,
    }
}

/// Hands every row on as a JSON object of texts.
pub(in crate::ingest) fn pieces(stream: &mut Stream, way: &dyn Way, take: &mut Take<'_>) -> Result<(), IngestError> {
    let mut names: Option<Vec<String>> = None;
    let mut each = |number: u64, cells: &ByteRecord| {
        let Some(names) = &names else {
            names = Some(cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
            return Step::Held(Vec::new());
        };
        let decoded = match object(cells, names) {
            Ok(json) => way.decode(&Piece::new(json.as_bytes(), number)),
            Err(reason) => damaged(way, number, reason),
        };
        Step::Held(decoded.rows)
    };
    records(stream, way.file(), &mut each, take)
}

/// A row as a JSON object.
fn object(cells: &ByteRecord, names: &[String]) -> Result<String, String> {
    if cells.len() != names.len() {
        return Err(format!("expected {} cells, got {}", names.len(), cells.len()));
    }
    let mut columns = serde_json::Map::new();
    for (cell, name) in cells.iter().zip(names) {
        columns.insert(name.clone(), text(cell, name)?.into());
    }
    Ok(serde_json::Value::Object(columns).to_string())
}

fn text<'c>(cell: &'c [u8], name: &str) -> Result<&'c str, String> {
    std::str::from_utf8(cell)
        .map_err(|cause| format!("invalid UTF-8 in `{name}`, at byte {} of the cell", cause.valid_up_to() + 1))
}

/// What is to be done after a row.
enum Step {
    /// Go on with these rows, once it is known that the row is whole.
    Held(Vec<Row>),
    /// Nothing more is wanted.
    Stop,
}

/// Reads all rows of a table, the header first, with the number 0.
fn records(
    stream: &mut Stream,
    file: &Arc<str>,
    each: &mut dyn FnMut(u64, &ByteRecord) -> Step,
    take: &mut Take<'_>,
) -> Result<(), IngestError> {
    let delimiter = delimiter(stream.head());
    let watch = Watch::new(stream, delimiter, LINE_LIMIT);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(watch);
    let mut cells = ByteRecord::new();
    let mut number = 0;
    // One row is held back: only the end of the file tells whether the last one is whole.
    let mut held: Option<Vec<Row>> = None;
    let refuse = |number, reason| Decoded::refused(crate::ingest::reject(file, number, reason));
    loop {
        let more = reader.read_byte_record(&mut cells);
        if let Some(rows) = held.take() {
            if number > 1 && matches!(more, Ok(false)) && reader.get_ref().inside_quotes() {
                let _ = take(refuse(number - 1, "file ends inside a quoted cell".to_owned()));
                return Ok(());
            }
            if take(Decoded { rows, once: None }).is_break() {
                return Ok(());
            }
        }
        match more {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(cause) => {
                let damage = end(reader.get_ref(), cause, number.max(1) - 1, file)?;
                let _ = take(refuse(number.max(1), damage));
                return Ok(());
            }
        }
        match each(number, &cells) {
            Step::Held(rows) => held = Some(rows),
            Step::Stop => return Ok(()),
        }
        number += 1;
    }
}

/// Deals with what ended the file before its end: damage is a reject, a file that cannot be read an error.
fn end(watch: &Watch<'_>, cause: ::csv::Error, rows: u64, file: &Arc<str>) -> Result<String, IngestError> {
    let ::csv::ErrorKind::Io(cause) = cause.into_kind() else {
        // With raw bytes and any number of cells nothing but reading can fail; should that change, the row is named.
        return Ok("row cannot be taken apart".to_owned());
    };
    if watch.overlong {
        return Ok(format!("row is longer than {} MiB; nothing after it was read", LINE_LIMIT >> 20));
    }
    match watch.stream.damage(&cause, "row", rows) {
        Some(reason) => Ok(reason),
        None => Err(IngestError::Read { file: file.to_string(), cause }),
    }
}

/// The columns of a file: name and the fields that each feeds.
struct Header {
    names: Vec<String>,
    fields: Vec<Vec<usize>>,
}

impl Header {
    fn new(cells: &ByteRecord, columns: &Columns) -> Result<Self, String> {
        let mut names = Vec::with_capacity(cells.len());
        for cell in cells {
            let name = std::str::from_utf8(cell).map_err(|_| "expected UTF-8 in the header".to_owned())?;
            names.push(name.to_owned());
        }
        columns.check_header(&names)?;
        let fields = names.iter().map(|name| columns.fields(name).to_vec()).collect();
        Ok(Header { names, fields })
    }
}

fn record(
    cells: &ByteRecord,
    header: &Header,
    columns: &Columns,
    file: &Arc<str>,
    number: u64,
) -> Result<Record, String> {
    if cells.len() != header.names.len() {
        return Err(format!("expected {} cells, got {}", header.names.len(), cells.len()));
    }
    let has_response =
        cells.iter().zip(&header.fields).any(|(cell, fields)| !cell.is_empty() && fields.contains(&RESPONSE));
    let mut draft = Draft::new(columns, file, number);
    for ((cell, name), fields) in cells.iter().zip(&header.names).zip(&header.fields) {
        let cell = text(cell, name)?;
        if fields.is_empty() {
            let value = if cell.is_empty() { serde_json::Value::Null } else { serde_json::Value::from(cell) };
            draft.keep(name, &value.to_string());
            continue;
        }
        draft.announce(name, fields);
        for &field in fields {
            let empty_is_null = field != SOLUTION || has_response;
            draft.set(&[field], if cell.is_empty() && empty_is_null { Cell::Null } else { typed(field, cell.into()) });
        }
    }
    draft.finish()
}

/// Follows the quotes of the file as it passes: the decoder tells neither that a file ends
/// inside a quoted cell nor that a row has no end.
struct Watch<'a> {
    stream: &'a mut Stream,
    delimiter: u8,
    limit: usize,
    state: Quotes,
    row_bytes: usize,
    overlong: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// At the start of a cell, where a quote opens.
    Start,
    /// In a cell without quotes, where a quote is a character.
    Outside,
    Inside,
    /// After a quote in a quoted cell: another one is a character, anything else closes.
    Closing,
}

impl<'a> Watch<'a> {
    fn new(stream: &'a mut Stream, delimiter: u8, limit: usize) -> Self {
        Watch { stream, delimiter, limit, state: Quotes::Start, row_bytes: 0, overlong: false }
    }

    fn inside_quotes(&self) -> bool {
        self.state == Quotes::Inside
    }

    fn follow(&mut self, byte: u8) {
        self.row_bytes += 1;
        self.state = match (self.state, byte) {
            (Quotes::Inside, b'"') => Quotes::Closing,
            (Quotes::Inside, _) | (Quotes::Start | Quotes::Closing, b'"') => Quotes::Inside,
            (_, b'\n' | b'\r') => {
                self.row_bytes = 0;
                Quotes::Start
            }
            (_, byte) if byte == self.delimiter => Quotes::Start,
            _ => Quotes::Outside,
        };
    }
}

impl Read for Watch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes > self.limit {
            self.overlong = true;
            return Err(io::Error::other("row is too long"));
        }
        let n = self.stream.read(buffer)?;
        for &byte in &buffer[..n] {
            self.follow(byte);
        }
        Ok(n)
    }
}
