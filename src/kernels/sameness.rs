//! Which texts are the same: texts in, positions out.

use std::collections::HashMap;

/// A text with each run of Unicode `White_Space` made one blank, and none at its ends.
#[must_use]
pub fn normalize_whitespace(text: &str) -> String {
    let mut normalized = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !normalized.is_empty() {
            normalized.push(' ');
        }
        normalized.push_str(word);
    }
    normalized
}

/// Whether two texts are equal up to the amount and kind of white space.
#[must_use]
pub fn equal_up_to_whitespace(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

/// For each text the position of the first earlier one that equals it, or `None` when there is none or no text.
///
/// Texts are looked up by hash and then compared in full, so a hash collision cannot make two texts equal.
pub fn first_equal<T: AsRef<str>>(texts: &[Option<T>]) -> Vec<Option<usize>> {
    let mut first_at: HashMap<&str, usize> = HashMap::with_capacity(texts.len());
    texts
        .iter()
        .enumerate()
        .map(|(position, text)| {
            let first = *first_at.entry(text.as_ref()?.as_ref()).or_insert(position);
            (first != position).then_some(first)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_unicode_white_space_become_one_blank() {
        assert_eq!(normalize_whitespace(" a\t\r\n b\u{00A0}\u{2003}c\u{3000}"), "a b c");
        assert_eq!(normalize_whitespace("\n \u{2028}"), "");
        // A zero-width space is not White_Space.
        assert_eq!(normalize_whitespace("a\u{200B}b"), "a\u{200B}b");
    }

    #[test]
    fn equality_up_to_whitespace_is_equality_of_normalized_texts() {
        for (a, b) in [("a b", "a  b\n"), ("ab", "a b"), ("", " "), ("a", "A"), ("x y z", "x\u{2009}y\tz")] {
            assert_eq!(equal_up_to_whitespace(a, b), normalize_whitespace(a) == normalize_whitespace(b), "{a:?} {b:?}");
        }
        assert!(!equal_up_to_whitespace("a b", "ab"));
    }

    #[test]
    fn first_equal_points_at_the_first_and_skips_missing_texts() {
        let texts = [Some("x"), None, Some("y"), Some("x"), None, Some("x"), Some(""), Some("")];
        assert_eq!(first_equal(&texts), [None, None, None, Some(0), None, Some(0), None, Some(6)]);
    }
}
