//! What the beginning of a file looks like: its first bytes go in; the framing and the names in its first row come out.
//!
//! The beginning may end anywhere, so that nothing here takes damage for more than an end.

use std::borrow::Cow;

/// How a file falls into rows, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// A JSON object per line.
    Lines,
    /// One JSON list.
    List,
    /// One JSON object over several lines.
    Object,
    /// One JSON object on a line that goes on beyond the beginning: the first of many, or all there is.
    LongLine,
    /// Parquet.
    Parquet,
    /// A table of texts with a header: CSV or TSV.
    Table,
    /// A ZIP archive.
    Zip,
    /// None of these.
    Other,
}

/// A value's kind by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    Text,
    /// A number, a boolean or null.
    Scalar,
}

/// The framing of a file and the columns of its first row.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    pub(super) frame: Frame,
    columns: Vec<(Cow<'a, str>, Kind, &'a [u8])>,
}

impl<'a> Shape<'a> {
    /// Looks at the beginning of a file.
    pub(super) fn of(head: &'a [u8]) -> Self {
        let text = head.trim_ascii_start();
        let bare = |frame| Shape { frame, columns: Vec::new() };
        match text.first() {
            _ if head.starts_with(b"PAR1") => bare(Frame::Parquet),
            _ if head.starts_with(b"PK\x03\x04") => bare(Frame::Zip),
            Some(b'[') => Shape { frame: Frame::List, columns: members(text[1..].trim_ascii_start()).0 },
            Some(b'{') => {
                let (columns, end) = members(text);
                let seen = &text[..end.unwrap_or(text.len())];
                let frame = match end {
                    _ if seen.contains(&b'\n') => Frame::Object,
                    Some(_) => Frame::Lines,
                    None => Frame::LongLine,
                };
                Shape { frame, columns }
            }
            _ => bare(Frame::Other),
        }
    }

    /// The shape of a table whose columns are known.
    pub(super) fn of_table(frame: Frame, columns: impl IntoIterator<Item = (String, Kind)>) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| (Cow::Owned(name), kind, &[][..])).collect();
        Shape { frame, columns }
    }

    /// Whether the first row, as far as it is seen, has all these columns.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.kind(name).is_some())
    }

    /// Whether a column of the first row holds a list.
    pub(super) fn is_list(&self, name: &str) -> bool {
        self.kind(name) == Some(Kind::List)
    }

    /// Whether a column of the first row holds an object.
    pub(super) fn is_object(&self, name: &str) -> bool {
        self.kind(name) == Some(Kind::Object)
    }

    /// What the first row holds in a column.
    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.columns.iter().find(|(column, ..)| column == name).map(|(_, kind, _)| *kind)
    }

    /// The names of the columns, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, ..)| name.as_ref())
    }

    /// The shape of an object in a column, or of the first object in a list there.
    pub(super) fn inside(&self, name: &str) -> Shape<'a> {
        let value = self.columns.iter().find(|(column, ..)| column == name).map_or(&[][..], |(.., value)| value);
        let value = value.strip_prefix(b"[").unwrap_or(value).trim_ascii_start();
        Shape { frame: self.frame, columns: members(value).0 }
    }
}

type Members<'a> = Vec<(Cow<'a, str>, Kind, &'a [u8])>;

/// The members of the object at the beginning of `text`, and where it ends, if it does.
fn members(text: &[u8]) -> (Members<'_>, Option<usize>) {
    let mut found = Vec::new();
    if text.first() != Some(&b'{') {
        return (found, None);
    }
    let mut at = 1;
    loop {
        at = skip(text, at, |byte| byte.is_ascii_whitespace() || byte == b',');
        match text.get(at) {
            Some(b'"') => {}
            Some(b'}') => return (found, Some(at + 1)),
            _ => return (found, None),
        }
        let Some(end) = value_end(text, at) else { return (found, None) };
        let name = &text[at + 1..end - 1];
        at = skip(text, end, |byte| byte.is_ascii_whitespace() || byte == b':');
        let Some(&first) = text.get(at) else { return (found, None) };
        let kind = match first {
            b'{' => Kind::Object,
            b'[' => Kind::List,
            b'"' => Kind::Text,
            _ => Kind::Scalar,
        };
        let end = value_end(text, at);
        found.push((String::from_utf8_lossy(name), kind, &text[at..end.unwrap_or(text.len())]));
        match end {
            Some(end) => at = end,
            None => return (found, None),
        }
    }
}

fn skip(text: &[u8], from: usize, passes: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|&byte| !passes(byte)).map_or(text.len(), |n| from + n)
}

/// Where the value that begins at `from` ends; none where the text ends first.
fn value_end(text: &[u8], from: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, &byte) in text.iter().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => continue,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 && !in_string && matches!(byte, b'"' | b'}' | b']') {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Frame, Vec<String>) {
        let shape = Shape::of(text.as_bytes());
        (shape.frame, shape.names().map(str::to_owned).collect())
    }

    #[test]
    fn a_beginning_tells_the_framing() {
        assert_eq!(of("{\"a\": 1, \"b\": [{\"c\": 2}]}\n{"), (Frame::Lines, vec!["a".into(), "b".into()]));
        assert_eq!(of(" {\"a\": \"}\\\"\", \"b\": nul"), (Frame::LongLine, vec!["a".into(), "b".into()]));
        assert_eq!(of("{\n \"a\": {\"x\": 1},\n \"b\""), (Frame::Object, vec!["a".into()]));
        assert_eq!(of("[\n {\"a\": 1}, {\"b\": 2}]"), (Frame::List, vec!["a".into()]));
        assert_eq!(of("[1, 2]"), (Frame::List, vec![]));
        assert_eq!(of("a,b\n1,2"), (Frame::Other, vec![]));
        assert_eq!(of(""), (Frame::Other, vec![]));
    }

    #[test]
    fn a_look_inside_a_column() {
        let shape = Shape::of(br#"{"eval": {"HumanEval/0": [{"task_id": "x", "solut"#);
        assert!(shape.is_object("eval") && !shape.is_list("eval"));
        let inner = shape.inside("eval");
        assert_eq!(inner.names().collect::<Vec<_>>(), ["HumanEval/0"]);
        assert!(inner.inside("HumanEval/0").has(&["task_id"]));
        assert!(!shape.inside("none").has(&["a"]));
    }

    #[test]
    fn a_beginning_may_end_anywhere() {
        let text = r#" {"a\"b": [1, {"c": "}"}], "d": {"e": null}, "f": -1.5e3}"#;
        for end in 0..text.len() {
            let shape = Shape::of(&text.as_bytes()[..end]);
            assert!(shape.names().count() <= 3);
        }
    }
}
