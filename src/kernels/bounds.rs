//! The ends of an interval: bootstrap means and what they are means of go in, two bounds with their Monte-Carlo error
//! come out.
//!
//! Sources: Efron & Tibshirani 1993, ch. 13 (percentile) and 14 (BCa); Hesterberg 2015, *What Teachers Should Know
//! About the Bootstrap*, The American Statistician 69 (the expansion for small samples).

use super::distributions::{normal_cdf, normal_quantile, t_quantile};
use super::quantile::quantile;

/// Two sums that differ by less than this share of their size are the same number added in another order.
const TIE: f64 = 1e-12;

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Standard error of the ends that is owed to the finite number of resamples, the larger of the two; 0 where nothing
    /// is drawn.
    pub error: f64,
}

/// Between the percentiles of the bootstrap means; `ascending` holds them in order. `None` of nothing.
#[must_use]
pub fn percentile(ascending: &[f64], level: f64) -> Option<Bounds> {
    let tail = f64::midpoint(1.0, -level);
    between(ascending, tail, 1.0 - tail)
}

/// Bias-corrected and accelerated: as [`percentile`], at shares that the bootstrap's bias and the skewness of the `values`
/// move.
#[must_use]
pub fn bca(ascending: &[f64], values: &[f64], level: f64) -> Option<Bounds> {
    accelerated(ascending, values, normal_quantile(f64::midpoint(1.0, level)))
}

/// [`bca`] as wide as a small sample asks for: the normal quantile z is replaced by √(n/(n − 1)) · t with n − 1 degrees
/// of freedom. A bootstrap knows the spread of n values divided by n, and a normal quantile knows it too well;
/// both make a plain percentile interval of 10 questions miss twice as often as it says. `None` of fewer than two.
#[must_use]
pub fn bca_expanded(ascending: &[f64], values: &[f64], level: f64) -> Option<Bounds> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let t = t_quantile(f64::midpoint(1.0, level), n - 1.0)?;
    accelerated(ascending, values, (n / (n - 1.0)).sqrt() * t)
}

/// Mean ± t · sd/√n with n − 1 degrees of freedom: the clustered interval where each cluster has one vote (Miller
/// 2024). `None` of fewer than two.
#[must_use]
pub fn t_interval(values: &[f64], level: f64) -> Option<Bounds> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let half = t_quantile(f64::midpoint(1.0, level), n - 1.0)? * standard_error(values)?;
    Some(Bounds { low: mean - half, high: mean + half, error: 0.0 })
}

/// sd/√n with n − 1 in the variance; 0 of equal values. `None` of fewer than two.
#[must_use]
pub fn standard_error(values: &[f64]) -> Option<f64> {
    Some(deviation(values)? / (values.len() as f64).sqrt())
}

/// The standard deviation with n − 1. A spread of rounding errors is none, and equal values have 0. `None` of fewer than two, and
/// where it leaves the range of numbers.
#[must_use]
pub fn deviation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (squares / (n - 1.0)).sqrt();
    let size = values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    sd.is_finite().then_some(if sd > 1e-12 * size { sd } else { 0.0 })
}

fn accelerated(ascending: &[f64], values: &[f64], z: f64) -> Option<Bounds> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let bias = bias(ascending, values, mean)?;
    let acceleration = acceleration(values, mean);
    let share = |z: f64| {
        let moved = bias + z;
        let squeezed = 1.0 - acceleration * moved;
        // Beyond the pole no share is left: all means lie inside.
        if squeezed <= 0.0 { if z < 0.0 { 0.0 } else { 1.0 } } else { normal_cdf(bias + moved / squeezed) }
    };
    between(ascending, share(-z), share(z))
}

/// Φ⁻¹ of the share of means below the value that they are means around; ties count half.
fn bias(ascending: &[f64], values: &[f64], mean: f64) -> Option<f64> {
    let n = ascending.len();
    // The same numbers added in another order are a tie: with few questions many resamples are just that.
    let slack = TIE * values.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let below = ascending.partition_point(|&one| one < mean - slack);
    let up_to = ascending.partition_point(|&one| one <= mean + slack);
    if n == 0 {
        return None;
    }
    // None below or none above would move the bounds out of the data: count half of one there.
    let share = ((below + up_to) as f64 / 2.0).clamp(0.5, n as f64 - 0.5) / n as f64;
    Some(normal_quantile(share))
}

/// Of the jackknife: Σ c³ / (6 (Σ c²)^1.5) of the centered values; 0 where they are all the same.
fn acceleration(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let cubes: f64 = values.iter().map(|value| (value - mean).powi(3)).sum();
    let acceleration = cubes / (6.0 * squares.powf(1.5));
    if acceleration.is_finite() { acceleration } else { 0.0 }
}

fn between(ascending: &[f64], low: f64, high: f64) -> Option<Bounds> {
    Some(Bounds {
        low: quantile(ascending, low)?,
        high: quantile(ascending, high)?,
        error: monte_carlo_error(ascending, low)?.max(monte_carlo_error(ascending, high)?),
    })
}

/// Of a quantile: half the distance between the quantiles one binomial standard deviation of its rank below and above.
fn monte_carlo_error(ascending: &[f64], share: f64) -> Option<f64> {
    let rank = (share * (1.0 - share) / ascending.len() as f64).sqrt();
    Some((quantile(ascending, share + rank)? - quantile(ascending, share - rank)?) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_give_a_point() {
        let point = Some(Bounds { low: 0.5, high: 0.5, error: 0.0 });
        let (means, values) = ([0.5; 100], [0.5; 9]);
        assert_eq!(percentile(&means, 0.95), point);
        assert_eq!(bca(&means, &values, 0.95), point);
        assert_eq!(bca_expanded(&means, &values, 0.95), point);
        assert_eq!(t_interval(&values, 0.95), point);
    }

    #[test]
    fn too_little_gives_nothing() {
        assert_eq!(percentile(&[], 0.95), None);
        assert_eq!(bca_expanded(&[0.5; 10], &[0.5], 0.95), None);
        assert_eq!(t_interval(&[0.5], 0.95), None);
        assert_eq!(standard_error(&[]), None);
    }

    #[test]
    fn a_spread_of_rounding_errors_is_none() {
        assert_eq!(deviation(&[0.1 + 0.2, 0.3]), Some(0.0));
    }

    #[test]
    fn the_error_shrinks_with_the_root_of_the_resamples() {
        let means = |n: u32| (0..n).map(|i| normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect::<Vec<f64>>();
        let error = |n| percentile(&means(n), 0.95).map_or(f64::NAN, |bounds| bounds.error);
        // In theory √(p (1 − p)/B)/φ(z): 0.0267 for 10 000 standard normal numbers.
        assert!((error(10_000) - 0.0267).abs() < 0.001, "{}", error(10_000));
        assert!((error(10_000) / error(40_000) - 2.0).abs() < 0.1);
    }
}
