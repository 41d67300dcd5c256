//! Metrics of single samples, one file each. A group's value is the mean over its samples that have one.

pub(super) mod solution_chars;
pub(super) mod solution_tokens;
pub(super) mod thinking_chars;
pub(super) mod thinking_tokens;
