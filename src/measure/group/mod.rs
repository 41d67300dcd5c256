//! Metrics of sets of samples, one file each: a number for the group, or for the part of it that is asked for.

pub(super) mod compression_ratio;
pub(super) mod cosine_corrected;
pub(super) mod distinct_1;
pub(super) mod distinct_2;
pub(super) mod distinct_3;
pub(super) mod ead;
pub(super) mod homogenization_rouge_l;
pub(super) mod mattr;
pub(super) mod ngram_diversity;
pub(super) mod relative_compression_ratio;
pub(super) mod self_bleu;
pub(super) mod self_repetition;
pub(super) mod ttr;
