//! Indel distance, bit-parallel: symbols in, insertions and deletions out (no substitutions).
//!
//! It is |a| + |b| − 2·LCS(a, b), with the longest common subsequence computed 64 rows at a time (M. Crochemore et al.,
//! "A fast and practical bit-vector algorithm for the longest common subsequence problem", Inf. Process. Lett.
//! 80, 2001; H. Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004). Strips and bands are in `strips`.

use super::alphabet::{Alphabet, Symbols};
use super::pairs;
use super::simd::edit;
use super::strips::{self, Scratch, Word};

/// Smallest number of insertions and deletions of Unicode scalar values that turn `a` into `b`.
///
/// Both come from one [`Alphabet`]. Time and memory are as for [`super::levenshtein::distance`].
#[must_use]
pub fn distance(a: &Symbols, b: &Symbols, scratch: &mut Scratch) -> usize {
    strips::distance::<Steps>(a, b, scratch)
}

/// [`distance`] of every two texts, row by row of the upper triangle: (0, 1), (0, 2), …, (1, 2), ….
///
/// All come from one [`Alphabet`].
#[must_use]
pub fn all_pairs(texts: &[&Symbols]) -> Vec<usize> {
    match edit::Backend::best() {
        Some(backend) => pairs::all_pairs::<edit::Indel>(texts, backend),
        None => pairs::in_words::<edit::Indel>(texts),
    }
}

/// `1 − d / (|a| + |b|)`, lengths in Unicode scalar values; 1 for two empty texts.
///
/// Source: `RapidFuzz` `Indel.normalized_similarity`, `fuzz.ratio` (there times 100), python-Levenshtein `ratio`.
#[must_use]
pub fn similarity(distance: usize, len_a: usize, len_b: usize) -> f64 {
    super::similarity(distance, len_a + len_b)
}

/// [`distance`] of two texts, for when there is only one pair.
#[must_use]
pub fn distance_of_texts(a: &str, b: &str) -> usize {
    let mut alphabet = Alphabet::new();
    distance(&alphabet.encode(a), &alphabet.encode(b), &mut Scratch::new())
}

/// Rows whose common subsequence is no longer than that of the row before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps(u64);

/// Horizontal differences: 1 where the common subsequence grows (the distance falls by one), 0 where it does not
/// (the distance rises by one). Rows after the last one in use match nothing and so repeat its value: the carry
/// out of the word is the difference at the last row, whichever that is.
impl Word for Steps {
    const FRESH: Self = Steps(!0);
    const INSERTION: u8 = 0;

    #[inline]
    fn step(&mut self, matches: u64, above: u64, _bottom: u32) -> u64 {
        let matched = self.0 & matches;
        let (sum, over) = self.0.overflowing_add(matched);
        let (sum, again) = sum.overflowing_add(above);
        self.0 = sum | (self.0 ^ matched);
        u64::from(over | again)
    }

    fn change(horizontal: u8) -> (usize, usize) {
        (usize::from(horizontal ^ 1), usize::from(horizontal))
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
        assert!((similarity(1, 1, 2) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(distance_of_texts("kitten", "sitting"), 5);
        assert_eq!(distance_of_texts("a", "b"), 2, "a substitution is a deletion and an insertion");
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
                assert_eq!(fast, plain::indel::distance(a, b), "{i} {j}");
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_its_plain_twin((a, b) in texts::pairs()) {
            let distance = distance_of_texts(&a, &b);
            prop_assert_eq!(distance, plain::indel::distance(&a, &b));
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
            prop_assert_eq!(distance_of_texts(&a, &b), plain::indel::distance(&a, &b));
        }
    }
}
