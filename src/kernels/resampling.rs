//! Means under resampling: columns of numbers over the same questions go in; for each column, its means over questions
//! drawn with replacement, or how many patterns of random signs are as extreme as the one seen, come out.
//!
//! The speed comes from looking up what a few questions add to a sum, for eight columns at a time (`simd/resample.rs`).
//! Each sum is added up question by question, in an order that depends on the number of questions alone, and so not on the
//! company of other columns, on threads or on the processor. The twins in [`plain`](super::plain::resampling) say what is
//! computed.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::simd::dot::Instructions;
use super::simd::resample::{Digit, LANES, Lane, NO_TABLES, Positions, TILE, Tables, Tile};

/// Resamples that share a random stream. Changing it changes every interval in the last digits.
pub const BLOCK: usize = 500;
/// Up to here all 2ⁿ sign patterns are listed.
pub const EXACT_UP_TO: usize = 20;
/// A question that is drawn more often is added once more for each further time.
const MOST_IN_TABLE: u8 = 3;
/// Two sums that differ by less than this share of their size are the same number added in another order.
const TIE: f64 = 1e-12;

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
        let mut lanes = vec![Lane::ZERO; n_columns.div_ceil(LANES) * n_rows];
        for (question, row) in rows.chunks_exact(n_columns.max(1)).enumerate() {
            for (strip, values) in row.chunks(LANES).enumerate() {
                lanes[strip * n_rows + question].0[..values.len()].copy_from_slice(values);
            }
        }
        Columns { width: n_columns, n_rows, lanes }
    }

    fn strips(&self) -> impl Iterator<Item = &[Lane]> {
        self.lanes.chunks_exact(self.n_rows.max(1))
    }

    /// Zeros in the place of columns that do not vary, and what to add to each column's means: the mean of such a column,
    /// else nothing. Sums of equal numbers that are not whole differ in the last bit, and their means would seem to vary.
    fn without_constants(&self) -> (Self, Vec<Lane>) {
        let mut varying = self.clone();
        let of_strip = |rows: &mut [Lane]| {
            let mut constants = Lane::ZERO;
            for lane in 0..LANES {
                if rows.iter().all(|row| row.0[lane] == rows[0].0[lane]) {
                    constants.0[lane] = rows.iter().map(|row| row.0[lane]).sum::<f64>() / rows.len() as f64;
                    for row in &mut *rows {
                        row.0[lane] = 0.0;
                    }
                }
            }
            constants
        };
        let constants = varying.lanes.chunks_exact_mut(self.n_rows.max(1)).map(of_strip).collect();
        (varying, constants)
    }

    /// How far from zero the sums of a strip's columns have to be.
    fn thresholds(&self, strip: usize) -> Lane {
        let columns = (strip * LANES..self.width).take(LANES);
        let mut thresholds = Lane::ZERO;
        for (one, column) in thresholds.0.iter_mut().zip(columns) {
            *one = threshold(self.column(column));
        }
        thresholds
    }

    fn column(&self, column: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        let strip = column / LANES * self.n_rows;
        self.lanes[strip..strip + self.n_rows].iter().map(move |lane| lane.0[column % LANES])
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
    let (varying, constants) = columns.without_constants();
    let blocks: Vec<Vec<Lane>> = (0..n_resamples.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| block_of_means(&varying, &constants, BLOCK.min(n_resamples - block * BLOCK), &mut stream(block)))
        .collect();
    let strips = (0..columns.width.div_ceil(LANES)).into_par_iter();
    let mut means: Vec<Vec<f64>> =
        strips.flat_map_iter(|strip| columns_of_strip(&blocks, strip, n_resamples)).collect();
    // The last strip may have places without a column.
    means.truncate(columns.width);
    means
}

/// Strip by strip, resample by resample.
fn block_of_means(columns: &Columns, constants: &[Lane], n_resamples: usize, random: &mut ChaCha8Rng) -> Vec<Lane> {
    let n = columns.n_rows;
    let mut tiles = Tiles::new(Digit::Count, n, n_resamples);
    let mut more = Vec::new();
    // Questions number far below 2³²; a run with more would not fit into memory.
    let bound = u32::try_from(n).unwrap_or(u32::MAX);
    let mut counts = vec![0_u8; n];
    for (resample, number) in (0..n_resamples).zip(0_u32..) {
        counts.fill(0);
        for _ in 0..n {
            let question = random.random_range(0..bound);
            let count = &mut counts[question as usize];
            if *count < MOST_IN_TABLE {
                *count += 1;
            } else {
                more.push((number, question));
            }
        }
        tiles.set(resample, &counts);
    }
    let mut means = vec![Lane::ZERO; constants.len() * n_resamples];
    let (mut tables, instructions) = (NO_TABLES, Instructions::best());
    for ((rows, constant), means) in columns.strips().zip(constants).zip(means.chunks_mut(n_resamples)) {
        tiles.add(instructions, rows, &mut tables, means);
        instructions.to_means(rows, &more, constant, means);
    }
    means
}

/// Many resamples as positions in tables.
struct Tiles {
    digit: Digit,
    n_resamples: usize,
    /// Tile by tile, resample by resample.
    positions: Vec<Positions>,
}

impl Tiles {
    fn new(digit: Digit, n_rows: usize, n_resamples: usize) -> Self {
        let n_tiles = n_rows.div_ceil(digit.rows() * TILE);
        Tiles { digit, n_resamples, positions: vec![[0; TILE]; n_tiles * n_resamples] }
    }

    /// What a resample says about each row.
    fn set(&mut self, resample: usize, digits: &[u8]) {
        let (rows, bits) = (self.digit.rows(), self.digit.bits());
        for (tile, digits) in digits.chunks(rows * TILE).enumerate() {
            let positions = &mut self.positions[tile * self.n_resamples + resample];
            for (position, digits) in positions.iter_mut().zip(digits.chunks(rows)) {
                for (place, digit) in digits.iter().enumerate() {
                    *position |= digit << (place * bits);
                }
            }
        }
    }

    /// Adds to the sum of each resample what it says about a strip.
    fn add(&self, instructions: Instructions, strip: &[Lane], tables: &mut Tables, sums: &mut [Lane]) {
        let tiles = strip.chunks(self.digit.rows() * TILE).zip(self.positions.chunks(self.n_resamples));
        for (rows, resamples) in tiles {
            instructions.add_tile(Tile { digit: self.digit, rows, resamples }, tables, sums);
        }
    }
}

/// From blocks of a strip to its columns.
fn columns_of_strip(blocks: &[Vec<Lane>], strip: usize, n_resamples: usize) -> [Vec<f64>; LANES] {
    let mut means: [Vec<f64>; LANES] = std::array::from_fn(|_| vec![0.0; n_resamples]);
    for (place, block) in blocks.iter().enumerate() {
        let n = BLOCK.min(n_resamples - place * BLOCK);
        let lanes = &block[strip * n..][..n];
        for (column, means) in means.iter_mut().enumerate() {
            for (mean, lane) in means[place * BLOCK..][..n].iter_mut().zip(lanes) {
                *mean = lane.0[column];
            }
        }
    }
    means
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
    let thresholds: Vec<Lane> = (0..columns.width.div_ceil(LANES)).map(|strip| columns.thresholds(strip)).collect();
    let blocks: Vec<Vec<u64>> = (0..n_patterns.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| block_of_hits(columns, &thresholds, BLOCK.min(n_patterns - block * BLOCK), &mut stream(block)))
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

/// Column by column.
fn block_of_hits(columns: &Columns, thresholds: &[Lane], n_patterns: usize, random: &mut ChaCha8Rng) -> Vec<u64> {
    let n = columns.n_rows;
    let mut tiles = Tiles::new(Digit::Sign, n, n_patterns);
    let mut signs = vec![0_u8; n];
    for pattern in 0..n_patterns {
        for signs in signs.chunks_mut(64) {
            let coins: u64 = random.random();
            for (place, sign) in signs.iter_mut().enumerate() {
                *sign = u8::from(coins >> place & 1 == 1);
            }
        }
        tiles.set(pattern, &signs);
    }
    let mut hits = Vec::with_capacity(thresholds.len() * LANES);
    let (mut tables, instructions) = (NO_TABLES, Instructions::best());
    for (rows, threshold) in columns.strips().zip(thresholds) {
        let (mut sums, mut of_strip) = (vec![Lane::ZERO; n_patterns], [0; LANES]);
        tiles.add(instructions, rows, &mut tables, &mut sums);
        instructions.count_hits(&sums, threshold, &mut of_strip);
        hits.extend(of_strip);
    }
    hits
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
    fn means_are_those_of_the_plain_twin() {
        for (n_rows, n_columns) in [(1, 1), (2, 7), (5, 8), (9, 9), (17, 16), (18, 3), (19, 1), (64, 17), (130, 1)] {
            for n_resamples in [1, 2, 499, 500, 501, 1003] {
                let rows = rows(n_rows, n_columns);
                let draw = |block| stream(7, "bootstrap", "q", block);
                let fast = resampled_means(&Columns::of_rows(&rows, n_columns), n_resamples, draw);
                let plain = plain::resampled_means(&rows, n_columns, n_resamples, draw);
                assert_eq!((fast.len(), fast[0].len()), (plain.len(), plain[0].len()));
                for (fast, plain) in fast.iter().flatten().zip(plain.iter().flatten()) {
                    // Numbers up to 1, added up in another order.
                    assert!((fast - plain).abs() < 1e-14, "{n_rows} {n_columns}: {fast} {plain}");
                }
            }
        }
    }

    #[test]
    fn one_question_among_few_is_drawn_more_often_than_tables_have_room_for() {
        let draw = |block| stream(7, "bootstrap", "q", block);
        let rows = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let means = &resampled_means(&Columns::of_rows(&rows, 1), 5000, draw)[0];
        let times: Vec<f64> = means.iter().map(|mean| (mean * 6.0).round()).collect();
        assert!(means.iter().zip(&times).all(|(mean, times)| (mean - times / 6.0).abs() < 1e-15));
        // Binomial with 6 draws: 4 or more in 0.9 of 100.
        let often = times.iter().filter(|times| **times >= 4.0).count();
        assert!((20..80).contains(&often), "{often}");
    }

    #[test]
    fn a_column_that_does_not_vary_has_its_mean_to_the_last_bit() {
        let draw = |block| stream(7, "bootstrap", "q", block);
        for (value, n) in [(0.1, 9), (0.7, 100), (1e300, 3), (-0.3, 500)] {
            let rows = vec![value; n];
            let mean = rows.iter().sum::<f64>() / n as f64;
            let means = resampled_means(&Columns::of_rows(&rows, 1), 600, draw);
            assert!(means[0].iter().all(|one| one.to_bits() == mean.to_bits()), "{value}");
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let lanes = Columns::of_rows(&rows(97, 8), 8).lanes;
        let digits: Vec<u8> = (0..97_u8).map(|row| row % 5 % 4).collect();
        let sums = |digit, digits: &[u8], instructions: Instructions| {
            let mut tiles = Tiles::new(digit, 97, 3);
            (0..3).for_each(|resample| tiles.set(resample, &digits[resample..]));
            let mut sums = vec![Lane([0.25; LANES]); 3];
            tiles.add(instructions, &lanes, &mut NO_TABLES.clone(), &mut sums);
            let mut hits = [0; LANES];
            instructions.count_hits(&sums, &Lane([1.0; LANES]), &mut hits);
            instructions.to_means(&lanes, &[(1, 96), (1, 0), (2, 5)], &lanes[3], &mut sums);
            (sums.iter().map(|sum| sum.0.map(f64::to_bits)).collect::<Vec<_>>(), hits)
        };
        let signs: Vec<u8> = digits.iter().map(|digit| digit % 2).collect();
        for instructions in Instructions::available() {
            for (digit, digits) in [(Digit::Count, &digits), (Digit::Sign, &signs)] {
                let expected = sums(digit, digits, Instructions::Portable);
                assert_eq!(sums(digit, digits, instructions), expected, "{instructions:?} {digit:?}");
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
