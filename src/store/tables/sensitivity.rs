//! `sensitivity`: the headline numbers under the choices that a published table leaves open.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::SensitivityRow;
use crate::store::Result;

pub(in crate::store) static SENSITIVITY: Table = Table {
    name: "sensitivity",
    version: 1,
    row: "a mean of a mode, or a contrast (of two modes, or of what the plan asks for), of a headline metric in a space, under a choice",
    n_keys: 3,
    own: &[
        Column::required("mode_a", Kind::Text, "the mode, or the mode that is compared").repeating(),
        Column::optional("feedback_a", Kind::Text, "its feedback; null where there is none").repeating(),
        Column::optional("mode_b", Kind::Text, "the mode that it is compared with; null where the row is about a mean")
            .repeating(),
        Column::optional("feedback_b", Kind::Text, "its feedback; null where there is none").repeating(),
        Column::optional("by", Kind::Text, "what the sides differ in, as in `contrasts`; null for means").repeating(),
        Column::optional("level_a", Kind::Text, "what side a is called; null for means").repeating(),
        Column::optional("level_b", Kind::Text, "what side b is called; null for means").repeating(),
        METRIC,
        SPACE,
        Column::required(
            "choice",
            Kind::Text,
            "what is chosen otherwise: pairs, diagonal, weighting, rarefaction, embedder, text or long_text; as reported in the row that says what was",
        )
        .repeating(),
        Column::required("alternative", Kind::Text, "how it is chosen").repeating(),
        Column::optional("value", Kind::Float, "the mean, or the difference of side a minus side b, under that choice"),
        Column::optional("ci_low", Kind::Float, "lower end of its interval; null where there is none"),
        Column::optional("ci_high", Kind::Float, "upper end of its interval; null where there is none"),
        Column::optional(
            "p_adjusted",
            Kind::Float,
            "p-value of the difference under that choice, after Holm in the family of the one reported, with all others of the choice in place of theirs; null for means",
        ),
        Column::required("n_questions", Kind::Integer, "questions that entered"),
        Column::optional("reported", Kind::Float, "the same number as reported"),
        Column::optional("reported_p_adjusted", Kind::Float, "its adjusted p-value as reported; null for means"),
        Column::optional(
            "flips",
            Kind::Text,
            "what is another than reported: nothing, sign, significance (adjusted p below 0.05) or sign and significance; null for means",
        )
        .repeating(),
    ],
    open: "",
};

/// Writes `sensitivity` into `folder`, also when there is nothing in it. Returns the file's path.
pub fn write_sensitivity(folder: &Path, rows: &[SensitivityRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &SENSITIVITY)?;
    for row in rows {
        table.append(&[
            Value::from(&row.dataset),
            Value::from(&row.domain),
            Value::from(&row.model),
            Value::from(&row.mode_a),
            row.feedback_a.as_ref().into(),
            row.mode_b.as_ref().into(),
            row.feedback_b.as_ref().into(),
            row.by.as_ref().into(),
            row.level_a.as_ref().into(),
            row.level_b.as_ref().into(),
            Value::from(&row.metric),
            Value::from(&row.space),
            Value::from(&row.choice),
            Value::from(&row.alternative),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.p_adjusted.into(),
            row.n_questions.into(),
            row.reported.into(),
            row.reported_p_adjusted.into(),
            row.flips.map(|flips| flips.name().to_owned()).as_ref().into(),
        ])?;
    }
    table.finish()
}
