//! `Answer: X`: a line that begins with the word, in any case and with Markdown around it.
//!
//! The last such line counts (simple-evals `common.py`, `ANSWER_PATTERN`). Where nothing follows the word, as under a
//! heading, the next line that is not blank is the answer.

use std::ops::Range;

use super::{Found, lines};

/// What may stand before the word.
const BEFORE: [&str; 4] = ["the", "final", "correct", "my"];

/// The word itself, in lower case.
const WORDS: [&str; 3] = ["answers", "answer", "答案"];

/// What Markdown puts at the beginning of a line or around a word.
const MARKUP: [char; 7] = ['*', '_', '#', '>', '-', '`', ' '];

pub(super) fn find(text: &str) -> Option<Found> {
    let mut last: Option<Range<usize>> = None;
    let mut n_answers = 0;
    let mut awaited = false;
    for (start, line) in lines(text) {
        let answer = match behind_the_word(line) {
            Some(rest) if is_blank(rest) => {
                awaited = true;
                continue;
            }
            Some(rest) => rest,
            None if awaited && !is_blank(line) && !opens_maths(line) => line,
            None => continue,
        };
        awaited = false;
        n_answers += 1;
        let end = start + line.len();
        last = Some(end - answer.len()..end);
    }
    Found::new(text, last?, n_answers)
}

/// Whether a line only opens displayed maths: the answer is on the next one.
fn opens_maths(line: &str) -> bool {
    matches!(line.trim(), "$$" | "\\[" | "$")
}

/// What a line has behind `Answer:`; nothing, too, where it is `## Answer` alone.
fn behind_the_word(line: &str) -> Option<&str> {
    let mut rest = line.trim_start_matches(MARKUP).trim_start();
    while let Some(behind) = BEFORE.iter().find_map(|word| strip(rest, word)) {
        rest = behind.strip_prefix(' ')?.trim_start();
    }
    let rest = WORDS.iter().find_map(|word| strip(rest, word))?;
    let behind = rest.trim_start_matches(['*', '_', ' ']);
    if let Some(answer) = behind.strip_prefix([':', '：']) {
        return Some(answer);
    }
    let is_heading = line.trim_start().starts_with(['#', '*']);
    (is_heading && behind.trim().is_empty()).then_some(behind)
}

/// What follows a word, whatever the case of its letters.
fn strip<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn is_blank(line: &str) -> bool {
    line.trim_matches(|c: char| c.is_whitespace() || MARKUP.contains(&c)).is_empty()
}
