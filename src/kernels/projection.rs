//! Maps: vectors go in, two coordinates for each come out.
//!
//! Main directions come from the eigenvectors of linfa's linear algebra: the PCA of `linfa-reduction` iterates too few times on small
//! sets and misses up to a tenth of the main direction's variance. Neighborhoods come from linfa's t-SNE in its exact form: the
//! approximate one draws pivots from a generator that nobody can seed. Signs are fixed, so that the same vectors always lie the same way.

use linfa::ParamGuard;
use linfa::traits::Transformer;
use linfa_linalg::eigh::{EigSort, EighInto};
use linfa_tsne::TSneParams;
use ndarray::{Array2, Axis};

/// A flat picture of some vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Flat {
    /// Across and up, for each vector.
    pub points: Vec<[f64; 2]>,
    /// Share of the variance that the two axes hold; none where the picture does not keep variance.
    pub explained: Option<f64>,
}

/// Neighbors that t-SNE looks for; van der Maaten and Hinton 2008 use 30 and say that 5 to 50 serve.
const PERPLEXITY: f64 = 30.0;
/// Steps of the descent: the reference implementation's number.
const STEPS: usize = 1000;

/// The two main directions of the vectors (PCA), in their own unit, the mean at the origin; `None` for fewer than three
/// vectors, and where they do not differ.
///
/// From the matrix of inner products: there are fewer vectors on a map than a vector has numbers.
#[must_use]
pub fn main_directions(vectors: &[&[f32]]) -> Option<Flat> {
    let data = matrix(vectors).filter(|data| data.nrows() > 2 && data.ncols() > 1)?;
    let centered = &data - &data.mean_axis(Axis(0))?;
    let products = centered.dot(&centered.t());
    let total = products.diag().sum();
    // Below what f32 vectors know of themselves there is no direction; what is no number has none either.
    if total.is_nan() || total <= 1e-10 * data.nrows() as f64 {
        return None;
    }
    let (values, directions) = products.eigh_into().ok()?.sort_eig_desc();
    let along = |axis: usize| (values[axis].max(0.0).sqrt(), directions.column(axis));
    let ((right, x), (up, y)) = (along(0), along(1));
    let mut points: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [right * x, up * y]).collect();
    if points.iter().flatten().any(|place| !place.is_finite()) {
        return None;
    }
    fix_signs(&mut points);
    Some(Flat { points, explained: Some(((right * right + up * up) / total).min(1.0)) })
}

/// t-SNE (van der Maaten and Hinton 2008), exact, from a fixed start: who lies near whom; distances and directions mean
/// nothing. Its time grows with the square of the number of vectors. `None` for fewer than eight of them.
#[must_use]
pub fn neighborhoods(vectors: &[&[f32]]) -> Option<Flat> {
    let data = matrix(vectors).filter(|data| data.nrows() >= 8 && data.ncols() > 1)?;
    // The crate asks for three times as many vectors as neighbors, and for one more.
    let perplexity = PERPLEXITY.min((data.nrows() - 1) as f64 / 3.0 - 1e-9);
    let parameters = TSneParams::embedding_size(2).perplexity(perplexity).approx_threshold(0.0).max_iter(STEPS);
    let flat = parameters.check().ok()?.transform(data).ok()?;
    let mut points: Vec<[f64; 2]> = flat.rows().into_iter().map(|row| [row[0], row[1]]).collect();
    if points.iter().flatten().any(|place| !place.is_finite()) {
        return None;
    }
    fix_signs(&mut points);
    Some(Flat { points, explained: None })
}

fn matrix(vectors: &[&[f32]]) -> Option<Array2<f64>> {
    let dimension = vectors.first()?.len();
    let flat: Vec<f64> = vectors.iter().flat_map(|vector| vector.iter().map(|&x| f64::from(x))).collect();
    Array2::from_shape_vec((vectors.len(), dimension), flat).ok()
}

/// Turns each axis so that the point farthest out on it lies on its positive side.
fn fix_signs(points: &mut [[f64; 2]]) {
    for axis in 0..2 {
        let farthest =
            points.iter().map(|point| point[axis]).fold(0.0, |far: f64, x| if x.abs() > far.abs() { x } else { far });
        if farthest < 0.0 {
            for point in points.iter_mut() {
                point[axis] = -point[axis];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::kernels::plain;

    fn slices(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
        vectors.iter().map(Vec::as_slice).collect()
    }

    proptest! {
        #[test]
        fn the_main_directions_hold_what_those_of_the_plain_twin_hold(
            vectors in (3_usize..12, 2_usize..9).prop_flat_map(|(n, d)| prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, d), n))
        ) {
            let vectors = slices(&vectors);
            let (fast, plain) = (main_directions(&vectors), plain::projection::variances(&vectors));
            prop_assert_eq!(fast.is_some(), plain.is_some());
            let (Some(fast), Some((along, total))) = (fast, plain) else { return Ok(()) };
            for axis in 0..2 {
                let sum: f64 = fast.points.iter().map(|point| point[axis] * point[axis]).sum();
                prop_assert!((sum - along[axis]).abs() < 1e-6 * total, "axis {axis}: {sum} {along:?}");
            }
            prop_assert!((fast.explained.unwrap() - (along[0] + along[1]) / total).abs() < 1e-6);
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        let vectors: Vec<Vec<f32>> = [0.0_f32, 1.0, 2.0, 4.0].iter().map(|x| vec![*x, 2.0 * x, 0.5]).collect();
        let flat = main_directions(&slices(&vectors)).unwrap();
        assert!((flat.explained.unwrap() - 1.0).abs() < 1e-9);
        let unit = 5.0_f64.sqrt();
        for (point, x) in flat.points.iter().zip([0.0, 1.0, 2.0, 4.0]) {
            assert!((point[0] - (x - 1.75) * unit).abs() < 1e-6, "{:?}", flat.points);
            assert!(point[1].abs() < 1e-6);
        }
    }

    #[test]
    fn equal_vectors_and_too_few_have_no_directions() {
        let equal = vec![vec![0.6_f32, 0.8]; 5];
        assert_eq!(main_directions(&slices(&equal)), None);
        assert_eq!(main_directions(&slices(&equal[..2])), None);
        assert_eq!(neighborhoods(&slices(&equal[..2])), None);
        assert_eq!(main_directions(&[]), None);
    }

    #[test]
    fn neighbors_stay_neighbors_and_the_same_vectors_lie_the_same_way() {
        let vectors: Vec<Vec<f32>> = (0..36_u8)
            .map(|i| {
                let (cluster, within) = (f32::from(i / 12), f32::from(i % 12));
                vec![10.0 * cluster, 0.1 * within, 0.05 * (within * within) % 0.7, -10.0 * cluster * cluster]
            })
            .collect();
        let flat = neighborhoods(&slices(&vectors)).unwrap();
        assert_eq!(flat, neighborhoods(&slices(&vectors)).unwrap());
        let distance = |a: usize, b: usize| {
            let (a, b) = (flat.points[a], flat.points[b]);
            (a[0] - b[0]).hypot(a[1] - b[1])
        };
        for i in 0..36 {
            let nearest =
                (0..36).filter(|&j| j != i).min_by(|&j, &k| distance(i, j).total_cmp(&distance(i, k))).unwrap();
            assert_eq!(nearest / 12, i / 12);
        }
    }
}
