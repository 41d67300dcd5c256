//! What hostile input is thrown at: bytes go in, what a reader or an extractor makes of them is held to its promises, and
//! a digest of what was seen comes out, by which new behavior is told from known one.
//!
//! The smoke test beside this folder and the fuzz targets in `fuzz/` share these functions. Each panics where a promise
//! is broken and at no other time; what may be wrong with a file is an outcome like any other.

mod extracting;
mod reading;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A door that hostile input may come through.
#[derive(Debug)]
pub(crate) struct Target {
    /// As the corpus folder and the fuzz target are called.
    pub(crate) name: &'static str,
    /// Tokens that mean something there.
    pub(crate) words: &'static [&'static str],
    /// The first byte picks a reader, so that logs need one in front of them.
    pub(crate) picks: bool,
    /// Takes in anything; gives a digest of what was seen.
    pub(crate) run: fn(&[u8]) -> u64,
}

/// All of them.
pub(crate) static TARGETS: [Target; 8] = [
    Target { name: "read_auto", words: reading::WORDS, picks: false, run: reading::auto },
    Target { name: "read_as", words: reading::WORDS, picks: true, run: reading::picked },
    Target { name: "mapping", words: reading::MAPPING_WORDS, picks: false, run: reading::mapping },
    Target { name: "archive", words: reading::ARCHIVE_WORDS, picks: false, run: reading::archive },
    Target { name: "thinking", words: extracting::THINKING_WORDS, picks: false, run: extracting::thinking },
    Target { name: "answer", words: extracting::ANSWER_WORDS, picks: false, run: extracting::answer },
    Target { name: "classes", words: extracting::CLASS_WORDS, picks: false, run: extracting::classes },
    Target { name: "code", words: extracting::CODE_WORDS, picks: false, run: extracting::code },
];

/// The target of a name.
pub(crate) fn named(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("a target of that name")
}

/// What stands before a line of `---` and what comes after it; nothing before it where there is none.
fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    const LINE: &[u8] = b"\n---\n";
    match bytes.windows(LINE.len()).position(|window| window == LINE) {
        Some(at) => (&bytes[..at], &bytes[at + LINE.len()..]),
        None => (&[], bytes),
    }
}

/// The beginning of what was said, without numbers and quoted parts: what kind of thing it was.
fn kind_of(words: &str) -> String {
    let outside = words.split('`').step_by(2).flat_map(str::chars);
    outside.filter(|c| c.is_ascii_lowercase() || *c == ' ').take(40).collect()
}

fn digest(seen: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    seen.hash(&mut hasher);
    hasher.finish()
}
