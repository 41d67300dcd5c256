//! The fast twins: several distances at once in the lanes of vectors. The only room with `unsafe` in it.
//!
//! A job goes in with its kernel as a type; the widest instruction set that the processor has does it. `vector` says what a
//! kernel asks of an instruction set, `rows` what a step of a matrix is, `lanes`, `short` and `alone` how it moves.

#![expect(
    unsafe_code,
    reason = "vector instructions exist only on some processors; each block says why it runs on this one"
)]
#![expect(
    clippy::inline_always,
    reason = "an intrinsic is compiled to its instruction only inside a function that enables it"
)]

mod alone;
#![cfg_attr(not(target_arch = "x86_64"), allow(unused, reason = "kernels for vectors that no instruction set here has yet"))]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
mod lanes;
mod rows;
mod short;
mod vector;

pub(super) use alone::{Alone, PADDING};
pub(super) use dispatch::Backend;
pub(super) use lanes::{Edge, MOST_LANES, MOST_WORDS, Masks, Rise, Sweep};
pub(super) use rows::{Indel, Levenshtein, Recurrence};
pub(super) use short::ShortTexts;
