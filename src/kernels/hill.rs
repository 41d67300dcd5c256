//! How many classes there are, really: how many things each class has goes in, entropy and effective numbers come out.
//!
//! Classes that nothing belongs to count for nothing. Values of nothing are missing.

/// Shannon's entropy in nats, −Σ p ln p with p = nᵢ/n.
#[must_use]
pub fn entropy(counts: &[usize]) -> Option<f64> {
    let n = total(counts)?;
    // A class that has everything gives −1·ln 1 = −0.
    Some(shares(counts, n).map(|p| -p * p.ln()).sum::<f64>().max(0.0))
}

/// The entropy with the first-order correction of its bias, H + (K − 1)/(2n) (Miller 1955).
#[must_use]
pub fn miller_madow(counts: &[usize]) -> Option<f64> {
    let n = total(counts)?;
    Some(entropy(counts)? + (classes(counts) - 1) as f64 / (2.0 * n as f64))
}

/// How many classes something belongs to.
#[must_use]
pub fn classes(counts: &[usize]) -> usize {
    counts.iter().filter(|&&count| count > 0).count()
}

/// The Hill number of order q ≥ 0, (Σ p^q)^{1/(1−q)} (Hill 1973): the number of equally frequent classes that would be as
/// diverse. Order 0 counts the classes, order 1 is e^H, order 2 is 1/Σp², order ∞ one over the largest share.
#[must_use]
pub fn hill(counts: &[usize], order: f64) -> Option<f64> {
    let n = total(counts)?;
    Some(if order == 0.0 {
        classes(counts) as f64
    } else if order == 1.0 {
        entropy(counts)?.exp()
    } else if order == f64::INFINITY {
        1.0 / largest(counts)?
    } else {
        shares(counts, n).map(|p| p.powf(order)).sum::<f64>().powf(1.0 / (1.0 - order))
    })
}

/// The share of the largest class.
#[must_use]
pub fn largest(counts: &[usize]) -> Option<f64> {
    let n = total(counts)?;
    Some(counts.iter().copied().max().unwrap_or(0) as f64 / n as f64)
}

/// How many classes `k` of the things belong to on average: Σ 1 − C(n − nᵢ, k)/C(n, k) (Hurlbert 1971). `None` when there
/// are fewer than `k`.
#[must_use]
pub fn rarefied_classes(counts: &[usize], k: usize) -> Option<f64> {
    let n = enough(counts, k)?;
    // C(n − nᵢ, k)/C(n, k) is the product of (n − nᵢ − j)/(n − j): nothing that could overflow.
    let absent =
        |&count: &usize| (0..k).map(|j| (n - count).saturating_sub(j) as f64 / (n - j) as f64).product::<f64>();
    Some(counts.iter().filter(|&&count| count > 0).map(|count| 1.0 - absent(count)).sum())
}

/// The entropy of `k` of the things on average. The number of them in class i has a hypergeometric distribution, and the
/// entropy is a sum over classes, so the expectation is exact. `None` when there are fewer than `k`.
#[must_use]
pub fn rarefied_entropy(counts: &[usize], k: usize) -> Option<f64> {
    let n = enough(counts, k).filter(|_| k > 0)?;
    let mut log_factorial = vec![0.0; n + 1];
    for i in 1..=n {
        log_factorial[i] = log_factorial[i - 1] + (i as f64).ln();
    }
    let log_choose = |n: usize, k: usize| log_factorial[n] - log_factorial[k] - log_factorial[n - k];
    let of_class = |&count: &usize| {
        let fewest = (k + count).saturating_sub(n).max(1);
        (fewest..=count.min(k))
            .map(|x| {
                let log_chance = log_choose(count, x) + log_choose(n - count, k - x) - log_choose(n, k);
                let p = x as f64 / k as f64;
                -log_chance.exp() * p * p.ln()
            })
            .sum::<f64>()
    };
    Some(counts.iter().map(of_class).sum::<f64>().max(0.0))
}

/// [`miller_madow`] of `k` of the things on average: both of its terms are exact.
#[must_use]
pub fn rarefied_miller_madow(counts: &[usize], k: usize) -> Option<f64> {
    Some(rarefied_entropy(counts, k)? + (rarefied_classes(counts, k)? - 1.0) / (2.0 * k as f64))
}

fn total(counts: &[usize]) -> Option<usize> {
    Some(counts.iter().sum()).filter(|&n| n > 0)
}

fn enough(counts: &[usize], k: usize) -> Option<usize> {
    total(counts).filter(|&n| n >= k)
}

fn shares(counts: &[usize], n: usize) -> impl Iterator<Item = f64> {
    counts.iter().filter(|&&count| count > 0).map(move |&count| count as f64 / n as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain::hill::expectation;
    use super::*;

    #[test]
    fn golden_values() {
        let counts = [4, 3, 0, 1];
        let close = |got: Option<f64>, expected: f64| assert!((got.unwrap() - expected).abs() < 6e-7, "{got:?}");
        close(entropy(&counts), 0.974_315);
        close(entropy(&counts).map(|nats| nats / std::f64::consts::LN_2), 1.405_639);
        close(hill(&counts, 1.0), 2.649_351);
        close(hill(&counts, 2.0), 2.461_538);
        close(miller_madow(&counts), 1.099_315);
        assert_eq!((hill(&counts, 0.0), hill(&counts, f64::INFINITY)), (Some(3.0), Some(2.0)));
        assert_eq!((classes(&counts), largest(&counts)), (3, Some(0.5)));
        // One of 8 things belongs to one class; of 8 to all three; two things differ in 19 of 28 pairs.
        close(rarefied_classes(&counts, 1), 1.0);
        close(rarefied_classes(&counts, 2), 1.0 + 19.0 / 28.0);
        close(rarefied_classes(&counts, 8), 3.0);
    }

    #[test]
    fn agrees_with_scipy() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/vectors.json")).unwrap();
        for case in all["entropies"].as_array().unwrap() {
            let counts: Vec<usize> = case["counts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|x| usize::try_from(x.as_u64().unwrap()).unwrap())
                .collect();
            let nats = entropy(&counts).unwrap();
            assert!((nats - case["nats"].as_f64().unwrap()).abs() < 1e-12);
            assert!((nats / std::f64::consts::LN_2 - case["bits"].as_f64().unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_has_no_diversity() {
        for counts in [&[][..], &[0, 0]] {
            assert_eq!((entropy(counts), miller_madow(counts), largest(counts)), (None, None, None));
            assert_eq!(
                (hill(counts, 1.0), rarefied_classes(counts, 0), rarefied_entropy(counts, 1)),
                (None, None, None)
            );
        }
        assert_eq!((rarefied_classes(&[2, 1], 4), rarefied_entropy(&[2, 1], 4)), (None, None));
        assert_eq!(entropy(&[5]).unwrap().to_bits(), 0.0_f64.to_bits());
    }

    proptest! {
        #[test]
        fn rarefied_values_are_the_means_over_all_subsets(counts in prop::collection::vec(0_usize..4, 1..5), k in 1_usize..12) {
            let n: usize = counts.iter().sum();
            prop_assume!(k <= n);
            let mean = |f: &dyn Fn(&[usize]) -> f64| expectation(&counts, k, f);
            prop_assert!((rarefied_classes(&counts, k).unwrap() - mean(&|c| classes(c) as f64)).abs() < 1e-10);
            prop_assert!((rarefied_entropy(&counts, k).unwrap() - mean(&|c| entropy(c).unwrap())).abs() < 1e-10);
            prop_assert!((rarefied_miller_madow(&counts, k).unwrap() - mean(&|c| miller_madow(c).unwrap())).abs() < 1e-10);
        }

        #[test]
        fn hill_numbers_fall_with_the_order_and_lie_between_one_and_the_number_of_classes(
            counts in prop::collection::vec(0_usize..1000, 1..30),
        ) {
            prop_assume!(counts.iter().any(|&count| count > 0));
            let mut last = classes(&counts) as f64;
            for order in [0.0, 0.3, 1.0, 2.0, 5.0, f64::INFINITY] {
                let number = hill(&counts, order).unwrap();
                prop_assert!(number >= 1.0 - 1e-12 && number <= last * (1.0 + 1e-12));
                last = number;
            }
            let whole: usize = counts.iter().sum();
            prop_assert!((rarefied_entropy(&counts, whole).unwrap() - entropy(&counts).unwrap()).abs() < 1e-9);
            let doubled: Vec<usize> = counts.iter().map(|count| 2 * count).collect();
            prop_assert!((hill(&doubled, 1.0).unwrap() - hill(&counts, 1.0).unwrap()).abs() < 1e-9);
        }
    }
}
