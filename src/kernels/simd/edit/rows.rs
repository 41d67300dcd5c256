//! The two recurrences, written once for all vectors: rows of a column move to the next column.
//!
//! A lane holds one pattern, a bit for each of its rows. What moves along are the differences between neighbors of
//! the matrix, never its values: they are +1, 0 or −1, so that two bits hold one (one bit, for the common subsequence).
//!
//! Both are the textbook's formulas turned so that they need few instructions. **Levenshtein** (G. Myers, J. ACM 46(3), 1999,
//! in the form of H. Hyyrö, Nordic J. Computing 10, 2003) keeps the rows where a horizontal difference does *not*
//! rise: the complement costs nothing where a formula is a single `vpternlog`, saves a negation where it is
//! an `and-not`, and makes the insertion, which is what surrounds the matrix, the carry 0. Eleven instructions a word.
//! **Indel** is the longest common subsequence of M. Crochemore et al. (Inf. Process. Lett. 80, 2001) as H. Hyyrö wrote
//! it (AWOCA 2004). The carry of its addition is the majority of the operands and the complement of the sum. Six.

use super::super::super::alphabet::Symbols;
use super::super::super::strips::Scratch;
use super::super::super::{indel, levenshtein};
use super::vector::{Vector, Wide};

/// What a kernel keeps for the rows of one word in each lane.
pub(in crate::kernels) type Rows<V> = [V; 2];

/// An edit distance as differences between neighboring cells.
pub(in crate::kernels) trait Recurrence: Copy + Send + Sync + 'static {
    /// Whether a symbol may be substituted.
    const SUBSTITUTES: bool;

    /// The scalar twin: one pair in the words of the processor.
    fn distance(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize;

    /// The leftmost column: each row costs one deletion more than the row above it.
    fn fresh<V: Vector>(proof: V::Proof) -> Rows<V>;

    /// Moves rows that begin at the upper edge of the matrix by one column. `matches` has the rows whose symbol is
    /// the column's.
    fn step<V: Vector>(rows: &mut Rows<V>, matches: V);

    /// Like [`Self::step`] for rows that begin elsewhere: `above` holds the carries of the horizontal differences of
    /// the row above, zero for an insertion. Returns those of the last row.
    fn step_below<V: Wide>(rows: &mut Rows<V>, matches: V, above: [V; 2]) -> [V; 2];

    /// Carries from above that leave a fresh column as it is, as long as nothing matches.
    fn waiting<V: Wide>(proof: V::Proof) -> [V; 2];

    /// The rows where the distance is one larger than in the row above, and where it is one smaller.
    fn differences<V: Vector>(rows: Rows<V>) -> [V; 2];
}

/// Insertions, deletions, substitutions. The rows are those that lie above, and those that lie below, the row before.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Levenshtein;

impl Recurrence for Levenshtein {
    const SUBSTITUTES: bool = true;

    fn distance(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize {
        levenshtein::distance(a, b, scratch)
    }

    #[inline(always)]
    fn fresh<V: Vector>(proof: V::Proof) -> Rows<V> {
        [!V::zero(proof), V::zero(proof)]
    }

    #[inline(always)]
    fn step<V: Vector>(rows: &mut Rows<V>, matches: V) {
        let [up, down] = *rows;
        let diagonal = (((matches & up) + up) ^ up) | matches | down;
        let level_or_falls = !down & (diagonal | up);
        let falls = diagonal & up;
        // The upper edge rises: a zero comes in at the first row of the complement.
        let level_or_falls = level_or_falls + level_or_falls;
        *rows = [(falls + falls) | (!diagonal & level_or_falls), !level_or_falls & diagonal];
    }

    #[inline(always)]
    fn step_below<V: Wide>(rows: &mut Rows<V>, matches: V, above: [V; 2]) -> [V; 2] {
        let [up, down] = *rows;
        let [above_level_or_falls, above_falls] = above;
        let falls_in = V::first_row(above_falls);
        // The names of the papers: `diagonal` is D0, `falls` HN, and `level_or_falls` the complement of HP.
        let sum = ((matches | falls_in) & up) + up;
        let diagonal = (sum ^ up) | (matches | falls_in | down);
        let level_or_falls = !down & (diagonal | up);
        let falls = diagonal & up;
        let below = [level_or_falls.carry(), falls.carry()];
        let level_or_falls = level_or_falls.shift_in(above_level_or_falls);
        *rows = [falls.shift_in(above_falls) | (!diagonal & level_or_falls), !level_or_falls & diagonal];
        below
    }

    #[inline(always)]
    fn waiting<V: Wide>(proof: V::Proof) -> [V; 2] {
        [!V::zero(proof), V::zero(proof)]
    }

    #[inline(always)]
    fn differences<V: Vector>(rows: Rows<V>) -> [V; 2] {
        rows
    }
}

/// Insertions and deletions. The rows are those whose common subsequence is no longer than that of the row before.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Indel;

impl Recurrence for Indel {
    const SUBSTITUTES: bool = false;

    fn distance(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize {
        indel::distance(a, b, scratch)
    }

    #[inline(always)]
    fn fresh<V: Vector>(proof: V::Proof) -> Rows<V> {
        [!V::zero(proof), V::zero(proof)]
    }

    #[inline(always)]
    fn step<V: Vector>(rows: &mut Rows<V>, matches: V) {
        let same = rows[0];
        rows[0] = (same + (same & matches)) | (same & !matches);
    }

    #[inline(always)]
    fn step_below<V: Wide>(rows: &mut Rows<V>, matches: V, above: [V; 2]) -> [V; 2] {
        let same = rows[0];
        let matched = same & matches;
        let sum = same + matched + V::first_row(above[0]);
        rows[0] = sum | (same & !matches);
        [(matched | (same & !sum)).carry(), above[1]]
    }

    #[inline(always)]
    fn waiting<V: Wide>(proof: V::Proof) -> [V; 2] {
        [V::zero(proof); 2]
    }

    #[inline(always)]
    fn differences<V: Vector>(rows: Rows<V>) -> [V; 2] {
        // One row longer and the same subsequence: one deletion more. One symbol longer: one insertion less.
        [rows[0], !rows[0]]
    }
}
