//! The cosine of two vectors, summed from left to right in f64; and the sum in the order that the fast twin keeps.

/// Components whose products are summed in f32 before the sum is added to an f64.
///
/// Longer is faster and less exact: the error of a block's sum grows with its length (`kernels::cosine` tells the
/// bound), and an addition in f64 costs as much as several in f32.
pub const BLOCK: usize = 64;

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

/// `Σ aᵢbᵢ` as the fast kernel sums it, to the last bit: block by block, each a chain of fused multiply-adds in f32 from
/// left to right, the blocks' sums one after the other in f64.
#[must_use]
pub fn chain(a: &[f32], b: &[f32]) -> f64 {
    let block = |(a, b): (&[f32], &[f32])| a.iter().zip(b).fold(0.0_f32, |sum, (&a, &b)| a.mul_add(b, sum));
    a.chunks(BLOCK).zip(b.chunks(BLOCK)).map(block).fold(0.0, |sum, block| sum + f64::from(block))
}
