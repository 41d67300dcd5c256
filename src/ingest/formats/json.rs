//! JSON: a list of canonical samples, or whatever the plan's `rows` leads to.

use crate::ingest::shape::Frame;
use crate::ingest::{Confidence, Head, Kind, Reader};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "json",
    meaning: "JSON: a list of samples, or a document in which `rows` says where they are; plain, gzip or zstd",
    mode: None,
    kind: Kind::Rows(detect),
};

fn detect(head: &Head<'_>) -> Confidence {
    match head.shape.frame {
        Frame::List | Frame::Object if head.is_canonical() => Confidence::Sure,
        Frame::List | Frame::Object => Confidence::Possible,
        _ => Confidence::No,
    }
}
