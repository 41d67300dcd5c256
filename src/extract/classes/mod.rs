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
    if let Some(written) = written_with_digits(answer) {
        return written;
    }
    let normal = normalize(answer);
    let class = structure::class(&normal, 0).unwrap_or_else(|| text_class(&normal));
    // Of notation that stands for nothing, as `\\,` or `$$`, nothing is left; that is not the same as no answer.
    if class.is_empty() { text_class(answer) } else { class }
}

/// What is written with digits and is no number: versions and addresses (`1.3.0.5`), dates (`2020-01-05`, `5/1/2020`), and ranges
/// (`2010–2012`), which without spaces nobody means as a difference.
fn written_with_digits(answer: &str) -> Option<String> {
    let bare = answer.trim().trim_end_matches('.').replace(['–', '—', '−'], "-");
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let written = [('.', 3), ('/', 3), ('-', 2)].iter().any(|&(separator, at_least)| {
        bare.contains(separator) && bare.split(separator).count() >= at_least && bare.split(separator).all(is_digits)
    });
    written.then_some(bare)
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
