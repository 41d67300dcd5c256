//! Levenshtein distance, bit-parallel: symbols in, insertions, deletions and substitutions out.
//!
//! Myers' algorithm in the form of Hyyrö, 64 rows of the matrix in one word, carried from word to word by the
//! horizontal difference at its edge (G. Myers, J. ACM 46(3), 1999; H. Hyyrö, "A bit-vector algorithm for computing
//! Levenshtein and Damerau edit distances", Nordic J. Computing 10, 2003). Strips and bands are in `strips`.

use super::alphabet::{Alphabet, Symbols};
use super::pairs;
use super::simd::edit;
use super::strips::{self, Scratch, Word};

/// Smallest number of insertions, deletions and substitutions of Unicode scalar values that turn `a` into `b`.
///
/// Both come from one [`Alphabet`]. Exact for all lengths; about |a|·|b|/64 word operations, or d·max(|a|,|b|)/64 for
/// texts that are d edits apart with d small. Memory: one byte for each character of the longer text.
#[must_use]
pub fn distance(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize {
    strips::distance::<Differences>(a, b, scratch)
}

/// [`distance`] of every two texts, row by row of the upper triangle: (0, 1), (0, 2), …, (1, 2), ….
///
/// All come from one [`Alphabet`].
#[must_use]
pub fn all_pairs(texts: &[&Symbols]) -> Vec<usize> {
    match edit::Backend::best() {
        Some(backend) => pairs::all_pairs::<edit::Levenshtein>(texts, backend),
        None => pairs::in_words::<edit::Levenshtein>(texts),
    }
}

/// `1 − d / max(|a|, |b|)`, lengths in Unicode scalar values; 1 for two empty texts.
///
/// Source: `RapidFuzz` `Levenshtein.normalized_similarity`.
#[must_use]
pub fn similarity(distance: usize, len_a: usize, len_b: usize) -> f64 {
    super::similarity(distance, len_a.max(len_b))
}

/// [`distance`] of two texts, for when there is only one pair.
#[must_use]
pub fn distance_of_texts(a: &str, b: &str) -> usize {
    let mut alphabet = Alphabet::new();
    distance(&alphabet.encode(a), &alphabet.encode(b), &mut Scratch::new())
}

/// Rows that lie one above (`up`) or one below (`down`) the row before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Differences {
    up: u64,
    down: u64,
}

/// Horizontal differences: bit 0 is +1, bit 1 is −1.
impl Word for Differences {
    const FRESH: Self = Differences { up: !0, down: 0 };
    const INSERTION: u8 = 0b01;

    #[inline]
    fn step(&mut self, matches: u64, above: u64, bottom: u32) -> u64 {
        let (up, down) = (self.up, self.down);
        let (rise, fall) = (above & 1, above >> 1);
        // The names of the papers: `xv` and `xh` mark zero diagonal differences, `ph` and `mh` horizontal ±1.
        let xv = matches | down;
        let matches = matches | fall;
        let xh = ((matches & up).wrapping_add(up) ^ up) | matches;
        let ph = down | !(xh | up);
        let mh = up & xh;
        let below = (ph.wrapping_shr(bottom) & 1) | ((mh.wrapping_shr(bottom) & 1) << 1);
        let ph = (ph << 1) | rise;
        let mh = (mh << 1) | fall;
        self.up = mh | !(xv | ph);
        self.down = ph & xv;
        below
    }

    fn change(horizontal: u8) -> (usize, usize) {
        (usize::from(horizontal & 1), usize::from(horizontal >> 1))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::{plain, texts};
    use super::*;

    #[test]
    fn golden_values() {
        assert_eq!(distance_of_texts("s", "s."), 1);
        assert!((similarity(1, 1, 2) - 0.5).abs() < 1e-12);
        assert_eq!(distance_of_texts("kitten", "sitting"), 3);
        assert_eq!(distance_of_texts("\u{1F468}é", "é"), 1, "scalar values, not bytes");
        // A combining accent is a scalar value of its own.
        assert_eq!(distance_of_texts("e\u{301}", "é"), 2);
    }

    #[test]
    fn empty_texts_are_texts() {
        assert_eq!(distance_of_texts("", ""), 0);
        assert!((similarity(0, 0, 0) - 1.0).abs() < f64::EPSILON);
        assert_eq!(distance_of_texts("", "abc"), 3);
        assert!(similarity(3, 0, 3).abs() < f64::EPSILON);
    }

    /// Every pair shares one scratch and one alphabet with the pairs before, as in a group.
    #[test]
    fn what_a_pair_leaves_behind_does_not_reach_the_next() {
        let texts = ["", "ab", "ba".repeat(200).as_str(), "ab".repeat(90).as_str(), "\u{1F600}a"].map(str::to_owned);
        let mut alphabet = Alphabet::new();
        let symbols = texts.each_ref().map(|text| alphabet.encode(text));
        let mut scratch = Scratch::new();
        for (i, a) in texts.iter().enumerate() {
            for (j, b) in texts.iter().enumerate() {
                let fast = distance(&symbols[i], &symbols[j], &mut scratch);
                assert_eq!(fast, plain::levenshtein::distance(a, b), "{i} {j}");
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_its_plain_twin((a, b) in texts::pairs()) {
            let distance = distance_of_texts(&a, &b);
            prop_assert_eq!(distance, plain::levenshtein::distance(&a, &b));
            prop_assert_eq!(distance, distance_of_texts(&b, &a));
        }

        #[test]
        fn triangle_inequality((a, b, c) in texts::triples()) {
            let (ab, bc, ac) = (distance_of_texts(&a, &b), distance_of_texts(&b, &c), distance_of_texts(&a, &c));
            prop_assert!(ac <= ab + bc, "{ac} > {ab} + {bc}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn agrees_with_its_plain_twin_inside_a_band((a, b) in texts::long_twins()) {
            prop_assert_eq!(distance_of_texts(&a, &b), plain::levenshtein::distance(&a, &b));
        }
    }
}
