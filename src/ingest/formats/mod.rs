//! The formats, one file each.

pub(super) mod chat_completions;
pub(super) mod csv;
pub(super) mod gemini;
pub(super) mod json;
pub(super) mod jsonl;
pub(super) mod livecodebench;
pub(super) mod message;
pub(super) mod openai_batch;
pub(super) mod openai_responses;
pub(super) mod parquet;
