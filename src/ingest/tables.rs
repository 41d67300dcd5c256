//! A file of rows for its columns alone: a CSV, JSON, JSON Lines or Parquet file goes in, its rows come out as JSON objects.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::frames::{Decoded, Piece, Way, damaged};
use super::stream::Stream;
use super::{IngestError, Input, Row, look, tool};
use crate::model::Record;

/// Hands the rows, in order, to `sink` with their numbers, until the end or until `sink` says false.
pub(super) fn read(input: &Input, sink: &mut dyn FnMut(u64, String) -> bool) -> Result<(), IngestError> {
    let mut stream = Stream::open(input)?;
    let frame = look(input, &stream)?.frame;
    let mut take = |decoded: Decoded| {
        for row in decoded.rows {
            let (number, text) = match row {
                Row::Record(record) => (record.source_row, record.extra.unwrap_or_default()),
                // Whoever takes the rows apart finds that this is none, and says so with its number.
                Row::Reject(reject) => (reject.source_row, reject.reason),
            };
            if !sink(number, text) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    };
    tool::read_frame((input, &mut stream), (frame, None), &Texts(Arc::clone(&input.name)), &mut take)
}

/// Rows as texts.
struct Texts(Arc<str>);

impl Way for Texts {
    fn file(&self) -> &Arc<str> {
        &self.0
    }

    fn decode(&self, piece: &Piece<'_>) -> Decoded {
        match std::str::from_utf8(piece.bytes) {
            // The text travels as the `extra` of a record: it is what a row of unknown columns is.
            Ok(text) => {
                let record = Record { source_row: piece.number, extra: Some(text.to_owned()), ..Record::default() };
                Decoded { rows: vec![Row::Record(record)], once: None }
            }
            Err(_) => damaged(self, piece.number, "invalid UTF-8".to_owned()),
        }
    }
}
