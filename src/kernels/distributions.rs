//! Distribution functions: a number goes in, a probability or a quantile comes out. The library `statrs` lives here.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::checked_beta_reg;

/// Φ(x), the standard normal distribution function, to the last digits also far out (`statrs` has some ten).
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ⁻¹(p); −∞ and ∞ at 0 and 1. `p` lies in [0, 1].
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// The distribution function of Student's t; `None` unless `df` is positive and finite.
///
/// Near zero the incomplete beta function is asked for what lies within ±x, further out for what lies beyond, so that neither
/// loses digits (`statrs` alone has eight at zero). Source: Abramowitz & Stegun 1964, 26.7.1.
#[must_use]
pub fn t_cdf(x: f64, df: f64) -> Option<f64> {
    let square = x * x;
    let tail = if square < 1.0 {
        0.5 - 0.5 * checked_beta_reg(0.5, df / 2.0, square / (df + square)).ok()?
    } else {
        0.5 * checked_beta_reg(df / 2.0, 0.5, df / (df + square)).ok()?
    };
    (df > 0.0 && df.is_finite()).then_some(if x < 0.0 { tail } else { 1.0 - tail })
}

/// The p-quantile of Student's t; `None` unless `df` is positive and finite. `p` lies strictly between 0 and 1.
///
/// Newton's method, since the library's own has some seven digits in the tails and one at 10⁻⁹. Below zero the
/// distribution function is convex: from zero, each step stops short of the quantile, until rounding ends it.
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, df).ok()?;
    // The lower tail keeps its digits; the upper one is its mirror.
    let tail = p.min(1.0 - p);
    let mut x = 0.0;
    loop {
        let next = x - (t_cdf(x, df)? - tail) / student.pdf(x);
        if next >= x || !next.is_finite() {
            return Some(if p < 0.5 { x } else { -x });
        }
        x = next;
    }
}

/// Two-sided p-value of a t statistic.
#[must_use]
pub fn t_two_sided(t: f64, df: f64) -> Option<f64> {
    Some((2.0 * t_cdf(-t.abs(), df)?).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_undo_the_distribution_function() {
        for df in [1.0, 2.0, 3.0, 5.0, 7.3, 29.0, 499.0] {
            for p in [1e-9, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999_999] {
                let x = t_quantile(p, df).unwrap_or(f64::NAN);
                let back = t_cdf(x, df).unwrap_or(f64::NAN);
                assert!((back - p).abs() < 1e-9 * p.min(1.0 - p).max(1e-7), "df {df}, p {p}: {x} {back}");
            }
        }
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_cdf(-1.0) - 0.158_655_253_931_457_07).abs() < 1e-12);
    }

    #[test]
    fn no_degrees_of_freedom_no_distribution() {
        assert_eq!(t_quantile(0.975, 0.0), None);
        assert_eq!(t_cdf(1.0, f64::INFINITY), None);
    }
}
