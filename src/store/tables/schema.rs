//! What a table is, as data: documents, file metadata and writers are all made from it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};

/// Key of the file metadata that holds the table's name.
pub(in crate::store) const META_TABLE: &str = "breadth.table";
/// Key of the file metadata that holds the version of the table's schema.
pub(in crate::store) const META_VERSION: &str = "breadth.schema_version";
/// Key of the file metadata that holds the meaning of the columns, as JSON.
pub(in crate::store) const META_COLUMNS: &str = "breadth.columns";

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Integer,
    /// 64-bit float, always finite.
    Float,
    /// True or false.
    Boolean,
    /// List of texts.
    TextList,
    /// List of 32-bit floats: of one length where it is given, else of any.
    Vector(Option<usize>),
}

impl Kind {
    /// The word that documents use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Integer => "int64",
            Kind::Float => "float64",
            Kind::Boolean => "boolean",
            Kind::TextList => "list of strings",
            Kind::Vector(_) => "list of float32",
        }
    }

    fn data_type(self) -> DataType {
        // The Parquet format calls the member of a list `element`.
        let element = |inner| Arc::new(Field::new("element", inner, false));
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Boolean => DataType::Boolean,
            Kind::TextList => DataType::List(element(DataType::Utf8)),
            Kind::Vector(None) => DataType::List(element(DataType::Float32)),
            Kind::Vector(Some(dimension)) => match i32::try_from(dimension) {
                Ok(dimension) => DataType::FixedSizeList(element(DataType::Float32), dimension),
                Err(_) => DataType::List(element(DataType::Float32)),
            },
        }
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As the contract names it.
    pub name: Cow<'static, str>,
    /// Its type.
    pub kind: Kind,
    /// Whether a row may do without it.
    pub nullable: bool,
    /// Whether its values repeat from row to row, so that a dictionary pays.
    pub repeats: bool,
    /// `tokens`, `characters`, …; empty where there is none.
    pub unit: &'static str,
    /// What it means.
    pub doc: Cow<'static, str>,
}

impl Column {
    /// A column that every row has.
    pub(super) const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Column { name: Cow::Borrowed(name), kind, nullable: false, repeats: false, unit: "", doc: Cow::Borrowed(doc) }
    }

    /// A column that is null where there is nothing to say.
    pub(super) const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Column { name: Cow::Borrowed(name), kind, nullable: true, repeats: false, unit: "", doc: Cow::Borrowed(doc) }
    }

    /// The same, with few different values.
    pub(super) const fn repeating(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// The same, in a unit.
    pub(super) const fn in_unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    fn field(&self) -> Field {
        let mut metadata = HashMap::from([("description".to_owned(), self.doc.clone().into_owned())]);
        if !self.unit.is_empty() {
            metadata.insert("unit".to_owned(), self.unit.to_owned());
        }
        Field::new(self.name.as_ref(), self.kind.data_type(), self.nullable).with_metadata(metadata)
    }
}

/// What a number is, in every table of numbers.
pub(super) const METRIC: Column =
    Column::required("metric", Kind::Text, "what was measured; `breadth list metrics` explains each").repeating();
/// What it was measured on.
pub(super) const SPACE: Column = Column::required(
    "space",
    Kind::Text,
    "what it was measured on: an embedder's name, or text, thinking, code, answer, prompt, response, context",
)
.repeating();

/// The key columns, in the order in which they open a table.
pub static KEYS: [Column; 7] = [
    Column::required("dataset", Kind::Text, "the set of questions").repeating(),
    Column::required("domain", Kind::Text, "the field that the questions are from, such as math or code").repeating(),
    Column::required("model", Kind::Text, "the model that the solutions were drawn from").repeating(),
    Column::required(
        "mode",
        Kind::Text,
        "how the solutions were drawn: parallel (only the question in context), markov (the last solution in context), autoregressive (all earlier solutions in context), or the label that the input carries",
    )
    .repeating(),
    Column::optional("feedback", Kind::Text, "the prompt between two rounds; null where there is none").repeating(),
    Column::required("question_id", Kind::Text, "the question").repeating(),
    Column::optional("chain", Kind::Integer, "one repeat of a sequential run; null for parallel draws, which together are one group")
        .repeating(),
];

/// A table: what a row is, which version its schema has, and what its columns mean.
#[derive(Debug)]
pub struct Table {
    /// As the contract names it; the file is `NAME.parquet`.
    pub name: &'static str,
    /// Raised whenever a column is renamed, removed, retyped or given another meaning.
    pub version: u32,
    /// Completes the sentence "one row is …".
    pub row: &'static str,
    /// How many of [`KEYS`] open the table.
    pub n_keys: usize,
    /// The columns after the keys.
    pub own: &'static [Column],
    /// What stands after those, where that depends on the plan; empty in most tables.
    pub open: &'static str,
}

impl Table {
    /// All columns that the table always has, keys first.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        KEYS.iter().take(self.n_keys).chain(self.own)
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.parquet", self.name)
    }
}

/// The Arrow schema of these columns.
pub(super) fn arrow_schema(columns: &[Column]) -> Schema {
    Schema::new(columns.iter().map(Column::field).collect::<Fields>())
}

/// The meaning of these columns as one JSON object: name → doc, type, unit.
pub(super) fn columns_json(columns: &[Column]) -> String {
    let mut all = serde_json::Map::new();
    for column in columns {
        let mut one = serde_json::Map::new();
        one.insert("doc".to_owned(), column.doc.as_ref().into());
        one.insert("type".to_owned(), column.kind.name().into());
        one.insert(
            "unit".to_owned(),
            if column.unit.is_empty() { serde_json::Value::Null } else { column.unit.into() },
        );
        all.insert(column.name.clone().into_owned(), one.into());
    }
    serde_json::Value::Object(all).to_string()
}
