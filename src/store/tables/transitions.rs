//! `transitions`: where answers go from where they are.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::TransitionRow;
use crate::store::Result;

pub(super) static TRANSITIONS: Table = Table {
    name: "transitions",
    version: 1,
    row: "a model under a mode and feedback on a dataset, what an answer is, and what it is one round later",
    n_keys: 5,
    own: &[
        Column::required("from", Kind::Text, "the answer of a round: correct, incorrect (as judged); without a judgment first answer (that of the chain's first round that has one), another answer; not known (neither)").repeating(),
        Column::required("to", Kind::Text, "the answer of the next round, in the same words").repeating(),
        Column::required(
            "share",
            Kind::Float,
            "of a chain's steps from `from`, the share that goes to `to`, averaged over a question's chains, then over questions; the shares of a `from` add up to 1",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `share`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("n_questions", Kind::Integer, "questions behind `share`").repeating(),
        Column::required("n_steps", Kind::Integer, "steps from `from`, in all chains").repeating(),
    ],
    open: "",
};

/// Writes `transitions` into `folder`, also when there are no chains. Returns the file's path.
pub fn write_transitions(folder: &Path, rows: &[TransitionRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &TRANSITIONS)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            Value::from(row.from.name()),
            Value::from(row.to.name()),
            row.share.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
            row.n_steps.into(),
        ])?;
    }
    table.finish()
}
