//! `distributions`: how the values of pairs are distributed.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::DistributionRow;
use crate::store::Result;

pub(super) static DISTRIBUTIONS: Table = Table {
    name: "distributions",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a headline metric and a space, and a bin of its values that is not empty",
    n_keys: 5,
    own: &[
        METRIC,
        SPACE,
        Column::required("low", Kind::Float, "lower end of the bin, which belongs to it; bins are 0.005 wide, and what is exactly 1 has one of its own, from 1 to 1"),
        Column::required("high", Kind::Float, "upper end of the bin, which belongs to the next one"),
        Column::required(
            "share",
            Kind::Float,
            "share of a group's pairs in the bin, averaged over a question's groups, then over questions; the bins of a model and mode add up to 1",
        ),
        Column::required("n_questions", Kind::Integer, "questions behind `share`").repeating(),
        Column::required("n_pairs", Kind::Integer, "pairs in all bins together").repeating(),
        Column::required("q25", Kind::Float, "value up to which a quarter of the pairs of the model and mode lies, each question with one vote; to a ten-thousandth, the same in all bins").repeating(),
        Column::required("q50", Kind::Float, "the median, in the same way").repeating(),
        Column::required("q75", Kind::Float, "value up to which three quarters lie, in the same way").repeating(),
    ],
    open: "",
};

/// Writes `distributions` into `folder`. Returns the file's path.
pub fn write_distributions(folder: &Path, rows: &[DistributionRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &DISTRIBUTIONS)?;
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
            row.low.into(),
            row.high.into(),
            row.share.into(),
            row.n_questions.into(),
            row.n_pairs.into(),
            row.q25.into(),
            row.q50.into(),
            row.q75.into(),
        ])?;
    }
    table.finish()
}
