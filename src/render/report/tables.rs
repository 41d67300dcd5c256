//! The similarity table of every metric, for the page and for the clipboard.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chunk::Chunk;
use super::context::metric_title;
use crate::model::{Level, Variant};
use crate::render::label::clean;
use crate::render::table::layout::Layout;
use crate::render::table::{self, Against, TableFormat, TableRequest, notes};
use crate::render::{RenderError, ReportData, words};

/// A metric with its variants.
#[derive(Serialize)]
pub(super) struct Panel {
    title: String,
    /// What it is measured on, where that is another thing than for the panel before.
    level: &'static str,
    /// The metric itself first.
    parts: Vec<Table>,
    /// How many others there are, in words.
    variants: String,
}

#[derive(Serialize)]
struct Table {
    /// What the script calls it; the name of its texts for the clipboard too.
    id: String,
    title: String,
    unit: String,
    spaces: Vec<SpaceHead>,
    domains: Vec<Domain>,
    n_columns: usize,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct SpaceHead {
    name: String,
    modes: Vec<String>,
}

#[derive(Serialize)]
struct Domain {
    name: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    cells: Vec<Cell>,
    questions: String,
}

#[derive(Serialize)]
struct Cell {
    value: Option<String>,
    interval: Option<String>,
    /// Position of its space among the table's.
    space: usize,
}

/// A table as others write it.
#[derive(Serialize)]
struct Copies {
    markdown: String,
    latex: String,
}

/// More metrics than this are told apart by what they are measured on.
const MANY_METRICS: usize = 12;

/// Pairs first: they are what the similarity table is about.
pub(super) fn level_order(level: Level) -> usize {
    [Level::Pair, Level::Group, Level::Chain, Level::Sample].iter().position(|one| *one == level).unwrap_or(usize::MAX)
}

fn level_words(level: Level) -> &'static str {
    match level {
        Level::Sample => "Of single solutions",
        Level::Pair => "Of pairs of solutions",
        Level::Group => "Of all solutions to a question",
        Level::Chain => "Along a chain",
    }
}

/// A metric's variants stand with it: the first of each, which is the metric itself unless it was not asked for.
pub(super) fn first_of_each(metrics: &[String]) -> Vec<String> {
    let mut firsts: Vec<String> = Vec::new();
    for metric in metrics {
        let base = Variant::parse(metric).base;
        if firsts.iter().all(|first| Variant::parse(first).base != base) {
            let plain = metrics.iter().find(|metric| *metric == base);
            firsts.push(plain.unwrap_or(metric).clone());
        }
    }
    firsts
}

/// A panel for each metric, with the tables of its variants; the metrics of a level lie together.
pub(super) fn panels(data: &ReportData<'_>, metrics: &[String], all: &[String]) -> Vec<Panel> {
    let mut last = None;
    let panel = |metric: &String| {
        let base = Variant::parse(metric).base;
        let variants: Vec<&String> =
            all.iter().filter(|other| *other != metric && Variant::parse(other).base == base).collect();
        let level = data.level(metric);
        let told = if metrics.len() > MANY_METRICS && level != last { level.map_or("", level_words) } else { "" };
        last = level;
        Panel {
            title: metric_title(data, metric),
            level: told,
            variants: words::count(variants.len(), "variant"),
            parts: std::iter::once(metric).chain(variants).map(|metric| table(data, metric, all)).collect(),
        }
    };
    metrics.iter().map(panel).collect()
}

/// The name of a metric's table: made from its position, for a metric's name may hold anything.
fn table_id(metric: &str, all: &[String]) -> String {
    format!("t{}", all.iter().position(|one| one == metric).unwrap_or(0))
}

fn table(data: &ReportData<'_>, metric: &str, all: &[String]) -> Table {
    let layout = Layout::new(data.summary, metric);
    let decimals = words::decimals(layout.values());
    let domains = layout.domains().into_iter().map(|(domain, rows)| Domain {
        name: clean(domain),
        rows: rows
            .into_iter()
            .map(|key| Row {
                name: layout.row_label(key),
                cells: layout
                    .spaces
                    .iter()
                    .enumerate()
                    .flat_map(|(n, space)| space.modes.iter().map(move |mode| (n, space, mode)))
                    .map(|(n, space, mode)| (n, layout.cell(key, &space.space, mode)))
                    .map(|(space, cell)| Cell {
                        value: cell.and_then(|cell| cell.value).map(|value| words::number(value, decimals)),
                        interval: cell.and_then(|cell| words::interval(cell.ci_low, cell.ci_high, decimals)),
                        space,
                    })
                    .collect(),
                questions: layout.questions(key).unwrap_or_else(|| words::MISSING.to_owned()),
            })
            .collect(),
    });
    let domains: Vec<Domain> = domains.collect();
    let spaces: Vec<SpaceHead> = layout
        .spaces
        .iter()
        .map(|space| SpaceHead {
            name: clean(&space.space),
            modes: space.modes.iter().map(|mode| layout.labels.label(mode)).collect(),
        })
        .collect();
    Table {
        id: table_id(metric, all),
        title: metric_title(data, metric),
        unit: data.card(metric).map_or_else(String::new, |card| card.unit.to_owned()),
        n_columns: 2 + spaces.iter().map(|space| space.modes.len()).sum::<usize>(),
        spaces,
        domains,
        notes: notes(&request(data, metric, TableFormat::Text), &[]),
    }
}

/// Every table as Markdown and as LaTeX, word for word what the command `table` prints; where there are several spaces,
/// also of each alone, named by its position: `t0.1`.
pub(super) fn copies(data: &ReportData<'_>, all: &[String]) -> Result<Chunk, RenderError> {
    let mut copies = BTreeMap::new();
    for metric in all {
        let id = table_id(metric, all);
        copies.insert(id.clone(), copy(data, metric)?);
        let spaces = Layout::new(data.summary, metric).spaces;
        for (n, space) in spaces.iter().enumerate().filter(|_| spaces.len() > 1) {
            let on = |other: &str| other == space.space;
            let summary: Vec<_> = data.summary.iter().filter(|row| on(&row.space)).cloned().collect();
            let contrasts: Vec<_> = data.contrasts.iter().filter(|row| on(&row.space)).cloned().collect();
            let sensitivity: Vec<_> = data.sensitivity.iter().filter(|row| on(&row.space)).cloned().collect();
            let alone =
                ReportData { summary: &summary, contrasts: &contrasts, sensitivity: &sensitivity, ..data.clone() };
            copies.insert(format!("{id}.{n}"), copy(&alone, metric)?);
        }
    }
    Chunk::new("copies".to_owned(), &copies)
}

fn copy(data: &ReportData<'_>, metric: &str) -> Result<Copies, RenderError> {
    let written = |format| {
        let request = request(data, metric, format);
        table::table(&TableRequest { sensitivity: data.sensitivity, ..request })
    };
    Ok(Copies { markdown: written(TableFormat::Markdown)?, latex: written(TableFormat::Latex)? })
}

fn request<'a>(data: &'a ReportData<'_>, metric: &'a str, format: TableFormat) -> TableRequest<'a> {
    TableRequest {
        run: data.name,
        summary: data.summary,
        contrasts: data.contrasts,
        sensitivity: &[],
        metric,
        card: data.card(metric),
        level: data.level(metric),
        against: Against::Nothing,
        format,
        width: 0,
    }
}
