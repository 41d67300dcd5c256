//! Counting a text's tokens, and finding where each one ends, so that a text can be cut on purpose.

use std::path::Path;

use tiktoken_rs::CoreBPE;
use tokenizers::Tokenizer;

use super::super::{EmbedError, TextError};

/// A word of so many letters is taken for one token: tokenizers of today's models need 4 to 5 letters of English a token.
const LETTERS: usize = 4;
/// Names with digits (`sha256`, `step12`) are rarely longer; what is, is taken for a code.
const LONGEST_NAME: usize = 8;
/// Nothing that people write as a word is much longer than *internationalization*.
const LONGEST_WORD: usize = 24;

/// How tokens are counted.
pub(super) enum Counter {
    /// As OpenAI's models do.
    Tiktoken(&'static CoreBPE),
    /// By a `tokenizer.json`.
    Tokenizer(Box<Tokenizer>, std::path::PathBuf),
    /// By a rule that rather counts too many.
    Estimate,
}

impl Counter {
    /// The counter that a row of the table names.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(Counter::Tiktoken(match name {
            "cl100k_base" => tiktoken_rs::cl100k_base_singleton(),
            "o200k_base" => tiktoken_rs::o200k_base_singleton(),
            _ => return None,
        }))
    }

    /// Reads a `tokenizer.json`.
    pub(super) fn read(path: &Path) -> Result<Self, EmbedError> {
        let fail = |problem: String| EmbedError::Tokenizer { path: path.to_owned(), problem };
        let mut tokenizer = Tokenizer::from_file(path).map_err(|error| fail(error.to_string()))?;
        // What the file bakes in of cutting and filling up would miscount.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| fail(error.to_string()))?;
        Ok(Counter::Tokenizer(Box::new(tokenizer), path.to_owned()))
    }

    /// Whether it counts as the server does.
    pub(super) fn is_exact(&self) -> bool {
        !matches!(self, Counter::Estimate)
    }

    /// The word in the space's traits: cutting depends on it.
    pub(super) fn name(&self) -> String {
        match self {
            Counter::Tiktoken(_) => "tiktoken".to_owned(),
            Counter::Tokenizer(tokenizer, _) => {
                let text = tokenizer.to_string(false).unwrap_or_default();
                format!("tokenizer.json {}", blake3::hash(text.as_bytes()).to_hex())
            }
            Counter::Estimate => "estimate 1".to_owned(),
        }
    }

    /// Tokens that the server adds to each text, as far as they are known.
    pub(super) fn n_added(&self) -> usize {
        match self {
            Counter::Tokenizer(tokenizer, _) => tokenizer.encode("", true).map_or(0, |encoding| encoding.len()),
            Counter::Tiktoken(_) | Counter::Estimate => 0,
        }
    }

    /// Tokens of a text.
    pub(super) fn count(&self, text: &str) -> Result<usize, TextError> {
        match self {
            Counter::Tiktoken(bpe) => Ok(bpe.encode_ordinary(text).len()),
            _ => Ok(self.ends(text)?.len()),
        }
    }

    /// For each token the byte at which it ends; never inside of a character.
    pub(super) fn ends(&self, text: &str) -> Result<Vec<usize>, TextError> {
        let mut ends = match self {
            Counter::Tiktoken(bpe) => tiktoken_ends(bpe, text)?,
            Counter::Tokenizer(tokenizer, path) => {
                let encoding = tokenizer
                    .encode(text, false)
                    .map_err(|error| TextError::Tokenizer { path: path.clone(), problem: error.to_string() })?;
                encoding.get_offsets().iter().map(|(_, end)| *end).collect()
            }
            Counter::Estimate => estimated_ends(text),
        };
        let mut last = 0;
        for end in &mut ends {
            // A token may be a part of a character: the whole character goes with its first part.
            last = text.ceil_char_boundary((*end).max(last));
            *end = last;
        }
        Ok(ends)
    }
}

fn tiktoken_ends(bpe: &CoreBPE, text: &str) -> Result<Vec<usize>, TextError> {
    let tokens = bpe.encode_ordinary(text);
    let mut ends = Vec::with_capacity(tokens.len());
    let mut end = 0;
    for token in tokens {
        let bytes = bpe.decode_bytes(&[token]).map_err(|error| TextError::Refused { problem: error.to_string() })?;
        end += bytes.len();
        ends.push(end);
    }
    Ok(ends)
}

/// What an estimate takes together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// ASCII letters and digits.
    Word,
    White,
    /// Every sign, and every character of other scripts, by itself.
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_ascii_alphanumeric() => Class::Word,
            _ if c.is_whitespace() => Class::White,
            _ => Class::Other,
        }
    }
}

/// Words in pieces of four letters, every digit, sign and other character by itself, white space with what follows.
///
/// What is no language costs more, and is counted so: letters mixed with digits or without an end (base64, hashes) in pieces
/// of two and one, characters of four bytes (emoji, rare scripts) as three, white space of several kinds once for each change.
fn estimated_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    if text.trim().is_empty() {
        return ends;
    }
    let mut at = 0;
    while let Some(class) = text[at..].chars().next().map(Class::of) {
        let run = &text[at..];
        let run = &run[..run.find(|c| Class::of(c) != class).unwrap_or(run.len())];
        match class {
            Class::Word => word_ends(run.as_bytes(), at, &mut ends),
            Class::White => {
                let changes = run.char_indices().zip(run.chars().skip(1)).filter(|((_, one), next)| one != next);
                ends.extend(changes.map(|((place, one), _)| at + place + one.len_utf8()));
            }
            Class::Other => {
                for (place, c) in run.char_indices() {
                    let n = if c.len_utf8() == 4 { 3 } else { 1 };
                    ends.extend(std::iter::repeat_n(at + place + c.len_utf8(), n));
                }
            }
        }
        at += run.len();
    }
    // White space behind the last token belongs to it.
    if let Some(last) = ends.last_mut() {
        *last = text.len();
    }
    ends
}

/// The tokens of letters and digits that stand together: a capital after a small letter begins a word of its own.
fn word_ends(run: &[u8], at: usize, ends: &mut Vec<usize>) {
    let n_digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    let mixed = n_digits > 0 && n_digits < run.len() && run.len() > LONGEST_NAME;
    // Three letters of a code are taken for two tokens.
    let pieces = if mixed || run.len() > LONGEST_WORD { [2, 1] } else { [LETTERS; 2] };
    let mut end = 0;
    while end < run.len() {
        let start = end;
        end += run[end..].iter().take_while(|byte| byte.is_ascii_uppercase()).count();
        end += run[end..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        if end == start {
            end += 1;
        }
        let mut place = start;
        for piece in pieces.into_iter().cycle() {
            place = end.min(place + piece);
            ends.push(at + place);
            if place == end {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn openai_counts_as_tiktoken_does() {
        let counter = Counter::named("cl100k_base").unwrap();
        // Counted with the Python package tiktoken.
        assert_eq!(counter.count("tiktoken is great!").unwrap(), 6);
        assert_eq!(counter.ends("tiktoken is great!").unwrap(), [1, 3, 8, 11, 17, 18]);
        assert!(counter.is_exact());
    }

    #[test]
    fn an_estimate_counts_rather_too_many() {
        let exact = Counter::named("cl100k_base").unwrap();
        for text in
            ["def f(x):\n    return x + 1\n", "The quick brown fox jumps over the lazy dog.", "量子力学", "3.14159"]
        {
            let (least, estimated) = (exact.count(text).unwrap(), Counter::Estimate.count(text).unwrap());
            assert!(estimated + 1 >= least, "{text}: {estimated} for {least}");
        }
        // What is no language, within the tenth of a window that is kept free for doubt.
        let digest = blake3::hash(b"any").to_hex();
        let blob = "aGVsbG8gd29ybGQhIFRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NCBlbmNvZGluZw".repeat(8);
        for text in
            [digest.as_str(), &blob, &"qzjxkvwpfhgmbtrdcnls".repeat(9), &"🦊🚀".repeat(20), &" \n\t x".repeat(50)]
        {
            let (least, estimated) = (exact.count(text).unwrap(), Counter::Estimate.count(text).unwrap());
            assert!(estimated * 10 >= least * 9, "{text}: {estimated} for {least}");
        }
        assert_eq!(Counter::Estimate.ends("maxLength sha256").unwrap(), [3, 7, 9, 13, 14, 15, 16]);
        assert_eq!(Counter::Estimate.ends("maxLength9").unwrap(), [2, 3, 5, 6, 8, 9, 10]);
        assert_eq!(Counter::Estimate.ends("  exploring 12 ").unwrap(), [6, 10, 11, 13, 15]);
        assert_eq!(Counter::Estimate.count(" \n").unwrap(), 0);
    }

    proptest! {
        #[test]
        fn tokens_end_in_order_between_characters_and_cover_the_text(text in "\\PC*") {
            for counter in [Counter::named("cl100k_base").unwrap(), Counter::Estimate] {
                let ends = counter.ends(&text).unwrap();
                prop_assert!(ends.is_sorted());
                prop_assert!(ends.iter().all(|end| text.is_char_boundary(*end)));
                if !text.trim().is_empty() {
                    prop_assert_eq!(ends.last().copied(), Some(text.len()));
                }
            }
        }
    }
}
