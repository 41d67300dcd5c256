//! `embeddings`: every sample's vector in every space.

use std::path::{Path, PathBuf};

use super::samples::key_values;
use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::{Sample, Space, Vectors};
use crate::store::Result;

pub(super) static EMBEDDINGS: Table = Table {
    name: "embeddings",
    version: 1,
    row: "a sample in a space; a sample without the text that the space is made from has none",
    n_keys: 7,
    own: &[
        Column::required("sample_id", Kind::Text, "the sample"),
        Column::required("space", Kind::Text, "the embedder's name in the plan").repeating(),
        Column::required("tokens_total", Kind::Integer, "length of the whole text, without special tokens")
            .in_unit("tokens of the embedder"),
        Column::required("tokens_seen", Kind::Integer, "how many of them entered the vector")
            .in_unit("tokens of the embedder"),
        Column::required("chunks", Kind::Integer, "windows that the text was embedded in"),
        Column::required(
            "vector",
            Kind::Vector(None),
            "the embedding, L2-normalized; a list of fixed size when all spaces of the run have one dimension, else a plain list",
        ),
    ],
    open: "",
};

/// Writes `embeddings`, a sample and a space at a time.
pub struct EmbeddingsWriter {
    table: TableWriter,
}

impl EmbeddingsWriter {
    /// Opens the table in `folder`. The vectors are lists of fixed size if all `spaces` have the same dimension.
    pub fn create(folder: &Path, spaces: &[&Space]) -> Result<Self> {
        let common = spaces.first().map(|first| first.dimension);
        let common = common.filter(|&dimension| spaces.iter().all(|space| space.dimension == dimension));
        let mut columns: Vec<Column> = EMBEDDINGS.columns().cloned().collect();
        for column in columns.iter_mut().filter(|column| matches!(column.kind, Kind::Vector(_))) {
            column.kind = Kind::Vector(common);
        }
        Ok(EmbeddingsWriter { table: TableWriter::with_columns(folder, &EMBEDDINGS, columns)? })
    }

    /// Writes the vector of the sample that stands at `position` in the run's list, if it has one in this space.
    pub fn write(&mut self, sample: &Sample, position: usize, vectors: &Vectors) -> Result<()> {
        let Some(row) = vectors.row_of.get(position).copied().flatten() else { return Ok(()) };
        let (Some(vector), Some(&(tokens_total, tokens_seen, chunks))) =
            (vectors.of(position), vectors.counts.get(row as usize))
        else {
            let n = vectors.matrix.nrows();
            return Err(self.table.bad_row(format!("expected a row below {n} for `{}`, got {row}", sample.sample_id)));
        };
        let mut values = Vec::with_capacity(self.table.columns().len());
        values.extend(key_values(&sample.key));
        values.extend([
            Value::from(&sample.sample_id),
            Value::from(&*vectors.space.name),
            tokens_total.into(),
            tokens_seen.into(),
            chunks.into(),
            vector.into(),
        ]);
        self.table.append(&values)
    }

    /// Gives the file its name. Returns its path.
    pub fn finish(self) -> Result<PathBuf> {
        self.table.finish()
    }
}
