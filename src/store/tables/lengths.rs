//! `lengths`: how long samples are under each mode, by round and over all rounds.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::LengthRow;
use crate::store::Result;

pub(in crate::store) static LENGTHS: Table = Table {
    name: "lengths",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a round (or all of them), and a length",
    n_keys: 5,
    own: &[
        Column::optional("round", Kind::Integer, "position in the chain, or draw number, from 0; null over all rounds").repeating(),
        Column::required(
            "metric",
            Kind::Text,
            "which length: thinking_tokens, solution_tokens, total_tokens, prompt_tokens, input_context_tokens, total_context_tokens, thinking_chars or solution_chars; `breadth list metrics` explains each",
        )
        .repeating(),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
        Column::required("n_samples", Kind::Integer, "samples that entered: those that have the length"),
        Column::required("mean", Kind::Float, "mean over a question's samples, then over questions"),
        Column::required("min", Kind::Float, "length of the shortest sample"),
        Column::required(
            "p05",
            Kind::Float,
            "5 % quantile: questions weigh alike, a sample one over the number of its question's samples in the row; the smallest length up to which 5 % of the weight lies, or the middle to the next one where it is exactly 5 %",
        ),
        Column::required("p25", Kind::Float, "25 % quantile, weighted in the same way"),
        Column::required("p50", Kind::Float, "median, weighted in the same way"),
        Column::required("p75", Kind::Float, "75 % quantile, weighted in the same way"),
        Column::required("p95", Kind::Float, "95 % quantile, weighted in the same way"),
        Column::required("max", Kind::Float, "length of the longest sample"),
    ],
    open: "",
};

/// Writes `lengths` into `folder`. Returns the file's path.
pub fn write_lengths(folder: &Path, rows: &[LengthRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &LENGTHS)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            row.round.into(),
            Value::from(row.metric),
            row.n_questions.into(),
            row.n_samples.into(),
            row.mean.into(),
            row.min.into(),
            row.p05.into(),
            row.p25.into(),
            row.p50.into(),
            row.p75.into(),
            row.p95.into(),
            row.max.into(),
        ])?;
    }
    table.finish()
}
