//! n-grams of a text, as a map from gram to count.

use std::collections::BTreeMap;

/// How often each n-gram occurs.
#[must_use]
pub fn counts<T: Ord + Clone>(tokens: &[T], order: usize) -> BTreeMap<Vec<T>, usize> {
    let mut counts = BTreeMap::new();
    for gram in tokens.windows(order) {
        *counts.entry(gram.to_vec()).or_insert(0) += 1;
    }
    counts
}

/// `Σ min(a(g), b(g))` over the grams that both have.
#[must_use]
pub fn clipped<T: Ord>(a: &BTreeMap<Vec<T>, usize>, b: &BTreeMap<Vec<T>, usize>) -> usize {
    a.iter().filter_map(|(gram, &count)| Some(count.min(*b.get(gram)?))).sum()
}

/// Grams that both have over grams that either has; 1 where neither has any.
#[must_use]
pub fn jaccard<T: Ord>(a: &BTreeMap<Vec<T>, usize>, b: &BTreeMap<Vec<T>, usize>) -> f64 {
    let both = a.keys().filter(|gram| b.contains_key(*gram)).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}
