//! `rounds`: every metric by round.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::RoundRow;
use crate::store::Result;

pub(in crate::store) static ROUNDS: Table = Table {
    name: "rounds",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a round, a metric and a space",
    n_keys: 5,
    own: &[
        Column::required("round", Kind::Integer, "position in the chain, or draw number, from 0").repeating(),
        METRIC,
        SPACE,
        Column::optional(
            "value",
            Kind::Float,
            "the round's value: mean over a question's groups, then over questions; in the metric's unit; null where no question has a value",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
    ],
    open: "",
};

/// Writes `rounds` into `folder`. Returns the file's path.
pub fn write_rounds(folder: &Path, rows: &[RoundRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &ROUNDS)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            row.round.into(),
            Value::from(&row.metric),
            Value::from(&row.space),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
        ])?;
    }
    table.finish()
}
