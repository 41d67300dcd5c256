//! When two answers are the same: an answer goes in, the name of its class comes out; the same answers have the same name.
//!
//! Names of numbers are the numbers, in lowest terms (`3/4`); lists, sets, points and intervals name their members; an
//! expression that is no fraction is named by the variable that it equals, or by `≡` and a digest of its value (see
//! `expression`); everything else by its text, in lower case and without punctuation around it. Letter case matters in
//! expressions and not in texts. Any text has a class, and long or deep ones are texts: the cost of a class is bounded.

mod expression;
mod field;
mod normalize;
mod notation;
#[cfg(test)]
mod peers;
mod rational;
mod structure;
mod value;

use normalize::normalize;

/// Longer answers are texts; in bytes.
const LONGEST: usize = 2000;

/// The class of an answer.
#[must_use]
pub fn class_of(answer: &str) -> String {
    if answer.len() > LONGEST {
        return text_class(answer);
    }
    let normal = normalize(answer);
    let class = structure::class(&normal, 0).unwrap_or_else(|| text_class(&normal));
    // Of notation that stands for nothing, as `\\,` or `$$`, nothing is left; that is not the same as no answer.
    if class.is_empty() { text_class(answer) } else { class }
}

/// The class of what is no mathematics: lower case, single spaces, none beside signs, no punctuation at either end.
fn text_class(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut class = String::with_capacity(lower.len());
    let mut space = false;
    for c in lower.trim().chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        let apart = class.ends_with(char::is_alphanumeric) && c.is_alphanumeric();
        if std::mem::take(&mut space) && apart {
            class.push(' ');
        }
        class.push(c);
    }
    let bare = class.trim_matches(|c: char| ".,;:!?\"'`*_“”‘’".contains(c));
    // An answer of nothing but signs is one, too.
    if bare.is_empty() { class } else { bare.to_owned() }
}

#[cfg(test)]
mod tests;
