//! A pair without company: what the lanes of a group are for texts, here they are for the words of one pattern.

use std::ops::Range;

use super::super::alphabet::Symbols;
use super::super::simd::edit::{Alone, Backend, Edge, PADDING, Recurrence};
use super::batch::{BITS, Band};
use super::{Kept, diagonal, with_memory};

/// Patterns of fewer rows are computed in the words of the processor: they would leave most lanes empty.
const VECTOR_FROM: usize = 3 * BITS;
/// Texts of fewer columns have no band that is much narrower than the matrix.
const BAND_FROM: usize = 1500;
/// The first band allows this many edits beyond the difference in length.
const SLACK: usize = 128;

/// Memory of a pair; masks and offsets are zero between two strips.
#[derive(Debug, Default)]
pub(super) struct Memory {
    offsets: Vec<u32>,
    masks: Vec<u64>,
    symbols: Vec<u32>,
    columns: Vec<u32>,
    edge: Vec<Edge>,
}

/// The distance of two texts.
pub(super) fn distance<R: Recurrence>(a: &Symbols, b: &Symbols, backend: Backend) -> usize {
    let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // About half of what a pass costs: a cell of the walk takes as long as a dozen words in vectors, or as three in the
    // processor's registers, because its branches surprise.
    let granted =
        longer.len() * shorter.len().div_ceil(BITS).min(16) / if shorter.len() < VECTOR_FROM { 6 } else { 12 };
    if a.ids() == b.ids() {
        return 0;
    }
    with_memory(|kept| {
        let Kept { scratch, frontiers, alone, .. } = kept;
        if shorter.len() < BITS {
            return R::distance(a, b, scratch);
        }
        if let Some(distance) = diagonal::distance((shorter.ids(), longer.ids()), R::SUBSTITUTES, granted, frontiers) {
            return distance;
        }
        if shorter.len() < VECTOR_FROM {
            return R::distance(a, b, scratch);
        }
        if alone.offsets.len() < a.bound().max(b.bound()) {
            alone.offsets.resize(a.bound().max(b.bound()), 0);
        }
        alone.distance::<R>(shorter.ids(), longer.ids(), backend)
    })
}

impl Memory {
    /// In ever wider bands, until the result proves itself or the band is the matrix.
    fn distance<R: Recurrence>(&mut self, pattern: &[u32], text: &[u32], backend: Backend) -> usize {
        let (m, n) = (pattern.len(), text.len());
        let mut limit = n - m + SLACK;
        loop {
            let whole = n < BAND_FROM || limit > n / 2;
            let band = if whole { Band::WHOLE } else { Band::of(m, n, limit) };
            let words = if limit < 1024 && !whole { 8 } else { 16 };
            let cost = self.pass::<R>((pattern, text), band, words, backend);
            match cost {
                Some(cost) if band.contains(Band::of(m, n, cost)) => return cost,
                // A path that costs so little is worth its band; otherwise it may have left the band long ago.
                Some(cost) if cost <= 8 * limit => limit = cost,
                Some(_) => limit *= 4,
                None => limit = usize::MAX,
            }
        }
    }

    /// The cost of a path in the band; `None` if the texts look unlike after a strip.
    fn pass<R: Recurrence>(
        &mut self,
        (pattern, text): (&[u32], &[u32]),
        band: Band,
        most_words: usize,
        backend: Backend,
    ) -> Option<usize> {
        self.edge.clear();
        self.edge.resize(text.len() + PADDING, Edge::default());
        let mut cost = text.len();
        let mut row = 0;
        while row < pattern.len() {
            let words = (pattern.len() - row).div_ceil(BITS).min(most_words);
            let below = (row + words.next_multiple_of(4) * BITS).min(pattern.len());
            let right = below.saturating_add(band.right).min(text.len());
            let columns = row.saturating_sub(band.left).min(right)..right;
            cost = cost.saturating_add_signed(self.strip::<R>(&pattern[row..below], text, columns, backend));
            // A column further right costs an insertion until the next strip has seen it.
            let edits = (cost + right - text.len()).saturating_sub(right - below.min(right));
            if row == 0 && band != Band::WHOLE && 2 * edits > below {
                return None;
            }
            row = below;
        }
        Some(cost)
    }

    /// Moves a strip along some columns. Returns how much the last of them rises.
    fn strip<R: Recurrence>(&mut self, rows: &[u32], text: &[u32], columns: Range<usize>, backend: Backend) -> isize {
        let words = match rows.len().div_ceil(BITS) {
            0..=4 => 4,
            5..=8 => 8,
            _ => 16,
        };
        self.mark(rows, words);
        self.columns.clear();
        self.columns.resize(PADDING, 0);
        self.columns.extend(text[columns.clone()].iter().map(|&symbol| self.offsets[symbol as usize]));
        self.columns.resize(columns.len() + 2 * PADDING, 0);
        let edge = &mut self.edge[columns.start..columns.end + PADDING];
        let mut job = Alone { masks: &self.masks, columns: &self.columns, edge, rows: rows.len() };
        let rise = backend.alone::<R>(words, &mut job);
        self.unmark(words);
        rise
    }

    fn mark(&mut self, rows: &[u32], words: usize) {
        self.masks.resize(self.masks.len().max(words), 0);
        for (row, &symbol) in rows.iter().enumerate() {
            let offset = &mut self.offsets[symbol as usize];
            if *offset == 0 {
                self.symbols.push(symbol);
                *offset = u32::try_from(self.symbols.len() * words).unwrap_or(u32::MAX);
                self.masks.resize(self.masks.len().max((self.symbols.len() + 1) * words), 0);
            }
            self.masks[*offset as usize + row / BITS] |= 1 << (row % BITS);
        }
    }

    fn unmark(&mut self, words: usize) {
        self.masks[..(self.symbols.len() + 1) * words].fill(0);
        for symbol in self.symbols.drain(..) {
            self.offsets[symbol as usize] = 0;
        }
    }
}
