//! The moving-average type-token ratio, window by window.

use std::collections::BTreeSet;

/// Mean of types / tokens over all windows; over the whole text where it is shorter.
#[must_use]
pub fn moving_average(tokens: &[u32], window: usize) -> Option<f64> {
    if tokens.is_empty() {
        return None;
    }
    let ratio = |window: &[u32]| window.iter().collect::<BTreeSet<_>>().len() as f64 / window.len() as f64;
    let ratios: Vec<f64> = tokens.windows(window.min(tokens.len())).map(ratio).collect();
    Some(ratios.iter().sum::<f64>() / ratios.len() as f64)
}
