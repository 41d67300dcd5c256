//! Least squares, as in a textbook.

/// Slope of the least-squares line by the normal equations; `None` when all x are the same.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let sum = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let (x, y, xy, xx) = (sum(|p| p.0), sum(|p| p.1), sum(|p| p.0 * p.1), sum(|p| p.0 * p.0));
    let below = n * xx - x * x;
    (below > 0.0).then(|| (n * xy - x * y) / below)
}

/// The smallest sum of squared errors of A·e^(−kx) + c with A, c ≥ 0 over all these k, and that k. For each k the candidates
/// are the free solution where it is allowed, and the best on each border.
#[must_use]
pub fn best_decay(points: &[(f64, f64)], rates: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let error = |k: f64, a: f64, c: f64| points.iter().map(|(x, y)| (y - a * (-k * x).exp() - c).powi(2)).sum::<f64>();
    let of_rate = |k: f64| {
        let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(x, y)| of((-k * x).exp(), *y)).sum::<f64>();
        let (e, ee, y, ey) = (sum(&|e, _| e), sum(&|e, _| e * e), sum(&|_, y| y), sum(&|e, y| e * y));
        let a = (n * ey - e * y) / (n * ee - e * e);
        let c = (y - a * e) / n;
        let borders = [(0.0, (y / n).max(0.0)), ((ey / ee).max(0.0), 0.0)];
        let free = (a >= 0.0 && c >= 0.0).then_some((a, c));
        let errors = borders.into_iter().chain(free).map(|(a, c)| error(k, a, c));
        errors.fold(f64::INFINITY, f64::min)
    };
    rates.map(|k| (of_rate(k), k)).min_by(|one, other| one.0.total_cmp(&other.0))
}
