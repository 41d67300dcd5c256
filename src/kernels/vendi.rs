//! The Vendi score: similarities or vectors go in, the effective number of different things comes out.
//!
//! λ are the eigenvalues of K/n, where K holds the similarities with 1 on the diagonal; they are not negative and sum
//! to 1, and the score of order q is their Hill number (Friedman & Dieng 2023; Pasarkar & Dieng 2024). One decomposition
//! serves all orders.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, Mat, Par, Side};

use super::KernelError;

/// The eigenvalues of K/n.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Descending, positive, with the sum 1.
    values: Vec<f64>,
}

impl Spectrum {
    /// From the similarity of each pair `a > b`; that of a thing with itself is 1. Takes O(n³).
    ///
    /// # Errors
    /// [`KernelError::NoEigenvalues`] when a similarity is not finite.
    pub fn of_similarities(n: usize, similarity: impl Fn(usize, usize) -> f64) -> Result<Self, KernelError> {
        let mut matrix = Mat::<f64>::zeros(n, n);
        for b in 0..n {
            matrix[(b, b)] = 1.0;
            for a in b + 1..n {
                let similarity = similarity(a, b);
                if !similarity.is_finite() {
                    return Err(KernelError::NoEigenvalues);
                }
                matrix[(a, b)] = similarity;
            }
        }
        Self::of(&matrix)
    }

    /// From vectors of one length, by their cosines. Of n vectors of d numbers, `XXᵀ` and `XᵀX` have the same positive
    /// eigenvalues; the smaller one is taken: O(n d min(n, d)). `None` when a vector has no direction.
    ///
    /// # Errors
    /// [`KernelError::WrongLength`] when the vectors differ in length.
    pub fn of_vectors(vectors: &[&[f32]]) -> Result<Option<Self>, KernelError> {
        let (n, d) = (vectors.len(), vectors.first().map_or(0, |vector| vector.len()));
        if let Some(wrong) = vectors.iter().find(|vector| vector.len() != d) {
            return Err(KernelError::WrongLength { expected: d, got: wrong.len() });
        }
        // Columns lie one after the other: of the smaller side, each is a row of the product.
        let mut columns = Mat::<f64>::zeros(d, n);
        for (place, vector) in vectors.iter().enumerate() {
            let norm = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
            if norm == 0.0 || !norm.is_finite() {
                return Ok(None);
            }
            for (to, &x) in columns.col_mut(place).iter_mut().zip(*vector) {
                *to = f64::from(x) / norm;
            }
        }
        let (left, right) =
            if n > d { (columns.as_ref(), columns.transpose()) } else { (columns.transpose(), columns.as_ref()) };
        let mut product = Mat::<f64>::zeros(n.min(d), n.min(d));
        matmul(
            product.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            left,
            BlockStructure::Rectangular,
            right,
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        Self::of(&product).map(Some)
    }

    /// From the lower triangle.
    fn of(matrix: &Mat<f64>) -> Result<Self, KernelError> {
        let values = match matrix.nrows() {
            0 => Vec::new(),
            1 => vec![1.0],
            _ => matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| KernelError::NoEigenvalues)?,
        };
        let largest = values.iter().copied().fold(0.0, f64::max);
        // What is below is rounding, as in the definition of a rank (numpy's `matrix_rank`).
        let floor = largest * f64::EPSILON * values.len() as f64;
        let mut values: Vec<f64> = values.into_iter().filter(|&value| value > floor).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        let total: f64 = values.iter().sum();
        for value in &mut values {
            *value /= total;
        }
        Ok(Spectrum { values })
    }

    /// The eigenvalues that are not zero, descending; their sum is 1.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The score of order q ≥ 0; `None` of nothing. Order 0 is the rank, order 1 the exponential of the entropy, order ∞
    /// one over the largest eigenvalue.
    #[must_use]
    pub fn score(&self, order: f64) -> Option<f64> {
        let largest = *self.values.first()?;
        Some(if order == 0.0 {
            self.values.len() as f64
        } else if order == 1.0 {
            (-self.values.iter().map(|p| p * p.ln()).sum::<f64>()).exp()
        } else if order == f64::INFINITY {
            1.0 / largest
        } else {
            self.values.iter().map(|p| p.powf(order)).sum::<f64>().powf(1.0 / (1.0 - order))
        })
    }
}

/// The score of order 2 without eigenvalues: Σλ² is the mean of the squares of all entries of K. `None` of nothing.
///
/// The similarities are those of all unordered pairs of `n` things.
#[must_use]
pub fn order_two(n: usize, similarities: impl IntoIterator<Item = f64>) -> Option<f64> {
    let beside: f64 = similarities.into_iter().map(|similarity| similarity * similarity).sum();
    (n > 0).then(|| (n * n) as f64 / (n as f64 + 2.0 * beside))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::cosine::Cosines;
    use super::super::plain;
    use super::*;

    const X: [[f32; 3]; 4] = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];
    const K: [[f64; 4]; 4] = [[1.0, 1.0, 0.0, 0.6], [1.0, 1.0, 0.0, 0.6], [0.0, 0.0, 1.0, 0.8], [0.6, 0.6, 0.8, 1.0]];
    const ORDERS: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 3.5, f64::INFINITY];

    #[test]
    fn golden_scores_of_which_the_rank_is_2_where_the_package_prints_4() {
        let golden = [(0.0, 2.0), (0.5, 1.953_939), (1.0, 1.910_656), (2.0, 1.834_862), (f64::INFINITY, 1.538_462)];
        let vectors: Vec<&[f32]> = X.iter().map(|row| &row[..]).collect();
        let by_matrix = Spectrum::of_similarities(4, |a, b| K[a][b]).unwrap();
        let by_vectors = Spectrum::of_vectors(&vectors).unwrap().unwrap();
        for (order, expected) in golden {
            assert!((by_matrix.score(order).unwrap() - expected).abs() < 6e-7, "{order}");
            assert!((by_vectors.score(order).unwrap() - expected).abs() < 6e-7, "{order}, with n > d");
        }
        assert!((order_two(4, [1.0, 0.0, 0.6, 0.0, 0.6, 0.8]).unwrap() - 1.834_862).abs() < 6e-7);
    }

    #[test]
    fn nothing_has_no_score_and_one_thing_is_one() {
        let of = |n| Spectrum::of_similarities(n, |_, _| 0.3).unwrap();
        assert_eq!((of(0).score(1.0), order_two(0, [])), (None, None));
        for order in ORDERS {
            assert_eq!(of(1).score(order), Some(1.0));
        }
        assert_eq!(order_two(1, []), Some(1.0));
        assert_eq!(Spectrum::of_vectors(&[]).unwrap().unwrap().score(1.0), None);
        assert_eq!(Spectrum::of_vectors(&[&[1.0, 0.0], &[0.0, 0.0]]).unwrap(), None);
        let wrong = KernelError::WrongLength { expected: 2, got: 1 };
        assert_eq!(Spectrum::of_vectors(&[&[1.0, 0.0], &[1.0]]), Err(wrong));
        assert_eq!(Spectrum::of_similarities(2, |_, _| f64::NAN), Err(KernelError::NoEigenvalues));
    }

    #[test]
    fn same_things_count_once_and_different_ones_each() {
        for n in [2, 3, 8, 17, 64] {
            for order in ORDERS {
                let same = Spectrum::of_similarities(n, |_, _| 1.0).unwrap().score(order).unwrap();
                let different = Spectrum::of_similarities(n, |_, _| 0.0).unwrap().score(order).unwrap();
                assert!((same - 1.0).abs() < 1e-6, "{n} {order} {same}");
                assert!((different - n as f64).abs() < 1e-9 * n as f64, "{n} {order} {different}");
            }
        }
    }

    fn parity() -> Vec<serde_json::Value> {
        let all: serde_json::Value = serde_json::from_str(include_str!("../../tests/fixtures/vectors.json")).unwrap();
        all["sets"].as_array().unwrap().clone()
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    }

    #[test]
    fn agrees_with_the_package_but_for_the_rounding_that_it_counts_at_order_one_half() {
        for set in parity() {
            let matrix: Vec<Vec<f64>> = set["similarities"].as_array().unwrap().iter().map(numbers).collect();
            #[expect(clippy::cast_possible_truncation, reason = "they were f32")]
            let narrow = |row: &serde_json::Value| numbers(row).into_iter().map(|x| x as f32).collect::<Vec<f32>>();
            let vectors: Vec<Vec<f32>> = set["vectors"].as_array().unwrap().iter().map(narrow).collect();
            let slices: Vec<&[f32]> = vectors.iter().map(|row| &row[..]).collect();
            let by_matrix = Spectrum::of_similarities(matrix.len(), |a, b| matrix[a][b]).unwrap();
            let by_vectors = Spectrum::of_vectors(&slices).unwrap().unwrap();
            for (name, order) in [("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("inf", f64::INFINITY)] {
                // Eigenvalues that are 0 come out of LAPACK as up to 1e-16, and their roots are summed.
                let tolerance = if order < 1.0 { 1e-6 } else { 1e-9 };
                for (entry, ours) in [("vendi", &by_matrix), ("vendi_dual", &by_vectors)] {
                    let (ours, theirs) = (ours.score(order).unwrap(), set[entry][name].as_f64().unwrap());
                    assert!((ours - theirs).abs() < tolerance * theirs, "{entry} {name}: {ours} {theirs}");
                }
            }
        }
    }

    #[test]
    fn an_order_is_not_ignored_as_in_the_packages_score_x() {
        for set in parity() {
            let told_two = set["vendi_score_X_told_order_2"].as_f64().unwrap();
            let (one, two) = (set["vendi"]["1"].as_f64().unwrap(), set["vendi"]["2"].as_f64().unwrap());
            assert!((told_two - one).abs() < 1e-9 && (told_two - two).abs() > 1e-3, "{told_two} {one} {two}");
        }
    }

    fn vectors() -> impl Strategy<Value = Vec<Vec<f32>>> {
        (1_usize..20, 1_usize..20).prop_flat_map(|(n, dimension)| {
            let number = (-100_i16..=100).prop_map(|x| f32::from(x) / 100.0);
            prop::collection::vec(prop::collection::vec(number, dimension), n)
        })
    }

    proptest! {
        #[test]
        fn agrees_with_its_plain_twin_on_either_side_and_keeps_its_laws(rows in vectors()) {
            let slices: Vec<&[f32]> = rows.iter().map(|row| &row[..]).collect();
            let Some(by_vectors) = Spectrum::of_vectors(&slices).unwrap() else { return Ok(()) };
            let n = rows.len();
            let exact = |a: usize, b: usize| if a == b { 1.0 } else { plain::cosine::cosine(&rows[a], &rows[b]).unwrap() };
            let by_matrix = Spectrum::of_similarities(n, exact).unwrap();
            prop_assert!((by_vectors.values().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            // Eigenvalues of 0 come out as anything below 1e-16, whose root counts at order ½.
            for (order, tolerance) in [(0.5, 1e-6), (1.0, 1e-9), (2.0, 1e-9), (f64::INFINITY, 1e-9)] {
                let slow = plain::vendi::score(n, exact, order).unwrap();
                for fast in [&by_vectors, &by_matrix] {
                    let fast = fast.score(order).unwrap();
                    prop_assert!((fast - slow).abs() < tolerance * slow, "{} {} {}", order, fast, slow);
                    prop_assert!(fast > 1.0 - 1e-9 && fast < n as f64 * (1.0 + 1e-9));
                }
            }
            let options: Vec<Option<&[f32]>> = slices.iter().copied().map(Some).collect();
            let cosines = Cosines::of(&options).unwrap();
            let closed = order_two(n, cosines.pairs().flatten()).unwrap();
            prop_assert!((closed - by_vectors.score(2.0).unwrap()).abs() < 1e-6 * closed);
        }

        #[test]
        fn a_higher_order_is_never_larger_and_the_order_of_things_does_not_matter(rows in vectors()) {
            let slices: Vec<&[f32]> = rows.iter().map(|row| &row[..]).collect();
            let turned: Vec<&[f32]> = slices.iter().rev().copied().collect();
            let twice: Vec<&[f32]> = slices.iter().chain(&slices).copied().collect();
            let Some(spectrum) = Spectrum::of_vectors(&slices).unwrap() else { return Ok(()) };
            let turned = Spectrum::of_vectors(&turned).unwrap().unwrap();
            let twice = Spectrum::of_vectors(&twice).unwrap().unwrap();
            let mut last = f64::INFINITY;
            for order in [0.5, 1.0, 2.0, f64::INFINITY] {
                let score = spectrum.score(order).unwrap();
                prop_assert!(score <= last + 1e-9);
                last = score;
                prop_assert!((turned.score(order).unwrap() - score).abs() < 1e-6 * score);
                prop_assert!((twice.score(order).unwrap() - score).abs() < 1e-6 * score, "each thing twice is as diverse");
            }
        }
    }
}
