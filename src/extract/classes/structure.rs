//! Lists, sets, points, intervals, matrices and relations, down to the expressions that they are made of.
//!
//! A normal form goes in, the name of its class comes out; nothing where it is a text. Sets and bare lists have no order
//! ("1, 2" is the set of solutions {1, 2}, as in Math-Verify), points and intervals have one. `x = 5` is 5, because an
//! answer is often given with its name; an equation of two sides is what it says about its variables, whatever factor it
//! is multiplied by.

use std::collections::BTreeSet;

use super::expression::{Evaluated, evaluate};
use super::field::Element;
use super::text_class;
use super::value::Value;

/// Brackets in brackets; deeper ones are texts.
const DEEPEST: usize = 64;

const RELATIONS: &str = "=<>≤≥≠≈∈";

/// Digits of a digest: 64 bits.
const DIGEST: usize = 16;

pub(super) fn class(text: &str, depth: usize) -> Option<String> {
    let text = text.trim();
    if depth > DEEPEST || text.is_empty() {
        return None;
    }
    let deeper = |part: &str| class(part, depth + 1);
    if let Some(class) = plain_number(text) {
        return Some(class);
    }
    let parts = split(text, |rest| usize::from(rest.starts_with('∪')) * '∪'.len_utf8());
    if parts.len() > 1 {
        let parts: Option<BTreeSet<String>> = parts.into_iter().map(deeper).collect();
        return Some(Vec::from_iter(parts?).join(" ∪ "));
    }
    let items = split(text, separator);
    if items.len() > 1 {
        return set(&items, depth);
    }
    if let Some(sides) = relation(text) {
        return related(&sides, depth);
    }
    if text.matches('±').count() == 1 {
        let signs = [("+", "-"), ("-", "+")].map(|(upper, lower)| text.replace('±', upper).replace('∓', lower));
        return set(&[signs[0].trim_start_matches('+'), &signs[1]], depth);
    }
    bracketed(text, depth).or_else(|| expression(text))
}

/// Whole numbers are most answers, and need no more than this.
fn plain_number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits.len() < 38 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse::<i128>().ok()).flatten().map(|number| number.to_string())
}

fn expression(text: &str) -> Option<String> {
    let Evaluated { value, name } = evaluate(text, 0)?;
    Some(match value.settled() {
        Value::Exact(fraction) => fraction.to_string(),
        Value::Beyond(element) => name.unwrap_or_else(|| format!("≡{}", digest(element))),
    })
}

fn digest(element: Element) -> String {
    blake3::hash(&element.bytes()).to_hex()[..DIGEST].to_owned()
}

/// A set of items that are all mathematics. Where they are equations for several names, the names belong to them.
fn set(items: &[&str], depth: usize) -> Option<String> {
    let names: BTreeSet<&str> = items.iter().filter_map(|item| given_name(item)).collect();
    let members: Option<BTreeSet<String>> = items
        .iter()
        .map(|item| {
            let class = class(item, depth + 1)?;
            Some(match given_name(item) {
                Some(name) if names.len() > 1 => format!("{name} = {class}"),
                _ => class,
            })
        })
        .collect();
    Some(of_members(members?))
}

/// The name in `x = 5`.
fn given_name(item: &str) -> Option<&str> {
    let sides = relation(item)?;
    (sides.len() == 2 && sides[1].0 == '=' && is_name(sides[0].1)).then(|| sides[0].1.trim())
}

/// A set of one is its member.
fn of_members(members: BTreeSet<String>) -> String {
    match members.first() {
        Some(only) if members.len() == 1 => only.clone(),
        _ => format!("{{{}}}", Vec::from_iter(members).join(", ")),
    }
}

/// `(1, 2]`, `⦃1, 2⦄`, `⟨1, 2⟩`, `⟦1&2⏎3&4⟧`; none where brackets only hold an expression together.
fn bracketed(text: &str, depth: usize) -> Option<String> {
    let (open, close) = (text.chars().next()?, text.chars().next_back()?);
    let inside = text.get(open.len_utf8()..text.len().checked_sub(close.len_utf8())?)?;
    if !"([{⦃⟨⟦<".contains(open) || !")]}⦄⟩⟧>".contains(close) || !is_one_group(text) {
        return None;
    }
    let either = |item: &str| class(item, depth + 1).unwrap_or_else(|| text_class(item));
    let items: Vec<&str> = split(inside, separator);
    match open {
        '⟦' => {
            let row = |row: &str| row.split('&').map(either).collect::<Vec<String>>().join(", ");
            Some(format!(
                "[{}]",
                inside.trim_end_matches(['⏎', ' ']).split('⏎').map(row).collect::<Vec<String>>().join("; ")
            ))
        }
        '⦃' | '{' if inside.trim().is_empty() => Some("∅".to_owned()),
        '⦃' => Some(of_members(items.into_iter().map(either).collect())),
        '{' if items.len() > 1 => Some(of_members(items.into_iter().map(either).collect())),
        '{' => class(inside, depth + 1),
        _ if items.len() > 1 => {
            let items: Vec<String> = items.into_iter().map(either).collect();
            Some(format!("{open}{}{close}", items.join(", ")))
        }
        // A relation in brackets, a choice such as `(B)`.
        '(' => class(inside, depth + 1),
        _ => None,
    }
}

/// Whether the first bracket is closed by the last.
fn is_one_group(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut ends = text.char_indices().filter_map(|(at, c)| {
        depth += nesting(c);
        (depth <= 0).then_some(at + c.len_utf8())
    });
    // Angle brackets nest nothing, because they are mostly relations.
    text.starts_with('<') || ends.next() == Some(text.len())
}

fn nesting(c: char) -> i32 {
    match c {
        '(' | '[' | '{' | '⦃' | '⟨' | '⟦' => 1,
        ')' | ']' | '}' | '⦄' | '⟩' | '⟧' => -1,
        _ => 0,
    }
}

/// Parts between separators that lie in no bracket; the function tells the length of the separator at a position.
fn split(text: &str, separator: impl Fn(&str) -> usize) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut skip) = (Vec::new(), 0, 0, 0);
    for (at, c) in text.char_indices() {
        depth += nesting(c);
        if depth > 0 || at < skip {
            continue;
        }
        let length = separator(&text[at..]);
        if length > 0 {
            parts.push(&text[start..at]);
            start = at + length;
            skip = start;
        }
    }
    parts.push(&text[start..]);
    // "1, 2, and 3": an empty part is none.
    if parts.len() > 1 {
        parts.retain(|part| !part.trim().is_empty());
    }
    parts
}

fn separator(rest: &str) -> usize {
    match rest.as_bytes().first() {
        Some(b',' | b';') => 1,
        Some(b' ') => [" and ", " or "].iter().find(|word| rest.starts_with(**word)).map_or(0, |word| word.len() - 1),
        _ => 0,
    }
}

/// The sides of a relation, each with the sign before it (`=` before the first).
fn relation(text: &str) -> Option<Vec<(char, &str)>> {
    let (mut sides, mut start, mut sign, mut depth) = (Vec::new(), 0, '=', 0);
    for (at, c) in text.char_indices() {
        depth += nesting(c);
        if depth <= 0 && RELATIONS.contains(c) {
            sides.push((sign, &text[start..at]));
            (start, sign) = (at + c.len_utf8(), c);
        }
    }
    sides.push((sign, &text[start..]));
    (sides.len() > 1).then_some(sides)
}

fn related(sides: &[(char, &str)], depth: usize) -> Option<String> {
    let either = |side: &str| class(side, depth + 1).unwrap_or_else(|| text_class(side));
    match sides {
        // "= 5", "≈ 3.14"
        [(_, left), ('=' | '≈', right)] if left.trim().is_empty() => class(right, depth + 1),
        [(_, left), ('=' | '≈' | '∈', right)] if is_name(left) => class(right, depth + 1),
        [(_, left), ('=', right)] if is_name(right) => class(left, depth + 1),
        [(_, left), ('=', right)] => equation(left, right).or_else(|| {
            let sides = BTreeSet::from([class(left, depth + 1)?, class(right, depth + 1)?]);
            Some(Vec::from_iter(sides).join(" = "))
        }),
        // "x = 1/2 = 0.5"
        [(_, name), rest @ ..] if is_name(name) && rest.iter().all(|(sign, _)| "=≈".contains(*sign)) => {
            class(rest.last()?.1, depth + 1)
        }
        _ => {
            // "5 > x" is "x < 5".
            let turned = sides[1..].iter().all(|(sign, _)| ">≥".contains(*sign));
            let mut signs: Vec<char> = sides[1..].iter().map(|(sign, _)| *sign).collect();
            let mut parts: Vec<String> = sides.iter().map(|(_, side)| either(side)).collect();
            if turned {
                signs.reverse();
                parts.reverse();
            }
            let mut class = parts.first()?.clone();
            for (sign, part) in signs.iter().zip(&parts[1..]) {
                let sign = match sign {
                    '>' if turned => '<',
                    '≥' if turned => '≤',
                    other => *other,
                };
                class.push_str(&format!(" {sign} {part}"));
            }
            Some(class)
        }
    }
}

/// An equation up to a factor: f and c·f are told from others by f at one point over f at another. None where f has no
/// variables, or is no expression.
fn equation(left: &str, right: &str) -> Option<String> {
    let difference = |point: u8| Some(evaluate(left, point)?.value.add(evaluate(right, point)?.value.negated()));
    let ratio = difference(0)?.mul(difference(1)?.inverse()?);
    (ratio.element() != Element::ONE).then(|| format!("0 = ≡{}", digest(ratio.element())))
}

/// Whether a side only gives the other a name: `x`, `x_1`, `f(x)`, `AB`, "the area"; not `xy`, which is a product.
fn is_name(side: &str) -> bool {
    let side = side.trim();
    let (head, arguments) = side.split_once('(').map_or((side, ""), |(head, rest)| (head, rest));
    let closes =
        arguments.is_empty() || arguments.ends_with(')') && !arguments[..arguments.len() - 1].contains(['(', ')']);
    let (word, index) = head.split_once('_').unwrap_or((head, ""));
    let is_word = word.chars().all(|c| c.is_alphabetic() || " '".contains(c));
    let is_index = index.chars().all(|c| c.is_alphanumeric() || "{}' ".contains(c));
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let is_product = (2..=3).contains(&letters) && !word.starts_with(char::is_uppercase);
    let is_constant = matches!(side, "e" | "i" | "π");
    closes && is_word && is_index && letters > 0 && !is_product && !is_constant
}
