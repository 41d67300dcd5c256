//! `cluster_sizes`: how much of a group lies in its largest cluster, in the second largest and so on.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, Table};
use super::summary::cell_values;
use super::writer::{TableWriter, Value};
use crate::model::ClusterSizeRow;
use crate::store::Result;

pub(super) static CLUSTER_SIZES: Table = Table {
    name: "cluster_sizes",
    version: 1,
    row: "a model under a mode and feedback on a dataset, a space, and a rank of clusters by size",
    n_keys: 5,
    own: &[
        Column::required("space", Kind::Text, "the embedder's name in the plan").repeating(),
        Column::required("rank", Kind::Integer, "1 is the largest cluster of a group; ranks beyond 32 are left out"),
        Column::required(
            "share",
            Kind::Float,
            "share of a group's samples in the cluster of that rank (0 where the group has fewer clusters), averaged over a question's groups, then over questions",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `share`, from a bootstrap over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::required("n_questions", Kind::Integer, "questions behind `share`").repeating(),
    ],
    open: "",
};

/// Writes `cluster_sizes` into `folder`. Returns the file's path.
pub fn write_cluster_sizes(folder: &Path, rows: &[ClusterSizeRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &CLUSTER_SIZES)?;
    for row in rows {
        let [dataset, domain, model, mode, feedback] = cell_values(&row.cell);
        table.append(&[
            dataset,
            domain,
            model,
            mode,
            feedback,
            Value::from(&row.space),
            row.rank.into(),
            row.share.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.n_questions.into(),
        ])?;
    }
    table.finish()
}
