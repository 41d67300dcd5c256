//! Whether one of several tries is right: how many are goes in, a probability comes out.

/// The probability that at least one of `k` things drawn without replacement from `n`, of which `n_right` are right, is right:
/// pass@k = 1 − C(n − c, k)/C(n, k) (Chen et al. 2021). `None` when there are fewer than `k`, or more right ones than there
/// are.
#[must_use]
pub fn coverage(n: usize, n_right: usize, k: usize) -> Option<f64> {
    let n_wrong = n.checked_sub(n_right).filter(|_| k <= n)?;
    // C(n − c, k)/C(n, k) is the product of (n − c − j)/(n − j): nothing that could overflow.
    let none_right: f64 = (0..k).map(|j| n_wrong.saturating_sub(j) as f64 / (n - j) as f64).product();
    Some(1.0 - none_right)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    #[test]
    fn golden_pass_at_k() {
        for (k, expected) in [(1, 0.3), (2, 0.533_333_333_333), (5, 0.916_666_666_667), (8, 1.0), (10, 1.0)] {
            assert!((coverage(10, 3, k).unwrap() - expected).abs() < 1e-12, "pass@{k}");
        }
    }

    #[test]
    fn more_than_there_are_cannot_be_drawn() {
        assert_eq!((coverage(3, 1, 4), coverage(0, 0, 1), coverage(2, 3, 1)), (None, None, None));
        assert_eq!((coverage(3, 0, 3), coverage(3, 3, 1), coverage(3, 2, 0)), (Some(0.0), Some(1.0), Some(0.0)));
        // Factorials of these would overflow.
        assert!((coverage(100_000, 1, 50_000).unwrap() - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn is_the_share_of_subsets_with_a_right_one(right in prop::collection::vec(any::<bool>(), 0..11), k in 0_usize..11) {
            prop_assume!(k <= right.len());
            let n_right = right.iter().filter(|right| **right).count();
            let expected = plain::coverage::share_of_subsets(&right, k);
            prop_assert!((coverage(right.len(), n_right, k).unwrap() - expected).abs() < 1e-12);
        }
    }
}
