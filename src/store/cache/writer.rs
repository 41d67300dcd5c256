//! Writing a segment: rows in, a Parquet file out, under a name that holds the digests of its bytes and its footer.
//!
//! Nothing appears under that name before it is on the disk in full; a vector that does not fit its space is refused.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::FixedSizeListBuilder;
use arrow::array::{ArrayRef, FixedSizeBinaryBuilder, Float32Builder, Int64Builder, RecordBatch, UInt32Builder};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::TextKey;
use super::rows::checksum;
use super::segment::{GROUP_ROWS, META_FINGERPRINT, element, name_of, schema};
use crate::model::Embedded;
use crate::store::atomic::AtomicFile;
use crate::store::tables::CREATED_BY;
use crate::store::{Result, StoreError};

/// Passes bytes on and takes their digests on the way.
struct Digesting {
    file: AtomicFile,
    all: blake3::Hasher,
    footer: blake3::Hasher,
    /// All rows have passed; what comes now is the footer.
    in_footer: bool,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        let written = bytes.get(..n).unwrap_or(bytes);
        self.all.update(written);
        if self.in_footer {
            self.footer.update(written);
        }
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
    /// The bytes of the vector in hand, and those of its whole row.
    components: Vec<u8>,
    scratch: Vec<u8>,
}

impl SegmentWriter {
    /// Opens a segment in the folder of a space.
    pub(super) fn create(folder: &Path, fingerprint: &str, dimension: usize) -> Result<Self> {
        let file = AtomicFile::create_in(folder, "seg")?;
        let file = Digesting { file, all: blake3::Hasher::new(), footer: blake3::Hasher::new(), in_footer: false };
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
            components: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Appends a row. A vector of another length or with a component that is not finite is refused.
    pub(super) fn append(&mut self, key: &TextKey, embedded: &Embedded) -> Result<()> {
        let Embedded { vector, tokens_total, tokens_seen, chunks } = embedded;
        self.components.clear();
        self.components.extend(vector.iter().flat_map(|component| component.to_le_bytes()));
        let [total, seen, chunks] = [tokens_total, tokens_seen, chunks].map(|count| count.to_le_bytes());
        let parts = [key.as_bytes(), &total[..], &seen, &chunks, &self.components];
        let checksum = checksum(parts, &mut self.scratch);
        self.append_checked(key, embedded, checksum)
    }

    /// As [`SegmentWriter::append`], for a row whose checksum is known.
    pub(super) fn append_checked(&mut self, key: &TextKey, embedded: &Embedded, checksum: i64) -> Result<()> {
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
        self.builders.checksum.append_value(checksum);
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
        self.writer.inner_mut().in_footer = true;
        let Digesting { file, all, footer, .. } = self.writer.into_inner().map_err(failed)?;
        file.finish(&name_of(&all.finalize(), &footer.finalize())).map(Some)
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
