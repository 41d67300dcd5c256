//! Two lists of numbers against each other: tests, effect sizes and what could have been seen.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::bounds::{Bounds, deviation};
use super::distributions::{normal_quantile, t_quantile};
use super::subsets::{count, subsets};

/// All ways to deal values out to two samples are listed up to this many, about as many as are drawn otherwise.
const EXACT_UP_TO: usize = 20_000;

/// Cohen's d of paired differences: their mean over their standard deviation. `None` where all are the same.
#[must_use]
pub fn d_z(differences: &[f64]) -> Option<f64> {
    let sd = deviation(differences).filter(|sd| *sd > 0.0)?;
    Some(differences.iter().sum::<f64>() / differences.len() as f64 / sd)
}

/// Cohen's d of two samples: the difference of their means over the root of the mean of their variances. `None` where
/// neither varies.
#[must_use]
pub fn d_unpaired(a: &[f64], b: &[f64]) -> Option<f64> {
    let (of_a, of_b) = (deviation(a)?, deviation(b)?);
    let sd = f64::midpoint(of_a * of_a, of_b * of_b).sqrt();
    (sd > 0.0).then(|| (mean(a) - mean(b)) / sd)
}

/// Cliff's delta of paired differences: the share above zero minus the share below it. `None` of nothing.
///
/// Source: Cliff 1993, *Dominance statistics*, the within-pair form.
#[must_use]
pub fn cliffs_delta_paired(differences: &[f64]) -> Option<f64> {
    let n = differences.len();
    let sum: f64 = differences.iter().map(|d| if *d == 0.0 { 0.0 } else { d.signum() }).sum();
    (n > 0).then(|| sum / n as f64)
}

/// Cliff's delta of two samples: P(a > b) − P(a < b) over all pairs of one of each. `None` where one is empty.
#[must_use]
pub fn cliffs_delta(a: &[f64], b: &[f64]) -> Option<f64> {
    let mut sorted = b.to_vec();
    sorted.sort_by(f64::total_cmp);
    let dominance = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let above = sorted.len() - sorted.partition_point(|other| other <= value);
        below as f64 - above as f64
    };
    let n_pairs = a.len() * b.len();
    (n_pairs > 0).then(|| a.iter().map(dominance).sum::<f64>() / n_pairs as f64)
}

/// The exact two-sided p-value of McNemar's test: of the questions on which two modes disagree, `only_a` went to one and
/// `only_b` to the other, and each is a coin toss. 1 where they never disagree.
#[must_use]
pub fn mcnemar(only_a: usize, only_b: usize) -> f64 {
    let n = only_a + only_b;
    if only_a == only_b {
        return 1.0;
    }
    // The smaller tail of Binomial(n, ½), in logarithms: 2ⁿ leaves the numbers for n above 1 000.
    let mut log_ways = 0.0;
    let log_all = n as f64 * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=only_a.min(only_b) {
        if k > 0 {
            log_ways += ((n - k + 1) as f64 / k as f64).ln();
        }
        tail += (log_ways - log_all).exp();
    }
    (2.0 * tail).min(1.0)
}

/// The interval of the difference of two means after Welch 1947. `None` where one sample has fewer than two values or
/// neither varies.
#[must_use]
pub fn welch_interval(a: &[f64], b: &[f64], level: f64) -> Option<Bounds> {
    let (of_a, of_b) = (squared_error(a)?, squared_error(b)?);
    let df = (of_a + of_b).powi(2) / (of_a * of_a / (a.len() - 1) as f64 + of_b * of_b / (b.len() - 1) as f64);
    let half = t_quantile(f64::midpoint(1.0, level), df)? * (of_a + of_b).sqrt();
    let difference = mean(a) - mean(b);
    Some(Bounds { low: difference - half, high: difference + half, error: 0.0 })
}

/// Two-sided permutation p-value of Welch's t: the share of the ways to deal all values out to two samples of the same
/// sizes whose |t| is at least the one seen; all ways where there are few, else `n_random` with (1 + hits)/(1 + ways).
/// Studentized, so that it stays a test of means where the samples vary differently (Janssen 1997). `None` where one
/// sample has fewer than two values.
#[must_use]
pub fn welch_permutation(
    a: &[f64],
    b: &[f64],
    n_random: usize,
    random: impl FnOnce() -> ChaCha8Rng,
) -> Option<(f64, bool)> {
    squared_error(a)?;
    squared_error(b)?;
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    let dealt = Dealt::new(&all, a.len());
    let seen = dealt.t(dealt.sums(0..a.len()));
    let is_hit = |t: f64| t >= seen * (1.0 - 1e-9);
    if let Some(ways) = count(all.len(), a.len()).filter(|ways| *ways <= EXACT_UP_TO as u64) {
        let listed = subsets(all.len(), a.len(), EXACT_UP_TO, random);
        let hits = listed.into_iter().filter(|way| is_hit(dealt.t(dealt.sums(way.iter().copied())))).count();
        return Some((hits as f64 / ways as f64, true));
    }
    let (mut random, mut order) = (random(), (0..all.len()).collect::<Vec<usize>>());
    let mut hits = 0;
    for _ in 0..n_random {
        // The first places of a shuffle are a random subset.
        for place in 0..a.len() {
            let other = random.random_range(place..order.len());
            order.swap(place, other);
        }
        hits += usize::from(is_hit(dealt.t(dealt.sums(order[..a.len()].iter().copied()))));
    }
    Some(((hits + 1) as f64 / (n_random + 1) as f64, false))
}

/// The smallest mean difference that a test of this size finds with probability `power`, by the normal approximation:
/// (z_{1−α/2} + z_{power}) times the standard error.
#[must_use]
pub fn detectable(standard_error: f64, level: f64, power: f64) -> f64 {
    (normal_quantile(f64::midpoint(1.0, level)) + normal_quantile(power)) * standard_error
}

/// The standard error of the difference of two independent means. `None` where one has fewer than two values.
#[must_use]
pub fn unpaired_error(a: &[f64], b: &[f64]) -> Option<f64> {
    Some((squared_error(a)? + squared_error(b)?).sqrt())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of the mean.
fn squared_error(values: &[f64]) -> Option<f64> {
    Some(deviation(values)?.powi(2) / values.len() as f64)
}

/// Values that are dealt out to two samples; centered, so that squares of large numbers do not cancel.
struct Dealt {
    centered: Vec<f64>,
    n_a: usize,
    sum: f64,
    squares: f64,
}

impl Dealt {
    fn new(all: &[f64], n_a: usize) -> Self {
        let center = mean(all);
        let centered: Vec<f64> = all.iter().map(|value| value - center).collect();
        let (sum, squares) = (centered.iter().sum(), centered.iter().map(|value| value * value).sum());
        Dealt { centered, n_a, sum, squares }
    }

    fn sums(&self, members: impl Iterator<Item = usize>) -> (f64, f64) {
        members
            .map(|member| self.centered[member])
            .fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value))
    }

    /// |t| of the sample with these sums against the rest; 0 where the means agree, ∞ where only they differ.
    fn t(&self, (sum, squares): (f64, f64)) -> f64 {
        let (n_a, n_b) = (self.n_a as f64, (self.centered.len() - self.n_a) as f64);
        let (mean_a, mean_b) = (sum / n_a, (self.sum - sum) / n_b);
        let of_a = (squares - n_a * mean_a * mean_a).max(0.0) / (n_a * (n_a - 1.0));
        let of_b = (self.squares - squares - n_b * mean_b * mean_b).max(0.0) / (n_b * (n_b - 1.0));
        let difference = (mean_a - mean_b).abs();
        // Rounding errors are neither a difference nor a spread.
        let tiny = 1e-12 * self.squares;
        if difference * difference <= tiny * 1e-12 {
            0.0
        } else if of_a + of_b <= tiny {
            f64::INFINITY
        } else {
            difference / (of_a + of_b).sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::streams::stream;
    use super::*;

    fn permuted(a: &[f64], b: &[f64]) -> Option<(f64, bool)> {
        welch_permutation(a, b, 10_000, || stream(7, "test", "q", 0))
    }

    #[test]
    fn mcnemar_is_the_sign_flip_test_of_single_answers() {
        use super::super::plain::resampling::exact_p_value;
        for (a, b) in [(0, 0), (1, 0), (3, 1), (5, 5), (2, 9), (0, 12)] {
            let differences: Vec<f64> = std::iter::repeat_n(1.0, a).chain(std::iter::repeat_n(-1.0, b)).collect();
            assert!((mcnemar(a, b) - exact_p_value(&differences)).abs() < 1e-12, "{a} {b}");
        }
        assert!(mcnemar(2000, 1000) > 0.0 && mcnemar(2000, 1000) < 1e-70);
    }

    #[test]
    fn dominance_by_pairs_and_within_pairs() {
        assert_eq!(cliffs_delta(&[1.0, 2.0, 3.0], &[0.0, 2.0]), Some((0.0 + 1.0 + 2.0) / 6.0));
        assert_eq!(cliffs_delta_paired(&[0.2, 0.0, -0.1, 0.4]), Some(0.25));
        assert_eq!((cliffs_delta(&[], &[1.0]), cliffs_delta_paired(&[])), (None, None));
    }

    #[test]
    fn few_deals_are_all_listed_and_many_drawn() {
        let (a, b) = ([0.9, 1.1, 1.3, 0.8], [0.1, 0.4, 0.2]);
        let Some((p, true)) = permuted(&a, &b) else { panic!("35 ways") };
        assert!(p <= 2.0 / 35.0, "{p}");
        let many = |shift: f64| (0..30).map(|i| f64::from(i * 7 % 30) / 30.0 + shift).collect::<Vec<f64>>();
        assert_eq!(permuted(&many(0.0), &many(0.9)), Some((1.0 / 10_001.0, false)));
        assert!(permuted(&many(0.0), &many(0.01)).is_some_and(|(p, exact)| p > 0.5 && !exact));
    }

    #[test]
    fn what_does_not_vary_is_no_division_by_zero() {
        assert_eq!(d_z(&[0.5; 4]), None);
        assert_eq!(d_unpaired(&[0.5; 4], &[0.2; 3]), None);
        assert_eq!(welch_interval(&[0.5; 4], &[0.2; 3], 0.95), None);
        // Of the 35 ways to deal them out only the one seen, and none other, parts them cleanly.
        assert_eq!(permuted(&[0.5; 4], &[0.2; 3]), Some((1.0 / 35.0, true)));
        assert_eq!(permuted(&[0.5; 4], &[0.5; 3]), Some((1.0, true)));
        assert_eq!(permuted(&[0.5], &[0.2; 3]), None);
    }

    #[test]
    fn what_thirty_questions_can_see() {
        // (1.96 + 0.8416) · 0.1/√30
        assert!((detectable(0.1 / 30_f64.sqrt(), 0.95, 0.8) - 0.051_149).abs() < 1e-5);
    }
}
