//! The cosine of two vectors, summed from left to right in f64.

/// `Σ aᵢbᵢ / √(Σ aᵢ² · Σ bᵢ²)`; `None` for a zero or non-finite vector or for different lengths.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    if a.len() != b.len() {
        return None;
    }
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
    let squares = dot(a, a) * dot(b, b);
    (squares > 0.0 && squares.is_finite()).then(|| dot(a, b) / squares.sqrt())
}
