//! Clusters: distances of all pairs go in, a label for each thing comes out.
//!
//! Distances are those of all unordered pairs, row by row of the upper triangle without the diagonal. Labels are 0, 1, … in
//! order of first appearance. A threshold is met by a distance that is equal to it.

use kodama::Method;
use linfa::Float;
use linfa::ParamGuard;
use linfa::traits::Transformer;
use linfa_clustering::Dbscan;
use linfa_nn::LinearSearch;
use linfa_nn::distance::Distance;
use ndarray::{Array2, ArrayView, Dimension};

use super::KernelError;

/// Points that make a cluster, the point itself among them.
const MIN_POINTS: usize = 2;

/// Agglomerative clusters with complete link, cut at a threshold: the members of a cluster lie at most `threshold` apart
/// from one another. Of pairs of clusters that are equally close any may merge first, so that ties can depend on the order
/// of things.
///
/// # Errors
/// [`KernelError::WrongPairCount`] when the distances are not those of `n` things.
pub fn complete_link(n: usize, distances: &[f64], threshold: f64) -> Result<Vec<usize>, KernelError> {
    check(n, distances)?;
    let mut parents: Vec<usize> = (0..(2 * n).saturating_sub(1)).collect();
    let dendrogram = kodama::linkage(&mut distances.to_vec(), n, Method::Complete);
    for (step, merged) in dendrogram.steps().iter().enumerate() {
        // With complete link a merger is never closer than those it is made of.
        if merged.dissimilarity <= threshold {
            parents[merged.cluster1] = n + step;
            parents[merged.cluster2] = n + step;
        }
    }
    let root = |mut thing: usize| {
        while parents[thing] != thing {
            thing = parents[thing];
        }
        thing
    };
    Ok(in_order((0..n).map(root)))
}

/// DBSCAN (Ester et al. 1996) with two points making a cluster: whoever lies within the threshold of another belongs to its
/// cluster. What is noise there is a cluster of its own here: a solution like no other is one more way.
///
/// # Errors
/// [`KernelError::WrongPairCount`] when the distances are not those of `n` things.
pub fn dbscan(n: usize, distances: &[f64], threshold: f64) -> Result<Vec<usize>, KernelError> {
    check(n, distances)?;
    // Points are numbers of things, whose distances are looked up.
    let things = Array2::from_shape_fn((n, 1), |(thing, _)| thing as f64);
    let parameters = Dbscan::params_with(MIN_POINTS, LookedUp { n, distances }, LinearSearch);
    // The crate takes what lies nearer than its tolerance, and only positive tolerances.
    let parameters = parameters.tolerance(threshold.max(0.0).next_up()).check();
    let found = parameters.map_err(|_| KernelError::WrongThreshold)?.transform(&things);
    let mut noise = n;
    Ok(in_order(found.into_iter().map(|cluster| {
        cluster.unwrap_or_else(|| {
            noise += 1;
            noise
        })
    })))
}

/// A partition in one pass: a thing joins the first class whose first member it is alike, or opens one (`NoveltyBench`, Zhang et
/// al. 2025).
pub fn greedy(n: usize, mut alike: impl FnMut(usize, usize) -> bool) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::new();
    (0..n)
        .map(|thing| {
            first.iter().position(|&other| alike(other, thing)).unwrap_or_else(|| {
                first.push(thing);
                first.len() - 1
            })
        })
        .collect()
}

/// How many things each label has.
#[must_use]
pub fn sizes(labels: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut sizes = Vec::new();
    for label in labels {
        if label >= sizes.len() {
            sizes.resize(label + 1, 0);
        }
        sizes[label] += 1;
    }
    sizes
}

fn check(n: usize, distances: &[f64]) -> Result<(), KernelError> {
    let (expected, got) = (n * n.saturating_sub(1) / 2, distances.len());
    if expected == got { Ok(()) } else { Err(KernelError::WrongPairCount { expected, got }) }
}

/// New labels in order of first appearance.
fn in_order(labels: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut known: Vec<Option<usize>> = Vec::new();
    let mut next = 0;
    labels
        .map(|label| {
            if label >= known.len() {
                known.resize(label + 1, None);
            }
            *known[label].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

/// A distance between numbers of things.
#[derive(Debug, Clone)]
struct LookedUp<'a> {
    n: usize,
    distances: &'a [f64],
}

impl<F: Float> Distance<F> for LookedUp<'_> {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, F, D>, b: ArrayView<'_, F, D>) -> F {
        let thing = |view: ArrayView<'_, F, D>| view.first().and_then(F::to_usize).unwrap_or(0);
        let (a, b) = (thing(a), thing(b));
        let (a, b) = (a.min(b), a.max(b));
        if a == b { F::zero() } else { F::cast(self.distances[a * (2 * self.n - a - 1) / 2 + b - a - 1]) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::{plain, triangle};
    use super::*;

    /// Places on a line, 0, 1, 2, 10, 11.5.
    const LINE: [f64; 10] = [1.0, 2.0, 10.0, 11.5, 1.0, 9.0, 10.5, 8.0, 9.5, 1.5];

    #[test]
    fn complete_link_bounds_the_width_where_dbscan_follows_a_trail() {
        assert_eq!(complete_link(5, &LINE, 1.0).unwrap(), [0, 0, 1, 2, 3]);
        assert_eq!(dbscan(5, &LINE, 1.0).unwrap(), [0, 0, 0, 1, 2]);
        assert_eq!(complete_link(5, &LINE, 2.0).unwrap(), [0, 0, 0, 1, 1]);
        assert_eq!(dbscan(5, &LINE, 1.5).unwrap(), [0, 0, 0, 1, 1]);
        assert_eq!(greedy(5, |a, b| at(5, &LINE, a, b) <= 1.0), [0, 0, 1, 2, 3]);
    }

    fn at(n: usize, distances: &[f64], a: usize, b: usize) -> f64 {
        if a == b { 0.0 } else { distances[triangle::index(n, a, b)] }
    }

    #[test]
    fn a_threshold_of_zero_joins_what_is_the_same() {
        let distances = [0.0, 0.5, 0.5];
        for labels in [complete_link(3, &distances, 0.0).unwrap(), dbscan(3, &distances, 0.0).unwrap()] {
            assert_eq!(labels, [0, 0, 1]);
        }
        assert_eq!(sizes([0, 2, 0]), [2, 0, 1]);
    }

    #[test]
    fn few_things_and_wrong_counts() {
        assert_eq!((complete_link(0, &[], 1.0).unwrap(), dbscan(0, &[], 1.0).unwrap()), (vec![], vec![]));
        assert_eq!((complete_link(1, &[], 1.0).unwrap(), dbscan(1, &[], 1.0).unwrap()), (vec![0], vec![0]));
        let wrong = Err(KernelError::WrongPairCount { expected: 3, got: 1 });
        assert_eq!((complete_link(3, &[1.0], 1.0), dbscan(3, &[1.0], 1.0)), (wrong.clone(), wrong));
    }

    #[test]
    fn agree_with_scikit_learn_of_whose_noise_each_point_is_a_cluster() {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/vectors.json")).unwrap();
        for set in all["sets"].as_array().unwrap() {
            let matrix = &set["similarities"];
            let n = matrix.as_array().unwrap().len();
            let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
            let distances: Vec<f64> = pairs.map(|(a, b)| 1.0 - matrix[a][b].as_f64().unwrap()).collect();
            for partition in set["partitions"].as_array().unwrap() {
                let threshold = partition["threshold"].as_f64().unwrap();
                let ours = |labels: Result<Vec<usize>, KernelError>| serde_json::json!(labels.unwrap());
                assert_eq!(ours(complete_link(n, &distances, threshold)), partition["complete"]);
                assert_eq!(ours(dbscan(n, &distances, threshold)), partition["dbscan"]);
            }
        }
    }

    fn distances() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (0_usize..14).prop_flat_map(|n| (Just(n), prop::collection::vec(0.0..1.0, n * n.saturating_sub(1) / 2)))
    }

    proptest! {
        #[test]
        fn agree_with_their_plain_twins((n, distances) in distances(), threshold in 0.0..0.8) {
            let at = |a: usize, b: usize| at(n, &distances, a, b);
            prop_assert_eq!(complete_link(n, &distances, threshold).unwrap(), plain::clusters::complete_link(n, at, threshold));
            prop_assert_eq!(dbscan(n, &distances, threshold).unwrap(), plain::clusters::dbscan(n, at, threshold));
            let greedy = greedy(n, |a, b| at(a, b) <= threshold);
            prop_assert_eq!(sizes(greedy.iter().copied()).iter().sum::<usize>(), n);
            prop_assert!(greedy.iter().enumerate().all(|(thing, &label)| label <= thing));
        }
    }
}
