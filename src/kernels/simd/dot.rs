//! Scalar products of many vectors at once: vectors in, sums of a tile of pairs out.
//!
//! Sixteen vectors lie side by side in a panel: entry k holds the k-th component of each. One component of one vector is
//! multiplied with that of sixteen others by one instruction, so that every pair has a chain of its own: from left to
//! right in f32 with fused multiply-add over [`BLOCK`] components, and each block's sum is added to an f64. That order
//! depends on the length alone. Instruction sets differ in how many chains they carry side by side, not in a chain, and
//! so in no bit.

#![expect(unsafe_code, reason = "loads and stores of vector registers, and calls after a look at the processor")]

use super::super::plain::cosine::BLOCK;

/// Vectors in a panel.
pub(in crate::kernels) const LANES: usize = 16;

/// Rows of a tile.
pub(in crate::kernels) const ROWS: usize = 8;

/// The same component of the vectors of a panel. It lies at a multiple of 64 bytes, where it matters for speed.
pub(in crate::kernels) type Lanes = [f32; LANES];

/// A set of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernels) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the compiler makes of plain loops.
    Portable,
}

/// The squared lengths of some vectors and one over their lengths; zero for a vector without a direction.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Directions<'a> {
    pub(in crate::kernels) squares: &'a [f64],
    pub(in crate::kernels) inverses: &'a [f64],
}

/// The instructions of one kind, each with the portable twin that it agrees with to the last bit.
macro_rules! by_instructions {
    ($self:ident, $name:ident, $($argument:expr),*) => {
        match $self {
            // SAFETY: `best` and the tests make these values only where the processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512::$name($($argument),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2::$name($($argument),*) },
            Instructions::Portable => portable::$name($($argument),*),
        }
    };
}

impl Instructions {
    /// The best that this processor has.
    pub(in crate::kernels) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Instructions::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Instructions::Avx2;
            }
        }
        Instructions::Portable
    }

    /// All that this processor has, for tests.
    #[cfg(test)]
    pub(in crate::kernels) fn available() -> Vec<Self> {
        let mut sets = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Instructions::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                sets.push(Instructions::Avx512);
            }
        }
        sets
    }

    /// The largest magnitude, as the bits of an f32, which are ordered as the numbers are; not finite ones lie above.
    pub(in crate::kernels) fn largest(self, vector: &[f32]) -> u32 {
        by_instructions!(self, largest, vector)
    }

    /// Puts components `from..from + panel.len()` of sixteen vectors side by side, each vector times its scale.
    pub(in crate::kernels) fn pack(self, vectors: &[&[f32]; LANES], scales: &Lanes, from: usize, panel: &mut [Lanes]) {
        let vectors = vectors.map(|vector| &vector[from..from + panel.len()]);
        by_instructions!(self, pack, &vectors, scales, panel);
    }

    /// Adds the products of vectors `row..row + ROWS` of panel `a` with all vectors of the panels `b` to the sums: row by
    /// row, `stride` apart.
    pub(in crate::kernels) fn tile<const PANELS: usize>(
        self,
        (a, row): (&[Lanes], usize),
        b: [&[Lanes]; PANELS],
        sums: &mut [f64],
        stride: usize,
    ) {
        by_instructions!(self, tile, (a, row), b, sums, stride);
    }

    /// Adds the products of the vectors of four panels with themselves to the sums.
    pub(in crate::kernels) fn squares(self, panels: [&[Lanes]; 4], sums: &mut [[f64; LANES]; 4]) {
        by_instructions!(self, squares, panels, sums);
    }

    /// From the products of one vector with others to cosines.
    pub(in crate::kernels) fn finish(
        self,
        one: (f64, f64),
        others: Directions<'_>,
        products: &[f64],
        cosines: &mut [f64],
    ) {
        by_instructions!(self, finish, one, others, products, cosines);
    }
}

/// Plain loops. They are inlined into what is compiled for an instruction set, and there become its vectors.
#[expect(clippy::inline_always, reason = "a call would leave the instruction set")]
mod portable {
    use super::{BLOCK, Directions, LANES, Lanes, ROWS};

    #[inline(always)]
    pub(super) fn largest(vector: &[f32]) -> u32 {
        vector.iter().fold(0, |largest, x| largest.max(x.to_bits() & 0x7fff_ffff))
    }

    #[inline(always)]
    pub(super) fn pack(vectors: &[&[f32]; LANES], scales: &Lanes, panel: &mut [Lanes]) {
        for (lane, vector) in vectors.iter().enumerate() {
            for (entry, x) in panel.iter_mut().zip(*vector) {
                entry[lane] = x * scales[lane];
            }
        }
    }

    #[inline(always)]
    pub(super) fn tile<const PANELS: usize>(
        (a, row): (&[Lanes], usize),
        b: [&[Lanes]; PANELS],
        sums: &mut [f64],
        stride: usize,
    ) {
        for half in [0, ROWS / 2] {
            for (panel, b) in b.into_iter().enumerate() {
                tile_of::<{ ROWS / 2 }>((a, row + half), b, &mut sums[half * stride + panel * LANES..], stride);
            }
        }
    }

    #[inline(always)]
    pub(super) fn tile_of<const N: usize>((a, row): (&[Lanes], usize), b: &[Lanes], sums: &mut [f64], stride: usize) {
        for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
            let mut chains = [[0.0_f32; LANES]; N];
            for (a, b) in a.iter().zip(b) {
                for (chain, &a) in chains.iter_mut().zip(&a[row..row + N]) {
                    for (sum, &b) in chain.iter_mut().zip(b) {
                        *sum = a.mul_add(b, *sum);
                    }
                }
            }
            for (chain, sums) in chains.iter().zip(sums.chunks_mut(stride)) {
                for (sum, &x) in sums.iter_mut().zip(chain) {
                    *sum += f64::from(x);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn squares(panels: [&[Lanes]; 4], sums: &mut [[f64; LANES]; 4]) {
        for (panel, sums) in panels.into_iter().zip(sums) {
            for block in panel.chunks(BLOCK) {
                let mut chains = [0.0_f32; LANES];
                for entry in block {
                    for (chain, &x) in chains.iter_mut().zip(entry) {
                        *chain = x.mul_add(x, *chain);
                    }
                }
                for (sum, &x) in sums.iter_mut().zip(&chains) {
                    *sum += f64::from(x);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn finish((square, inverse): (f64, f64), others: Directions<'_>, products: &[f64], cosines: &mut [f64]) {
        let others = others.squares.iter().zip(others.inverses);
        for ((cosine, &product), (other, other_inverse)) in cosines.iter_mut().zip(products).zip(others) {
            let quotient = (product * (inverse * other_inverse)).clamp(-1.0, 1.0);
            *cosine = if product * product == square * other { 1.0_f64.copysign(product) } else { quotient };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Directions, LANES, Lanes, portable};

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn largest(vector: &[f32]) -> u32 {
        portable::largest(vector)
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn pack(vectors: &[&[f32]; LANES], scales: &Lanes, panel: &mut [Lanes]) {
        portable::pack(vectors, scales, panel);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn tile<const PANELS: usize>(
        a: (&[Lanes], usize),
        b: [&[Lanes]; PANELS],
        sums: &mut [f64],
        stride: usize,
    ) {
        portable::tile(a, b, sums, stride);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn squares(panels: [&[Lanes]; 4], sums: &mut [[f64; LANES]; 4]) {
        portable::squares(panels, sums);
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn finish(one: (f64, f64), others: Directions<'_>, products: &[f64], cosines: &mut [f64]) {
        portable::finish(one, others, products, cosines);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m128, __m512, _mm_loadu_ps, _mm256_castpd_ps, _mm512_add_pd, _mm512_castps_pd, _mm512_castps128_ps512,
        _mm512_castps512_ps256, _mm512_cvtps_pd, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_insertf32x4,
        _mm512_loadu_pd, _mm512_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_ps,
        _mm512_storeu_pd, _mm512_storeu_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
    };

    use super::{BLOCK, Directions, LANES, Lanes, ROWS, portable};

    #[target_feature(enable = "avx512f")]
    pub(super) fn largest(vector: &[f32]) -> u32 {
        portable::largest(vector)
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn pack(vectors: &[&[f32]; LANES], scales: &Lanes, panel: &mut [Lanes]) {
        let whole = panel.len() / 4 * 4;
        let scale = load(scales);
        for k in (0..whole).step_by(4) {
            let quarter = |lane: usize| load_quarter(&vectors[lane][k..k + 4]);
            // Register j holds four components of the vectors j, 4 + j, 8 + j and 12 + j.
            let four = |j: usize| {
                let x = _mm512_castps128_ps512(quarter(j));
                let x = _mm512_insertf32x4::<1>(x, quarter(4 + j));
                let x = _mm512_insertf32x4::<2>(x, quarter(8 + j));
                _mm512_insertf32x4::<3>(x, quarter(12 + j))
            };
            let (x0, x1, x2, x3) = (four(0), four(1), four(2), four(3));
            let (low01, high01) = (_mm512_unpacklo_ps(x0, x1), _mm512_unpackhi_ps(x0, x1));
            let (low23, high23) = (_mm512_unpacklo_ps(x2, x3), _mm512_unpackhi_ps(x2, x3));
            store(&mut panel[k], _mm512_mul_ps(scale, _mm512_shuffle_ps::<0x44>(low01, low23)));
            store(&mut panel[k + 1], _mm512_mul_ps(scale, _mm512_shuffle_ps::<0xee>(low01, low23)));
            store(&mut panel[k + 2], _mm512_mul_ps(scale, _mm512_shuffle_ps::<0x44>(high01, high23)));
            store(&mut panel[k + 3], _mm512_mul_ps(scale, _mm512_shuffle_ps::<0xee>(high01, high23)));
        }
        portable::pack(&vectors.map(|vector| &vector[whole..]), scales, &mut panel[whole..]);
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn tile<const PANELS: usize>(
        (a, row): (&[Lanes], usize),
        b: [&[Lanes]; PANELS],
        sums: &mut [f64],
        stride: usize,
    ) {
        assert!(row + ROWS <= LANES && b.iter().all(|b| b.len() == a.len()));
        for from in (0..a.len()).step_by(BLOCK) {
            let to = (from + BLOCK).min(a.len());
            let (a, b) = (&a[from..to], b.map(|b| &b[from..to]));
            let mut chains = [[_mm512_setzero_ps(); PANELS]; ROWS];
            for k in 0..a.len() {
                // SAFETY: all have the length of `a`, which was asserted, and `row + ROWS` is at most `LANES`.
                let (a, b) =
                    unsafe { (a.get_unchecked(k).get_unchecked(row..row + ROWS), b.map(|b| load(b.get_unchecked(k)))) };
                for (chain, &a) in chains.iter_mut().zip(a) {
                    let a = _mm512_set1_ps(a);
                    for (sum, b) in chain.iter_mut().zip(b) {
                        *sum = _mm512_fmadd_ps(a, b, *sum);
                    }
                }
            }
            for (row, chain) in chains.into_iter().enumerate() {
                let sums = &mut sums[row * stride..][..PANELS * LANES];
                for (panel, x) in chain.into_iter().enumerate() {
                    add(&mut sums.as_chunks_mut().0[panel], x);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn add(sums: &mut [f64; LANES], x: __m512) {
        let low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
        let high = _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(x))));
        // SAFETY: 16 numbers are two registers.
        unsafe {
            let at = sums.as_mut_ptr();
            _mm512_storeu_pd(at, _mm512_add_pd(_mm512_loadu_pd(at), low));
            _mm512_storeu_pd(at.add(8), _mm512_add_pd(_mm512_loadu_pd(at.add(8)), high));
        }
    }

    #[target_feature(enable = "avx512f")]
    fn load(lanes: &Lanes) -> __m512 {
        // SAFETY: 16 numbers are one register.
        unsafe { _mm512_loadu_ps(lanes.as_ptr()) }
    }

    #[target_feature(enable = "avx512f")]
    fn store(lanes: &mut Lanes, x: __m512) {
        // SAFETY: 16 numbers are one register.
        unsafe { _mm512_storeu_ps(lanes.as_mut_ptr(), x) }
    }

    #[target_feature(enable = "avx512f")]
    fn load_quarter(four: &[f32]) -> __m128 {
        assert!(four.len() == 4);
        // SAFETY: four numbers.
        unsafe { _mm_loadu_ps(four.as_ptr()) }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn squares(panels: [&[Lanes]; 4], sums: &mut [[f64; LANES]; 4]) {
        let length = panels[0].len();
        assert!(panels.iter().all(|panel| panel.len() == length));
        for from in (0..length).step_by(BLOCK) {
            let mut chains = [_mm512_setzero_ps(); 4];
            for k in from..(from + BLOCK).min(length) {
                for (chain, panel) in chains.iter_mut().zip(panels) {
                    let x = load(&panel[k]);
                    *chain = _mm512_fmadd_ps(x, x, *chain);
                }
            }
            for (chain, sums) in chains.into_iter().zip(&mut *sums) {
                add(sums, chain);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn finish(one: (f64, f64), others: Directions<'_>, products: &[f64], cosines: &mut [f64]) {
        portable::finish(one, others, products, cosines);
    }
}
