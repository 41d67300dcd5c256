//! `clusters`: which samples of a group lie together.

use std::path::{Path, PathBuf};

use super::samples::key_values;
use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::{Group, GroupClusters, Sample};
use crate::store::Result;

pub(super) static CLUSTERS: Table = Table {
    name: "clusters",
    version: 1,
    row: "a sample in a space; a sample without a vector has none",
    n_keys: 7,
    own: &[
        Column::required("sample_id", Kind::Text, "the sample"),
        Column::required("space", Kind::Text, "the embedder's name in the plan").repeating(),
        Column::required(
            "cluster",
            Kind::Integer,
            "its cluster in its group, from 0 in the order of first appearance: complete link, cut at `[measure] cluster_distance`, as `clusters_complete` counts them",
        )
        .repeating(),
    ],
    open: "",
};

/// Writes `clusters` into `folder`: the clusters of groups, whose members are positions in `samples`. Returns the file's path.
pub fn write_clusters(
    folder: &Path,
    clusters: &[GroupClusters],
    (groups, samples): (&[Group], &[Sample]),
) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &CLUSTERS)?;
    for of_group in clusters {
        let Some(group) = groups.get(of_group.group) else { continue };
        for (&member, label) in group.members.iter().zip(&of_group.labels) {
            let (Some(sample), Some(label)) = (samples.get(member), *label) else { continue };
            let mut row = Vec::with_capacity(table.columns().len());
            row.extend(key_values(&sample.key));
            row.extend([Value::from(&sample.sample_id), Value::from(&*of_group.space), label.into()]);
            table.append(&row)?;
        }
    }
    table.finish()
}
