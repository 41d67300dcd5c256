//! Lines: a stream goes in; its lines come out block by block, decoded on all threads, in the order of the file.
//!
//! Bytes come in blocks that end at a line break; while the next block is read, the lines of this one are decoded
//! on all threads. Rows leave in the order of the file, whatever the number of threads.

use std::io::{self, BufRead, Read};
use std::ops::{ControlFlow, Range};

use super::turns::Turns;
use super::{Decoded, Piece, Take, Way, damaged};
use crate::ingest::LINE_LIMIT;
use crate::ingest::error::IngestError;
use crate::ingest::stream::Stream;

/// Bytes read at once. Large enough to keep all threads busy, small enough for two blocks to count for nothing.
const BLOCK: usize = 8 << 20;

/// Bytes decoded by one task, and lines: of next to nothing a row is made that is hundreds of times as long.
const TASK: usize = 128 << 10;
const TASK_LINES: u64 = 1 << 10;

/// Reads all lines and hands what `way` makes of them on.
pub(in crate::ingest) fn read(stream: &mut Stream, way: &dyn Way, take: &mut Take<'_>) -> Result<(), IngestError> {
    let mut blocks = Blocks::new(&mut *stream, BLOCK, LINE_LIMIT);
    let mut block = blocks.next();
    loop {
        let mut turns = Turns::new(block.tasks.len());
        let next = match block.end {
            End::More | End::Overlong => Some(rayon::join(|| work(&mut turns, &block, way), || blocks.next()).1),
            End::Done | End::Failed(_) => {
                work(&mut turns, &block, way);
                None
            }
        };
        loop {
            match turns.hand_on(|decoded| decoded.into_iter().try_for_each(&mut *take)) {
                ControlFlow::Continue(true) => break,
                ControlFlow::Continue(false) => work(&mut turns, &block, way),
                ControlFlow::Break(()) => return Ok(()),
            }
        }
        let done = block.next_line;
        match block.end {
            End::More | End::Done => {}
            End::Overlong => {
                let reason = format!("line is longer than {} MiB", LINE_LIMIT >> 20);
                // The skipped line is the last one that the block counts.
                if take(damaged(way, done - 1, reason)).is_break() {
                    return Ok(());
                }
            }
            End::Failed(cause) => {
                drop(blocks);
                return failed(cause, &block.tail, done - 1, (stream, way), take);
            }
        }
        match next {
            Some(next) => block = next,
            None => return Ok(()),
        }
    }
}

/// Deals with a stream that broke after `lines` whole lines and `tail`: damage is a reject, a file that cannot be read an error.
fn failed(
    cause: io::Error,
    tail: &[u8],
    lines: u64,
    (stream, way): (&Stream, &dyn Way),
    take: &mut Take<'_>,
) -> Result<(), IngestError> {
    // A line without its line break is whole when its object is closed.
    let last = way.decode(&Piece::new(tail.trim_ascii(), lines + 1));
    let last = (!last.is_refused()).then_some(last);
    let lines = lines + u64::from(last.is_some());
    let Some(reason) = stream.damage(&cause, "line", lines) else {
        return Err(IngestError::Read { file: way.file().to_string(), cause });
    };
    let flow = last.map_or(ControlFlow::Continue(()), &mut *take);
    if flow.is_continue() {
        let _ = take(damaged(way, lines + 1, reason));
    }
    Ok(())
}

/// Whole lines of a file.
struct Block {
    bytes: Vec<u8>,
    /// Stretches of `bytes` that end at a line break, each with the number of its first line, from 1.
    tasks: Vec<(Range<usize>, u64)>,
    /// The number of the first line after the block.
    next_line: u64,
    /// What came after the last line break when reading failed.
    tail: Vec<u8>,
    end: End,
}

/// What comes after a block.
enum End {
    More,
    /// A line beyond the limit, already skipped, then more.
    Overlong,
    /// Nothing.
    Done,
    /// Reading failed after the block and its tail.
    Failed(io::Error),
}

/// Cuts a stream into blocks.
struct Blocks<R> {
    stream: R,
    /// Read, but not handed out yet: the beginning of a line; after a skipped line whatever came with its end.
    carry: Vec<u8>,
    /// So many bytes of it are known to hold no line break.
    searched: usize,
    next_line: u64,
    block: usize,
    limit: usize,
    at_start: bool,
    /// What ended reading, kept until the lines before it are out.
    failed: Option<io::Error>,
}

impl<R: Read> Blocks<R> {
    fn new(stream: R, block: usize, limit: usize) -> Self {
        Blocks { stream, carry: Vec::new(), searched: 0, next_line: 1, block, limit, at_start: true, failed: None }
    }

    /// The next block; not to be called again after one that ends in `Done` or `Failed`.
    fn next(&mut self) -> Block {
        let mut bytes = std::mem::take(&mut self.carry);
        let mut old = std::mem::take(&mut self.searched);
        loop {
            let outcome = self.fill(&mut bytes);
            self.skip_mark(&mut bytes);
            let line_break = bytes[old.min(bytes.len())..].iter().rposition(|&byte| byte == b'\n');
            let cut = line_break.map(|position| old + position + 1);
            match (outcome, cut) {
                (Ok(true), Some(cut)) => {
                    self.carry = bytes.split_off(cut);
                    self.searched = self.carry.len();
                    return self.block(bytes, End::More);
                }
                (Ok(true), None) if bytes.len() > self.limit => return self.skip_line(bytes),
                (Ok(true), None) => old = bytes.len(),
                (Ok(false), _) => return self.block(bytes, End::Done),
                (Err(cause), cut) => {
                    let tail = bytes.split_off(cut.unwrap_or(0));
                    return Block { tail, ..self.block(bytes, End::Failed(cause)) };
                }
            }
        }
    }

    /// Reads one block's worth more; false at the end of the file.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        if let Some(cause) = self.failed.take() {
            return Err(cause);
        }
        let n = self.stream.by_ref().take(self.block as u64).read_to_end(bytes)?;
        Ok(n == self.block)
    }

    fn skip_mark(&mut self, bytes: &mut Vec<u8>) {
        if std::mem::take(&mut self.at_start) && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
    }

    /// Drops a line that is too long, however much of it is still to come.
    fn skip_line(&mut self, mut bytes: Vec<u8>) -> Block {
        bytes.clear();
        bytes.shrink_to(self.block);
        loop {
            bytes.clear();
            let outcome = self.fill(&mut bytes);
            let mut rest = bytes.as_slice();
            let skipped = rest.skip_until(b'\n').unwrap_or(bytes.len());
            let found = skipped > 0 && bytes[skipped - 1] == b'\n';
            if found {
                self.carry = bytes.split_off(skipped);
            }
            match outcome {
                Ok(true) if !found => continue,
                // The end of the file, if this was it, is seen by the next block.
                Ok(_) => {}
                Err(cause) if found => self.failed = Some(cause),
                Err(cause) => return self.block(Vec::new(), End::Failed(cause)),
            }
            self.next_line += 1;
            return self.block(Vec::new(), End::Overlong);
        }
    }

    /// Counts the lines of a block and cuts it into tasks.
    fn block(&mut self, bytes: Vec<u8>, end: End) -> Block {
        let mut tasks = Vec::new();
        let (mut start, mut position, mut first_line) = (0, 0, self.next_line);
        let mut rest = bytes.as_slice();
        // `skip_until` on a slice cannot fail; it is the standard library's way to memchr.
        while let Ok(n @ 1..) = rest.skip_until(b'\n') {
            position += n;
            self.next_line += 1;
            let enough = position - start >= TASK || self.next_line - first_line >= TASK_LINES;
            if enough || position == bytes.len() {
                tasks.push((start..position, first_line));
                (start, first_line) = (position, self.next_line);
            }
        }
        Block { bytes, tasks, next_line: self.next_line, tail: Vec::new(), end }
    }
}

/// Decodes lines of a block, as far as there is room for what becomes of them.
fn work(turns: &mut Turns<Vec<Decoded>>, block: &Block, way: &dyn Way) {
    let task = |at: usize| {
        let (range, first_line) = &block.tasks[at];
        decode_lines(&block.bytes[range.clone()], *first_line, way)
    };
    turns.work(task, |decoded| decoded.iter().map(Decoded::bytes).sum());
}

fn decode_lines(mut bytes: &[u8], first_line: u64, way: &dyn Way) -> Vec<Decoded> {
    let mut all = Vec::new();
    let mut number = first_line;
    while !bytes.is_empty() {
        let mut rest = bytes;
        let length = rest.skip_until(b'\n').unwrap_or(bytes.len());
        let line = &bytes[..length];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LINE_LIMIT {
            let reason = format!("line is longer than {} MiB", LINE_LIMIT >> 20);
            all.push(damaged(way, number, reason));
        } else if !line.trim_ascii().is_empty() {
            all.push(way.decode(&Piece::new(line, number)));
        }
        number += 1;
        bytes = rest;
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// The lines of a text as blocks of `block` bytes give them, with their numbers; null for a line beyond `limit`.
    fn lines(text: &[u8], block: usize, limit: usize) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut blocks = Blocks::new(Cursor::new(text), block, limit);
        let mut lines = Vec::new();
        loop {
            let block = blocks.next();
            let mut number = None;
            for (range, first) in &block.tasks {
                assert!(number.is_none_or(|number| number == *first), "tasks follow one another");
                let mut at = *first;
                for line in block.bytes[range.clone()].split_inclusive(|&byte| byte == b'\n') {
                    lines.push((at, (line.len() <= limit).then(|| line.to_vec())));
                    at += 1;
                }
                number = Some(at);
            }
            match block.end {
                End::More => {}
                End::Overlong => lines.push((block.next_line - 1, None)),
                End::Done => return lines,
                End::Failed(cause) => panic!("{cause}"),
            }
        }
    }

    proptest! {
        #[test]
        fn blocks_put_together_are_the_file(
            text in proptest::collection::vec(prop_oneof![3 => Just(b'a'), 1 => Just(b'\n')], 0..200),
            block in 1..40_usize,
            limit in 1..60_usize,
        ) {
            let plain: Vec<(u64, Option<Vec<u8>>)> = text
                .split_inclusive(|&byte| byte == b'\n')
                .zip(1..)
                .map(|(line, number)| (number, (line.len() <= limit).then(|| line.to_vec())))
                .collect();
            prop_assert_eq!(lines(&text, block, limit), plain);
        }
    }

    #[test]
    fn a_line_of_a_gigabyte_is_skipped_without_being_held() {
        let long = std::io::repeat(b'x').take(1 << 30);
        let stream = (&b"one\n"[..]).chain(long).chain(&b"\nthree\n"[..]);
        let mut blocks = Blocks::new(stream, BLOCK, 64 << 20);
        let (mut seen, mut largest) = (Vec::new(), 0);
        loop {
            let block = blocks.next();
            largest = largest.max(block.bytes.capacity()).max(blocks.carry.capacity());
            let text = String::from_utf8(block.bytes).unwrap();
            match block.end {
                End::More => seen.push(text),
                End::Overlong => seen.push(format!("line {} skipped", block.next_line - 1)),
                End::Done => {
                    seen.push(text);
                    break;
                }
                End::Failed(cause) => panic!("{cause}"),
            }
        }
        assert_eq!(seen, ["one\n", "line 2 skipped", "three\n"]);
        assert!(largest <= 256 << 20, "{largest}");
    }

    #[test]
    fn lines_before_a_failure_come_out_first() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut blocks = Blocks::new((&b"one\ntwo\nthr"[..]).chain(Broken), 1024, 1024);
        let block = blocks.next();
        assert_eq!(
            (block.bytes.as_slice(), block.tail.as_slice(), block.next_line),
            (&b"one\ntwo\n"[..], &b"thr"[..], 3)
        );
        assert!(matches!(block.end, End::Failed(_)));
        // While a line that is too long is skipped, the lines after it are not lost either.
        let mut blocks = Blocks::new((&b"aaaaaaaaaaaa\ntwo\n"[..]).chain(Broken), 8, 6);
        assert!(matches!(blocks.next().end, End::Overlong));
        let block = blocks.next();
        assert_eq!((block.bytes.as_slice(), block.next_line), (&b"two\n"[..], 3));
        assert!(matches!(block.end, End::Failed(_)));
    }
}
