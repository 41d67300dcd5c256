//! Where a text marks what is a program: text goes in, blocks between fences or tags come out, in time linear in its length.
//!
//! A fence is what `CommonMark` says it is, three or more backticks or tildes at the start of a line, closed by at least as
//! many of the same alone on a line, with four departures for what models write:
//! it may be indented by any depth and may follow a list marker (`1. `), since models nest blocks in lists;
//! a fence that names a programming language opens a block even while another one is open, whose own closing fence was
//! forgotten or which only shows how fences are written;
//! a line of prose may end with an opening fence that names a programming language (``The code: ```python``);
//! a fence at the end of a text with nothing after it opens nothing.
//! `[PYTHON]` at the start of a line and `[/PYTHON]` are what `CodeLlama` was trained to write. Fences inside of them win.

use std::borrow::Cow;
use std::ops::Range;

use super::lifted;
use super::tags;

/// A block of a text that may be a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The bytes between the fences, without the line break before the closing one.
    pub span: Range<usize>,
    /// The first word after the opening fence, in lower case.
    pub language: Option<String>,
    /// Columns by which the fence is indented, and which its lines lose.
    pub indent: usize,
    /// Whether it ends where it says so itself, and not with the text or where the next one begins.
    pub closed: bool,
}

/// All blocks of a text, in order.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader { text, open: None, found: Vec::new() };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        reader.read(start, end);
        start = end;
    }
    reader.end_at(text.len(), false);
    reader.found
}

const TAG: &str = "[PYTHON]";
const TAG_END: &str = "[/PYTHON]";

/// Columns from which on an indented fence is text of the block it stands in, as in `CommonMark`.
const TEXT_INDENT: usize = 4;

struct Reader<'a> {
    text: &'a str,
    open: Option<Open>,
    found: Vec<Block>,
}

/// A block that has begun.
struct Open {
    start: usize,
    language: Option<String>,
    indent: usize,
    /// What closes it; `None`: the tag.
    fence: Option<(u8, usize)>,
}

impl Reader<'_> {
    /// Takes the line at these bytes, its line break included.
    fn read(&mut self, start: usize, end: usize) {
        let line = &self.text[start..end];
        // Most lines have none of it.
        if !line.bytes().any(|byte| matches!(byte, b'`' | b'~' | b'[')) {
            return;
        }
        let bare = if line.contains(lifted::ESCAPE) { lifted::without_escapes(line) } else { Cow::Borrowed(line) };
        let fence = Fence::at_start(bare.trim_end());
        let (inside, closing) = match &self.open {
            None => (None, None),
            Some(open) => (Some(open.indent), open.fence),
        };
        match (inside, closing) {
            (None, _) => {
                let fence = fence.or_else(|| Fence::after_marker(&bare)).or_else(|| Fence::after_prose(&bare));
                match fence {
                    Some(fence) => self.begin(&fence, end),
                    None => self.begin_tag(start, end),
                }
            }
            (Some(indent), Some((sign, length))) => {
                let Some(fence) = fence.filter(|fence| {
                    fence.sign == sign && fence.length >= length && fence.indent < indent + TEXT_INDENT
                }) else {
                    return;
                };
                if fence.info.is_empty() {
                    self.end_at(start, true);
                } else if fence.names_programming() {
                    self.end_at(start, false);
                    self.begin(&fence, end);
                }
            }
            (Some(_), None) => match fence {
                Some(fence) => self.begin(&fence, end),
                None => {
                    if let Some(at) = line.find(TAG_END) {
                        self.end_at(start + at, true);
                    }
                }
            },
        }
    }

    fn begin(&mut self, fence: &Fence<'_>, start: usize) {
        let language = tags::language(fence.info);
        self.open = Some(Open { start, language, indent: fence.indent, fence: Some((fence.sign, fence.length)) });
    }

    /// Begins a block where the line begins with the tag; the program may stand on the same line.
    fn begin_tag(&mut self, start: usize, end: usize) {
        let line = &self.text[start..end];
        let Some(rest) = line.trim_start().strip_prefix(TAG) else { return };
        let (after, indent) = if rest.trim().is_empty() { (end, columns(line)) } else { (end - rest.len(), 0) };
        self.open = Some(Open { start: after, language: Some("python".to_owned()), indent, fence: None });
        if let Some(at) = rest.find(TAG_END) {
            self.end_at(end - rest.len() + at, true);
        }
    }

    /// Ends the block that is open, if one is, before these bytes.
    fn end_at(&mut self, end: usize, closed: bool) {
        let Some(open) = self.open.take() else { return };
        let inside = &self.text[open.start..end.max(open.start)];
        if !closed && inside.trim().is_empty() {
            return;
        }
        let inside = inside.strip_suffix('\n').map_or(inside, |inside| inside.strip_suffix('\r').unwrap_or(inside));
        let span = open.start..open.start + inside.len();
        self.found.push(Block { span, language: open.language, indent: open.indent, closed });
    }
}

/// A line that is a fence, opening or closing.
struct Fence<'a> {
    sign: u8,
    length: usize,
    indent: usize,
    /// What follows on the line, trimmed.
    info: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that a line is, indentation aside.
    fn at_start(line: &'a str) -> Option<Self> {
        let bare = line.trim_start_matches([' ', '\t']);
        let sign = *bare.as_bytes().first().filter(|&&sign| matches!(sign, b'`' | b'~'))?;
        let length = bare.bytes().take_while(|&byte| byte == sign).count();
        let info = bare[length..].trim();
        // With a backtick after it, it is code within a line.
        let is_fence = length >= 3 && !(sign == b'`' && info.contains('`'));
        is_fence.then(|| Fence { sign, length, indent: columns(line), info })
    }

    /// The fence after a list's marker: `- `, `* `, `+ `, `1. `, `1) `.
    fn after_marker(line: &'a str) -> Option<Self> {
        let bare = line.trim_start_matches([' ', '\t']);
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        // CommonMark's bound on the length of a number.
        let signs: &[char] = if (1..=9).contains(&digits) { &['.', ')'] } else { &['-', '*', '+'] };
        let digits = if digits <= 9 { digits } else { return None };
        let rest = bare[digits..].strip_prefix(signs).filter(|rest| rest.starts_with([' ', '\t']))?;
        let fence = Fence::at_start(rest.trim_end())?;
        Some(Fence { indent: columns(line) + (bare.len() - rest.len()) + fence.indent, ..fence })
    }

    /// The fence at the end of a line of prose: the line's only backticks, and a programming language's name.
    fn after_prose(line: &'a str) -> Option<Self> {
        let fence = Fence::at_start(line[line.find('`')?..].trim_end())?;
        let is_name = !fence.info.contains(char::is_whitespace) && fence.names_programming();
        is_name.then_some(Fence { indent: 0, ..fence })
    }

    fn names_programming(&self) -> bool {
        tags::language(self.info).is_some_and(|language| tags::is_programming(&language))
    }
}

/// Columns of white space that a line begins with; a tab goes to the next multiple of four, as in `CommonMark`.
pub(super) fn columns(line: &str) -> usize {
    let blanks = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blanks.fold(0, |column, byte| if byte == b'\t' { (column / 4 + 1) * 4 } else { column + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<&str>, bool)]) {
        let found = blocks(text);
        let found: Vec<(&str, Option<&str>, bool)> =
            found.iter().map(|block| (&text[block.span.clone()], block.language.as_deref(), block.closed)).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn fences_of_backticks_and_tildes() {
        check("a\n```python\nx = 1\n```\nb", &[("x = 1", Some("python"), true)]);
        check("~~~\nx\n\ny\n~~~", &[("x\n\ny", None, true)]);
        check("```\r\nx\r\ny\r\n```\r\n", &[("x\r\ny", None, true)]);
        check("```py\nx\n```\n~~~Python3 title\ny\n~~~\n", &[("x", Some("py"), true), ("y", Some("python3"), true)]);
        check("```\n```", &[("", None, true)]);
        check("``` {.python .numbers}\nx\n```", &[("x", Some("python"), true)]);
    }

    #[test]
    fn a_closing_fence_is_of_the_same_sign_at_least_as_long_and_alone() {
        check("````\n```\nx\n```\n`````", &[("```\nx\n```", None, true)]);
        check("~~~\n```\nx\n~~~", &[("```\nx", None, true)]);
        check("```\nx\n``` y\nz\n```", &[("x\n``` y\nz", None, true)]);
        // Four columns deeper it is text: an example in a docstring.
        check("```\n'''\n    ```\n    x\n    ```\n'''\n```", &[("'''\n    ```\n    x\n    ```\n'''", None, true)]);
    }

    #[test]
    fn backticks_within_a_line_are_no_fences() {
        check("use ``` for code\n``` x ``` is code\n```python``` too\n``\nx\n``\n", &[]);
        check("a ```b``` c\n```\nx\n```", &[("x", None, true)]);
        check("the sign is ```\nx", &[]);
    }

    #[test]
    fn fences_in_lists() {
        check("1. First:\n   ```python\n   x\n   ```\n", &[("   x", Some("python"), true)]);
        let text = "- ```c\n  x\n  ```\n\t~~~\n\ty\n\t~~~\n10) ```\n    z\n    ```";
        check(text, &[("  x", Some("c"), true), ("\ty", None, true), ("    z", None, true)]);
        let indents: Vec<usize> = blocks(text).iter().map(|block| block.indent).collect();
        assert_eq!(indents, [2, 4, 4]);
    }

    #[test]
    fn an_odd_fence_takes_the_rest_or_nothing() {
        check("```python\nx\n```\nprose\n```python\ny\n", &[("x", Some("python"), true), ("y", Some("python"), false)]);
        check("```\nx\n```\n```", &[("x", None, true)]);
        check("```\nx\n```\n```\n \n", &[("x", None, true)]);
        check("```\nx\n\nprose\n```python\ny\n```", &[("x\n\nprose", None, false), ("y", Some("python"), true)]);
        check("```markdown\n```cpp\nx\n```", &[("x", Some("cpp"), true)]);
    }

    #[test]
    fn a_line_of_prose_may_end_with_a_fence_that_names_a_language() {
        check("The code: ```python\nx\n```\nend", &[("x", Some("python"), true)]);
        check("The word: ```nonsense\nx", &[]);
    }

    #[test]
    fn tags_of_codellama() {
        check("[PYTHON]\nx\n[/PYTHON]\nb", &[("x", Some("python"), true)]);
        check("[PYTHON] x [/PYTHON]", &[(" x ", Some("python"), true)]);
        check("[PYTHON]\nx\n", &[("x", Some("python"), false)]);
        check("between [PYTHON] and [/PYTHON] tags", &[]);
        check("[PYTHON]\n```\nx\n```\n[/PYTHON]", &[("x", None, true)]);
    }

    #[test]
    fn colored_fences() {
        check("\u{1b}[32m```python\u{1b}[0m\nx\n\u{1b}[1m```\u{1b}[0m", &[("x", Some("python"), true)]);
    }
}
