//! Shares of different n-grams, from one list of all grams.

use std::collections::BTreeSet;

/// Different n-grams / all n-grams.
#[must_use]
pub fn distinct<T: Ord>(texts: &[Vec<T>], order: usize) -> Option<f64> {
    let all: Vec<&[T]> = texts.iter().flat_map(|text| text.windows(order)).collect();
    let different: BTreeSet<&[T]> = all.iter().copied().collect();
    if all.is_empty() { None } else { Some(different.len() as f64 / all.len() as f64) }
}

/// The sum of distinct-1 to distinct-4.
#[must_use]
pub fn ngram_diversity<T: Ord>(texts: &[Vec<T>]) -> Option<f64> {
    Some(distinct(texts, 1)? + distinct(texts, 2)? + distinct(texts, 3)? + distinct(texts, 4)?)
}

/// Different tokens over the number expected in as many draws from `vocabulary` tokens.
#[must_use]
pub fn expectation_adjusted<T: Ord>(texts: &[Vec<T>], vocabulary: f64) -> Option<f64> {
    let all = texts.iter().map(Vec::len).sum::<usize>() as f64;
    let expected = vocabulary * (1.0 - ((vocabulary - 1.0) / vocabulary).powf(all));
    Some(distinct(texts, 1)? * all / expected)
}
