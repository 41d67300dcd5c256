//! A comparison for a terminal: as much of it as the width holds, legible at 80 columns.

use super::shown::{ApartShown, Entry, Shown};
use crate::render::label::{elide, width, wrap_columns};

/// Blank columns between two columns.
const GAP: usize = 2;
/// Narrower than this nothing is legible; the terminal may wrap then.
const NARROWEST: usize = 40;
/// Lengths to which names of rows are shortened, one after the other.
const NAMES: [usize; 5] = [60, 40, 28, 18, 12];

/// What gives way when the width is short.
#[derive(Clone, Copy)]
struct Fit {
    /// Columns of numbers: 9, 7 or 6 of them.
    detail: usize,
    /// Whether intervals stand on a line of their own.
    below: bool,
    name: usize,
    /// Whether some differences have a star: then numbers stand below numbers and stars behind them.
    starred: bool,
}

pub(super) fn write(shown: &Shown, room: usize) -> String {
    let room = room.max(NARROWEST);
    let mut lines = wrapped(&shown.sentences.join(" "), room);
    lines.push(String::new());
    lines.extend(wrapped(&format!("A: {}   B: {}", shown.a, shown.b), room));
    if !shown.place.is_empty() {
        lines.extend(wrapped(&shown.place, room));
    }
    if !shown.groups.is_empty() {
        lines.push(String::new());
        lines.extend(table(shown, fit(shown, room)));
    }
    if let Some(rest) = &shown.rest {
        lines.push(String::new());
        lines.extend(wrapped(rest, room));
    }
    for apart in &shown.apart {
        lines.push(String::new());
        lines.extend(apart_lines(apart, room));
    }
    for (whose, only) in [("A", &shown.only_in_a), ("B", &shown.only_in_b)] {
        if !only.is_empty() {
            lines.push(String::new());
            lines.push(format!("Only in {whose}"));
            lines.extend(only.iter().flat_map(|line| indented(line, room)));
        }
    }
    if !shown.notes.is_empty() {
        lines.push(String::new());
        lines.extend(shown.notes.iter().flat_map(|note| wrapped(note, room)));
    }
    let mut text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// Lines of at most `room` columns: a name that is longer than a line loses its middle.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    wrap_columns(text, room).iter().map(|line| elide(line, room)).collect()
}

fn indented(line: &str, room: usize) -> Vec<String> {
    let lead = |at: usize| if at == 0 { "  " } else { "    " };
    wrapped(line, room.saturating_sub(4))
        .into_iter()
        .enumerate()
        .map(|(at, line)| format!("{}{line}", lead(at)))
        .collect()
}

/// The richest arrangement that fits, else the narrowest there is.
fn fit(shown: &Shown, room: usize) -> Fit {
    let starred = shown.groups.iter().flat_map(|group| &group.rows).any(|entry| entry.p.ends_with('*'));
    let mut last = Fit { detail: 6, below: true, name: 12, starred };
    for (detail, below) in [(9, false), (7, false), (6, false), (7, true), (6, true)] {
        for name in NAMES {
            last = Fit { detail, below, name, starred };
            let widest = table(shown, last).iter().map(|line| width(line)).max().unwrap_or(0);
            // Rather an interval on its own line than a name that nobody recognizes.
            if widest <= room && (name > 18 || (detail, below) == (6, true)) {
                return last;
            }
        }
    }
    last
}

/// The headings of the columns of numbers; the interval's stands empty behind the difference.
const HEADINGS: [&str; 9] = ["A", "B", "B − A", "", "p", "questions", "effect size", "Cliff's delta", "detectable"];

fn numbers(entry: &Entry, fit: Fit) -> Vec<String> {
    let p = if fit.starred && !entry.p.ends_with('*') { format!("{} ", entry.p) } else { entry.p.clone() };
    let all = [
        entry.from.clone(),
        entry.to.clone(),
        entry.difference.clone(),
        if fit.below { String::new() } else { entry.interval.clone() },
        p,
        entry.questions.clone(),
        entry.effect.clone(),
        entry.delta.clone(),
        entry.detectable.clone(),
    ];
    all.into_iter().take(fit.detail).collect()
}

fn table(shown: &Shown, fit: Fit) -> Vec<String> {
    let mut headings = HEADINGS.map(str::to_owned);
    if fit.starred {
        "p ".clone_into(&mut headings[4]);
    }
    let entries = || shown.groups.iter().flat_map(|group| &group.rows);
    let mut widths: Vec<usize> = headings.iter().take(fit.detail).map(|heading| width(heading)).collect();
    for entry in entries() {
        for (widest, text) in widths.iter_mut().zip(numbers(entry, fit)) {
            *widest = (*widest).max(width(&text));
        }
    }
    let several = entries().any(|entry| !entry.place.is_empty());
    let depth = if several { 4 } else { 2 };
    let name_width = entries().map(|entry| width(&elide(&entry.mode, fit.name)) + depth).max().unwrap_or(0);
    let mut lines = vec![line("", name_width, &headings[..fit.detail], &widths)];
    for group in &shown.groups {
        lines.push(group.heading.clone());
        let mut last = "";
        for entry in &group.rows {
            if entry.place != last {
                last = &entry.place;
                lines.push(format!("  {}", elide(last, (name_width + widths.iter().sum::<usize>()).max(fit.name))));
            }
            let name = format!("{}{}", " ".repeat(depth), elide(&entry.mode, fit.name));
            lines.push(line(&name, name_width, &numbers(entry, fit), &widths));
            if fit.below && !entry.interval.is_empty() {
                // Below the difference, to the left as far as it needs.
                let end = name_width + widths.iter().take(3).sum::<usize>() + 3 * GAP;
                lines.push(pad_left(&entry.interval, end));
            }
        }
    }
    lines
}

/// Numbers stand to the right, intervals to the left, right behind their difference.
fn line(name: &str, name_width: usize, numbers: &[String], widths: &[usize]) -> String {
    let mut line = pad_right(name, name_width);
    for (at, (text, &to)) in numbers.iter().zip(widths).enumerate() {
        if at == 3 {
            if to > 0 {
                line.push_str(&format!(" {}", pad_right(text, to)));
            }
        } else {
            line.push_str(&format!("{}{}", " ".repeat(GAP), pad_left(text, to)));
        }
    }
    line
}

/// Both runs' own contrasts side by side, below one another where they do not fit.
fn apart_lines(apart: &ApartShown, room: usize) -> Vec<String> {
    let mut lines = vec![elide(&apart.heading, room)];
    lines.extend(indented(&apart.reason, room));
    let (a, b) = (format!("A, {}", apart.spaces.0), format!("B, {}", apart.spaces.1));
    let name = apart.pairs.iter().map(|pair| width(&pair.name)).max().unwrap_or(0);
    let wide =
        |head: &str, of: &dyn Fn(usize) -> usize| (0..apart.pairs.len()).map(of).max().unwrap_or(0).max(width(head));
    let (in_a, in_b) = (wide(&a, &|at| width(&apart.pairs[at].in_a)), wide(&b, &|at| width(&apart.pairs[at].in_b)));
    if apart.pairs.is_empty() {
        return lines;
    }
    if 2 + name + in_a + in_b + 2 * GAP <= room {
        let row = |name_text: &str, of_a: &str, of_b: &str| {
            let gap = " ".repeat(GAP);
            format!("  {}{gap}{}{gap}{of_b}", pad_right(name_text, name), pad_right(of_a, in_a))
        };
        lines.push(row("", &a, &b));
        lines.extend(apart.pairs.iter().map(|pair| row(&pair.name, &pair.in_a, &pair.in_b)));
        return lines;
    }
    let side = width(&a).max(width(&b));
    for pair in &apart.pairs {
        lines.push(format!("  {}", elide(&pair.name, room - 2)));
        for (head, text) in [(&a, &pair.in_a), (&b, &pair.in_b)] {
            lines.push(elide(&format!("    {}  {text}", pad_right(head, side)), room));
        }
    }
    lines
}

fn pad_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

fn pad_right(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}
