//! Cosine similarity: vectors in, cosines out.
//!
//! A product of two vectors is summed in an order that depends on their length alone: chains of fused multiply-adds in f32
//! over 64 components, the chains' ends added in f64. It depends neither on threads, nor on what else is computed, nor on
//! the instructions that the processor has. Against sums in f64 a cosine of embeddings is off by 2e-8, and by 3e-7 at worst (`METHODOLOGY.md` says
//! what was measured); f64 throughout would take twice as long. Squared lengths are summed in the same order, so that a
//! vector has a cosine of exactly 1 with itself.
//!
//! Vectors are first multiplied with a power of two that brings their largest component near 1: exact, and products
//! neither overflow nor vanish.

use std::ops::Range;

use rayon::prelude::*;

use super::KernelError;
use super::simd::dot::{Directions, Instructions, LANES, Lanes, ROWS};
use super::triangle::{self, row_start};

/// Components that are multiplied before the next tile has its turn. Shorter ones move sums to and fro too often, longer
/// ones of the panels of a strip and its columns fall out of the second-level cache; measured at 64, 128, 192, 256 and 384. A
/// multiple of the block, so that blocks begin at the same places whatever it is.
const CHUNK: usize = 256;

/// Panels side by side in a strip's buffer of sums.
const COLUMNS: usize = 16;

/// Multiplications from which on several threads are worth waking.
const PARALLEL: usize = 1 << 21;

/// The bits of infinity; those of what is no number are larger.
const INFINITY: u32 = 0x7f80_0000;

/// The cosines of all unordered pairs of some vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Cosines {
    directed: Vec<bool>,
    /// Row by row of the upper triangle; what it says of a vector without a direction means nothing.
    condensed: Vec<f64>,
}

impl Cosines {
    /// The cosines of all pairs.
    ///
    /// # Errors
    /// [`KernelError::WrongLength`] when the vectors differ in length.
    pub fn of(vectors: &[Option<&[f32]>]) -> Result<Self, KernelError> {
        Self::with(vectors, Instructions::best())
    }

    fn with(vectors: &[Option<&[f32]>], instructions: Instructions) -> Result<Self, KernelError> {
        let mut lengths = vectors.iter().flatten().map(|vector| vector.len());
        if let Some(expected) = lengths.next()
            && let Some(got) = lengths.find(|&length| length != expected)
        {
            return Err(KernelError::WrongLength { expected, got });
        }
        let n = vectors.len();
        let rows = Rows::new(vectors, instructions);
        let mut condensed = vec![0.0; triangle::count(n)];
        if n <= LANES {
            rows.few(&mut condensed);
        } else {
            Packed::new(&rows).cosines(&mut condensed);
        }
        Ok(Cosines { directed: rows.scales.iter().map(|&scale| scale != 0.0).take(n).collect(), condensed })
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.directed.len()
    }

    /// Whether there is no vector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.directed.is_empty()
    }

    /// The cosine of two vectors, 1 on the diagonal; `None` where one is absent, zero or not finite.
    #[must_use]
    pub fn get(&self, a: usize, b: usize) -> Option<f64> {
        let both = *self.directed.get(a)? && *self.directed.get(b)?;
        both.then(|| if a == b { 1.0 } else { self.condensed[triangle::index(self.len(), a, b)] })
    }

    /// Row by row of the upper triangle without the diagonal: (0,1), (0,2), …, (1,2), …
    pub fn pairs(&self) -> impl Iterator<Item = Option<f64>> {
        self.condensed
            .iter()
            .zip(triangle::pairs(self.len()))
            .map(|(&cosine, (a, b))| (self.directed[a] && self.directed[b]).then_some(cosine))
    }
}

/// The cosine, in [−1, 1]; exactly 1 for bitwise identical vectors. `None` when a vector is zero or not finite: it
/// has no direction.
///
/// # Errors
/// [`KernelError::WrongLength`] when the vectors differ in length.
pub fn cosine(a: &[f32], b: &[f32]) -> Result<Option<f64>, KernelError> {
    Ok(Cosines::of(&[Some(a), Some(b)])?.get(0, 1))
}

/// The cosines of all unordered pairs, row by row of the upper triangle without the diagonal: (0,1), (0,2), …,
/// (1,2), …; `None` where a vector is absent, zero or not finite.
///
/// # Errors
/// [`KernelError::WrongLength`] when the vectors differ in length.
pub fn pairwise(vectors: &[Option<&[f32]>]) -> Result<Vec<Option<f64>>, KernelError> {
    Ok(Cosines::of(vectors)?.pairs().collect())
}

/// Vectors that are about to be put side by side; their number is made a multiple of [`LANES`].
struct Rows<'a> {
    instructions: Instructions,
    n: usize,
    vectors: Vec<&'a [f32]>,
    /// 0 for a vector without a direction and for those beyond the last one: any finite vector stands in their place.
    scales: Vec<f32>,
}

impl<'a> Rows<'a> {
    fn new(vectors: &[Option<&'a [f32]>], instructions: Instructions) -> Self {
        let n = vectors.len();
        let mut rows = Rows {
            instructions,
            n,
            vectors: vec![[].as_slice(); n.next_multiple_of(LANES)],
            scales: vec![0.0; n.next_multiple_of(LANES)],
        };
        for (row, vector) in vectors.iter().enumerate() {
            if let Some(vector) = vector
                && let Some(scale) = scale(instructions.largest(vector))
            {
                (rows.vectors[row], rows.scales[row]) = (vector, scale);
            }
        }
        let any = rows.vectors.iter().find(|vector| !vector.is_empty()).copied().unwrap_or_default();
        for vector in rows.vectors.iter_mut().filter(|vector| vector.is_empty()) {
            *vector = any;
        }
        rows
    }

    fn dimension(&self) -> usize {
        self.vectors.first().map_or(0, |vector| vector.len())
    }

    fn pack(&self, panel: usize, from: usize, to: &mut [Lanes]) {
        let vectors = self.vectors[panel * LANES..].first_chunk();
        let scales = self.scales[panel * LANES..].first_chunk();
        if let (Some(vectors), Some(scales)) = (vectors, scales) {
            self.instructions.pack(vectors, scales, from, to);
        }
    }

    /// What fits into one panel, as most groups do, is packed bit by bit and needs no memory.
    fn few(&self, condensed: &mut [f64]) {
        let mut sums = [0.0; LANES * LANES];
        let mut aligned = Aligned([[0.0; LANES]; CHUNK]);
        for from in (0..self.dimension()).step_by(CHUNK) {
            let panel = &mut aligned.0[..CHUNK.min(self.dimension() - from)];
            self.pack(0, from, panel);
            for row in (0..self.n).step_by(ROWS) {
                self.instructions.tile((panel, row), [panel], &mut sums[row * LANES..], LANES);
            }
        }
        let (mut squares, mut inverses) = ([0.0; LANES], [0.0; LANES]);
        for row in 0..self.n {
            squares[row] = sums[row * LANES + row];
            inverses[row] = inverse(squares[row]);
        }
        let mut rest = condensed;
        for row in 0..self.n {
            let others = row + 1..self.n;
            let (cosines, below) = rest.split_at_mut(others.len());
            let products = &sums[row * LANES..][others.clone()];
            let others = Directions { squares: &squares[others.clone()], inverses: &inverses[others] };
            self.instructions.finish((squares[row], inverses[row]), others, products, cosines);
            rest = below;
        }
    }
}

/// The power of two that brings the largest magnitude to [1, 4), or as near as it can; `None` when there is no direction.
fn scale(largest: u32) -> Option<f32> {
    let exponent = largest >> 23;
    (largest > 0 && largest < INFINITY).then(|| f32::from_bits((254 - exponent).max(1) << 23))
}

/// One over the length; 0 for a vector without a direction.
fn inverse(square: f64) -> f64 {
    if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }
}

/// A part of a panel.
#[repr(align(64))]
struct Aligned([Lanes; CHUNK]);

/// Many vectors, side by side in panels.
struct Packed {
    instructions: Instructions,
    n: usize,
    dimension: usize,
    /// From `offset` on, panel by panel.
    numbers: Vec<f32>,
    offset: usize,
    squares: Vec<f64>,
    inverses: Vec<f64>,
    parallel: bool,
}

impl Packed {
    fn new(rows: &Rows<'_>) -> Self {
        let (n_panels, dimension) = (rows.scales.len() / LANES, rows.dimension());
        let parallel = rows.n * rows.n / 2 * dimension >= PARALLEL && rayon::current_num_threads() > 1;
        let numbers = vec![0.0; (n_panels * dimension + 1) * LANES];
        let mut packed = Packed {
            instructions: rows.instructions,
            n: rows.n,
            dimension,
            // Loads that cross a line of the cache take twice as long.
            offset: numbers.as_ptr().align_offset(64).min(LANES),
            numbers,
            squares: vec![0.0; n_panels * LANES],
            inverses: Vec::new(),
            parallel,
        };
        if dimension == 0 {
            return packed;
        }
        let four = 4 * dimension;
        let pack = |(index, (panels, squares)): (usize, (&mut [Lanes], &mut [f64]))| {
            for (panel, to) in panels.chunks_mut(dimension).enumerate() {
                rows.pack(4 * index + panel, 0, to);
            }
            let mut sums = [[0.0; LANES]; 4];
            let part = |panel: usize| panels.chunks(dimension).nth(panel).unwrap_or(&panels[..dimension]);
            rows.instructions.squares([part(0), part(1), part(2), part(3)], &mut sums);
            squares.copy_from_slice(&sums.as_flattened()[..squares.len()]);
        };
        let panels = &mut packed.numbers[packed.offset..].as_chunks_mut::<LANES>().0[..n_panels * dimension];
        if parallel {
            let panels = panels.par_chunks_mut(four);
            panels.zip(packed.squares.par_chunks_mut(4 * LANES)).enumerate().for_each(pack);
        } else {
            panels.chunks_mut(four).zip(packed.squares.chunks_mut(4 * LANES)).enumerate().for_each(pack);
        }
        packed.inverses = packed.squares.iter().map(|&square| inverse(square)).collect();
        packed
    }

    /// Strips of rows of the upper triangle, which lie one after the other in the result.
    fn cosines(&self, condensed: &mut [f64]) {
        if self.dimension == 0 {
            return;
        }
        let n_panels = self.squares.len() / LANES;
        // Strips get shorter and shorter: enough of them, so that each thread finds work to the end.
        let height = match self.n {
            ..256 => 1,
            256..1024 => 2,
            1024..2048 => 4,
            _ => 8,
        };
        let mut strips = Vec::with_capacity(n_panels.div_ceil(height));
        let mut rest = condensed;
        for first in (0..n_panels).step_by(height) {
            let panels = first..(first + height).min(n_panels);
            let rows = panels.start * LANES..(panels.end * LANES).min(self.n);
            let (strip, below) = rest.split_at_mut(row_start(self.n, rows.end) - row_start(self.n, rows.start));
            strips.push((panels, strip));
            rest = below;
        }
        if self.parallel {
            strips.into_par_iter().with_max_len(1).for_each(|(panels, strip)| self.strip(panels, strip));
        } else {
            for (panels, strip) in strips {
                self.strip(panels, strip);
            }
        }
    }

    fn strip(&self, panels: Range<usize>, cosines: &mut [f64]) {
        let n_panels = self.squares.len() / LANES;
        let stride = COLUMNS.min(n_panels - panels.start) * LANES;
        let mut sums = vec![0.0; panels.len() * LANES * stride];
        let first = row_start(self.n, panels.start * LANES);
        for left in (panels.start..n_panels).step_by(COLUMNS) {
            let columns = left..(left + COLUMNS).min(n_panels);
            sums.fill(0.0);
            self.accumulate(panels.clone(), columns.clone(), &mut sums, stride);
            for (row, sums) in (panels.start * LANES..self.n).zip(sums.chunks(stride)) {
                let others = (columns.start * LANES).max(row + 1)..(columns.end * LANES).min(self.n);
                if others.is_empty() {
                    continue;
                }
                let products = &sums[others.start - columns.start * LANES..][..others.len()];
                let to = row_start(self.n, row) + others.start - row - 1 - first;
                let cosines = &mut cosines[to..to + others.len()];
                let others = Directions { squares: &self.squares[others.clone()], inverses: &self.inverses[others] };
                self.instructions.finish((self.squares[row], self.inverses[row]), others, products, cosines);
            }
        }
    }

    /// Adds the products of the rows of some panels with the columns of others, at and above the diagonal.
    fn accumulate(&self, rows: Range<usize>, columns: Range<usize>, sums: &mut [f64], stride: usize) {
        let tile = self.instructions;
        let panels = self.numbers[self.offset..].as_chunks().0;
        for from in (0..self.dimension).step_by(CHUNK) {
            let to = (from + CHUNK).min(self.dimension);
            let part = |panel: usize| &panels[panel * self.dimension..][from..to];
            for left in columns.clone().step_by(2) {
                for panel in rows.start..rows.end.min(left + 2) {
                    let a = part(panel);
                    for row in (0..LANES.min(self.n - panel * LANES)).step_by(ROWS) {
                        let at = ((panel - rows.start) * LANES + row) * stride + (left - columns.start) * LANES;
                        if left + 1 == columns.end {
                            tile.tile((a, row), [part(left)], &mut sums[at..], stride);
                        } else if panel > left {
                            tile.tile((a, row), [part(left + 1)], &mut sums[at + LANES..], stride);
                        } else {
                            tile.tile((a, row), [part(left), part(left + 1)], &mut sums[at..], stride);
                        }
                    }
                }
            }
        }
    }
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

    fn random(seed: u64, n: usize, dimension: usize) -> Vec<Vec<f32>> {
        // Xorshift (Marsaglia 2003); a part that all share makes cosines as those of embeddings.
        let mut state = seed;
        let mut number = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f32::from(u16::try_from(state >> 48).unwrap()) / 65536.0 - 0.5
        };
        let shared: Vec<f32> = (0..dimension).map(|_| number()).collect();
        (0..n)
            .map(|row| {
                let share = [0.0, 0.3, 1.0, 3.0, 30.0][row % 5];
                let unscaled: Vec<f32> = shared.iter().map(|x| share * x + number()).collect();
                let norm = unscaled.iter().map(|x| x * x).sum::<f32>().sqrt();
                unscaled.iter().map(|x| x / norm).collect()
            })
            .collect()
    }

    /// The definition of the fast kernel in words of the plain one.
    fn by_chains(a: &[f32], b: &[f32]) -> f64 {
        let (square_a, square_b) = (plain::cosine::chain(a, a), plain::cosine::chain(b, b));
        let product = plain::cosine::chain(a, b);
        if product * product == square_a * square_b {
            return 1.0_f64.copysign(product);
        }
        (product * ((1.0 / square_a.sqrt()) * (1.0 / square_b.sqrt()))).clamp(-1.0, 1.0)
    }

    #[test]
    fn every_set_of_instructions_gives_the_bits_of_the_plain_chain_in_groups_of_any_size() {
        for dimension in [1, 2, 3, 7, 8, 63, 64, 65, 127, 128, 129, 255, 257, 384] {
            for n in [2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 65, 130, 161] {
                let vectors = random(dimension as u64 * 1000 + n as u64, n, dimension);
                let rows: Vec<Option<&[f32]>> = vectors.iter().map(|row| Some(&row[..])).collect();
                for instructions in Instructions::available() {
                    let cosines = Cosines::with(&rows, instructions).unwrap();
                    for (index, got) in cosines.pairs().enumerate() {
                        let (a, b) = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).nth(index).unwrap();
                        // Looking at every pair of the large ones would take long.
                        if n > 48 && index % 37 != 0 && b < n - 2 {
                            continue;
                        }
                        let expected = by_chains(&vectors[a], &vectors[b]);
                        assert_eq!(
                            got.unwrap().to_bits(),
                            expected.to_bits(),
                            "{instructions:?} {dimension} {n} {a} {b}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let vectors = random(11, 150, 384);
        let rows: Vec<Option<&[f32]>> = vectors.iter().map(|row| Some(&row[..])).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| pairwise(&rows).unwrap())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn the_error_is_small_where_embeddings_lie() {
        for dimension in [384, 768, 3072] {
            let vectors = random(5, 64, dimension);
            let rows: Vec<Option<&[f32]>> = vectors.iter().map(|row| Some(&row[..])).collect();
            let cosines = Cosines::of(&rows).unwrap();
            let mut errors = Vec::new();
            for a in 0..64 {
                for b in a + 1..64 {
                    let exact = plain::cosine::cosine(&vectors[a], &vectors[b]).unwrap();
                    errors.push((cosines.get(a, b).unwrap() - exact).abs());
                }
            }
            let largest = errors.iter().copied().fold(0.0, f64::max);
            let typical = mean(errors).unwrap();
            println!("dimension {dimension}: error at most {largest:.1e}, {typical:.1e} on average");
            assert!(largest < 3e-7 && typical < 3e-8, "{dimension}: {largest} {typical}");
        }
    }

    #[test]
    fn a_pair_is_found_in_either_order() {
        let vectors = random(3, 33, 70);
        let rows: Vec<Option<&[f32]>> = vectors.iter().map(|row| Some(&row[..])).collect();
        let cosines = Cosines::of(&rows).unwrap();
        assert_eq!(cosines.get(5, 2), cosines.get(2, 5));
        assert_eq!((cosines.get(4, 4), cosines.get(0, 33)), (Some(1.0), None));
    }

    #[test]
    fn a_multiple_of_a_vector_points_the_same_way() {
        let a: Vec<f32> = random(8, 1, 300).concat();
        for factor in [2.0, 1.0 / 1024.0, 2.0_f32.powi(120), 2.0_f32.powi(-100)] {
            let b: Vec<f32> = a.iter().map(|x| x * -factor).collect();
            assert_eq!(cosine(&a, &b).unwrap(), Some(-1.0), "{factor}");
        }
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
                prop_assert!((fast - slow).abs() < 1e-6, "{} {}", fast, slow);
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
    }
}
