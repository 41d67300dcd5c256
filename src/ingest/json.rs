//! One JSON object → `Record`. Large strings go straight from the line into the record; no tree of values is built.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::Columns;
use super::field::{Cell, Draft, FIELDS, Slot};
use crate::model::Record;

/// Deeper nesting than this in an unknown column makes a row unusable; `serde_json` has the same limit for what it decodes.
pub(super) const MAX_DEPTH: usize = 128;

/// Decodes one line (without its line break) or says why it cannot be used.
pub(super) fn record(line: &[u8], columns: &Columns, file: &Arc<str>, row: u64) -> Result<Record, String> {
    let text = std::str::from_utf8(line)
        .map_err(|cause| format!("invalid UTF-8 at byte {} of the line", cause.valid_up_to() + 1))?;
    let mut draft = Draft::new(columns, file, row);
    let mut place = Cow::Borrowed("");
    let mut decoder = serde_json::Deserializer::from_str(text);
    RowSeed { columns, draft: &mut draft, place: &mut place }
        .deserialize(&mut decoder)
        .and_then(|()| decoder.end())
        .map_err(|cause| explain(text, &place, &cause))?;
    draft.finish()
}

/// The columns of an object, values undecoded.
///
/// # Errors
/// With the reason why the text is not one object.
pub(super) fn columns_of(text: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, String> {
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(key) = map.next_key_seed(KeySeed)? {
                pairs.push((key, map.next_value()?));
            }
            Ok(pairs)
        }
    }
    let mut decoder = serde_json::Deserializer::from_str(text);
    let pairs = decoder.deserialize_map(Pairs).and_then(|pairs| decoder.end().map(|()| pairs));
    pairs.map_err(|cause| explain(text, "", &cause))
}

/// The items of a list, undecoded; none when the text is not one list.
pub(super) fn items_of(text: &str) -> Option<Vec<&str>> {
    let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

/// Checks that a text is one list.
///
/// # Errors
/// With the reason why it is none.
pub(super) fn check_list(text: &str) -> Result<(), String> {
    let items: Result<Vec<&RawValue>, _> = serde_json::from_str(text);
    items.map(drop).map_err(|cause| explain(text, "", &cause))
}

/// One JSON value as a cell. What is no JSON is no value that a field takes.
pub(super) fn cell(text: &str) -> Cell<'_> {
    let is_number = matches!(text.as_bytes().first(), Some(b'-' | b'0'..=b'9'));
    if is_number && text.contains(['.', 'e', 'E']) {
        return exact_number_in(text);
    }
    let mut decoder = serde_json::Deserializer::from_str(text);
    match (CellSeed { lists: true }).deserialize(&mut decoder) {
        Ok(cell) => cell,
        // Of more digits than any number type has.
        Err(_) if is_number => exact_number_in(text),
        Err(_) => Cell::Other(kind(text).into()),
    }
}

/// A string out of its JSON text; none for any other value. Halves of surrogate pairs, which no text has, count as damage.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    match cell(json) {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

/// A JSON list of strings, as a CSV cell holds it.
pub(super) fn list_of(text: &str) -> Option<Cell<'static>> {
    let texts: Vec<String> = serde_json::from_str(text).ok()?;
    Some(Cell::List(texts.into_iter().map(|text| Cell::Text(Cow::Owned(text))).collect()))
}

/// A text with its bare `NaN`, `Infinity` and `-Infinity`, which Python writes and JSON does not know, as strings; none
/// where there is no such word.
pub(super) fn without_bare_words(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut whole, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(n) = memchr::memchr3(b'"', b'N', b'I', &bytes[at..]) {
        at += n;
        let rest = &bytes[at..];
        let (start, end) = match rest[0] {
            b'"' => {
                at += string_length(rest);
                continue;
            }
            _ if rest.starts_with(b"NaN") => (at, at + 3),
            _ if rest.starts_with(b"Infinity") && at > copied && bytes[at - 1] == b'-' => (at - 1, at + 8),
            _ if rest.starts_with(b"Infinity") => (at, at + 8),
            _ => {
                at += 1;
                continue;
            }
        };
        for piece in [&text[copied..start], "\"", &text[start..end], "\""] {
            whole.push_str(piece);
        }
        (copied, at) = (end, end);
    }
    if copied == 0 {
        return None;
    }
    whole.push_str(&text[copied..]);
    Some(whole)
}

/// Bytes of the string at the beginning of a text, with its quotes.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(n) = memchr::memchr2(b'"', b'\\', text.get(at..).unwrap_or_default()) {
        at += n;
        if text[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

/// Puts a decoder's complaint into words about the line.
fn explain(line: &str, column: &str, cause: &serde_json::Error) -> String {
    let rest = line.as_bytes().get(cause.column().saturating_sub(1)..).unwrap_or_default();
    // Python writes these tokens, JSON does not know them.
    for token in ["NaN", "Infinity"] {
        if rest.starts_with(token.as_bytes()) {
            let sign = if line[..line.len() - rest.len()].ends_with('-') { "-" } else { "" };
            return format!("expected a finite number in `{column}`, got {sign}{token}");
        }
    }
    if cause.is_eof() {
        return format!("line ends in the middle of a JSON value (after byte {})", line.len());
    }
    let words = cause.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    if words.starts_with("invalid type") {
        return format!("expected a JSON object, got {}", kind(line));
    }
    format!("invalid JSON at byte {}: {words}", cause.column())
}

/// What a JSON text holds, in words.
pub(super) fn kind(line: &str) -> &'static str {
    match line.trim_start().as_bytes().first() {
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'{') => "an object",
        _ => "a number",
    }
}

struct RowSeed<'c, 'd, 'de> {
    columns: &'c Columns,
    draft: &'d mut Draft<'c>,
    /// The column being read, for messages.
    place: &'d mut Cow<'de, str>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, decoder: D) -> Result<(), D::Error> {
        // Not `deserialize_any`: anything but an object is then refused before its content is looked at.
        decoder.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeySeed)? {
            *self.place = key;
            let column: &str = self.place;
            let fields = self.columns.fields(column);
            if fields.is_empty() {
                let raw: &RawValue = map.next_value()?;
                if too_deep(raw.get()) {
                    self.draft.fail(format!("`{column}` is nested more than {MAX_DEPTH} levels deep"));
                } else {
                    self.draft.keep(column, raw.get());
                }
                continue;
            }
            if !self.draft.announce(column, fields) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let only = if let [only] = fields { Some(&FIELDS[*only].slot) } else { None };
            let cell = match only {
                Some(Slot::Number(_)) => exact_number(map.next_value()?),
                Some(Slot::Texts(_)) | None => map.next_value_seed(CellSeed { lists: true })?,
                Some(_) => map.next_value_seed(CellSeed { lists: false })?,
            };
            self.draft.set(fields, cell);
        }
        Ok(())
    }
}

/// Reads a number with the standard library, which rounds correctly; `serde_json` may be off by the last bit.
fn exact_number(raw: &RawValue) -> Cell<'static> {
    exact_number_in(raw.get())
}

fn exact_number_in(text: &str) -> Cell<'static> {
    match text.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => text.parse().map_or(Cell::Other("a number".into()), Cell::Float),
        Some(b'"') => Cell::Other("a string".into()),
        Some(b'[') => Cell::Other("a list".into()),
        Some(b'{') => Cell::Other("an object".into()),
        Some(b'n') => Cell::Null,
        _ => Cell::Other("a boolean".into()),
    }
}

/// Whether a value is nested deeper than a row may hold.
pub(super) fn too_deep(json: &str) -> bool {
    if json.len() <= MAX_DEPTH || !json.starts_with(['[', '{']) {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, decoder: D) -> Result<Self::Value, D::Error> {
        decoder.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column name")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// Decodes one value. Lists are looked into only where a field takes one, so that a list
/// of a hundred million zeros in the wrong place costs no memory.
struct CellSeed {
    lists: bool,
}

impl<'de> DeserializeSeed<'de> for CellSeed {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, decoder: D) -> Result<Self::Value, D::Error> {
        decoder.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellSeed {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Cell::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Cell::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Cell::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Cell::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut cells = Vec::new();
        if self.lists {
            while let Some(cell) = seq.next_element_seed(CellSeed { lists: false })? {
                cells.push(cell);
            }
        } else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(Cell::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("an object".into()))
    }
}
