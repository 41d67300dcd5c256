//! Passes of a group: which text moves along which lanes, and strip by strip the distances that come of it.
//!
//! The texts of a group stand in a ring, each the pattern of one lane. A pass takes one of them as the columns and a
//! few neighbors in the ring as the rows; the lanes of a window lie side by side, so any window is one load. Strips
//! are the outer loop and passes the inner one: the masks of a strip are made once for all passes, stay in the
//! cache while they are used, and never need more memory than one strip.
//!
//! **The distance at the end.** A strip adds to each lane how much its last column rises from top to bottom. Beyond the
//! right end of a strip the row below it goes on with insertions, one for each column until the next strip ends.
//! Whatever the band, the strips of a pattern end with the last column, and the distance is the number of columns plus all rises.
//! Outside the band (Ukkonen 1985) values are reached by insertions or deletions alone, which are real paths: a result
//! is never below the distance, and it is the distance when it is within the limit that the band was made for.

use std::ops::Range;

use super::super::simd::edit::{Backend, Edge, MOST_LANES, Masks, Recurrence, Rise, Sweep};

/// Rows in a word.
pub(super) const BITS: usize = 64;
/// After this many rows a probe says whether texts look alike.
const PROBED: Range<usize> = 128..512;

/// Texts in their order around the ring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring<'a> {
    pub(super) texts: &'a [&'a [u32]],
    /// All symbols are smaller.
    pub(super) bound: usize,
}

impl<'a> Ring<'a> {
    /// The text at a place; places go on around the ring.
    pub(super) fn at(self, place: usize) -> &'a [u32] {
        self.texts[place % self.texts.len()]
    }
}

/// Diagonals that a pass follows: how far to the left of the main one, and how far to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) left: usize,
    pub(super) right: usize,
}

impl Band {
    /// Every diagonal.
    pub(super) const WHOLE: Band = Band { left: usize::MAX, right: usize::MAX };

    /// Whether all of the other band's diagonals are among these.
    pub(super) fn contains(self, other: Self) -> bool {
        self.left >= other.left && self.right >= other.right
    }

    /// Where paths of at most this cost run in a matrix of `m` rows and `n` columns. The cost is at least |n − m|.
    pub(super) fn of(m: usize, n: usize, limit: usize) -> Self {
        Band {
            left: limit.saturating_add(m).saturating_sub(n) / 2,
            right: limit.saturating_add(n).saturating_sub(m) / 2,
        }
    }

    /// Both bands' diagonals.
    pub(super) fn with(self, other: Self) -> Self {
        Band { left: self.left.max(other.left), right: self.right.max(other.right) }
    }
}

/// One text against a few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// Place of the columns' text.
    pub(super) column: usize,
    /// Place of the first lane.
    pub(super) first: usize,
    /// Lanes, at most those of the instruction set.
    pub(super) lanes: usize,
    pub(super) band: Band,
}

/// How a batch of passes runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Words in a strip.
    pub(super) words: usize,
    /// Whether a pass whose texts look unlike may stop; its distances are then `usize::MAX`.
    pub(super) probing: bool,
}

/// Memory that batches share; between two of them masks and offsets are zero.
#[derive(Debug, Default)]
pub(super) struct Memory {
    offsets: Vec<u32>,
    words: Vec<u64>,
    symbols: Vec<u32>,
    edges: Vec<Edge>,
    columns: Vec<u32>,
}

/// The strip that all passes are in.
#[derive(Clone, Copy)]
struct Strip<'a> {
    ring: Ring<'a>,
    lanes: &'a Lanes,
    row: usize,
    words: usize,
    backend: Backend,
}

/// How far a pass has come.
struct State {
    rise: Rise,
    edges: Range<usize>,
    rows: usize,
    given_up: bool,
}

/// The distances of each pass, lane by lane: values of paths in its band, so never too small.
pub(super) fn run<R: Recurrence>(
    ring: Ring<'_>,
    passes: &[Pass],
    manner: Manner,
    backend: Backend,
    memory: &mut Memory,
) -> Vec<[usize; MOST_LANES]> {
    let mut states = start(ring, passes, memory);
    let lanes = Lanes::of(passes, backend);
    let most = states.iter().map(|state| state.rows).max().unwrap_or(0);
    for row in (0..most).step_by(manner.words * BITS) {
        memory.mark(ring, &lanes, row, manner.words);
        let strip = Strip { ring, lanes: &lanes, row, words: manner.words, backend };
        for (pass, state) in passes.iter().zip(&mut states) {
            if row < state.rows && !state.given_up {
                memory.advance::<R>(strip, pass, state);
                let seen = row + manner.words * BITS;
                state.given_up =
                    manner.probing && PROBED.contains(&seen) && seen < state.rows && unlike(ring, pass, state, seen);
            }
        }
        memory.unmark(&lanes, manner.words);
    }
    let value = |(pass, state): (&Pass, &State)| {
        let columns = ring.at(pass.column).len();
        state.rise.map(|rise| if state.given_up { usize::MAX } else { columns.saturating_add_signed(rise) })
    };
    passes.iter().zip(&states).map(value).collect()
}

fn start(ring: Ring<'_>, passes: &[Pass], memory: &mut Memory) -> Vec<State> {
    if memory.offsets.len() < ring.bound {
        memory.offsets.resize(ring.bound, 0);
    }
    let mut end = 0;
    let states = passes
        .iter()
        .map(|pass| {
            let begin = end;
            end += ring.at(pass.column).len();
            let rows = (0..pass.lanes).map(|lane| ring.at(pass.first + lane).len()).max().unwrap_or(0);
            State { rise: [0; MOST_LANES], edges: begin..end, rows, given_up: false }
        })
        .collect();
    memory.edges.clear();
    memory.edges.resize(end, Edge::default());
    states
}

/// Whether all lanes differ in more than half of the rows seen, on their way down the right edge of the band.
fn unlike(ring: Ring<'_>, pass: &Pass, state: &State, seen: usize) -> bool {
    let columns = (seen + pass.band.right).min(ring.at(pass.column).len());
    (0..pass.lanes).all(|lane| {
        let rows = seen.min(ring.at(pass.first + lane).len());
        let cost = columns.saturating_add_signed(state.rise[lane]);
        2 * cost.saturating_sub(columns.abs_diff(rows)) > rows
    })
}

/// The stretch of the ring that has masks: the lanes of a block.
struct Lanes {
    start: usize,
    /// For each lane whether a pass looks at it.
    used: Vec<bool>,
}

impl Lanes {
    fn of(passes: &[Pass], backend: Backend) -> Self {
        let start = passes.iter().map(|pass| pass.first).min().unwrap_or(0);
        let end = passes.iter().map(|pass| pass.first + backend.lanes()).max().unwrap_or(0);
        let mut used = vec![false; end - start];
        for pass in passes {
            used[pass.first - start..][..pass.lanes].fill(true);
        }
        Lanes { start, used }
    }

    fn count(&self) -> usize {
        self.used.len()
    }

    /// The lanes that one text has; where the ring is shorter than a block, some texts have two.
    fn of_text(&self, lane: usize, texts: usize) -> impl Iterator<Item = usize> {
        (lane..self.count()).step_by(texts)
    }
}

impl Memory {
    /// Writes the masks of a strip's rows, for a text in each of its lanes.
    fn mark(&mut self, ring: Ring<'_>, lanes: &Lanes, row: usize, words: usize) {
        let (count, texts) = (lanes.count(), ring.texts.len());
        let block = words * count;
        if self.words.len() < block {
            self.words.resize(block, 0);
        }
        for first in 0..count.min(texts) {
            let text = ring.at(lanes.start + first);
            let below = text.len().min(row + words * BITS);
            if row >= below || !lanes.of_text(first, texts).any(|lane| lanes.used[lane]) {
                continue;
            }
            for (row, &symbol) in text[row..below].iter().enumerate() {
                let offset = self.block(symbol, block) + row / BITS * count;
                for lane in lanes.of_text(first, texts) {
                    self.words[offset + lane] |= 1 << (row % BITS);
                }
            }
        }
    }

    /// Where the symbol's block begins; makes it on first sight.
    fn block(&mut self, symbol: u32, size: usize) -> usize {
        let known = self.offsets[symbol as usize] as usize;
        if known > 0 {
            return known;
        }
        self.symbols.push(symbol);
        let offset = self.symbols.len() * size;
        if self.words.len() < offset + size {
            self.words.resize(offset + size, 0);
        }
        self.offsets[symbol as usize] = u32::try_from(offset).unwrap_or(u32::MAX);
        offset
    }

    fn unmark(&mut self, lanes: &Lanes, words: usize) {
        self.words[..(self.symbols.len() + 1) * words * lanes.count()].fill(0);
        for symbol in self.symbols.drain(..) {
            self.offsets[symbol as usize] = 0;
        }
    }

    /// One strip of one pass.
    fn advance<R: Recurrence>(&mut self, strip: Strip<'_>, pass: &Pass, state: &mut State) {
        let Strip { ring, lanes, row, words, backend } = strip;
        let text = ring.at(pass.column);
        let below = (row + words * BITS).min(state.rows);
        let right = below.saturating_add(pass.band.right).min(text.len());
        let columns = row.saturating_sub(pass.band.left).min(right)..right;
        let mut rows = [0; MOST_LANES];
        for (lane, rows) in rows.iter_mut().enumerate().take(pass.lanes) {
            *rows = ring.at(pass.first + lane).len().saturating_sub(row);
        }
        self.columns.clear();
        self.columns.extend(text[columns.clone()].iter().map(|&symbol| self.offsets[symbol as usize]));
        let mut job = Sweep {
            masks: Masks { words: &self.words, lanes: lanes.count() },
            first: pass.first - lanes.start,
            words: (below - row).div_ceil(BITS),
            columns: &self.columns,
            edge: &mut self.edges[state.edges.clone()][columns],
            rows,
        };
        let rise = backend.sweep::<R>(pass.lanes, &mut job);
        for (sum, rise) in state.rise.iter_mut().zip(rise) {
            *sum += rise;
        }
    }
}
