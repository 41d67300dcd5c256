//! `map`: where samples lie on a plane.

use std::path::{Path, PathBuf};

use super::samples::key_values;
use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::{MapPoint, Sample};
use crate::store::Result;

pub(super) static MAP: Table = Table {
    name: "map",
    version: 1,
    row: "a sample on a map of its space; of large runs a selection of whole questions, drawn with the seed",
    n_keys: 7,
    own: &[
        Column::required("sample_id", Kind::Text, "the sample"),
        Column::required("space", Kind::Text, "the embedder's name in the plan").repeating(),
        Column::required(
            "method",
            Kind::Text,
            "pca: the two main directions among the samples of a model to one question; tsne: t-SNE of all samples on the map, perplexity 30",
        )
        .repeating(),
        Column::required(
            "x",
            Kind::Float,
            "across; for pca in the unit of the vectors with the question's mean at 0, for tsne without a unit",
        ),
        Column::required("y", Kind::Float, "up, in the same unit"),
        Column::optional(
            "explained",
            Kind::Float,
            "share of the variance among the question's samples that the two axes of pca hold; null for tsne",
        )
        .repeating(),
    ],
    open: "",
};

/// Writes `map` into `folder`. Returns the file's path.
pub fn write_map(folder: &Path, points: &[MapPoint], samples: &[Sample]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &MAP)?;
    for point in points {
        let Some(sample) = samples.get(point.sample) else { continue };
        let mut row = Vec::with_capacity(table.columns().len());
        row.extend(key_values(&sample.key));
        row.extend([
            Value::from(&sample.sample_id),
            Value::from(&*point.space),
            Value::from(point.method),
            point.x.into(),
            point.y.into(),
            point.explained.into(),
        ]);
        table.append(&row)?;
    }
    table.finish()
}
