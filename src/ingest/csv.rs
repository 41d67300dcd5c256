//! CSV and TSV with a header row, as RFC 4180 has it; plain, gzip or zstd.
//!
//! A cell is text: numbers and booleans are read out of it, an empty cell is null. The solution alone may be empty,
//! unless the row has a response. A file that ends inside a quoted cell was cut.

use std::io::{self, Read};
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder};

use super::columns::Columns;
use super::error::IngestError;
use super::field::{Cell, Draft, FIELDS, RESPONSE, SOLUTION, Slot};
use super::stream::Stream;
use super::{Confidence, Head, Job, LINE_LIMIT, Out, Reader, Row, json, row};
use crate::model::Record;

pub(super) const READER: Reader = Reader {
    name: "csv",
    meaning: "comma-separated values with a header row (tabs where the header has tabs and no comma); plain, gzip or zstd",
    detect,
    read,
};

fn detect(head: &Head<'_>) -> Confidence {
    let mut reader = ReaderBuilder::new().delimiter(delimiter(head.bytes)).flexible(true).from_reader(head.bytes);
    match reader.headers() {
        Ok(header) if head.columns.has_question(&header.iter().map(str::to_owned).collect::<Vec<_>>()) => {
            Confidence::Likely
        }
        _ => Confidence::No,
    }
}

fn delimiter(head: &[u8]) -> u8 {
    let header = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if header.contains(&b'\t') && !header.contains(&b',') { b'\t' } else { b',' }
}

fn read(job: Job<'_, '_>) -> Result<(), IngestError> {
    let Job { input, stream, columns, out } = job;
    let delimiter = delimiter(stream.head());
    let watch = Watch::new(stream, delimiter, LINE_LIMIT);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(watch);
    let mut cells = ByteRecord::new();
    let columns_error = |problem| IngestError::Columns { file: input.name.to_string(), problem };
    match reader.read_byte_record(&mut cells) {
        Ok(true) => {}
        Ok(false) => return Ok(()),
        Err(cause) => return end(reader.get_ref(), cause, 0, out),
    }
    let header = Header::new(&cells, columns).map_err(columns_error)?;
    let mut number = 0;
    // One row is held back: only the end of the file tells whether the last one is whole.
    let mut last: Option<Row> = None;
    loop {
        let more = reader.read_byte_record(&mut cells);
        if let Some(row) = last.take() {
            if matches!(more, Ok(false)) && reader.get_ref().inside_quotes() {
                let _ = out.reject(number, "file ends inside a quoted cell".to_owned());
                return Ok(());
            }
            if out.push(row).is_break() {
                return Ok(());
            }
        }
        match more {
            Ok(true) => number += 1,
            Ok(false) => return Ok(()),
            Err(cause) => return end(reader.get_ref(), cause, number, out),
        }
        last = Some(row(record(&cells, &header, columns, &input.name, number), &input.name, number));
    }
}

/// Deals with what ended the file before its end: damage is a reject, a file that cannot be read an error.
fn end(watch: &Watch<'_>, cause: ::csv::Error, rows: u64, out: &mut Out<'_>) -> Result<(), IngestError> {
    let ::csv::ErrorKind::Io(cause) = cause.into_kind() else {
        // With raw bytes and any number of cells nothing but reading can fail; should that change, the row is named.
        let _ = out.reject(rows + 1, "row cannot be taken apart".to_owned());
        return Ok(());
    };
    let reason = if watch.overlong {
        format!("row is longer than {} MiB; nothing after it was read", LINE_LIMIT >> 20)
    } else if let Some(reason) = watch.stream.damage(&cause, "row", rows) {
        reason
    } else {
        return Err(IngestError::Read { file: out.file.to_string(), cause });
    };
    let _ = out.reject(rows + 1, reason);
    Ok(())
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
        let cell = std::str::from_utf8(cell)
            .map_err(|cause| format!("invalid UTF-8 in `{name}`, at byte {} of the cell", cause.valid_up_to() + 1))?;
        if fields.is_empty() {
            let value = if cell.is_empty() { serde_json::Value::Null } else { serde_json::Value::from(cell) };
            draft.keep(name, &value.to_string());
            continue;
        }
        draft.announce(name, fields);
        for &field in fields {
            let empty_is_null = field != SOLUTION || has_response;
            draft.set(&[field], if cell.is_empty() && empty_is_null { Cell::Null } else { typed(field, cell) });
        }
    }
    draft.finish()
}

/// What the text of a cell means in a field of its type. Text that does not parse stays text, and is then refused.
fn typed(field: usize, cell: &str) -> Cell<'_> {
    let text = Cell::Text(cell.into());
    let word = cell.trim();
    match FIELDS[field].slot {
        Slot::Id | Slot::Text(_) => text,
        Slot::Integer(_) | Slot::Count(_) => {
            word.parse().map(Cell::Integer).or_else(|_| word.parse().map(Cell::Float)).unwrap_or(text)
        }
        Slot::Number(_) => word.parse().map_or(text, Cell::Float),
        Slot::Boolean(_) => match word {
            "1" | "true" | "True" | "TRUE" => Cell::Boolean(true),
            "0" | "false" | "False" | "FALSE" => Cell::Boolean(false),
            _ => text,
        },
        Slot::Texts(_) => json::list(cell).unwrap_or(text),
    }
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
