//! Rank correlation, by the definition.

/// Pearson's correlation of the ranks; `None` where the ranks of one list do not vary.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    let (x, y) = (ranks(x), ranks(y));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    let covariance: f64 = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let spread = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>().sqrt();
    let (spread_x, spread_y) = (spread(&x, mean_x), spread(&y, mean_y));
    (spread_x > 1e-9 && spread_y > 1e-9).then(|| covariance / (spread_x * spread_y))
}

/// How many are smaller, and half of the others that are equal, from 1.
fn ranks(values: &[f64]) -> Vec<f64> {
    let count = |test: &dyn Fn(f64) -> bool| values.iter().filter(|&&value| test(value)).count() as f64;
    values
        .iter()
        .map(|&value| {
            let smaller = count(&|other| other < value);
            let equal = count(&|other| other == value);
            1.0 + smaller + (equal - 1.0) / 2.0
        })
        .collect()
}
