//! `pairs`: every unordered pair of every group.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::samples::key_values;
use super::schema::{Column, Kind, Table};
use super::writer::{TableWriter, Value};
use crate::model::{Group, Pair, PairColumn, PairTable, PairValues, Sample};
use crate::store::{Result, StoreError};

pub(super) static PAIRS: Table = Table {
    name: "pairs",
    version: 1,
    row: "an unordered pair of samples of one group, the earlier round first (ties: input order)",
    n_keys: 7,
    own: &[
        Column::required("sample_a", Kind::Text, "the sample with the smaller round").repeating(),
        Column::required("sample_b", Kind::Text, "the other sample").repeating(),
        Column::required("round_a", Kind::Integer, "round of sample a").repeating(),
        Column::required("round_b", Kind::Integer, "round of sample b").repeating(),
        Column::required("lag", Kind::Integer, "round_b - round_a").in_unit("rounds").repeating(),
        Column::optional("same_answer", Kind::Boolean, "whether the final answers are the same; null where one is missing or it was not measured"),
        Column::optional("verbatim", Kind::Boolean, "whether the compared texts are equal; null where one is missing or it was not measured"),
        Column::optional("levenshtein", Kind::Integer, "insertions, deletions and substitutions of Unicode scalar values that turn one text into the other; null where one is missing or it was not measured").in_unit("edits").repeating(),
        Column::optional("levenshtein_similarity", Kind::Float, "1 - levenshtein / length of the longer text; null where a text is missing or it was not measured"),
        Column::optional("indel_similarity", Kind::Float, "1 - (insertions and deletions) / (sum of both lengths); null where a text is missing or it was not measured"),
    ],
    open: "`cosine:SPACE` for each embedder, then a column for each further pair metric of the plan, `METRIC` or `METRIC:SPACE`",
};

/// Position of `same_answer` in the table, after which the columns are measured.
const N_GIVEN: usize = 7 + 5;

/// A pair metric beyond those that the table always has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherColumn {
    /// The metric's name.
    pub metric: &'static str,
    /// What it is measured on, where the same metric may stand in the table more than once; it then shows in the
    /// column's name. Without it, the column takes the metric's values in whatever space they were measured.
    pub space: Option<String>,
    /// [`Kind::Float`], [`Kind::Integer`] or [`Kind::Boolean`].
    pub kind: Kind,
    /// The metric's unit.
    pub unit: &'static str,
    /// What it measures.
    pub doc: String,
}

/// Which measured column of a group goes where.
struct Slot {
    metric: String,
    /// `None` takes any space.
    space: Option<String>,
}

impl Slot {
    fn takes(&self, column: &PairColumn) -> bool {
        self.metric == column.metric && self.space.as_deref().is_none_or(|space| space == &*column.space)
    }
}

/// Writes `pairs`, a group at a time.
pub struct PairsWriter {
    table: TableWriter,
    slots: Vec<Slot>,
}

impl PairsWriter {
    /// Opens the table in `folder`, with a column `cosine:SPACE` for each of `spaces` and then `further` ones.
    pub fn create(folder: &Path, spaces: &[&str], further: &[FurtherColumn]) -> Result<Self> {
        let mut columns: Vec<Column> = PAIRS.columns().cloned().collect();
        let own = columns.iter().skip(N_GIVEN);
        let mut slots: Vec<Slot> =
            own.map(|column| Slot { metric: column.name.clone().into_owned(), space: None }).collect();
        for space in spaces {
            columns.push(cosine(space));
            slots.push(Slot { metric: "cosine".to_owned(), space: Some((*space).to_owned()) });
        }
        for one in further {
            columns.push(measured(one));
            slots.push(Slot { metric: one.metric.to_owned(), space: one.space.clone() });
        }
        for (position, column) in columns.iter().enumerate() {
            if columns.iter().take(position).any(|earlier| earlier.name == column.name) {
                let reason = format!("expected different columns, got `{}` twice", column.name);
                return Err(StoreError::BadRow { table: PAIRS.name, reason });
            }
        }
        Ok(PairsWriter { table: TableWriter::with_columns(folder, &PAIRS, columns)?, slots })
    }

    /// Whether the table has a column for this metric whatever the plan asks for.
    #[must_use]
    pub fn always_has(metric: &str) -> bool {
        metric == "cosine" || PAIRS.columns().skip(N_GIVEN).any(|column| column.name == metric)
    }

    /// Writes the pairs of `group`, whose members are positions in `samples`. What was not measured is null.
    pub fn write(&mut self, pairs: &PairTable, group: &Group, samples: &[Sample]) -> Result<()> {
        let columns = self.assign(pairs)?;
        let mut row = Vec::with_capacity(self.table.columns().len());
        for (position, &Pair { a, b }) in pairs.pairs.iter().enumerate() {
            let member = |at: usize| group.members.get(at).and_then(|&sample| samples.get(sample));
            let (Some(a), Some(b)) = (member(a), member(b)) else {
                let n = group.members.len();
                return Err(self.table.bad_row(format!("expected a pair of {n} members, got ({a}, {b})")));
            };
            row.clear();
            row.extend(key_values(&pairs.key));
            row.extend([Value::from(&a.sample_id), Value::from(&b.sample_id)]);
            row.extend([a.round, b.round, b.round - a.round].map(Value::from));
            row.extend(columns.iter().map(|column| column.map_or(Value::Null, |column| value(column, position))));
            self.table.append(&row)?;
        }
        Ok(())
    }

    /// Gives the file its name. Returns its path.
    pub fn finish(self) -> Result<PathBuf> {
        self.table.finish()
    }

    /// For each measured column of the table the group's values; every column of the group must find its place.
    fn assign<'a>(&self, pairs: &'a PairTable) -> Result<Vec<Option<&'a PairValues>>> {
        let mut assigned = vec![None; self.slots.len()];
        for column in &pairs.columns {
            let name = format!("{}:{}", column.metric, column.space);
            let n = length(&column.values);
            if n != pairs.pairs.len() {
                let reason = format!("expected {} values of `{name}`, got {n}", pairs.pairs.len());
                return Err(self.table.bad_row(reason));
            }
            let free = self.slots.iter().zip(&assigned).position(|(slot, taken)| slot.takes(column) && taken.is_none());
            match free.and_then(|at| assigned.get_mut(at)) {
                Some(place) => *place = Some(&column.values),
                None => {
                    return Err(self.table.bad_row(format!("expected a column for `{name}`, got none or it twice")));
                }
            }
        }
        Ok(assigned)
    }
}

fn cosine(space: &str) -> Column {
    let doc = format!("cosine of the two vectors in the space `{space}`; null where a sample has no vector");
    Column {
        name: Cow::Owned(format!("cosine:{space}")),
        unit: "cosine",
        doc: Cow::Owned(doc),
        ..template(Kind::Float)
    }
}

fn measured(further: &FurtherColumn) -> Column {
    let name = match &further.space {
        Some(space) => Cow::Owned(format!("{}:{space}", further.metric)),
        None => Cow::Borrowed(further.metric),
    };
    Column { name, unit: further.unit, doc: Cow::Owned(further.doc.clone()), ..template(further.kind) }
}

const fn template(kind: Kind) -> Column {
    Column::optional("", kind, "")
}

fn length(values: &PairValues) -> usize {
    match values {
        PairValues::Float(values) => values.len(),
        PairValues::Integer(values) => values.len(),
        PairValues::Boolean(values) => values.len(),
    }
}

/// The value of one pair; `assign` has seen to it that there is one for every pair.
fn value<'a>(values: &PairValues, pair: usize) -> Value<'a> {
    match values {
        PairValues::Float(values) => values.get(pair).copied().flatten().into(),
        PairValues::Integer(values) => values.get(pair).copied().flatten().into(),
        PairValues::Boolean(values) => values.get(pair).copied().flatten().into(),
    }
}
