//! `groups`: every metric of every group.

use std::path::{Path, PathBuf};

use super::samples::key_values;
use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::Measurement;
use crate::store::Result;

pub(in crate::store) static GROUPS: Table = Table {
    name: "groups",
    version: 2,
    row: "a group, a metric and a space",
    n_keys: 7,
    own: &[
        METRIC,
        SPACE,
        Column::required("n_samples", Kind::Integer, "samples that entered").repeating(),
        Column::optional("n_pairs", Kind::Integer, "pairs that entered; null for metrics of anything but pairs")
            .repeating(),
        Column::optional("value", Kind::Float, "the group's value, in the metric's unit; null where there is none"),
        Column::optional("missing", Kind::Text, "why `value` is null; null where it is not").repeating(),
        Column::optional(
            "std_error",
            Kind::Float,
            "how far `value` would move with other samples for the same question: jackknife over the samples for means over pairs (3 samples or more), sd/√n for means over samples; null for chains, whose rounds depend on each other, and for numbers of sets",
        ),
    ],
    open: "",
};

/// Writes `groups`, a measurement at a time.
pub struct GroupsWriter {
    table: TableWriter,
}

impl GroupsWriter {
    /// Opens the table in `folder`.
    pub fn create(folder: &Path) -> Result<Self> {
        Ok(GroupsWriter { table: TableWriter::create(folder, &GROUPS)? })
    }

    /// Writes one number of one group, or why there is none.
    pub fn write(&mut self, measurement: &Measurement) -> Result<()> {
        let missing = measurement.value.as_ref().err().map(ToString::to_string);
        let mut row = Vec::with_capacity(self.table.columns().len());
        row.extend(key_values(&measurement.key));
        row.extend([
            Value::from(&*measurement.metric),
            Value::from(&*measurement.space),
            measurement.n_samples.into(),
            measurement.n_pairs.into(),
            measurement.value.as_ref().ok().copied().into(),
            missing.as_ref().into(),
            measurement.std_error.into(),
        ]);
        self.table.append(&row)
    }

    /// Gives the file its name. Returns its path.
    pub fn finish(self) -> Result<PathBuf> {
        self.table.finish()
    }
}
