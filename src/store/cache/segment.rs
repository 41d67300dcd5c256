//! One segment: rows of one space in a Parquet file that is written once.
//!
//! Pages are neither compressed nor dictionary-coded: float vectors hardly shrink, and a flipped byte hurts one row and
//! no other. The footer is the exception, since a reader that believes a damaged one can do anything: its digest is part
//! of the file's name and is compared before it is parsed.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::FixedSizeListBuilder;
use arrow::array::{
    Array, ArrayRef, FixedSizeBinaryArray, FixedSizeBinaryBuilder, FixedSizeListArray, Float32Array, Float32Builder,
    Int64Array, Int64Builder, RecordBatch, UInt32Array, UInt32Builder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::TextKey;
use crate::model::Embedded;
use crate::store::atomic::AtomicFile;
use crate::store::tables::CREATED_BY;
use crate::store::{Result, StoreError};

/// What every segment's name begins with; the digests of its bytes and of its footer follow.
const PREFIX: &str = "seg-";
const SUFFIX: &str = ".parquet";
/// What is appended to the name of a segment that cannot be read in full.
pub(super) const CORRUPT: &str = ".corrupt";
/// Hex digits of each digest in a name. 64 bits are plenty against accidents; both together tell segments apart.
const DIGEST_DIGITS: usize = 16;
/// Behind the footer of a Parquet file: its length, little-endian in four bytes, and the magic number.
const TRAILER: usize = 8;
/// Key of the file metadata that names the space.
const META_FINGERPRINT: &str = "breadth.fingerprint";
/// Rows of a row group: what is read to get at one row, and what is lost when a page header is damaged.
const GROUP_ROWS: usize = 1024;

/// A segment that cannot be read in full, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedSegment {
    /// The file, under the name that it has now.
    pub path: PathBuf,
    /// Expected … got …
    pub reason: String,
}

impl fmt::Display for DamagedSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path.display(), self.reason)
    }
}

/// Why a segment was not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is no longer there: another process has merged or pruned it.
    Gone,
    /// The system did not let us.
    Io(io::Error),
    /// Its bytes are not those that were written.
    Damaged(String),
}

impl From<io::Error> for Fault {
    fn from(cause: io::Error) -> Self {
        match cause.kind() {
            ErrorKind::NotFound => Fault::Gone,
            // A file that is shorter than its footer says.
            ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                Fault::Damaged(cause.to_string())
            }
            _ => Fault::Io(cause),
        }
    }
}

impl From<ParquetError> for Fault {
    fn from(cause: ParquetError) -> Self {
        match cause {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => Fault::from(*io),
                Err(inner) => Fault::Damaged(inner.to_string()),
            },
            cause => Fault::Damaged(cause.to_string()),
        }
    }
}

/// Whether this is the name of a segment.
pub(super) fn is_segment(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Whether a segment's bytes are those that it was written with.
pub(super) fn is_intact(path: &Path) -> std::result::Result<bool, io::Error> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(digests_in_name(path).is_some_and(|(bytes, _)| bytes == digits(&hasher.finalize())))
}

fn digits(digest: &blake3::Hash) -> String {
    digest.to_hex().chars().take(DIGEST_DIGITS).collect()
}

/// The digests of all bytes and of the footer, as the name tells them, also once the segment was set aside.
fn digests_in_name(path: &Path) -> Option<(&str, &str)> {
    let name = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    name.split_once('.')?.0.split_once('-')
}

/// Compares the footer with the digest in the name, before anyone parses it.
fn check_footer(path: &Path, file: &File) -> std::result::Result<(), Fault> {
    let mut file = file;
    let length = file.metadata()?.len();
    let damaged = || Fault::Damaged("expected the footer that its name is the digest of, got another".to_owned());
    let trailer_at = length.checked_sub(TRAILER as u64).ok_or_else(damaged)?;
    let mut trailer = [0; TRAILER];
    file.seek(SeekFrom::Start(trailer_at))?;
    file.read_exact(&mut trailer)?;
    let [a, b, c, d, ..] = trailer;
    let footer_at = trailer_at.checked_sub(u64::from(u32::from_le_bytes([a, b, c, d]))).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(footer_at))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    match digests_in_name(path) {
        Some((_, footer)) if footer == digits(&hasher.finalize()) => Ok(()),
        _ => Err(damaged()),
    }
}

/// Eight bytes of the BLAKE3 digest of a whole row, little-endian: the key, `tokens_total`, `tokens_seen`, `chunks`
/// and the components of the vector, each as little-endian bytes.
fn checksum(key: &[u8], counts: [u32; 3], vector: &[f32]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key);
    for count in counts {
        hasher.update(&count.to_le_bytes());
    }
    let mut bytes = Vec::with_capacity(size_of_val(vector));
    for component in vector {
        bytes.extend_from_slice(&component.to_le_bytes());
    }
    hasher.update(&bytes);
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    i64::from_le_bytes(first)
}

fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Float32, false))
}

fn schema(dimension: usize) -> SchemaRef {
    // No vector has 2^31 components; a space that claims so matches no segment.
    let dimension = i32::try_from(dimension).unwrap_or(i32::MAX);
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::FixedSizeBinary(32), false),
        Field::new("tokens_total", DataType::UInt32, false),
        Field::new("tokens_seen", DataType::UInt32, false),
        Field::new("chunks", DataType::UInt32, false),
        Field::new("vector", DataType::FixedSizeList(element(), dimension), false),
        Field::new("checksum", DataType::Int64, false),
    ]))
}

/// Passes bytes on and takes their digest on the way.
struct Digesting {
    file: AtomicFile,
    all: blake3::Hasher,
    /// Begun anew where the footer begins.
    footer: blake3::Hasher,
}

impl Digesting {
    fn name(&self) -> String {
        let Digesting { all, footer, .. } = self;
        format!("{PREFIX}{}-{}{SUFFIX}", digits(&all.finalize()), digits(&footer.finalize()))
    }
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        let written = bytes.get(..n).unwrap_or(bytes);
        self.all.update(written);
        self.footer.update(written);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct Builders {
    key: FixedSizeBinaryBuilder,
    tokens_total: UInt32Builder,
    tokens_seen: UInt32Builder,
    chunks: UInt32Builder,
    vector: FixedSizeListBuilder<Float32Builder>,
    checksum: Int64Builder,
}

impl Builders {
    fn new(dimension: usize) -> Self {
        let dimension = i32::try_from(dimension).unwrap_or(i32::MAX);
        Builders {
            key: FixedSizeBinaryBuilder::new(32),
            tokens_total: UInt32Builder::new(),
            tokens_seen: UInt32Builder::new(),
            chunks: UInt32Builder::new(),
            vector: FixedSizeListBuilder::new(Float32Builder::new(), dimension).with_field(element()),
            checksum: Int64Builder::new(),
        }
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.key.finish()),
            Arc::new(self.tokens_total.finish()),
            Arc::new(self.tokens_seen.finish()),
            Arc::new(self.chunks.finish()),
            Arc::new(self.vector.finish()),
            Arc::new(self.checksum.finish()),
        ]
    }
}

/// Writes one segment.
pub(super) struct SegmentWriter {
    writer: ArrowWriter<Digesting>,
    builders: Builders,
    schema: SchemaRef,
    folder: PathBuf,
    fingerprint: String,
    dimension: usize,
    rows: usize,
}

impl SegmentWriter {
    /// Opens a segment in the folder of a space.
    pub(super) fn create(folder: &Path, fingerprint: &str, dimension: usize) -> Result<Self> {
        let file = AtomicFile::create_in(folder, "seg")?;
        let file = Digesting { file, all: blake3::Hasher::new(), footer: blake3::Hasher::new() };
        let schema = schema(dimension);
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(vec![KeyValue::new(META_FINGERPRINT.to_owned(), fingerprint.to_owned())]))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|cause| StoreError::parquet("write into", folder, cause))?;
        let builders = Builders::new(dimension);
        Ok(SegmentWriter {
            writer,
            builders,
            schema,
            folder: folder.to_owned(),
            fingerprint: fingerprint.to_owned(),
            dimension,
            rows: 0,
        })
    }

    /// Appends a row. A vector of another length or with a component that is not finite is refused.
    pub(super) fn append(&mut self, key: &TextKey, embedded: &Embedded) -> Result<()> {
        let bad = |reason: String| StoreError::BadVector { fingerprint: self.fingerprint.clone(), reason };
        let Embedded { vector, tokens_total, tokens_seen, chunks } = embedded;
        if vector.len() != self.dimension {
            return Err(bad(format!("expected {} components, got {}", self.dimension, vector.len())));
        }
        if let Some(component) = vector.iter().find(|component| !component.is_finite()) {
            return Err(bad(format!("expected finite components, got {component}")));
        }
        self.builders.key.append_value(key.as_bytes()).map_err(|cause| bad(cause.to_string()))?;
        self.builders.tokens_total.append_value(*tokens_total);
        self.builders.tokens_seen.append_value(*tokens_seen);
        self.builders.chunks.append_value(*chunks);
        self.builders.vector.values().append_slice(vector);
        self.builders.vector.append(true);
        self.builders.checksum.append_value(checksum(key.as_bytes(), [*tokens_total, *tokens_seen, *chunks], vector));
        self.rows += 1;
        if self.rows.is_multiple_of(GROUP_ROWS) { self.flush() } else { Ok(()) }
    }

    /// Brings the segment to the disk and gives it its name. Without rows there is no file, and `None`.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.flush()?;
        let failed = |cause| StoreError::parquet("write into", &self.folder, cause);
        self.writer.flush().and_then(|()| Ok(self.writer.sync()?)).map_err(failed)?;
        // All rows have passed; what comes now is the footer.
        self.writer.inner_mut().footer.reset();
        let file = self.writer.into_inner().map_err(failed)?;
        let name = file.name();
        file.file.finish(&name).map(Some)
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    fn flush(&mut self) -> Result<()> {
        let failed = |cause| StoreError::parquet("write into", &self.folder, cause);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), self.builders.finish())
            .map_err(|cause| failed(ParquetError::from(cause)))?;
        self.writer.write(&batch).map_err(failed)
    }
}

/// A row as it was read: what its key is, and what it holds if its checksum agrees.
pub(super) struct Row {
    pub(super) key: TextKey,
    pub(super) embedded: Option<Embedded>,
}

/// A segment, opened.
pub(super) struct Segment {
    file: File,
    metadata: ArrowReaderMetadata,
}

impl Segment {
    /// Opens a segment of a space and checks that it is one; without a `dimension`, the segment's own will do.
    pub(super) fn open(path: &Path, fingerprint: &str, dimension: Option<usize>) -> std::result::Result<Self, Fault> {
        let file = File::open(path)?;
        check_footer(path, &file)?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
        let own = match metadata.schema().fields().get(4).map(|field| field.data_type()) {
            Some(DataType::FixedSizeList(_, own)) => usize::try_from(*own).ok(),
            _ => None,
        };
        let expected = dimension.or(own).map(schema);
        if expected.as_ref().map(|schema| schema.fields()) != Some(metadata.schema().fields()) {
            let expected =
                dimension.map_or("vectors".to_owned(), |dimension| format!("vectors of {dimension} components"));
            return Err(Fault::Damaged(format!("expected rows with {expected}, got another schema")));
        }
        let pairs = metadata.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let named = pairs.filter(|pair| pair.key == META_FINGERPRINT).find_map(|pair| pair.value.as_deref());
        if named != Some(fingerprint) {
            let named = named.unwrap_or("none");
            return Err(Fault::Damaged(format!("expected a segment of space `{fingerprint}`, got `{named}`")));
        }
        Ok(Segment { file, metadata })
    }

    /// Parts that can be read one by one, so that damage in one does not take the others along.
    pub(super) fn n_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Rows, as the footer says.
    pub(super) fn n_rows(&self) -> usize {
        usize::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Positions in a group whose key `wanted` says yes to.
    pub(super) fn select(
        &self,
        group: usize,
        wanted: impl Fn(&TextKey) -> bool,
    ) -> std::result::Result<RowSelection, Fault> {
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), [0]);
        let reader = self.group(group)?.with_projection(mask).build()?;
        let mut hits = Vec::new();
        for batch in reader {
            let batch = batch.map_err(ParquetError::from)?;
            let keys = column::<FixedSizeBinaryArray>(&batch, 0)?;
            for key in &keys {
                hits.push(key.is_some_and(|key| text_key(key).is_some_and(|key| wanted(&key))));
            }
        }
        Ok(RowSelection::from_filters(&[hits.into()]))
    }

    /// Reads the rows of a group, all or the selected ones, until `each` has had enough.
    pub(super) fn read(
        &self,
        group: usize,
        selection: Option<RowSelection>,
        mut each: impl FnMut(Row) -> ControlFlow<StoreError>,
    ) -> std::result::Result<ControlFlow<StoreError>, Fault> {
        let mut reader = self.group(group)?;
        if let Some(selection) = selection {
            reader = reader.with_row_selection(selection);
        }
        for batch in reader.build()? {
            let rows = Rows::of(&batch.map_err(ParquetError::from)?)?;
            for at in 0..rows.len() {
                if let Some(row) = rows.get(at)
                    && let stop @ ControlFlow::Break(_) = each(row)
                {
                    return Ok(stop);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn group(&self, group: usize) -> std::result::Result<ParquetRecordBatchReaderBuilder<File>, Fault> {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.try_clone()?, self.metadata.clone());
        Ok(reader.with_row_groups(vec![group]).with_batch_size(GROUP_ROWS))
    }
}

fn text_key(bytes: &[u8]) -> Option<TextKey> {
    bytes.try_into().ok().map(TextKey)
}

fn column<T: Array + Clone + 'static>(batch: &RecordBatch, at: usize) -> std::result::Result<T, Fault> {
    let column = batch.columns().get(at).and_then(|column| column.as_any().downcast_ref::<T>()).cloned();
    column.ok_or_else(|| Fault::Damaged(format!("expected another type in column {at}")))
}

/// The rows of a batch, by column.
struct Rows {
    keys: FixedSizeBinaryArray,
    counts: [UInt32Array; 3],
    vectors: FixedSizeListArray,
    components: Float32Array,
    checksums: Int64Array,
}

impl Rows {
    fn of(batch: &RecordBatch) -> std::result::Result<Self, Fault> {
        let vectors = column::<FixedSizeListArray>(batch, 4)?;
        let components = vectors.values().as_any().downcast_ref::<Float32Array>().cloned();
        let components = components.ok_or_else(|| Fault::Damaged("expected float32 vectors".to_owned()))?;
        Ok(Rows {
            keys: column(batch, 0)?,
            counts: [column(batch, 1)?, column(batch, 2)?, column(batch, 3)?],
            vectors,
            components,
            checksums: column(batch, 5)?,
        })
    }

    fn len(&self) -> usize {
        self.keys.len()
    }

    fn get(&self, at: usize) -> Option<Row> {
        let key = text_key(self.keys.value(at))?;
        let counts @ [tokens_total, tokens_seen, chunks] = self.counts.each_ref().map(|counts| counts.value(at));
        let start = usize::try_from(self.vectors.value_offset(at)).ok()?;
        let dimension = usize::try_from(self.vectors.value_length()).ok()?;
        let vector = self.components.values().get(start..start + dimension)?;
        let good = checksum(key.as_bytes(), counts, vector) == self.checksums.value(at);
        let embedded = good.then(|| Embedded { vector: vector.to_vec(), tokens_total, tokens_seen, chunks });
        Some(Row { key, embedded })
    }
}
