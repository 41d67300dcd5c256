//! The arithmetic: slices in, numbers out. Nothing here knows a noun, reads a file or prints.
//!
//! Each fast kernel has a slow twin of the same name in [`plain`]. The twin is the definition, written to be read;
//! the fast one may only agree, which property tests check around the edges of words and strips.
//! Edit distances compare sequences of [`alphabet::Symbols`], into which texts are turned once.

pub mod alphabet;
pub mod cosine;
pub mod indel;
pub mod levenshtein;
pub mod mean;
mod pairs;
pub mod plain;
pub mod sameness;
mod simd;
mod strips;
#[cfg(test)]
mod texts;

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
}

/// `1 − distance / longest`; 1 when there is nothing to differ in.
///
/// `longest` is the largest distance that texts of these lengths can have. Two empty texts are equal, so their
/// similarity is 1.
#[must_use]
pub(crate) fn similarity(distance: usize, longest: usize) -> f64 {
    if longest == 0 { 1.0 } else { 1.0 - distance as f64 / longest as f64 }
}
