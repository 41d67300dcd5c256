//! A multiple-choice letter, A to J in upper case.
//!
//! A letter counts where it is marked: behind "answer (is)" or in a box, or alone on the last line; failing that, behind
//! "option" or "choice"; failing that, in parentheses on the last line that has such a letter, if it has only one. A
//! letter in running prose is none: the article "A" and the pronoun "I" count only where no word follows.

use super::{Found, bare, floor, lines};

/// How far back a mark is looked for, in bytes; the longest is `answer is: **$\boxed{\text{(`.
const REACH: usize = 48;

/// What may stand between a mark and its letter.
const BETWEEN: [char; 12] = [' ', '(', '[', '{', '*', '_', '$', '"', '\'', ':', '：', '“'];

/// Commands that may, too.
const COMMANDS: [&str; 5] = ["\\textbf", "\\text", "\\mathrm", "\\mathbf", "\\("];

/// The marks, the strongest first, in lower case.
const MARKS: [&[&str]; 2] =
    [&["answer", "answer is", "boxed", "fbox", "答案", "答案是", "答案为"], &["option", "choice", "选项"]];

/// How well a letter is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Parentheses,
    Option,
    Answer,
}

pub(super) fn find(text: &str) -> Option<Found> {
    let mut marked: Vec<(Mark, usize)> = letters(text).filter_map(|at| Some((mark(text, at)?, at))).collect();
    if let Some(at) = alone_on_the_last_line(text)
        && !marked.contains(&(Mark::Answer, at))
    {
        marked.retain(|&(_, other)| other != at);
        marked.push((Mark::Answer, at));
    }
    let best = marked.iter().map(|(mark, _)| *mark).max()?;
    marked.retain(|(mark, _)| *mark == best);
    let (_, at) = *marked.last()?;
    if best == Mark::Parentheses {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let letter = text.as_bytes()[at];
        // A line with several lists what there is to choose from.
        if marked.iter().any(|&(_, other)| other >= line && text.as_bytes()[other] != letter) {
            return None;
        }
    }
    Found::new(text, at..at + 1, marked.len())
}

/// Where a letter stands that is not part of a word.
fn letters(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter(|(_, byte)| (b'A'..=b'J').contains(byte)).map(|(at, _)| at).filter(move |&at| {
        let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
        let behind = bytes.get(at + 1).copied().unwrap_or(b' ');
        let in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'\\' | b'^');
        let next = bytes[at + 1..].iter().take(4).find(|byte| **byte != b' ').copied().unwrap_or(b' ');
        // "the answer is A + B" names no choice.
        let operates =
            matches!(next, b'+' | b'=' | b'*' | b'/' | b'^' | b'<' | b'>') && !bytes[at + 1..].starts_with(b"**");
        let continues = in_word(behind) && behind < 0x80 || matches!(behind, b'\'' | b'_' | b'-') || operates;
        // A Chinese mark or a full-width colon ends in a byte beyond ASCII; letters of other scripts do not precede a choice.
        (!in_word(before) || before >= 0x80) && !continues
    })
}

fn mark(text: &str, at: usize) -> Option<Mark> {
    let window = text[floor(text, at.saturating_sub(REACH))..at].to_lowercase();
    let mut before = window.as_str();
    loop {
        let trimmed = before.trim_end_matches(BETWEEN);
        let trimmed = COMMANDS.iter().find_map(|command| trimmed.strip_suffix(command)).unwrap_or(trimmed);
        if trimmed.len() == before.len() {
            break;
        }
        before = trimmed;
    }
    // "answerB" is no answer, 答案B is.
    let apart = |mark: &str| before.len() < window.len() || !mark.is_ascii();
    let has = |marks: &[&str]| marks.iter().any(|mark| before.ends_with(mark) && apart(mark));
    if has(MARKS[0]) && !is_prose(text, at, true) {
        return Some(Mark::Answer);
    }
    if has(MARKS[1]) && !is_prose(text, at, false) {
        return Some(Mark::Option);
    }
    let parenthesis = window.strip_suffix('(').is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    (parenthesis && text[at + 1..].starts_with(')')).then_some(Mark::Parentheses)
}

/// Whether a letter may be an article or a pronoun: a word follows it. "Option A is" is none.
fn is_prose(text: &str, at: usize, article: bool) -> bool {
    let is_word = match text.as_bytes()[at] {
        b'A' => article,
        b'I' => true,
        _ => false,
    };
    let mut rest = text[at + 1..].chars();
    is_word && rest.next() == Some(' ') && rest.next().is_some_and(char::is_alphanumeric)
}

/// The letter of a last line that has nothing else.
fn alone_on_the_last_line(text: &str) -> Option<usize> {
    let (start, line) = lines(text).rev().find(|(_, line)| !line.trim().is_empty())?;
    let span = bare(text, start..start + line.len());
    let offset = text[span.clone()].find(|c: char| !"([{ ".contains(c))?;
    let rest = text[span.clone()][offset..].trim_end_matches([')', ']', '}', ' ', '.']);
    let at = span.start + offset;
    (rest.len() == 1 && (b'A'..=b'J').contains(&text.as_bytes()[at])).then_some(at)
}
