//! The arithmetic: slices in, numbers out. Nothing here knows a noun, reads a file or prints.
//!
//! Each fast kernel has a slow twin of the same name in [`plain`]. The twin is the definition, written to be read;
//! the fast one may only agree, which property tests check around the edges of words and strips.
//! Edit distances compare sequences of [`alphabet::Symbols`], into which texts are turned once.

pub mod adjust;
pub mod alphabet;
pub mod bleu;
pub mod bounds;
pub mod clustered;
pub mod clusters;
pub mod codebleu;
pub mod comparison;
pub mod compress;
pub mod cosine;
pub mod coverage;
pub mod cycle;
pub mod distinct;
pub mod distributions;
pub mod fit;
pub mod grams;
pub mod hill;
pub mod indel;
#[cfg(test)]
mod inference_peers;
pub mod jackknife;
pub mod levenshtein;
pub mod mean;
pub mod near_verbatim;
pub mod overlap;
mod pairs;
pub mod plain;
pub mod plurality;
pub mod projection;
pub mod quantile;
pub mod random_effects;
pub mod resampling;
pub mod rouge;
pub mod sameness;
pub mod self_repetition;
pub mod sequences;
mod simd;
pub mod sorting;
pub mod spearman;
pub mod streams;
mod strips;
pub mod subsets;
pub mod subtrees;
#[cfg(test)]
mod texts;
pub mod triangle;
pub mod type_token;
pub mod vendi;
#[cfg(test)]
mod word_peers;
pub mod words;

pub use strips::Scratch;

/// What a kernel cannot compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KernelError {
    /// Two vectors that should lie in one space do not.
    #[error("compare vectors: expected {expected} numbers, got {got}")]
    WrongLength {
        /// Length of the first vector.
        expected: usize,
        /// Length of the other one.
        got: usize,
    },
    /// A matrix of distances that does not belong to so many things.
    #[error("cluster: expected {expected} distances, got {got}")]
    WrongPairCount {
        /// n (n − 1) / 2.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A threshold that is no distance.
    #[error("cluster: expected a threshold that is a number")]
    WrongThreshold,
    /// A matrix that holds what is no number.
    #[error("find eigenvalues: expected finite similarities")]
    NoEigenvalues,
    /// The compressor refused; its own words.
    #[error("compress texts: {0}")]
    Compression(&'static str),
}

/// `1 − distance / longest`; 1 when there is nothing to differ in.
///
/// `longest` is the largest distance that texts of these lengths can have. Two empty texts are equal, so their
/// similarity is 1.
#[must_use]
pub(crate) fn similarity(distance: usize, longest: usize) -> f64 {
    if longest == 0 { 1.0 } else { 1.0 - distance as f64 / longest as f64 }
}
