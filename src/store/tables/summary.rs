//! `summary`: every metric of every model under every mode, over questions.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::{Cell, SummaryRow};
use crate::store::Result;

pub(in crate::store) static SUMMARY: Table = Table {
    name: "summary",
    version: 2,
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
            "lower end of the interval over questions (`ci_method` says how it was found); null where there is none (`ci_note` says why)",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("ci_level", Kind::Float, "the level of the interval, such as 0.95").repeating(),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
        Column::required("n_groups", Kind::Integer, "groups that entered"),
        Column::required("n_missing", Kind::Integer, "groups whose value is missing (`groups` says why)"),
        Column::optional(
            "std_error",
            Kind::Float,
            "standard error of `value` for new questions of the same kind: sd of the questions' values/√n_questions; null for fewer than 2",
        ),
        Column::optional(
            "std_error_samples",
            Kind::Float,
            "standard error of `value` for new samples to the same questions; its square is the part of that of `std_error` that more samples per question would take away. Null where it cannot be told (`groups.std_error`)",
        ),
        Column::required("ci_method", Kind::Text, "how the interval was found: percentile, bca, bca_expanded or t")
            .repeating(),
        Column::optional(
            "ci_mc_error",
            Kind::Float,
            "standard error of the interval's ends owed to the finite number of resamples, the larger of the two; 0 where nothing is drawn",
        ),
        Column::optional(
            "ci_note",
            Kind::Text,
            "why there is no interval, or what to know before trusting it; null where there is nothing to say",
        )
        .repeating(),
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
            row.std_error.into(),
            row.std_error_samples.into(),
            Value::from(&row.ci_method),
            row.ci_mc_error.into(),
            row.ci_note.as_ref().into(),
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
