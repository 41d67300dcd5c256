//! Tokenizations, rule by rule, each rule over the whole text as a list of characters.

use super::super::words::Tokenization;

/// The tokens of a text.
#[must_use]
pub fn tokens(text: &str, tokenization: Tokenization) -> Vec<String> {
    match tokenization {
        Tokenization::Whitespace => runs(text, |c| !blank(c)),
        Tokenization::LowerWhitespace => runs(&text.to_lowercase(), |c| !blank(c)),
        Tokenization::Words => runs(&text.to_lowercase(), char::is_alphanumeric),
        Tokenization::Rouge => runs(&text.to_lowercase(), |c| matches!(c, 'a'..='z' | '0'..='9')),
        Tokenization::Mteval13a => runs(&mteval_13a(text), |c| !blank(c)),
    }
}

/// Python's `str.isspace`.
fn blank(character: char) -> bool {
    character.is_whitespace() || ('\u{1C}'..='\u{1F}').contains(&character)
}

fn runs(text: &str, belongs: impl Fn(char) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    for character in text.chars().chain(['\n']) {
        if belongs(character) {
            run.push(character);
        } else if !run.is_empty() {
            found.push(std::mem::take(&mut run));
        }
    }
    found
}

/// The rules of `mteval-v13a`, with the regular expressions of sacrebleu written as conditions.
fn mteval_13a(text: &str) -> String {
    let mut text = text.trim_end_matches(blank).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        text = text.replace(entity, character);
    }
    // ([\{-\~\[-\` -\&\(-\+\:-\@\/]) → " \1 "
    let alone = |c: char| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && !c.is_ascii_control() && !matches!(c, '\'' | ',' | '-' | '.')
    };
    let text: String =
        format!(" {text} ").chars().map(|c| if alone(c) { format!(" {c} ") } else { c.to_string() }).collect();
    // ([^0-9])([\.,]) → "\1 \2 "
    let text = neighbors(&text, |a, b| !digit(a) && mark(b), |a, b| format!("{a} {b} "));
    // ([\.,])([^0-9]) → " \1 \2"
    let text = neighbors(&text, |a, b| mark(a) && !digit(b), |a, b| format!(" {a} {b}"));
    // ([0-9])(-) → "\1 \2 "
    neighbors(&text, |a, b| digit(a) && b == '-', |a, b| format!("{a} {b} "))
}

fn digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn mark(character: char) -> bool {
    matches!(character, '.' | ',')
}

/// `re.sub` with a pattern of two characters.
fn neighbors(text: &str, matches: impl Fn(char, char) -> bool, by: impl Fn(char, char) -> String) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut written = String::new();
    let mut at = 0;
    while at < characters.len() {
        if at + 1 < characters.len() && matches(characters[at], characters[at + 1]) {
            written += &by(characters[at], characters[at + 1]);
            at += 2;
        } else {
            written.push(characters[at]);
            at += 1;
        }
    }
    written
}
