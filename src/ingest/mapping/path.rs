//! A path into a JSON value: `$.samples[*].text`, `$['a name'][0]`. Its text goes in; what it leads to comes out.
//!
//! The part of RFC 9535 (`JSONPath`) that leads from a document to its rows: names, positions and `*`. Filters, slices and
//! descendants are left out, since a path is followed on undecoded text, however long that is.

use std::borrow::Cow;

use crate::ingest::json;
use crate::ingest::object::Object;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) enum Step {
    /// The member of that name.
    Name(String),
    /// The item at that position, from 0.
    Position(usize),
    /// Every item, or every member.
    Every,
}

/// A path, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::ingest) struct Path {
    pub(in crate::ingest) steps: Vec<Step>,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub(in crate::ingest) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or("expected a path that begins with `$`")?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(after) => dotted(after)?,
                None => bracketed(rest)?,
            };
            steps.push(step);
            rest = after;
        }
        Ok(Path { steps })
    }

    /// The value that the path leads to; none where it leads nowhere. `*` takes the first.
    pub(in crate::ingest) fn find<'a>(&self, json: &'a str) -> Option<&'a str> {
        let mut at = json;
        for step in &self.steps {
            at = match step {
                Step::Name(name) => Object::parse(at).ok()?.columns().find(|(column, _)| column == name)?.1,
                Step::Position(position) => json::items_of(at)?.get(*position)?,
                Step::Every => children(at).into_iter().next()?.1,
            };
        }
        Some(at)
    }
}

fn dotted(rest: &str) -> Result<(Step, &str), String> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    match &rest[..end] {
        "" => Err("expected a name after `.`".to_owned()),
        "*" => Ok((Step::Every, &rest[end..])),
        name => Ok((Step::Name(name.to_owned()), &rest[end..])),
    }
}

fn bracketed(rest: &str) -> Result<(Step, &str), String> {
    let inner = rest.strip_prefix('[').ok_or_else(|| format!("expected `.` or `[`, got `{rest}`"))?;
    if let Some(quote @ ('\'' | '"')) = inner.chars().next() {
        let end = inner[1..].find(quote).ok_or_else(|| format!("expected {quote} at the end of a name"))?;
        let name = &inner[1..=end];
        let after = inner[end + 2..].strip_prefix(']').ok_or("expected `]` after a name")?;
        return Ok((Step::Name(name.to_owned()), after));
    }
    let (inside, after) = inner.split_once(']').ok_or("expected `]`")?;
    if inside == "*" {
        return Ok((Step::Every, after));
    }
    let position = inside.parse().map_err(|_| format!("expected `*`, a position or a quoted name in `[{inside}]`"))?;
    Ok((Step::Position(position), after))
}

/// The items of a list or the members of an object, the latter with their names.
pub(in crate::ingest) fn children(json: &str) -> Vec<(Option<Cow<'_, str>>, &str)> {
    if let Some(items) = json::items_of(json) {
        return items.into_iter().map(|item| (None, item)).collect();
    }
    let columns = json::columns_of(json).unwrap_or_default();
    columns.into_iter().map(|(name, raw)| (Some(name), raw.get())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn paths_are_names_positions_and_stars() {
        let path = Path::parse("$.eval[*]['a.b'][2].x").unwrap();
        let name = |name: &str| Step::Name(name.to_owned());
        assert_eq!(path.steps, [name("eval"), Step::Every, name("a.b"), Step::Position(2), name("x")]);
        assert_eq!(Path::parse("$").unwrap().steps, []);
        assert_eq!(Path::parse("$.*").unwrap().steps, [Step::Every]);
        for (text, wrong) in [
            ("samples[*]", "expected a path that begins with `$`"),
            ("$samples", "expected `.` or `[`, got `samples`"),
            ("$.", "expected a name after `.`"),
            ("$[x]", "expected `*`, a position or a quoted name in `[x]`"),
            ("$['x", "expected ' at the end of a name"),
            ("$['x'", "expected `]` after a name"),
            ("$[0", "expected `]`"),
        ] {
            assert_eq!(Path::parse(text).unwrap_err(), wrong);
        }
    }

    #[test]
    fn a_path_leads_to_a_value_or_nowhere() {
        let find = |path: &str, json: &'static str| Path::parse(path).unwrap().find(json);
        assert_eq!(find("$.a[1].b", r#"{"a": [0, {"b": "x"}]}"#), Some("\"x\""));
        assert_eq!(find("$.a[*]", r#"{"a": {"k": 7}}"#), Some("7"));
        assert_eq!(find("$.a[5]", r#"{"a": [0]}"#), None);
        assert_eq!(find("$.a.b", r#"{"a": "text"}"#), None);
    }
}
