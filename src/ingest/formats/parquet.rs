//! Parquet files, batch by batch.
//!
//! Strings, integers, floats, booleans and lists of strings (dictionary-encoded or not) become cells and obey the same
//! rules as JSON values; any column that is no canonical field is kept as JSON. A file whose footer or schema is damaged is an error;
//! damage further in keeps the rows before it and becomes one reject.

use std::fs::File;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use ::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::Value;

use crate::ingest::columns::Columns;
use crate::ingest::error::IngestError;
use crate::ingest::field::{Cell, Draft, not_finite};
use crate::ingest::frames::turns::Turns;
use crate::ingest::frames::{Decoded, Piece, Take, Way, damaged};
use crate::ingest::shape::{self, Frame, Shape};
use crate::ingest::stream::Stream;
use crate::ingest::{Confidence, Head, Input, Job, Kind, Reader, Row, row};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "parquet",
    meaning: "Parquet with one row per sample; a plain file",
    mode: None,
    kind: Kind::Table { detect, read },
};

/// Decoded bytes that a batch aims for.
const BATCH_BYTES: i64 = 8 << 20;

/// Most rows of a batch, however small they are.
const BATCH_ROWS: i64 = 4096;

fn detect(head: &Head<'_>) -> Confidence {
    match head.shape.frame {
        Frame::Parquet if head.is_canonical() => Confidence::Sure,
        Frame::Parquet => Confidence::Possible,
        _ => Confidence::No,
    }
}

/// The columns of a file.
pub(in crate::ingest) fn shape(input: &Input) -> Result<Shape<'static>, IngestError> {
    let (header, batches) = open(input)?;
    let schema = ::arrow::array::RecordBatchReader::schema(&batches);
    let kinds = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Struct(_) | DataType::Map(..) => shape::Kind::Object,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => shape::Kind::List,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => shape::Kind::Text,
        _ => shape::Kind::Scalar,
    });
    Ok(Shape::of_table(Frame::Parquet, header.into_iter().zip(kinds)))
}

fn read(job: Job<'_, '_>) -> Result<(), IngestError> {
    let Job { input, stream, folio, out } = job;
    plain_file(input, stream.compression())?;
    let (header, batches) = open(input)?;
    let columns_error = |problem| IngestError::Columns { file: input.name.to_string(), problem };
    folio.columns.check_header(&header).map_err(columns_error)?;
    let fields: Vec<&[usize]> = header.iter().map(|name| folio.columns.fields(name)).collect();
    let make = |arrays: &[ArrayRef], at: usize, number: u64| {
        let table = Table { header: &header, fields: &fields, arrays, columns: folio.columns, input };
        Decoded { rows: vec![table.row(at, number)], once: None }
    };
    let refuse = |number, reason| Decoded::refused(crate::ingest::reject(&input.name, number, reason));
    let mut take = |decoded: Decoded| decoded.rows.into_iter().try_for_each(|row| out.push(row));
    each_row(batches, &make, &refuse, &mut take);
    Ok(())
}

/// Hands every row on as a JSON object.
pub(in crate::ingest) fn pieces(
    input: &Input,
    stream: &Stream,
    way: &dyn Way,
    take: &mut Take<'_>,
) -> Result<(), IngestError> {
    plain_file(input, stream.compression())?;
    let (header, batches) = open(input)?;
    let make = |arrays: &[ArrayRef], at: usize, number: u64| match object(&header, arrays, at) {
        Ok(json) => way.decode(&Piece::new(json.as_bytes(), number)),
        Err(reason) => damaged(way, number, reason),
    };
    each_row(batches, &make, &|number, reason| damaged(way, number, reason), take);
    Ok(())
}

/// A row as a JSON object.
fn object(header: &[String], arrays: &[ArrayRef], at: usize) -> Result<String, String> {
    let mut columns = serde_json::Map::new();
    for (name, array) in header.iter().zip(arrays) {
        let value = json(array, at).map_err(|got| format!("expected a finite number in `{name}`, got {got}"))?;
        columns.insert(name.clone(), value);
    }
    Ok(Value::Object(columns).to_string())
}

/// Makes something of each row, batch by batch on all threads, and hands it on in order.
fn each_row(
    mut batches: ParquetRecordBatchReader,
    make: &(dyn Fn(&[ArrayRef], usize, u64) -> Decoded + Sync),
    refuse: &dyn Fn(u64, String) -> Decoded,
    take: &mut Take<'_>,
) {
    let mut done = 0_u64;
    loop {
        let batch = match next(&mut batches) {
            Ok(Some(batch)) => batch,
            Ok(None) => return,
            Err(words) => {
                let _ = take(refuse(done + 1, format!("Parquet data is damaged after row {done}: {words}")));
                return;
            }
        };
        let arrays: Vec<ArrayRef> = batch.columns().iter().map(plain).collect();
        let mut turns = Turns::new(batch.num_rows());
        loop {
            turns.work(|at| make(&arrays, at, done + 1 + at as u64), Decoded::bytes);
            match turns.hand_on(&mut *take) {
                ControlFlow::Continue(true) => break,
                ControlFlow::Continue(false) => {}
                ControlFlow::Break(()) => return,
            }
        }
        done += batch.num_rows() as u64;
    }
}

/// Parquet is read from its end: a stream will not do.
fn plain_file(input: &Input, compression: Option<&'static str>) -> Result<(), IngestError> {
    let (got, hint) = match compression {
        Some(compression) => (compression, "Parquet compresses its own pages; unpack the file first"),
        None if input.is_stdin() => ("standard input", "Parquet is read from its end; write it to a file first"),
        None => return Ok(()),
    };
    Err(IngestError::NeedsPlainFile { file: input.name.to_string(), format: READER.name, got, hint })
}

/// The names of the columns and the decoder.
fn open(input: &Input) -> Result<(Vec<String>, ParquetRecordBatchReader), IngestError> {
    let name = || input.name.to_string();
    let file = File::open(&input.path).map_err(|cause| IngestError::Open { file: name(), cause })?;
    let open = || {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        if !places_are_sane(builder.metadata()) {
            return Ok(None);
        }
        let header = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let size = batch_rows(&builder);
        Ok(Some((header, builder.with_batch_size(size).build()?)))
    };
    match guarded(open) {
        Some(Ok(Some(opened))) => Ok(opened),
        Some(Err(cause)) => Err(IngestError::Parquet { file: name(), cause }),
        Some(Ok(None)) | None => Err(IngestError::ParquetDamaged { file: name() }),
    }
}

/// Whether the footer places every column at an offset that exists. The decoder takes this for granted and panics otherwise.
fn places_are_sane(metadata: &ParquetMetaData) -> bool {
    metadata.row_groups().iter().flat_map(RowGroupMetaData::columns).all(|column| {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        start >= 0 && column.data_page_offset() >= 0 && column.compressed_size() >= 0
    })
}

/// As many rows as make up [`BATCH_BYTES`] on average, so that long solutions do not fill the memory.
fn batch_rows(builder: &ParquetRecordBatchReaderBuilder<File>) -> usize {
    let metadata = builder.metadata();
    let rows = metadata.file_metadata().num_rows().max(1);
    let bytes = metadata.row_groups().iter().fold(0_i64, |sum, group| sum.saturating_add(group.total_byte_size()));
    let row_bytes = (bytes / rows).max(1);
    usize::try_from((BATCH_BYTES / row_bytes).clamp(1, BATCH_ROWS)).unwrap_or(1)
}

fn next(batches: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>, String> {
    guarded(|| batches.next().transpose())
        .ok_or_else(|| "the decoder gave up".to_owned())?
        .map_err(|cause| cause.to_string())
}

/// Runs a step of the decoder, null when it panics: the last resort. The decoder checks what it reads in most places but
/// not in all, and a damaged file must not take the run with it. What it is known to panic on is checked before
/// ([`places_are_sane`]); after a panic the decoder is not used again.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// A dictionary-encoded column as plain values; any other column as it is.
fn plain(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Dictionary(_, values) => {
            // Every dictionary can be cast to its own values; were that not so, its cells would be refused by type.
            arrow::compute::cast(array, values).unwrap_or_else(|_| array.clone())
        }
        _ => array.clone(),
    }
}

/// A batch with what is known about its columns.
struct Table<'a> {
    header: &'a [String],
    fields: &'a [&'a [usize]],
    arrays: &'a [ArrayRef],
    columns: &'a Columns,
    input: &'a Input,
}

impl Table<'_> {
    fn row(&self, at: usize, number: u64) -> Row {
        let mut draft = Draft::new(self.columns, &self.input.name, number);
        for ((name, fields), array) in self.header.iter().zip(self.fields).zip(self.arrays) {
            if fields.is_empty() {
                match json(array, at) {
                    Ok(value) => draft.keep(name, &value.to_string()),
                    Err(got) => draft.fail(format!("expected a finite number in `{name}`, got {got}")),
                }
            } else if draft.announce(name, fields) {
                draft.set(fields, cell(array, at));
            }
        }
        row(draft.finish(), &self.input.name, number)
    }
}

/// One value of a column that feeds a canonical field.
fn cell(array: &dyn Array, at: usize) -> Cell<'_> {
    if array.is_null(at) {
        return Cell::Null;
    }
    if let Some(value) = number(array, at) {
        return value;
    }
    match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => Cell::Boolean(array.as_boolean().value(at)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(at).into()),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(at).into()),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(at).into()),
        DataType::Struct(_) | DataType::Map(..) => Cell::Other("an object".into()),
        other => match items(array, at) {
            Some(items) => Cell::List((0..items.len()).map(|item| cell(&plain(&items), item).into_owned()).collect()),
            None => Cell::Other(format!("a value of type {other}").into()),
        },
    }
}

/// A value of any numeric type.
fn number(array: &dyn Array, at: usize) -> Option<Cell<'static>> {
    Some(match array.data_type() {
        DataType::Int8 => Cell::Integer(array.as_primitive::<Int8Type>().value(at).into()),
        DataType::Int16 => Cell::Integer(array.as_primitive::<Int16Type>().value(at).into()),
        DataType::Int32 => Cell::Integer(array.as_primitive::<Int32Type>().value(at).into()),
        DataType::Int64 => Cell::Integer(array.as_primitive::<Int64Type>().value(at).into()),
        DataType::UInt8 => Cell::Integer(array.as_primitive::<UInt8Type>().value(at).into()),
        DataType::UInt16 => Cell::Integer(array.as_primitive::<UInt16Type>().value(at).into()),
        DataType::UInt32 => Cell::Integer(array.as_primitive::<UInt32Type>().value(at).into()),
        DataType::UInt64 => Cell::Integer(array.as_primitive::<UInt64Type>().value(at).into()),
        DataType::Float16 => Cell::Float(array.as_primitive::<Float16Type>().value(at).to_f64()),
        DataType::Float32 => Cell::Float(array.as_primitive::<Float32Type>().value(at).into()),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(at)),
        _ => return None,
    })
}

/// The items of a list, whatever kind of list it is.
fn items(array: &dyn Array, at: usize) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().value(at)),
        DataType::LargeList(_) => Some(array.as_list::<i64>().value(at)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list().value(at)),
        _ => None,
    }
}

/// One value of an unknown column. Types that JSON does not have (dates, decimals, bytes, maps) become text, as arrow shows them.
/// Fails with the word for it on a number that JSON cannot hold.
fn json(array: &dyn Array, at: usize) -> Result<Value, &'static str> {
    if let DataType::Struct(fields) = array.data_type()
        && !array.is_null(at)
    {
        let columns = fields.iter().zip(array.as_struct().columns());
        let pairs = columns.map(|(field, column)| Ok((field.name().clone(), json(&plain(column), at)?)));
        return pairs.collect::<Result<_, _>>().map(Value::Object);
    }
    if !array.is_null(at)
        && let Some(items) = items(array, at)
    {
        let items = plain(&items);
        return (0..items.len()).map(|item| json(&items, item)).collect::<Result<_, _>>().map(Value::Array);
    }
    Ok(match cell(array, at) {
        Cell::Null => Value::Null,
        Cell::Boolean(value) => Value::from(value),
        // Every integer type of arrow fits one of the two.
        Cell::Integer(value) => {
            i64::try_from(value).map_or_else(|_| u64::try_from(value).map_or(Value::Null, Value::from), Value::from)
        }
        Cell::Float(value) => serde_json::Number::from_f64(value).map(Value::Number).ok_or(not_finite(value))?,
        Cell::Text(text) => Value::from(text),
        Cell::List(_) | Cell::Other(_) => shown(array, at),
    })
}

fn shown(array: &dyn Array, at: usize) -> Value {
    let options = FormatOptions::default();
    ArrayFormatter::try_new(array, &options)
        .and_then(|formatter| formatter.value(at).try_to_string())
        // A type that arrow itself cannot show leaves its name.
        .map_or_else(|_| Value::from(format!("{}", array.data_type())), Value::from)
}
