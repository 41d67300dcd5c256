//! Texts that a sample holds apart: a text that may be a reference goes in, the text that is meant comes out.
//!
//! A whole sample has a map from hashes, a sample in chunks a sequence that is numbered. As in the tool
//! (`log/_condense.py`, `resolve_attachment_fn`), a text is a reference as a whole or not at all, and one that leads
//! nowhere stays as it is.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use crate::ingest::{LINE_LIMIT, json};

/// Where the attachments of a sample are.
pub(super) struct Attachments<'a> {
    source: Source<'a>,
    map: OnceCell<HashMap<Cow<'a, str>, &'a str>>,
    chunks: RefCell<BTreeMap<u64, Vec<String>>>,
    /// Bytes of chunks that may still be unpacked for this sample.
    left: Cell<usize>,
}

enum Source<'a> {
    /// An object, undecoded.
    Map(Option<&'a str>),
    Chunks(&'a dyn Chunks),
}

/// The chunks of a sequence.
pub(super) trait Chunks {
    /// The index of the first item of the chunk that holds an item.
    fn start(&self, index: u64) -> Option<u64>;

    /// A chunk: a list of strings as JSON text.
    ///
    /// # Errors
    /// With the reason why it cannot be read.
    fn chunk(&self, start: u64) -> Result<String, String>;
}

impl<'a> Attachments<'a> {
    /// Those in the `attachments` of a sample.
    pub(super) fn of_map(json: Option<&'a str>) -> Self {
        Attachments::new(Source::Map(json))
    }

    /// Those in chunks.
    pub(super) fn of_chunks(chunks: &'a dyn Chunks) -> Self {
        Attachments::new(Source::Chunks(chunks))
    }

    fn new(source: Source<'a>) -> Self {
        Attachments { source, map: OnceCell::new(), chunks: RefCell::new(BTreeMap::new()), left: Cell::new(LINE_LIMIT) }
    }

    /// The text that is meant.
    ///
    /// # Errors
    /// With a reason where it is in a chunk that cannot be read.
    pub(super) fn resolve<'t>(&self, text: Cow<'t, str>) -> Result<Cow<'t, str>, String> {
        // Logs of 2024 have `tc://`.
        let Some(key) = text.strip_prefix("attachment://").or_else(|| text.strip_prefix("tc://")) else {
            return Ok(text);
        };
        let found = match self.source {
            Source::Map(map) => self.in_map(map, key),
            Source::Chunks(chunks) => match key.parse() {
                Ok(index) => self.in_chunks(chunks, index)?,
                Err(_) => None,
            },
        };
        Ok(found.map_or(text, Cow::Owned))
    }

    fn in_map(&self, map: Option<&'a str>, key: &str) -> Option<String> {
        let map = self.map.get_or_init(|| {
            let pairs = map.and_then(|map| json::columns_of(map).ok()).unwrap_or_default();
            pairs.into_iter().map(|(name, raw)| (name, raw.get())).collect()
        });
        json::text(map.get(key)?).map(Cow::into_owned)
    }

    fn in_chunks(&self, chunks: &dyn Chunks, index: u64) -> Result<Option<String>, String> {
        let Some(start) = chunks.start(index) else { return Ok(None) };
        let mut held = self.chunks.borrow_mut();
        let items = match held.entry(start) {
            Entry::Occupied(items) => items.into_mut(),
            Entry::Vacant(place) => {
                let text = chunks.chunk(start)?;
                let left = self.left.get().checked_sub(text.len());
                let too_long = || format!("the attachments of the sample are longer than {} MiB", LINE_LIMIT >> 20);
                self.left.set(left.ok_or_else(too_long)?);
                let items = serde_json::from_str(&text);
                place.insert(items.map_err(|cause| format!("attachments from {start} on: {cause}"))?)
            }
        };
        let item = usize::try_from(index - start).ok().and_then(|at| items.get(at));
        Ok(item.cloned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn resolved(attachments: &Attachments<'_>, text: &str) -> String {
        attachments.resolve(text.into()).unwrap().into_owned()
    }

    #[test]
    fn a_reference_is_a_whole_text() {
        let attachments = Attachments::of_map(Some(r#"{"ab": "long \"text\"", "n": 1}"#));
        assert_eq!(resolved(&attachments, "attachment://ab"), "long \"text\"");
        assert_eq!(resolved(&attachments, "tc://ab"), "long \"text\"");
        for stays in ["see attachment://ab", "attachment://none", "attachment://n", "attachment://", "", "x"] {
            assert_eq!(resolved(&attachments, stays), stays);
        }
        assert_eq!(resolved(&Attachments::of_map(None), "attachment://ab"), "attachment://ab");
    }

    #[test]
    fn only_the_chunk_of_the_index_is_read() {
        struct Two(RefCell<Vec<u64>>);
        impl Chunks for Two {
            fn start(&self, index: u64) -> Option<u64> {
                Some(if index < 2 { 0 } else { 2 })
            }

            fn chunk(&self, start: u64) -> Result<String, String> {
                self.0.borrow_mut().push(start);
                if start == 0 { Err("`0.json` is damaged".to_owned()) } else { Ok(r#"["c", "d"]"#.to_owned()) }
            }
        }
        let two = Two(RefCell::default());
        let attachments = Attachments::of_chunks(&two);
        assert_eq!(resolved(&attachments, "attachment://3"), "d");
        assert_eq!(resolved(&attachments, "attachment://2"), "c");
        assert_eq!(resolved(&attachments, "attachment://9"), "attachment://9");
        assert_eq!(*two.0.borrow(), [2]);
        assert_eq!(attachments.resolve("attachment://1".into()).unwrap_err(), "`0.json` is damaged");
    }
}
