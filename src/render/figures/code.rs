//! Programs and solutions as text in columns: made harmless, wrapped, with marked stretches.

use super::scene::{Point, Scene, mono_width};
use super::theme::{self, Color};

/// What the bundled font of programs has, as `assets/fonts/subset.py` asks for it.
const COVERED: [(u32, u32); 53] = [
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x131),
    (0x134, 0x17F),
    (0x192, 0x192),
    (0x218, 0x21B),
    (0x391, 0x3A1),
    (0x3A3, 0x3C9),
    (0x401, 0x401),
    (0x410, 0x44F),
    (0x451, 0x451),
    (0x2010, 0x2010),
    (0x2013, 0x2014),
    (0x2018, 0x201A),
    (0x201C, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x2032, 0x2033),
    (0x2070, 0x2070),
    (0x2074, 0x207A),
    (0x2080, 0x2089),
    (0x20AC, 0x20AC),
    (0x2115, 0x2116),
    (0x211A, 0x211A),
    (0x2122, 0x2122),
    (0x2124, 0x2124),
    (0x2190, 0x2199),
    (0x21D1, 0x21D4),
    (0x2200, 0x2203),
    (0x2205, 0x2205),
    (0x2208, 0x2209),
    (0x220E, 0x2212),
    (0x2218, 0x221A),
    (0x221E, 0x221E),
    (0x2223, 0x2223),
    (0x2225, 0x2225),
    (0x2227, 0x222B),
    (0x223C, 0x223C),
    (0x2243, 0x2243),
    (0x2245, 0x2245),
    (0x2248, 0x2249),
    (0x2260, 0x2262),
    (0x2264, 0x2265),
    (0x2282, 0x2287),
    (0x2295, 0x2297),
    (0x22A4, 0x22A5),
    (0x22EE, 0x22F1),
    (0x2500, 0x259F),
    (0x25A0, 0x25A1),
    (0x25CF, 0x25CF),
    (0x2713, 0x2713),
    (0x2717, 0x2717),
];

/// Stands for every character that the font lacks, invisible and controlling ones among them.
const PLACEHOLDER: char = '□';
/// Columns that a tab takes.
const TAB: usize = 4;
/// Columns that the rest of a wrapped line is indented by.
const INDENT: usize = 2;
/// From one line to the next, in ems.
const LEADING: f64 = 1.42;

/// A line of characters, each marked or not.
pub(super) type Line = Vec<(char, bool)>;

/// Lines of at most so many columns from stretches of text, marked or not.
pub(super) fn lines<'a>(stretches: impl IntoIterator<Item = (&'a str, bool)>, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Vec::new()];
    for (text, marked) in stretches {
        for c in text.chars().filter(|c| *c != '\r') {
            match (c, lines.last_mut()) {
                ('\n', _) | (_, None) => lines.push(Vec::new()),
                ('\t', Some(line)) => line.extend([(' ', marked); TAB]),
                (c, Some(line)) => line.push((visible(c), marked)),
            }
        }
    }
    lines.into_iter().flat_map(|line| wrapped(line, columns.max(4 * INDENT))).collect()
}

fn visible(c: char) -> char {
    let code = u32::from(c);
    if COVERED.iter().any(|(low, high)| (*low..=*high).contains(&code)) { c } else { PLACEHOLDER }
}

/// Breaks a line at blanks where the piece before them is at least half as long as it may be, else in a word.
fn wrapped(mut line: Line, columns: usize) -> Vec<Line> {
    let mut pieces = Vec::new();
    loop {
        while line.last().is_some_and(|(c, _)| *c == ' ') {
            line.pop();
        }
        if line.len() <= columns {
            pieces.push(line);
            return pieces;
        }
        let blank = (columns / 2..=columns).rev().find(|at| line[*at].0 == ' ');
        let rest = line.split_off(blank.unwrap_or(columns));
        pieces.push(line);
        let indent = [(' ', false); INDENT];
        line = indent.into_iter().chain(rest.into_iter().skip_while(|(c, _)| *c == ' ')).collect();
    }
}

/// Columns of a text that fit into so many pixels.
pub(super) fn columns(pixels: f64, size: f64) -> usize {
    let one = mono_width("0", size);
    (1..1000).take_while(|columns| f64::from(*columns) * one <= pixels).count()
}

/// Height of so many lines.
pub(super) fn height(lines: usize, size: f64) -> f64 {
    lines as f64 * size * LEADING
}

/// Draws lines from a corner on, marked stretches on tinted ground.
pub(super) fn draw(scene: &mut Scene, lines: &[Line], (x, y): Point, size: f64, tint: Color) {
    let one = mono_width("0", size);
    for (position, line) in lines.iter().enumerate() {
        let top = y + height(position, size);
        let mut column = 0;
        for stretch in line.chunk_by(|a, b| a.1 == b.1) {
            let blank = stretch.iter().take_while(|(c, _)| *c == ' ').count();
            // What opens a line is no part of what it says.
            let from = if column == 0 { blank } else { 0 };
            if stretch[0].1 && stretch.len() > from {
                let at = (x + (column + from) as f64 * one, top);
                scene.rect(at, ((stretch.len() - from) as f64 * one, height(1, size)), tint);
            }
            column += stretch.len();
        }
        let blank = line.iter().take_while(|(c, _)| *c == ' ').count();
        let text: String = line[blank..].iter().map(|(c, _)| *c).collect();
        if !text.is_empty() {
            // SVG makes one blank of several; of those that do not break it keeps all.
            let text = text.replace("  ", "\u{a0}\u{a0}");
            scene.mono((x + blank as f64 * one, top + 1.08 * size), size, theme::INK, text);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::scene::MONO;
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(c, _)| *c).collect()).collect()
    }

    #[test]
    fn lines_are_wrapped_at_blanks_and_in_long_words() {
        let all = lines([("one two three four five\n\tx = 1\n", false), ("aaaaaaaaaaaaaaaaaaaaaaaaa", true)], 12);
        assert_eq!(
            text(&all),
            ["one two", "  three four", "  five", "    x = 1", "aaaaaaaaaaaa", "  aaaaaaaaaa", "  aaa"]
        );
        assert!(all[4].iter().all(|(_, marked)| *marked) && !all[5][0].1 && all[5][2].1);
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        let all = lines([("a\u{202e}b\u{200b}c\u{0}d\u{1b}[31m\u{ad}e模\u{feff}\r\nf", false)], 40);
        assert_eq!(text(&all), ["a□b□c□d□[31m□e□□", "f"]);
    }

    /// The characters of a font, from the segments of its table `cmap` (format 4, which holds all of the basic plane).
    fn characters(font: &[u8]) -> Vec<u32> {
        let u16_at = |at: usize| u32::from(u16::from_be_bytes(font[at..at + 2].try_into().unwrap()));
        let u32_at = |at: usize| u32::from_be_bytes(font[at..at + 4].try_into().unwrap());
        let tables = 0..u16_at(4) as usize;
        let entry = tables.map(|i| 12 + 16 * i).find(|at| &font[*at..at + 4] == b"cmap").unwrap();
        let cmap = u32_at(entry + 8) as usize;
        let subtables = (0..u16_at(cmap + 2) as usize).map(|i| cmap + u32_at(cmap + 4 + 8 * i + 4) as usize);
        let table = subtables.into_iter().find(|at| u16_at(*at) == 4).unwrap();
        let n = u16_at(table + 6) as usize;
        let segments = (0..n).step_by(2).map(|i| (u16_at(table + 16 + n + i), u16_at(table + 14 + i)));
        segments.filter(|(low, _)| *low != 0xFFFF).flat_map(|(low, high)| low..=high).collect()
    }

    #[test]
    fn the_font_has_what_it_is_said_to_have() {
        let found = characters(MONO);
        let said: Vec<u32> = COVERED.iter().flat_map(|(low, high)| *low..=*high).collect();
        assert!(said.contains(&u32::from(PLACEHOLDER)));
        let missing: Vec<&u32> = said.iter().filter(|code| !found.contains(code)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
