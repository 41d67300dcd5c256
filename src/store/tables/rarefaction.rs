//! `rarefaction`: what numbers of sets would be with fewer samples.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::RarefactionRow;
use crate::store::Result;

pub(super) static RAREFACTION: Table = Table {
    name: "rarefaction",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a metric of sets and a space, and a number of samples",
    n_keys: 5,
    own: &[
        METRIC,
        SPACE,
        Column::required(
            "n_samples",
            Kind::Integer,
            "samples in the sets; groups with fewer do not enter, so that the questions behind the points of a curve can differ",
        ),
        Column::required(
            "value",
            Kind::Float,
            "expectation over sets of so many of a group's samples, averaged over a question's groups, then over questions; in the metric's unit",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `value`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("n_questions", Kind::Integer, "questions behind `value`").repeating(),
    ],
    open: "",
};

/// Writes `rarefaction` into `folder`. Returns the file's path.
pub fn write_rarefaction(folder: &Path, rows: &[RarefactionRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &RAREFACTION)?;
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
            row.n_samples.into(),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
        ])?;
    }
    table.finish()
}
