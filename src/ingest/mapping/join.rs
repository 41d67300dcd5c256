//! A second file with further columns: its rows go in, and for each row of the first file its partner comes out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::expression::{Template, shown};
use super::{Place, named};
use crate::ingest::error::IngestError;
use crate::ingest::object::Object;
use crate::ingest::sheet::Folio;
use crate::ingest::{Input, Source, tables};

/// A second file, as a plan writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Join {
    /// Its path, relative to the plan's folder, in which `{@file}`, `{@stem}` and `{@folder}` stand for the first file's.
    pub path: String,
    /// Column of the first file → column of the second one whose value has to be the same.
    pub on: Vec<(String, String)>,
}

/// The longest second file that is held in memory.
const LARGEST: usize = 1 << 30;

impl Join {
    /// # Errors
    /// With what is wrong with it.
    pub(super) fn check(&self) -> Result<(), String> {
        Template::parse(&self.path)?;
        if self.on.is_empty() {
            return Err("expected at least one column in `on`".to_owned());
        }
        Ok(())
    }
}

/// The second file for an input.
pub(in crate::ingest) fn file_of(source: &Source, input: &Input) -> Option<Input> {
    let join = source.instructions.join.as_ref()?;
    let columns = super::super::columns::Columns::plain();
    let mapping = super::Mapping::none();
    let folio = Folio { name: input.name.clone(), columns: &columns, mapping: &mapping, typed_texts: false };
    let path = Template::parse(&join.path).ok()?.fill_for_file(&folio)?;
    Some(named(&source.instructions.base_dir, &path))
}

/// The rows of the second file by their keys.
#[derive(Debug)]
pub(super) struct Partners {
    left: Vec<String>,
    rows: HashMap<Vec<String>, String>,
}

impl Partners {
    /// Reads the second file whole.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or has two rows for one key: which of them is meant nobody knows.
    pub(super) fn read(join: &Join, input: &Input) -> Result<Self, IngestError> {
        let wrong = |problem: String| IngestError::Join { file: input.name.to_string(), problem };
        let right: Vec<&str> = join.on.iter().map(|(_, right)| right.as_str()).collect();
        let mut rows = HashMap::new();
        let mut held = 0;
        let mut problem = None;
        tables::read(input, &mut |number, text| {
            held += text.len();
            if held > LARGEST {
                problem = Some(format!("it is longer than {} MiB, and is held in memory", LARGEST >> 20));
                return false;
            }
            problem = enter(&mut rows, &right, number, text).err();
            problem.is_none()
        })?;
        match problem {
            Some(problem) => Err(wrong(problem)),
            None => Ok(Partners { left: join.on.iter().map(|(left, _)| left.clone()).collect(), rows }),
        }
    }

    /// The partner of a row; none where no row of the second file has its key.
    pub(super) fn of(&self, object: &Object<'_>, place: &Place<'_>) -> Result<Option<Object<'_>>, String> {
        let of = |name: &String| {
            if name == "@index" {
                return place.index.or(place.row).map(|index| index.to_string());
            }
            object.get(name).or_else(|| place.outer.get(name)).and_then(shown)
        };
        let Some(key) = self.left.iter().map(of).collect::<Option<Vec<_>>>() else { return Ok(None) };
        self.rows.get(&key).map(|text| Object::parse(text)).transpose()
    }
}

fn enter(rows: &mut HashMap<Vec<String>, String>, right: &[&str], number: u64, text: String) -> Result<(), String> {
    let object = Object::parse(&text).map_err(|reason| format!("row {number}: {reason}"))?;
    let mut key = Vec::new();
    for column in right {
        match object.get(column).and_then(shown) {
            Some(value) => key.push(value),
            None if object.has(column) => return Ok(()),
            None => return Err(format!("row {number}: missing `{column}`, on which it is joined")),
        }
    }
    match rows.entry(key) {
        Entry::Occupied(entry) => Err(format!("row {number}: a second row with the key {}", entry.key().join(", "))),
        Entry::Vacant(entry) => {
            entry.insert(text);
            Ok(())
        }
    }
}
