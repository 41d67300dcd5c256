//! Corrections of a family of p-values: p-values go in, adjusted ones come out in the same order.

/// Holm's step-down correction: the chance of one false finding in the family. Source: Holm 1979.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut adjusted = vec![0.0; m];
    let mut floor: f64 = 0.0;
    for (rank, position) in ascending(p_values).into_iter().enumerate() {
        floor = floor.max((m - rank) as f64 * p_values[position]).min(1.0);
        adjusted[position] = floor;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up correction: the expected share of false findings among the findings, for tests
/// that are independent or positively dependent. Source: Benjamini & Hochberg 1995.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut adjusted = vec![0.0; m];
    let mut ceiling: f64 = 1.0;
    for (rank, position) in ascending(p_values).into_iter().enumerate().rev() {
        ceiling = ceiling.min(m as f64 / (rank + 1) as f64 * p_values[position]);
        adjusted[position] = ceiling;
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12), "{got:?} {expected:?}");
    }

    #[test]
    fn golden() {
        let p = [0.001, 0.012, 0.021, 0.04, 0.3];
        near(&holm(&p), &[0.005, 0.048, 0.063, 0.08, 0.3]);
        near(&benjamini_hochberg(&p), &[0.005, 0.03, 0.035, 0.05, 0.3]);
    }

    #[test]
    fn never_above_one_and_in_input_order() {
        near(&holm(&[0.9, 0.5]), &[1.0, 1.0]);
        near(&holm(&[0.04, 0.01]), &[0.04, 0.02]);
        near(&benjamini_hochberg(&[0.04, 0.01]), &[0.04, 0.02]);
    }

    #[test]
    fn a_family_of_one_is_left_as_it_is_and_one_of_none_is_nothing() {
        assert_eq!((holm(&[0.2]), benjamini_hochberg(&[0.2])), (vec![0.2], vec![0.2]));
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
