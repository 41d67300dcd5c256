//! Archives made by another writer, and directories that lie.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::*;

fn open(bytes: &[u8]) -> Result<Archive, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Archive::open(file)
}

fn written(members: &[(&str, CompressionMethod, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, method, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(*method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn refused(bytes: &[u8]) -> String {
    open(bytes).map(drop).unwrap_err()
}

fn two() -> Vec<u8> {
    written(&[("one", CompressionMethod::Stored, b"first"), ("two", CompressionMethod::Stored, b"second")])
}

/// The directory header of the member at a position.
fn header_at(bytes: &[u8], position: usize) -> usize {
    memchr::memmem::find_iter(bytes, b"PK\x01\x02").nth(position).unwrap()
}

proptest! {
    #[test]
    fn members_come_back_whatever_they_are_compressed_with(
        contents in proptest::collection::vec((0..3_usize, proptest::collection::vec(any::<u8>(), 0..2000)), 0..6),
    ) {
        let methods = [CompressionMethod::Stored, CompressionMethod::Deflated, CompressionMethod::Zstd];
        let names: Vec<String> = (0..contents.len()).map(|n| format!("é{n}")).collect();
        let members: Vec<(&str, CompressionMethod, &[u8])> =
            names.iter().zip(&contents).map(|(name, (method, bytes))| (name.as_str(), methods[*method], bytes.as_slice())).collect();
        let archive = open(&written(&members)).unwrap();
        prop_assert_eq!(archive.members().len(), members.len());
        for (name, _, bytes) in &members {
            let member = archive.member(name).unwrap();
            prop_assert_eq!(member.size, bytes.len() as u64);
            prop_assert_eq!(archive.read(member).unwrap(), bytes.to_vec());
        }
        prop_assert!(archive.member("none").is_none());
    }
}

#[test]
fn several_frames_are_one_member() {
    let frames = [zstd::encode_all(&b"one "[..], 3).unwrap(), zstd::encode_all(&b"two"[..], 3).unwrap()].concat();
    // Written as it is, then declared to be zstd.
    let mut bytes = written(&[("m", CompressionMethod::Stored, &frames)]);
    let at = header_at(&bytes, 0);
    bytes[at + 10] = 93;
    bytes[at + 24] = 7;
    bytes[at + 16..at + 20].copy_from_slice(&crc32fast::hash(b"one two").to_le_bytes());
    let archive = open(&bytes).unwrap();
    assert_eq!(archive.read(&archive.members()[0]).unwrap(), b"one two");
}

#[test]
fn a_name_that_occurs_twice_is_the_later_member() {
    let mut bytes = two();
    // In the directory, which is what counts.
    let at = header_at(&bytes, 1) + DIRECTORY_HEADER;
    bytes[at..at + 3].copy_from_slice(b"one");
    let archive = open(&bytes).unwrap();
    assert_eq!(archive.members().len(), 1);
    assert_eq!(archive.read(archive.member("one").unwrap()).unwrap(), b"second");
}

#[test]
fn more_members_than_16_bits_count() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for n in 0..66_000 {
        writer.start_file(format!("{n}"), options).unwrap();
    }
    let archive = open(&writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(archive.members().len(), 66_000);
    assert_eq!(archive.read(archive.member("65999").unwrap()).unwrap(), b"");
}

#[test]
fn sizes_of_64_bits_stand_among_the_extra_fields() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    writer.start_file("m", options).unwrap();
    writer.write_all(b"text").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let archive = open(&bytes).unwrap();
    assert_eq!(archive.read(&archive.members()[0]).unwrap(), b"text");
    let fields = [&[9, 9, 1, 0, 7][..], &[1, 0, 16, 0], &5_u64.to_le_bytes(), &6_u64.to_le_bytes()].concat();
    assert_eq!(large_fields(&fields).collect::<Vec<_>>(), [5, 6]);
    for end in 0..fields.len() {
        assert_eq!(large_fields(&fields[..end]).count(), 0);
    }
}

#[test]
fn members_that_lie_over_one_another_are_refused() {
    let mut bytes = two();
    let at = header_at(&bytes, 1) + 42;
    bytes[at..at + 4].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(refused(&bytes), "its members lie over one another, which only an attack does");
    let at = header_at(&bytes, 1) + 42;
    bytes[at..at + 4].copy_from_slice(&60_u32.to_le_bytes());
    assert_eq!(refused(&bytes), "its members reach beyond its end");
}

#[test]
fn what_the_directory_says_has_to_be_there() {
    let say = |at: usize, value: &[u8]| {
        let mut bytes = two();
        let at = header_at(&bytes, 1) + at;
        bytes[at..at + value.len()].copy_from_slice(value);
        let archive = open(&bytes).unwrap();
        archive.read(archive.member("two").unwrap()).unwrap_err()
    };
    assert_eq!(say(8, &[1]), "is encrypted");
    assert_eq!(say(10, &[14]), "is compressed in a way that is not read here (method 14)");
    assert_eq!(say(24, &[200]), "is damaged: it does not hold what the directory says");
    assert_eq!(say(24, &[1]), "is damaged: it does not hold what the directory says", "stored, and longer");
    assert_eq!(say(16, &[1, 2, 3, 4]), "is damaged: it does not hold what the directory says");
    assert_eq!(say(24, &[0, 0, 0, 0x7f]), "is longer than 256 MiB");
    assert_eq!(say(42, &[39]), "is damaged: it is not where the directory says");
}

#[test]
fn an_end_that_points_nowhere_is_refused() {
    let bytes = two();
    let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").unwrap();
    let say = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[end + at..end + at + value.len()].copy_from_slice(value);
        refused(&bytes)
    };
    assert_eq!(say(10, &[3]), "its directory has 2 members where its end says 3");
    assert_eq!(say(12, &[1]), "its directory is damaged after member 0");
    assert!(
        say(16, &[0, 0, 0, 1]).starts_with("its directory is damaged: it is not where"),
        "{}",
        say(16, &[0, 0, 0, 1])
    );
    assert_eq!(say(16, &[0xff; 4]), "its directory is damaged", "no ZIP64 record is there");
    assert!(say(20, &[1]).contains("was cut off"), "a comment that is not there");
    for bytes in [&b""[..], b"PK", &[0; 30]] {
        assert!(refused(bytes).contains("was cut off"));
    }
}
