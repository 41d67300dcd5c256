//! Means under resampling: columns of numbers over the same questions go in; for each column, its means over questions
//! drawn with replacement, or how many patterns of random signs are as extreme as the one seen, come out.
//!
//! The speed comes from where the numbers lie: eight columns at a time, so that a strip of some hundred questions stays in
//! the first-level cache while many resamples are drawn from it, with two sums in flight. Each sum is added up in
//! the order in which its questions were drawn, so that it does not depend on the company of other columns, on threads
//! or on the processor. The twins in [`plain`](super::plain::resampling) say what is computed.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Columns that are added up side by side.
const LANES: usize = 8;
/// Resamples that share a random stream. Changing it changes every interval in the last digits.
pub const BLOCK: usize = 500;
/// Resamples that are drawn before the next strip of columns takes its turn: their positions stay in the second-level cache.
const DRAWN_AT_ONCE: usize = 50;
/// Up to here all 2ⁿ sign patterns are listed.
pub const EXACT_UP_TO: usize = 20;
/// Two sums that differ by less than this share of their size are the same number added in another order.
const TIE: f64 = 1e-12;

type Lane = [f64; LANES];

/// Numbers of several columns over the same questions.
#[derive(Debug, Clone)]
pub struct Columns {
    width: usize,
    n_rows: usize,
    /// Strip by strip of eight columns, question by question.
    lanes: Vec<Lane>,
}

impl Columns {
    /// From rows that lie one after the other, one number for each column; what does not fill a row is left out.
    #[must_use]
    pub fn of_rows(rows: &[f64], n_columns: usize) -> Self {
        let n_rows = rows.len().checked_div(n_columns).unwrap_or(0);
        let mut lanes = vec![[0.0; LANES]; n_columns.div_ceil(LANES) * n_rows];
        for (question, row) in rows.chunks_exact(n_columns.max(1)).enumerate() {
            for (strip, values) in row.chunks(LANES).enumerate() {
                lanes[strip * n_rows + question][..values.len()].copy_from_slice(values);
            }
        }
        Columns { width: n_columns, n_rows, lanes }
    }

    fn strips(&self) -> impl Iterator<Item = &[Lane]> {
        self.lanes.chunks_exact(self.n_rows.max(1))
    }

    fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        let strip = column / LANES * self.n_rows;
        self.lanes[strip..strip + self.n_rows].iter().map(move |lane| lane[column % LANES])
    }
}

/// For each column the means of `n_resamples` resamples: as many questions as there are, drawn with replacement, the
/// same for all columns. `stream` gives the random numbers of a block of [`BLOCK`] resamples.
#[must_use]
pub fn resampled_means(
    columns: &Columns,
    n_resamples: usize,
    stream: impl Fn(usize) -> ChaCha8Rng + Sync,
) -> Vec<Vec<f64>> {
    let blocks: Vec<Vec<Lane>> = (0..n_resamples.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| block_of_means(columns, BLOCK.min(n_resamples - block * BLOCK), &mut stream(block)))
        .collect();
    (0..columns.width)
        .into_par_iter()
        .map(|column| {
            let mut means = Vec::with_capacity(n_resamples);
            for (place, block) in blocks.iter().enumerate() {
                let n = BLOCK.min(n_resamples - place * BLOCK);
                means.extend(block[column / LANES * n..][..n].iter().map(|lane| lane[column % LANES]));
            }
            means
        })
        .collect()
}

/// Strip by strip, resample by resample.
fn block_of_means(columns: &Columns, n_resamples: usize, random: &mut ChaCha8Rng) -> Vec<Lane> {
    let n = columns.n_rows;
    let mut means = vec![[0.0; LANES]; columns.width.div_ceil(LANES) * n_resamples];
    let mut drawn: Vec<u32> = vec![0; DRAWN_AT_ONCE * n];
    // Questions number far below 2³²; a run with more would not fit into memory.
    let bound = u32::try_from(n).unwrap_or(u32::MAX);
    for first in (0..n_resamples).step_by(DRAWN_AT_ONCE) {
        let n_now = DRAWN_AT_ONCE.min(n_resamples - first);
        drawn[..n_now * n].fill_with(|| random.random_range(0..bound));
        for (strip, lanes) in columns.strips().enumerate() {
            let out = &mut means[strip * n_resamples + first..][..n_now];
            for (out, drawn) in out.chunks_mut(2).zip(drawn.chunks(2 * n)) {
                let (one, other) = drawn.split_at(n);
                let sums = if out.len() == 2 { drawn_sums(lanes, one, other) } else { drawn_sums(lanes, one, one) };
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = sum.map(|sum| sum / n as f64);
                }
            }
        }
    }
    means
}

/// Two resamples at a time: one sum alone would wait for its own additions.
fn drawn_sums(lanes: &[Lane], one: &[u32], other: &[u32]) -> [Lane; 2] {
    let mut sums = [[0.0; LANES]; 2];
    for (&a, &b) in one.iter().zip(other) {
        let (a, b) = (&lanes[a as usize], &lanes[b as usize]);
        for lane in 0..LANES {
            sums[0][lane] += a[lane];
            sums[1][lane] += b[lane];
        }
    }
    sums
}

/// Two-sided p-value of each column's mean under random signs of the questions' numbers: the share of patterns whose
/// sum is at least as far from zero as the one seen. All 2ⁿ patterns up to [`EXACT_UP_TO`] questions, beyond
/// that `n_patterns` random ones, with (1 + hits)/(1 + patterns) (Phipson & Smyth 2010).
#[must_use]
pub fn sign_flip_p_values(
    columns: &Columns,
    n_patterns: usize,
    stream: impl Fn(usize) -> ChaCha8Rng + Sync,
) -> Vec<f64> {
    if columns.n_rows <= EXACT_UP_TO {
        let exact = |column| exact_p_value(&columns.column(column).collect::<Vec<f64>>());
        return (0..columns.width).into_par_iter().map(exact).collect();
    }
    let blocks: Vec<Vec<u64>> = (0..n_patterns.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| block_of_hits(columns, BLOCK.min(n_patterns - block * BLOCK), &mut stream(block)))
        .collect();
    // Whole numbers: any order of adding gives the same.
    let hits = (0..columns.width).map(|column| blocks.iter().map(|hits| hits[column]).sum::<u64>());
    hits.map(|hits| (hits + 1) as f64 / (n_patterns + 1) as f64).collect()
}

/// How far from zero a sum has to be.
fn threshold(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let size: f64 = values.clone().map(f64::abs).sum();
    values.sum::<f64>().abs() - TIE * size
}

/// The sums of all patterns are the sums of one half's patterns plus those of the other's: with both sorted, those far
/// enough from zero are counted by walking from both ends, 2^(n/2) steps instead of 2ⁿ.
fn exact_p_value(values: &[f64]) -> f64 {
    let threshold = threshold(values.iter().copied());
    if threshold <= 0.0 {
        return 1.0;
    }
    let (left, right) = values.split_at(values.len() / 2);
    let (left, right) = (signed_sums(left), signed_sums(right));
    // Patterns come in pairs of opposite signs, so that one tail is half of the hits.
    let mut place = right.len();
    let mut hits = 0;
    for sum in left {
        while place > 0 && sum + right[place - 1] >= threshold {
            place -= 1;
        }
        hits += right.len() - place;
    }
    (2 * hits) as f64 / (1_u64 << values.len()) as f64
}

/// The sums under all patterns, ascending.
fn signed_sums(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        let (less, more) = (sums.iter().map(|sum| sum - value.abs()), sums.iter().map(|sum| sum + value.abs()));
        sums = less.chain(more).collect();
    }
    sums.sort_by(f64::total_cmp);
    sums
}

fn block_of_hits(columns: &Columns, n_patterns: usize, random: &mut ChaCha8Rng) -> Vec<u64> {
    let n_words = columns.n_rows.div_ceil(64);
    let thresholds: Vec<f64> =
        (0..columns.width).map(|column| threshold(columns.column(column).collect::<Vec<f64>>().into_iter())).collect();
    let mut hits = vec![0; columns.width];
    let mut coins = vec![0_u64; n_words * DRAWN_AT_ONCE];
    for first in (0..n_patterns).step_by(DRAWN_AT_ONCE) {
        let n_now = DRAWN_AT_ONCE.min(n_patterns - first);
        coins[..n_now * n_words].fill_with(|| random.random());
        for (strip, lanes) in columns.strips().enumerate() {
            let first_column = strip * LANES;
            let here = LANES.min(columns.width - first_column);
            for coins in coins[..n_now * n_words].chunks_exact(n_words) {
                let sums = signed_sum(lanes, coins);
                for lane in 0..here {
                    hits[first_column + lane] += u64::from(sums[lane].abs() >= thresholds[first_column + lane]);
                }
            }
        }
    }
    hits
}

fn signed_sum(lanes: &[Lane], coins: &[u64]) -> Lane {
    // Even and odd questions apart: one sum alone would wait for its own additions.
    let mut sums = [[0.0; LANES]; 2];
    for (lanes, &coins) in lanes.chunks(64).zip(coins) {
        let mut coins = coins;
        for pair in lanes.chunks(2) {
            for (sums, lane) in sums.iter_mut().zip(pair) {
                let sign = coins << 63;
                coins >>= 1;
                for (sum, value) in sums.iter_mut().zip(lane) {
                    *sum += f64::from_bits(value.to_bits() ^ sign);
                }
            }
        }
    }
    std::array::from_fn(|lane| sums[0][lane] + sums[1][lane])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain::resampling as plain;
    use super::super::streams::stream;
    use super::*;

    fn rows(n_rows: usize, n_columns: usize) -> Vec<f64> {
        let mut random = stream(3, "test", "rows", n_rows * 1000 + n_columns);
        (0..n_rows * n_columns).map(|_| random.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn means_are_those_of_the_plain_twin_to_the_last_bit() {
        for (n_rows, n_columns) in [(1, 1), (2, 7), (5, 8), (9, 9), (64, 17), (130, 1)] {
            for n_resamples in [1, 49, 50, 51, 499, 501, 1003] {
                let rows = rows(n_rows, n_columns);
                let draw = |block| stream(7, "bootstrap", "q", block);
                let fast = resampled_means(&Columns::of_rows(&rows, n_columns), n_resamples, draw);
                assert_eq!(fast, plain::resampled_means(&rows, n_columns, n_resamples, draw));
            }
        }
    }

    #[test]
    fn a_column_does_not_know_its_company() {
        let draw = |block| stream(7, "bootstrap", "q", block);
        let rows = rows(11, 20);
        let all = resampled_means(&Columns::of_rows(&rows, 20), 700, draw);
        let alone: Vec<f64> = rows.iter().skip(13).step_by(20).copied().collect();
        assert_eq!(resampled_means(&Columns::of_rows(&alone, 1), 700, draw)[0], all[13]);
    }

    proptest! {
        #[test]
        fn exact_p_values_are_those_of_the_plain_twin(values in prop::collection::vec(-3_i32..4, 0..12)) {
            // Small whole numbers tie often.
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            prop_assert_eq!(exact_p_value(&values), plain::exact_p_value(&values));
        }

        #[test]
        fn exact_p_values_of_any_numbers(values in prop::collection::vec(-1.0_f64..1.0, 1..12)) {
            prop_assert_eq!(exact_p_value(&values), plain::exact_p_value(&values));
        }
    }

    #[test]
    fn random_signs_hit_as_often_as_those_of_the_plain_twin() {
        for (n_rows, n_columns) in [(21, 1), (63, 9), (64, 8), (65, 3), (130, 2)] {
            let rows = rows(n_rows, n_columns);
            let draw = |block| stream(7, "sign-flip", "q", block);
            let fast = sign_flip_p_values(&Columns::of_rows(&rows, n_columns), 1003, draw);
            assert_eq!(fast, plain::random_p_values(&rows, n_columns, 1003, draw));
        }
    }

    #[test]
    fn no_column_and_no_row_is_nothing() {
        let draw = |block| stream(7, "x", "q", block);
        assert!(resampled_means(&Columns::of_rows(&[], 0), 10, draw).is_empty());
        assert_eq!(sign_flip_p_values(&Columns::of_rows(&[], 1), 10, draw), [1.0]);
    }
}
