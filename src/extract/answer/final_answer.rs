//! "The final answer is …": a phrase, and what follows it up to the end of the sentence.
//!
//! The phrases are those of Qwen2.5-Math's `evaluation/parser.py`. What comes after the answer in Minerva's prompt ("I hope
//! it is correct") is left out. The last phrase that has an answer counts.

use std::ops::Range;

use super::{Found, floor};

/// What must precede "answer is" for it to be the answer to the question.
const BEFORE: [&str; 6] = ["the", "final", "correct", "our", "my", "right"];

/// Phrases that stand alone.
const WHOLE: [&str; 3] = ["答案是", "答案为", "答案為"];

const ANSWER_IS: &str = "answer is";

/// A sentence that goes on for longer gives a reason and no answer; in bytes.
const LONGEST: usize = 400;

pub(super) fn find(text: &str) -> Option<Found> {
    let lower = text.to_ascii_lowercase();
    let mut ends: Vec<usize> = lower
        .match_indices(ANSWER_IS)
        .filter(|(at, _)| is_the_answer(&lower[..*at]))
        .map(|(at, phrase)| at + phrase.len())
        // "issue", "isn't": the phrase must end where its word does.
        .filter(|end| !lower[*end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '\'' || c == '’'))
        .collect();
    for phrase in WHOLE {
        ends.extend(text.match_indices(phrase).map(|(at, _)| at + phrase.len()));
    }
    ends.sort_unstable();
    ends.iter().rev().find_map(|&end| {
        Found::new(text, sentence(text, end)?, ends.len()).filter(|found| names_an_answer(&found.text))
    })
}

/// Words that say no answer where one is due: "the answer is not among the choices".
const NO_ANSWERS: [&str; 6] = ["not", "none", "neither", "unclear", "unknown", "answer:"];

/// Lower-case words that are answers by themselves.
const PLAIN_ANSWERS: [&str; 6] = ["yes", "no", "true", "false", "zero", "one"];

/// Whether what follows the phrase can be an answer: "the answer is correct" says something about one.
///
/// A text in lower case is one only where it is mathematics: it has a digit, or is a letter or two.
fn names_an_answer(answer: &str) -> bool {
    let first = answer.split_whitespace().next().unwrap_or_default();
    let word = first.trim_end_matches([',', '.', ';', ':']).to_lowercase();
    if NO_ANSWERS.contains(&word.as_str()) || first.to_lowercase() == "answer:" || answer.ends_with(':') {
        return false;
    }
    let is_prose = first.chars().count() > 2 && first.chars().all(|c| c.is_lowercase() || c == '\'');
    !is_prose || PLAIN_ANSWERS.contains(&word.as_str())
}

/// Whether a text ends with a word that makes "answer is" mean the final answer.
fn is_the_answer(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '*', '_']);
    BEFORE
        .iter()
        .any(|word| before.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric())))
}

/// The rest of the sentence behind a phrase; none where the sentence does not end.
fn sentence(text: &str, phrase_end: usize) -> Option<Range<usize>> {
    let window = &text[..floor(text, phrase_end + LONGEST)];
    let start = window.len() - window[phrase_end..].trim_start_matches([' ', '\n', '\t', ':', '：']).len();
    let mut in_maths = false;
    for (at, c) in window[start..].char_indices() {
        let rest = &window[start + at + c.len_utf8()..];
        in_maths ^= c == '$';
        let ends = match c {
            '.' | '!' | '?' if !in_maths => rest.is_empty() || rest.starts_with(char::is_whitespace),
            '。' | '！' => true,
            // Displayed maths has lines of its own, an answer in prose has one.
            '\n' => !in_maths && !opens_display(&window[start..start + at]),
            ' ' => rest.starts_with("I hope"),
            _ => false,
        };
        if ends {
            return Some(start..start + at);
        }
    }
    (window.len() == text.len()).then_some(start..text.len())
}

fn opens_display(so_far: &str) -> bool {
    so_far.trim_start().starts_with("\\[") && !so_far.contains("\\]")
}
