//! Which column of a file feeds which canonical field, and what stands in where a field is absent.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Source;
use super::error::IngestError;
use super::field::{Cell, EXTRA_COLUMN, FIELDS, QUESTION_ID, RESPONSE, SOLUTION, Slot, position, typed};
use super::mapping::Expression;

/// The field mapping and the defaults of a source, looked up by column.
#[derive(Debug)]
pub(super) struct Columns {
    /// Column name → positions in `FIELDS`. Each field has one column.
    by_column: HashMap<String, Vec<usize>>,
    /// For each field the column it reads, where that is not its own name.
    mapped: Vec<Option<String>>,
    defaults: Vec<(usize, String)>,
    /// What the path of the file says; it beats whatever a row says.
    fixed: Vec<(usize, String)>,
    /// For each field value in the file → value that is meant.
    values: HashMap<usize, BTreeMap<String, String>>,
    /// Some fields are worked out row by row.
    worked_out: bool,
}

impl Columns {
    /// Fails when the source names a field that does not exist or gives a default to one that is not text.
    pub(super) fn new(source: &Source) -> Result<Self, IngestError> {
        let mut mapped: Vec<Option<String>> = vec![None; FIELDS.len()];
        for (name, column) in &source.map {
            let field = known(name, "map")?;
            // What is no plain column is worked out row by row (`mapping`).
            if matches!(Expression::parse(column), Ok(None)) {
                mapped[field] = Some(column.clone());
            }
        }
        let mut by_column: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, field) in FIELDS.iter().enumerate() {
            // A column that the map gives to another field is taken: a file's `answer` that is mapped to `gold`
            // is not the model's answer as well.
            let taken = mapped.iter().flatten().any(|column| column == field.name);
            match &mapped[position] {
                Some(column) => by_column.entry(column.clone()).or_default().push(position),
                None if taken => {}
                None if source.map.contains_key(field.name) => {}
                None => by_column.entry(field.name.to_owned()).or_default().push(position),
            }
        }
        let mut defaults = Vec::new();
        for (name, value) in &source.defaults {
            let position = known(name, "defaults")?;
            if !matches!(FIELDS[position].slot, Slot::Id | Slot::Text(_)) {
                return Err(IngestError::DefaultNotText { name: name.clone() });
            }
            defaults.push((position, value.clone()));
        }
        let mut values = HashMap::new();
        for (name, table) in &source.instructions.values {
            values.insert(known(name, "values")?, table.clone());
        }
        let worked_out = source.map.len() > mapped.iter().flatten().count() || !source.instructions.is_empty();
        Ok(Columns { by_column, mapped, defaults, fixed: Vec::new(), values, worked_out })
    }

    /// The columns of a source that says nothing.
    pub(super) fn plain() -> Self {
        let (by_column, values) = (HashMap::new(), HashMap::new());
        let mapped = vec![None; FIELDS.len()];
        Columns { by_column, mapped, defaults: Vec::new(), fixed: Vec::new(), values, worked_out: false }
    }

    /// Takes in what the path of the file says.
    pub(super) fn fix(&mut self, fixed: Vec<(usize, String)>) {
        self.fixed = fixed;
    }

    /// The fields that the path of the file gives, whatever a row says.
    pub(super) fn fixed(&self) -> &[(usize, String)] {
        &self.fixed
    }

    /// The fields that the plan takes from another column, with the column.
    pub(super) fn mapped(&self) -> impl Iterator<Item = (usize, &str)> {
        self.mapped.iter().enumerate().filter_map(|(field, column)| Some((field, column.as_deref()?)))
    }

    /// What a value means in a field, where the plan has a table for it.
    pub(super) fn meant<'v>(&self, field: usize, cell: Cell<'v>) -> Cell<'v> {
        let Some(table) = self.values.get(&field) else { return cell };
        let written = match &cell {
            Cell::Text(text) => text.to_string(),
            Cell::Integer(value) => value.to_string(),
            Cell::Float(value) => value.to_string(),
            Cell::Boolean(value) => value.to_string(),
            Cell::Null | Cell::List(_) | Cell::Other(_) => return cell,
        };
        table.get(&written).map_or(cell, |meant| typed(field, Cow::Owned(meant.clone())))
    }

    /// The fields that a column feeds; none for an unknown column.
    pub(super) fn fields(&self, column: &str) -> &[usize] {
        self.by_column.get(column).map_or(&[], Vec::as_slice)
    }

    /// The fields that have a value where the file has none.
    pub(super) fn defaults(&self) -> &[(usize, String)] {
        &self.defaults
    }

    /// A field as a reason names it: its own name, and its column where that is another.
    pub(super) fn place(&self, field: usize) -> String {
        let name = FIELDS[field].name;
        match &self.mapped[field] {
            Some(column) if column != name => format!("`{name}` (column `{column}`)"),
            _ => format!("`{name}`"),
        }
    }

    /// Whether a list of columns could be the header of a table of samples.
    pub(super) fn has_question(&self, header: &[String]) -> bool {
        header.iter().any(|column| self.fields(column).contains(&QUESTION_ID))
    }

    /// Whether the plan makes fields of a row in other ways than by the names of columns.
    pub(super) fn asks_more(&self) -> bool {
        self.worked_out
    }

    /// Says what keeps a table with these columns from holding samples at all.
    pub(super) fn check_header(&self, header: &[String]) -> Result<(), String> {
        for (position, column) in header.iter().enumerate() {
            if header[..position].contains(column) {
                return Err(format!("`{column}` occurs twice"));
            }
        }
        let has = |field: usize| {
            header.iter().any(|column| self.fields(column).contains(&field))
                || self.defaults.iter().any(|(defaulted, _)| *defaulted == field)
        };
        let missing = if !has(QUESTION_ID) {
            self.place(QUESTION_ID)
        } else if !has(SOLUTION) && !has(RESPONSE) {
            format!("{} or {}", self.place(SOLUTION), self.place(RESPONSE))
        } else {
            return Ok(());
        };
        Err(format!(
            "expected {missing}, got {}\nhint: `map` says which column is which field, as in `map = {{ question_id = \"task_id\" }}`",
            listed(header)
        ))
    }
}

/// More columns than this are not listed in a message.
const LISTED_COLUMNS: usize = 12;

fn listed(header: &[String]) -> String {
    let shown: Vec<String> = header.iter().take(LISTED_COLUMNS).map(|column| format!("`{column}`")).collect();
    match header.len().saturating_sub(LISTED_COLUMNS) {
        _ if shown.is_empty() => "no column".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Two names at least this much alike (Jaro–Winkler) may be a slip of the pen.
const ALIKE: f64 = 0.8;

fn known(name: &str, table: &'static str) -> Result<usize, IngestError> {
    position(name).ok_or_else(|| {
        let nearest = FIELDS
            .iter()
            .filter(|field| field.name != EXTRA_COLUMN)
            .map(|field| (strsim::jaro_winkler(field.name, name), field.name))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness >= ALIKE);
        let hint = nearest.map_or_else(String::new, |(_, field)| format!("; did you mean `{field}`?"));
        IngestError::UnknownField { name: name.to_owned(), table, hint }
    })
}
