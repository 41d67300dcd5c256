//! Rows to Parquet: checked, in batches whose borders depend on the rows alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, FixedSizeListBuilder, Float32Builder, Float64Builder, Int64Builder, ListBuilder,
    RecordBatch, StringBuilder,
};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::schema::{Column, Kind, META_COLUMNS, META_TABLE, META_VERSION, Table, arrow_schema, columns_json};
use crate::store::atomic::{self, AtomicFile};
use crate::store::{Result, StoreError};

/// Stands in every file instead of the library's own name and version, which would change the bytes of unchanged
/// tables with each update of a dependency. The form is the one that readers parse.
pub(in crate::store) const CREATED_BY: &str = "breadth version 1.0.0 (build tables)";

/// Rows that are handed to the encoder at a time.
const BATCH_ROWS: usize = 1024;
/// Bytes of text that end a batch early: Arrow counts the bytes of a text column in 31 bits.
const BATCH_BYTES: usize = 32 << 20;
/// Rows of a row group: small enough for readers that skip, large enough to compress.
const GROUP_ROWS: usize = 1 << 17;
/// Bytes of text and vectors that end a row group early, since a row group is held in memory until it is written.
const GROUP_BYTES: usize = 128 << 20;
/// The level at which zstd is still faster than a disk.
const ZSTD_LEVEL: i32 = 3;

/// One cell of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    TextList(&'a [String]),
    Vector(&'a [f32]),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a Vec<String>> for Value<'a> {
    fn from(value: &'a Vec<String>) -> Self {
        Value::TextList(value)
    }
}

impl<'a> From<&'a [f32]> for Value<'a> {
    fn from(value: &'a [f32]) -> Self {
        Value::Vector(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Value::Integer(i64::from(value))
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        // No file has 2^63 rows.
        Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        // No count reaches 2^63.
        Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl Value<'_> {
    fn bytes(self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::TextList(texts) => texts.iter().map(String::len).sum(),
            Value::Vector(vector) => size_of_val(vector),
            _ => 0,
        }
    }

    /// Why this value may not stand in that column, if it may not.
    fn fault(self, column: &Column) -> Option<String> {
        let wrong = |got: &str| Some(format!("expected {} in `{}`, got {got}", column.kind.name(), column.name));
        match (self, column.kind) {
            (Value::Null, _) if column.nullable => None,
            (Value::Null, _) => wrong("null"),
            (Value::Float(value), Kind::Float) if !value.is_finite() => wrong(&value.to_string()),
            (Value::Vector(vector), Kind::Vector(dimension)) => {
                if let Some(dimension) = dimension.filter(|&dimension| dimension != vector.len()) {
                    return wrong(&format!("{} numbers where the space has {dimension}", vector.len()));
                }
                vector.iter().find(|value| !value.is_finite()).and_then(|value| wrong(&value.to_string()))
            }
            (value, _) if value.bytes() > i32::MAX as usize => wrong("more than 2 GiB in one cell"),
            (Value::Text(_), Kind::Text)
            | (Value::Integer(_), Kind::Integer)
            | (Value::Float(_), Kind::Float)
            | (Value::Boolean(_), Kind::Boolean)
            | (Value::TextList(_), Kind::TextList) => None,
            (other, _) => wrong(&format!("{other:?}")),
        }
    }
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    TextList(ListBuilder<StringBuilder>),
    Vector(FixedSizeListBuilder<Float32Builder>),
    VectorList(ListBuilder<Float32Builder>),
}

impl Builder {
    fn new(data_type: &DataType, kind: Kind) -> Self {
        match (kind, data_type) {
            (Kind::Integer, _) => Builder::Integer(Int64Builder::new()),
            (Kind::Float, _) => Builder::Float(Float64Builder::new()),
            (Kind::Boolean, _) => Builder::Boolean(BooleanBuilder::new()),
            (Kind::TextList, DataType::List(field)) => {
                Builder::TextList(ListBuilder::new(StringBuilder::new()).with_field(FieldRef::clone(field)))
            }
            (Kind::Vector(_), DataType::FixedSizeList(field, dimension)) => Builder::Vector(
                FixedSizeListBuilder::new(Float32Builder::new(), *dimension).with_field(FieldRef::clone(field)),
            ),
            (Kind::Vector(_), DataType::List(field)) => {
                Builder::VectorList(ListBuilder::new(Float32Builder::new()).with_field(FieldRef::clone(field)))
            }
            // `Kind::data_type` makes no other pair; a mismatch would be refused when the batch is put together.
            _ => Builder::Text(StringBuilder::new()),
        }
    }

    /// Appends a value that has been checked against the column.
    fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Builder::Text(builder), Value::Text(value)) => builder.append_value(value),
            (Builder::Text(builder), _) => builder.append_null(),
            (Builder::Integer(builder), Value::Integer(value)) => builder.append_value(value),
            (Builder::Integer(builder), _) => builder.append_null(),
            (Builder::Float(builder), Value::Float(value)) => builder.append_value(value),
            (Builder::Float(builder), _) => builder.append_null(),
            (Builder::Boolean(builder), Value::Boolean(value)) => builder.append_value(value),
            (Builder::Boolean(builder), _) => builder.append_null(),
            (Builder::TextList(builder), Value::TextList(values)) => {
                for value in values {
                    builder.values().append_value(value);
                }
                builder.append(true);
            }
            (Builder::TextList(builder), _) => builder.append(false),
            (Builder::Vector(builder), Value::Vector(values)) => {
                builder.values().append_slice(values);
                builder.append(true);
            }
            (Builder::Vector(builder), _) => {
                // A null in a list of fixed length still takes its place.
                let dimension = usize::try_from(builder.value_length()).unwrap_or(0);
                builder.values().append_slice(&vec![0.0; dimension]);
                builder.append(false);
            }
            (Builder::VectorList(builder), Value::Vector(values)) => {
                builder.values().append_slice(values);
                builder.append(true);
            }
            (Builder::VectorList(builder), _) => builder.append(false),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::TextList(builder) => Arc::new(builder.finish()),
            Builder::Vector(builder) => Arc::new(builder.finish()),
            Builder::VectorList(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Writes one table. The file appears under its name when [`TableWriter::finish`] returns.
pub(super) struct TableWriter {
    table: &'static Table,
    columns: Vec<Column>,
    builders: Vec<Builder>,
    schema: SchemaRef,
    writer: ArrowWriter<AtomicFile>,
    target: PathBuf,
    batch_rows: usize,
    batch_bytes: usize,
    group_bytes: usize,
}

impl TableWriter {
    /// Opens `table` in `folder` with the columns that it always has.
    pub(super) fn create(folder: &Path, table: &'static Table) -> Result<Self> {
        TableWriter::with_columns(folder, table, table.columns().cloned().collect())
    }

    /// Opens `table` in `folder` with these columns.
    pub(super) fn with_columns(folder: &Path, table: &'static Table, columns: Vec<Column>) -> Result<Self> {
        TableWriter::open(folder.join(table.file_name()), table, columns)
    }

    /// Opens `table` under a name of the caller's.
    pub(super) fn create_at(target: &Path, table: &'static Table) -> Result<Self> {
        TableWriter::open(target.to_owned(), table, table.columns().cloned().collect())
    }

    fn open(target: PathBuf, table: &'static Table, columns: Vec<Column>) -> Result<Self> {
        let schema = Arc::new(arrow_schema(&columns));
        let (folder, name) = atomic::place(&target)?;
        let file = AtomicFile::create_in(folder, name)?;
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties(table, &columns)))
            .map_err(|cause| StoreError::parquet("write", &target, cause))?;
        let builders = schema
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| Builder::new(field.data_type(), column.kind))
            .collect();
        Ok(TableWriter {
            table,
            columns,
            builders,
            schema,
            writer,
            target,
            batch_rows: 0,
            batch_bytes: 0,
            group_bytes: 0,
        })
    }

    /// Appends a row: a value for each column, in order.
    pub(super) fn append(&mut self, row: &[Value<'_>]) -> Result<()> {
        if row.len() != self.columns.len() {
            return Err(self.bad_row(format!("expected {} values, got {}", self.columns.len(), row.len())));
        }
        for (value, column) in row.iter().zip(&self.columns) {
            if let Some(reason) = value.fault(column) {
                return Err(self.bad_row(reason));
            }
        }
        let bytes = row.iter().map(|value| value.bytes()).sum::<usize>();
        if self.batch_rows > 0 && self.batch_bytes + bytes > BATCH_BYTES {
            self.flush()?;
        }
        for (builder, value) in self.builders.iter_mut().zip(row) {
            builder.push(*value);
        }
        self.batch_rows += 1;
        self.batch_bytes += bytes;
        if self.batch_rows == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    /// Writes what is left, brings the file to the disk and gives it its name. Returns its path.
    pub(super) fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        let file = self.writer.into_inner().map_err(|cause| StoreError::parquet("write", &self.target, cause))?;
        let (_, name) = atomic::place(&self.target)?;
        file.finish(name)
    }

    /// The columns, in order.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// A row that this table may not hold.
    pub(super) fn bad_row(&self, reason: String) -> StoreError {
        StoreError::BadRow { table: self.table.name, reason }
    }

    fn flush(&mut self) -> Result<()> {
        if self.batch_rows == 0 {
            return Ok(());
        }
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|cause| StoreError::BadRow { table: self.table.name, reason: cause.to_string() })?;
        let failed = |cause| StoreError::parquet("write", &self.target, cause);
        self.writer.write(&batch).map_err(failed)?;
        self.group_bytes += self.batch_bytes;
        if self.group_bytes >= GROUP_BYTES {
            self.writer.flush().map_err(failed)?;
            self.group_bytes = 0;
        }
        self.batch_rows = 0;
        self.batch_bytes = 0;
        Ok(())
    }
}

fn properties(table: &Table, columns: &[Column]) -> WriterProperties {
    let metadata = vec![
        KeyValue::new(META_TABLE.to_owned(), table.name.to_owned()),
        KeyValue::new(META_VERSION.to_owned(), table.version.to_string()),
        KeyValue::new("breadth.row".to_owned(), format!("one row is {}", table.row)),
        KeyValue::new(META_COLUMNS.to_owned(), columns_json(columns)),
    ];
    let level = ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(CREATED_BY.to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_key_value_metadata(Some(metadata))
        .set_dictionary_enabled(false);
    for column in columns.iter().filter(|column| column.repeats) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name.as_ref()), true);
    }
    properties.build()
}
