//! A JSON object undecoded: its text goes in; names and the texts of their values come out, in the order of the file.
//!
//! What a reader does not ask for is never decoded, and nothing is copied before it is asked for.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use super::field::Cell;
use super::json;

/// The columns of a row, values as JSON text.
#[derive(Debug, Clone, Default)]
pub(super) struct Object<'a> {
    columns: Vec<(Cow<'a, str>, &'a str)>,
    /// Positions in the order of names, made when a column of many is asked for.
    places: OnceLock<Vec<usize>>,
}

impl<'a> Object<'a> {
    /// Takes one JSON object apart, one level deep.
    ///
    /// # Errors
    /// With a reason when the text is no object, or names a column twice: which of the two is meant nobody knows.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let columns = json::columns_of(text)?;
        if let Some(name) = repeated(&columns) {
            return Err(format!("`{name}` occurs twice in the row"));
        }
        let columns = columns.into_iter().map(|(name, raw)| (name, raw.get())).collect();
        Ok(Object { columns, places: OnceLock::new() })
    }

    /// The columns in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.columns.iter().map(|(name, json)| (name.as_ref(), *json))
    }

    /// Adds a column, unless there is one of that name.
    pub(super) fn add(&mut self, name: Cow<'a, str>, json: &'a str) {
        if !self.has(&name) {
            self.places = OnceLock::new();
            self.columns.push((name, json));
        }
    }

    /// Its columns but for one.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.places = OnceLock::new();
        self.columns.retain(|(column, _)| column != name);
        self
    }

    /// Its columns in front of those of an object inside it, which leave out what is null or has the name of an outer one.
    pub(super) fn around(mut self, inner: &Object<'a>) -> Self {
        let outer: HashSet<&str> = self.columns.iter().map(|(name, _)| name.as_ref()).collect();
        let is_seen = |(name, json): &&(Cow<'a, str>, &'a str)| *json != "null" && !outer.contains(name.as_ref());
        let added: Vec<_> = inner.columns.iter().filter(is_seen).cloned().collect();
        self.places = OnceLock::new();
        self.columns.extend(added);
        self
    }

    /// Whether a column is there, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.columns.len() <= FEW {
            return self.columns.iter().position(|(column, _)| column == name);
        }
        let name_at = |at: usize| self.columns[at].0.as_ref();
        let places = self.places.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.columns.len()).collect();
            places.sort_unstable_by_key(|&at| name_at(at));
            places
        });
        places.binary_search_by_key(&name, |&at| name_at(at)).ok().map(|place| places[place])
    }

    /// The JSON text of a column; none where it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let json = self.columns[self.position(name)?].1;
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
}

/// Up to so many columns each is compared with all before it, which is faster than a table of them.
const FEW: usize = 32;

/// The first name that came before.
fn repeated<'c, 'a, V>(columns: &'c [(Cow<'a, str>, V)]) -> Option<&'c Cow<'a, str>> {
    let names = || columns.iter().map(|(name, _)| name);
    if columns.len() > FEW {
        let mut seen = HashSet::with_capacity(columns.len());
        return names().find(|name| !seen.insert(*name));
    }
    names()
        .enumerate()
        .find(|(position, name)| names().take(*position).any(|earlier| earlier == *name))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_name_that_occurs_twice_is_found_among_few_and_many() {
        for n in [1, FEW - 1, FEW, FEW + 1, 200_000] {
            let columns: Vec<String> = (0..n).map(|column| format!("\"c{column}\": 0")).collect();
            let columns = columns.join(",");
            assert!(Object::parse(&format!("{{{columns}}}")).is_ok());
            let reason = Object::parse(&format!("{{{columns}, \"c{}\": 1}}", n / 2)).unwrap_err();
            assert_eq!(reason, format!("`c{}` occurs twice in the row", n / 2));
        }
    }

    #[test]
    fn outer_columns_hide_inner_ones() {
        let outer = Object::parse(r#"{"id": 1, "response": {}, "note": null}"#).unwrap();
        let inner = Object::parse(r#"{"id": 2, "model": "m", "error": null}"#).unwrap();
        let both = outer.without("response").around(&inner);
        let columns: Vec<_> = both.columns().collect();
        assert_eq!(columns, [("id", "1"), ("note", "null"), ("model", "\"m\"")]);
    }
}
