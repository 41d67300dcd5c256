//! Takes a table of the plan apart key by key, noting every mistake on the way.

use super::wire::{Entry, Node, Value};
use super::{Mistake, Origin};

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> Located<T> {
    /// Another value at the same place.
    pub(super) fn map<U>(self, meant: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: meant(self.value), origin: self.origin }
    }
}

/// The keys of one table that nobody has asked for yet.
pub(super) struct Section<'m> {
    path: String,
    origin: Origin,
    entries: Vec<Entry>,
    asked: Vec<&'static str>,
    mistakes: &'m mut Vec<Mistake>,
}

impl<'m> Section<'m> {
    /// Opens a table; anything else in its place is a mistake and reads as an empty one.
    pub(super) fn open(path: &str, node: Node, mistakes: &'m mut Vec<Mistake>) -> Self {
        let origin = node.origin;
        let entries = match node.value {
            Value::Table(entries) => entries,
            other => {
                let message = format!("expected a table `[{path}]`, got {}", other.describe());
                mistakes.push(Mistake { origin: origin.clone(), message, hint: None });
                Vec::new()
            }
        };
        Section { path: path.to_owned(), origin, entries, asked: Vec::new(), mistakes }
    }

    /// Opens a table inside this one; its mistakes are noted among those of this one.
    pub(super) fn open_inside(&mut self, path: &str, node: Node) -> Section<'_> {
        Section::open(path, node, self.mistakes)
    }

    /// Where the table stands.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The name of a key as messages show it: `inference.level`.
    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes a mistake.
    pub(super) fn mistake(&mut self, origin: &Origin, message: String) {
        self.mistakes.push(Mistake { origin: origin.clone(), message, hint: None });
    }

    /// Notes a mistake that has a known way out.
    pub(super) fn mistake_with_hint(&mut self, origin: &Origin, message: String, hint: &str) {
        self.mistakes.push(Mistake { origin: origin.clone(), message, hint: Some(hint.to_owned()) });
    }

    /// Whether a key was written.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Takes a key out, whatever it holds.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.asked.push(key);
        let position = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(position).node)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<Located<T>> {
        let node = self.take(key)?;
        if let Some(value) = read(&node.value) {
            return Some(Located { value, origin: node.origin });
        }
        let message = format!("expected {expected} in `{}`, got {}", self.name(key), node.value.describe());
        self.mistake(&node.origin, message);
        None
    }

    pub(super) fn string(&mut self, key: &'static str) -> Option<Located<String>> {
        self.typed(key, "a string", as_string)
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<Located<bool>> {
        self.typed(key, "true or false", |value| match value {
            Value::Boolean(truth) => Some(*truth),
            _ => None,
        })
    }

    pub(super) fn whole_number(&mut self, key: &'static str) -> Option<Located<u64>> {
        self.typed(key, "a whole number from 0", |value| match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<Located<f64>> {
        self.typed(key, "a number", |value| match value {
            Value::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "plan values are small")]
            Value::Integer(number) => Some(*number as f64),
            _ => None,
        })
    }

    /// A whole number, or a list of them.
    pub(super) fn whole_numbers(&mut self, key: &'static str) -> Option<Vec<Located<u64>>> {
        let node = self.take(key)?;
        let items = match node.value {
            Value::Array(items) => items,
            value => vec![Node { origin: node.origin, value }],
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            match item.value {
                Value::Integer(number) if number >= 0 => {
                    found.push(Located { value: number.unsigned_abs(), origin: item.origin });
                }
                other => {
                    let message = format!("expected whole numbers in `{}`, got {}", self.name(key), other.describe());
                    self.mistake(&item.origin, message);
                }
            }
        }
        Some(found)
    }

    /// A string, or a list of strings.
    pub(super) fn strings(&mut self, key: &'static str) -> Option<Vec<Located<String>>> {
        let node = self.take(key)?;
        let items = match node.value {
            Value::Array(items) => items,
            value => vec![Node { origin: node.origin, value }],
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            if let Some(value) = as_string(&item.value) {
                found.push(Located { value, origin: item.origin });
            } else {
                let message = format!("expected strings in `{}`, got {}", self.name(key), item.value.describe());
                self.mistake(&item.origin, message);
            }
        }
        Some(found)
    }

    /// A table of strings: key, value and where it stands.
    pub(super) fn string_table(&mut self, key: &'static str) -> Vec<(String, Located<String>)> {
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::Table(entries) = node.value else {
            let message = format!("expected a table in `{}`, got {}", self.name(key), node.value.describe());
            self.mistake(&node.origin, message);
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in entries {
            if let Some(value) = as_string(&entry.node.value) {
                found.push((entry.key, Located { value, origin: entry.origin }));
            } else {
                let name = format!("{}.{}", self.name(key), entry.key);
                let message = format!("expected a string in `{name}`, got {}", entry.node.value.describe());
                self.mistake(&entry.node.origin, message);
            }
        }
        found
    }

    /// Tables of an array such as `[[source]]`.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Node> {
        match self.take(key) {
            None => Vec::new(),
            Some(Node { value: Value::Array(items), .. }) => items,
            Some(node) => {
                let message = format!("expected `[[{key}]]`, got {}", node.value.describe());
                self.mistake(&node.origin, message);
                Vec::new()
            }
        }
    }

    /// Every key that was never asked for is a mistake.
    pub(super) fn finish(mut self) {
        for entry in std::mem::take(&mut self.entries) {
            let suggestion = nearest(&entry.key, self.asked.iter().copied())
                .map(|known| format!("; did you mean `{known}`?"))
                .unwrap_or_default();
            let message = format!("unknown key `{}`{suggestion}", self.name(&entry.key));
            self.mistake(&entry.origin, message);
        }
    }
}

fn as_string(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// The known name that a typing mistake most likely meant.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), name), name))
        // Below 0.75 the two share hardly more than a first letter.
        .filter(|(score, _)| *score >= 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}
