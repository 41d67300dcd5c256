//! Metrics of single samples, one file each. A group's value is the mean over its samples that have one.

pub(super) mod correct;
pub(super) mod mean_entropy;
pub(super) mod mean_logprob;
pub(super) mod prompt_tokens;
pub(super) mod reward;
pub(super) mod solution_chars;
pub(super) mod solution_tokens;
pub(super) mod solution_words;
pub(super) mod thinking_chars;
pub(super) mod thinking_tokens;
pub(super) mod thinking_words;
pub(super) mod total_tokens;
