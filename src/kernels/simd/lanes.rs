//! One text along the columns, several patterns in lanes below each other's eyes: inter-sequence vectors.
//!
//! Each lane computes the matrix of its own pattern with the same text, as in T. Rognes, "Faster Smith-Waterman
//! database searches with inter-sequence SIMD parallelisation" (BMC Bioinformatics 12, 2011): no lane waits for another.
//! Because all lanes stand in the same column, their masks for its symbol lie side by side, and one load without a
//! gather fetches them. Patterns may differ in length: the distance is read at the end, from the vertical
//! differences of the last column, of which each lane counts as many rows as it has.

use super::rows::{Recurrence, Rows};
use super::vector::{Vector, Wide};

/// The most lanes of 64 rows that any instruction set has.
pub(in crate::kernels) const MOST_LANES: usize = 8;
/// The most words in a strip. Sixteen registers hold their rows; AVX-512 has thirty-two.
pub(in crate::kernels) const MOST_WORDS: usize = 8;

/// The horizontal differences of one column at the lower edge of a strip, a bit for each lane. Zero is an insertion.
pub(in crate::kernels) type Edge = [u8; 2];

/// For each symbol the rows of a strip where it stands, in all lanes of a group.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Masks<'a> {
    /// Where each symbol's block begins in `words`; the block at 0 is that of symbols that do not occur.
    pub(in crate::kernels) offsets: &'a [u32],
    /// Blocks of `[word][lane]`.
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
    /// The columns, in symbols that `masks` knows.
    pub(in crate::kernels) text: &'a [u32],
    /// The row above before, the last row after; as long as the text.
    pub(in crate::kernels) edge: &'a mut [Edge],
    /// Rows of each lane's pattern from the strip's first row on; 0 when it ended above.
    pub(in crate::kernels) rows: [usize; MOST_LANES],
}

/// What a strip adds to each lane's distance, at the right end of its columns.
pub(in crate::kernels) type Rise = [i64; MOST_LANES];

/// Picks the loop for the number of words.
#[inline(always)]
pub(super) fn sweep<R: Recurrence, V: Wide>(proof: V::Proof, job: &mut Sweep<'_>) -> Rise {
    assert!(job.first + V::LANES <= job.masks.lanes && job.words <= MOST_WORDS);
    match job.words {
        0 | 1 => tally::<R, V, 1>(along::<R, V, 1>(proof, job), job),
        2 => tally::<R, V, 2>(along::<R, V, 2>(proof, job), job),
        3 => tally::<R, V, 3>(along::<R, V, 3>(proof, job), job),
        4 => tally::<R, V, 4>(along::<R, V, 4>(proof, job), job),
        5 => tally::<R, V, 5>(along::<R, V, 5>(proof, job), job),
        6 => tally::<R, V, 6>(along::<R, V, 6>(proof, job), job),
        7 => tally::<R, V, 7>(along::<R, V, 7>(proof, job), job),
        _ => tally::<R, V, 8>(along::<R, V, 8>(proof, job), job),
    }
}

/// Moves `N` words of each lane from the left end of the columns to the right.
#[inline(always)]
fn along<R: Recurrence, V: Wide, const N: usize>(proof: V::Proof, job: &mut Sweep<'_>) -> [Rows<V>; N] {
    let mut rows = [R::fresh::<V>(proof); N];
    let Masks { offsets, words, lanes } = job.masks;
    // The block that begins furthest back still has all its words and lanes.
    let last = words.len().saturating_sub((N - 1) * lanes + job.first + V::LANES);
    for (&symbol, edge) in job.text.iter().zip(&mut *job.edge) {
        let offset = offsets[symbol as usize] as usize;
        assert!(offset <= last);
        let mut carry = [V::unpack(proof, edge[0]), V::unpack(proof, edge[1])];
        for (word, rows) in rows.iter_mut().enumerate() {
            // SAFETY: offset + word · lanes + first + LANES ≤ last + (N − 1) · lanes + first + LANES ≤ words.len().
            let matches = unsafe { V::load(proof, words.as_ptr().add(offset + job.first + word * lanes)) };
            carry = R::step_below(rows, matches, carry);
        }
        *edge = [V::pack(carry[0]), V::pack(carry[1])];
    }
    rows
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
                let mask = if used >= 64 { !0 } else { (1 << used) - 1 };
                rise[lane] += i64::from((ups[lane] & mask).count_ones()) - i64::from((downs[lane] & mask).count_ones());
            }
        }
    }
    rise
}
