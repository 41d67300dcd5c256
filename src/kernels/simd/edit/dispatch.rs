//! Which instruction set does the work: asked of the processor once, passed along as a value.
//!
//! Each function that enables instructions takes the proof that they exist, so that calling it is safe in fact;
//! the compiler cannot see that yet, hence one `unsafe` for each call.

use super::alone::{self, Alone};
use super::lanes::{self, Rise, Sweep};
use super::rows::Recurrence;
use super::short::{self, ShortTexts};
use super::vector::Vector;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels) struct Backend(Set);

#[derive(Debug, Clone, Copy)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Proof),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Proof),
}

impl Backend {
    /// The fastest one; `None` where there is none and the scalar loops have to do.
    pub(in crate::kernels) fn best() -> Option<Self> {
        Self::all().next()
    }

    /// All that this processor has, fastest first.
    pub(in crate::kernels) fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let sets = [avx512::Proof::detect().map(Set::Avx512), avx2::Proof::detect().map(Set::Avx2)];
        #[cfg(not(target_arch = "x86_64"))]
        let sets: [Option<Set>; 0] = [];
        sets.into_iter().flatten().map(Backend)
    }

    /// Patterns of more than 64 symbols that are compared at once.
    pub(in crate::kernels) fn lanes(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(_) => 8,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(_) => 4,
        }
    }

    /// Calls `found` with two places, the smaller first, and their distance, for every two of these texts, whose
    /// lengths are at most 64.
    pub(in crate::kernels) fn short<R: Recurrence>(
        self,
        group: ShortTexts<'_>,
        found: &mut impl FnMut(usize, usize, usize),
    ) {
        let longest = group.texts.last().map_or(0, |text| text.len());
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the proof says that the processor has what the function enables.
            Set::Avx512(proof) => unsafe {
                match longest {
                    0..=8 => short_avx512::<R, avx512::Small<u8>, avx512::Large<u8>>(proof, group, found),
                    9..=16 => short_avx512::<R, avx512::Small<u16>, avx512::Large<u16>>(proof, group, found),
                    17..=32 => short_avx512::<R, avx512::Small<u32>, avx512::Large<u32>>(proof, group, found),
                    _ => short_avx512::<R, avx512::Small<u64>, avx512::Large<u64>>(proof, group, found),
                }
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx2(proof) => unsafe {
                match longest {
                    0..=8 => short_avx2::<R, avx2::Register<u8>>(proof, group, found),
                    9..=16 => short_avx2::<R, avx2::Register<u16>>(proof, group, found),
                    17..=32 => short_avx2::<R, avx2::Register<u32>>(proof, group, found),
                    _ => short_avx2::<R, avx2::Register<u64>>(proof, group, found),
                }
            },
        }
    }

    /// Moves a strip of `words` words of one pair along a text; its blocks of masks have as many.
    pub(in crate::kernels) fn alone<R: Recurrence>(self, words: usize, job: &mut Alone<'_>) -> isize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the proof says that the processor has what the function enables.
            Set::Avx512(proof) => unsafe { alone_avx512::<R>(proof, words, job) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx2(proof) => unsafe { alone_avx2::<R>(proof, words, job) },
        }
    }

    /// Moves a strip along a text. At most [`Self::lanes`] lanes count; four or fewer cost half as much.
    pub(in crate::kernels) fn sweep<R: Recurrence>(self, lanes: usize, job: &mut Sweep<'_>) -> Rise {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the proof says that the processor has what the function enables.
            Set::Avx512(proof) if lanes > 4 => unsafe { sweep_avx512_large::<R>(proof, job) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx512(proof) => unsafe { sweep_avx512_small::<R>(proof, job) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx2(proof) => unsafe { sweep_avx2::<R>(proof, job) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi2,popcnt")]
fn sweep_avx512_large<R: Recurrence>(proof: avx512::Proof, job: &mut Sweep<'_>) -> Rise {
    lanes::sweep::<R, avx512::Large<u64>>(proof, job)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi2,popcnt")]
fn sweep_avx512_small<R: Recurrence>(proof: avx512::Proof, job: &mut Sweep<'_>) -> Rise {
    lanes::sweep::<R, avx512::Small<u64>>(proof, job)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi2,popcnt")]
fn sweep_avx2<R: Recurrence>(proof: avx2::Proof, job: &mut Sweep<'_>) -> Rise {
    lanes::sweep::<R, avx2::Register<u64>>(proof, job)
}

/// Takes the small vectors where they have a lane for each text: they start and end sooner.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi2,popcnt")]
fn short_avx512<R: Recurrence, S: Vector<Proof = avx512::Proof>, L: Vector<Proof = avx512::Proof>>(
    proof: avx512::Proof,
    group: ShortTexts<'_>,
    found: &mut impl FnMut(usize, usize, usize),
) {
    if group.texts.len() <= S::LANES + 1 {
        short::pairs::<R, S>(proof, group, found);
    } else {
        short::pairs::<R, L>(proof, group, found);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi2,popcnt")]
fn short_avx2<R: Recurrence, V: Vector<Proof = avx2::Proof>>(
    proof: avx2::Proof,
    group: ShortTexts<'_>,
    found: &mut impl FnMut(usize, usize, usize),
) {
    short::pairs::<R, V>(proof, group, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi2,popcnt")]
fn alone_avx512<R: Recurrence>(proof: avx512::Proof, words: usize, job: &mut Alone<'_>) -> isize {
    match words {
        0..=4 => alone::along::<R, avx512::Small<u64>, 1>(proof, job),
        5..=8 => alone::along::<R, avx512::Large<u64>, 1>(proof, job),
        _ => alone::along::<R, avx512::Large<u64>, 2>(proof, job),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi2,popcnt")]
fn alone_avx2<R: Recurrence>(proof: avx2::Proof, words: usize, job: &mut Alone<'_>) -> isize {
    match words {
        0..=4 => alone::along::<R, avx2::Register<u64>, 1>(proof, job),
        5..=8 => alone::along::<R, avx2::Register<u64>, 2>(proof, job),
        _ => alone::along::<R, avx2::Register<u64>, 4>(proof, job),
    }
}
