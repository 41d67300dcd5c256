//! Edit distances in vectors: several at once, or several words of one.
//!
//! A job goes in with its recurrence as a type; the widest instruction set that the processor has does it. `vector` says
//! what a kernel asks of an instruction set (`avx2` and `avx512` answer), `rows` what a step of a matrix is, `lanes`,
//! `short` and `alone` how it moves over the matrix, and `dispatch` who does it.
//!
//! The algorithms are those of G. Myers (J. ACM 46(3), 1999) and H. Hyyrö (Nordic J. Computing 10, 2003) for 64 rows in a
//! word, arranged as T. Rognes (BMC Bioinformatics 12, 2011) arranged cells: a lane for each pair, none waiting for another.

#![expect(
    unsafe_code,
    reason = "vector instructions exist only on some processors; each block says why it runs on this one"
)]
#![expect(
    clippy::inline_always,
    reason = "an intrinsic is compiled to its instruction only inside a function that enables it"
)]
#![cfg_attr(not(target_arch = "x86_64"), allow(unused, reason = "no other instruction set has these vectors yet"))]

mod alone;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod dispatch;
mod lanes;
mod rows;
mod short;
mod vector;

pub(in crate::kernels) use alone::{Alone, PADDING};
pub(in crate::kernels) use dispatch::Backend;
pub(in crate::kernels) use lanes::{Edge, MOST_LANES, MOST_WORDS, Masks, Rise, Sweep};
pub(in crate::kernels) use rows::{Indel, Levenshtein, Recurrence};
pub(in crate::kernels) use short::ShortTexts;
