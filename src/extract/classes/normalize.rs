//! LaTeX as people and models write it goes in, one way to write it comes out.
//!
//! What only looks different is gone: spaces, sizes, fonts, dollars and percent signs, degrees, units, thousands
//! separators. Braces of sets become `⦃ ⦄`, relations and Greek letters single characters, matrices `⟦a&b⏎c&d⟧`.

use super::super::answer::bare;
use super::notation::{CHARACTERS, COMMANDS, LOOKS, NO_UNITS, SIGNS, UNIT_PARTS, UNITS, WRAPPERS};

/// One way to write an answer.
pub(super) fn normalize(answer: &str) -> String {
    let pass = Pass::over(&answer[bare(answer, 0..answer.len())]);
    let text = without_unit_in_text(&pass);
    let text = join_thousands(text.trim());
    let text = without_units(text.trim());
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    text[bare(&text, 0..text.len())].to_owned()
}

/// What a brace or a command opened.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    Kept,
    /// The braces of `\text{}`; where its content begins.
    Wrapper(usize),
    /// The braces of `^{\circ}`.
    Dropped,
}

/// The pass over the characters.
struct Pass<'a> {
    rest: &'a str,
    out: String,
    groups: Vec<Group>,
    /// A wrapper was read and its brace is awaited.
    wraps: bool,
    /// Where the last wrapped stretch lies in `out`.
    wrapped: Option<(usize, usize)>,
}

impl<'a> Pass<'a> {
    fn over(answer: &'a str) -> Self {
        let mut pass = Pass { rest: answer, out: String::new(), groups: Vec::new(), wraps: false, wrapped: None };
        while let Some(c) = pass.rest.chars().next() {
            pass.rest = &pass.rest[c.len_utf8()..];
            let wraps = std::mem::take(&mut pass.wraps);
            match c {
                '\\' => pass.command(),
                '{' if wraps => {
                    pass.out.push(' ');
                    pass.groups.push(Group::Wrapper(pass.out.len()));
                }
                '{' => {
                    pass.groups.push(Group::Kept);
                    pass.out.push('{');
                }
                '}' => pass.close(),
                ' ' if wraps => pass.wraps = true,
                '<' | '>' | '!' if pass.rest.starts_with('=') => {
                    pass.rest = &pass.rest[1..];
                    pass.out.push(match c {
                        '<' => '≤',
                        '>' => '≥',
                        _ => '≠',
                    });
                }
                '*' if pass.rest.starts_with('*') => {
                    pass.rest = &pass.rest[1..];
                    pass.out.push('^');
                }
                '⟦' | '⟧' | '⏎' | '⦃' | '⦄' => pass.out.push(' '),
                _ if SIGNS.contains(c) => {}
                _ => match CHARACTERS.iter().find(|(character, _)| *character == c) {
                    Some((_, meaning)) => pass.out.push_str(meaning),
                    None => pass.out.push(c),
                },
            }
        }
        pass
    }

    fn close(&mut self) {
        match self.groups.pop() {
            Some(Group::Wrapper(start)) => {
                self.wrapped = Some((start, self.out.len()));
                self.out.push(' ');
            }
            Some(Group::Dropped) => {}
            Some(Group::Kept) | None => self.out.push('}'),
        }
    }

    /// What follows a backslash.
    fn command(&mut self) {
        let length = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        match name {
            "" => self.symbol(),
            "circ" => self.degrees(),
            "begin" | "end" => self.environment(name == "begin"),
            _ if WRAPPERS.contains(&name) => self.wraps = true,
            "left" | "right" if self.rest.starts_with('.') => self.rest = &self.rest[1..],
            _ if LOOKS.contains(&name) => {}
            _ => {
                if let Some((_, meaning)) = COMMANDS.iter().find(|(command, _)| *command == name) {
                    self.out.push_str(meaning);
                } else {
                    self.out.push('\\');
                    self.out.push_str(name);
                }
                // `\pi r` keeps its space apart from the name; `\alphax` could not be written.
                if self.out.ends_with(|c: char| c.is_ascii_alphabetic())
                    && self.rest.starts_with(|c: char| c.is_alphabetic())
                {
                    self.out.push(' ');
                }
            }
        }
    }

    /// A backslash and a character that is no letter.
    fn symbol(&mut self) {
        let Some(c) = self.rest.chars().next() else { return };
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            '!' | '/' => {}
            ',' => self.out.push('\u{2009}'),
            ';' | ':' | '>' | ' ' | '(' | ')' | '[' | ']' => self.out.push(' '),
            '{' => self.out.push('⦃'),
            '}' => self.out.push('⦄'),
            '|' => self.out.push('|'),
            '\\' => self.out.push('⏎'),
            _ if SIGNS.contains(c) => {}
            _ => self.out.push(c),
        }
    }

    /// `^\circ` and `^{\circ}` are degrees, what else has a circle is left to be a text.
    fn degrees(&mut self) {
        let before = self.out.trim_end();
        if let Some(number) = before.strip_suffix('^') {
            self.out.truncate(number.len());
        } else if let Some(number) = before.strip_suffix("^{") {
            self.out.truncate(number.len());
            self.groups.pop();
            self.groups.push(Group::Dropped);
        } else {
            self.out.push('∘');
        }
    }

    fn environment(&mut self, begins: bool) {
        let name = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((name, rest)) = name else { return };
        self.rest = rest;
        if name.ends_with("matrix") {
            self.out.push(if begins { '⟦' } else { '⟧' });
        }
    }
}

/// What was read, without a last `\text{ apples}` behind a number, and without an exponent of it.
fn without_unit_in_text(pass: &Pass<'_>) -> String {
    let out = &pass.out;
    let Some((start, end)) = pass.wrapped else { return out.clone() };
    let (number, unit, behind) = (&out[..start], out[start..end].trim(), &out[end..]);
    let is_exponent = behind.chars().all(|c| " ^{}23".contains(c));
    let is_word = unit.chars().all(|c| c.is_alphabetic() || " ./".contains(c));
    let lower = unit.to_lowercase();
    let changes = lower.split(' ').any(|word| NO_UNITS.contains(&word));
    // `2\mathrm{i}` and `3\mathrm{e}` are constants.
    let is_constant = matches!(unit, "i" | "e");
    if is_exponent && is_word && !changes && !is_constant && number.contains(|c: char| c.is_ascii_digit()) {
        return number.to_owned();
    }
    out.clone()
}

/// Without known units at the end: `5 cm^2`, `3 square feet`, `60 miles per hour`.
fn without_units(text: &str) -> String {
    let mut text = text;
    loop {
        let front =
            ["^2", "^{2}", "^3", "^{3}"].iter().find_map(|exponent| text.strip_suffix(exponent)).unwrap_or(text);
        let before = front.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let word = front[before.len()..].to_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        let number = before.trim_end();
        let counts = number.ends_with(|c: char| c.is_ascii_digit() || "})π".contains(c))
            || number.ends_with(|c: char| c.is_ascii_alphabetic()) && number.contains(|c: char| c.is_ascii_digit());
        let is_command = before.ends_with('\\');
        if !counts || is_command || !(UNITS.contains(&word) || UNIT_PARTS.contains(&word)) {
            return text.to_owned();
        }
        text = number;
    }
}

/// Takes out what stands between groups of three digits: `1,234`, `1{,}234`, `1\,234`; a comma only outside of brackets,
/// where it is no list. `3{,}5` is a decimal comma.
fn join_thousands(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&c) = chars.get(at) {
        match c {
            '(' | '[' | '⦃' | '⟨' => depth += 1,
            ')' | ']' | '⦄' | '⟩' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !c.is_ascii_digit() {
            out.push(if c == '\u{2009}' { ' ' } else { c });
            at += 1;
            continue;
        }
        let end = at + digits(&chars[at..]);
        out.extend(&chars[at..end]);
        let starts_number = end - at <= 3 && c != '0' && !out[..out.len() - (end - at)].ends_with('.');
        let groups = if starts_number { groups(&chars[end..], depth) } else { 0 };
        out.extend(chars[end..end + groups].iter().filter(|c| c.is_ascii_digit()));
        at = end + groups;
        if groups == 0 && chars[end..].starts_with(&['{', ',', '}']) && digits(&chars[(end + 3).min(chars.len())..]) > 0
        {
            out.push('.');
            at = end + 3;
        }
    }
    out
}

fn digits(chars: &[char]) -> usize {
    chars.iter().take_while(|c| c.is_ascii_digit()).count()
}

/// The length of the groups of three digits that continue a number; 0 if anything is odd about them.
fn groups(chars: &[char], depth: usize) -> usize {
    let separators: [&[char]; 3] = [&['{', ',', '}'], &['\u{2009}'], &[',']];
    let mut length = 0;
    loop {
        let rest = &chars[length..];
        let separator = separators.iter().find(|separator| rest.starts_with(separator));
        let Some(separator) = separator.filter(|separator| separator.len() > 1 || separator[0] != ',' || depth == 0)
        else {
            return length;
        };
        match digits(&rest[separator.len()..]) {
            3 => length += separator.len() + 3,
            0 => return length,
            _ => return 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_different_is_gone() {
        for (written, expected) in [
            ("$\\dfrac{1}{2}$.", "\\frac{1}{2}"),
            ("\\left( 1, 2 \\right)", "( 1, 2 )"),
            ("1{,}234", "1234"),
            ("1\\,234", "1234"),
            ("1,234,567.89", "1234567.89"),
            ("(1,234)", "(1,234)"),
            ("1,23", "1,23"),
            ("1,234,5", "1,234,5"),
            ("0,123", "0,123"),
            ("3{,}5", "3.5"),
            ("1.2345,678", "1.2345,678"),
            ("5 \\text{ cm}^2", "5"),
            ("5\\text{ apples}", "5"),
            ("5 cm", "5"),
            ("5 square feet", "5"),
            ("60 miles per hour", "60"),
            ("12\\pi \\text{ cm}", "12π"),
            ("10\\text{ am}", "10 am"),
            ("3\\text{ million}", "3 million"),
            ("45^\\circ", "45"),
            ("45^{\\circ}", "45"),
            ("45°", "45"),
            ("50\\%", "50"),
            ("\\$5", "5"),
            ("$18", "18"),
            ("\\text{(B)}", "(B)"),
            ("\\{1,2\\}", "⦃1,2⦄"),
            ("x \\leq 5", "x ≤ 5"),
            ("x<=5", "x≤5"),
            ("2\\mathrm{i}", "2 i"),
            ("\\pi r^2", "π r^2"),
            ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "⟦ 1 & 2 ⏎ 3 & 4 ⟧"),
            ("", ""),
            ("\\", ""),
            ("}{", "}{"),
        ] {
            assert_eq!(normalize(written), expected, "{written:?}");
        }
    }
}
