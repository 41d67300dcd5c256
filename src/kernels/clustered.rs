//! Means of numbers that come in clusters: each cluster's sum and count go in, the mean over all numbers and its standard
//! errors come out. Source: Miller 2024, *Adding Error Bars to Evals*, appendix A.

/// A cluster: the sum of its numbers and how many there are.
pub type Cluster = (f64, f64);

/// The mean over all numbers of all clusters; `None` of nothing.
#[must_use]
pub fn mean(clusters: &[Cluster]) -> Option<f64> {
    let (sum, n) = clusters.iter().fold((0.0, 0.0), |(sum, n), one| (sum + one.0, n + one.1));
    (n > 0.0).then(|| sum / n)
}

/// Each cluster's pull on the mean: the sum of `x_i − x̄` over its numbers, divided by N. They add up to zero.
#[must_use]
pub fn pulls(clusters: &[Cluster]) -> Vec<f64> {
    let Some(mean) = mean(clusters) else { return Vec::new() };
    let n: f64 = clusters.iter().map(|(_, n)| n).sum();
    clusters.iter().map(|(sum, count)| (sum - count * mean) / n).collect()
}

/// √(C/(C − 1) · Σ pull²); `None` of fewer than two clusters.
#[must_use]
pub fn standard_error(pulls: &[f64]) -> Option<f64> {
    let n = pulls.len() as f64;
    (pulls.len() >= 2).then(|| (n / (n - 1.0) * pulls.iter().map(|pull| pull * pull).sum::<f64>()).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden() {
        // [1101], [0001], [1111]
        let clusters = [(3.0, 4.0), (1.0, 4.0), (4.0, 4.0)];
        let pulls = pulls(&clusters);
        let plain = pulls.iter().map(|pull| pull * pull).sum::<f64>().sqrt();
        assert!((mean(&clusters).unwrap_or(f64::NAN) - 8.0 / 12.0).abs() < 1e-12);
        assert!((plain - 0.180_021).abs() < 1e-6, "{plain}");
        assert!((standard_error(&pulls).unwrap_or(f64::NAN) - 0.220_479).abs() < 1e-6);
        let numbers = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let naive = super::super::bounds::standard_error(&numbers).unwrap_or(f64::NAN);
        assert!((naive - 0.142_134).abs() < 1e-6, "{naive}");
    }

    #[test]
    fn of_equal_clusters_it_is_the_error_of_the_cluster_means() {
        let means = [0.2, 0.5, 0.9, 0.4];
        let clusters = means.map(|mean| (3.0 * mean, 3.0));
        let expected = super::super::bounds::standard_error(&means).unwrap_or(f64::NAN);
        assert!((standard_error(&pulls(&clusters)).unwrap_or(f64::NAN) - expected).abs() < 1e-12);
        assert_eq!((mean(&[]), standard_error(&[0.0])), (None, None));
    }
}
