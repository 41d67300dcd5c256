//! The only place that prints. Results go to stdout, everything else to stderr.

use std::error::Error;
use std::io::{self, IsTerminal, Write};

/// Writes a result. A reader that went away (`| head`) is no error.
pub(super) fn result(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    // CSV and the like keep what the data holds; a terminal is no place for it.
    let safe = if out.is_terminal() { printable(text) } else { text.to_owned() };
    let text = safe.as_str();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Something worth knowing that is no result.
pub(super) fn note(text: &str) {
    line(&format!("note: {text}"));
}

/// A line on stderr.
pub(super) fn line(text: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

/// Prints an error with its causes, once. Lines that begin with `hint: ` come last.
pub(super) fn error(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let message = next.to_string();
        // Some libraries repeat their cause in their own message.
        if !text.contains(&message) {
            let (head, hints) = split_hints(&text);
            text = format!("{head}: {message}{hints}");
        }
        cause = next.source();
    }
    line(&format!("error: {text}"));
}

fn split_hints(text: &str) -> (&str, &str) {
    text.find("\nhint: ").map_or((text, ""), |at| text.split_at(at))
}

/// Control characters from hostile input, and the marks that turn the direction of writing, must not reach a terminal:
/// they are shown as escapes.
pub(super) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if turns || (c.is_control() && c != '\n' && c != '\t') {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// A size in millions of bytes.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Columns to fill: those of the terminal, and 100 where there is none. Never so few that nothing fits.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).max(40)
}

/// Breaks at blanks; a longer word gets a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut filled = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if filled > 0 && filled + 1 + length > width {
            lines.push(String::new());
            filled = 0;
        }
        if let Some(line) = lines.last_mut() {
            if filled > 0 {
                line.push(' ');
                filled += 1;
            }
            line.push_str(word);
            filled += length;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{printable, wrap};

    #[test]
    fn wraps_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensibilities are", 4), ["incomprehensibilities", "are"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\n");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
    }
}
