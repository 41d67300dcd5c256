//! Formats that tools write: rows undecoded go in, samples come out.
//!
//! A tool's format is a [`Tool`]: the names by which its rows are known, and a function that makes samples of one row. How
//! a file falls into rows (lines, the items of a JSON list, a Parquet table) is the business of `frames`, so that every
//! tool's format may come in any of them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frames::pieces::{self, Inside};
use super::frames::{Decoded, Header, Known, Piece, Take, Way, damaged, lines};
use super::object::Object;
use super::shape::{Frame, Shape};
use super::sheet::{Folio, Layout, Sheet};
use super::stream::Stream;
use super::{IngestError, Input, Out, formats, json, row};

/// The format of a tool.
pub(super) struct Tool {
    /// Whether a file that begins like this is the tool's.
    pub(super) known_by: fn(&Shape<'_>) -> bool,
    /// The member of a JSON object whose items are rows; without one the object as a whole is a row.
    pub(super) inside: Option<&'static str>,
    /// Whether a JSON object without that member is a file without rows, not a damaged one.
    pub(super) may_lack_inside: bool,
    /// A JSON file beside the input that tells what its rows do not.
    pub(super) beside: Option<fn(&Path) -> Option<PathBuf>>,
    /// What the members around the rows, or those of the file beside, tell of all rows.
    pub(super) known: Option<fn(&Object<'_>) -> Known>,
    /// What a row is known by where a file holds the same samples several times: the first one counts.
    pub(super) once: Option<fn(&Document<'_>) -> String>,
    /// Makes samples of a row.
    pub(super) read: fn(&Document<'_>, &mut Sheet<'_>),
}

impl Tool {
    /// A tool whose rows stand for themselves.
    pub(super) const fn new(known_by: fn(&Shape<'_>) -> bool, read: fn(&Document<'_>, &mut Sheet<'_>)) -> Self {
        Tool { known_by, inside: None, may_lack_inside: false, beside: None, known: None, once: None, read }
    }
}

/// A row of a tool's file.
pub(super) struct Document<'a> {
    /// Its columns; none where it is no object.
    pub(super) object: Object<'a>,
    /// Its text.
    pub(super) json: &'a str,
    /// Its name where it is a member of an object.
    pub(super) name: Option<&'a str>,
    /// What the file, or the one beside it, tells of all rows.
    pub(super) known: &'a Known,
}

/// What is made of the rows of a file.
#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    /// Canonical samples whose columns feed fields directly.
    Canonical,
    /// What the plan says.
    Mapped,
    /// A tool's samples.
    Tool(&'a Tool),
}

/// Reads the rows of a file in whatever frame they come.
pub(super) fn read(
    (input, stream): (&Input, &mut Stream),
    frame: Frame,
    (what, folio): (What<'_>, &Folio<'_>),
    out: &mut Out<'_>,
) -> Result<(), IngestError> {
    let member = match what {
        What::Tool(tool) => tool.inside,
        What::Mapped => folio.mapping.member(),
        What::Canonical => None,
    };
    let beside = match what {
        What::Tool(tool) => tool.beside.and_then(|beside| beside(&input.path)),
        _ => None,
    };
    // A document on a single line looks like the first of many.
    let frame = match what {
        What::Tool(Tool { inside: Some(_), .. }) if frame == Frame::Lines => Frame::Object,
        _ => frame,
    };
    // Steps of the plan's path that the frame follows itself.
    let skip = match (frame, member) {
        (Frame::Object | Frame::LongLine, Some(_)) => 2,
        // In a list of documents each item is a `$`, unless the path itself begins with the items.
        (Frame::List, _) if folio.mapping.begins_with_every() => 1,
        _ => 0,
    };
    let beside = beside.map(|path| read_beside(&path)).transpose()?;
    let beside = beside.map(|text| known(what, &Object::parse(&text).unwrap_or_default()));
    let way = Reading { what, folio, beside, nothing: Header::default(), skip };
    let mut seen = HashSet::new();
    let mut take = |decoded: Decoded| {
        // Of what may be long only a digest is remembered.
        if decoded.once.is_some_and(|once| !seen.insert(*blake3::hash(once.as_bytes()).as_bytes())) {
            return ControlFlow::Continue(());
        }
        decoded.rows.into_iter().try_for_each(|row| out.push(row))
    };
    read_frame((input, stream), (frame, member), &way, &mut take)
}

/// Hands the pieces of a file to `way`.
pub(super) fn read_frame(
    (input, stream): (&Input, &mut Stream),
    (frame, member): (Frame, Option<&str>),
    way: &dyn Way,
    take: &mut Take<'_>,
) -> Result<(), IngestError> {
    match (frame, member) {
        (Frame::List, _) | (Frame::Object, None) => pieces::read(stream, Inside::Items, way, take),
        (Frame::Object | Frame::LongLine, Some(member)) => pieces::read(stream, Inside::Member(member), way, take),
        (Frame::Parquet, _) => formats::parquet::pieces(input, stream, way, take),
        (Frame::Table, _) => formats::csv::pieces(stream, way, take),
        (Frame::Lines | Frame::LongLine | Frame::Other | Frame::Zip, _) => lines::read(stream, way, take),
    }
}

/// The longest file beside an input that is read.
const BESIDE_LIMIT: u64 = 64 << 20;

fn read_beside(path: &Path) -> Result<String, IngestError> {
    let file = || path.display().to_string();
    let failed = |cause| IngestError::Read { file: file(), cause };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > BESIDE_LIMIT {
        return Err(IngestError::Beside { file: file(), most: BESIDE_LIMIT >> 20 });
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(json::without_bare_words(&text).unwrap_or(text))
}

fn known(what: What<'_>, members: &Object<'_>) -> Known {
    match what {
        What::Tool(Tool { known: Some(known), .. }) => known(members),
        _ => Known::default(),
    }
}

/// Makes rows of pieces.
struct Reading<'a> {
    what: What<'a>,
    folio: &'a Folio<'a>,
    /// What the file beside tells.
    beside: Option<Known>,
    /// The header of a piece around which there is nothing.
    nothing: Header<'static>,
    skip: usize,
}

impl Reading<'_> {
    fn rows(&self, text: &str, piece: &Piece<'_>) -> Decoded {
        let mut sheet = Sheet::new(self.folio, piece.number).of(text.len());
        let header = piece.header.unwrap_or(&self.nothing);
        let mut once = None;
        match self.what {
            What::Mapped if self.folio.mapping.finds_rows() => {
                self.folio.mapping.read((text.trim(), piece.name), &header.members, self.skip, &mut sheet);
            }
            What::Mapped | What::Canonical => match Object::parse(text) {
                Ok(object) => sheet.sample(&object, Layout::default(), |_| {}),
                Err(reason) => sheet.refuse(reason),
            },
            What::Tool(tool) => {
                let whole = parsed(text, |text, object| {
                    let known = self.beside.as_ref().unwrap_or(&header.known);
                    let document = Document { object, json: text.trim(), name: piece.name, known };
                    once = tool.once.map(|once| once(&document));
                    (tool.read)(&document, &mut sheet);
                });
                if let Err(reason) = whole {
                    sheet.refuse(reason);
                }
            }
        }
        Decoded { rows: sheet.into_rows(), once }
    }
}

/// Takes a row apart and hands it to `take`; words for numbers that JSON does not have are strings there.
pub(super) fn parsed(text: &str, take: impl FnOnce(&str, Object<'_>)) -> Result<(), String> {
    match object_of(text) {
        Ok(object) => take(text, object),
        Err(reason) => {
            let mended = json::without_bare_words(text).ok_or(reason)?;
            take(&mended, object_of(&mended)?);
        }
    }
    Ok(())
}

/// A row's columns; none for a list, which some tools have in place of an object.
fn object_of(text: &str) -> Result<Object<'_>, String> {
    if text.trim_start().starts_with('[') {
        return json::check_list(text).map(|()| Object::default());
    }
    Object::parse(text)
}

impl Way for Reading<'_> {
    fn file(&self) -> &Arc<str> {
        &self.folio.name
    }

    fn may_lack_pieces(&self) -> bool {
        matches!(self.what, What::Tool(Tool { may_lack_inside: true, .. }))
    }

    fn known(&self, members: &Object<'_>) -> Known {
        known(self.what, members)
    }

    fn decode(&self, piece: &Piece<'_>) -> Decoded {
        if matches!(self.what, What::Canonical) {
            let outcome = json::record(piece.bytes, self.folio.columns, &self.folio.name, piece.number);
            return Decoded { rows: vec![row(outcome, &self.folio.name, piece.number)], once: None };
        }
        match std::str::from_utf8(piece.bytes) {
            Ok(text) => self.rows(text, piece),
            Err(cause) => {
                let reason = format!("invalid UTF-8 at byte {} of the line", cause.valid_up_to() + 1);
                damaged(self, piece.number, reason)
            }
        }
    }
}
