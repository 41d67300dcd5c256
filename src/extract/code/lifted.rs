//! A program out of its block: text and block go in, the program as one would save it comes out.
//!
//! The fence's indentation goes, escape sequences of terminals go, and of a session with Python's prompt only what was typed
//! stays. Everything else is kept to the byte.

use std::borrow::Cow;

use super::blocks::{Block, columns};

/// What begins an escape sequence.
pub(super) const ESCAPE: char = '\u{1b}';

const NOT_CLOSED: &str = "fence is not closed";
const ESCAPES: &str = "escape sequences removed";
const PROMPTS: &str = "prompts removed";

/// The program in a block, and what is to be said about it.
pub(super) fn lift(text: &str, block: &Block) -> (String, Vec<&'static str>) {
    let mut warnings = Vec::new();
    let mut program = Cow::Borrowed(&text[block.span.clone()]);
    if !block.closed {
        warnings.push(NOT_CLOSED);
    }
    if program.contains(ESCAPE) {
        program = Cow::Owned(without_escapes(&program).into_owned());
        warnings.push(ESCAPES);
    }
    if block.indent > 0 {
        program = Cow::Owned(without_indent(&program, block.indent));
    }
    if let Some(typed) = without_prompts(&program) {
        program = Cow::Owned(typed);
        warnings.push(PROMPTS);
    }
    (program.into_owned(), warnings)
}

/// Lines without their first so many columns of white space, or all of it where a line has less.
pub(super) fn without_indent(text: &str, indent: usize) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let blanks = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let fits = (0..=blanks).rev().find(|&n| columns(&line[..n]) <= indent).unwrap_or(0);
        &line[fits..]
    });
    lines.collect()
}

/// What was typed in a session with Python; `None` where the text does not begin as one.
fn without_prompts(text: &str) -> Option<String> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    first.starts_with(">>> ").then(|| {
        let typed = text.lines().filter_map(|line| {
            let prompt = [">>> ", "... "].into_iter().find_map(|prompt| line.strip_prefix(prompt));
            prompt.or_else(|| matches!(line.trim_end(), ">>>" | "...").then_some(""))
        });
        typed.collect::<Vec<_>>().join("\n")
    })
}

/// A text without the escape sequences of ECMA-48: `ESC [` with parameters and a final byte (colors), `ESC ]` to BEL or
/// the next escape (titles), and `ESC` with one final byte (character sets).
pub(super) fn without_escapes(text: &str) -> Cow<'_, str> {
    let escapes = escapes(text);
    if escapes.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for escape in escapes {
        kept.push_str(&text[from..escape.start]);
        from = escape.end;
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Where the escape sequences of a text are. Each byte is looked at once.
pub(super) fn escapes(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(ESCAPE).map(|offset| at + offset) {
        at = start + escape_length(&text.as_bytes()[start..]);
        found.push(start..at);
    }
    found
}

/// Bytes of the sequence that a text begins with.
fn escape_length(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => {
            let parameters = bytes[2..].iter().take_while(|byte| matches!(byte, 0x20..=0x3F)).count();
            let has_final = bytes.get(2 + parameters).is_some_and(|byte| matches!(byte, 0x40..=0x7E));
            2 + parameters + usize::from(has_final)
        }
        Some(b']') => {
            let title = bytes[2..].iter().take_while(|byte| !matches!(byte, 0x07 | 0x1B | b'\n')).count();
            2 + title + usize::from(bytes.get(2 + title) == Some(&0x07))
        }
        Some(0x20..=0x7E) => {
            let between = bytes[1..].iter().take_while(|byte| matches!(byte, 0x20..=0x2F)).count();
            let has_final = bytes.get(1 + between).is_some_and(|byte| matches!(byte, 0x30..=0x7E));
            1 + between + usize::from(has_final)
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(inside: &str, indent: usize, expected: &str, warnings: &[&str]) {
        let block = Block { span: 0..inside.len(), language: None, indent, closed: true };
        assert_eq!(lift(inside, &block), (expected.to_owned(), warnings.to_vec()), "{inside:?}");
    }

    #[test]
    fn lines_lose_the_indentation_of_their_fence_and_no_more() {
        check("  if a:\n    b\n\n c", 2, "if a:\n  b\n\nc", &[]);
        check("\tif a:\n\t\tb", 4, "if a:\n\tb", &[]);
        check("        a\n\tb", 4, "    a\nb", &[]);
        check("\ta", 2, "\ta", &[]);
        check("  a\r\n  b", 2, "a\r\nb", &[]);
        check("  a\n", 0, "  a\n", &[]);
    }

    #[test]
    fn of_a_session_only_what_was_typed_stays() {
        let session = ">>> def f(x):\n...     return x\n...\n>>> f(1)\n1\n>>>\n";
        check(session, 0, "def f(x):\n    return x\n\nf(1)\n", &[PROMPTS]);
        check(
            "def f():\n    '''\n    >>> f()\n    1\n    '''",
            0,
            "def f():\n    '''\n    >>> f()\n    1\n    '''",
            &[],
        );
        check("  >>> a\n  1", 2, "a", &[PROMPTS]);
    }

    #[test]
    fn escape_sequences_go() {
        check("\u{1b}[1;32mx\u{1b}[0m = 1\u{1b}", 0, "x = 1", &[ESCAPES]);
        check("\u{1b}]0;title\u{7}x\u{1b}(B\u{1b}[é", 0, "xé", &[ESCAPES]);
        check("[32m", 0, "[32m", &[]);
    }
}
