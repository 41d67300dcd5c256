//! The tables of a run as Parquet files: one file of code for each table, one registry of all.
//!
//! Rows come in as nouns, in the order in which they shall stand; files come out, the same bytes for the same rows.
//! Columns are of plain types (text, 64-bit integers and floats, booleans, lists) that pyarrow, pandas, polars, `DuckDB`
//! and R read. What a column means is told in the file itself. Missing values are null; a number that is not finite
//! is an error, never a value.

mod accuracy;
mod answer_flow;
mod associations;
mod cluster_sizes;
mod clusters;
mod contrasts;
mod distributions;
mod document;
mod embeddings;
mod groups;
mod intervals;
mod lags;
mod lengths;
mod map;
mod pairs;
mod rarefaction;
mod rejects;
mod rounds;
mod samples;
mod schema;
mod sensitivity;
mod summary;
mod transitions;
mod writer;

pub use accuracy::write_accuracy;
pub use answer_flow::write_answer_flow;
pub use associations::write_associations;
pub use cluster_sizes::write_cluster_sizes;
pub use clusters::write_clusters;
pub use contrasts::write_contrasts;
pub use distributions::write_distributions;
pub use document::markdown;
pub use embeddings::EmbeddingsWriter;
pub use groups::GroupsWriter;
pub use intervals::write_intervals;
pub use lags::write_lags;
pub use lengths::write_lengths;
pub use map::write_map;
pub use pairs::{FurtherColumn, PairsWriter};
pub use rarefaction::write_rarefaction;
pub use rejects::{write_rejects, write_rejects_as};
pub use rounds::write_rounds;
pub use samples::SamplesWriter;
pub use schema::{Column, KEYS, Kind, Table};
pub use sensitivity::write_sensitivity;
pub use summary::write_summary;
pub use transitions::write_transitions;

pub(super) use schema::{META_TABLE, META_VERSION};
pub(super) use writer::CREATED_BY;

pub(super) use {
    associations::ASSOCIATIONS, contrasts::CONTRASTS, groups::GROUPS, rounds::ROUNDS, sensitivity::SENSITIVITY,
    summary::SUMMARY,
};

/// Every table, in the order in which a run fills them.
pub static TABLES: [&Table; 21] = [
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
    &distributions::DISTRIBUTIONS,
    &rarefaction::RAREFACTION,
    &clusters::CLUSTERS,
    &cluster_sizes::CLUSTER_SIZES,
    &answer_flow::ANSWER_FLOW,
    &transitions::TRANSITIONS,
    &map::MAP,
    &accuracy::ACCURACY,
];

#[cfg(test)]
pub(super) mod tests;
