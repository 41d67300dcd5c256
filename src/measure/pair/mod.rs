//! Metrics of pairs of samples, one file each. A group's value is the mean over its unordered pairs that have one.

pub(super) mod cosine;
pub(super) mod indel_similarity;
pub(super) mod levenshtein;
pub(super) mod levenshtein_similarity;
pub(super) mod same_answer;
pub(super) mod verbatim;
pub(super) mod verbatim_whitespace;
