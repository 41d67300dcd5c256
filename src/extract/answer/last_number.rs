//! The last number of a text: with sign, thousands separators, decimals, a fraction, a power of ten, a percent sign.
//!
//! Exponents (`cm^2`), indices (`x_1`) and digits that belong to a word (`H2O`) are no numbers of their own. Whether a
//! number is an answer nobody knows: this rule is for texts that are known to end with theirs.

use std::ops::Range;

use super::Found;

const FRACTIONS: [&str; 4] = ["\\frac", "\\dfrac", "\\tfrac", "\\cfrac"];

/// What may stand between the digits of a number before three more.
const THOUSANDS: [&str; 4] = [",", "{,}", "\\,", "\u{202f}"];

/// Times signs of a power of ten.
const TIMES: [&str; 5] = ["\\times", "×", "\\cdot", "·", "*"];

pub(super) fn find(text: &str) -> Option<Found> {
    let mut last: Option<Range<usize>> = None;
    let (mut at, mut n_numbers) = (0, 0);
    while let Some(offset) = text[at..].find(|c: char| c.is_ascii_digit() || c == '\\' || c == '.') {
        let start = at + offset;
        let rest = &text[start..];
        let Some(length) = number(rest) else {
            at = start + 1;
            continue;
        };
        at = start + length;
        if stands_alone(&text[..start]) {
            n_numbers += 1;
            last = Some(start - sign(&text[..start])..at);
        }
    }
    Found::new(text, last?, n_numbers)
}

/// The length of the number with which a text begins.
fn number(text: &str) -> Option<usize> {
    if let Some(length) = fraction(text) {
        return Some(length + percent(&text[length..]));
    }
    let mut length = decimal(text)?;
    // A whole number takes a fraction with it: 1\frac{1}{2}, 3/4.
    length += fraction(&text[length..]).unwrap_or(0);
    if let Some(denominator) = text[length..].strip_prefix('/') {
        length += match digits(denominator) {
            0 => 0,
            n => n + 1,
        };
    }
    length += power_of_ten(&text[length..]).unwrap_or(0);
    Some(length + percent(&text[length..]))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn decimal(text: &str) -> Option<usize> {
    let mut length = digits(text);
    if (1..=3).contains(&length) {
        while let Some(separator) = THOUSANDS.iter().find(|separator| text[length..].starts_with(**separator)) {
            // Four digits are no group, and to count on would let long runs be counted again and again.
            let group =
                text.as_bytes()[length + separator.len()..].iter().take(4).take_while(|byte| byte.is_ascii_digit());
            if group.count() != 3 {
                break;
            }
            length += separator.len() + 3;
        }
    }
    if let Some(decimals) = text[length..].strip_prefix('.') {
        length += match digits(decimals) {
            0 => 0,
            n => n + 1,
        };
    }
    (length > 0).then_some(length)
}

/// `\frac{3}{4}`, also with a sign in it.
fn fraction(text: &str) -> Option<usize> {
    let command = FRACTIONS.iter().find(|command| text.starts_with(**command))?;
    let mut length = command.len();
    for _ in 0..2 {
        let inside = text[length..].strip_prefix('{')?;
        let sign = usize::from(inside.starts_with('-'));
        let n = digits(&inside[sign..]);
        if n == 0 || !inside[sign + n..].starts_with('}') {
            return None;
        }
        length += sign + n + 2;
    }
    Some(length)
}

/// `e-3`, `\times 10^{-3}`.
fn power_of_ten(text: &str) -> Option<usize> {
    let exponent = |text: &str| {
        let sign = usize::from(text.starts_with(['-', '+']));
        let n = digits(&text[sign..]);
        (n > 0).then_some(sign + n)
    };
    if let Some(rest) = text.strip_prefix(['e', 'E']) {
        let length = exponent(rest)?;
        return (!rest[length..].starts_with(|c: char| c.is_alphanumeric())).then_some(1 + length);
    }
    let rest = text.trim_start_matches(' ');
    let rest = TIMES.iter().find_map(|sign| rest.strip_prefix(sign))?.trim_start_matches(' ');
    let rest = rest.strip_prefix("10^")?;
    let rest = match rest.strip_prefix('{') {
        Some(inside) => inside[exponent(inside)?..].strip_prefix('}')?,
        None => &rest[exponent(rest)?..],
    };
    Some(text.len() - rest.len())
}

fn percent(text: &str) -> usize {
    ["%", "\\%"].iter().find(|sign| text.starts_with(**sign)).map_or(0, |sign| sign.len())
}

/// Whether a number that begins behind a text is one of its own.
fn stands_alone(before: &str) -> bool {
    let front = before.strip_suffix(['-', '+']).unwrap_or(before);
    let front = front.strip_suffix('{').filter(|rest| rest.ends_with(['^', '_'])).unwrap_or(front);
    !front.ends_with(['^', '_']) && !before.ends_with(char::is_alphabetic)
}

/// The length of the sign with which a text ends, if it is one and not a minus between two things or a hyphen.
fn sign(before: &str) -> usize {
    let Some((at, sign)) = before.char_indices().next_back().filter(|(_, c)| "-+−".contains(*c)) else {
        return 0;
    };
    let between = before[..at].ends_with(|c: char| c.is_alphanumeric() || ")]}".contains(c));
    if between { 0 } else { sign.len_utf8() }
}
