//! The Vendi score by the oldest way to eigenvalues.

/// The score of order `q` of `n` things: Jacobi's rotations until nothing is left beside the diagonal of K/n, then the
/// formula. `None` of nothing.
#[must_use]
pub fn score(n: usize, similarity: impl Fn(usize, usize) -> f64, q: f64) -> Option<f64> {
    if n == 0 {
        return None;
    }
    let mut matrix: Vec<Vec<f64>> = (0..n).map(|a| (0..n).map(|b| similarity(a, b) / n as f64).collect()).collect();
    for _ in 0..30 {
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut matrix, p, q);
            }
        }
    }
    let values: Vec<f64> = (0..n).map(|i| matrix[i][i]).filter(|&value| value > 1e-14).collect();
    let total: f64 = values.iter().sum();
    let shares = values.iter().map(|value| value / total);
    Some(if q == 1.0 {
        (-shares.map(|p| p * p.ln()).sum::<f64>()).exp()
    } else if q.is_infinite() {
        1.0 / shares.fold(0.0, f64::max)
    } else {
        shares.map(|p| p.powf(q)).sum::<f64>().powf(1.0 / (1.0 - q))
    })
}

/// Turns the plane of `p` and `q` so that their entry vanishes (Golub & Van Loan, section 8.5).
pub(super) fn rotate(matrix: &mut [Vec<f64>], p: usize, q: usize) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turned = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in matrix.iter_mut() {
        (row[p], row[q]) = turned(row[p], row[q]);
    }
    let (row_p, row_q) = (matrix[p].clone(), matrix[q].clone());
    (matrix[p], matrix[q]) = row_p.into_iter().zip(row_q).map(|(a, b)| turned(a, b)).unzip();
}
