//! Numbers in ascending order: as `sort_by(f64::total_cmp)`, in a third of the time for numbers that lie without great gaps, as
//! the means of resamples do.

/// Fewer are not worth the buckets.
const FEW: usize = 64;
/// How many neighbors a number may have in its bucket, on average, before another sort is faster.
const CROWDED: u64 = 16;

/// Sorts by [`f64::total_cmp`].
pub fn sort(values: &mut [f64]) {
    match Buckets::of(values) {
        Some(buckets) if values.len() >= FEW && !buckets.are_crowded() => buckets.sort(values),
        _ => values.sort_unstable_by(f64::total_cmp),
    }
}

/// As many equal ranges as there are numbers, or some more.
struct Buckets {
    /// The bucket of each number.
    of: Vec<u32>,
    counts: Vec<u32>,
}

impl Buckets {
    /// `None` where a number has no bucket, or all have the same.
    fn of(values: &[f64]) -> Option<Self> {
        let (lowest, highest) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
        let n_buckets = u32::try_from(values.len()).ok()?.checked_next_power_of_two()?;
        let scale = f64::from(n_buckets - 1) / (highest - lowest);
        // Not finite: they are all the same, or there is none. Zero: one is infinite. The largest of some numbers and of what is no
        // number is a number.
        if !(scale.is_finite() && scale > 0.0) || values.iter().any(|value| value.is_nan()) {
            return None;
        }
        let mut counts = vec![0; n_buckets as usize];
        let bucket = |&value: &f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ place < n_buckets")]
            let bucket = ((value - lowest) * scale) as u32;
            let bucket = bucket.min(n_buckets - 1);
            counts[bucket as usize] += 1;
            bucket
        };
        Some(Buckets { of: values.iter().map(bucket).collect(), counts })
    }

    fn are_crowded(&self) -> bool {
        let neighbors: u64 = self.counts.iter().map(|&count| u64::from(count) * u64::from(count)).sum();
        neighbors > CROWDED * self.of.len() as u64
    }

    /// Bucket by bucket, and then those that are in one bucket past each other.
    fn sort(self, values: &mut [f64]) {
        let mut keys = vec![0; values.len()];
        let mut places = self.counts;
        let mut next = 0;
        for place in &mut places {
            next += *place;
            *place = next - *place;
        }
        for (value, bucket) in values.iter().zip(self.of) {
            let place = &mut places[bucket as usize];
            keys[*place as usize] = key(*value);
            *place += 1;
        }
        for at in 1..keys.len() {
            let one = keys[at];
            let mut place = at;
            while place > 0 && keys[place - 1] > one {
                keys[place] = keys[place - 1];
                place -= 1;
            }
            keys[place] = one;
        }
        for (value, key) in values.iter_mut().zip(keys) {
            *value = number(key);
        }
    }
}

/// A whole number that is ordered as [`f64::total_cmp`] orders numbers.
fn key(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ (i64::MAX * i64::from(bits < 0))
}

fn number(key: i64) -> f64 {
    f64::from_bits((key ^ (i64::MAX * i64::from(key < 0))).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;

    use super::super::streams::stream;
    use super::*;

    fn is_the_sort_of_the_standard_library(values: &[f64]) {
        let (mut got, mut expected) = (values.to_vec(), values.to_vec());
        sort(&mut got);
        expected.sort_by(f64::total_cmp);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&got), bits(&expected));
    }

    #[test]
    fn of_all_kinds() {
        let mut random = stream(3, "test", "sorting", 0);
        for n in [0, 1, 2, 63, 64, 65, 255, 256, 257, 10_000] {
            let mut draw = |value: fn(f64) -> f64| (0..n).map(|_| value(random.random::<f64>())).collect::<Vec<f64>>();
            for values in [
                draw(|x| x),
                draw(|x| x - 0.5),
                // Crowded in few buckets, with a gap, and with many equal ones.
                draw(|x| (-x.ln()).exp2().exp2()),
                draw(|x| if x < 0.01 { 1e300 } else { x }),
                draw(|x| (x * 8.0).floor() / 8.0),
                draw(|_| 0.1),
                draw(|x| if x < 0.5 { 0.0 } else { -0.0 }),
                draw(|x| if x < 0.1 { f64::NAN } else { x }),
                draw(|x| if x < 0.1 { f64::INFINITY } else { -x }),
                draw(|x| if x < 0.5 { f64::MAX } else { f64::MIN }),
                draw(|x| x * f64::MIN_POSITIVE / 1e10),
            ] {
                is_the_sort_of_the_standard_library(&values);
            }
        }
    }

    proptest! {
        #[test]
        fn of_any_bits(bits in prop::collection::vec(any::<u64>(), 0..300)) {
            is_the_sort_of_the_standard_library(&bits.into_iter().map(f64::from_bits).collect::<Vec<f64>>());
        }

        #[test]
        fn of_ordinary_numbers(values in prop::collection::vec(-1.0_f64..1.0, 0..300)) {
            is_the_sort_of_the_standard_library(&values);
        }
    }
}
