//! One JSON text that is too large to hold: a stream goes in; the items of its list, or of one of its members, come out.
//!
//! Only the structure is followed here, byte by byte and without recursion; each piece is decoded, and thereby checked,
//! on its own. Memory holds a batch of pieces, never the text.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use memchr::memchr2;

use super::turns::Turns;
use super::{Decoded, Header, Piece, Take, Way, damaged};
use crate::ingest::error::IngestError;
use crate::ingest::object::Object;
use crate::ingest::stream::Stream;
use crate::ingest::{LINE_LIMIT, json};

/// Which parts of a JSON text are pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Inside<'a> {
    /// The text as a whole where it is an object, its items where it is a list.
    Items,
    /// The items, or the members, of one member of the object.
    Member(&'a str),
}

/// Bytes of pieces that are decoded together: enough for all threads, little enough to hold two of them.
const BATCH_BYTES: usize = 8 << 20;

/// Pieces that are decoded together, at most: of next to nothing a row is made that is hundreds of times as long.
const BATCH_PIECES: usize = 1 << 14;

/// Bytes read at once.
const BUFFER: usize = 256 << 10;

/// Reads all pieces and hands what `way` makes of them on.
pub(in crate::ingest) fn read(
    stream: &mut Stream,
    inside: Inside<'_>,
    way: &dyn Way,
    take: &mut Take<'_>,
) -> Result<(), IngestError> {
    let mut splitter = Splitter::new(&mut *stream, inside);
    let mut batch = splitter.batch();
    while batch.end.is_none() {
        match under_one_header(batch, &mut splitter, way, take) {
            ControlFlow::Continue(next) => batch = next,
            ControlFlow::Break(()) => return Ok(()),
        }
    }
    let Some(Err(damage)) =
        under_one_header(batch, &mut splitter, way, take).continue_value().and_then(|last| last.end)
    else {
        return Ok(());
    };
    let done = splitter.number;
    let reason = match damage {
        Damage::NoMember(_) if way.may_lack_pieces() => return Ok(()),
        Damage::Failed(cause) => match stream.damage(&cause, "item", done) {
            Some(reason) => reason,
            None => return Err(IngestError::Read { file: way.file().to_string(), cause }),
        },
        damage => damage.reason(done),
    };
    let _: ControlFlow<()> = take(damaged(way, done + 1, reason));
    Ok(())
}

/// Hands on a batch and those after it until the header is another one, or until the last; gives the next batch, or what
/// is left of the last one. Breaks when nobody wants more.
fn under_one_header<R: Read + Send>(
    mut batch: Batch,
    splitter: &mut Splitter<'_, R>,
    way: &dyn Way,
    take: &mut Take<'_>,
) -> ControlFlow<(), Batch> {
    let text = Arc::clone(&batch.header);
    let members = Object::parse(&text).unwrap_or_default();
    let header = Header { known: way.known(&members), members };
    loop {
        let mut turns = Turns::new(batch.pieces.len());
        let pieces = &batch.pieces;
        let work = |turns: &mut Turns<Decoded>| turns.work(|at| pieces[at].decode(&header, way), Decoded::bytes);
        let ended = batch.end.is_some();
        let more = || (!ended).then(|| splitter.batch());
        let ((), next) = rayon::join(|| work(&mut turns), more);
        while !turns.hand_on(&mut *take)? {
            work(&mut turns);
        }
        match next {
            None => return ControlFlow::Continue(Batch { pieces: Vec::new(), ..batch }),
            Some(next) if next.end.is_some() || !Arc::ptr_eq(&next.header, &text) => {
                return ControlFlow::Continue(next);
            }
            Some(next) => batch = next,
        }
    }
}

/// Why a text could not be followed to its end.
#[derive(Debug)]
enum Damage {
    /// It ends in the middle.
    Early,
    /// Something else was due there.
    Unexpected { offset: u64, due: &'static str },
    /// It has no such member.
    NoMember(String),
    /// A piece is longer than anything that is held.
    Overlong,
    /// The stream broke.
    Failed(io::Error),
}

impl Damage {
    fn reason(&self, done: u64) -> String {
        match self {
            Damage::Early => format!("JSON ends in the middle, after item {done}"),
            Damage::Unexpected { offset, due } => {
                format!("JSON is damaged at byte {offset}, after item {done}: expected {due}")
            }
            Damage::NoMember(name) => format!("missing `{name}`"),
            Damage::Overlong => {
                format!("item is longer than {} MiB; nothing after it was read", LINE_LIMIT >> 20)
            }
            Damage::Failed(cause) => cause.to_string(),
        }
    }
}

/// A piece that is held.
#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    number: u64,
    name: Option<String>,
}

impl Held {
    fn decode(&self, header: &Header<'_>, way: &dyn Way) -> Decoded {
        let name = self.name.as_deref();
        way.decode(&Piece { bytes: &self.bytes, number: self.number, name, header: Some(header) })
    }
}

/// Pieces that are decoded together.
#[derive(Debug)]
struct Batch {
    pieces: Vec<Held>,
    /// The members seen before them, as one JSON object.
    header: Arc<str>,
    /// Null: there is more. Else how the text ended.
    end: Option<Result<(), Damage>>,
}

/// Where in the text the splitter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    /// Among the members of the outer object.
    Members {
        first: bool,
    },
    /// Among the pieces.
    Pieces {
        in_object: bool,
        nested: bool,
        first: bool,
    },
    End,
}

/// Follows a JSON text.
struct Splitter<'i, R> {
    bytes: Bytes<R>,
    inside: Inside<'i>,
    at: At,
    /// Pieces so far.
    number: u64,
    header: Vec<u8>,
    /// The header as text, and how long it was then: batches between which nothing was added share it.
    text: (usize, Arc<str>),
    found: bool,
}

impl<'i, R: Read> Splitter<'i, R> {
    fn new(stream: R, inside: Inside<'i>) -> Self {
        let bytes = Bytes { stream, buffer: Vec::new(), position: 0, passed: 0 };
        Splitter {
            bytes,
            inside,
            at: At::Start,
            number: 0,
            header: Vec::new(),
            text: (0, Arc::from("{}")),
            found: false,
        }
    }

    fn batch(&mut self) -> Batch {
        let mut pieces = Vec::new();
        let mut held = 0;
        let end = loop {
            match self.next() {
                Ok(Some(piece)) => {
                    held += piece.bytes.len();
                    pieces.push(piece);
                    if held >= BATCH_BYTES || pieces.len() >= BATCH_PIECES {
                        break None;
                    }
                }
                Ok(None) => break Some(Ok(())),
                Err(damage) => break Some(Err(damage)),
            }
        };
        Batch { pieces, header: self.header(), end }
    }

    fn header(&mut self) -> Arc<str> {
        if self.text.0 != self.header.len() {
            let header = format!("{{{}}}", String::from_utf8_lossy(&self.header));
            self.text = (self.header.len(), Arc::from(json::without_bare_words(&header).unwrap_or(header)));
        }
        Arc::clone(&self.text.1)
    }

    /// The next piece; none at the end of the text.
    fn next(&mut self) -> Result<Option<Held>, Damage> {
        loop {
            match self.at {
                At::Start => {
                    self.bytes.skip_mark()?;
                    match self.bytes.due("a JSON object or list")? {
                        b'[' => {
                            self.bytes.advance();
                            self.at = At::Pieces { in_object: false, nested: false, first: true };
                        }
                        b'{' if self.inside != Inside::Items => {
                            self.bytes.advance();
                            self.at = At::Members { first: true };
                        }
                        _ => {
                            let piece = self.piece(None)?;
                            self.at = At::End;
                            return Ok(Some(piece));
                        }
                    }
                }
                At::Members { first } => self.member(first)?,
                At::Pieces { in_object, nested, first } => {
                    if self.bytes.closes(if in_object { b'}' } else { b']' }, first)? {
                        self.at = if nested { At::Members { first: false } } else { At::End };
                        continue;
                    }
                    let name = if in_object { Some(self.bytes.name()?) } else { None };
                    let piece = self.piece(name)?;
                    self.at = At::Pieces { in_object, nested, first: false };
                    return Ok(Some(piece));
                }
                At::End => {
                    return match self.bytes.peek()? {
                        None => Ok(None),
                        Some(_) => Err(self.bytes.unexpected("the end of the text")),
                    };
                }
            }
        }
    }

    /// Passes one member of the outer object, or enters the one whose items are pieces.
    fn member(&mut self, first: bool) -> Result<(), Damage> {
        if self.bytes.closes(b'}', first)? {
            self.at = At::End;
            return match self.inside {
                Inside::Member(name) if !self.found => Err(Damage::NoMember(name.to_owned())),
                _ => Ok(()),
            };
        }
        let name = self.bytes.name()?;
        self.at = At::Members { first: false };
        let first_byte = self.bytes.due("a value")?;
        if self.inside == Inside::Member(&name) && !self.found && matches!(first_byte, b'[' | b'{') {
            self.found = true;
            self.bytes.advance();
            self.at = At::Pieces { in_object: first_byte == b'{', nested: true, first: true };
            return Ok(());
        }
        let mut value = Vec::new();
        self.bytes.value(&mut value)?;
        if !self.header.is_empty() {
            self.header.push(b',');
        }
        self.header.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
        self.header.push(b':');
        self.header.extend_from_slice(&value);
        if self.header.len() > LINE_LIMIT { Err(Damage::Overlong) } else { Ok(()) }
    }

    fn piece(&mut self, name: Option<String>) -> Result<Held, Damage> {
        let mut bytes = Vec::new();
        self.bytes.value(&mut bytes)?;
        self.number += 1;
        Ok(Held { bytes, number: self.number, name })
    }
}

/// The bytes of the text, with a look at the next one.
struct Bytes<R> {
    stream: R,
    buffer: Vec<u8>,
    position: usize,
    /// Bytes before the buffer.
    passed: u64,
}

impl<R: Read> Bytes<R> {
    /// Reads on when the buffer is used up; false at the end of the stream.
    fn fill(&mut self) -> Result<bool, Damage> {
        if self.position < self.buffer.len() {
            return Ok(true);
        }
        self.passed += self.buffer.len() as u64;
        self.position = 0;
        self.buffer.clear();
        let n = self.stream.by_ref().take(BUFFER as u64).read_to_end(&mut self.buffer).map_err(Damage::Failed)?;
        Ok(n > 0)
    }

    fn skip_mark(&mut self) -> Result<(), Damage> {
        if self.fill()? && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.position = 3;
        }
        Ok(())
    }

    /// The next byte that is no white space; it is not taken.
    fn peek(&mut self) -> Result<Option<u8>, Damage> {
        while self.fill()? {
            match self.buffer[self.position..].iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(n) => {
                    self.position += n;
                    return Ok(Some(self.buffer[self.position]));
                }
                None => self.position = self.buffer.len(),
            }
        }
        Ok(None)
    }

    fn due(&mut self, due: &'static str) -> Result<u8, Damage> {
        match self.peek()? {
            None if due.starts_with("a JSON") && self.passed == 0 => Err(self.unexpected(due)),
            None => Err(Damage::Early),
            Some(byte) => Ok(byte),
        }
    }

    fn advance(&mut self) {
        self.position += 1;
    }

    fn unexpected(&self, due: &'static str) -> Damage {
        Damage::Unexpected { offset: self.passed + self.position as u64 + 1, due }
    }

    /// Passes the comma before the next item, or the bracket after the last one; true for the latter.
    fn closes(&mut self, bracket: u8, first: bool) -> Result<bool, Damage> {
        let byte = self.due("an item")?;
        if byte == bracket {
            self.advance();
            return Ok(true);
        }
        if first {
            return Ok(false);
        }
        if byte != b',' {
            return Err(self.unexpected(if bracket == b'}' { "`,` or `}`" } else { "`,` or `]`" }));
        }
        self.advance();
        Ok(false)
    }

    /// A name and the colon after it.
    fn name(&mut self) -> Result<String, Damage> {
        if self.due("a name")? != b'"' {
            return Err(self.unexpected("a name"));
        }
        let mut json = Vec::new();
        self.value(&mut json)?;
        let name = serde_json::from_slice(&json).map_err(|_| self.unexpected("a name"))?;
        if self.due("`:`")? != b':' {
            return Err(self.unexpected("`:`"));
        }
        self.advance();
        Ok(name)
    }

    /// Copies one value, whatever it is.
    fn value(&mut self, into: &mut Vec<u8>) -> Result<(), Damage> {
        let first = self.due("a value")?;
        match first {
            b'"' => self.string(into),
            b'{' | b'[' => self.nested(into),
            b',' | b':' | b'}' | b']' => Err(self.unexpected("a value")),
            _ => self.scalar(into),
        }
    }

    /// A number or a word, up to whatever cannot belong to it.
    fn scalar(&mut self, into: &mut Vec<u8>) -> Result<(), Damage> {
        while self.fill()? {
            let rest = &self.buffer[self.position..];
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']' | b':' | b'"');
            let n = rest.iter().position(ends);
            self.copy(n.unwrap_or(rest.len()), into)?;
            if n.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn string(&mut self, into: &mut Vec<u8>) -> Result<(), Damage> {
        self.copy(1, into)?;
        while self.fill()? {
            let rest = &self.buffer[self.position..];
            match memchr2(b'"', b'\\', rest) {
                None => self.copy(rest.len(), into)?,
                Some(n) if rest[n] == b'"' => return self.copy(n + 1, into),
                Some(n) => {
                    self.copy(n + 1, into)?;
                    // What is escaped may be in the next buffer.
                    if self.fill()? {
                        self.copy(1, into)?;
                    }
                }
            }
        }
        Err(Damage::Early)
    }

    fn nested(&mut self, into: &mut Vec<u8>) -> Result<(), Damage> {
        let mut depth = 0_usize;
        while self.fill()? {
            let rest = &self.buffer[self.position..];
            let Some(n) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']')) else {
                self.copy(rest.len(), into)?;
                continue;
            };
            match rest[n] {
                b'"' => {
                    self.copy(n, into)?;
                    self.string(into)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.copy(n + 1, into)?;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Damage::Early)
    }

    fn copy(&mut self, n: usize, into: &mut Vec<u8>) -> Result<(), Damage> {
        into.extend_from_slice(&self.buffer[self.position..self.position + n]);
        self.position += n;
        if into.len() > LINE_LIMIT { Err(Damage::Overlong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// Pieces with their names, the header, and how the text ended.
    type Taken = (Vec<(Option<String>, String)>, String, Result<(), String>);

    fn split(text: &[u8], inside: Inside<'_>) -> Taken {
        let mut splitter = Splitter::new(text, inside);
        let mut found = Vec::new();
        loop {
            match splitter.next() {
                Ok(Some(piece)) => found.push((piece.name, String::from_utf8(piece.bytes).unwrap())),
                Ok(None) => return (found, splitter.header().to_string(), Ok(())),
                Err(damage) => return (found, splitter.header().to_string(), Err(damage.reason(splitter.number))),
            }
        }
    }

    fn texts(text: &str, inside: Inside<'_>) -> Vec<String> {
        let (found, _, end) = split(text.as_bytes(), inside);
        end.unwrap();
        found.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn items_of_a_list_and_members_of_a_member() {
        assert_eq!(texts(r#"[{"a":"]\""}, [1,2],3 , "x"]"#, Inside::Items), [r#"{"a":"]\""}"#, "[1,2]", "3", "\"x\""]);
        assert_eq!(texts(" [ ] ", Inside::Items), [""; 0]);
        assert_eq!(texts("{\"a\": [1]}\n", Inside::Items), ["{\"a\": [1]}"]);
        let text = r#"{"v": 2, "eval": {"x": [1], "y": {}}, "w": [3]}"#;
        let (found, header, end) = split(text.as_bytes(), Inside::Member("eval"));
        assert_eq!(end, Ok(()));
        assert_eq!(found, [(Some("x".to_owned()), "[1]".to_owned()), (Some("y".to_owned()), "{}".to_owned())]);
        assert_eq!(header, r#"{"v":2,"w":[3]}"#);
        assert_eq!(texts(r#"{"samples": [1, 2]}"#, Inside::Member("samples")), ["1", "2"]);
    }

    #[test]
    fn damage_is_said_and_keeps_what_came_before() {
        let end = |text: &str| split(text.as_bytes(), Inside::Items).2.unwrap_err();
        assert_eq!(end("[1, 2"), "JSON ends in the middle, after item 2");
        assert_eq!(end("[{\"a\": \"b"), "JSON ends in the middle, after item 0");
        assert_eq!(end("[1 2]"), "JSON is damaged at byte 4, after item 1: expected `,` or `]`");
        assert_eq!(end("[1] x"), "JSON is damaged at byte 5, after item 1: expected the end of the text");
        assert_eq!(split(b"{\"a\": 1}", Inside::Member("b")).2.unwrap_err(), "missing `b`");
    }

    #[test]
    fn a_piece_of_a_gigabyte_is_not_held() {
        let long = std::io::repeat(b'x').take(1 << 30);
        let mut splitter = Splitter::new((&b"[1, \""[..]).chain(long).chain(&b"\", 2]"[..]), Inside::Items);
        assert_eq!(splitter.next().unwrap().unwrap().bytes, b"1");
        assert!(matches!(splitter.next(), Err(Damage::Overlong)));
        // Nor is what comes before the pieces.
        let long = std::io::repeat(b'x').take(1 << 30);
        let mut splitter = Splitter::new((&b"{\"a\": \""[..]).chain(long), Inside::Member("b"));
        assert!(matches!(splitter.next(), Err(Damage::Overlong)));
    }

    #[test]
    fn batches_share_a_header_until_it_grows() {
        let items = vec!["0"; 2 * BATCH_PIECES].join(",");
        let text = format!(r#"{{"a": 1, "b": [{items}], "c": 2}}"#);
        let mut splitter = Splitter::new(text.as_bytes(), Inside::Member("b"));
        let (first, second, last) = (splitter.batch(), splitter.batch(), splitter.batch());
        assert_eq!((first.pieces.len(), second.pieces.len(), last.pieces.len()), (BATCH_PIECES, BATCH_PIECES, 0));
        assert!(Arc::ptr_eq(&first.header, &second.header));
        assert_eq!((&*first.header, &*last.header), (r#"{"a":1}"#, r#"{"a":1,"c":2}"#));
    }

    #[test]
    fn a_text_cut_anywhere_never_loops() {
        let text = r#"{"v": {"a": [1, "x\\\""]}, "eval": {"x": [{"b": null}], "y": {}}, "w": [3]}"#;
        for end in 0..text.len() {
            assert!(split(&text.as_bytes()[..end], Inside::Member("eval")).2.is_err(), "{end}");
            let _ = split(&text.as_bytes()[end..], Inside::Items);
        }
    }
}
