//! A row as a reader found it, and a row that could not be used.

use std::sync::Arc;

/// One row of an input file in canonical names; nothing is derived yet.
///
/// Absent and null fields are `None`. A source's defaults are already filled in, its field mapping is applied.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the canonical sample, in its words and order")]
pub struct Record {
    pub source_file: Arc<str>,
    /// Line number (JSONL), record number (CSV) or row number (Parquet), from 1.
    pub source_row: u64,
    pub question_id: String,
    pub solution: Option<String>,
    pub response: Option<String>,
    pub dataset: Option<String>,
    pub domain: Option<String>,
    pub model: Option<String>,
    pub mode: Option<String>,
    pub feedback: Option<String>,
    pub chain: Option<i64>,
    pub round: Option<i64>,
    pub sample_id: Option<String>,
    pub parents: Option<Vec<String>>,
    pub thinking: Option<String>,
    pub code: Option<String>,
    pub answer: Option<String>,
    pub gold: Option<String>,
    pub correct: Option<bool>,
    pub reward: Option<f64>,
    pub prompt_tokens: Option<i64>,
    pub thinking_tokens: Option<i64>,
    pub solution_tokens: Option<i64>,
    /// Bits per token.
    pub mean_entropy: Option<f64>,
    /// Nats per token.
    pub mean_logprob: Option<f64>,
    pub difficulty: Option<String>,
    pub finish_reason: Option<String>,
    /// Unknown columns, as JSON text of one object.
    pub extra: Option<String>,
}

/// Where in the pipeline a row fell out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Reading and decoding the row.
    Ingest,
    /// Taking the solution apart, or giving it an identity.
    Extract,
    /// Turning its text into a vector.
    Embed,
}

impl Stage {
    /// The word in the `rejects` table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Ingest => "ingest",
            Stage::Extract => "extract",
            Stage::Embed => "embed",
        }
    }
}

/// A row that could not be used, and why: a row of the `rejects` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file as the plan's glob found it.
    pub source_file: Arc<str>,
    /// As in [`Record::source_row`]; for damage that no row can be named for, the first row not read.
    pub source_row: u64,
    /// Where it fell out.
    pub stage: Stage,
    /// A lower-case fragment: *expected a string in `solution`, got null*.
    pub reason: String,
}
