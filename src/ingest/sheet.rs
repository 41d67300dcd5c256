//! The samples of one row: a row undecoded goes in, and what a format makes of it; records or rejects come out.
//!
//! Here alone is decided what wins where several sources have a value for a field: first what the plan says about it
//! (`derive`, `map`), then what the format's reader finds, then a column that bears the field's own name, then the plan's
//! `defaults`, and last what a reader infers from names. Columns that nobody used are kept in `extra`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use super::Row;
use super::columns::Columns;
use super::field::{Cell, Draft, FIELDS, SOLUTION, Slot, typed};
use super::frames::turns::bytes_of;
use super::json;
use super::mapping::{Mapping, Place};
use super::object::Object;
use super::row;

/// What is known of a file before its rows are read.
#[derive(Debug)]
pub(super) struct Folio<'a> {
    /// As the run calls it.
    pub(super) name: Arc<str>,
    /// Which column feeds which field.
    pub(super) columns: &'a Columns,
    /// What the plan says about this file beyond columns.
    pub(super) mapping: &'a Mapping,
    /// Cells are texts that may stand for numbers, as in CSV.
    pub(super) typed_texts: bool,
}

impl Folio<'_> {
    /// The file's name without folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// The file's name without folders and the extensions of its format: `samples` of `runs/samples.jsonl.gz`.
    pub(super) fn stem(&self) -> &str {
        let mut stem = self.file_name();
        for extension in [".gz", ".zst", ".jsonl", ".json", ".parquet", ".csv", ".eval"] {
            stem = stem.strip_suffix(extension).unwrap_or(stem);
        }
        stem
    }

    /// The name of the folder that the file lies in; none where its name has none.
    pub(super) fn folder(&self) -> Option<&str> {
        self.name.rsplit(['/', '\\']).nth(1).filter(|folder| !folder.is_empty() && *folder != "." && *folder != "..")
    }
}

/// How a format uses the columns of its rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout<'a> {
    /// Columns that are taken in full, or that are of no use to anybody: none of them comes into `extra`.
    pub(super) used: &'a [&'a str],
    /// Columns that hold a list with one item for each sample.
    pub(super) aligned: &'a [&'a str],
}

/// Bytes that the samples of one row may hold, beside [`SHARE`] times the length of the row: samples that share a column
/// have a copy of it each, and a short row may name any number of them. Ten thousand programs of a kilobyte for a problem
/// of five, the most that anybody draws, are 64 MB.
const MOST_BYTES: usize = 128 << 20;
const SHARE: usize = 4;

/// The samples of one row.
pub(super) struct Sheet<'a> {
    pub(super) folio: &'a Folio<'a>,
    /// The number of the row.
    number: u64,
    rows: Vec<Row>,
    /// Bytes that the rows may still hold; none once they were too many.
    left: Option<usize>,
    /// The lists that were taken apart, by where they lie, with the places of their items.
    lists: RefCell<Lists>,
}

/// Address and length of a list's text → the stretches of its items.
type Lists = HashMap<(usize, usize), Vec<Range<usize>>>;

impl<'a> Sheet<'a> {
    pub(super) fn new(folio: &'a Folio<'a>, number: u64) -> Self {
        Sheet { folio, number, rows: Vec::with_capacity(1), left: Some(MOST_BYTES), lists: RefCell::default() }
    }

    /// A sheet for a row of that many bytes.
    pub(super) fn of(self, length: usize) -> Self {
        Sheet { left: Some(MOST_BYTES.saturating_add(length.saturating_mul(SHARE))), ..self }
    }

    /// What became of the rows.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Refuses the whole row, or what is left of it.
    pub(super) fn refuse(&mut self, reason: String) {
        self.rows.push(row(Err(reason), &self.folio.name, self.number));
    }

    /// Makes one sample of the row: `fill` puts in what the format knows.
    pub(super) fn sample(&mut self, object: &Object<'_>, layout: Layout<'_>, fill: impl FnOnce(&mut Draft<'_>)) {
        self.add(object, layout, &Place::default(), fill);
    }

    /// Makes `n` samples of the row, one for each item of its aligned columns; `fill` gets the index of the sample.
    pub(super) fn samples(
        &mut self,
        object: &Object<'_>,
        layout: Layout<'_>,
        n: usize,
        mut fill: impl FnMut(usize, &mut Draft<'_>),
    ) {
        self.begin_object();
        for index in 0..n {
            let place = Place { index: Some(index), ..Place::default() };
            self.add(object, layout, &place, |draft| fill(index, draft));
        }
    }

    /// Forgets the lists of the object before: another one may lie where they lay.
    pub(super) fn begin_object(&mut self) {
        self.lists.get_mut().clear();
    }

    /// Makes one sample, at a place among the others of the row.
    pub(super) fn add(
        &mut self,
        object: &Object<'_>,
        layout: Layout<'_>,
        place: &Place<'_>,
        fill: impl FnOnce(&mut Draft<'_>),
    ) {
        let Some(left) = self.left else { return };
        let outcome = self.draft(object, layout, place, fill);
        let made = row(outcome.and_then(Draft::finish), &self.folio.name, self.number);
        self.left = left.checked_sub(bytes_of(&made));
        if self.left.is_some() {
            self.rows.push(made);
        } else {
            self.refuse(format!("its samples take more than {} MiB; the rest of them were not read", MOST_BYTES >> 20));
        }
    }

    fn draft(
        &self,
        object: &Object<'_>,
        layout: Layout<'_>,
        place: &Place<'_>,
        fill: impl FnOnce(&mut Draft<'_>),
    ) -> Result<Draft<'a>, String> {
        let Folio { name, columns, mapping, .. } = self.folio;
        let mut draft = Draft::new(columns, name, self.number);
        let joined = mapping.joined(object, place)?;
        let partner = joined.as_ref();
        mapping.derive(&mut draft, object);
        for (field, expression) in mapping.expressions() {
            draft.put(field, expression.cell(field, object, (partner, place), self.folio));
        }
        for (field, column) in columns.mapped() {
            let around = || place.outer.get(column);
            let json = object.get(column).or_else(|| partner.and_then(|partner| partner.get(column))).or_else(around);
            if let Some(json) = json {
                let json = self.item((column, json), layout, place, Some(field)).unwrap_or(json);
                draft.put(field, self.cell(field, json));
            }
        }
        fill(&mut draft);
        for (column, json) in object.columns().chain(partner.into_iter().flat_map(Object::columns)) {
            self.leave(&mut draft, (column, json), layout, place);
        }
        Ok(draft)
    }

    /// Takes in a column that the format made nothing of.
    fn leave(&self, draft: &mut Draft<'_>, (column, json): (&str, &str), layout: Layout<'_>, place: &Place<'_>) {
        let json = self.item((column, json), layout, place, None).unwrap_or(json);
        let fields = self.folio.columns.fields(column);
        if layout.used.contains(&column) {
            return;
        }
        if fields.is_empty() {
            if json::too_deep(json) {
                draft.fail(format!("`{column}` is nested more than {} levels deep", json::MAX_DEPTH));
            } else {
                draft.keep_new(column, if self.folio.typed_texts && json == "\"\"" { "null" } else { json });
            }
            return;
        }
        for &field in fields {
            match self.cell(field, json) {
                Cell::Null => draft.note_null(field),
                cell => draft.put(field, cell),
            }
        }
    }

    /// The sample's own item of a column that has one for each.
    fn item<'j>(
        &self,
        (column, json): (&str, &'j str),
        layout: Layout<'_>,
        place: &Place<'_>,
        field: Option<usize>,
    ) -> Option<&'j str> {
        let index = place.index?;
        // A list in a field that takes none can only be meant item by item.
        let wanted = field.is_some_and(|field| !matches!(FIELDS[field].slot, Slot::Texts(_)));
        if !json.starts_with('[')
            || !(wanted || layout.aligned.contains(&column) || self.folio.mapping.explodes(column))
        {
            return None;
        }
        // A list that is too short has nothing for the later samples.
        self.item_of(json, |items| items.get(index).and_then(|item| json.get(item.clone())).unwrap_or("null"))
    }

    /// Looks into a list, which is taken apart once, however many samples there are; none where the text is no list.
    fn item_of<T>(&self, json: &str, look: impl FnOnce(&[Range<usize>]) -> T) -> Option<T> {
        let start = json.as_ptr() as usize;
        let mut lists = self.lists.borrow_mut();
        let items = match lists.entry((start, json.len())) {
            Entry::Occupied(items) => items.into_mut(),
            Entry::Vacant(place) => {
                let stretch = |item: &str| item.as_ptr() as usize - start..item.as_ptr() as usize - start + item.len();
                place.insert(json::items_of(json)?.into_iter().map(stretch).collect())
            }
        };
        Some(look(items))
    }

    fn cell<'j>(&self, field: usize, json: &'j str) -> Cell<'j> {
        match json::cell(json) {
            Cell::Text(text) if self.folio.typed_texts && text.is_empty() && field != SOLUTION => Cell::Null,
            Cell::Text(text) if self.folio.typed_texts => typed(field, text),
            cell => cell,
        }
    }
}
