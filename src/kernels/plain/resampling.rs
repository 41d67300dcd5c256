//! Means over questions drawn with replacement, and tests by random signs, as one would write them down.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::super::resampling::BLOCK;

/// Twin of [`resampled_means`](super::super::resampling::resampled_means).
#[must_use]
pub fn resampled_means(
    rows: &[f64],
    n_columns: usize,
    n_resamples: usize,
    stream: impl Fn(usize) -> ChaCha8Rng,
) -> Vec<Vec<f64>> {
    let n = rows.len() / n_columns;
    let bound = u32::try_from(n).unwrap_or(u32::MAX);
    let mut means = vec![Vec::new(); n_columns];
    for resample in 0..n_resamples {
        let mut random = stream(resample / BLOCK);
        // The stream of a block is read by its resamples one after the other.
        for _ in 0..resample % BLOCK * n {
            let _: u32 = random.random_range(0..bound);
        }
        let drawn: Vec<u32> = (0..n).map(|_| random.random_range(0..bound)).collect();
        for (column, means) in means.iter_mut().enumerate() {
            let sum = drawn.iter().fold(0.0, |sum, &question| sum + rows[question as usize * n_columns + column]);
            means.push(sum / n as f64);
        }
    }
    means
}

fn is_hit(sum: f64, values: &[f64]) -> bool {
    let size: f64 = values.iter().map(|value| value.abs()).sum();
    sum.abs() >= values.iter().sum::<f64>().abs() - 1e-12 * size
}

/// The share of all 2ⁿ patterns of signs whose sum is at least as far from zero as the one seen.
#[must_use]
pub fn exact_p_value(values: &[f64]) -> f64 {
    let patterns = 1_u64 << values.len();
    let sum = |pattern: u64| {
        let signed = values.iter().enumerate().map(|(i, value)| if pattern >> i & 1 == 0 { *value } else { -value });
        signed.sum::<f64>()
    };
    (0..patterns).filter(|&pattern| is_hit(sum(pattern), values)).count() as f64 / patterns as f64
}

/// (1 + hits)/(1 + patterns) of random patterns, for each column; 64 questions share a word of coins.
#[must_use]
pub fn random_p_values(
    rows: &[f64],
    n_columns: usize,
    n_patterns: usize,
    stream: impl Fn(usize) -> ChaCha8Rng,
) -> Vec<f64> {
    let n = rows.len() / n_columns;
    let column = |column: usize| rows.iter().skip(column).step_by(n_columns).copied().collect::<Vec<f64>>();
    let mut hits = vec![0; n_columns];
    let mut random = stream(0);
    for pattern in 0..n_patterns {
        if pattern % BLOCK == 0 {
            random = stream(pattern / BLOCK);
        }
        let coins: Vec<u64> = (0..n.div_ceil(64)).map(|_| random.random()).collect();
        for (which, hits) in hits.iter_mut().enumerate() {
            let values = column(which);
            let signed = |i: usize| if coins[i / 64] >> (i % 64) & 1 == 0 { values[i] } else { -values[i] };
            *hits += u64::from(is_hit((0..n).map(signed).sum(), &values));
        }
    }
    hits.into_iter().map(|hits| (hits + 1) as f64 / (n_patterns + 1) as f64).collect()
}
