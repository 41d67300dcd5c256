//! `associations`: whether more diversity goes with more gain within a question.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::AssociationRow;
use crate::store::Result;

pub(in crate::store) static ASSOCIATIONS: Table = Table {
    name: "associations",
    version: 1,
    row: "a model on a dataset (or `all models` together), a diversity and what it may buy, over questions; `mode` and `feedback` are told where one mode's draws are ranked",
    n_keys: 3,
    own: &[
        Column::required(
            "unit",
            Kind::Text,
            "what is ranked within a question: groups (of every mode, feedback and chain), or subsets (of the draws of one group)",
        )
        .repeating(),
        Column::optional("mode", Kind::Text, "whose draws; null where groups of all modes are ranked").repeating(),
        Column::optional(
            "feedback",
            Kind::Text,
            "the feedback of that mode; null where there is none, and where groups of all modes are ranked",
        )
        .repeating(),
        Column::required(
            "diversity",
            Kind::Text,
            "the metric that says how different solutions are; of cosine, 1 − cosine is ranked; for subsets, the mean cosine distance",
        )
        .repeating(),
        Column::required("space", Kind::Text, "what the diversity was measured on, as in `summary`").repeating(),
        Column::required("gain", Kind::Text, "the metric that says what solutions are worth").repeating(),
        Column::optional(
            "rho",
            Kind::Float,
            "Spearman's rank correlation within a question, then the mean over a question's groups (for subsets), then the mean over questions; across models, the random-effects mean of the models' values (DerSimonian & Laird); null where no question has one",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `rho`, at the level of the run's intervals, from a bootstrap over questions; across models by Hartung & Knapp with n_models − 1 degrees of freedom; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required(
            "n_questions",
            Kind::Integer,
            "questions that have a correlation; across models, each model's questions",
        ),
        Column::required(
            "n_undefined",
            Kind::Integer,
            "judged questions that have none: fewer than 3 groups (4 draws), or one of the two does not vary; across models, each model's",
        ),
        Column::optional("n_models", Kind::Integer, "models that enter; null but in rows across models"),
        Column::optional(
            "i_squared",
            Kind::Float,
            "share of the spread between models that their standard errors do not explain, from 0 (Higgins & Thompson); null but in rows across models",
        ),
        Column::optional("note", Kind::Text, "what to know before reading the row; null where there is nothing"),
    ],
    open: "",
};

/// Writes `associations` into `folder`, also when there are none. Returns the file's path.
pub fn write_associations(folder: &Path, rows: &[AssociationRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &ASSOCIATIONS)?;
    for row in rows {
        table.append(&[
            Value::from(&row.dataset),
            Value::from(&row.domain),
            Value::from(&row.model),
            Value::from(row.unit.name()),
            row.mode.as_ref().into(),
            row.feedback.as_ref().into(),
            Value::from(&row.diversity),
            Value::from(&row.space),
            Value::from(&row.gain),
            row.rho.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
            row.n_undefined.into(),
            row.n_models.into(),
            row.i_squared.into(),
            row.note.as_ref().into(),
        ])?;
    }
    table.finish()
}
