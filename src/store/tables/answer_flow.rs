//! `answer_flow`: how many answers go where from one round to the next.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::FlowRow;
use crate::store::Result;

pub(super) static ANSWER_FLOW: Table = Table {
    name: "answer_flow",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a round, and what becomes of answers from it to the next round",
    n_keys: 5,
    own: &[
        Column::required("round", Kind::Integer, "the earlier round").repeating(),
        Column::required("from", Kind::Text, "the answer of that round: correct, incorrect (as judged); without a judgment first answer (that of the chain's first round that has one), another answer; not known (neither)").repeating(),
        Column::required("to", Kind::Text, "the answer of the next round, in the same words").repeating(),
        Column::required(
            "share",
            Kind::Float,
            "share of a question's chains, averaged over questions; the shares of a round add up to 1",
        ),
        Column::required("n_questions", Kind::Integer, "questions behind `share`").repeating(),
        Column::required("n_chains", Kind::Integer, "chains that have both rounds").repeating(),
    ],
    open: "",
};

/// Writes `answer_flow` into `folder`, also when there are no chains. Returns the file's path.
pub fn write_answer_flow(folder: &Path, rows: &[FlowRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &ANSWER_FLOW)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            row.round.into(),
            Value::from(row.from.name()),
            Value::from(row.to.name()),
            row.share.into(),
            row.n_questions.into(),
            row.n_chains.into(),
        ])?;
    }
    table.finish()
}
