//! Cosine similarity: vectors in, cosines out.
//!
//! The product of two f32 is exact in f64, and the sums run in f64 in an order that depends on the length alone: never
//! on threads, never on what else is computed. Embeddings are normalized when they are made, but only to the
//! precision of f32; dividing by the norms in f64 takes that rounding out again, so that a vector has a cosine of
//! exactly 1 with itself and values near 1, where chains live, keep their digits.

use rayon::prelude::*;

use super::KernelError;

/// Independent partial sums; enough to keep two 256-bit vector units busy.
const LANES: usize = 8;

/// The scalar product.
///
/// # Errors
/// [`KernelError::WrongLength`] when the vectors differ in length.
pub fn dot(a: &[f32], b: &[f32]) -> Result<f64, KernelError> {
    if a.len() == b.len() {
        Ok(dot_of_equal_lengths(a, b))
    } else {
        Err(KernelError::WrongLength { expected: a.len(), got: b.len() })
    }
}

/// The cosine, in [−1, 1]; exactly 1 for bitwise identical vectors. `None` when a vector is zero or not finite: it
/// has no direction.
///
/// # Errors
/// [`KernelError::WrongLength`] when the vectors differ in length.
pub fn cosine(a: &[f32], b: &[f32]) -> Result<Option<f64>, KernelError> {
    let product = dot(a, b)?;
    Ok(squared_norm(a).zip(squared_norm(b)).map(|(a, b)| divide(product, a, b)))
}

/// The cosines of all unordered pairs, row by row of the upper triangle without the diagonal: (0,1), (0,2), …,
/// (1,2), …; `None` where a vector is absent, zero or not finite.
///
/// # Errors
/// [`KernelError::WrongLength`] when the vectors differ in length.
pub fn pairwise(vectors: &[Option<&[f32]>]) -> Result<Vec<Option<f64>>, KernelError> {
    let mut lengths = vectors.iter().flatten().map(|vector| vector.len());
    if let Some(expected) = lengths.next()
        && let Some(got) = lengths.find(|&length| length != expected)
    {
        return Err(KernelError::WrongLength { expected, got });
    }
    let directed: Vec<Option<(&[f32], f64)>> =
        vectors.iter().map(|&vector| vector.and_then(|v| Some((v, squared_norm(v)?)))).collect();
    let rows: Vec<Vec<Option<f64>>> =
        (0..directed.len()).into_par_iter().map(|row| cosines_with(directed[row], &directed[row + 1..])).collect();
    Ok(rows.concat())
}

fn cosines_with(one: Option<(&[f32], f64)>, others: &[Option<(&[f32], f64)>]) -> Vec<Option<f64>> {
    let with = |&other: &Option<(&[f32], f64)>| {
        let ((a, norm_a), (b, norm_b)) = one.zip(other)?;
        Some(divide(dot_of_equal_lengths(a, b), norm_a, norm_b))
    };
    others.iter().map(with).collect()
}

/// The square of the length, or `None` when it is zero or not finite. Squares of f32 neither overflow nor vanish in f64.
fn squared_norm(vector: &[f32]) -> Option<f64> {
    let square = dot_of_equal_lengths(vector, vector);
    (square > 0.0 && square.is_finite()).then_some(square)
}

/// One root of the product, not a product of roots: √(x·x) is exactly x, which makes the cosine of a vector with
/// itself exactly 1.
fn divide(product: f64, squared_a: f64, squared_b: f64) -> f64 {
    (product / (squared_a * squared_b).sqrt()).clamp(-1.0, 1.0)
}

fn dot_of_equal_lengths(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f64; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += f64::from(x[lane]) * f64::from(y[lane]);
        }
    }
    for (lane, (&x, &y)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += f64::from(x) * f64::from(y);
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::mean::mean;
    use super::super::plain;
    use super::*;

    const X: [[f32; 3]; 4] = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]];

    #[test]
    fn golden_matrix() {
        let rows: Vec<Option<&[f32]>> = X.iter().map(|row| Some(&row[..])).collect();
        let cosines: Vec<f64> = pairwise(&rows).unwrap().into_iter().flatten().collect();
        let expected = [1.0, 0.0, 0.6, 0.0, 0.6, 0.8];
        assert!(cosines.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-7), "{cosines:?}");
        let without_diagonal = mean(cosines).unwrap();
        assert!((without_diagonal - 0.5).abs() < 1e-7, "0.625 would have the diagonal in it, got {without_diagonal}");
    }

    #[test]
    fn a_vector_without_direction_has_no_cosine() {
        let good = [1.0_f32, 2.0];
        for bad in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            assert_eq!(cosine(&good, &bad).unwrap(), None);
            assert_eq!(cosine(&bad, &bad).unwrap(), None);
            assert_eq!(pairwise(&[Some(&good), Some(&bad), None, Some(&good)]).unwrap()[..3], [None, None, Some(1.0)]);
        }
        assert_eq!(cosine(&[], &[]).unwrap(), None);
        // The smallest and the largest numbers have a direction.
        let (tiny, huge) = ([f32::from_bits(1), 0.0], [f32::MAX, 0.0]);
        assert_eq!(cosine(&tiny, &huge).unwrap(), Some(1.0));
    }

    #[test]
    fn wrong_lengths_are_errors() {
        let wrong = KernelError::WrongLength { expected: 2, got: 1 };
        assert_eq!(dot(&[1.0, 2.0], &[1.0]), Err(wrong));
        assert_eq!(cosine(&[1.0, 2.0], &[1.0]), Err(wrong));
        assert_eq!(pairwise(&[None, Some(&[1.0, 2.0]), Some(&[1.0])]), Err(wrong));
    }

    #[test]
    fn pairs_come_row_by_row() {
        assert_eq!(pairwise(&[]).unwrap(), []);
        assert_eq!(pairwise(&[Some(&[1.0])]).unwrap(), []);
        let opposite = pairwise(&[Some(&[1.0]), Some(&[-1.0]), Some(&[2.0])]).unwrap();
        assert_eq!(opposite, [Some(-1.0), Some(1.0), Some(-1.0)]);
    }

    fn vectors() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        let lengths = vec![1_usize, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 257, 384];
        prop::sample::select(lengths).prop_flat_map(|length| {
            let vector = || prop::collection::vec(-1.0_f32..1.0, length);
            (vector(), vector())
        })
    }

    proptest! {
        #[test]
        fn agrees_with_its_plain_twin((a, b) in vectors()) {
            let fast = cosine(&a, &b).unwrap();
            let slow = plain::cosine::cosine(&a, &b);
            prop_assert_eq!(fast.is_some(), slow.is_some());
            if let (Some(fast), Some(slow)) = (fast, slow) {
                prop_assert!((fast - slow).abs() < 1e-13, "{} {}", fast, slow);
                prop_assert!((-1.0..=1.0).contains(&fast));
                prop_assert_eq!(pairwise(&[Some(&a), Some(&b)]).unwrap(), [Some(fast)]);
                prop_assert_eq!(cosine(&b, &a).unwrap(), Some(fast));
            }
        }

        #[test]
        fn identical_vectors_have_a_cosine_of_exactly_one((a, _) in vectors()) {
            if let Some(cosine) = cosine(&a, &a).unwrap() {
                prop_assert_eq!(cosine.to_bits(), 1.0_f64.to_bits());
            }
        }

        #[test]
        fn for_unit_vectors_it_is_the_scalar_product((a, b) in vectors()) {
            let unit = |v: &[f32]| {
                let norm = dot(v, v).unwrap().sqrt();
                #[expect(clippy::cast_possible_truncation, reason = "as embeddings are stored")]
                v.iter().map(|&x| (f64::from(x) / norm) as f32).collect::<Vec<f32>>()
            };
            let (a, b) = (unit(&a), unit(&b));
            if let Some(cosine) = cosine(&a, &b).unwrap() {
                prop_assert!((cosine - dot(&a, &b).unwrap()).abs() < 1e-6);
            }
        }
    }
}
