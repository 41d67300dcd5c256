//! One text along the columns, several patterns in the lanes of vectors.
//!
//! Each lane computes the matrix of its own pattern with the same text, as in T. Rognes, "Faster Smith-Waterman
//! database searches with inter-sequence SIMD parallelisation" (BMC Bioinformatics 12, 2011): no lane waits for another.
//! Because all lanes stand in the same column, their masks for its symbol lie side by side, and one load without a
//! gather fetches them. Patterns may differ in length: the distance is read at the end, from the vertical
//! differences of the last column, of which each lane counts as many rows as it has.

use super::rows::{Recurrence, Rows};
use super::vector::{Element, Wide};

/// The most lanes of 64 rows that any instruction set has.
pub(in crate::kernels) const MOST_LANES: usize = 8;
/// The most words in a strip. Twenty-four registers hold their rows and carries; AVX-512 has thirty-two.
pub(in crate::kernels) const MOST_WORDS: usize = 6;

/// The horizontal differences of one column at the lower edge of a strip, a bit for each lane. Zero is an insertion.
pub(in crate::kernels) type Edge = [u8; 2];

/// For each symbol the rows of a strip where it stands, in the lanes of a group.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Masks<'a> {
    /// Blocks of `[word][lane]`, one for each symbol.
    pub(in crate::kernels) words: &'a [u64],
    /// Lanes in a block, at least those of a vector beyond any first lane that is asked for.
    pub(in crate::kernels) lanes: usize,
}

/// A strip of several lanes that is about to move along a text.
#[derive(Debug)]
pub(in crate::kernels) struct Sweep<'a> {
    pub(in crate::kernels) masks: Masks<'a>,
    /// The first lane of the vector.
    pub(in crate::kernels) first: usize,
    /// Words in use, at most [`MOST_WORDS`].
    pub(in crate::kernels) words: usize,
    /// For each column where its symbol's block begins in the masks.
    pub(in crate::kernels) columns: &'a [u32],
    /// The row above before, the last row after, column by column.
    pub(in crate::kernels) edge: &'a mut [Edge],
    /// Rows of each lane's pattern from the strip's first row on; 0 when it ended above.
    pub(in crate::kernels) rows: [usize; MOST_LANES],
}

/// What a strip adds to each lane's distance, at the right end of its columns.
pub(in crate::kernels) type Rise = [isize; MOST_LANES];

/// Picks the loop for the number of words.
#[inline(always)]
pub(super) fn sweep<R: Recurrence, V: Wide>(proof: V::Proof, job: &mut Sweep<'_>) -> Rise {
    assert!(job.first + V::LANES <= job.masks.lanes);
    match job.words {
        0 | 1 => tally::<R, V, 1>(along::<R, V, 1>(proof, job), job),
        2 => tally::<R, V, 2>(along::<R, V, 2>(proof, job), job),
        3 => tally::<R, V, 3>(along::<R, V, 3>(proof, job), job),
        4 => tally::<R, V, 4>(along::<R, V, 4>(proof, job), job),
        5 => tally::<R, V, 5>(along::<R, V, 5>(proof, job), job),
        _ => tally::<R, V, MOST_WORDS>(along::<R, V, MOST_WORDS>(proof, job), job),
    }
}

/// Moves `N` words of each lane from the left end of the columns to the right, one column behind each other.
///
/// A word waits for the carry of the word above in the same column, eight instructions later. Therefore the words go
/// staggered: while one is in a column, the word above it is already in the next. What happens in a step is
/// independent then, and the processor finds enough to do at any time.
#[inline(always)]
fn along<R: Recurrence, V: Wide, const N: usize>(proof: V::Proof, job: &mut Sweep<'_>) -> [Rows<V>; N] {
    let mut stagger = Stagger::<V, N> {
        rows: [R::fresh::<V>(proof); N],
        carries: [[V::zero(proof); 2]; N],
        masks: std::array::from_fn(|word| &job.masks.words[job.first + word * job.masks.lanes..]),
    };
    // Every block has a whole vector in each of its words.
    let last = job.masks.words.len() - ((N - 1) * job.masks.lanes + job.first + V::LANES);
    assert!(job.columns.iter().all(|&offset| offset as usize <= last) && job.columns.len() == job.edge.len());
    let (columns, ragged) = (job.columns.len(), N - 1);
    for step in 0..ragged {
        stagger.step::<R>(proof, job, step, true);
    }
    for step in ragged..columns {
        stagger.step::<R>(proof, job, step, false);
    }
    for step in ragged.max(columns)..columns + ragged {
        stagger.step::<R>(proof, job, step, true);
    }
    stagger.rows
}

/// Words on their way along the columns.
struct Stagger<'a, V, const N: usize> {
    rows: [Rows<V>; N],
    /// What comes out of the word above, for its next column.
    carries: [[V; 2]; N],
    /// The masks of each word, from the first lane on.
    masks: [&'a [u64]; N],
}

impl<V: Wide, const N: usize> Stagger<'_, V, N> {
    /// Word `w` moves over column `step − w`; where the step is ragged, that column may not exist.
    #[inline(always)]
    fn step<R: Recurrence>(&mut self, proof: V::Proof, job: &mut Sweep<'_>, step: usize, ragged: bool) {
        for word in (0..N).rev() {
            if ragged && (step < word || step - word >= job.columns.len()) {
                continue;
            }
            let column = step - word;
            // SAFETY: `along` has made sure that there are as many edges as columns and that all blocks end inside
            // the masks. A step that is not ragged has a column for each word.
            let (offset, edge) = unsafe { (*job.columns.get_unchecked(column), job.edge.get_unchecked_mut(column)) };
            if word == 0 {
                self.carries[0] = [V::unpack(proof, edge[0]), V::unpack(proof, edge[1])];
            }
            // SAFETY: as above.
            let matches = unsafe { V::load(proof, self.masks[word].as_ptr().add(offset as usize)) };
            let below = R::step_below(&mut self.rows[word], matches, self.carries[word]);
            if word + 1 < N {
                self.carries[word + 1] = below;
            } else {
                *edge = [V::pack(below[0]), V::pack(below[1])];
            }
        }
    }
}

/// Counts the rows that each lane has.
#[inline(always)]
fn tally<R: Recurrence, V: Wide, const N: usize>(rows: [Rows<V>; N], job: &Sweep<'_>) -> Rise {
    let mut rise = [0; MOST_LANES];
    let (mut ups, mut downs) = ([0; 64], [0; 64]);
    for (word, rows) in rows.into_iter().enumerate() {
        let [up, down] = R::differences(rows);
        up.store(&mut ups);
        down.store(&mut downs);
        for lane in 0..V::LANES {
            let used = job.rows[lane].saturating_sub(word * 64);
            if used > 0 {
                rise[lane] += difference(ups[lane], downs[lane], used);
            }
        }
    }
    rise
}

/// How much the first `rows` rows of a word rise from top to bottom.
#[inline(always)]
pub(super) fn difference(ups: u64, downs: u64, rows: usize) -> isize {
    let (ups, downs) = (ups.count(rows), downs.count(rows));
    // At most 64 each.
    ups.cast_signed() as isize - downs.cast_signed() as isize
}
