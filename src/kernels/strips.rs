//! One pass over an edit-distance matrix, 64 rows at a time: two sequences of symbols in, their distance out.
//!
//! The shorter sequence (the pattern) lies down the rows, the longer one (the text) along the columns. The matrix
//! is cut into strips of up to [`WORDS`] × 64 rows, computed from top to bottom, each from left to right. A strip
//! keeps its vertical differences in machine words and hands its bottom row on as horizontal differences, one byte
//! a column. Memory is therefore one byte a column and one mask a character, however long the pattern is, and
//! what the inner loop touches stays in the first-level cache. The vectors of `pairs` do the
//! same for many pairs at once; this is what runs where there are none, and for a short pair alone.
//!
//! **The band** (Ukkonen 1985). A path of cost at most `limit` with `i` insertions and `d` deletions has
//! `i − d = n − m` and `i + d ≤ limit`, so it stays between the diagonals `−(limit − (n − m)) / 2` and
//! `(limit + (n − m)) / 2`. Only the columns that a strip shares with that band are computed. What lies outside is taken
//! to be reached by deletions alone (from above, at the left edge) or insertions alone (from the left, in the row above):
//! both are real paths, so no computed value is below the true one, and every path inside the band is followed. A
//! result of at most `limit` is therefore exact, and a larger one proves that the distance is larger than `limit`.
//! Then the limit is raised, at least doubled, until the result holds or the band is the whole matrix.

use std::ops::Range;

use super::alphabet::Symbols;

/// Rows in a machine word.
const BITS: usize = 64;
/// Words in a strip. Four independent words hide the latency of each other's carries and fit the registers.
const WORDS: usize = 4;
/// Rows in a strip.
const ROWS: usize = WORDS * BITS;
/// The first band allows this many edits beyond the difference in length: half a strip, because a narrower
/// band would still compute whole strips.
const FIRST_SLACK: usize = ROWS / 2;

/// 64 rows of one column: the vertical differences of a distance, and how they and the horizontal ones move on.
pub(super) trait Word: Copy {
    /// Differences where each row costs one deletion more than the row above it.
    const FRESH: Self;
    /// The horizontal difference of one insertion.
    const INSERTION: u8;

    /// Moves one column to the right. `matches` has a bit for each row whose symbol is the column's, `above` is the
    /// horizontal difference of the row above, `bottom` the last row that is in use. Returns its horizontal difference.
    fn step(&mut self, matches: u64, above: u64, bottom: u32) -> u64;

    /// What a horizontal difference adds to the distance and takes from it.
    fn change(horizontal: u8) -> (usize, usize);
}

/// Memory that passes share; its contents mean nothing between two calls.
#[derive(Debug, Default)]
pub struct Scratch {
    /// For each symbol the rows of the strip where it stands. All zero between two strips.
    masks: Vec<[u64; WORDS]>,
    /// Horizontal differences of the row below which the next strip begins.
    edge: Vec<u8>,
}

impl Scratch {
    /// Empty memory; it grows with the texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn mark(&mut self, rows: &[u32]) {
        for (row, &symbol) in rows.iter().enumerate() {
            self.masks[symbol as usize][row / BITS] |= 1 << (row % BITS);
        }
    }

    fn unmark(&mut self, rows: &[u32]) {
        for &symbol in rows {
            self.masks[symbol as usize] = [0; WORDS];
        }
    }
}

/// The distance between two texts, exact.
pub(super) fn distance<W: Word>(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize {
    let bound = a.bound().max(b.bound());
    if scratch.masks.len() < bound {
        scratch.masks.resize(bound, [0; WORDS]);
    }
    let (a, b) = trim(a.ids(), b.ids());
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let everything = pattern.len() + text.len();
    let mut limit = text.len() - pattern.len() + FIRST_SLACK;
    loop {
        // A band that covers most of the matrix saves too little to be worth the risk of a second pass.
        if limit + ROWS > text.len() / 4 * 3 {
            limit = everything;
        }
        match pass::<W>(pattern, text, limit, scratch) {
            Ok(distance) => return distance,
            Err(beyond) => limit = beyond.wider(limit, pattern.len()),
        }
    }
}

/// Takes off what both have in common at the beginning and at the end; it costs nothing in any edit distance.
fn trim<'a>(a: &'a [u32], b: &'a [u32]) -> (&'a [u32], &'a [u32]) {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (&a[..a.len() - suffix], &b[..b.len() - suffix])
}

/// Where a pass found out that the distance is larger than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beyond {
    /// No path through the band costs less.
    at_least: usize,
    /// Rows of the pattern seen by then.
    row: usize,
}

impl Beyond {
    /// The next limit: at least twice the last one, and half as much again as the rest of the pattern would cost if
    /// it went on as it began, so that unlike texts do not climb there step by step.
    fn wider(self, limit: usize, rows: usize) -> usize {
        let projected = self.at_least.saturating_mul(rows) / self.row.max(1);
        (2 * limit).max(projected.saturating_add(projected / 2))
    }
}

/// The columns in which a path of limited cost can run.
#[derive(Debug, Clone, Copy)]
struct Band {
    left: usize,
    right: usize,
    columns: usize,
}

impl Band {
    /// `limit` is at least `n − m`, and `m ≤ n`.
    fn new(m: usize, n: usize, limit: usize) -> Self {
        let extra = n - m;
        Band { left: (limit - extra) / 2, right: limit.midpoint(extra), columns: n }
    }

    /// The columns that rows `from..to` share with the band.
    fn columns(self, from: usize, to: usize) -> Range<usize> {
        from.saturating_sub(self.left)..(to + self.right).min(self.columns)
    }
}

/// Computes the band, strip by strip. `limit` is at least the difference in length.
fn pass<W: Word>(pattern: &[u32], text: &[u32], limit: usize, scratch: &mut Scratch) -> Result<usize, Beyond> {
    let (m, n) = (pattern.len(), text.len());
    let band = Band::new(m, n, limit);
    scratch.edge.clear();
    scratch.edge.resize(n, W::INSERTION);
    // The distance at the upper left corner of the strip; without any row it is the cost of inserting the text.
    let mut corner = if m == 0 { n } else { 0 };
    for row in (0..m).step_by(ROWS) {
        let below = (row + ROWS).min(m);
        let columns = band.columns(row, below);
        scratch.mark(&pattern[row..below]);
        sweep_strip::<W>(below - row, &text[columns.clone()], &scratch.masks, &mut scratch.edge[columns.clone()]);
        scratch.unmark(&pattern[row..below]);
        let next = if below == m { n } else { band.columns(below, below).start };
        corner = walk::<W>(corner + below - row, &scratch.edge[columns.start..next]);
        if below < m && limit < m + n {
            let at_least = cheapest::<W>(corner, &scratch.edge[next..columns.end], n - next, m - below);
            if at_least > limit {
                return Err(Beyond { at_least, row: below });
            }
        }
    }
    if corner > limit { Err(Beyond { at_least: corner, row: m }) } else { Ok(corner) }
}

/// The distance at the end of a row, from the distance at its beginning.
fn walk<W: Word>(start: usize, row: &[u8]) -> usize {
    row.iter().fold(start, |distance, &horizontal| {
        let (rise, fall) = W::change(horizontal);
        distance + rise - fall
    })
}

/// A lower bound for every path that crosses this row: the cost so far plus the insertions or deletions that are
/// left at least, with `columns` columns right of the row's beginning and `rows` rows below it.
fn cheapest<W: Word>(start: usize, row: &[u8], columns: usize, rows: usize) -> usize {
    let mut distance = start;
    let mut best = distance + columns.abs_diff(rows);
    for (column, &horizontal) in row.iter().enumerate() {
        let (rise, fall) = W::change(horizontal);
        distance = distance + rise - fall;
        best = best.min(distance + (columns - column - 1).abs_diff(rows));
    }
    best
}

/// Picks the loop for the number of words that `rows` rows need.
fn sweep_strip<W: Word>(rows: usize, text: &[u32], masks: &[[u64; WORDS]], edge: &mut [u8]) {
    match rows.div_ceil(BITS) {
        1 => sweep::<W, 1>(rows, text, masks, edge),
        2 => sweep::<W, 2>(rows, text, masks, edge),
        3 => sweep::<W, 3>(rows, text, masks, edge),
        _ => sweep::<W, WORDS>(rows, text, masks, edge),
    }
}

/// Moves a strip of `N` words along the text; `edge` holds the row above it before, its own last row after.
fn sweep<W: Word, const N: usize>(rows: usize, text: &[u32], masks: &[[u64; WORDS]], edge: &mut [u8]) {
    let bottom = u32::try_from((rows - 1) % BITS).unwrap_or(0);
    let mut words = [W::FRESH; N];
    for (&symbol, horizontal) in text.iter().zip(edge) {
        let matches = &masks[symbol as usize];
        let mut carry = u64::from(*horizontal);
        let mut word = 0;
        while word + 1 < N {
            carry = words[word].step(matches[word], carry, 63);
            word += 1;
        }
        carry = words[N - 1].step(matches[N - 1], carry, bottom);
        *horizontal = (carry & 0b11) as u8;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::alphabet::Alphabet;
    use super::super::{indel, levenshtein, plain, texts};
    use super::*;

    /// What one pass says, and what the twin says, of two texts under a limit beyond their difference in length.
    fn one_pass<W: Word>(a: &str, b: &str, slack: usize) -> (Result<usize, Beyond>, usize) {
        let mut alphabet = Alphabet::new();
        let (a, b) = (alphabet.encode(a), alphabet.encode(b));
        let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        let mut scratch = Scratch { masks: vec![[0; WORDS]; text.bound().max(pattern.bound())], edge: Vec::new() };
        let limit = text.len() - pattern.len() + slack;
        (pass::<W>(pattern.ids(), text.ids(), limit, &mut scratch), limit)
    }

    fn holds(pass: Result<usize, Beyond>, limit: usize, truth: usize) {
        match pass {
            Ok(distance) => assert_eq!(distance, truth),
            Err(beyond) => assert!(truth > limit, "gave up at {beyond:?} though {truth} <= {limit}"),
        }
        assert_eq!(pass.is_ok(), truth <= limit);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn a_pass_is_exact_within_its_limit_and_refuses_beyond(
            (a, b) in prop_oneof![texts::pairs(), texts::long_twins()], slack in 0_usize..300
        ) {
            let (result, limit) = one_pass::<levenshtein::Differences>(&a, &b, slack);
            holds(result, limit, plain::levenshtein::distance(&a, &b));
            let (result, limit) = one_pass::<indel::Steps>(&a, &b, slack);
            holds(result, limit, plain::indel::distance(&a, &b));
        }
    }

    #[test]
    fn a_pass_that_cannot_hold_stops_early() {
        let (a, b) = ("a".repeat(4000), "b".repeat(4000));
        let (result, _) = one_pass::<levenshtein::Differences>(&a, &b, FIRST_SLACK);
        assert_eq!(result.map_err(|beyond| beyond.row), Err(ROWS));
    }

    #[test]
    fn the_limit_grows_until_it_holds() {
        let beyond = Beyond { at_least: 10, row: 256 };
        assert_eq!(beyond.wider(128, 2560), 256);
        assert_eq!(beyond.wider(4, 2560), 150);
    }

    #[test]
    fn common_ends_are_trimmed_once() {
        assert_eq!(trim(&[1, 2, 1], &[1, 2, 1, 2, 1]), (&[][..], &[2, 1][..]));
        assert_eq!(trim(&[1, 2, 3], &[1, 2, 3]), (&[][..], &[][..]));
        assert_eq!(trim(&[1, 9, 3], &[1, 8, 7, 3]), (&[9][..], &[8, 7][..]));
    }
}
