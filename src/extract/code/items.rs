//! Where the items of a program may end: lines go in, and for each that may begin an item those that may end it.
//!
//! An item is what stands by itself at the top of a program: a statement with its body and branches, a function, a class.
//! It is told by its layout alone, indentation in Python, brackets elsewhere, with strings and comments left out; whether it
//! is one is for the parser to say. All looking ahead is paid from a bound on bytes.

use std::ops::Range;

use super::blocks::columns;
use crate::program::{Language, MAX_BYTES};

/// Bytes that one search may look at, all looking ahead counted: a tenth of a second's worth.
const SCANNED: usize = 1 << 26;

/// Lines at which an item in brackets may end before it is given up. `template <…>`, `int f()` and `{ … }` are three.
const ENDS: usize = 4;

/// What only the headers of Python's compound statements begin with.
#[rustfmt::skip]
const COMPOUND: &[&str] = &[
    "async", "case", "class", "def", "elif", "else", "except", "finally", "for", "if", "match", "try", "while", "with",
];

/// What goes on with a statement whose header stands above.
const BRANCHES: &[&str] = &["elif", "else", "except", "finally"];

/// Words that may stand beside another word in Python; of two others beside each other the line is prose.
#[rustfmt::skip]
const BESIDE_WORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "case", "class", "def", "del", "elif", "else", "except", "exec", "finally",
    "for", "from", "global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "print", "raise",
    "return", "try", "type", "while", "with", "yield",
];

/// What items of the other languages begin with that need not end in a sign.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "class", "const", "enum", "fn", "func", "function", "import", "impl", "interface", "let", "namespace", "package",
    "private", "protected", "pub", "public", "static", "struct", "template", "trait", "type", "use", "using", "var",
];

/// Lines at which an item may end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// As its layout has it, the one to be preferred first.
    pub(super) whole: Vec<usize>,
    /// Within its bodies, in order: if it was cut off, or goes on with what is no code.
    pub(super) cut: Vec<usize>,
}

/// A text by lines.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Without line breaks.
    ranges: Vec<Range<usize>>,
    left: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut start = 0;
        let ranges = text.split_inclusive('\n').map(|line| {
            let bare = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
            let range = start..start + bare.len();
            start += line.len();
            range
        });
        Lines { text, ranges: ranges.collect(), left: SCANNED }
    }

    /// Whether nothing may be looked at anymore.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// The bytes from the first of these lines to the end of the last.
    pub(super) fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.ranges[first].start..self.ranges[last].end
    }

    /// Columns of white space that a line begins with.
    pub(super) fn column(&self, at: usize) -> usize {
        columns(self.line(at))
    }

    /// For each line, and after the last, how many lines before it are not blank.
    pub(super) fn filled_before(&self) -> Vec<usize> {
        let mut filled = 0;
        let mut before = vec![0];
        before.extend((0..self.ranges.len()).map(|at| {
            filled += usize::from(!self.is_blank(at));
            filled
        }));
        before
    }

    /// Whether a line is neither blank nor a comment.
    pub(super) fn is_code(&self, at: usize, language: Language) -> bool {
        !self.is_blank(at) && !self.is_comment(at, language)
    }

    /// The first line with code from this one on.
    pub(super) fn next_code(&mut self, from: usize, language: Language) -> Option<usize> {
        let next = (from..self.ranges.len()).find(|&at| self.is_code(at, language));
        self.pay(next.unwrap_or(self.ranges.len()).saturating_sub(from));
        next
    }

    /// Whether code may begin here: at the margin, or, comments aside, indented after a blank line, as `CommonMark` has it.
    pub(super) fn may_begin(&self, at: usize, language: Language) -> bool {
        let above = || (0..at).rev().find(|&above| !self.is_comment(above, language));
        self.column(at) == 0 || above().is_none_or(|above| self.is_blank(above))
    }

    /// Whether the line is nothing but a comment.
    pub(super) fn is_comment(&self, at: usize, language: Language) -> bool {
        self.line(at).trim_start().starts_with(if language == Language::Python { "#" } else { "//" })
    }

    /// Number of lines.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Where the item that begins here may end.
    pub(super) fn ends(&mut self, at: usize, language: Language) -> Ends {
        if self.is_spent() {
            Ends::default()
        } else if language == Language::Python {
            self.python(at)
        } else {
            Ends { whole: self.brackets(at, language), cut: Vec::new() }
        }
    }

    fn line(&self, at: usize) -> &'a str {
        &self.text[self.ranges[at].clone()]
    }

    fn is_blank(&self, at: usize) -> bool {
        self.line(at).trim().is_empty()
    }

    /// The word that a line begins with; `@` for a decorator.
    fn word(&self, at: usize) -> &'a str {
        let line = self.line(at).trim_start();
        if line.starts_with('@') { "@" } else { &line[..word_length(line)] }
    }

    fn pay(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    /// The bytes from this line on, as many as a program may have.
    fn ahead(&self, at: usize) -> &'a [u8] {
        let ahead = &self.text.as_bytes()[self.ranges[at].start..];
        &ahead[..ahead.len().min(MAX_BYTES)]
    }

    /// A statement ends after its last branch, or, where that was cut off, after one before.
    fn python(&mut self, at: usize) -> Ends {
        let column = self.column(at);
        let (mut ends, mut header) = (Ends::default(), Some(at));
        while let Some((last, next)) = header.and_then(|header| self.part(header, column, &mut ends.cut)) {
            ends.whole.extend(last);
            header = next;
        }
        ends.whole = ends.whole.into_iter().rev().take(ENDS).collect();
        ends
    }

    /// The last line of a header with its body, unless something has to follow, and the header that follows, if one does.
    fn part(&mut self, header: usize, column: usize, cut: &mut Vec<usize>) -> Option<(Option<usize>, Option<usize>)> {
        let (mut last, has_body) = self.logical(header)?;
        let word = self.word(header);
        if has_body {
            last = COMPOUND.contains(&word).then(|| self.body(last, column, cut))??;
        } else if is_prose(self.line(header)) {
            return None;
        }
        let is_decorator = word == "@";
        let next = self.next_code(last + 1, Language::Python).filter(|&next| self.column(next) == column);
        let follows = |next: &usize| is_decorator || COMPOUND.contains(&word) && BRANCHES.contains(&self.word(*next));
        Some(((!is_decorator).then_some(last), next.filter(follows)))
    }

    /// The last line of what is indented deeper below a header. All lines of it at which it may have been cut off are noted.
    fn body(&mut self, header: usize, column: usize, cut: &mut Vec<usize>) -> Option<usize> {
        let mut last = None;
        let mut from = header + 1;
        while let Some(next) = self.next_code(from, Language::Python).filter(|&next| self.column(next) > column) {
            let (end, has_body) = self.logical(next)?;
            (last, from) = (Some(end), end + 1);
            if !has_body {
                cut.push(end);
            }
        }
        last
    }

    /// The last line of the logical line of Python that begins here, and whether it ends in a colon; `None` when a
    /// bracket or a string of it has no end.
    fn logical(&mut self, at: usize) -> Option<(usize, bool)> {
        let ahead = self.ahead(at);
        let (mut last, mut i, mut depth, mut sign) = (at, 0, 0_usize, b' ');
        let ended = loop {
            let Some(&byte) = ahead.get(i) else { break depth == 0 && ahead.len() < MAX_BYTES };
            match byte {
                b'#' => {
                    i += until(&ahead[i..], b"\n");
                    continue;
                }
                b'"' | b'\'' => {
                    let Some(length) = string_length(&ahead[i..]) else { break false };
                    last += breaks(&ahead[i..i + length]);
                    (i, sign) = (i + length, byte);
                    continue;
                }
                b'\\' if matches!(ahead[i + 1..], [b'\n', ..] | [b'\r', b'\n', ..]) => {
                    (i, last) = (i + until(&ahead[i..], b"\n") + 1, last + 1);
                    continue;
                }
                b'\n' if depth == 0 => break true,
                b'\n' => last += 1,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => break false,
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                sign = byte;
            }
            i += 1;
        };
        self.pay(i + 1);
        // At the end of the text there is no further line.
        ended.then(|| (last.min(self.ranges.len() - 1), sign == b':'))
    }

    /// Lines at which all brackets opened from here on are closed.
    fn brackets(&mut self, at: usize, language: Language) -> Vec<usize> {
        let mut ends = Vec::new();
        if !self.may_open(at) {
            return ends;
        }
        let ahead = self.ahead(at);
        let (mut line, mut i, mut depth) = (at, 0, 0_usize);
        while ends.len() < ENDS {
            match ahead.get(i) {
                None | Some(b'\n') => {
                    if depth == 0 && !self.goes_on(line + 1) {
                        ends.push(line);
                    }
                    line += 1;
                    if line >= self.ranges.len() || i >= ahead.len() || self.is_fence(line) {
                        break;
                    }
                    i += 1;
                }
                Some(b'(' | b'[' | b'{') => (depth, i) = (depth + 1, i + 1),
                Some(b')' | b']' | b'}') if depth == 0 => break,
                Some(b')' | b']' | b'}') => (depth, i) = (depth - 1, i + 1),
                Some(_) => {
                    let length = skipped(&ahead[i..], language);
                    line += breaks(&ahead[i..i + length]);
                    i += length;
                }
            }
        }
        self.pay(i + 1);
        ends
    }

    /// Whether an item may begin with this line: it begins or ends as code does.
    fn may_open(&self, at: usize) -> bool {
        let line = self.line(at).trim();
        let ends = line.ends_with([';', '{', '}', '(', ')', ',', '>', '*', '/', '"', '\'', ']']);
        let begins = line.starts_with(['#', '/', '@']) || OPENERS.contains(&&line[..word_length(line)]);
        (ends || begins) && !self.is_fence(at)
    }

    /// Whether a line goes on with the item above it.
    fn goes_on(&self, at: usize) -> bool {
        let Some(range) = self.ranges.get(at) else { return false };
        let line = self.text[range.clone()].trim_start();
        ["else", "catch", "finally"].contains(&&line[..word_length(line)]) || line.starts_with(['.', '?', '&', '|'])
    }

    /// JavaScript takes a fence for a template.
    fn is_fence(&self, at: usize) -> bool {
        let line = self.line(at).trim_start();
        line.starts_with("```") || line.starts_with("~~~")
    }
}

/// Whether a line begins with two words that cannot stand beside each other in Python.
fn is_prose(line: &str) -> bool {
    let line = line.trim_start();
    let (first, rest) = line.split_at(word_length(line));
    let rest_trimmed = rest.trim_start_matches(' ');
    let second = &rest_trimmed[..word_length(rest_trimmed)];
    // A string's prefix is followed by its quote, not by a word.
    let beside = !first.is_empty() && !second.is_empty() && rest.len() > rest_trimmed.len();
    beside && !BESIDE_WORDS.contains(&first) && !BESIDE_WORDS.contains(&second)
}

fn word_length(line: &str) -> usize {
    line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

fn breaks(bytes: &[u8]) -> usize {
    bytes.split(|&byte| byte == b'\n').count() - 1
}

/// Bytes before the first of these signs, or all.
fn until(bytes: &[u8], signs: &[u8]) -> usize {
    bytes.iter().position(|byte| signs.contains(byte)).unwrap_or(bytes.len())
}

/// Bytes of the string of Python that begins here; `None` when it has no end.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let quote = bytes[0];
    let is_triple = bytes.starts_with(&[quote; 3]);
    let mut i = if is_triple { 3 } else { 1 };
    loop {
        match *bytes.get(i)? {
            b'\\' => i += 2,
            b'\n' if !is_triple => return None,
            byte if byte == quote && !is_triple => return Some(i + 1),
            byte if byte == quote && bytes[i..].starts_with(&[quote; 3]) => return Some(i + 3),
            _ => i += 1,
        }
    }
}

/// Bytes of the comment or string that begins here, in which brackets do not count; 1 where none does.
fn skipped(bytes: &[u8], language: Language) -> usize {
    match bytes[0] {
        b'/' if bytes.starts_with(b"//") => until(bytes, b"\n"),
        b'/' if bytes.starts_with(b"/*") => {
            bytes.windows(2).skip(2).position(|pair| pair == b"*/").map_or(bytes.len(), |at| at + 4)
        }
        b'`' if matches!(language.name(), "javascript" | "go") => {
            bytes[1..].iter().position(|&byte| byte == b'`').map_or(1, |at| at + 2)
        }
        b'"' => quoted(bytes, usize::MAX),
        b'\'' if language.name() == "javascript" => quoted(bytes, usize::MAX),
        // A character. Lifetimes of Rust and separators of digits have no second quote, or none that is near.
        b'\'' => quoted(bytes, if bytes.get(1) == Some(&b'\\') { 12 } else { 6 }),
        _ => 1,
    }
}

/// Bytes of what is quoted on one line, if it is no longer than that; else 1.
fn quoted(bytes: &[u8], most: usize) -> usize {
    let mut i = 1;
    while let Some(&byte) = bytes.get(i).filter(|&&byte| byte != b'\n' && i < most) {
        match byte {
            b'\\' => i += 2,
            byte if byte == bytes[0] => return i + 1,
            _ => i += 1,
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str, at: usize, language: Language) -> Vec<usize> {
        Lines::new(text).ends(at, language).whole
    }

    #[test]
    fn statements_of_python_end_with_their_bodies_and_branches() {
        let python = |text| ends(text, 0, Language::Python);
        assert_eq!(python("x = 1\ny = 2"), [0]);
        assert_eq!(python("x = (1,\n2)\ny"), [1]);
        assert_eq!(python("x = '''a\n)\n'''\ny"), [2]);
        assert_eq!(python("x = 1 + \\\n  2\ny"), [1]);
        assert_eq!(python("def f():\n\n    # c\n    return 1\n\ny"), [3]);
        assert_eq!(python("@a\n@b(\n1)\ndef f():\n  '''\nd\n'''\n  return"), [7]);
        assert_eq!(python("if a:\n  b\n# c\nelif d:\n  e\nelse: f\ng"), [5, 4, 1]);
        assert_eq!(python("if a:\n  b\nelse:\ng"), [1]);
        assert_eq!(python("a\nelse:\n  b"), [0]);
        assert_eq!(python("try:\n  a\nexcept (B,\n C):\n  d\nfinally:\n  e"), [6, 4, 1]);
        assert_eq!(python("x = ':' # a:\ny"), [0]);
    }

    #[test]
    fn what_is_no_statement_of_python_has_no_end() {
        for text in
            ["x = (1", "x = 'a\nb'", "x)", "if a:\nb", "Here we go:\n    x", "We need two", "@a", "def f():", ""]
        {
            if !text.is_empty() {
                assert_eq!(ends(text, 0, Language::Python), [0; 0], "{text}");
            }
        }
    }

    #[cfg(feature = "grammars")]
    #[test]
    fn items_in_brackets_may_end_where_all_are_closed() {
        let cpp = |text| ends(text, 0, Language::Cpp);
        assert_eq!(cpp("#include <a>\nint f()\n{\n  return '}'; // }\n}\nx;"), [0, 1, 4, 5]);
        assert_eq!(cpp("if (a) {\n}\nelse {\n}\n"), [3]);
        assert_eq!(cpp("a prose line\nint x;"), [0; 0]);
        assert_eq!(cpp("f(\n```\n)"), [0; 0]);
        assert_eq!(ends("const a = `{\n`;\nb();", 0, Language::JavaScript), [1, 2]);
        assert_eq!(ends("fn f<'a>(x: &'a str) {\n}", 0, Language::Rust), [1]);
    }
}
