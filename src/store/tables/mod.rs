//! The tables of a run as Parquet files: one file of code for each table, one registry of all.
//!
//! Rows come in as nouns, in the order in which they shall stand; files come out, the same bytes for the same rows.
//! Columns are of plain types (text, 64-bit integers and floats, booleans, lists) that pyarrow, pandas, polars, `DuckDB`
//! and R read. What a column means is told in the file itself. Missing values are null; a number that is not finite
//! is an error, never a value.

mod associations;
mod contrasts;
mod document;
mod embeddings;
mod groups;
mod intervals;
mod lags;
mod lengths;
mod pairs;
mod rejects;
mod rounds;
mod samples;
mod schema;
mod sensitivity;
mod summary;
mod writer;

pub use associations::write_associations;
pub use contrasts::write_contrasts;
pub use document::markdown;
pub use embeddings::EmbeddingsWriter;
pub use groups::GroupsWriter;
pub use intervals::write_intervals;
pub use lags::write_lags;
pub use lengths::write_lengths;
pub use pairs::{FurtherColumn, PairsWriter};
pub use rejects::{write_rejects, write_rejects_as};
pub use rounds::write_rounds;
pub use samples::SamplesWriter;
pub use schema::{Column, KEYS, Kind, Table};
pub use sensitivity::write_sensitivity;
pub use summary::write_summary;

pub(super) use schema::{META_TABLE, META_VERSION};
pub(super) use writer::CREATED_BY;

pub(super) use {
    associations::ASSOCIATIONS, contrasts::CONTRASTS, groups::GROUPS, rounds::ROUNDS, sensitivity::SENSITIVITY,
    summary::SUMMARY,
};

/// Every table, in the order in which a run fills them.
pub static TABLES: [&Table; 13] = [
    &samples::SAMPLES,
    &rejects::REJECTS,
    &embeddings::EMBEDDINGS,
    &pairs::PAIRS,
    &groups::GROUPS,
    &summary::SUMMARY,
    &intervals::INTERVALS,
    &contrasts::CONTRASTS,
    &sensitivity::SENSITIVITY,
    &rounds::ROUNDS,
    &lags::LAGS,
    &lengths::LENGTHS,
    &associations::ASSOCIATIONS,
];

#[cfg(test)]
pub(super) mod tests;
