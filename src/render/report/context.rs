//! What the page's template is filled with: strings that are ready to be shown, escaped by the template alone.

use minijinja::Value;
use serde::Serialize;

use super::inference::{
    Association, ContrastTable, SensitivityPanel, associations, contrast_tables, more_associations, sensitivity_panel,
};
use crate::model::{Card, Level, Variant};
use crate::render::figures::{DrawnFigure, FIGURES, FigureSet};
use crate::render::label::clean;
use crate::render::table::layout::Layout;
use crate::render::table::{Against, TableFormat, TableRequest, notes};
use crate::render::{ReportData, words};

#[derive(Serialize)]
pub(super) struct Page {
    name: String,
    fonts: Value,
    css: Value,
    switch_css: Value,
    headlines: Vec<String>,
    sections: Vec<Section>,
    tables: Vec<Panel>,
    figures: Vec<FigureGroup>,
    not_drawn: Vec<NotDrawn>,
    contrasts: Vec<ContrastTable>,
    /// Where those are that the page leaves out; empty where it leaves out none.
    more_contrasts: String,
    sensitivity: SensitivityPanel,
    associations: Vec<Association>,
    /// Where those are that the page leaves out; empty where it leaves out none.
    more_associations: String,
    counts: Vec<(String, String)>,
    notes: Vec<String>,
    cards: Vec<CardText>,
    statistics: Vec<CardText>,
    provenance: Vec<(String, String)>,
    reproduce: Vec<String>,
}

#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
}

const SECTIONS: [Section; 8] = [
    Section { id: "table", title: "Similarity table" },
    Section { id: "figures", title: "Figures" },
    Section { id: "contrasts", title: "Contrasts" },
    Section { id: "sensitivity", title: "Sensitivity" },
    Section { id: "associations", title: "Associations" },
    Section { id: "read", title: "What was read" },
    Section { id: "glossary", title: "Glossary" },
    Section { id: "provenance", title: "Provenance" },
];

/// A metric with its variants.
#[derive(Serialize)]
struct Panel {
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
}

#[derive(Serialize)]
struct FigureGroup {
    title: &'static str,
    how_to_read: &'static str,
    misleads: &'static str,
    figures: Vec<Figure>,
}

#[derive(Serialize)]
struct Figure {
    title: String,
    caption: String,
    alt: String,
    svg: Value,
}

#[derive(Serialize)]
struct NotDrawn {
    title: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct CardText {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    range: &'static str,
    version: u32,
    measures: &'static str,
    how_to_read: &'static str,
    misleads: &'static str,
    source: &'static str,
}

pub(super) fn page(data: &ReportData<'_>, figures: &FigureSet) -> Page {
    let all = metrics(data);
    let metrics = first_of_each(&all);
    let tables = panels(data, &metrics, &all);
    let main = metrics.iter().find(|metric| words::is_similarity(metric)).map_or("cosine", String::as_str);
    Page {
        name: clean(data.name),
        fonts: Value::from_safe_string(super::font_css()),
        css: Value::from_safe_string(super::CSS.to_owned()),
        switch_css: Value::from_safe_string(super::switch_css(tables.len())),
        headlines: words::headlines(data.summary, data.contrasts, main),
        sections: SECTIONS.into_iter().collect(),
        tables,
        figures: figure_groups(figures),
        not_drawn: figures.not_drawn.iter().map(not_drawn).collect(),
        contrasts: contrast_tables(data, &metrics),
        more_contrasts: more_contrasts(all.len() - metrics.len()),
        sensitivity: sensitivity_panel(data),
        associations: associations(data),
        more_associations: more_associations(data),
        counts: cleaned(&data.counts),
        notes: data.notes.iter().map(|note| clean(note)).collect(),
        cards: data.cards.iter().map(card_text).collect(),
        statistics: data.statistics.iter().map(card_text).collect(),
        provenance: cleaned(&data.provenance),
        reproduce: data.reproduce.iter().map(|line| clean(line)).collect(),
    }
}

fn cleaned(pairs: &[(String, String)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| (clean(name), clean(value))).collect()
}

/// The run's metrics: `cosine` first, then in the order of their cards, then by name.
fn metrics(data: &ReportData<'_>) -> Vec<String> {
    let order = |metric: &str| {
        let base = Variant::parse(metric).base;
        let card = data.cards.iter().position(|card| card.name == base);
        let level = data.levels.get(base).copied();
        (metric != "cosine", level.map_or(usize::MAX, level_order), card.unwrap_or(usize::MAX), metric.to_owned())
    };
    let mut metrics: Vec<String> = data.summary.iter().map(|row| row.metric.clone()).collect();
    metrics.sort_by_cached_key(|metric| order(metric));
    metrics.dedup();
    metrics
}

pub(super) fn metric_title(data: &ReportData<'_>, metric: &str) -> String {
    data.card(metric).map_or_else(|| clean(metric), |card| words::title(card, metric))
}

/// A metric's variants stand with it: the first of each, which is the metric itself unless it was not asked for.
fn first_of_each(metrics: &[String]) -> Vec<String> {
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
fn panels(data: &ReportData<'_>, metrics: &[String], all: &[String]) -> Vec<Panel> {
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
            parts: std::iter::once(metric).chain(variants).map(|metric| table(data, metric)).collect(),
        }
    };
    metrics.iter().map(panel).collect()
}

/// Pairs first: they are what the similarity table is about.
fn level_order(level: Level) -> usize {
    [Level::Pair, Level::Group, Level::Chain, Level::Sample].iter().position(|one| *one == level).unwrap_or(usize::MAX)
}

/// More metrics than this are told apart by what they are measured on.
const MANY_METRICS: usize = 12;

fn level_words(level: Level) -> &'static str {
    match level {
        Level::Sample => "Of samples",
        Level::Pair => "Of pairs",
        Level::Group => "Of groups",
        Level::Chain => "Of chains",
    }
}

fn more_contrasts(n_variants: usize) -> String {
    let of = words::count(n_variants, "variant");
    if n_variants == 0 { String::new() } else { format!("Those of {of} are in the table `contrasts`.") }
}

fn table(data: &ReportData<'_>, metric: &str) -> Table {
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
                    .flat_map(|space| space.modes.iter().map(|mode| layout.cell(key, &space.space, mode)))
                    .map(|cell| Cell {
                        value: cell.and_then(|cell| cell.value).map(|value| words::number(value, decimals)),
                        interval: cell.and_then(|cell| words::interval(cell.ci_low, cell.ci_high, decimals)),
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
        title: metric_title(data, metric),
        unit: data.card(metric).map_or_else(String::new, |card| card.unit.to_owned()),
        n_columns: 2 + spaces.iter().map(|space| space.modes.len()).sum::<usize>(),
        spaces,
        domains,
        notes: notes(&request(data, metric), &[]),
    }
}

fn request<'a>(data: &ReportData<'a>, metric: &'a str) -> TableRequest<'a> {
    TableRequest {
        run: data.name,
        summary: data.summary,
        contrasts: data.contrasts,
        sensitivity: &[],
        metric,
        card: None,
        level: data.level(metric),
        against: Against::Nothing,
        format: TableFormat::Text,
        width: 0,
    }
}

fn figure_groups(figures: &FigureSet) -> Vec<FigureGroup> {
    FIGURES
        .iter()
        .map(|kind| kind.card)
        .filter_map(|card| {
            let drawn: Vec<Figure> =
                figures.drawn.iter().filter(|drawn| drawn.card.name == card.name).map(figure).collect();
            (!drawn.is_empty()).then_some(FigureGroup {
                title: card.title,
                how_to_read: card.how_to_read,
                misleads: card.misleads,
                figures: drawn,
            })
        })
        .collect()
}

fn figure(drawn: &DrawnFigure) -> Figure {
    Figure {
        title: drawn.title.clone(),
        caption: drawn.caption.clone(),
        alt: drawn.alt.clone(),
        // Made by the painter, which escapes every text in it.
        svg: Value::from_safe_string(drawn.svg.clone()),
    }
}

fn not_drawn(missing: &crate::render::figures::NotDrawn) -> NotDrawn {
    let title =
        FIGURES.iter().find(|kind| kind.card.name == missing.figure).map_or(missing.figure, |kind| kind.card.title);
    NotDrawn { title, reason: missing.reason.clone() }
}

fn card_text(card: &Card) -> CardText {
    CardText {
        name: card.name,
        title: card.title,
        unit: card.unit,
        range: card.range,
        version: card.version,
        measures: card.measures,
        how_to_read: card.how_to_read,
        misleads: card.misleads,
        source: card.source,
    }
}
