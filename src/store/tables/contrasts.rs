//! `contrasts`: two modes against each other, over the questions that both have.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::ContrastRow;
use crate::store::Result;

pub(in crate::store) static CONTRASTS: Table = Table {
    name: "contrasts",
    version: 1,
    row: "two modes of a model on a dataset, a metric and a space, over the questions that both have",
    n_keys: 3,
    own: &[
        Column::required("mode_a", Kind::Text, "the mode that is compared").repeating(),
        Column::required("mode_b", Kind::Text, "the mode that it is compared with").repeating(),
        Column::optional("feedback_a", Kind::Text, "the feedback of mode a; null where there is none").repeating(),
        Column::optional("feedback_b", Kind::Text, "the feedback of mode b; null where there is none").repeating(),
        METRIC,
        SPACE,
        Column::optional(
            "difference",
            Kind::Float,
            "mean over questions of the value under mode a minus the value under mode b; null where no question has both",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `difference`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::optional(
            "effect_size",
            Kind::Float,
            "standardized difference over questions; null where there is none",
        ),
        Column::optional("p_value", Kind::Float, "paired test over questions; null where there is none"),
        Column::optional(
            "p_adjusted",
            Kind::Float,
            "`p_value` adjusted for the comparisons of the metric; null where there is none",
        ),
        Column::required("n_questions", Kind::Integer, "questions that both modes have"),
    ],
    open: "",
};

/// Writes `contrasts` into `folder`, also when there are none. Returns the file's path.
pub fn write_contrasts(folder: &Path, rows: &[ContrastRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &CONTRASTS)?;
    for row in rows {
        table.append(&[
            Value::from(&row.dataset),
            Value::from(&row.domain),
            Value::from(&row.model),
            Value::from(&row.mode_a),
            Value::from(&row.mode_b),
            row.feedback_a.as_ref().into(),
            row.feedback_b.as_ref().into(),
            Value::from(&row.metric),
            Value::from(&row.space),
            row.difference.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.effect_size.into(),
            row.p_value.into(),
            row.p_adjusted.into(),
            row.n_questions.into(),
        ])?;
    }
    table.finish()
}
