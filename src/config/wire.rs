//! The plan as written: a tree of values that remember where they stand.

use toml::de::{DeTable, DeValue};

use super::{Mistake, Origin};

/// A value with the place it was written at.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

/// The types of TOML that a plan uses.
#[derive(Debug, Clone)]
pub(super) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// Dates and integers beyond 64 bits: legal TOML that no key of a plan takes. Kept as written.
    Other(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) origin: Origin,
    pub(super) node: Node,
}

impl Value {
    /// As an error message names what it got.
    pub(super) fn describe(&self) -> String {
        match self {
            Value::String(text) => format!("the string {text:?}"),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Other(text) => format!("`{text}`"),
            Value::Array(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }
}

/// Parses TOML; every syntax mistake is reported with its line.
pub(super) fn parse(text: &str) -> (Node, Vec<Mistake>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mistakes = errors
        .iter()
        .map(|error| Mistake {
            origin: error.span().map_or(Origin::Plan, |span| Origin::Line(line_at(text, span.start))),
            message: error.message().to_owned(),
            hint: None,
        })
        .collect();
    let root = Node { origin: Origin::Plan, value: table_value(table.get_ref(), &|offset| line(text, offset)) };
    (root, mistakes)
}

fn line(text: &str, offset: usize) -> Origin {
    Origin::Line(line_at(text, offset))
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count()
}

fn table_value(table: &DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Value {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let node = Node { origin: origin(value.span().start), value: convert(value.get_ref(), origin) };
            let entry = Entry { key: key.get_ref().to_string(), origin: origin(key.span().start), node };
            (key.span().start, entry)
        })
        .collect();
    // The parser hands keys out alphabetically; mistakes and echoes follow the file.
    entries.sort_by_key(|(offset, _)| *offset);
    Value::Table(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn convert(value: &DeValue<'_>, origin: &dyn Fn(usize) -> Origin) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Other(number.to_string()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::Other(number.to_string()), Value::Float)
        }
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(date) => Value::Other(date.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| Node { origin: origin(item.span().start), value: convert(item.get_ref(), origin) })
                .collect(),
        ),
        DeValue::Table(table) => table_value(table, origin),
    }
}

/// Applies one `KEY=VALUE`.
pub(super) fn set(root: &mut Node, argument: &str) -> Result<(), Mistake> {
    let origin = Origin::Set(argument.to_owned());
    let mistake = |message: String| Mistake { origin: origin.clone(), message, hint: None };
    let (path, text) =
        argument.split_once('=').ok_or_else(|| mistake("expected `KEY=VALUE`, got no `=`".to_owned()))?;
    let value = match DeValue::parse(text.trim()) {
        Ok(value) => convert(value.get_ref(), &|_| origin.clone()),
        Err(_) => Value::String(text.to_owned()),
    };
    place(root, path.trim(), Node { origin: origin.clone(), value }).map_err(mistake)
}

fn place(at: &mut Node, path: &str, node: Node) -> Result<(), String> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    if head.is_empty() {
        return Err("a part of the key is empty".to_owned());
    }
    let slot = match &mut at.value {
        Value::Table(entries) => entry_slot(entries, head, &node.origin),
        Value::Array(items) => {
            let n = items.len();
            head.parse::<usize>()
                .ok()
                .and_then(|position| items.get_mut(position))
                .ok_or_else(|| format!("expected a position below {n} in place of `{head}`"))?
        }
        other => return Err(format!("`{head}` cannot be set inside {}", other.describe())),
    };
    if let Some(rest) = rest {
        place(slot, rest, node)
    } else {
        *slot = node;
        Ok(())
    }
}

fn entry_slot<'a>(entries: &'a mut Vec<Entry>, key: &str, origin: &Origin) -> &'a mut Node {
    let position = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let node = Node { origin: origin.clone(), value: Value::Table(Vec::new()) };
        entries.push(Entry { key: key.to_owned(), origin: origin.clone(), node });
        entries.len() - 1
    });
    &mut entries[position].node
}
