//! JSON Lines: one canonical sample per line, plain, gzip or zstd, from a file or standard input.

use crate::ingest::shape::Frame;
use crate::ingest::{Confidence, Head, Kind, Reader};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "jsonl",
    meaning: "JSON Lines: one sample per line; plain, gzip or zstd",
    mode: None,
    kind: Kind::Rows(detect),
};

fn detect(head: &Head<'_>) -> Confidence {
    let mut lines = head.bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_start);
    match head.shape.frame {
        Frame::Lines | Frame::LongLine if head.is_canonical() => Confidence::Sure,
        Frame::Lines | Frame::LongLine => Confidence::Possible,
        _ if lines.clone().all(<[u8]>::is_empty) => Confidence::Likely,
        Frame::List | Frame::Object => {
            // What begins as a list may be a damaged first line.
            if lines.nth(1).is_some_and(|line| line.starts_with(b"{\"")) {
                Confidence::Possible
            } else {
                Confidence::No
            }
        }
        Frame::Other | Frame::Table if lines.any(|line| line.starts_with(b"{")) => Confidence::Possible,
        _ => Confidence::No,
    }
}
