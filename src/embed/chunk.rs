//! What becomes of a text that is longer than the model's window.
//!
//! In comes a number of tokens, out go the stretches that the model sees; in come their vectors, out goes the text's.

use std::ops::Range;

use super::TextError;

/// Shorter than this a vector has no direction: the bound under which `torch.nn.functional.normalize`, and with it
/// sentence-transformers, stops dividing.
const SHORTEST: f64 = 1e-12;

/// What to do with a text that is longer than the model's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LongText {
    /// Embed it in chunks; its vector is the token-weighted mean of the L2-normalized vectors, normalized again.
    #[default]
    MeanOfChunks,
    /// Embed the beginning, as sentence-transformers does without a word; `tokens_seen` tells.
    Truncate,
    /// Give the text no vector.
    Refuse,
}

impl LongText {
    /// All of them, in the order in which lists show them.
    pub const ALL: [LongText; 3] = [LongText::MeanOfChunks, LongText::Truncate, LongText::Refuse];

    /// As the plan writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LongText::MeanOfChunks => "mean-of-chunks",
            LongText::Truncate => "truncate",
            LongText::Refuse => "refuse",
        }
    }
}

/// The policy together with the sizes that it works on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What to do with long texts.
    pub long_text: LongText,
    /// Tokens of a text that fit into one window: the window without special tokens and prefix. At least 1.
    pub room: usize,
    /// Tokens that neighboring chunks share; below `room`.
    pub overlap: usize,
}

impl Cut {
    /// The stretches of a text of `tokens` tokens that are embedded, in order. Without overlap they are disjoint and the
    /// last one holds the remainder; with it the last one starts where the step falls, and is shorter too.
    pub(super) fn windows(&self, tokens: usize) -> Result<Vec<Range<usize>>, TextError> {
        if tokens == 0 {
            return Err(TextError::NoTokens);
        }
        if tokens <= self.room {
            return Ok(vec![Range { start: 0, end: tokens }]);
        }
        match self.long_text {
            LongText::Truncate => Ok(vec![Range { start: 0, end: self.room }]),
            LongText::Refuse => Err(TextError::TooLong { tokens, room: self.room }),
            LongText::MeanOfChunks => {
                let step = self.room.saturating_sub(self.overlap).max(1);
                // The last window is the first one that reaches the end.
                let count = (tokens - self.room).div_ceil(step) + 1;
                Ok((0..count).map(|i| i * step..(i * step + self.room).min(tokens)).collect())
            }
        }
    }
}

/// Why a vector cannot be normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Degenerate {
    /// NaN or infinity.
    NotFinite,
    /// Length zero.
    Zero,
}

/// `sum / |sum|`, computed in double precision.
pub(super) fn normalize(sum: &[f64]) -> Result<Vec<f32>, Degenerate> {
    let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
    if !length.is_finite() {
        return Err(Degenerate::NotFinite);
    }
    if length < SHORTEST {
        return Err(Degenerate::Zero);
    }
    #[expect(clippy::cast_possible_truncation, reason = "vectors are kept in single precision")]
    let vector = sum.iter().map(|x| (x / length) as f32).collect();
    Ok(vector)
}

/// The vector of a text from the L2-normalized vectors of its chunks and their tokens. One chunk's vector is returned as it is.
pub(super) fn mean_of_chunks(mut chunks: Vec<(Vec<f32>, usize)>) -> Result<Vec<f32>, Degenerate> {
    if chunks.len() == 1
        && let Some((vector, _)) = chunks.pop()
    {
        return Ok(vector);
    }
    let dimension = chunks.first().map_or(0, |(vector, _)| vector.len());
    let mut sum = vec![0.0; dimension];
    for (vector, tokens) in &chunks {
        let weight = *tokens as f64;
        for (total, &x) in sum.iter_mut().zip(vector) {
            *total += weight * f64::from(x);
        }
    }
    normalize(&sum)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::single_range_in_vec_init,
        reason = "tests stop at the first surprise; a list of one window is meant"
    )]

    use proptest::prelude::*;

    use super::*;

    fn cut(long_text: LongText, room: usize, overlap: usize) -> Cut {
        Cut { long_text, room, overlap }
    }

    #[test]
    fn a_text_that_fits_is_one_window_under_every_policy() {
        for long_text in LongText::ALL {
            assert_eq!(cut(long_text, 254, 10).windows(254).unwrap(), [0..254]);
            assert_eq!(cut(long_text, 254, 10).windows(1).unwrap(), [0..1]);
            assert_eq!(cut(long_text, 254, 10).windows(0), Err(TextError::NoTokens));
        }
    }

    #[test]
    fn a_long_text_is_cut_as_its_policy_says() {
        assert_eq!(cut(LongText::MeanOfChunks, 4, 0).windows(9).unwrap(), [0..4, 4..8, 8..9]);
        assert_eq!(cut(LongText::MeanOfChunks, 4, 0).windows(8).unwrap(), [0..4, 4..8]);
        assert_eq!(cut(LongText::MeanOfChunks, 4, 1).windows(9).unwrap(), [0..4, 3..7, 6..9]);
        assert_eq!(cut(LongText::MeanOfChunks, 4, 1).windows(7).unwrap(), [0..4, 3..7]);
        assert_eq!(cut(LongText::Truncate, 4, 0).windows(9).unwrap(), [0..4]);
        assert_eq!(cut(LongText::Refuse, 4, 0).windows(9), Err(TextError::TooLong { tokens: 9, room: 4 }));
    }

    #[test]
    fn the_mean_is_weighted_by_tokens() {
        let chunks = vec![(vec![1.0, 0.0], 3), (vec![0.0, 1.0], 4)];
        assert_eq!(mean_of_chunks(chunks).unwrap(), [0.6, 0.8]);
    }

    #[test]
    fn opposite_chunks_and_numbers_that_are_not_finite_have_no_mean() {
        assert_eq!(mean_of_chunks(vec![(vec![1.0, 0.0], 2), (vec![-1.0, 0.0], 2)]), Err(Degenerate::Zero));
        assert_eq!(normalize(&[0.0, f64::NAN]), Err(Degenerate::NotFinite));
        assert_eq!(normalize(&[f64::INFINITY]), Err(Degenerate::NotFinite));
        assert_eq!(normalize(&[0.0, 0.0]), Err(Degenerate::Zero));
    }

    proptest! {
        #[test]
        fn windows_cover_every_token(tokens in 1usize..2000, room in 1usize..300, overlap in 0usize..299) {
            let overlap = overlap.min(room - 1);
            let windows = cut(LongText::MeanOfChunks, room, overlap).windows(tokens).unwrap();
            prop_assert_eq!(windows[0].start, 0);
            prop_assert_eq!(windows[windows.len() - 1].end, tokens);
            for window in &windows {
                prop_assert!(!window.is_empty() && window.len() <= room);
            }
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].end - pair[1].start, overlap);
                prop_assert!(pair[1].end > pair[0].end, "a window without new tokens");
            }
        }
    }
}
