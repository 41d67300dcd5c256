//! `intervals`: what every method says about a mean over questions.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::IntervalRow;
use crate::store::Result;

pub(in crate::store) static INTERVALS: Table = Table {
    name: "intervals",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a metric and a space, what is drawn anew and a method",
    n_keys: 5,
    own: &[
        METRIC,
        SPACE,
        Column::required(
            "target",
            Kind::Text,
            "what the interval speaks of: new questions; same questions, new samples; new questions, new samples",
        )
        .repeating(),
        Column::required(
            "method",
            Kind::Text,
            "how it was found: percentile, bca, bca_expanded, t, jackknife or hierarchical; `breadth list statistics` explains each",
        )
        .repeating(),
        Column::optional("value", Kind::Float, "the mean over questions, as in `summary`"),
        Column::optional("ci_low", Kind::Float, "lower end; null where there is none (`note` says why)"),
        Column::optional("ci_high", Kind::Float, "upper end; null where there is none"),
        Column::required("ci_level", Kind::Float, "the level of the interval, such as 0.95").repeating(),
        Column::optional("std_error", Kind::Float, "standard error of `value` in that sense; null where there is none"),
        Column::optional(
            "mc_error",
            Kind::Float,
            "standard error of the ends owed to the finite number of resamples, the larger of the two; 0 where nothing is drawn",
        ),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
        Column::optional(
            "note",
            Kind::Text,
            "why there is no interval, or what to know before trusting it; null where there is nothing to say",
        )
        .repeating(),
    ],
    open: "",
};

/// Writes `intervals` into `folder`. Returns the file's path.
pub fn write_intervals(folder: &Path, rows: &[IntervalRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &INTERVALS)?;
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
            Value::from(row.target.name()),
            Value::from(row.method),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.ci_level.into(),
            row.std_error.into(),
            row.mc_error.into(),
            row.n_questions.into(),
            row.note.as_ref().into(),
        ])?;
    }
    table.finish()
}
