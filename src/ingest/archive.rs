//! ZIP archives: a plain file goes in; the names of its members and, asked for one by one, their bytes come out.
//!
//! The directory is read once and checked as a whole, so that nothing is looked for in the file: a hostile one costs what
//! its directory says and no more. Members are then read at their own positions, from as many threads as like to. Names
//! are keys and never paths: nothing is written. Layout: PKWARE's `APPNOTE.TXT` 6.3.10, sections 4.3 to 4.5.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use super::LINE_LIMIT;

/// An archive whose directory is sound.
#[derive(Debug)]
pub(super) struct Archive {
    file: File,
    /// Where the directory begins: no member reaches beyond.
    end: u64,
    members: Vec<Member>,
    by_name: HashMap<String, usize>,
}

/// A member, as the directory describes it.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// As the directory writes it; bytes that are no UTF-8 are replaced.
    pub(super) name: String,
    /// Bytes that it holds when it is unpacked.
    pub(super) size: u64,
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u64,
    offset: u64,
}

/// Longest directory that is held: some two million members.
const DIRECTORY_LIMIT: u64 = 256 << 20;

/// The end record without its comment (4.3.16), and the longest comment there can be.
const END: usize = 22;
const COMMENT: usize = 0xffff;

/// 4.3.7 and 4.3.12: what comes before the name of a member, in front of its data and in the directory.
const LOCAL_HEADER: usize = 30;
const DIRECTORY_HEADER: usize = 46;

/// A field of 32 bits with this value has its true value in a ZIP64 field (4.5.3).
const ELSEWHERE: u64 = 0xffff_ffff;

/// Compressed bytes that are read at once.
const BUFFER: usize = 128 << 10;

/// As much is set aside for a member before it shows that it holds what it says: enough for almost every sample.
const FIRST_BYTES: u64 = 8 << 20;

impl Archive {
    /// Reads the directory.
    ///
    /// # Errors
    /// With what is wrong, to follow "read … as an archive: ".
    pub(super) fn open(file: File) -> Result<Self, String> {
        let broken = |cause: io::Error| format!("its directory cannot be read: {cause}");
        let length = file.metadata().map_err(broken)?.len();
        let place = Place::find(&file, length).map_err(broken)??;
        let mut directory = vec![0; usize::try_from(place.size).unwrap_or_default()];
        fill(&file, &mut directory, place.offset).map_err(broken)?;
        let members = members_of(&directory, place.n_members)?;
        check_places(&members, place.offset)?;
        let mut archive = Archive { file, end: place.offset, members: Vec::new(), by_name: HashMap::new() };
        for member in members {
            // A member that is written again is there twice, and the later one counts.
            if let Some(&earlier) = archive.by_name.get(&member.name) {
                archive.members[earlier] = member;
            } else {
                archive.by_name.insert(member.name.clone(), archive.members.len());
                archive.members.push(member);
            }
        }
        Ok(archive)
    }

    /// The members, each name once, in the order in which the names first occur.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of a name.
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.by_name.get(name).map(|&at| &self.members[at])
    }

    /// Unpacks a member.
    ///
    /// # Errors
    /// With what is wrong with it, to follow its name.
    pub(super) fn read(&self, member: &Member) -> Result<Vec<u8>, String> {
        // 4.4.4: bit 0 says encrypted, bit 13 that the directory itself is masked.
        if member.flags & (1 | 1 << 13) != 0 {
            return Err("is encrypted".to_owned());
        }
        if member.size > LINE_LIMIT as u64 {
            return Err(format!("is longer than {} MiB", LINE_LIMIT >> 20));
        }
        let span = self.packed(member)?;
        let bytes = match member.method {
            0 => unpack(span, member.size),
            8 => unpack(flate2::bufread::DeflateDecoder::new(BufReader::with_capacity(BUFFER, span)), member.size),
            93 if member.size.max(member.packed) <= FIRST_BYTES => unpack_at_once(span, member.size),
            93 => zstd::Decoder::new(span).and_then(|decoder| unpack(decoder, member.size)),
            other => return Err(format!("is compressed in a way that is not read here (method {other})")),
        };
        let damaged = |cause: io::Error| format!("is damaged: {cause}");
        let bytes = bytes.map_err(damaged)?;
        if bytes.len() as u64 != member.size || crc32fast::hash(&bytes) != member.checksum {
            return Err("is damaged: it does not hold what the directory says".to_owned());
        }
        Ok(bytes)
    }

    /// The compressed bytes of a member.
    fn packed(&self, member: &Member) -> Result<Span<'_>, String> {
        let mut header = [0; LOCAL_HEADER];
        fill(&self.file, &mut header, member.offset).map_err(|cause| format!("is damaged: {cause}"))?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err("is damaged: it is not where the directory says".to_owned());
        }
        let lengths = number(&header, 26, 2) + number(&header, 28, 2);
        let start = member.offset + LOCAL_HEADER as u64 + lengths;
        let end = start.saturating_add(member.packed);
        if end > self.end {
            return Err("is damaged: it reaches into the directory".to_owned());
        }
        Ok(Span { file: &self.file, at: start, end })
    }
}

/// Where the directory is.
struct Place {
    offset: u64,
    size: u64,
    n_members: u64,
}

impl Place {
    /// Looks at the end of the file; the inner error says what is wrong there.
    fn find(file: &File, length: u64) -> io::Result<Result<Self, String>> {
        let tail_length = length.min((END + COMMENT) as u64);
        let mut tail = vec![0; usize::try_from(tail_length).unwrap_or_default()];
        let tail_start = length - tail_length;
        fill(file, &mut tail, tail_start)?;
        let ends = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(b"PK\x05\x06") && record.len() as u64 == END as u64 + number(record, 20, 2)
        };
        let Some(at) = (0..=tail.len().saturating_sub(END)).rev().filter(|_| tail.len() >= END).find(ends) else {
            return Ok(Err("its directory, which comes last, is missing: the file was cut off".to_owned()));
        };
        let record = &tail[at..];
        let mut place =
            Place { n_members: number(record, 10, 2), size: number(record, 12, 4), offset: number(record, 16, 4) };
        let end = tail_start + at as u64;
        if place.n_members == 0xffff || place.size == ELSEWHERE || place.offset == ELSEWHERE {
            match Place::find_large(file, end)? {
                Some(large) => place = large,
                None => return Ok(Err("its directory is damaged".to_owned())),
            }
        }
        let fits = place.offset.checked_add(place.size).is_some_and(|directory_end| directory_end <= end);
        Ok(match fits {
            true if place.size <= DIRECTORY_LIMIT => Ok(place),
            true => Err(format!("its directory is longer than {} MiB", DIRECTORY_LIMIT >> 20)),
            false => Err("its directory is damaged: it is not where the end of the file says".to_owned()),
        })
    }

    /// Follows the ZIP64 records in front of the end record (4.3.14, 4.3.15); none where they are not there.
    fn find_large(file: &File, end: u64) -> io::Result<Option<Self>> {
        let mut locator = [0; 20];
        let Some(at) = end.checked_sub(locator.len() as u64) else { return Ok(None) };
        fill(file, &mut locator, at)?;
        let mut record = [0; 56];
        let offset = number(&locator, 8, 8);
        let inside = offset.checked_add(record.len() as u64).is_some_and(|record_end| record_end <= at);
        if !locator.starts_with(b"PK\x06\x07") || !inside {
            return Ok(None);
        }
        fill(file, &mut record, offset)?;
        let place =
            Place { n_members: number(&record, 32, 8), size: number(&record, 40, 8), offset: number(&record, 48, 8) };
        Ok(record.starts_with(b"PK\x06\x06").then_some(place))
    }
}

/// Takes the directory apart.
fn members_of(mut directory: &[u8], n_members: u64) -> Result<Vec<Member>, String> {
    let damaged = |done: usize| format!("its directory is damaged after member {done}");
    let mut members = Vec::new();
    while !directory.is_empty() {
        let (member, rest) = next_member(directory).ok_or_else(|| damaged(members.len()))?;
        members.push(member);
        directory = rest;
    }
    // Writers that count beyond 65 535 without ZIP64 count modulo 2^16.
    if members.len() as u64 != n_members && members.len() as u64 & 0xffff != n_members {
        return Err(format!("its directory has {} members where its end says {n_members}", members.len()));
    }
    Ok(members)
}

fn next_member(directory: &[u8]) -> Option<(Member, &[u8])> {
    let header = directory.get(..DIRECTORY_HEADER)?;
    if !header.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at| usize::try_from(number(header, at, 2)).ok();
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let rest = &directory[DIRECTORY_HEADER..];
    let (name, rest) = rest.split_at_checked(name)?;
    let (extra, rest) = rest.split_at_checked(extra)?;
    let (_, rest) = rest.split_at_checked(comment)?;
    let mut large = large_fields(extra);
    let mut field = |at| match number(header, at, 4) {
        ELSEWHERE => large.next(),
        value => Some(value),
    };
    let (size, packed, offset) = (field(24)?, field(20)?, field(42)?);
    #[expect(clippy::cast_possible_truncation, reason = "of as many bytes")]
    let member = Member {
        name: String::from_utf8_lossy(name).into_owned(),
        size,
        flags: number(header, 8, 2) as u16,
        method: number(header, 10, 2) as u16,
        checksum: number(header, 16, 4) as u32,
        packed,
        offset,
    };
    Some((member, rest))
}

/// The values of the ZIP64 field among the extra fields of a member (4.5.3), in order.
fn large_fields(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut values: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let length = usize::try_from(number(head, 2, 2)).unwrap_or(usize::MAX);
        let Some((value, rest)) = rest.split_at_checked(length) else { break };
        if number(head, 0, 2) == 1 {
            values = value;
            break;
        }
        extra = rest;
    }
    values.chunks_exact(8).map(|bytes| number(bytes, 0, 8))
}

/// Refuses members that share bytes: a few of them can stand for any number of bytes (D. Fifield, "A better zip bomb", 2019).
fn check_places(members: &[Member], end: u64) -> Result<(), String> {
    let mut places: Vec<(u64, u64)> = members.iter().map(|member| (member.offset, member.length())).collect();
    places.sort_unstable();
    let mut free = 0;
    for (offset, length) in places {
        if offset < free {
            return Err("its members lie over one another, which only an attack does".to_owned());
        }
        free = offset.saturating_add(length);
    }
    if free > end {
        return Err("its members reach beyond its end".to_owned());
    }
    Ok(())
}

impl Member {
    /// Bytes that it takes up at least.
    fn length(&self) -> u64 {
        self.packed.saturating_add(LOCAL_HEADER as u64)
    }
}

/// A little-endian number of up to 8 bytes at a place that is there.
fn number(bytes: &[u8], at: usize, n: usize) -> u64 {
    bytes[at..at + n].iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Unpacks no more than one byte beyond what a member is said to hold.
fn unpack(decoder: impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(FIRST_BYTES)).unwrap_or_default());
    decoder.take(size + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

thread_local! {
    /// Setting up a decoder takes longer than most samples take to unpack.
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Unpacks the frames of a small member, in one go.
fn unpack_at_once(mut packed: Span<'_>, size: u64) -> io::Result<Vec<u8>> {
    let mut source = Vec::with_capacity(usize::try_from(packed.end - packed.at).unwrap_or_default());
    packed.read_to_end(&mut source)?;
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            None => unpacker.insert(zstd::bulk::Decompressor::new()?),
        };
        // A frame that holds more than the directory says does not fit, which is an error.
        unpacker.decompress(&source, usize::try_from(size).unwrap_or_default())
    })
}

/// A stretch of a file as a stream of its own.
struct Span<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Span<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let n = buffer.len().min(left);
        let n = read_at(self.file, &mut buffer[..n], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Fills a buffer from a place in a file.
fn fill(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    let end = at.saturating_add(buffer.len() as u64);
    Span { file, at, end }.read_exact(buffer)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

#[cfg(test)]
mod tests;
