//! A JSON object undecoded: its text goes in; names and the texts of their values come out, in the order of the file.
//!
//! What a reader does not ask for is never decoded, and nothing is copied before it is asked for.

use std::borrow::Cow;
use std::collections::HashSet;

use super::field::Cell;
use super::json;

/// The columns of a row, values as JSON text.
#[derive(Debug, Clone, Default)]
pub(super) struct Object<'a> {
    columns: Vec<(Cow<'a, str>, &'a str)>,
}

/// Up to so many columns are compared one with another, which costs less than a set; beyond, it would cost their square.
const FEW: usize = 48;

impl<'a> Object<'a> {
    /// Takes one JSON object apart, one level deep.
    ///
    /// # Errors
    /// With a reason when the text is no object, or names a column twice: which of the two is meant nobody knows.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let columns = json::columns_of(text)?;
        let mut many = HashSet::new();
        for (position, (name, _)) in columns.iter().enumerate() {
            let twice = if columns.len() > FEW {
                !many.insert(name.as_ref())
            } else {
                columns[..position].iter().any(|(earlier, _)| earlier == name)
            };
            if twice {
                return Err(format!("`{name}` occurs twice in the row"));
            }
        }
        Ok(Object { columns: columns.into_iter().map(|(name, raw)| (name, raw.get())).collect() })
    }

    /// The columns in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.columns.iter().map(|(name, json)| (name.as_ref(), *json))
    }

    /// Adds a column, unless there is one of that name.
    pub(super) fn add(&mut self, name: Cow<'a, str>, json: &'a str) {
        if !self.has(&name) {
            self.columns.push((name, json));
        }
    }

    /// Whether a column is there, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| column == name)
    }

    /// The JSON text of a column; none where it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let json = self.columns.iter().find(|(column, _)| column == name)?.1;
        (json != "null").then_some(json)
    }

    /// A column as a cell; null where it is absent.
    pub(super) fn cell(&self, name: &str) -> Cell<'a> {
        self.get(name).map_or(Cell::Null, json::cell)
    }

    /// A string; none where the column is absent, null or of another type.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(json::text)
    }

    /// A boolean; none where the column is absent, null or of another type.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number; none where the column is absent, null or of another type.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }

    /// An object; none where the column is absent, null or of another type.
    pub(super) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name).and_then(|json| Object::parse(json).ok())
    }

    /// The items of a list; none where the column is absent, null or of another type.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&'a str>> {
        self.get(name).and_then(json::items_of)
    }

    /// The items of a list that the format cannot do without.
    ///
    /// # Errors
    /// With a reason where there is none.
    pub(super) fn needed_list(&self, name: &str) -> Result<Vec<&'a str>, String> {
        self.list(name).ok_or_else(|| match self.get(name) {
            None if self.has(name) => format!("expected a list in `{name}`, got null"),
            None => format!("missing `{name}`"),
            Some(json) => format!("expected a list in `{name}`, got {}", json::kind(json)),
        })
    }

    /// Walks down names, as in `["response", "body"]`; none where the way ends.
    pub(super) fn at(&self, way: &[&str]) -> Option<Object<'a>> {
        let (first, rest) = way.split_first()?;
        let inner = self.object(first)?;
        if rest.is_empty() { Some(inner) } else { inner.at(rest) }
    }
}
