//! The samples of one row: a row undecoded goes in, and what a format makes of it; records or rejects come out.
//!
//! Here alone is decided what wins where several sources have a value for a field: first what the plan says about it
//! (`derive`, `map`), then what the format's reader finds, then a column that bears the field's own name, then the plan's
//! `defaults`, and last what a reader infers from names. Columns that nobody used are kept in `extra`.

use std::sync::Arc;

use super::Row;
use super::columns::Columns;
use super::field::{Cell, Draft, FIELDS, SOLUTION, Slot, typed};
use super::json;
use super::mapping::{Lists, Mapping, Place};
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

/// Bytes of columns that the samples of one row may copy from one another; beyond it only the first sample has them.
const MOST_SHARED: usize = 64 << 20;

/// The samples of one row.
pub(super) struct Sheet<'a> {
    pub(super) folio: &'a Folio<'a>,
    /// The number of the row.
    number: u64,
    rows: Vec<Row>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(folio: &'a Folio<'a>, number: u64) -> Self {
        Sheet { folio, number, rows: Vec::new() }
    }

    /// Goes on to another row.
    pub(super) fn at(self, number: u64) -> Self {
        Sheet { number, ..self }
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
        self.each(object, layout, Place::default(), n, |index, draft| fill(index, draft));
    }

    /// Makes `n` samples of a row that stands at a place.
    pub(super) fn each<'o>(
        &mut self,
        object: &Object<'o>,
        layout: Layout<'_>,
        mut place: Place<'o>,
        n: usize,
        mut fill: impl FnMut(usize, &mut Draft<'_>),
    ) {
        let Folio { columns, mapping, .. } = self.folio;
        place.lists = Lists::of(object, |column| {
            layout.aligned.contains(&column)
                || mapping.explodes(column)
                || columns.mapped().any(|(_, mapped)| mapped == column)
        });
        let is_shared = |(column, _): &(&str, &str)| {
            !layout.used.contains(column) && columns.fields(column).is_empty() && place.lists.item(column, 0).is_none()
        };
        let shared: usize = object.columns().filter(is_shared).map(|(_, json)| json.len()).sum();
        // A hostile row has thousands of samples and a column of megabytes that each of them would copy.
        let is_too_much = shared.saturating_mul(n) > MOST_SHARED;
        for index in 0..n {
            place.index = Some(index);
            place.spares = is_too_much && index > 0;
            self.add(object, layout, &place, |draft| fill(index, draft));
        }
    }

    /// Makes one sample, at a place among the others of the row.
    pub(super) fn add(
        &mut self,
        object: &Object<'_>,
        layout: Layout<'_>,
        place: &Place<'_>,
        fill: impl FnOnce(&mut Draft<'_>),
    ) {
        let outcome = self.draft(object, layout, place, fill);
        self.rows.push(row(outcome.and_then(Draft::finish), &self.folio.name, self.number));
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
            let around = || place.outer.as_ref().and_then(|outer| outer.get(column));
            let json = object.get(column).or_else(|| partner.and_then(|partner| partner.get(column))).or_else(around);
            if let Some(json) = json {
                let json = self.item(column, place, Some(field)).unwrap_or(json);
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
        let json = self.item(column, place, None).unwrap_or(json);
        let fields = self.folio.columns.fields(column);
        if layout.used.contains(&column) {
            return;
        }
        let is_own = place.index.is_some_and(|index| place.lists.item(column, index).is_some());
        if place.spares && fields.is_empty() && !is_own {
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

    /// The sample's own item of a column that has one for each. A field that takes a list gets the list.
    fn item<'j>(&self, column: &str, place: &Place<'j>, field: Option<usize>) -> Option<&'j str> {
        if field.is_some_and(|field| matches!(FIELDS[field].slot, Slot::Texts(_))) {
            return None;
        }
        place.lists.item(column, place.index?)
    }

    fn cell<'j>(&self, field: usize, json: &'j str) -> Cell<'j> {
        match json::cell(json) {
            Cell::Text(text) if self.folio.typed_texts && text.is_empty() && field != SOLUTION => Cell::Null,
            Cell::Text(text) if self.folio.typed_texts => typed(field, text),
            cell => cell,
        }
    }
}
