//! AVX2: vectors of 256 bits, on every x86-64 processor since 2015 or so.

#![allow(clippy::wildcard_imports, reason = "the names of intrinsics are their own prefix")]

use std::arch::x86_64::*;
use std::marker::PhantomData;

use super::vector::{Vector, Wide, register};

/// Evidence that the processor has every extension used in this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof(());

impl Proof {
    /// Asks the processor. The list is that of the functions in `dispatch` that enable them.
    pub(super) fn detect() -> Option<Self> {
        let has =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("popcnt");
        has.then_some(Proof(()))
    }
}

register! {
    Register: __m256i, Proof;
    and _mm256_and_si256, or _mm256_or_si256, xor _mm256_xor_si256, ones _mm256_set1_epi64x, zero _mm256_setzero_si256,
    load _mm256_loadu_si256, store _mm256_storeu_si256;
    u8: _mm256_add_epi8, u16: _mm256_add_epi16, u32: _mm256_add_epi32, u64: _mm256_add_epi64
}

/// The four bits of a packed carry, each as the first row of its lane.
static UNPACKED: [[u64; 4]; 16] = {
    let mut table = [[0; 4]; 16];
    let mut place = 0;
    while place < 64 {
        table[place / 4][place % 4] = (place as u64 / 4) >> (place % 4) & 1;
        place += 1;
    }
    table
};

/// A carry is a word of 0 or 1: it is added as it is, and only what leaves for memory has to be shifted back.
impl Wide for Register<u64> {
    #[inline(always)]
    fn carry(self) -> Self {
        // SAFETY: a vector exists only where a `Proof` was given.
        Self(unsafe { _mm256_srli_epi64::<63>(self.0) }, PhantomData)
    }

    #[inline(always)]
    fn first_row(carry: Self) -> Self {
        carry
    }

    #[inline(always)]
    fn shift_in(self, carry: Self) -> Self {
        (self + self) | carry
    }

    #[inline(always)]
    fn pack(carry: Self) -> u8 {
        // SAFETY: a vector exists only where a `Proof` was given.
        let bits = unsafe { _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64::<63>(carry.0))) };
        bits.to_le_bytes()[0]
    }

    #[inline(always)]
    fn unpack(proof: Proof, bits: u8) -> Self {
        let lanes = &UNPACKED[usize::from(bits & 0b1111)];
        // SAFETY: the four lanes are those of the table's row.
        unsafe { Self::load(proof, lanes.as_ptr()) }
    }

    #[inline(always)]
    fn next_lane(self, before: Self) -> Self {
        // SAFETY: a vector exists only where a `Proof` was given.
        let lanes = unsafe {
            let shifted = _mm256_permute4x64_epi64::<0b10_01_00_00>(self.0);
            let first = _mm256_permute4x64_epi64::<0b11>(before.0);
            _mm256_blend_epi32::<0b0000_0011>(shifted, first)
        };
        Self(lanes, PhantomData)
    }

    #[inline(always)]
    fn mix<const BIT: usize>(self, earlier: Self) -> Self {
        // SAFETY: a vector exists only where a `Proof` was given.
        let lanes = unsafe {
            match BIT {
                1 => _mm256_blend_epi32::<0b1100_1100>(self.0, earlier.0),
                2 => _mm256_blend_epi32::<0b1111_0000>(self.0, earlier.0),
                // Four lanes have no number with that bit.
                _ => self.0,
            }
        };
        Self(lanes, PhantomData)
    }
}
