//! AVX-512: vectors of 512 bits, and of 256 bits where a group has too few texts to fill the large ones.
//!
//! What makes it twice as fast as AVX2 is not the width alone. Any function of three words is one instruction
//! (`vpternlog`, which the compiler finds by itself in the formulas), a shift takes its carry along (`vpshld`), and
//! the last rows of all lanes go to memory as one byte and come back (`vpmovq2m`, `vpmovm2q`).

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
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt");
        has.then_some(Proof(()))
    }
}

register! {
    Large: __m512i, Proof;
    and _mm512_and_si512, or _mm512_or_si512, xor _mm512_xor_si512, ones _mm512_set1_epi64, zero _mm512_setzero_si512,
    load _mm512_loadu_si512, store _mm512_storeu_si512;
    u8: _mm512_add_epi8, u16: _mm512_add_epi16, u32: _mm512_add_epi32, u64: _mm512_add_epi64
}

register! {
    Small: __m256i, Proof;
    and _mm256_and_si256, or _mm256_or_si256, xor _mm256_xor_si256, ones _mm256_set1_epi64x, zero _mm256_setzero_si256,
    load _mm256_loadu_si256, store _mm256_storeu_si256;
    u8: _mm256_add_epi8, u16: _mm256_add_epi16, u32: _mm256_add_epi32, u64: _mm256_add_epi64
}

/// Writes [`Wide`] for one kind of register, of which the number of the last lane is given.
macro_rules! wide {
    (
        $name:ident, $last:literal; funnel $funnel:ident, right $right:ident, to_mask $to_mask:ident,
        from_mask $from_mask:ident, align $align:ident, mix $mix:ident
    ) => {
        impl Wide for $name<u64> {
            #[inline(always)]
            fn carry(self) -> Self {
                self
            }

            #[inline(always)]
            fn first_row(carry: Self) -> Self {
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $right::<63>(carry.0) }, PhantomData)
            }

            #[inline(always)]
            fn shift_in(self, carry: Self) -> Self {
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $funnel::<1>(self.0, carry.0) }, PhantomData)
            }

            #[inline(always)]
            fn pack(carry: Self) -> u8 {
                // SAFETY: a vector exists only where a `Proof` was given.
                unsafe { $to_mask(carry.0) }
            }

            #[inline(always)]
            fn unpack(_: Proof, bits: u8) -> Self {
                // SAFETY: the proof says that the processor has the instruction.
                Self(unsafe { $from_mask(bits) }, PhantomData)
            }

            #[inline(always)]
            fn next_lane(self, before: Self) -> Self {
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $align::<$last>(self.0, before.0) }, PhantomData)
            }

            #[inline(always)]
            fn mix<const BIT: usize>(self, earlier: Self) -> Self {
                let lanes = match BIT {
                    1 => 0b1010_1010,
                    2 => 0b1100_1100,
                    _ => 0b1111_0000,
                };
                // SAFETY: a vector exists only where a `Proof` was given.
                Self(unsafe { $mix(self.0, lanes, earlier.0) }, PhantomData)
            }
        }
    };
}

wide! {
    Large, 7; funnel _mm512_shldi_epi64, right _mm512_srli_epi64, to_mask _mm512_movepi64_mask,
    from_mask _mm512_movm_epi64, align _mm512_alignr_epi64, mix _mm512_mask_mov_epi64
}

wide! {
    Small, 3; funnel _mm256_shldi_epi64, right _mm256_srli_epi64, to_mask _mm256_movepi64_mask,
    from_mask _mm256_movm_epi64, align _mm256_alignr_epi64, mix _mm256_mask_mov_epi64
}
