//! Rank correlation: two lists of numbers go in, a number between −1 and 1 comes out.

/// Spearman's rank correlation: Pearson's of the ranks, equal values having the mean of their ranks (Spearman 1904; Kendall
/// 1948, ch. 3, for ties). `None` where it does not exist: the lists are of different lengths or shorter than two, one of
/// them does not vary, or a value is not a number.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.iter().chain(y).any(|value| value.is_nan()) {
        return None;
    }
    let (x, y) = (centered_ranks(x), centered_ranks(y));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (xx, yy) = (product(&x, &x), product(&y, &y));
    // Whole numbers up to here, so that nothing is rounded before 200 000 values, and what does not vary is exactly zero. The root
    // of the square of one is that number, so that equal ranks have exactly 1.
    (xx > 0.0 && yy > 0.0).then(|| (product(&x, &y) / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

/// Twice each value's rank, less the mean of those: whole numbers also for tied values.
fn centered_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // −0 and 0 are neighbors in the total order, and the same number.
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let after = values.len() - before - tied.len();
        for &place in tied {
            ranks[place] = before as f64 - after as f64;
        }
        before += tied.len();
    }
    ranks
}

/// Steps of 2^-32, finer than anything that an embedding in f32 knows.
const STEPS: f64 = 4_294_967_296.0;

/// A number on a grid that is so fine that it takes nothing away, and coarse enough that numbers which differ in
/// the last bits alone, because the same terms were added in another order, are equal and have one rank. Numbers on the
/// grid add up without rounding, in any order, up to sums of some millions.
#[must_use]
pub fn on_grid(value: f64) -> f64 {
    (value * STEPS).round() / STEPS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy 1.17.1: [repr(float(scipy.stats.spearmanr(x, y).statistic)) for x, y in cases]
        let cases: [(&[f64], &[f64], f64); 5] = [
            (&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0], 0.820_782_681_668_123_3),
            (&[1.0, 1.0, 2.0, 2.0, 3.0], &[0.0, 1.0, 0.0, 1.0, 1.0], 0.304_290_309_725_092_3),
            (&[0.1, 0.4, 0.4, 0.4, 0.9, 0.2], &[1.0, 0.0, 0.0, 0.5, 0.0, 1.0], -0.852_573_586_519_138_8),
            (&[3.0, 1.0, 2.0], &[1.0, 3.0, 2.0], -1.0),
            (&[-0.0, 0.0, 1.0, f64::INFINITY], &[2.0, 1.0, 4.0, 3.0], 0.737_864_787_372_621_8),
        ];
        for (x, y, expected) in cases {
            let got = spearman(x, y).unwrap();
            assert!((got - expected).abs() < 1e-14, "{x:?} {y:?}: {got}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_correlation() {
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[0.0, -0.0, 0.0]), None);
        assert_eq!((spearman(&[], &[]), spearman(&[1.0], &[2.0])), (None, None));
        assert_eq!((spearman(&[1.0, 2.0], &[1.0]), spearman(&[1.0, f64::NAN], &[1.0, 2.0])), (None, None));
    }

    #[test]
    fn the_grid_forgets_the_order_of_additions_and_nothing_else() {
        let (one, other) = ((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3));
        assert!(one != other && on_grid(one) == on_grid(other));
        let (one, other) = (2.0 / 3.0 - 1.0 / 3.0, 1.0 - 2.0 / 3.0);
        assert!(one != other && on_grid(one) == on_grid(other));
        assert!(on_grid(0.5 + 1e-9) > 0.5);
    }

    proptest! {
        #[test]
        fn agrees_with_its_definition(
            pairs in prop::collection::vec((-3_i8..4, -3_i8..4), 0..40),
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).unzip();
            match (spearman(&x, &y), plain::spearman::spearman(&x, &y)) {
                (Some(fast), Some(plain)) => prop_assert!((fast - plain).abs() < 1e-12, "{} {}", fast, plain),
                (fast, plain) => prop_assert_eq!(fast, plain),
            }
        }

        #[test]
        fn rising_values_have_one(values in prop::collection::btree_set(-1_000_000_i32..1_000_000, 2..300)) {
            let x: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let y: Vec<f64> = x.iter().map(|x| x / 7.0 + 1.0).collect();
            let falling: Vec<f64> = y.iter().map(|y| -y).collect();
            prop_assert_eq!(spearman(&x, &y), Some(1.0));
            prop_assert_eq!(spearman(&x, &falling), Some(-1.0));
        }
    }
}
