//! The table for a terminal: as much of it as the width holds, legible at 80 columns.

use super::{Against, Block, Content};
use crate::model::SummaryRow;
use crate::render::label::{clean, elide, place, width, wrap_columns};
use crate::render::modes::ModeKey;
use crate::render::table::layout::{RowKey, SpaceColumns};
use crate::render::{paper, words};

/// Blank columns between two columns of numbers.
const GAP: usize = 2;
/// Names are shortened to this before anything else gives way.
const LONG_NAME: usize = 44;
/// Names are never shortened below this.
const SHORT_NAME: usize = 18;
/// Narrower than this nothing is legible; the terminal may wrap then.
const NARROWEST: usize = 40;

/// Where intervals stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intervals {
    Beside,
    Below,
    Nowhere,
}

/// What gives way when the width is short.
#[derive(Clone, Copy)]
struct Fit {
    intervals: Intervals,
    name: usize,
    /// Modes side by side; the rest goes below.
    modes: usize,
    one_space: bool,
}

pub(super) fn write(content: &Content<'_>) -> String {
    let room = content.request.width.max(NARROWEST);
    let mut lines = vec![heading(content)];
    let mut dropped = false;
    for block in &content.blocks {
        lines.push(String::new());
        if content.blocks.len() > 1 {
            lines.extend(wrap_columns(&block.title, room));
            lines.push(String::new());
        }
        if block.layout.rows.is_empty() {
            lines.push("  no cell is in both".to_owned());
            continue;
        }
        let fit = fit(content, block, room);
        dropped |= fit.intervals == Intervals::Nowhere && block.layout.cells().any(|cell| cell.ci_low.is_some());
        lines.extend(block_lines(content, block, fit));
    }
    if matches!(content.request.against, Against::Paper) {
        lines.extend(shifts(content, room));
    }
    lines.extend(contrast_lines(content, room));
    lines.push(String::new());
    for note in &content.notes {
        lines.extend(wrap_columns(note, room));
    }
    if dropped {
        let hint = format!("Intervals do not fit into {room} columns; a wider terminal or `--format csv` shows them.");
        lines.extend(wrap_columns(&hint, room));
    }
    let mut text = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn heading(content: &Content<'_>) -> String {
    match content.request.against {
        Against::Nothing => format!("{}, run {}", content.title, clean(content.request.run)),
        Against::Paper | Against::Run { .. } => content.title.clone(),
    }
}

/// The richest arrangement that fits, else the narrowest there is.
fn fit(content: &Content<'_>, block: &Block<'_>, room: usize) -> Fit {
    let most = block.layout.spaces.iter().map(|space| space.modes.len()).max().unwrap_or(1);
    let mut narrowest = Fit { intervals: Intervals::Nowhere, name: SHORT_NAME, modes: 1, one_space: true };
    for intervals in [Intervals::Beside, Intervals::Below, Intervals::Nowhere] {
        for one_space in [false, true] {
            for name in [LONG_NAME, 32, 24, SHORT_NAME] {
                let fit = Fit { intervals, name, modes: most, one_space };
                if widest(content, block, fit) <= room {
                    return fit;
                }
            }
        }
    }
    for modes in (1..most).rev() {
        narrowest.modes = modes;
        if widest(content, block, narrowest) <= room {
            break;
        }
    }
    narrowest
}

fn widest(content: &Content<'_>, block: &Block<'_>, fit: Fit) -> usize {
    block_lines(content, block, fit).iter().map(|line| width(line)).max().unwrap_or(0)
}

/// The block's parts below one another, each with its own heading.
fn block_lines(content: &Content<'_>, block: &Block<'_>, fit: Fit) -> Vec<String> {
    let mut parts: Vec<Vec<SpaceColumns>> = Vec::new();
    for space in &block.layout.spaces {
        for modes in space.modes.chunks(fit.modes.max(1)) {
            let part = SpaceColumns { space: space.space.clone(), modes: modes.to_vec() };
            match parts.last_mut() {
                Some(last) if !fit.one_space => last.push(part),
                _ => parts.push(vec![part]),
            }
        }
    }
    let mut lines = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            lines.push(String::new());
        }
        lines.extend(Part { content, block, spaces: part, fit }.lines());
    }
    lines
}

/// Spaces that stand side by side.
struct Part<'a> {
    content: &'a Content<'a>,
    block: &'a Block<'a>,
    spaces: &'a [SpaceColumns],
    fit: Fit,
}

/// A column of numbers: all values equally wide, all intervals equally wide.
struct Column {
    heading: String,
    values: Vec<String>,
    intervals: Vec<String>,
    below: bool,
}

impl Column {
    fn value_width(&self) -> usize {
        self.values.iter().map(|text| width(text)).max().unwrap_or(0)
    }

    fn interval_width(&self) -> usize {
        self.intervals.iter().map(|text| width(text)).max().unwrap_or(0)
    }

    fn width(&self) -> usize {
        let (value, interval) = (self.value_width(), self.interval_width());
        width(&self.heading).max(if self.below { value.max(interval) } else { value + interval })
    }

    fn entry(&self, row: usize) -> String {
        let value = pad_left(&self.values[row], self.value_width());
        if self.below {
            return pad_left(&value, self.width());
        }
        pad_left(&format!("{value}{}", pad_right(&self.intervals[row], self.interval_width())), self.width())
    }

    /// What stands on the line below the value.
    fn second(&self, row: usize) -> String {
        pad_left(if self.below { &self.intervals[row] } else { "" }, self.width())
    }
}

impl Part<'_> {
    fn lines(&self) -> Vec<String> {
        let layout = &self.block.layout;
        let rows: Vec<&RowKey> = layout.rows.iter().collect();
        let names: Vec<String> = rows.iter().map(|row| elide(&layout.row_label(row), self.fit.name)).collect();
        let domains = layout.domains();
        let name_width = names
            .iter()
            .map(|name| width(name) + 2)
            .chain(domains.iter().map(|(domain, _)| width(&elide(&clean(domain), self.fit.name))))
            .max()
            .unwrap_or(0);
        let spaces: Vec<Vec<Column>> = self.spaces.iter().map(|space| self.columns(space, &rows)).collect();
        let questions: Vec<Option<String>> = rows.iter().map(|row| layout.questions(row)).collect();
        let n = questions.iter().any(Option::is_some).then(|| Column {
            heading: "n".to_owned(),
            values: questions.into_iter().map(|n| n.unwrap_or_else(|| words::MISSING.to_owned())).collect(),
            intervals: vec![String::new(); rows.len()],
            below: false,
        });

        let mut lines = self.headings(name_width, &spaces, n.as_ref());
        let mut position = 0;
        for (domain, members) in domains {
            lines.push(elide(&clean(domain), self.fit.name));
            for _ in members {
                let columns = || spaces.iter().flatten().chain(n.as_ref());
                let gap = " ".repeat(GAP);
                let name = pad_right(&format!("  {}", names[position]), name_width);
                let entries: Vec<String> = columns().map(|column| format!("{gap}{}", column.entry(position))).collect();
                lines.push(format!("{name}{}", entries.concat()));
                let second: Vec<String> = columns().map(|column| format!("{gap}{}", column.second(position))).collect();
                if second.iter().any(|text| !text.trim().is_empty()) {
                    lines.push(format!("{}{}", " ".repeat(name_width), second.concat()));
                }
                position += 1;
            }
        }
        lines
    }

    fn headings(&self, name_width: usize, spaces: &[Vec<Column>], n: Option<&Column>) -> Vec<String> {
        let mut top = " ".repeat(name_width);
        let mut rule = top.clone();
        let mut modes = top.clone();
        for (space, columns) in self.spaces.iter().zip(spaces) {
            let span = columns.iter().map(|column| column.width() + GAP).sum::<usize>() - GAP;
            for line in [&mut top, &mut rule] {
                line.push_str(&" ".repeat(GAP));
            }
            top.push_str(&pad_right(&elide(&clean(&space.space), span), span));
            rule.push_str(&"─".repeat(span));
            for column in columns {
                modes.push_str(&" ".repeat(GAP));
                modes.push_str(&pad_left(&column.heading, column.width()));
            }
        }
        if let Some(n) = n {
            modes.push_str(&" ".repeat(GAP));
            modes.push_str(&pad_left(&n.heading, n.width()));
        }
        vec![top, rule, modes]
    }

    fn columns(&self, space: &SpaceColumns, rows: &[&RowKey]) -> Vec<Column> {
        space
            .modes
            .iter()
            .map(|mode| {
                let cells: Vec<Option<&SummaryRow>> =
                    rows.iter().map(|row| self.block.layout.cell(row, &space.space, mode)).collect();
                Column {
                    heading: elide(&self.block.layout.labels.label(mode), self.fit.name),
                    values: cells.iter().map(|cell| self.value(*cell)).collect(),
                    intervals: cells.iter().map(|cell| self.interval(*cell)).collect(),
                    below: self.fit.intervals == Intervals::Below,
                }
            })
            .collect()
    }

    fn value(&self, cell: Option<&SummaryRow>) -> String {
        match cell.and_then(|cell| cell.value) {
            None => words::MISSING.to_owned(),
            Some(value) if self.block.signed => words::signed(value, self.content.decimals),
            Some(value) => words::number(value, self.content.decimals),
        }
    }

    fn interval(&self, cell: Option<&SummaryRow>) -> String {
        let shown = cell.filter(|cell| cell.value.is_some());
        let interval = shown.and_then(|cell| words::interval(cell.ci_low, cell.ci_high, self.content.decimals));
        match (interval, self.fit.intervals) {
            (Some(text), Intervals::Beside) => format!(" {text}"),
            (Some(text), Intervals::Below) => text,
            (None, _) | (_, Intervals::Nowhere) => String::new(),
        }
    }
}

/// The contrasts between modes, put together by model, dataset and space.
fn contrast_lines(content: &Content<'_>, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = None;
    for row in &content.contrasts {
        let here = (&row.domain, &row.dataset, &row.model, &row.space);
        if last != Some(here) {
            last = Some(here);
            lines.push(String::new());
            let heading = format!(
                "{} on {}, measured on {}",
                clean(&row.model),
                place(&row.dataset, &row.domain),
                clean(&row.space)
            );
            lines.push(elide(&heading, room));
        }
        let line = words::contrast_line(row, &content.labels, content.decimals);
        let mut wrapped = wrap_columns(&line, room.saturating_sub(4)).into_iter();
        lines.extend(wrapped.next().map(|first| format!("  {first}")));
        lines.extend(wrapped.map(|more| format!("    {more}")));
    }
    lines
}

/// How far the other modes lie above parallel, here and in the paper, domain by domain: what can be compared.
fn shifts(content: &Content<'_>, room: usize) -> Vec<String> {
    let mut lines = vec![String::new(), "difference to parallel, over the models of a domain".to_owned()];
    let mut found = false;
    for domain in ["coding", "math"] {
        for mode in ["markov", "autoregressive"] {
            let entries: Vec<String> =
                content.blocks.iter().flat_map(|block| block_shifts(block, domain, mode, content.decimals)).collect();
            if content.blocks.first().is_some_and(|block| block_shifts(block, domain, mode, 3).is_empty()) {
                continue;
            }
            found = true;
            lines.push(format!("  {domain}, {mode} − parallel"));
            lines.extend(entries.into_iter().map(|entry| format!("    {}", elide(&entry, room.saturating_sub(4)))));
        }
    }
    if found {
        return lines;
    }
    vec![
        String::new(),
        "This run has no domain of the paper (`coding`, `math`) with parallel and sequential solutions.".to_owned(),
    ]
}

/// One line per space of a block: `this run, minilm: +0.050 … +0.093 (3 models)`.
fn block_shifts(block: &Block<'_>, domain: &str, mode: &str, decimals: usize) -> Vec<String> {
    let layout = &block.layout;
    let mut lines = Vec::new();
    for space in &layout.spaces {
        let mut shifts: Vec<f64> = Vec::new();
        for row in layout.rows.iter().filter(|row| paper::domain(&row.domain) == Some(domain)) {
            let value = |key: &ModeKey| layout.cell(row, &space.space, key).and_then(|cell| cell.value);
            let base = space.modes.iter().find(|key| key.is_baseline()).and_then(value);
            let theirs = space.modes.iter().filter(|key| key.mode == mode).filter_map(value);
            shifts.extend(theirs.zip(base.into_iter().cycle()).map(|(a, b)| a - b));
        }
        shifts.sort_by(f64::total_cmp);
        if let (Some(low), Some(high)) = (shifts.first(), shifts.last()) {
            let (low, high) = (words::signed(*low, decimals), words::signed(*high, decimals));
            let range = if low == high { low } else { format!("{low} … {high}") };
            let who = if block.key == "run" { "this run" } else { "paper" };
            let models = words::count(shifts.len(), "row");
            lines.push(format!("{who}, {}: {range} ({models})", clean(&space.space)));
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
