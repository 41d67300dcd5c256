//! Whether two texts are the same but for a touch: a distance and lengths go in, yes or no comes out.

/// Share of the longer text below which edits count as a touch: `EPS_EDIT` of the fixed-points study's `metrics.py`.
pub const EDITED: f64 = 0.02;
/// Relative change of the number of words below which it counts as kept: `EPS_WC` of the same.
pub const WORDS: f64 = 0.03;

/// Lengths of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// Unicode scalar values.
    pub chars: usize,
    /// White-space separated words.
    pub words: usize,
}

/// Whether `distance / max(|a|, |b|)` is below [`EDITED`] and the difference of the numbers of words, over the larger of
/// them, below [`WORDS`].
///
/// `distance` is the Levenshtein distance. The study looks from one step to the next and divides by the words of the
/// step before; the larger number makes it symmetric.
#[must_use]
pub fn near_verbatim(distance: usize, a: Lengths, b: Lengths) -> bool {
    share(distance, a.chars.max(b.chars)) < EDITED && share(a.words.abs_diff(b.words), a.words.max(b.words)) < WORDS
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(chars: usize, words: usize) -> Lengths {
        Lengths { chars, words }
    }

    #[test]
    fn both_conditions_are_strict() {
        assert!(near_verbatim(1, of(100, 20), of(99, 20)));
        assert!(!near_verbatim(2, of(100, 20), of(100, 20)), "2 % is no longer near");
        assert!(!near_verbatim(1, of(100, 20), of(100, 19)), "5 % of the words");
        assert!(near_verbatim(1, of(1000, 100), of(1000, 98)));
        assert!(!near_verbatim(1, of(1000, 100), of(1000, 97)));
    }

    #[test]
    fn empty_texts_are_equal() {
        assert!(near_verbatim(0, of(0, 0), of(0, 0)));
        assert!(!near_verbatim(1, of(0, 0), of(1, 1)));
    }
}
