//! The mean: numbers in, one number out.

/// The arithmetic mean; `None` of nothing, because a missing mean is not zero.
///
/// The numbers are added one after the other in the order given. Floating-point addition is not associative, so a
/// parallel or reordered sum would give other last digits on another number of threads, and the same plan would no
/// longer give the same bytes. Maps may run in parallel; folds are serial.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_of_nothing_is_missing() {
        assert_eq!(mean([]), None);
    }

    #[test]
    fn mean_adds_in_the_order_given() {
        assert_eq!(mean([1.0, 2.0, 6.0]), Some(3.0));
        // 1 is lost beside 1e16 when it is added first, and kept when the large numbers cancel first.
        assert_eq!(mean([1.0, 1e16, -1e16]), Some(0.0));
        assert_eq!(mean([1e16, -1e16, 1.0]), Some(1.0 / 3.0));
    }
}
