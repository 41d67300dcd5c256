//! The formats, one file each.

pub(super) mod csv;
pub(super) mod inspect;
pub(super) mod json;
pub(super) mod jsonl;
pub(super) mod livecodebench;
pub(super) mod parquet;
