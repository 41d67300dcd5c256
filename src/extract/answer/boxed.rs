//! `\boxed{…}`: the last box, with balanced braces.
//!
//! Braces are counted as TeX counts them: `\{` and `\}` are none. A box that is never closed is no answer, and the rule
//! falls back to the last box that is; neither is a box that is empty or holds dots only, as in an instruction that is
//! repeated. A box within a box is unwrapped (`MathArena`, `parser.py`, `remove_inner_boxed`). Boxes form a list, joined by
//! `, `, where they stand on one line and nothing but a list's words are between them, see [`is_list`]; without that,
//! the last one is taken. The backslash may be lost: JSON that was decoded once too often turns `\b` into a backspace and
//! `\f` into a form feed (`inspect_ai` `scorer/_math.py` looks for the same starts).

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Found, bare, floor};

/// How a box begins, and whether that is how TeX has it.
const STARTS: [(&str, bool); 8] = [
    ("\\boxed", true),
    ("\\fbox", true),
    ("\\beginboxed", false),
    ("\u{8}oxed", false),
    ("\u{c}box", false),
    ("boxed", false),
    ("fbox", false),
    ("oxed", false),
];

/// How far `\boxed 7` is followed, in bytes: such answers are short, and a bound keeps the time linear.
const REACH: usize = 64;

/// How far apart the boxes of a list may be, in characters (Math-Verify `math_normalization.py`, `should_extract_boxed`).
const APART: usize = 70;

/// A box of the text.
struct Block {
    /// Where its command begins.
    start: usize,
    /// What is in it; open-ended, at the end of the text, while it is not closed.
    inside: Range<usize>,
    closed: bool,
    well_written: bool,
}

impl Block {
    /// Where the text goes on.
    fn end(&self) -> usize {
        self.inside.end + 1
    }
}

pub(super) fn find(text: &str) -> Option<Found> {
    let blocks = scan(text);
    let outermost = outermost(text, &blocks);
    let (last, earlier) = outermost.split_last()?;
    let mut first = *last;
    let mut members = vec![*last];
    for &block in earlier.iter().rev() {
        if !is_list(text.get(blocks[block].end()..blocks[first].start).unwrap_or_default()) {
            break;
        }
        first = block;
        members.push(block);
    }
    members.reverse();
    let mut seen = BTreeSet::new();
    let answers: Vec<String> = members
        .iter()
        .map(|&member| unwrapped(text, &blocks, member))
        .filter(|answer| seen.insert(answer.clone()))
        .collect();
    // Boxes that say the same are one answer, which the last one gives.
    let first = if answers.len() > 1 { first } else { *last };
    let span = bare(text, blocks[first].inside.clone()).start..bare(text, blocks[*last].inside.clone()).end;
    let tell = |odd: bool, warning: &'static str| odd.then_some(warning);
    let warnings = [
        tell(blocks.iter().any(|block| !block.closed), "a box is not closed"),
        tell(answers.len() > 1, "several boxes"),
        tell(members.iter().any(|&member| !blocks[member].well_written), "lost backslash"),
    ];
    let n_alternatives = outermost.len();
    Some(Found { span, text: answers.join(", "), n_alternatives, warnings: warnings.into_iter().flatten().collect() })
}

/// All boxes, in the order in which they begin.
fn scan(text: &str) -> Vec<Block> {
    let bytes = text.as_bytes();
    let mut blocks: Vec<Block> = Vec::new();
    // Boxes that are open, each with the number of braces that are open with it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        if let Some(block) = block_at(text, at) {
            at = if block.closed { block.inside.end } else { block.inside.start };
            if !block.closed {
                depth += 1;
                open.push((depth, blocks.len()));
            }
            blocks.push(block);
            continue;
        }
        match bytes[at] {
            // What is escaped is skipped with its backslash.
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' => {
                if let Some((_, block)) = open.pop_if(|(opened, _)| *opened == depth) {
                    blocks[block].inside.end = at;
                    blocks[block].closed = true;
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    blocks
}

/// The box that begins at a position.
fn block_at(text: &str, at: usize) -> Option<Block> {
    let bytes = text.as_bytes();
    if !matches!(bytes[at], b'\\' | 8 | 12 | b'b' | b'f' | b'o') {
        return None;
    }
    let (start, well_written) = *STARTS.iter().find(|(start, _)| bytes[at..].starts_with(start.as_bytes()))?;
    // A bare word is the end of a command only where it is a word.
    if start.starts_with(|c: char| c.is_ascii_alphabetic()) && at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let behind = at + start.len();
    let space = bytes[behind..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let next = *bytes.get(behind + space)?;
    if next == b'{' && (well_written || space == 0) {
        let inside = behind + space + 1..text.len();
        return Some(Block { start: at, inside, closed: false, well_written });
    }
    let spaceless = well_written && next != b'}' && (space > 0 || !next.is_ascii_alphabetic());
    let inside = spaceless.then(|| unbraced(text, behind + space))?;
    Some(Block { start: at, inside, closed: true, well_written })
}

/// What `\boxed 7` holds: everything up to the end of the maths (as Hendrycks' `last_boxed_only_string` has it), or a
/// word where the maths has no end nearby.
fn unbraced(text: &str, start: usize) -> Range<usize> {
    let window = &text[start..floor(text, start + REACH)];
    let mut depth = 0_usize;
    for (at, byte) in window.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'$' | b'}' => return start..start + at,
            b'\\' if matches!(window.as_bytes().get(at + 1), Some(b')' | b']')) => return start..start + at,
            b'\n' => break,
            _ => {}
        }
    }
    start..start + window.find(char::is_whitespace).unwrap_or(window.len())
}

/// The closed boxes with an answer that lie in no other closed box.
fn outermost(text: &str, blocks: &[Block]) -> Vec<usize> {
    let mut end = 0;
    let mut found = Vec::new();
    for (number, block) in blocks.iter().enumerate().filter(|(_, block)| block.closed) {
        if block.start >= end {
            end = block.inside.end;
            // Without the boxes in it: one around an empty box is empty, too.
            let answer = unwrapped(text, blocks, number);
            if !matches!(answer.as_str(), "" | "..." | "…" | "\\ldots" | "\\dots" | "\\cdots") {
                found.push(number);
            }
        }
    }
    found
}

/// Whether what lies between two boxes makes a list of them: at most [`APART`] characters on one line, with no end of a
/// sentence, and either a comma, a semicolon, "and" or "or", or no word at all.
fn is_list(gap: &str) -> bool {
    let ends = [". ", "! ", "? ", "。", "\n"];
    // The bytes are looked at first: the characters of a long gap are not worth counting.
    if gap.len() > 4 * APART || gap.chars().count() > APART || ends.iter().any(|end| gap.contains(end)) {
        return false;
    }
    let gap = gap.replace("\\qquad", " ").replace("\\quad", " ");
    let mut words = gap.split(|c: char| !c.is_alphabetic());
    let spaces = |c: char| c.is_whitespace() || "$*&\\()[]".contains(c);
    gap.contains([',', ';', '，', '；', '、'])
        || words.any(|word| matches!(word, "and" | "or"))
        || gap.chars().all(spaces)
}

/// The text of a box, without the boxes in it.
fn unwrapped(text: &str, blocks: &[Block], outer: usize) -> String {
    let inside = blocks[outer].inside.clone();
    // Commands go, and so do the braces that close them.
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for inner in blocks[outer + 1..].iter().take_while(|inner| inner.start < inside.end).filter(|inner| inner.closed) {
        cuts.push(inner.start..inner.inside.start);
        if text.as_bytes().get(inner.inside.end) == Some(&b'}') && text.as_bytes()[inner.inside.start - 1] == b'{' {
            cuts.push(inner.inside.end..inner.end());
        }
    }
    cuts.sort_by_key(|cut| cut.start);
    let (mut answer, mut at) = (String::new(), inside.start);
    for cut in cuts {
        answer.push_str(&text[at..cut.start]);
        at = cut.end;
    }
    answer.push_str(&text[at..inside.end]);
    answer[bare(&answer, 0..answer.len())].to_owned()
}
