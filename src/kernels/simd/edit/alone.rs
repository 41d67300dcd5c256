//! One pair alone: the words of its column in lanes, each a column behind the one above.
//!
//! Neighbors on an anti-diagonal do not depend on each other, so lane `j` works on column `s − j` in step `s` (as in
//! A. Wozniak, CABIOS 13, 1997, with a word instead of a cell). Between two steps the carries move up by one lane.
//! The masks that a step needs stand in as many columns as there are lanes; instead of a gather, a vector of
//! one column's masks is mixed with those of 1, 2 and 4 steps ago, which skews it in as many instructions as a
//! lane number has bits.

use super::lanes::{Edge, difference};
use super::rows::{Recurrence, Rows};
use super::vector::Wide;

/// Lanes before and after the columns that have nothing to do: those of the largest job.
pub(in crate::kernels) const PADDING: usize = 16;

/// A strip of one pair that is about to move along a text.
#[derive(Debug)]
pub(in crate::kernels) struct Alone<'a> {
    /// Blocks of masks, a word for each lane; the first block is zero.
    pub(in crate::kernels) masks: &'a [u64],
    /// For each column where its symbol's block begins, with [`PADDING`] zeros before and after.
    pub(in crate::kernels) columns: &'a [u32],
    /// The row above before, the last row after, with [`PADDING`] more after the last column. All eight bits are the same.
    pub(in crate::kernels) edge: &'a mut [Edge],
    /// Rows from here to the end of the pattern; more than the lanes hold is as good as all of them.
    pub(in crate::kernels) rows: usize,
}

/// Moves `N` vectors of words from the left end of the columns to the right. Returns how much the last column rises.
#[inline(always)]
pub(super) fn along<R: Recurrence, V: Wide, const N: usize>(proof: V::Proof, job: &mut Alone<'_>) -> isize {
    let words = N * V::LANES;
    let columns = job.columns.len() - 2 * PADDING;
    assert!(words <= PADDING && job.edge.len() >= columns + PADDING && job.masks.len() >= words);
    let last_block = job.masks.len() - words;
    assert!(job.columns.iter().all(|&offset| offset as usize <= last_block));
    let mut state = State::<V, N>::new::<R>(proof);
    // Two loops, because rows that are counted lie in memory, and writing them there at every step costs more than the step.
    let last = columns.saturating_sub(1);
    // Four steps at a time: the history of four columns then moves on by renaming, without any instruction.
    let fours = last - last % 4;
    for step in (0..fours).step_by(4) {
        // SAFETY: there is an edge and, PADDING further, a column for every step, and all blocks lie inside the masks.
        unsafe {
            state.step::<R>(proof, job, step);
            state.step::<R>(proof, job, step + 1);
            state.step::<R>(proof, job, step + 2);
            state.step::<R>(proof, job, step + 3);
        }
    }
    for step in fours..last {
        // SAFETY: as above.
        unsafe { state.step::<R>(proof, job, step) };
    }
    let mut rise = 0;
    for step in last..columns + words - 1 {
        // SAFETY: as above.
        unsafe { state.step::<R>(proof, job, step) };
        rise += state.last_column::<R>(step - last, job.rows);
    }
    rise
}

struct State<V, const N: usize> {
    rows: [Rows<V>; N],
    carries: [[V; 2]; N],
    /// Masks of the last column, unskewed.
    one: [V; N],
    /// Masks of the last two columns, skewed by one lane in two.
    two: [[V; 2]; N],
    /// Masks of the last four columns, skewed by one to three lanes in four.
    four: [[V; 4]; N],
}

impl<V: Wide, const N: usize> State<V, N> {
    #[inline(always)]
    fn new<R: Recurrence>(proof: V::Proof) -> Self {
        let zero = V::zero(proof);
        State {
            rows: [R::fresh::<V>(proof); N],
            // Lanes that have not begun stay as they are.
            carries: [R::waiting::<V>(proof); N],
            one: [zero; N],
            two: [[zero; 2]; N],
            four: [[zero; 4]; N],
        }
    }

    /// # Safety
    /// The job has an edge at `step`, a column at `step` and up to [`PADDING`] further, and each column's block.
    #[inline(always)]
    unsafe fn step<R: Recurrence>(&mut self, proof: V::Proof, job: &mut Alone<'_>, step: usize) {
        for place in (0..N).rev() {
            let lanes_above = place * V::LANES;
            // SAFETY: no vector lags behind by PADDING, and the caller answers for the rest.
            let matches = unsafe {
                let offset = *job.columns.get_unchecked(step + PADDING - lanes_above) as usize;
                V::load(proof, job.masks.as_ptr().add(offset + lanes_above))
            };
            let matches = self.skew(place, matches);
            let above = if place == 0 {
                // SAFETY: the caller says that there is one.
                let edge = unsafe { job.edge.get_unchecked(step) };
                [V::unpack(proof, edge[0]), V::unpack(proof, edge[1])]
            } else {
                self.carries[place - 1]
            };
            let [first, second] = self.carries[place];
            let above = [first.next_lane(above[0]), second.next_lane(above[1])];
            self.carries[place] = R::step_below(&mut self.rows[place], matches, above);
        }
        if let Some(column) = (step + 1).checked_sub(N * V::LANES) {
            let [first, second] = self.carries[N - 1];
            // SAFETY: the column lies before the step's.
            unsafe { *job.edge.get_unchecked_mut(column) = [V::pack_last(first), V::pack_last(second)] };
        }
    }

    /// Masks for lanes each a column behind the one above it.
    #[inline(always)]
    fn skew(&mut self, place: usize, masks: V) -> V {
        let by_one = masks.mix::<1>(std::mem::replace(&mut self.one[place], masks));
        let [last, before] = self.two[place];
        let by_two = by_one.mix::<2>(before);
        self.two[place] = [by_one, last];
        if V::LANES <= 4 {
            return by_two;
        }
        let [a, b, c, d] = self.four[place];
        self.four[place] = [by_two, a, b, c];
        by_two.mix::<4>(d)
    }

    /// How much the last column rises in one lane, which has just reached it.
    #[inline(always)]
    fn last_column<R: Recurrence>(&self, lane: usize, rows: usize) -> isize {
        let used = rows.saturating_sub(64 * lane);
        if used == 0 {
            return 0;
        }
        // Picked by comparison: rows that were indexed would have to lie in memory at every step.
        let mut rows = self.rows[0];
        for place in 1..N {
            if lane / V::LANES == place {
                rows = self.rows[place];
            }
        }
        let [ups, downs] = R::differences(rows).map(|vector| {
            let mut lanes = [0; 64];
            vector.store(&mut lanes);
            lanes[lane % V::LANES]
        });
        difference(ups, downs, used)
    }
}
