//! The random-effects mean as textbooks write it (Borenstein et al. 2009, ch. 12).

/// Mean and variance between studies, from sums of weights w, of w·y and of w·y².
#[must_use]
pub fn random_effects(means: &[f64], errors: &[f64]) -> (f64, f64) {
    let sum = |weight: &dyn Fn(f64) -> f64, term: &dyn Fn(f64) -> f64| -> f64 {
        means.iter().zip(errors).map(|(&y, &error)| weight(error) * term(y)).sum()
    };
    let w = |error: f64| 1.0 / (error * error);
    let q = sum(&w, &|y| y * y) - sum(&w, &|y| y).powi(2) / sum(&w, &|_| 1.0);
    let c = sum(&w, &|_| 1.0) - sum(&|error| w(error) * w(error), &|_| 1.0) / sum(&w, &|_| 1.0);
    let tau_squared = ((q - (means.len() as f64 - 1.0)) / c).max(0.0);
    let w = |error: f64| 1.0 / (error * error + tau_squared);
    (sum(&w, &|y| y) / sum(&w, &|_| 1.0), tau_squared)
}
