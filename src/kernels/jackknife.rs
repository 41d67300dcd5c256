//! How much a number of a few samples would move with other samples: pair values of independent draws go in, the standard
//! error of their mean comes out.

use super::triangle;

/// Standard error of the mean over the pairs of `n` independent draws, by leaving one draw out at a time:
/// √((n − 1)/n · Σ (S₍₋ᵢ₎ − mean of them)²). `value` gives a pair's number by its place in the list of
/// [`triangle::pairs`]; pairs without one are left out.
///
/// `None` for fewer than three draws, and where all pairs hang on one of them.
#[must_use]
pub fn of_pairs(n: usize, value: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    if n < 3 {
        return None;
    }
    let (mut sums, mut counts) = (vec![0.0; n], vec![0_usize; n]);
    let (mut sum, mut count) = (0.0, 0);
    for (place, (a, b)) in triangle::pairs(n).enumerate() {
        let Some(value) = value(place) else { continue };
        sum += value;
        count += 1;
        for member in [a, b] {
            sums[member] += value;
            counts[member] += 1;
        }
    }
    let without: Option<Vec<f64>> = (0..n)
        .map(|member| (counts[member] < count).then(|| (sum - sums[member]) / (count - counts[member]) as f64))
        .collect();
    let without = without?;
    let center = without.iter().sum::<f64>() / n as f64;
    let squares: f64 = without.iter().map(|one| (one - center).powi(2)).sum();
    Some(((n - 1) as f64 / n as f64 * squares).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(n: usize, values: &[f64]) -> Option<f64> {
        of_pairs(n, |pair| values.get(pair).copied())
    }

    #[test]
    fn three_draws_by_hand() {
        // Without one of three draws a single pair is left: 0.6, 0.4, 0.2; (2/3) · 0.08.
        let expected = (2.0 / 3.0 * 0.08_f64).sqrt();
        assert!((error(3, &[0.2, 0.4, 0.6]).unwrap_or(f64::NAN) - expected).abs() < 1e-12);
    }

    #[test]
    fn no_spread_no_error_and_too_few_no_number() {
        assert_eq!(error(4, &[0.5; 6]), Some(0.0));
        assert_eq!(error(2, &[0.5]), None);
        // Only the pairs of draw 0 are known: without it there is nothing.
        assert_eq!(of_pairs(3, |pair| (pair < 2).then_some(0.5)), None);
    }

    #[test]
    fn of_numbers_that_add_up_it_is_twice_the_error_of_a_mean() {
        // S = mean over pairs of x_i + x_j is twice the mean, whose standard error is sd/√n.
        let x = [0.3, 0.9, 0.1, 0.7, 0.5];
        let values: Vec<f64> = triangle::pairs(5).map(|(a, b)| x[a] + x[b]).collect();
        let expected = 2.0 * super::super::bounds::standard_error(&x).unwrap_or(f64::NAN);
        assert!((error(5, &values).unwrap_or(f64::NAN) - expected).abs() < 1e-12);
    }
}
