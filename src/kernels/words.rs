//! Texts as tokens: texts go in, for each a list of dense token ids comes out.
//!
//! Every measure of words stands on one of the tokenizations below, and its card says on which. A group's tokens are
//! numbered by one [`Vocabulary`] for each tokenization; all that follows compares numbers, not strings.

use std::borrow::Cow;
use std::collections::HashMap;

use super::sequences::Sequences;

/// How a text is cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokenization {
    /// Runs of characters other than white space, as they are written: what Python's `str.split()` gives.
    Whitespace,
    /// [`Tokenization::Whitespace`] of the lower-cased text, as lm-polygraph's Jaccard similarity takes it.
    LowerWhitespace,
    /// Runs of Unicode letters and digits, lower-cased; everything else only separates.
    Words,
    /// Runs of ASCII letters and digits of the lower-cased text: google `rouge_score` without its stemmer.
    Rouge,
    /// Words and punctuation marks apart, as `mteval-v13a` and sacrebleu's `tokenize="13a"` take them.
    Mteval13a,
}

/// A numbering of tokens in order of first appearance.
#[derive(Debug, Default)]
pub struct Vocabulary {
    ids: HashMap<Box<str>, u32>,
}

impl Vocabulary {
    /// The number of a token.
    pub fn id(&mut self, token: &str) -> u32 {
        if let Some(&id) = self.ids.get(token) {
            return id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(token.into(), id);
        id
    }

    /// Different tokens so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no token was seen yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// The token ids of the texts of a group.
pub fn encode<T: AsRef<str>>(texts: &[T], tokenization: Tokenization) -> Sequences {
    let mut vocabulary = Vocabulary::default();
    let mut sequences = Sequences::default();
    let mut room = String::new();
    for text in texts {
        each_token(text.as_ref(), tokenization, &mut room, |token| sequences.push(vocabulary.id(token)));
        sequences.end_text();
    }
    sequences
}

/// The tokens of one text.
#[must_use]
pub fn tokens(text: &str, tokenization: Tokenization) -> Vec<String> {
    let mut tokens = Vec::new();
    each_token(text, tokenization, &mut String::new(), |token| tokens.push(token.to_owned()));
    tokens
}

/// Number of [`Tokenization::Whitespace`] tokens, as `len(text.split())` counts them.
#[must_use]
pub fn count_whitespace(text: &str) -> usize {
    split_whitespace(text).count()
}

/// Calls `each` with every token; `room` is memory to reuse.
fn each_token(text: &str, tokenization: Tokenization, room: &mut String, each: impl FnMut(&str)) {
    match tokenization {
        Tokenization::Whitespace => split_whitespace(text).for_each(each),
        Tokenization::LowerWhitespace => split_whitespace(&lowered(text, room)).for_each(each),
        Tokenization::Words => split_runs(&lowered(text, room), char::is_alphanumeric).for_each(each),
        Tokenization::Rouge => split_runs(&lowered(text, room), |c| c.is_ascii_alphanumeric()).for_each(each),
        Tokenization::Mteval13a => {
            let separated = mteval_13a(text);
            split_whitespace(&separated).for_each(each);
        }
    }
}

/// The text in lower case. ASCII, by far the most, is lowered in place of a whole-Unicode walk.
fn lowered<'a>(text: &str, room: &'a mut String) -> Cow<'a, str> {
    if !text.is_ascii() {
        return Cow::Owned(text.to_lowercase());
    }
    room.clear();
    room.push_str(text);
    room.make_ascii_lowercase();
    Cow::Borrowed(room)
}

/// The maximal runs of characters that belong to tokens.
fn split_runs(text: &str, belongs: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |character| !belongs(character)).filter(|run| !run.is_empty())
}

/// White space as Python sees it: Unicode `White_Space` and the four separators U+001C to U+001F.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1C}'..='\u{1F}')
}

fn split_whitespace(text: &str) -> impl Iterator<Item = &str> {
    split_runs(text, |character| !is_blank(character))
}

/// The text with blanks between its `mteval-v13a` tokens.
///
/// Four rules, each over the whole text and each from left to right without overlap, as sacrebleu's `tokenizer_13a`
/// and `tokenizer_re` apply them. All that they look for is ASCII, so that bytes serve as characters: a byte of a longer
/// character is no digit and no mark, and blanks are only put before its first or after its last byte.
fn mteval_13a(text: &str) -> String {
    let text = text.trim_end_matches(is_blank);
    let joined = without_markup(text);
    let mut from = Vec::with_capacity(joined.len() * 2 + 2);
    let mut to = Vec::with_capacity(joined.len() * 2 + 2);
    // A blank at either end, so that the rules that look at a neighbor have one.
    separate_marks(&joined, &mut from);
    // A period or comma, unless after a digit.
    rewrite(&from, &mut to, |a, b| !a.is_ascii_digit() && matches!(b, b'.' | b','), |a, b| [a, b' ', b, b' ']);
    // A period or comma, unless before a digit.
    rewrite(&to, &mut from, |a, b| matches!(a, b'.' | b',') && !b.is_ascii_digit(), |a, b| [b' ', a, b' ', b]);
    // A dash after a digit.
    rewrite(&from, &mut to, |a, b| a.is_ascii_digit() && b == b'-', |a, b| [a, b' ', b, b' ']);
    // The bytes of a character stay together, so this replaces nothing.
    String::from_utf8(to).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// `<skipped>` taken out, words joined that a dash broke over two lines, four entities decoded.
fn without_markup(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for (pattern, replacement) in
        [("<skipped>", ""), ("-\n", ""), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]
    {
        if text.contains(pattern) {
            text = Cow::Owned(text.replace(pattern, replacement));
        }
    }
    text
}

/// Writes the text with a blank at its ends and around every mark that always stands alone.
fn separate_marks(text: &str, to: &mut Vec<u8>) {
    to.push(b' ');
    for &byte in text.as_bytes() {
        match byte {
            // All ASCII marks but the apostrophe, comma, dash and period.
            b'!'..=b'&' | b'('..=b'+' | b'/' | b':'..=b'@' | b'['..=b'`' | b'{'..=b'~' => {
                to.extend_from_slice(&[b' ', byte, b' ']);
            }
            b'\n' => to.push(b' '),
            _ => to.push(byte),
        }
    }
    to.push(b' ');
}

/// Replaces, from left to right, each two neighbors that `matches` by `by` of them; neighbors are not looked at twice.
fn rewrite(from: &[u8], to: &mut Vec<u8>, matches: impl Fn(u8, u8) -> bool, by: impl Fn(u8, u8) -> [u8; 4]) {
    to.clear();
    let mut at = 0;
    while at < from.len() {
        match from.get(at + 1) {
            Some(&next) if matches(from[at], next) => {
                to.extend_from_slice(&by(from[at], next));
                at += 2;
            }
            _ => {
                to.push(from[at]);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    const ALL: [Tokenization; 5] = [
        Tokenization::Whitespace,
        Tokenization::LowerWhitespace,
        Tokenization::Words,
        Tokenization::Rouge,
        Tokenization::Mteval13a,
    ];

    #[test]
    fn golden_tokens() {
        let text = "The x_1 = 3.5, isn't\u{1F}É-KB &amp; 7-8.\n";
        let of = |tokenization| tokens(text, tokenization).join("|");
        assert_eq!(of(Tokenization::Whitespace), "The|x_1|=|3.5,|isn't|É-KB|&amp;|7-8.");
        assert_eq!(of(Tokenization::LowerWhitespace), "the|x_1|=|3.5,|isn't|é-kb|&amp;|7-8.");
        assert_eq!(of(Tokenization::Words), "the|x|1|3|5|isn|t|é|kb|amp|7|8");
        assert_eq!(of(Tokenization::Rouge), "the|x|1|3|5|isn|t|kb|amp|7|8");
        assert_eq!(of(Tokenization::Mteval13a), "The|x|_|1|=|3.5|,|isn't|É-KB|&|7|-|8|.");
    }

    #[test]
    fn equal_tokens_of_a_group_have_equal_ids() {
        let sequences = encode(&["b a", "", "a c b"], Tokenization::Whitespace);
        assert_eq!(sequences.iter().collect::<Vec<_>>(), [&[0, 1][..], &[], &[1, 2, 0]]);
        assert_eq!(sequences.bound(), 3);
        assert_eq!(count_whitespace(" a\u{1C}b\n"), 2);
    }

    fn texts() -> impl Strategy<Value = String> {
        let characters = "aBéİ\u{212A}Σ19.,-'_ \n\u{1D}\u{A0}\u{2003}&中\u{1F600}(~\u{301}";
        let characters = characters.chars().map(String::from);
        let pieces = characters.chain(["&amp;", "&lt;", "<skipped>", "-\n"].map(String::from)).collect::<Vec<_>>();
        prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn tokens_are_those_of_the_definition(text in texts()) {
            for tokenization in ALL {
                prop_assert_eq!(tokens(&text, tokenization), plain::words::tokens(&text, tokenization), "{:?}", tokenization);
            }
        }

        #[test]
        fn ids_name_tokens(texts in prop::collection::vec(texts(), 0..5)) {
            for tokenization in ALL {
                let sequences = encode(&texts, tokenization);
                let tokens: Vec<String> = texts.iter().flat_map(|text| tokens(text, tokenization)).collect();
                let ids: Vec<u32> = sequences.iter().flatten().copied().collect();
                for (a, x) in ids.iter().zip(&tokens) {
                    for (b, y) in ids.iter().zip(&tokens) {
                        prop_assert_eq!(a == b, x == y);
                    }
                }
                prop_assert_eq!(ids.len(), tokens.len());
            }
        }
    }
}
