//! Quantiles: sorted numbers in, a number between two of them out.

/// Linear interpolation between order statistics (Hyndman & Fan 1996, type 7, numpy's default); `None` of nothing.
///
/// `sorted` is in ascending order, `share` lies in [0, 1].
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ position ≤ last")]
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let rest = position - position.floor();
    // Not `a + rest * (b - a)`: equal neighbors have to give exactly their value.
    Some(if sorted[below] == sorted[above] {
        sorted[below]
    } else {
        sorted[below] * (1.0 - rest) + sorted[above] * rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_numpys_default() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&sorted, 0.0), Some(1.0));
        assert_eq!(quantile(&sorted, 0.5), Some(3.0));
        assert_eq!(quantile(&sorted, 1.0), Some(8.0));
        assert!(quantile(&sorted, 0.9).is_some_and(|value| (value - 6.8).abs() < 1e-12));
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
