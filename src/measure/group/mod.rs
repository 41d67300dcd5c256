//! Metrics of sets of samples, one file each: a number for the group, or for the part of it that is asked for.

pub(super) mod cosine_corrected;
