//! The formats, one file each.

pub(super) mod chat_completions;
pub(super) mod codet;
pub(super) mod csv;
pub(super) mod evalperf;
pub(super) mod evalplus;
pub(super) mod gemini;
pub(super) mod gsm8k;
pub(super) mod inspect;
pub(super) mod json;
pub(super) mod jsonl;
pub(super) mod lighteval;
pub(super) mod livecodebench;
pub(super) mod lm_eval;
pub(super) mod matharena;
pub(super) mod message;
pub(super) mod nemo_skills;
pub(super) mod noveltybench;
pub(super) mod open_r1;
pub(super) mod openai_batch;
pub(super) mod openai_responses;
pub(super) mod parquet;
mod question;
pub(super) mod qwen_math;
pub(super) mod reflexion;
pub(super) mod self_refine;
pub(super) mod self_reflection;
pub(super) mod simpleqa_thinking;
pub(super) mod tree_of_thoughts;

#[cfg(test)]
mod tests;
