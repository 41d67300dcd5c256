//! What a plan may write for a field beyond the name of a column: a row goes in, a value comes out.
//!
//! `"$.metadata.answer"` is a path into the row; `"{task}/{@index+1}"` is a text with columns in it. In the quoted names of
//! a path there may be columns too: `"$['Answer {Response ID+1}']"`. Names that begin with `@` are not columns but places.

use std::borrow::Cow;

use super::Place;
use super::path::{Path, Step};
use crate::ingest::field::{Cell, FIELDS, SOLUTION, Slot, typed};
use crate::ingest::json;
use crate::ingest::object::Object;
use crate::ingest::sheet::Folio;

/// The places that a text may name, with what they stand for.
pub(super) const PLACES: [(&str, &str); 6] = [
    ("@index", "the position in the exploded list, else among the rows of the document, from 0"),
    ("@key", "the name of the member that the row is, where rows are members of an object"),
    ("@value", "the row itself, where rows are no objects"),
    ("@file", "the file's name"),
    ("@stem", "the file's name without its extension"),
    ("@folder", "the name of the folder that the file lies in"),
];

/// A value made of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) enum Expression {
    /// A column, whose name may have columns in it, and where a path leads from there.
    Path(Template, Path),
    /// A text with placeholders.
    Template(Template),
}

/// The row that an expression is about.
#[derive(Clone, Copy)]
pub(super) struct Row<'r, 'a> {
    pub(super) object: &'r Object<'a>,
    /// The row of the joined file.
    pub(super) partner: Option<&'r Object<'a>>,
    pub(super) place: &'r Place<'a>,
    pub(super) folio: &'r Folio<'r>,
}

impl Expression {
    /// Reads what a plan wrote; none when it is the plain name of a column.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub(in crate::ingest) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.starts_with('$') {
            let mut path = Path::parse(text)?;
            let Some(Step::Name(column)) = path.steps.first() else {
                return Err(format!("expected the name of a column after `$` in `{text}`"));
            };
            let column = Template::parse(column)?;
            path.steps.remove(0);
            return Ok(Some(Expression::Path(column, path)));
        }
        if text.contains('{') || text.starts_with('@') {
            let text = if text.starts_with('@') { Cow::Owned(format!("{{{text}}}")) } else { Cow::Borrowed(text) };
            return Template::parse(&text).map(|template| Some(Expression::Template(template)));
        }
        Ok(None)
    }

    /// The value for `field`; null where the row has none.
    pub(in crate::ingest) fn cell<'a>(
        &self,
        field: usize,
        object: &Object<'a>,
        (partner, place): (Option<&Object<'a>>, &Place<'a>),
        folio: &Folio<'_>,
    ) -> Cell<'a> {
        let row = Row { object, partner, place, folio };
        match self {
            Expression::Path(column, path) => path_cell((column, path), field, row),
            Expression::Template(template) => match template.fill(row) {
                // Nothing is a text, and no name and no number.
                Some(text) if text.is_empty() && !matches!(FIELDS[field].slot, Slot::Text(_)) => Cell::Null,
                Some(text) => typed(field, Cow::Owned(text)),
                None => Cell::Null,
            },
        }
    }
}

fn path_cell<'a>((column, path): (&Template, &Path), field: usize, row: Row<'_, 'a>) -> Cell<'a> {
    let found = column.fill(row).and_then(|column| lookup(&column, row)).and_then(|json| path.find(json));
    match found.map_or(Cell::Null, json::cell) {
        // An empty cell of a table is null, wherever a plan takes it from.
        Cell::Text(text) if row.folio.typed_texts && text.is_empty() && field != SOLUTION => Cell::Null,
        Cell::Text(text) if row.folio.typed_texts => typed(field, text),
        cell => cell,
    }
}

/// A column of the row, of its partner, or of what is around the row.
pub(super) fn lookup<'a>(name: &str, row: Row<'_, 'a>) -> Option<&'a str> {
    let of = |object: &Object<'a>| object.get(name);
    of(row.object).or_else(|| row.partner.and_then(of)).or_else(|| row.place.outer.get(name))
}

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A column or a place, and what is added to it where it is an integer.
    Value {
        name: String,
        plus: i64,
    },
}

impl Template {
    /// Reads a text with placeholders in braces; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub(in crate::ingest) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let end = rest.find('}').filter(|_| brace == "{");
            let end = end.ok_or_else(|| format!("`{brace}` without its other half in `{text}`"))?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(value(&rest[..end])?);
            rest = &rest[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Template { parts })
    }

    /// The text for a row; none where a value that it needs is missing: half a name would be another name.
    pub(super) fn fill(&self, row: Row<'_, '_>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Value { name, plus } => {
                    let value = place_value(name, row).or_else(|| lookup(name, row).and_then(shown))?;
                    text.push_str(&if *plus == 0 {
                        value
                    } else {
                        value.trim().parse::<i64>().ok()?.checked_add(*plus)?.to_string()
                    });
                }
            }
        }
        Some(text)
    }

    /// The text where nothing but the file is known.
    pub(super) fn fill_for_file(&self, folio: &Folio<'_>) -> Option<String> {
        self.fill(Row { object: &Object::default(), partner: None, place: &Place::default(), folio })
    }
}

fn value(inside: &str) -> Result<Part, String> {
    let number = inside.rfind(['+', '-']).and_then(|at| Some((at, inside[at..].parse::<i64>().ok()?)));
    let (name, plus) = number.map_or((inside, 0), |(at, plus)| (&inside[..at], plus));
    let name = name.trim();
    if name.is_empty() {
        return Err("expected a column between `{` and `}`".to_owned());
    }
    if name.starts_with('@') && !PLACES.iter().any(|(place, _)| *place == name) {
        let known: Vec<&str> = PLACES.iter().map(|(place, _)| *place).collect();
        return Err(format!("unknown place `{name}`; known: {}", known.join(", ")));
    }
    Ok(Part::Value { name: name.to_owned(), plus })
}

fn place_value(name: &str, row: Row<'_, '_>) -> Option<String> {
    match name {
        "@index" => row.place.index.or(row.place.row).map(|index| index.to_string()),
        "@key" => row.place.key.as_ref().map(ToString::to_string),
        "@file" => Some(row.folio.file_name().to_owned()),
        "@stem" => Some(row.folio.stem().to_owned()),
        "@folder" => row.folio.folder().map(str::to_owned),
        _ => None,
    }
}

/// A scalar as the text of a name; none for null, lists and objects.
pub(super) fn shown(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => json::text(json).map(Cow::into_owned),
        b'[' | b'{' | b'n' => None,
        _ => Some(json.to_owned()),
    }
}
