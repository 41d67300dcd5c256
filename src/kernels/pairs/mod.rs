//! All pairs of a group: symbols of several texts in, the distance of every two of them out.
//!
//! A group is more than its pairs: one text moves along the masks of several others at once (`batch`). And distances
//! of a group are alike: rounds of a chain differ little, independent samples differ much. So
//! each pair is computed in the cheapest way that is sure to be exact for it:
//!
//! 1. A *probe* follows a band one word wide and gives an upper bound, which is exact when it is small enough. Texts
//!    that look unlike give up early.
//! 2. Pairs with a useful bound go along the band of exactly that bound. There is no third try, because the
//!    distance cannot be larger than the cost of a path that was found.
//! 3. The others have their whole matrix computed.

mod batch;
#[cfg(test)]
mod tests;

use super::alphabet::Symbols;
use super::simd::{Backend, MOST_LANES, MOST_WORDS, Recurrence};
use batch::{Band, Manner, Memory, Pass, Ring};

/// Matrices with fewer columns than this are computed as a whole: a probe would cost as much.
const PROBE_FROM: usize = 512;
/// What a probe allows beyond the difference in length: as many edits as a word has rows.
const PROBE_SLACK: usize = 64;
/// Lanes that have masks at the same time; with the symbols of a script they still fit the second-level cache.
const MOST_LANES_OF_A_BLOCK: usize = 32;
/// Columns whose lower edge is kept at the same time, two bytes each.
const MOST_COLUMNS: usize = 1 << 19;

/// What is known of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Exactly(usize),
    AtMost(usize),
}

impl Known {
    fn or_at_most(self, cost: usize) -> Self {
        match self {
            Known::AtMost(limit) => Known::AtMost(limit.min(cost)),
            exactly @ Known::Exactly(_) => exactly,
        }
    }

    fn cost(self) -> usize {
        let (Known::Exactly(cost) | Known::AtMost(cost)) = self;
        cost
    }
}

/// The distances of all unordered pairs, row by row of the upper triangle.
pub(super) fn all_pairs<R: Recurrence>(texts: &[&Symbols], backend: Backend) -> Vec<usize> {
    let n = texts.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&text| texts[text].len());
    let sorted: Vec<&[u32]> = order.iter().map(|&text| texts[text].ids()).collect();
    let ring = Ring { texts: &sorted, bound: texts.iter().map(|text| text.bound()).max().unwrap_or(0) };
    let mut group = Group { ring, backend, known: vec![Known::AtMost(usize::MAX); n * n] };
    group.probe::<R>();
    group.settle::<R>();
    let mut place = vec![0; n];
    for (rank, &text) in order.iter().enumerate() {
        place[text] = rank;
    }
    (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).map(|(a, b)| group.known[group.at(place[a], place[b])].cost()).collect()
}

struct Group<'a> {
    ring: Ring<'a>,
    backend: Backend,
    /// For two places, the smaller first.
    known: Vec<Known>,
}

impl Group<'_> {
    fn at(&self, a: usize, b: usize) -> usize {
        a.min(b) * self.ring.texts.len() + a.max(b)
    }

    fn probe<R: Recurrence>(&mut self) {
        let passes = self.cover(|group, a, b| {
            let (m, n) = group.lengths(a, b);
            let limit = m.abs_diff(n) + PROBE_SLACK;
            (m.min(n) >= PROBE_FROM && limit < m.max(n) / 2).then(|| Band::of(m, n, limit))
        });
        self.run::<R>(&passes, Manner { words: 1, probing: true });
    }

    fn settle<R: Recurrence>(&mut self) {
        for words in [1, 2, 4, MOST_WORDS] {
            let passes = self.cover(|group, a, b| {
                let (m, n) = group.lengths(a, b);
                let (best, band) = match group.known[group.at(a, b)] {
                    Known::Exactly(_) => return None,
                    Known::AtMost(limit) if limit < m.max(n) / 2 => (strip_for(limit), Band::of(m, n, limit)),
                    Known::AtMost(_) => (MOST_WORDS, Band::WHOLE),
                };
                (best == words).then_some(band)
            });
            self.run::<R>(&passes, Manner { words, probing: false });
        }
    }

    /// Lengths of the pattern and of the text.
    fn lengths(&self, column: usize, row: usize) -> (usize, usize) {
        (self.ring.at(row).len(), self.ring.at(column).len())
    }

    /// Passes that compute each pair for which there is a band. A pair belongs to the text from which the
    /// other is the nearer around the ring: so every text gets as many partners as any other, and lanes are full.
    fn cover(&self, band: impl Fn(&Self, usize, usize) -> Option<Band>) -> Vec<Pass> {
        let n = self.ring.texts.len();
        let mut passes = Vec::new();
        for column in 0..n {
            let mut open: Option<Pass> = None;
            for step in 1..=n / 2 {
                let row = (column + step) % n;
                let owned = 2 * step < n || column < row;
                let Some(band) = owned.then(|| band(self, column, row)).flatten() else { continue };
                match &mut open {
                    Some(pass) if column + step < pass.first + self.backend.lanes() => {
                        pass.lanes = column + step + 1 - pass.first;
                        pass.band = pass.band.with(band);
                    }
                    _ => passes.extend(open.replace(Pass { column, first: column + step, lanes: 1, band })),
                }
            }
            passes.extend(open);
        }
        passes
    }

    /// Computes passes and takes down what they tell, also of lanes that were only there to fill a window.
    fn run<R: Recurrence>(&mut self, passes: &[Pass], manner: Manner) {
        let mut memory = Memory::default();
        let results = batch::run::<R>(self.ring, passes, manner, self.backend, &mut memory);
        for (pass, distances) in passes.iter().zip(results) {
            for (lane, cost) in distances.into_iter().enumerate().take(pass.lanes) {
                let (column, row) = (pass.column, (pass.first + lane) % self.ring.texts.len());
                let (m, n) = self.lengths(column, row);
                let at = self.at(column, row);
                // No cheaper path leaves the band that paths of this cost need.
                self.known[at] = if pass.band.contains(Band::of(m, n, cost)) {
                    Known::Exactly(cost)
                } else {
                    self.known[at].or_at_most(cost)
                };
            }
        }
    }
}

fn strip_for(limit: usize) -> usize {
    match limit {
        0..128 => 1,
        128..512 => 2,
        512..2048 => 4,
        _ => MOST_WORDS,
    }
}
