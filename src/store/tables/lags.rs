//! `lags`: how alike two solutions of a chain are by how many rounds lie between them, beside independent draws.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::LagRow;
use crate::store::Result;

pub(in crate::store) static LAGS: Table = Table {
    name: "lags",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a pair metric and a space, and a number of rounds between two solutions of a chain",
    n_keys: 5,
    own: &[
        Column::required("lag", Kind::Integer, "rounds between the two solutions, from 1").repeating(),
        METRIC,
        SPACE,
        Column::required(
            "value",
            Kind::Float,
            "mean over the pairs of a chain that lie `lag` rounds apart, then over a question's chains, then over questions; in the metric's unit",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `value`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::optional(
            "null_value",
            Kind::Float,
            "mean over pairs of different parallel draws of the same questions, then over questions: what chains whose rounds do not see each other would give; null where no question of the row has two parallel draws, and for metrics other than cosine and levenshtein_similarity",
        ),
        Column::optional(
            "null_low",
            Kind::Float,
            "lower end of the null band: for each question as many random pairs of its parallel draws as `value` is of, drawn with replacement, averaged, then averaged over questions; a percentile of 1000 such means, at the level of the run's intervals",
        ),
        Column::optional("null_high", Kind::Float, "upper end of the null band"),
        Column::required("n_questions", Kind::Integer, "questions behind `value`"),
        Column::required(
            "n_null_questions",
            Kind::Integer,
            "questions behind the null band: those that also have parallel draws",
        ),
    ],
    open: "",
};

/// Writes `lags` into `folder`, also when there are no chains. Returns the file's path.
pub fn write_lags(folder: &Path, rows: &[LagRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &LAGS)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        let band = row.null.and_then(|null| null.interval);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            row.lag.into(),
            Value::from(&row.metric),
            Value::from(&row.space),
            row.value.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.null.map(|null| null.value).into(),
            band.map(|(low, _)| low).into(),
            band.map(|(_, high)| high).into(),
            row.n_questions.into(),
            row.null.map_or(0, |null| null.n_questions).into(),
        ])?;
    }
    table.finish()
}
