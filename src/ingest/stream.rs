//! A file as a stream of decompressed bytes, with the digest of its raw bytes on the side.
//!
//! Compression is told from magic bytes, never from the name.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};

use super::Input;
use super::error::IngestError;

/// Raw bytes are read in pieces of this size.
const RAW_BUFFER: usize = 256 << 10;

/// So much of the decompressed beginning is looked at to tell the format.
const HEAD: usize = 256 << 10;

/// RFC 1952, 2.3.1: two identification bytes and the only compression method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// RFC 8878, 3.1.1: magic number, little-endian.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The bytes of the file itself. Hashes what passes, and remembers whether reading failed, so that
/// a broken disk is not taken for damaged gzip data.
struct Raw {
    inner: Box<dyn Read + Send>,
    hasher: blake3::Hasher,
    bytes: u64,
    failed: bool,
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(n) => {
                self.hasher.update(&buffer[..n]);
                self.bytes += n as u64;
                Ok(n)
            }
            Err(error) => {
                self.failed |= error.kind() != io::ErrorKind::Interrupted;
                Err(error)
            }
        }
    }
}

/// The raw bytes again from the first one on, after the magic bytes were looked at.
type Source = BufReader<io::Chain<Cursor<Vec<u8>>, Raw>>;

enum Decoder {
    Plain(Source),
    Gzip(Box<flate2::bufread::MultiGzDecoder<Source>>),
    Zstd(zstd::Decoder<'static, Source>),
}

impl Decoder {
    fn source(&mut self) -> &mut Source {
        match self {
            Decoder::Plain(source) => source,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn raw(&self) -> &Raw {
        let source = match self {
            Decoder::Plain(source) => source,
            Decoder::Gzip(decoder) => decoder.get_ref(),
            Decoder::Zstd(decoder) => decoder.get_ref(),
        };
        source.get_ref().get_ref().1
    }
}

/// Whether opening a path could wait forever, so that not even an interrupt would end it. What a shell puts in place of
/// `<(COMMAND)` has its writer already.
#[cfg(unix)]
fn is_named_pipe(path: &std::path::Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let of_the_shell = ["/dev/fd", "/proc"].iter().any(|folder| path.starts_with(folder));
    !of_the_shell && std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_named_pipe(_: &std::path::Path) -> bool {
    false
}

/// Decompressed bytes of a file, the beginning of which can be looked at before it is read.
pub(super) struct Stream {
    decoder: Decoder,
    head: Vec<u8>,
    /// How much of the head was read.
    taken: usize,
    /// What ended the head early; comes up when the head was read.
    pending: Option<io::Error>,
}

impl Stream {
    pub(super) fn open(input: &Input) -> Result<Self, IngestError> {
        let inner: Box<dyn Read + Send> = if input.is_stdin() {
            Box::new(io::stdin())
        } else if is_named_pipe(&input.path) {
            return Err(IngestError::NeedsPlainFile {
                file: input.name.to_string(),
                format: "samples",
                got: "a named pipe",
                hint: "nobody may ever write into it; send it to standard input, which is called `-`",
            });
        } else {
            let file = File::open(&input.path);
            Box::new(file.map_err(|cause| IngestError::Open { file: input.name.to_string(), cause })?)
        };
        Stream::new(inner).map_err(|cause| IngestError::Read { file: input.name.to_string(), cause })
    }

    /// Looks at the magic bytes and decompresses the head. Fails only where the raw bytes cannot be read.
    pub(super) fn new(inner: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut raw = Raw { inner, hasher: blake3::Hasher::new(), bytes: 0, failed: false };
        let mut magic = Vec::new();
        raw.by_ref().take(ZSTD.len() as u64).read_to_end(&mut magic)?;
        let (gzip, zstd) = (magic.starts_with(&GZIP), magic.starts_with(&ZSTD));
        let source = BufReader::with_capacity(RAW_BUFFER, Cursor::new(magic).chain(raw));
        let decoder = if gzip {
            Decoder::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(source)))
        } else if zstd {
            Decoder::Zstd(zstd::Decoder::with_buffer(source)?)
        } else {
            Decoder::Plain(source)
        };
        let mut stream = Stream { decoder, head: Vec::new(), taken: 0, pending: None };
        let mut head = Vec::new();
        let outcome = stream.by_ref().take(HEAD as u64).read_to_end(&mut head);
        if let Err(error) = outcome {
            if stream.compression().is_none() {
                return Err(error);
            }
            stream.pending = Some(error);
        }
        stream.head = head;
        Ok(stream)
    }

    /// The decompressed beginning of the file, without a byte order mark.
    pub(super) fn head(&self) -> &[u8] {
        self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head)
    }

    /// What the file is compressed with; null for a plain file.
    pub(super) fn compression(&self) -> Option<&'static str> {
        match self.decoder {
            Decoder::Plain(_) => None,
            Decoder::Gzip(_) => Some("gzip data"),
            Decoder::Zstd(_) => Some("zstd data"),
        }
    }

    /// Puts an error that ended the stream after row `row` into words when it lies in the compressed data;
    /// null when the file itself could not be read.
    pub(super) fn damage(&self, error: &io::Error, unit: &str, row: u64) -> Option<String> {
        let compression = self.compression()?;
        if self.decoder.raw().failed {
            return None;
        }
        Some(if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("{compression} ends early after {unit} {row}")
        } else {
            format!("{compression} is damaged after {unit} {row}: {error}")
        })
    }

    /// Reads on to the end of the raw bytes; gives their number and digest.
    pub(super) fn finish(&mut self, input: &Input) -> Result<(Option<u64>, Option<String>), IngestError> {
        let source = self.decoder.source();
        io::copy(source, &mut io::sink()).map_err(|cause| IngestError::Read { file: input.name.to_string(), cause })?;
        let raw = self.decoder.raw();
        Ok((Some(raw.bytes), Some(raw.hasher.finalize().to_hex().to_string())))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken < self.head.len() {
            let n = buffer.len().min(self.head.len() - self.taken);
            buffer[..n].copy_from_slice(&self.head[self.taken..self.taken + n]);
            self.taken += n;
            return Ok(n);
        }
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        match &mut self.decoder {
            Decoder::Plain(source) => source.read(buffer),
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Zstd(decoder) => decoder.read(buffer),
        }
    }
}
