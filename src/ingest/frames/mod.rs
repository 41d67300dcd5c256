//! How files fall into pieces: streams and tables go in; rows undecoded come out, one after the other, in order.
//!
//! A frame knows nothing of what a row means. What becomes of a piece is said by a [`Way`]: pieces are decoded on all
//! threads, and what came of them is taken in the order of the file.

pub(super) mod lines;
pub(super) mod pieces;
pub(super) mod turns;

use std::ops::ControlFlow;
use std::sync::Arc;

use super::object::Object;
use super::{Reject, Row};

/// A row undecoded.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    /// Its bytes, as they stand in the file.
    pub(super) bytes: &'a [u8],
    /// Its number, from 1: a line's, or a position among the items of a list.
    pub(super) number: u64,
    /// The name it has where it is a member of an object.
    pub(super) name: Option<&'a str>,
    /// What is around it, where anything is.
    pub(super) header: Option<&'a Header<'a>>,
}

impl<'a> Piece<'a> {
    /// A piece that stands for itself.
    pub(super) fn new(bytes: &'a [u8], number: u64) -> Self {
        Piece { bytes, number, name: None, header: None }
    }
}

/// The other members of the object around pieces that came before them: taken apart once, however many pieces there are.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub(super) members: Object<'a>,
    pub(super) known: Known,
}

/// What a header tells of all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) dataset: Option<String>,
    pub(super) model: Option<String>,
}

/// What became of a piece.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) rows: Vec<Row>,
    /// Where a file may hold the same samples several times: what they are known by.
    pub(super) once: Option<String>,
}

impl Decoded {
    pub(super) fn refused(reject: Reject) -> Self {
        Decoded { rows: vec![Row::Reject(reject)], once: None }
    }

    /// Bytes that it holds, about.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Decoded>() + self.rows.iter().map(turns::bytes_of).sum::<usize>()
    }

    /// Whether nothing in it is usable.
    pub(super) fn is_refused(&self) -> bool {
        !self.rows.iter().any(|row| matches!(row, Row::Record(_)))
    }
}

/// What is to become of pieces; asked on any thread.
pub(super) trait Way: Sync {
    /// The name of the file.
    fn file(&self) -> &Arc<str>;

    /// Whether an object without the member whose items are pieces is a file without rows.
    fn may_lack_pieces(&self) -> bool {
        false
    }

    /// What the members around the pieces tell of all of them.
    fn known(&self, _members: &Object<'_>) -> Known {
        Known::default()
    }

    /// Makes rows of a piece.
    fn decode(&self, piece: &Piece<'_>) -> Decoded;
}

/// Takes what became of the pieces, in the order of the file, until it breaks.
pub(super) type Take<'t> = dyn FnMut(Decoded) -> ControlFlow<()> + 't;

/// The news of damage.
pub(super) fn damaged(way: &dyn Way, number: u64, reason: String) -> Decoded {
    Decoded::refused(super::reject(way.file(), number, reason))
}
