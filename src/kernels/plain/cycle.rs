//! The period in which a sequence ends, as it is said.

/// The smallest p ≥ 1 such that the last p symbols are the p symbols before them.
#[must_use]
pub fn ending<T: PartialEq>(symbols: &[T]) -> Option<usize> {
    let n = symbols.len();
    (1..=n / 2).find(|&period| symbols[n - period..] == symbols[n - 2 * period..n - period])
}
