//! Holm's step-down correction of a family of p-values. Source: Holm 1979.

/// Adjusted p-values, in the order of the input.
pub(super) fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let mut adjusted = vec![0.0; m];
    let mut floor: f64 = 0.0;
    for (rank, &position) in order.iter().enumerate() {
        floor = floor.max((m - rank) as f64 * p_values[position]).min(1.0);
        adjusted[position] = floor;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn golden() {
        let adjusted = holm(&[0.001, 0.012, 0.021, 0.04, 0.3]);
        for (got, expected) in adjusted.iter().zip([0.005, 0.048, 0.063, 0.08, 0.3]) {
            assert!((got - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }

    #[test]
    fn never_above_one_and_in_input_order() {
        assert_eq!(holm(&[0.9, 0.5]), vec![1.0, 1.0]);
        assert_eq!(holm(&[0.04, 0.01]), vec![0.04, 0.02]);
        assert_eq!(holm(&[0.2]), vec![0.2]);
        assert!(holm(&[]).is_empty());
    }
}
