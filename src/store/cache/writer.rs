//! Writing a segment: rows in, a Parquet file out, under a name that holds the digests of its bytes and its footer.
//!
//! A row group is six column chunks of one plain page each, so that its bytes are put down as they are: a general writer
//! would look at every component twice to find that none is missing. Nothing appears under the segment's name before it
//! is on the disk in full; a vector that does not fit its space is refused.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, encode_arrow_schema};
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, SchemaDescPtr};

use super::TextKey;
use super::rows::extend_le;
use super::segment::{GROUP_ROWS, META_FINGERPRINT, name_of, schema};
use crate::model::Embedded;
use crate::store::atomic::AtomicFile;
use crate::store::tables::CREATED_BY;
use crate::store::{Result, StoreError};

/// What a Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";
/// The version of the Parquet format whose pages and types these are.
const FORMAT: i32 = 1;

/// Passes bytes on and takes their digest on the way.
struct Digesting {
    file: AtomicFile,
    all: blake3::Hasher,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.all.update(bytes.get(..n).unwrap_or(bytes));
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes one segment.
pub(super) struct SegmentWriter {
    file: TrackedWrite<Digesting>,
    /// The columns of a segment, as Parquet and as Arrow describe them.
    columns: SchemaDescPtr,
    arrow_schema: String,
    groups: Vec<RowGroupMetaData>,
    /// The values of the group in hand, column by column, as they will lie in the file.
    values: [Vec<u8>; 6],
    rows_in_hand: usize,
    rows: usize,
    folder: PathBuf,
    fingerprint: String,
    dimension: usize,
}

impl SegmentWriter {
    /// Opens a segment in the folder of a space.
    pub(super) fn create(folder: &Path, fingerprint: &str, dimension: usize) -> Result<Self> {
        let failed = |cause| StoreError::parquet("write into", folder, cause);
        let schema = schema(dimension);
        let columns = ArrowSchemaConverter::new().convert(&schema).map_err(failed)?.into();
        let file = Digesting { file: AtomicFile::create_in(folder, "seg")?, all: blake3::Hasher::new() };
        let mut file = TrackedWrite::new(file);
        file.write_all(MAGIC).map_err(|cause| StoreError::io("write into", folder, cause))?;
        Ok(SegmentWriter {
            file,
            columns,
            arrow_schema: encode_arrow_schema(&schema),
            groups: Vec::new(),
            values: Default::default(),
            rows_in_hand: 0,
            rows: 0,
            folder: folder.to_owned(),
            fingerprint: fingerprint.to_owned(),
            dimension,
        })
    }

    /// Appends a row with its checksum. A vector of another length or with a component that is not finite is refused.
    pub(super) fn append(&mut self, key: &TextKey, embedded: &Embedded, checksum: i64) -> Result<()> {
        let bad = |reason: String| StoreError::BadVector { fingerprint: self.fingerprint.clone(), reason };
        let Embedded { vector, tokens_total, tokens_seen, chunks } = embedded;
        if vector.len() != self.dimension {
            return Err(bad(format!("expected {} components, got {}", self.dimension, vector.len())));
        }
        if let Some(component) = vector.iter().find(|component| !component.is_finite()) {
            return Err(bad(format!("expected finite components, got {component}")));
        }
        let [keys, totals, seens, all_chunks, vectors, checksums] = &mut self.values;
        if vectors.is_empty() {
            // Memory that is never written to costs nothing; growing step by step would copy it again and again.
            vectors.reserve_exact(GROUP_ROWS * self.dimension * size_of::<f32>());
        }
        keys.extend_from_slice(key.as_bytes());
        for (values, count) in [(totals, tokens_total), (seens, tokens_seen), (all_chunks, chunks)] {
            values.extend_from_slice(&count.to_le_bytes());
        }
        extend_le(vectors, vector);
        checksums.extend_from_slice(&checksum.to_le_bytes());
        self.rows += 1;
        self.rows_in_hand += 1;
        if self.rows_in_hand == GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    /// Brings the segment to the disk and gives it its name. Without rows there is no file, and `None`.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.flush()?;
        let failed = |cause| StoreError::parquet("write into", &self.folder, cause);
        let metadata = ParquetMetaData::new(self.file_metadata().map_err(failed)?, std::mem::take(&mut self.groups));
        let mut footer = Vec::new();
        ParquetMetaDataWriter::new(&mut footer, &metadata).finish().map_err(failed)?;
        self.file.write_all(&footer).map_err(|cause| StoreError::io("write into", &self.folder, cause))?;
        let Digesting { file, all } = self.file.into_inner().map_err(failed)?;
        file.finish(&name_of(&all.finalize(), &blake3::hash(&footer))).map(Some)
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn file_metadata(&self) -> std::result::Result<FileMetaData, ParquetError> {
        let pairs = vec![
            KeyValue::new(META_FINGERPRINT.to_owned(), self.fingerprint.clone()),
            KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), self.arrow_schema.clone()),
        ];
        let (rows, writer) = (i64::try_from(self.rows)?, Some(CREATED_BY.to_owned()));
        Ok(FileMetaData::new(FORMAT, rows, writer, Some(pairs), self.columns.clone(), None))
    }

    /// Writes the group in hand.
    fn flush(&mut self) -> Result<()> {
        if self.rows_in_hand == 0 {
            return Ok(());
        }
        let group = self.write_group().map_err(|cause| StoreError::parquet("write into", &self.folder, cause))?;
        self.groups.push(group);
        self.rows_in_hand = 0;
        Ok(())
    }

    fn write_group(&mut self) -> std::result::Result<RowGroupMetaData, ParquetError> {
        let columns = self.columns.clone();
        let mut chunks = Vec::new();
        for (at, column) in columns.columns().iter().enumerate() {
            let values = std::mem::take(&mut self.values[at]);
            chunks.push(self.write_chunk(column, values)?);
        }
        let bytes = chunks.iter().map(ColumnChunkMetaData::uncompressed_size).sum();
        RowGroupMetaData::builder(columns)
            .set_num_rows(i64::try_from(self.rows_in_hand)?)
            .set_total_byte_size(bytes)
            .set_column_metadata(chunks)
            .build()
    }

    /// Writes the values of one column as one page.
    fn write_chunk(
        &mut self,
        column: &ColumnDescPtr,
        values: Vec<u8>,
    ) -> std::result::Result<ColumnChunkMetaData, ParquetError> {
        let (n_values, bytes) = if column.max_rep_level() == 0 {
            (self.rows_in_hand, values)
        } else {
            let mut bytes = levels(self.rows_in_hand, self.dimension)?;
            bytes.reserve_exact(values.len());
            bytes.extend_from_slice(&values);
            (self.rows_in_hand * self.dimension, bytes)
        };
        // The length of a page is a signed number of four bytes.
        let length = usize::try_from(i32::try_from(bytes.len())?)?;
        let page = Page::DataPage {
            buf: bytes.into(),
            num_values: u32::try_from(n_values)?,
            encoding: Encoding::PLAIN,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let written = SerializedPageWriter::new(&mut self.file).write_page(CompressedPage::new(page, length))?;
        let bytes = i64::try_from(written.bytes_written)?;
        ColumnChunkMetaData::builder(column.clone())
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE])
            .set_compression(Compression::UNCOMPRESSED)
            .set_num_values(i64::try_from(n_values)?)
            .set_total_compressed_size(bytes)
            .set_total_uncompressed_size(bytes)
            .set_data_page_offset(i64::try_from(written.offset)?)
            .build()
    }
}

/// The levels of a page of lists that are all of one length and lack nothing: a row begins where the repetition level is
/// 0 and goes on where it is 1, and every definition level is 1. Each section follows its length.
///
/// <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>
fn levels(rows: usize, dimension: usize) -> std::result::Result<Vec<u8>, ParquetError> {
    let mut row = Vec::new();
    run(&mut row, 1, 0);
    run(&mut row, dimension.saturating_sub(1), 1);
    let mut defined = Vec::new();
    run(&mut defined, rows * dimension, 1);
    let mut sections = Vec::new();
    for section in [row.repeat(rows), defined] {
        sections.extend(u32::try_from(section.len())?.to_le_bytes());
        sections.extend(section);
    }
    Ok(sections)
}

/// A run of equal levels: twice its length as a ULEB128 number, then the level.
fn run(bytes: &mut Vec<u8>, length: usize, level: u8) {
    if length == 0 {
        return;
    }
    let mut rest = length << 1;
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap_or(0));
    bytes.push(level);
}
