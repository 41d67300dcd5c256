//! Hostile bytes: a seed and a number go in, the same bytes come out every time.
//!
//! Each input is a known one with a few things done to it: bits flipped, stretches cut, moved and repeated up to a
//! mebibyte, tokens and numbers put in that readers stumble over, and parts of two inputs joined.

/// Inputs grow no longer than this.
const LONGEST: usize = 1 << 20;

/// Tokens that no target is fond of.
const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\"",
    b"\\",
    b"\\\"",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00",
    b"\\u",
    b"null",
    b"true",
    b"NaN",
    b"-Infinity",
    b"Infinity",
    b"1e999999",
    b"-0",
    b"-1",
    b"0.5",
    b"1e-400",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"9223372036854775807",
    b"{}",
    b"[]",
    b"[[]]",
    b"\"\"",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"\xcc\x81",
    b"\xe2\x80\xa8",
    b"'",
    b"`",
    b"<",
    b">",
    b"$",
    b"#",
    b"%s",
    b"../../",
    b"\x80\x04.",
    b"\x80\x05\x95",
];

/// What stands in for a value of JSON.
const VALUES: &[&[u8]] = &[
    b"null",
    b"true",
    b"false",
    b"0",
    b"-1",
    b"1.5",
    b"1e400",
    b"NaN",
    b"-Infinity",
    b"9223372036854775808",
    b"\"\"",
    b"\"x\"",
    b"\"7\"",
    b"[]",
    b"{}",
    b"[null]",
    b"[0,1]",
    b"[\"a\",\"b\"]",
    b"[[]]",
    b"[{}]",
    b"{\"a\":1}",
    b"{\"a\":{\"a\":null}}",
    b"\"\\ud800\"",
    b"\"\\u0000\"",
];

/// A source of random numbers that is the same on every machine: `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of an input of a run.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut random = Random(seed ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`; 0 where there is none.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// A stretch of `length` bytes, more often short than long.
    fn stretch(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 32.min(length) };
        start..(start + self.below(most + 1)).min(length)
    }
}

/// What mutations draw on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stock<'a> {
    /// The target's own tokens.
    pub(super) words: &'a [&'a str],
    /// Another input.
    pub(super) other: &'a [u8],
}

/// Does a few things to an input.
pub(super) fn mutate(bytes: &mut Vec<u8>, stock: Stock<'_>, random: &mut Random) {
    let n = 1 << random.below(4);
    for _ in 0..=random.below(n) {
        match random.below(12) {
            0 => flip(bytes, random),
            1 => overwrite(bytes, random),
            2 => drop(bytes.drain(random.stretch(bytes.len()))),
            3 => repeat(bytes, random),
            4 => {
                let at = random.below(bytes.len() + 1);
                bytes.truncate(at);
            }
            5 => join(bytes, stock.other, random),
            6 => number(bytes, random),
            7 | 8 => value(bytes, random),
            9 => nest(bytes, random),
            _ => word(bytes, stock.words, random),
        }
        bytes.truncate(LONGEST);
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

/// Numbers as binary formats hold them.
fn overwrite(bytes: &mut [u8], random: &mut Random) {
    let width = 1 << random.below(4);
    let value = match random.below(5) {
        0 => 0,
        1 => u64::MAX,
        2 => i64::MAX as u64,
        3 => random.next() % 0x1_0000,
        _ => random.next(),
    };
    let at = random.below(bytes.len());
    for (byte, new) in bytes.iter_mut().skip(at).zip(&value.to_le_bytes()[..width]) {
        *byte = *new;
    }
}

fn put(bytes: &mut Vec<u8>, place: std::ops::Range<usize>, new: &[u8]) {
    drop(bytes.splice(place, new.iter().copied()));
}

/// A stretch many times over: seldom, but then up to the longest that there may be.
fn repeat(bytes: &mut Vec<u8>, random: &mut Random) {
    let stretch = random.stretch(bytes.len());
    let piece = bytes[stretch.clone()].to_vec();
    let most = if random.below(32) == 0 { LONGEST } else { 1 << random.below(13) };
    let room = most.min(LONGEST.saturating_sub(bytes.len()));
    let times = if piece.is_empty() { 0 } else { random.below(room / piece.len() + 2) };
    put(bytes, stretch.end..stretch.end, &piece.repeat(times));
}

/// The beginning of one and the end of the other, or a stretch of the other in the middle.
fn join(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if random.below(2) == 0 {
        bytes.truncate(random.below(bytes.len() + 1));
        bytes.extend_from_slice(&other[random.below(other.len() + 1)..]);
    } else {
        let at = random.below(bytes.len() + 1);
        put(bytes, at..at, &other[random.stretch(other.len())]);
    }
}

/// Another number in place of one, or of a digit.
fn number(bytes: &mut Vec<u8>, random: &mut Random) {
    let from = random.below(bytes.len());
    let Some(start) = bytes.iter().skip(from).position(u8::is_ascii_digit).map(|n| from + n) else { return };
    let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |n| start + n);
    let new = match random.below(6) {
        0 => b"0".to_vec(),
        1 => b"9".repeat(400),
        2 => b"1e999999".to_vec(),
        3 => b"9223372036854775807".to_vec(),
        4 => random.next().to_string().into_bytes(),
        _ => random.below(12).to_string().into_bytes(),
    };
    put(bytes, start..end, &new);
}

/// Another value in place of one of JSON, or beside it.
fn value(bytes: &mut Vec<u8>, random: &mut Random) {
    let from = random.below(bytes.len());
    let is_mark = |byte: &u8| matches!(byte, b':' | b'[' | b',');
    let Some(start) = bytes.iter().skip(from).position(is_mark).map(|n| from + n + 1) else { return };
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'\n');
    let end = bytes[start..].iter().position(ends).map_or(bytes.len(), |n| start + n);
    let mut new = random.of(VALUES).to_vec();
    let place = if random.below(4) == 0 {
        new.push(b',');
        start..start
    } else {
        start..end
    };
    put(bytes, place, &new);
}

/// Brackets around a stretch, up to some thousands deep.
fn nest(bytes: &mut Vec<u8>, random: &mut Random) {
    let (open, close) =
        random.of::<(&[u8], &[u8])>(&[&(b"[", b"]"), &(b"{\"a\":", b"}"), &(b"{", b"}"), &(b"(", b")")]);
    let deepest = if random.below(16) == 0 { 15 } else { 5 };
    let depth = 1 << random.below(deepest);
    let stretch = random.stretch(bytes.len());
    if random.below(8) > 0 {
        put(bytes, stretch.end..stretch.end, &close.repeat(depth));
    }
    put(bytes, stretch.start..stretch.start, &open.repeat(depth));
}

/// A token put in, or in place of a stretch.
fn word(bytes: &mut Vec<u8>, words: &[&str], random: &mut Random) {
    let random_bytes: Vec<u8> = (0..random.below(8)).map(|_| random.byte()).collect();
    let word = match random.below(8) {
        0 => &random_bytes,
        1..=3 => random.of(WORDS),
        _ if words.is_empty() => random.of(WORDS),
        _ => random.of(words).as_bytes(),
    };
    let place = random.stretch(bytes.len());
    let place = if random.below(3) == 0 { place } else { place.start..place.start };
    put(bytes, place, word);
}
