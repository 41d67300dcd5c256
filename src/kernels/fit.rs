//! Lines and decays through points, by least squares: points go in, coefficients come out.

/// Fewest points of a decay: one more than it has coefficients.
pub const FEWEST: usize = 4;
/// Below this product of rate and range, e^(−kx) bends by less than a hundredth of its drop: it is a line.
const STRAIGHT: f64 = 0.05;
/// Above this rate all is gone after one step (e^−10 < 0.0001), and a faster decay looks the same.
const SUDDEN: f64 = 10.0;
/// Rates tried before the best is refined. The error has few minima in k, all much broader than a step of this grid.
const GRID: usize = 96;
/// Golden sections; each leaves 0.618 of the range, so that these leave less than a double can hold.
const SECTIONS: usize = 80;

/// Slope of the least-squares line; `None` for fewer than two different x.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let (mean_x, mean_y) = means(points)?;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (x, y) in points {
        xy += (x - mean_x) * (y - mean_y);
        xx += (x - mean_x) * (x - mean_x);
    }
    (xx > 0.0).then(|| xy / xx)
}

/// A·e^(−kx) + c, x counted from the first point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// A ≥ 0: what goes away.
    pub amplitude: f64,
    /// k > 0; `None` where nothing tells it: all values are the same, or all is gone after the first.
    pub rate: Option<f64>,
    /// c ≥ 0: what stays.
    pub floor: f64,
}

/// The decay with the smallest squared error, A and c not negative; points in ascending order of x.
///
/// For a given k, A and c are a linear least-squares problem with a closed form (variable projection, Golub & Pereyra
/// 1973), so that the search is in k alone: a grid of logarithms, then golden sections around its best. `None` for fewer
/// than [`FEWEST`] points, for points that no decay fits better than a constant or a straight line does.
#[must_use]
pub fn decay(points: &[(f64, f64)]) -> Option<Decay> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    let range = last - first;
    if points.len() < FEWEST || range <= 0.0 {
        return None;
    }
    let shifted: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x - first, *y)).collect();
    let (_, mean_y) = means(&shifted)?;
    let spread: f64 = shifted.iter().map(|(_, y)| (y - mean_y).powi(2)).sum();
    // A spread of rounding errors is no spread.
    if spread <= 1e-24 * mean_y * mean_y * points.len() as f64 {
        return Some(Decay { amplitude: 0.0, rate: None, floor: mean_y });
    }
    let (from, to) = ((STRAIGHT / range).ln(), SUDDEN.ln());
    let at = |step: usize| from + (to - from) * step as f64 / (GRID - 1) as f64;
    let errors: Vec<f64> = (0..GRID).map(|step| given_rate(&shifted, at(step).exp()).error).collect();
    let best = (0..GRID).reduce(|best, step| if errors[step] < errors[best] { step } else { best })?;
    if best == 0 || errors[best] >= spread * (1.0 - 1e-12) {
        return None;
    }
    if best == GRID - 1 {
        let Projected { amplitude, floor, .. } = given_rate(&shifted, SUDDEN);
        return Some(Decay { amplitude, rate: None, floor });
    }
    let rate = golden(at(best - 1), at(best + 1), |log| given_rate(&shifted, log.exp()).error).exp();
    let Projected { amplitude, floor, .. } = given_rate(&shifted, rate);
    Some(Decay { amplitude, rate: Some(rate), floor })
}

struct Projected {
    amplitude: f64,
    floor: f64,
    error: f64,
}

/// The best A ≥ 0 and c ≥ 0 for a rate. With two coefficients the best allowed point is the free one or lies on a border.
fn given_rate(points: &[(f64, f64)], rate: f64) -> Projected {
    let n = points.len() as f64;
    let of = |(x, y): &(f64, f64)| ((-rate * x).exp(), *y);
    let (mut sum_e, mut sum_y, mut sum_ee, mut sum_ey) = (0.0, 0.0, 0.0, 0.0);
    for (e, y) in points.iter().map(of) {
        sum_e += e;
        sum_y += y;
        sum_ee += e * e;
        sum_ey += e * y;
    }
    let (mean_e, mean_y) = (sum_e / n, sum_y / n);
    let (mut ey, mut ee) = (0.0, 0.0);
    for (e, y) in points.iter().map(of) {
        ey += (e - mean_e) * (y - mean_y);
        ee += (e - mean_e) * (e - mean_e);
    }
    let with_error = |amplitude: f64, floor: f64| {
        let error = points.iter().map(of).map(|(e, y)| (y - amplitude * e - floor).powi(2)).sum();
        Projected { amplitude, floor, error }
    };
    let amplitude = ey / ee;
    let floor = mean_y - amplitude * mean_e;
    if amplitude >= 0.0 && floor >= 0.0 {
        return with_error(amplitude, floor);
    }
    let (flat, falling) = (with_error(0.0, mean_y.max(0.0)), with_error((sum_ey / sum_ee).max(0.0), 0.0));
    if falling.error < flat.error { falling } else { flat }
}

/// Where `error` is smallest between two ends, if it has one minimum there (Kiefer 1953).
fn golden(mut from: f64, mut to: f64, error: impl Fn(f64) -> f64) -> f64 {
    let share = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (to - share * (to - from), from + share * (to - from));
    let (mut at_left, mut at_right) = (error(left), error(right));
    for _ in 0..SECTIONS {
        if at_left <= at_right {
            (to, right, at_right) = (right, left, at_left);
            left = to - share * (to - from);
            at_left = error(left);
        } else {
            (from, left, at_left) = (left, right, at_right);
            right = from + share * (to - from);
            at_right = error(right);
        }
    }
    f64::midpoint(from, to)
}

fn means(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    (!points.is_empty()).then(|| (x / n, y / n))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::kernels::plain;

    fn on_curve(amplitude: f64, rate: f64, floor: f64, n: u8) -> Vec<(f64, f64)> {
        (0..n).map(f64::from).map(|x| (x, amplitude * (-rate * x).exp() + floor)).collect()
    }

    #[test]
    fn a_curve_gives_back_its_coefficients() {
        for (amplitude, rate, floor) in [(0.8, 0.5, 0.1), (0.4, 0.05, 0.0), (1.0, 3.0, 0.02), (0.001, 1.0, 0.9)] {
            let found = decay(&on_curve(amplitude, rate, floor, 12)).unwrap();
            let near = |got: f64, expected: f64| (got - expected).abs() < 1e-5 * expected.max(0.01);
            assert!(near(found.amplitude, amplitude), "{found:?}");
            assert!(near(found.rate.unwrap(), rate), "{found:?}");
            assert!(near(found.floor, floor), "{found:?}");
        }
    }

    #[test]
    fn halving_has_rate_ln_2() {
        let found = decay(&[(1.0, 0.8), (2.0, 0.4), (3.0, 0.2), (4.0, 0.1), (5.0, 0.05)]).unwrap();
        assert!((found.rate.unwrap() - 2.0_f64.ln()).abs() < 1e-6, "{found:?}");
        assert!((found.amplitude - 0.8).abs() < 1e-6 && found.floor < 1e-6, "x counts from the first point: {found:?}");
    }

    #[test]
    fn what_is_no_decay_has_none() {
        assert_eq!(decay(&on_curve(1.0, 0.5, 0.1, 3)), None, "too few points");
        assert_eq!(decay(&[(0.0, 0.1), (1.0, 0.2), (2.0, 0.3), (3.0, 0.5)]), None, "it rises");
        let line: Vec<(f64, f64)> = (0..20_u8).map(|x| (f64::from(x), 0.9 - 0.001 * f64::from(x))).collect();
        assert_eq!(decay(&line), None, "a line");
        assert_eq!(decay(&[(1.0, 0.4), (1.0, 0.3), (1.0, 0.2), (1.0, 0.1)]), None, "one place");
        assert_eq!(decay(&[]), None);
        let level = decay(&[(0.0, 0.25), (1.0, 0.25), (2.0, 0.25), (3.0, 0.25)]).unwrap();
        assert_eq!((level.amplitude, level.rate, level.floor), (0.0, None, 0.25));
        let zero = decay(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]).unwrap();
        assert_eq!((zero.rate, zero.floor), (None, 0.0));
        let sudden = decay(&[(0.0, 0.9), (1.0, 0.1), (2.0, 0.1), (3.0, 0.1)]).unwrap();
        assert!(sudden.rate.is_none() && (sudden.floor - 0.1).abs() < 1e-4, "{sudden:?}");
    }

    #[test]
    fn a_fall_that_does_not_level_off_has_floor_zero() {
        let found = decay(&[(0.0, 0.4), (1.0, 0.3), (2.0, 0.2), (3.0, 0.1)]).unwrap();
        assert!(found.floor == 0.0 && found.rate.is_some(), "{found:?}");
    }

    #[test]
    fn slopes() {
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), Some(2.0));
        // x̄ = 1, ȳ = 2: (−1·−1 + 0·… + 1·0) / 2.
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)]), Some(0.5));
        assert_eq!(slope(&[(3.0, 1.0), (3.0, 2.0)]), None);
        assert_eq!(slope(&[(3.0, 1.0)]), None);
        assert_eq!(slope(&[]), None);
    }

    proptest! {
        #[test]
        fn no_rate_of_a_fine_grid_fits_better(values in prop::collection::vec(0.0..1.0_f64, 4..20)) {
            let points: Vec<(f64, f64)> = (0..20_u8).map(f64::from).zip(values).collect();
            let range = points.len() as f64 - 1.0;
            let grid = (0..4000_u16).map(|step| STRAIGHT / range * (SUDDEN * range / STRAIGHT).powf(f64::from(step) / 3999.0));
            let (least, at) = plain::fit::best_decay(&points, grid).unwrap();
            if let Some(found) = decay(&points) {
                let rate = found.rate.unwrap_or(SUDDEN);
                let error: f64 = points.iter().map(|(x, y)| (y - found.amplitude * (-rate * x).exp() - found.floor).powi(2)).sum();
                prop_assert!(error <= least * (1.0 + 1e-9) + 1e-12, "{error} at {rate}, {least} at {at}");
                prop_assert!(found.amplitude >= 0.0 && found.floor >= 0.0);
            }
        }

        #[test]
        fn slope_is_that_of_the_normal_equations(values in prop::collection::vec(-9.0..9.0_f64, 2..20)) {
            let points: Vec<(f64, f64)> = (0..20_u8).map(f64::from).zip(values).collect();
            let (one, other) = (slope(&points).unwrap(), plain::fit::slope(&points).unwrap());
            prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
        }
    }
}
