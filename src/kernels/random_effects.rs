//! The mean of several studies that need not estimate the same number: their means and standard errors go in, one mean with
//! its interval comes out.

use super::distributions::t_quantile;

/// What several studies say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// The mean of the distribution that the studies' true values are taken from.
    pub mean: f64,
    /// Its interval.
    pub interval: (f64, f64),
    /// Variance of the true values.
    pub tau_squared: f64,
    /// Share of the spread between the studies that their standard errors do not explain, in [0, 1).
    pub i_squared: f64,
}

/// The random-effects mean with the variance between studies by `DerSimonian` & Laird 1986, and the interval by Hartung & Knapp
/// 2001 with k − 1 degrees of freedom, which stays honest for few studies; its factor is never below 1 (Röver, Knapp & Friede
/// 2015), so that two studies which happen to agree do not have an interval of nearly no width. I² by Higgins & Thompson
/// 2002.
///
/// `None` with fewer than two studies, and where a standard error is not positive.
#[must_use]
pub fn random_effects(means: &[f64], errors: &[f64], level: f64) -> Option<Pooled> {
    let k = means.len();
    let is_positive = |error: &f64| error.is_finite() && *error > 0.0;
    if k < 2 || errors.len() != k || !errors.iter().all(is_positive) {
        return None;
    }
    let df = (k - 1) as f64;
    let fixed: Vec<f64> = errors.iter().map(|error| error.powi(-2)).collect();
    let (_, q) = mean_and_spread(means, &fixed);
    let total: f64 = fixed.iter().sum();
    let squares: f64 = fixed.iter().map(|weight| weight * weight).sum();
    let tau_squared = ((q - df) / (total - squares / total)).max(0.0);
    let weights: Vec<f64> = errors.iter().map(|error| 1.0 / (error * error + tau_squared)).collect();
    let (mean, spread) = mean_and_spread(means, &weights);
    let error = ((spread / df).max(1.0) / weights.iter().sum::<f64>()).sqrt();
    let half = t_quantile(f64::midpoint(1.0, level), df)? * error;
    let i_squared = if q > df { 1.0 - df / q } else { 0.0 };
    Some(Pooled { mean, interval: (mean - half, mean + half), tau_squared, i_squared })
}

/// The weighted mean, and the weighted sum of squares around it.
fn mean_and_spread(values: &[f64], weights: &[f64]) -> (f64, f64) {
    let total: f64 = weights.iter().sum();
    let mean = values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
    let spread = values.iter().zip(weights).map(|(value, weight)| weight * (value - mean).powi(2)).sum();
    (mean, spread)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-11, "expected {expected}, got {got}");
    }

    #[test]
    fn agrees_with_statsmodels() {
        // statsmodels 0.15.0, scipy 1.17.1: r = combine_effects(means, errors**2, method_re="dl");
        // r.mean_effect_re, r.mean_effect_re ± t.ppf(.975, k - 1) * r.sd_eff_w_re_hksj, r.tau2, r.i2
        let cases: [(&[f64], &[f64], [f64; 5]); 3] = [
            (
                &[0.1, 0.3, 0.5],
                &[0.1, 0.1, 0.2],
                [0.255_555_555_555_555_5, -0.192_916_226_059_203_9, 0.704_027_337_170_315, 0.015, 0.5],
            ),
            (
                &[0.42, -0.05, 0.31, 0.18],
                &[0.08, 0.11, 0.2, 0.05],
                [
                    0.211_089_683_362_594_9,
                    -0.112_116_200_554_869_2,
                    0.534_295_567_280_059,
                    0.026_894_313_005_219_5,
                    0.770_684_026_225_067,
                ],
            ),
            (&[0.0, 0.6], &[0.1, 0.1], [0.3, -3.511_861_420_852_408, 4.111_861_420_852_408, 0.17, 17.0 / 18.0]),
        ];
        for (means, errors, [mean, low, high, tau_squared, i_squared]) in cases {
            let got = random_effects(means, errors, 0.95).unwrap();
            close(got.mean, mean);
            close(got.interval.0, low);
            close(got.interval.1, high);
            close(got.tau_squared, tau_squared);
            close(got.i_squared, i_squared);
        }
    }

    #[test]
    fn studies_that_agree_by_chance_are_not_surer_than_their_errors() {
        // Without the bound the interval would be 0.141 to 0.269, from errors of 0.1 each.
        let got = random_effects(&[0.2, 0.21], &[0.1, 0.1], 0.95).unwrap();
        close(got.mean, 0.205);
        close(got.interval.1 - got.mean, (0.475 * std::f64::consts::PI).tan() * 0.005_f64.sqrt());
        assert_eq!((got.tau_squared, got.i_squared), (0.0, 0.0));
    }

    #[test]
    fn what_cannot_be_weighed_is_missing() {
        assert_eq!(random_effects(&[0.2], &[0.1], 0.95), None);
        assert_eq!(random_effects(&[0.2, 0.3], &[0.1, 0.0], 0.95), None);
        assert_eq!(random_effects(&[0.2, 0.3], &[0.1], 0.95), None);
        assert_eq!(random_effects(&[0.2, 0.3], &[0.1, f64::NAN], 0.95), None);
    }

    proptest! {
        #[test]
        fn agrees_with_the_textbook(studies in prop::collection::vec((-1.0..1.0, 0.01..0.5), 2..12)) {
            let (means, errors): (Vec<f64>, Vec<f64>) = studies.into_iter().unzip();
            let got = random_effects(&means, &errors, 0.9).unwrap();
            let (mean, tau_squared) = plain::random_effects::random_effects(&means, &errors);
            prop_assert!((got.mean - mean).abs() < 1e-8, "{} {}", got.mean, mean);
            prop_assert!((got.tau_squared - tau_squared).abs() < 1e-8);
            prop_assert!((0.0..1.0).contains(&got.i_squared));
            prop_assert!(got.interval.0 < got.mean && got.mean < got.interval.1);
        }
    }
}
