//! The rows of one row group, as their bytes lie in a segment.
//!
//! Values are stored plainly, so that a row is a few slices of the bytes that were read: no value is decoded before its
//! row's checksum agrees. What cannot be taken apart into rows is a fault of the group; a wrong checksum is a fault of
//! its row. Nothing here opens a file or believes a number that it can check.

use std::sync::Arc;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::TextKey;
use super::segment::Fault;
use crate::model::Embedded;

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a count, and of a component.
const WORD: usize = 4;
/// Bytes of a checksum.
const CHECKSUM: usize = 8;
/// A level section of a page of version 1 begins with its length, little-endian in so many bytes.
const LEVELS_LENGTH: usize = 4;

/// Eight bytes of the BLAKE3 digest of a whole row, little-endian: the key, `tokens_total`, `tokens_seen`, `chunks`
/// and the components of the vector, each as little-endian bytes. `scratch` saves an allocation a row.
pub(super) fn checksum(key: &TextKey, embedded: &Embedded, scratch: &mut Vec<u8>) -> i64 {
    let Embedded { vector, tokens_total, tokens_seen, chunks } = embedded;
    scratch.clear();
    scratch.extend_from_slice(key.as_bytes());
    for count in [tokens_total, tokens_seen, chunks] {
        scratch.extend_from_slice(&count.to_le_bytes());
    }
    extend_le(scratch, vector);
    digest(scratch)
}

/// Rows are digested in one piece: long ones then take many blocks at a time.
fn digest(row: &[u8]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(row).as_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Appends components as little-endian bytes.
pub(super) fn extend_le(bytes: &mut Vec<u8>, components: &[f32]) {
    let start = bytes.len();
    bytes.resize(start + components.len() * WORD, 0);
    let (words, _) = bytes[start..].as_chunks_mut::<WORD>();
    for (word, component) in words.iter_mut().zip(components) {
        *word = component.to_le_bytes();
    }
}

/// The values of one column in a row group.
#[derive(Debug)]
struct Column {
    /// Bytes of a row.
    width: usize,
    /// The first row of each page, and the page's values.
    pages: Vec<(usize, ByteArray)>,
}

impl Column {
    /// Takes apart a column chunk, which lies in `bytes`; these begin at `base` of the file.
    fn of<R: ChunkReader + 'static>(
        bytes: &Arc<R>,
        base: i64,
        chunk: &ColumnChunkMetaData,
        width: usize,
        n_rows: usize,
    ) -> Result<Self, Fault> {
        let nested = chunk.column_descr().max_rep_level() > 0;
        let at = chunk.data_page_offset() - base;
        let chunk = chunk.clone().into_builder().set_data_page_offset(at).build()?;
        let mut reader = SerializedPageReader::new(Arc::clone(bytes), &chunk, n_rows, None)?;
        let mut column = Column { width, pages: Vec::new() };
        let mut rows = 0;
        while let Some(page) = reader.get_next_page()? {
            let values = plain_values(page, nested)?;
            if !values.len().is_multiple_of(width) {
                return Err(Fault::Damaged(format!("expected pages of whole rows of {width} bytes")));
            }
            let first = rows;
            rows += values.len() / width;
            column.pages.push((first, values));
        }
        if rows == n_rows {
            Ok(column)
        } else {
            Err(Fault::Damaged(format!("expected {n_rows} rows in a group, got {rows}")))
        }
    }

    fn get(&self, row: usize) -> Option<&[u8]> {
        let after = self.pages.partition_point(|(first, _)| *first <= row);
        let (first, values) = self.pages.get(after.checked_sub(1)?)?;
        let start = (row - first) * self.width;
        values.data().get(start..start + self.width)
    }
}

/// The values of a page that holds nothing but them and, where rows are lists, their levels. Levels are skipped: they
/// say that every row has as many components as the next, which the checksums vouch for.
fn plain_values(page: Page, nested: bool) -> Result<ByteArray, Fault> {
    let (bytes, levels) = match page {
        Page::DataPage { buf, encoding: Encoding::PLAIN, .. } => {
            let bytes = ByteArray::from(buf);
            let levels = if nested { two_level_sections(bytes.data()) } else { Some(0) };
            (bytes, levels)
        }
        Page::DataPageV2 { buf, encoding: Encoding::PLAIN, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let levels = u64::from(def_levels_byte_len) + u64::from(rep_levels_byte_len);
            (ByteArray::from(buf), usize::try_from(levels).ok())
        }
        _ => return Err(Fault::Damaged("expected plain values, got an encoded page".to_owned())),
    };
    match levels.and_then(|levels| Some((levels, bytes.len().checked_sub(levels)?))) {
        Some((levels, rest)) => Ok(bytes.slice(levels, rest)),
        None => Err(Fault::Damaged("expected values behind the levels of a page".to_owned())),
    }
}

/// Bytes of the repetition and the definition levels at the beginning of a page of version 1.
fn two_level_sections(page: &[u8]) -> Option<usize> {
    let section = |start: usize| {
        let length = u32::from_le_bytes(*page.get(start..)?.first_chunk::<LEVELS_LENGTH>()?);
        start.checked_add(LEVELS_LENGTH)?.checked_add(usize::try_from(length).ok()?)
    };
    section(section(0)?)
}

/// The keys of a row group.
#[derive(Debug)]
pub(super) struct Keys {
    column: Column,
    n_rows: usize,
}

impl Keys {
    /// The chunk of the file that holds a group's keys: its beginning and its length.
    pub(super) fn span(group: &RowGroupMetaData) -> Option<(u64, usize)> {
        span_of(group.columns().get(..1)?)
    }

    /// Takes the keys out of the bytes of their span.
    pub(super) fn of<R: ChunkReader + 'static>(bytes: R, base: u64, group: &RowGroupMetaData) -> Result<Self, Fault> {
        let n_rows = n_rows(group)?;
        let column = Column::of(&Arc::new(bytes), signed(base)?, group.column(0), KEY, n_rows)?;
        Ok(Keys { column, n_rows })
    }

    /// Each key with its row.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, TextKey)> {
        (0..self.n_rows).filter_map(|row| Some((row, TextKey(self.column.get(row)?.try_into().ok()?))))
    }
}

/// All rows of a row group.
#[derive(Debug)]
pub(super) struct Rows {
    columns: [Column; 6],
    n_rows: usize,
}

impl Rows {
    /// The part of the file that holds a group: its beginning and its length.
    pub(super) fn span(group: &RowGroupMetaData) -> Option<(u64, usize)> {
        span_of(group.columns())
    }

    /// Takes a group apart that lies in the bytes of its span.
    pub(super) fn of<R: ChunkReader + 'static>(
        bytes: R,
        base: u64,
        group: &RowGroupMetaData,
        dimension: usize,
    ) -> Result<Self, Fault> {
        let (base, n_rows, bytes) = (signed(base)?, n_rows(group)?, Arc::new(bytes));
        let [key, total, seen, chunks, vector, checksum] = group.columns() else {
            return Err(Fault::Damaged(format!("expected 6 columns, got {}", group.num_columns())));
        };
        let column = |chunk, width| Column::of(&bytes, base, chunk, width, n_rows);
        let columns = [
            column(key, KEY)?,
            column(total, WORD)?,
            column(seen, WORD)?,
            column(chunks, WORD)?,
            column(vector, dimension * WORD)?,
            column(checksum, CHECKSUM)?,
        ];
        Ok(Rows { columns, n_rows })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.n_rows
    }

    /// One of them.
    pub(super) fn get(&self, row: usize) -> Option<Row<'_>> {
        let mut values = [&[][..]; 6];
        for (value, column) in values.iter_mut().zip(&self.columns) {
            *value = column.get(row)?;
        }
        let [key, total, seen, chunks, vector, checksum] = values;
        Some(Row { parts: [key, total, seen, chunks, vector], checksum: i64::from_le_bytes(checksum.try_into().ok()?) })
    }
}

/// A row, not yet believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// Key, `tokens_total`, `tokens_seen`, `chunks`, components.
    parts: [&'a [u8]; 5],
    checksum: i64,
}

impl Row<'_> {
    /// What the row says its key is.
    pub(super) fn key(&self) -> Option<TextKey> {
        Some(TextKey(self.parts[0].try_into().ok()?))
    }

    /// Whether the checksum agrees.
    pub(super) fn is_good(&self, scratch: &mut Vec<u8>) -> bool {
        scratch.clear();
        for part in self.parts {
            scratch.extend_from_slice(part);
        }
        digest(scratch) == self.checksum
    }

    /// The checksum that is kept with the row.
    pub(super) fn checksum(&self) -> i64 {
        self.checksum
    }

    /// What the row holds, if its checksum agrees.
    pub(super) fn embedded(&self, scratch: &mut Vec<u8>) -> Option<Embedded> {
        if !self.is_good(scratch) {
            return None;
        }
        let [_, total, seen, chunks, vector] = self.parts;
        let count = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?));
        let (components, _) = vector.as_chunks::<WORD>();
        Some(Embedded {
            vector: components.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            tokens_total: count(total)?,
            tokens_seen: count(seen)?,
            chunks: count(chunks)?,
        })
    }
}

fn n_rows(group: &RowGroupMetaData) -> Result<usize, Fault> {
    usize::try_from(group.num_rows()).map_err(|_| Fault::Damaged("expected a number of rows".to_owned()))
}

fn signed(base: u64) -> Result<i64, Fault> {
    i64::try_from(base).map_err(|_| Fault::Damaged("expected an offset in a file".to_owned()))
}

/// From the first byte of these column chunks to the last; none where a dictionary or a negative number stands, which
/// no segment has.
fn span_of(chunks: &[ColumnChunkMetaData]) -> Option<(u64, usize)> {
    let mut span: Option<(u64, u64)> = None;
    for chunk in chunks {
        if chunk.dictionary_page_offset().is_some() {
            return None;
        }
        let start = u64::try_from(chunk.data_page_offset()).ok()?;
        let end = start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
        span = Some(span.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
    }
    let (start, end) = span?;
    Some((start, usize::try_from(end - start).ok()?))
}
