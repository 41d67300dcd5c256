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

/// [`quantile`] of numbers in any order, which it moves around: a fraction of the cost of sorting them.
#[must_use]
pub fn quantile_of(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ position ≤ last")]
    let below = position.floor() as usize;
    let (_, &mut lower, larger) = values.select_nth_unstable_by(below, f64::total_cmp);
    let upper = larger.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    quantile(&[lower, upper], position - position.floor())
}

/// Quantile of weighted numbers; `None` of nothing.
///
/// The smallest value up to which at least `share` of all weight lies; where the weight up to it is exactly that share, the
/// middle between it and the next value. With equal weights that is type 2 of Hyndman & Fan 1996, whose median is the
/// usual one. Values ascend, weights are positive.
#[must_use]
pub fn weighted_quantile(sorted: &[(f64, f64)], share: f64) -> Option<f64> {
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let wanted = share * total;
    // Weights such as 1/3 do not add up to the last bit; a sum that misses its share by so little has met it.
    let slack = 1e-9 * total;
    let mut below = 0.0;
    for (place, (value, weight)) in sorted.iter().enumerate() {
        below += weight;
        if (below - wanted).abs() <= slack {
            return Some(sorted.get(place + 1).map_or(*value, |(next, _)| f64::midpoint(*value, *next)));
        }
        if below > wanted {
            return Some(*value);
        }
    }
    sorted.last().map(|(value, _)| *value)
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

    #[test]
    fn the_order_of_the_numbers_does_not_matter() {
        let values: Vec<f64> = (0..101).map(|i| f64::from(i * 37 % 101).sqrt()).collect();
        for share in [0.0, 0.025, 0.333, 0.5, 0.975, 1.0] {
            for n in [1, 2, 100, 101] {
                let mut shuffled = values[..n].to_vec();
                let mut sorted = shuffled.clone();
                sorted.sort_by(f64::total_cmp);
                let (one, other) = (quantile_of(&mut shuffled, share), quantile(&sorted, share));
                assert!(one.zip(other).is_some_and(|(one, other)| (one - other).abs() < 1e-14), "{one:?} {other:?}");
            }
        }
        assert_eq!(quantile_of(&mut [], 0.5), None);
    }

    #[test]
    fn equal_weights_give_the_usual_median() {
        let weigh = |values: &[f64]| values.iter().map(|value| (*value, 1.0 / 3.0)).collect::<Vec<_>>();
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0, 4.0]), 0.5), Some(2.0));
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0, 4.0, 8.0]), 0.5), Some(3.0));
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0, 4.0, 8.0]), 0.25), Some(1.5));
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0, 4.0, 8.0]), 0.3), Some(2.0));
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0]), 0.0), Some(1.0));
        assert_eq!(weighted_quantile(&weigh(&[1.0, 2.0]), 1.0), Some(2.0));
        assert_eq!(weighted_quantile(&[], 0.5), None);
    }

    #[test]
    fn weights_move_quantiles() {
        // Three quarters of the weight lie on 1.
        let sorted = [(1.0, 0.5), (1.0, 0.25), (9.0, 0.25)];
        assert_eq!(weighted_quantile(&sorted, 0.5), Some(1.0));
        assert_eq!(weighted_quantile(&sorted, 0.75), Some(5.0));
        assert_eq!(weighted_quantile(&sorted, 0.76), Some(9.0));
    }
}
