//! `accuracy`: how often a model is right under each mode, whether the plan asks for it or not.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::SummaryRow;
use crate::store::Result;

pub(super) static ACCURACY: Table = Table {
    name: "accuracy",
    version: 1,
    row: "a model under a mode and feedback on a dataset, where samples are judged",
    n_keys: 5,
    own: &[
        Column::required(
            "value",
            Kind::Float,
            "share of a group's judged samples that are correct, averaged over a question's groups, then over questions: pass@1",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `value`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("n_questions", Kind::Integer, "questions behind `value`"),
        Column::required("n_groups", Kind::Integer, "groups behind `value`"),
        Column::required("n_missing", Kind::Integer, "groups without a judged sample"),
    ],
    open: "",
};

/// Writes `accuracy` into `folder`: those of the rows that are means of `correct`. Returns the file's path.
pub fn write_accuracy(folder: &Path, rows: &[SummaryRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &ACCURACY)?;
    for row in rows.iter().filter(|row| row.metric == "correct") {
        let Some(value) = row.value else { continue };
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            Value::from(value),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
            row.n_groups.into(),
            row.n_missing.into(),
        ])?;
    }
    table.finish()
}
