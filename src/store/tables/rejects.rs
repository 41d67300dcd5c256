//! `rejects`: the rows that could not be used, and why.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::Reject;
use crate::store::Result;

pub(super) static REJECTS: Table = Table {
    name: "rejects",
    version: 1,
    row: "a row of the input that could not be used",
    n_keys: 0,
    own: &[
        Column::required("source_file", Kind::Text, "the file that holds the row").repeating(),
        Column::required("source_row", Kind::Integer, "its line (JSONL), record (CSV) or row (Parquet) there, from 1"),
        Column::required("stage", Kind::Text, "where it fell out: ingest, extract or embed").repeating(),
        Column::required("reason", Kind::Text, "what was expected and what was there").repeating(),
    ],
    open: "",
};

/// Writes `rejects` into `folder`, also when there are none. Returns the file's path.
pub fn write_rejects(folder: &Path, rejects: &[Reject]) -> Result<PathBuf> {
    write_to(TableWriter::create(folder, &REJECTS)?, rejects)
}

/// Writes `rejects` under a name of the caller's. Returns the file's path.
pub fn write_rejects_as(target: &Path, rejects: &[Reject]) -> Result<PathBuf> {
    write_to(TableWriter::create_at(target, &REJECTS)?, rejects)
}

fn write_to(mut table: TableWriter, rejects: &[Reject]) -> Result<PathBuf> {
    for reject in rejects {
        table.append(&[
            Value::from(&*reject.source_file),
            reject.source_row.into(),
            reject.stage.name().into(),
            Value::from(&reject.reason),
        ])?;
    }
    table.finish()
}
