//! `summary`: every metric of every model under every mode, over questions.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::{Cell, SummaryRow};
use crate::store::Result;

pub(in crate::store) static SUMMARY: Table = Table {
    name: "summary",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a metric and a space",
    n_keys: 5,
    own: &[
        METRIC,
        SPACE,
        Column::optional(
            "value",
            Kind::Float,
            "a number per group, the mean over a question's groups, then the mean over questions with equal weight; in the metric's unit; null where no question has a value",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("ci_level", Kind::Float, "the level of the interval, such as 0.95").repeating(),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
        Column::required("n_groups", Kind::Integer, "groups that entered"),
        Column::required("n_missing", Kind::Integer, "groups whose value is missing (`groups` says why)"),
    ],
    open: "",
};

/// Writes `summary` into `folder`. Returns the file's path.
pub fn write_summary(folder: &Path, rows: &[SummaryRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &SUMMARY)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            Value::from(&row.metric),
            Value::from(&row.space),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.ci_level.into(),
            row.n_questions.into(),
            row.n_groups.into(),
            row.n_missing.into(),
        ])?;
    }
    table.finish()
}

/// The key columns of a row about a model under a mode.
pub(super) fn cell_values(cell: &Cell) -> [Value<'_>; 5] {
    [
        Value::from(&cell.dataset),
        Value::from(&cell.domain),
        Value::from(&cell.model),
        Value::from(&cell.mode),
        cell.feedback.as_ref().into(),
    ]
}
