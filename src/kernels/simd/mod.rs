//! Kernels by instruction set: the only room with `unsafe`. The best set that the machine has is found at run time; every
//! set gives the same bits.

pub(super) mod dot;
pub(super) mod edit;
pub(super) mod resample;
