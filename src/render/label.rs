//! Strings from data on their way to a reader: cleaned, measured, shortened, wrapped.

use unicode_width::UnicodeWidthChar as _;
use unicode_width::UnicodeWidthStr as _;

/// Longest label that is looked at; what lies beyond can only be noise.
const LONGEST: usize = 400;

/// Makes one harmless line of a string: control characters (escape sequences, NUL, line breaks) and the marks that
/// turn the direction of writing become spaces or vanish, runs of white space become one space.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        let c = if c.is_control() || c.is_whitespace() || is_separator(c) { ' ' } else { c };
        if is_invisible(c) || (c == ' ' && out.ends_with(' ')) {
            continue;
        }
        out.push(c);
    }
    let trimmed = out.trim();
    if trimmed.is_empty() { "(empty)".to_owned() } else { trimmed.to_owned() }
}

fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// A dataset with its domain, where that is known and says more.
#[must_use]
pub(crate) fn place(dataset: &str, domain: &str) -> String {
    if domain == "unknown" || domain == dataset {
        clean(dataset)
    } else {
        format!("{}, {}", clean(dataset), clean(domain))
    }
}

/// Columns that a string takes in a terminal.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Shortens a string to `max` columns. The middle goes, because names of models differ at both ends.
#[must_use]
pub(crate) fn elide(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(1);
    let tail_room = room / 2;
    let head = take_columns(text.chars(), room - tail_room);
    let tail = take_columns(text.chars().rev(), tail_room);
    format!("{}…{}", head.trim_end(), tail.chars().rev().collect::<String>().trim_start())
}

fn take_columns(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

/// Breaks a sentence into lines of at most `max` units, as `measure` counts them. A longer word has a line of its own.
pub(crate) fn wrap(text: &str, max: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if measure(&format!("{line} {word}")) <= max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Breaks a sentence into lines of at most `max` columns of a terminal.
#[must_use]
pub(crate) fn wrap_columns(text: &str, max: usize) -> Vec<String> {
    wrap(text, max as f64, |line| width(line) as f64)
}

/// Part of a file name made from a name: letters, digits, `.`, `_` and `-`; everything else becomes `-`.
#[must_use]
pub(crate) fn slug(text: &str) -> String {
    let slug: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' })
        .collect();
    // A leading dot would hide the file or climb out of its folder.
    let slug = slug.trim_matches(['.', '-']).to_owned();
    if slug.is_empty() { "unnamed".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_direction_marks_do_not_survive() {
        assert_eq!(clean("a\u{1b}[31mred\r\n\tb"), "a [31mred b");
        assert_eq!(clean("\u{202e}evil\u{200b}x"), "evilx");
        assert_eq!(clean(" \n "), "(empty)");
    }

    #[test]
    fn elision_keeps_both_ends_and_the_width() {
        assert_eq!(elide("DeepSeek-R1-Distill-Qwen-14B", 16), "DeepSeek…wen-14B");
        assert_eq!(elide("short", 16), "short");
        let wide = elide("模型模型模型模型模型模型", 9);
        assert!(width(&wide) <= 9, "{wide} is {} wide", width(&wide));
    }

    #[test]
    fn lines_are_no_longer_than_asked() {
        let lines = wrap_columns("one two three four five six", 9);
        assert_eq!(lines, ["one two", "three", "four five", "six"]);
    }

    #[test]
    fn a_file_name_stays_in_its_folder() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("héé"), "h");
        assert_eq!(slug(".."), "unnamed");
    }
}
