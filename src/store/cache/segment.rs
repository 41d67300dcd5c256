//! One segment: rows of one space in a Parquet file that is written once.
//!
//! Pages are neither compressed nor dictionary-coded: float vectors hardly shrink, and a flipped byte hurts one row and
//! no other. The footer is the exception, since a reader that believes a damaged one can do anything: its digest is part
//! of the file's name and is compared before it is parsed.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;

use super::rows::{Keys, Rows};

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
pub(super) const META_FINGERPRINT: &str = "breadth.fingerprint";
/// Rows of a row group: what is read to get at one row, and what is lost when a page header is damaged.
pub(super) const GROUP_ROWS: usize = 1024;

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

/// The name of a segment with these digests of all its bytes and of its footer.
pub(super) fn name_of(all: &blake3::Hash, footer: &blake3::Hash) -> String {
    format!("{PREFIX}{}-{}{SUFFIX}", digits(all), digits(footer))
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

fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Float32, false))
}

/// The columns of a segment.
pub(super) fn schema(dimension: usize) -> SchemaRef {
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

/// A segment whose footer was read. Its file is opened anew for reading, so that thousands can be at hand at once.
pub(super) struct Segment {
    path: PathBuf,
    metadata: Arc<ParquetMetaData>,
    dimension: usize,
}

impl Segment {
    /// Reads the footer of a segment of a space and checks that it is one; without a `dimension`, the segment's own
    /// will do.
    pub(super) fn open(path: &Path, fingerprint: &str, dimension: Option<usize>) -> std::result::Result<Self, Fault> {
        let file = File::open(path)?;
        check_footer(path, &file)?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
        let own = match metadata.schema().fields().get(4).map(|field| field.data_type()) {
            Some(DataType::FixedSizeList(_, own)) => usize::try_from(*own).ok(),
            _ => None,
        };
        let expected = dimension.or(own);
        let agrees = expected.map(schema).is_some_and(|schema| schema.fields() == metadata.schema().fields());
        let Some(dimension) = expected.filter(|dimension| agrees && *dimension > 0) else {
            let expected =
                dimension.map_or("vectors".to_owned(), |dimension| format!("vectors of {dimension} components"));
            return Err(Fault::Damaged(format!("expected rows with {expected}, got another schema")));
        };
        let pairs = metadata.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let named = pairs.filter(|pair| pair.key == META_FINGERPRINT).find_map(|pair| pair.value.as_deref());
        if named != Some(fingerprint) {
            let named = named.unwrap_or("none");
            return Err(Fault::Damaged(format!("expected a segment of space `{fingerprint}`, got `{named}`")));
        }
        Ok(Segment { path: path.to_owned(), metadata: Arc::clone(metadata.metadata()), dimension })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Parts that can be read one by one, so that damage in one does not take the others along.
    pub(super) fn n_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Rows, as the footer says.
    pub(super) fn n_rows(&self) -> usize {
        usize::try_from(self.metadata.file_metadata().num_rows()).unwrap_or(0)
    }

    /// Opens the file for one thread to read from.
    pub(super) fn reader(&self) -> std::result::Result<SegmentReader<'_>, Fault> {
        let file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        Ok(SegmentReader { segment: self, file, length })
    }
}

/// An open segment.
pub(super) struct SegmentReader<'a> {
    segment: &'a Segment,
    file: File,
    length: u64,
}

impl SegmentReader<'_> {
    /// The keys of a group; no vector is read.
    pub(super) fn keys(&self, group: usize) -> std::result::Result<Keys, Fault> {
        let group = self.segment.metadata.row_group(group);
        let (start, length) = self.inside(Keys::span(group))?;
        Keys::of(self.file.get_bytes(start, length)?, start, group)
    }

    /// The rows of a group.
    pub(super) fn rows(&self, group: usize) -> std::result::Result<Rows, Fault> {
        let group = self.segment.metadata.row_group(group);
        let (start, length) = self.inside(Rows::span(group))?;
        Rows::of(self.file.get_bytes(start, length)?, start, group, self.segment.dimension)
    }

    /// Nothing is read, and no room made for it, that lies outside of the file.
    fn inside(&self, span: Option<(u64, usize)>) -> std::result::Result<(u64, usize), Fault> {
        span.filter(|(start, length)| start.checked_add(*length as u64).is_some_and(|end| end <= self.length))
            .ok_or_else(|| Fault::Damaged("expected plain columns inside of the file".to_owned()))
    }
}
