//! Main directions by Jacobi's rotations of the matrix of inner products.

use super::vendi::rotate;

/// Sums of squares along the two main directions, and along all of them; `None` for fewer than three vectors, and where they
/// do not differ.
#[must_use]
pub fn variances(vectors: &[&[f32]]) -> Option<([f64; 2], f64)> {
    let n = vectors.len();
    if n < 3 || vectors[0].len() < 2 {
        return None;
    }
    let mean: Vec<f64> = (0..vectors[0].len())
        .map(|axis| vectors.iter().map(|vector| f64::from(vector[axis])).sum::<f64>() / n as f64)
        .collect();
    let centered: Vec<Vec<f64>> =
        vectors.iter().map(|vector| vector.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect()).collect();
    let inner = |a: usize, b: usize| centered[a].iter().zip(&centered[b]).map(|(x, y)| x * y).sum::<f64>();
    let mut matrix: Vec<Vec<f64>> = (0..n).map(|a| (0..n).map(|b| inner(a, b)).collect()).collect();
    for _ in 0..30 {
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut matrix, p, q);
            }
        }
    }
    let mut values: Vec<f64> = (0..n).map(|i| matrix[i][i]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = values.iter().sum();
    (total > 1e-10 * n as f64).then(|| ([values[0], values[1]], total))
}
