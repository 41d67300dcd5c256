//! All pairs of a group: symbols of several texts in, the distance of every two of them out.
//!
//! A group is more than its pairs: one text moves along the masks of several others at once (`batch`), and short texts fill
//! narrow lanes, thirty or sixty at a time. But much of the matrix need not be computed at all: rounds of a chain
//! differ little. So each pair goes the cheapest way that is sure to be exact for it:
//!
//! 1. Texts that are nearly equal are *walked* down their diagonals (`diagonal`), which gives up early on others.
//! 2. A *probe* follows a narrow band. What it finds is the cost of a path, hence an upper bound, and exact when no
//!    cheaper path could leave the band. Texts that look unlike give up early. Where insertions and deletions have led the path
//!    out of the band, the bound is poor and a wider probe follows.
//! 3. Pairs with a useful bound go along the band of exactly that bound (E. Ukkonen 1985, with the bound found before, not
//!    guessed and doubled): the distance cannot be larger than the cost of a path that was found.
//! 4. The others have their whole matrix computed.
//!
//! Two texts, or a few long ones, do not fill the lanes of a group: such pairs are computed alone (`alone`). Which way a
//! pair goes depends on its group and never on threads, and every way gives the same number.

mod alone;
mod batch;
mod diagonal;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use super::alphabet::Symbols;
use super::simd::edit::{Backend, MOST_LANES, MOST_WORDS, Recurrence, ShortTexts};
use super::strips::Scratch;
use super::triangle;
use batch::{Band, Manner, Memory, Pass, Ring};

/// Texts up to this length are one word a column.
const SHORT: usize = 64;
/// Groups of up to this size whose texts are mostly longer than [`LONG`] leave so many lanes empty that each pair is faster alone.
const FEW: usize = 6;
/// Patterns with enough words to fill vectors by themselves.
const LONG: usize = 256;
/// Matrices with fewer columns than this are computed as a whole: a probe would cost as much.
const PROBE_FROM: usize = 512;
/// Shorter texts are not walked: with company they cost less than finding out whether a walk would be short.
const WALK_FROM: usize = 200;
/// What a probe allows beyond the difference in length: as many edits as a word has rows.
const PROBE_SLACK: usize = 64;
/// Lanes that have masks at the same time; with the symbols of a script they still fit the second-level cache.
const MOST_LANES_OF_A_BLOCK: usize = 32;
/// Steps of words that are worth waking a thread for: a few milliseconds.
const WORTH_A_THREAD: usize = 1 << 20;
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
    if let [a, b] = texts {
        return vec![alone::distance::<R>(a, b, backend)];
    }
    let (different, of) = different(texts);
    let n = different.len();
    let computed = if n == texts.len() {
        return of_different::<R>(texts, backend);
    } else {
        of_different::<R>(&different, backend)
    };
    let distance = |(a, b): (usize, usize)| if of[a] == of[b] { 0 } else { computed[triangle::index(n, of[a], of[b])] };
    triangle::pairs(texts.len()).map(distance).collect()
}

/// The different texts, and for each text which of them it is. Only texts of one length are compared.
fn different<'a>(texts: &[&'a Symbols]) -> (Vec<&'a Symbols>, Vec<usize>) {
    let mut different: Vec<&Symbols> = Vec::with_capacity(texts.len());
    let same = |a: &Symbols, b: &Symbols| a.ids() == b.ids();
    let of = texts
        .iter()
        .map(|text| {
            different.iter().position(|known| same(known, text)).unwrap_or_else(|| {
                different.push(text);
                different.len() - 1
            })
        })
        .collect();
    (different, of)
}

/// [`all_pairs`] of texts that are all different; of equal ones the result is right as well, but dearer.
fn of_different<R: Recurrence>(texts: &[&Symbols], backend: Backend) -> Vec<usize> {
    let n = texts.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&text| texts[text].len());
    if n < 2 || n <= FEW && texts[order[n / 2]].len() >= LONG {
        return each(texts, |a, b| alone::distance::<R>(a, b, backend));
    }
    let sorted: Vec<&[u32]> = order.iter().map(|&text| texts[text].ids()).collect();
    let ring = Ring { texts: &sorted, bound: texts.iter().map(|text| text.bound()).max().unwrap_or(0) };
    let mut group = Group { ring, backend, known: vec![Known::AtMost(usize::MAX); triangle::count(n)] };
    if sorted.last().is_some_and(|text| text.len() <= SHORT) {
        let short = ShortTexts { texts: &sorted, bound: ring.bound };
        backend
            .short::<R>(short, &mut |a, b, distance| group.known[triangle::index(n, a, b)] = Known::Exactly(distance));
    } else {
        group.walk::<R>();
        group.probe::<R>();
        group.settle::<R>();
    }
    let mut place = vec![0; n];
    for (rank, &text) in order.iter().enumerate() {
        place[text] = rank;
    }
    triangle::pairs(n).map(|(a, b)| group.known[group.at(place[a], place[b])].cost()).collect()
}

/// What a thread keeps between groups, so that a small group does not pay for memory.
#[derive(Default)]
struct Kept {
    batch: Memory,
    alone: alone::Memory,
    scratch: Scratch,
    frontiers: [Vec<usize>; 2],
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Lends the thread's memory, or new memory where it is lent out: a thread that waits for others may be given another group.
fn with_memory<T>(work: impl FnOnce(&mut Kept) -> T) -> T {
    KEPT.with(|kept| match kept.try_borrow_mut() {
        Ok(mut kept) => work(&mut kept),
        Err(_) => work(&mut Kept::default()),
    })
}

/// The same, pair by pair: where there are no vectors, or too few texts to fill them.
pub(super) fn each(texts: &[&Symbols], distance: impl Fn(&Symbols, &Symbols) -> usize + Sync) -> Vec<usize> {
    let pairs: Vec<(usize, usize)> = triangle::pairs(texts.len()).collect();
    let work: usize = pairs.iter().map(|&(a, b)| texts[a].len() * texts[b].len().div_ceil(64)).sum();
    let compute = |&(a, b): &(usize, usize)| distance(texts[a], texts[b]);
    if pairs.len() > 1 && work > WORTH_A_THREAD {
        pairs.par_iter().map(compute).collect()
    } else {
        pairs.iter().map(compute).collect()
    }
}

/// The same in the words of the processor.
pub(super) fn in_words<R: Recurrence>(texts: &[&Symbols]) -> Vec<usize> {
    each(texts, |a, b| with_memory(|kept| R::distance(a, b, &mut kept.scratch)))
}

struct Group<'a> {
    ring: Ring<'a>,
    backend: Backend,
    /// Row by row of the upper triangle of places.
    known: Vec<Known>,
}

impl Group<'_> {
    fn at(&self, a: usize, b: usize) -> usize {
        triangle::index(self.ring.texts.len(), a, b)
    }

    /// Settles the pairs that are nearly equal.
    fn walk<R: Recurrence>(&mut self) {
        let texts = self.ring.texts;
        let pairs: Vec<(usize, usize)> = triangle::pairs(texts.len()).collect();
        let compute = |frontiers: &mut [Vec<usize>; 2], &(a, b): &(usize, usize)| {
            let granted = walk_cells(texts[a].len(), self.backend.lanes());
            let worthwhile = texts[a].len() >= WALK_FROM;
            worthwhile.then(|| diagonal::distance((texts[a], texts[b]), R::SUBSTITUTES, granted, frontiers)).flatten()
        };
        let symbols: usize = texts.iter().map(|text| text.len()).sum();
        let found: Vec<Option<usize>> = if symbols * texts.len() > WORTH_A_THREAD {
            pairs.par_iter().map_init(Default::default, compute).collect()
        } else {
            let mut frontiers = Default::default();
            pairs.iter().map(|pair| compute(&mut frontiers, pair)).collect()
        };
        for ((a, b), distance) in pairs.into_iter().zip(found) {
            if let Some(distance) = distance {
                self.known[triangle::index(texts.len(), a, b)] = Known::Exactly(distance);
            }
        }
    }

    /// Looks along bands, each four times as wide as the last, for a bound that is worth following.
    fn probe<R: Recurrence>(&mut self) {
        let longest = self.ring.texts.last().map_or(0, |text| text.len());
        let mut slack = PROBE_SLACK;
        while slack < longest / 2 {
            let passes = self.cover(|group, a, b| {
                let (m, n) = group.lengths(a, b);
                let limit = m.abs_diff(n) + slack;
                let worthwhile = match group.known[group.at(a, b)] {
                    Known::Exactly(_) => false,
                    // Nothing is known of texts that looked unlike, and nothing more will be.
                    Known::AtMost(usize::MAX) => slack == PROBE_SLACK,
                    // The path may have left the band before; a wide detour would cost more than another look.
                    Known::AtMost(cost) => cost > 2 * limit,
                };
                (worthwhile && m.min(n) >= PROBE_FROM && limit < m.max(n) / 2).then(|| Band::of(m, n, limit))
            });
            self.run::<R>(&passes, Manner { words: strip_for(slack), probing: slack == PROBE_SLACK });
            slack *= 4;
        }
    }

    /// Computes what is left, in the band of what is known or as a whole.
    fn settle<R: Recurrence>(&mut self) {
        let limits: Vec<usize> =
            triangle::pairs(self.ring.texts.len()).filter_map(|(a, b)| self.useful_limit(a, b)).collect();
        // One height of strips for all bands, because lanes that wait for another height are lanes that stay empty.
        let words = strip_for(limits.iter().sum::<usize>() / limits.len().max(1));
        let banded = self.cover(|group, a, b| {
            let (m, n) = group.lengths(a, b);
            group.useful_limit(a, b).map(|limit| Band::of(m, n, limit))
        });
        self.run::<R>(&banded, Manner { words, probing: false });
        let whole = self.cover(|group, a, b| group.open(a, b).map(|_| Band::WHOLE));
        self.run::<R>(&whole, Manner { words: MOST_WORDS, probing: false });
    }

    /// An upper bound of a distance that is not settled.
    fn open(&self, a: usize, b: usize) -> Option<usize> {
        match self.known[self.at(a, b)] {
            Known::AtMost(limit) => Some(limit),
            Known::Exactly(_) => None,
        }
    }

    /// An upper bound whose band is so much smaller than the matrix that following it saves time.
    fn useful_limit(&self, a: usize, b: usize) -> Option<usize> {
        let (m, n) = self.lengths(a, b);
        self.open(a, b).filter(|&limit| limit < m.max(n) / 2)
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
        // Neighbors in the ring share masks.
        passes.sort_by_key(|pass| pass.first);
        passes
    }

    /// Cuts passes where their lanes would spread too far, where they would need too much memory, and, if there is work
    /// for more than one thread, into pieces that share it.
    fn batches(&self, passes: &[Pass]) -> Vec<Range<usize>> {
        let work = |pass: &Pass| self.work(pass);
        let whole: usize = passes.iter().map(work).sum();
        let threads = rayon::current_num_threads();
        let share = if threads > 1 && whole > WORTH_A_THREAD { whole.div_ceil(2 * threads) } else { usize::MAX };
        let mut batches = Vec::new();
        let (mut begin, mut columns, mut worked) = (0, 0, 0);
        for (end, pass) in passes.iter().enumerate() {
            let length = self.ring.at(pass.column).len();
            let spread = pass.first + self.backend.lanes() > passes[begin].first + MOST_LANES_OF_A_BLOCK;
            if end > begin && (spread || columns + length > MOST_COLUMNS || worked + work(pass) / 2 > share) {
                batches.push(begin..end);
                (begin, columns, worked) = (end, 0, 0);
            }
            columns += length;
            worked += work(pass);
        }
        if begin < passes.len() {
            batches.push(begin..passes.len());
        }
        batches
    }

    /// Steps of a word in all lanes.
    fn work(&self, pass: &Pass) -> usize {
        let (n, m) = (self.ring.at(pass.column).len(), self.ring.at(pass.first + pass.lanes - 1).len());
        n.min(pass.band.left.saturating_add(pass.band.right)) * m.div_ceil(64)
    }

    /// Computes passes and takes down what they tell, also of lanes that were only there to fill a window.
    fn run<R: Recurrence>(&mut self, passes: &[Pass], manner: Manner) {
        let batches = self.batches(passes);
        let compute = |batch: &Range<usize>| {
            let passes = &passes[batch.clone()];
            with_memory(|kept| batch::run::<R>(self.ring, passes, manner, self.backend, &mut kept.batch))
        };
        let results: Vec<Vec<[usize; MOST_LANES]>> = if batches.len() > 1 {
            batches.par_iter().map(compute).collect()
        } else {
            batches.iter().map(compute).collect()
        };
        for (pass, distances) in passes.iter().zip(results.into_iter().flatten()) {
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

/// Cells that cost no more than half of what the lanes would take for the same pair: a cell costs ten steps of
/// a word or so, because most of them end in a branch that nothing could foresee.
fn walk_cells(length: usize, lanes: usize) -> usize {
    let along_a_band = length * (PROBE_SLACK + 64) / 64;
    let whole = length * length.div_ceil(64);
    along_a_band.min(whole) / lanes / 2
}

fn strip_for(limit: usize) -> usize {
    match limit {
        0..512 => 2,
        512..1024 => 4,
        _ => MOST_WORDS,
    }
}
