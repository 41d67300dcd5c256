//! What the page's template is filled with: strings that are ready to be shown, escaped by the template alone.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;
use serde::Serialize;

use super::answers::{Answer, answers};
use super::chapters::{Chapter, NotDrawn, chapters, not_drawn};
use super::chunk::Chunk;
use super::explorer::{explorer, extent};
use super::inference::{
    Association, ContrastTable, SensitivityPanel, associations, contrast_tables, more_associations, sensitivity_panel,
};
use super::quality::{self, Losses};
use super::tables::{Panel, copies, first_of_each, level_order, panels};
use crate::model::{Card, Variant};
use crate::render::figures::FigureSet;
use crate::render::findings::how_to_read;
use crate::render::label::clean;
use crate::render::{RenderError, ReportData, words};

#[derive(Serialize)]
pub(super) struct Page {
    name: String,
    fonts: Value,
    css: Value,
    switch_css: Value,
    script: Value,
    /// SHA-256 of the script in base64: the one script that the page's content policy lets run.
    script_digest: Value,
    about: String,
    answers: Vec<Answer>,
    how_to_read: String,
    sections: Vec<Section>,
    tables: Vec<Panel>,
    has_explorer: bool,
    /// How much of the run the explorer shows.
    extent: String,
    chapters: Vec<Chapter>,
    not_drawn: Vec<NotDrawn>,
    contrasts: Vec<ContrastTable>,
    /// Where those are that the page leaves out; empty where it leaves out none.
    more_contrasts: String,
    sensitivity: SensitivityPanel,
    associations: Vec<Association>,
    /// Where those are that the page leaves out; empty where it leaves out none.
    more_associations: String,
    counts: Vec<(String, String)>,
    losses: Vec<Losses>,
    /// Why rows were rejected, with how many.
    rejected: Vec<String>,
    none_rejected: bool,
    notes: Vec<String>,
    cards: Vec<CardText>,
    statistics: Vec<CardText>,
    provenance: Vec<(String, String)>,
    reproduce: Vec<String>,
    /// What the script unpacks on demand.
    chunks: Vec<Chunk>,
}

#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
}

const SECTIONS: [Section; 9] = [
    Section { id: "table", title: "Similarity table" },
    Section { id: "explorer", title: "Question explorer" },
    Section { id: "figures", title: "Figures" },
    Section { id: "contrasts", title: "Contrasts" },
    Section { id: "sensitivity", title: "Sensitivity" },
    Section { id: "associations", title: "Associations" },
    Section { id: "read", title: "What was read and lost" },
    Section { id: "glossary", title: "Glossary" },
    Section { id: "provenance", title: "Provenance" },
];

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

pub(super) fn page(data: &ReportData<'_>, figures: &FigureSet) -> Result<Page, RenderError> {
    let all = metrics(data);
    let metrics = first_of_each(&all);
    let main = metrics.iter().find(|metric| words::is_similarity(metric)).map_or("cosine", String::as_str);
    let explorer = explorer(data)?;
    let answers = answers(data, main, explorer.as_ref());
    let (chapters, packed_figures) = chapters(data, figures)?;
    let mut chunks = vec![copies(data, &all)?];
    chunks.extend(packed_figures);
    let has_explorer = explorer.is_some();
    chunks.extend(explorer.into_iter().flat_map(|explorer| explorer.chunks));
    let (rejected, notes) = quality::notes(data);
    let tables = panels(data, &metrics, &all);
    Ok(Page {
        name: clean(data.name),
        fonts: Value::from_safe_string(super::font_css()),
        css: Value::from_safe_string(super::CSS.to_owned()),
        switch_css: Value::from_safe_string(super::switch_css(tables.len())),
        script: Value::from_safe_string(super::script()),
        // Base64 needs no escape.
        script_digest: Value::from_safe_string(super::script_digest()),
        about: about(data),
        answers,
        how_to_read: how_to_read(data),
        sections: SECTIONS.into_iter().filter(|section| has_explorer || section.id != "explorer").collect(),
        tables,
        has_explorer,
        extent: extent(data),
        chapters,
        not_drawn: figures.not_drawn.iter().map(not_drawn).collect(),
        contrasts: contrast_tables(data, &metrics),
        more_contrasts: more_contrasts(all.len() - metrics.len()),
        sensitivity: sensitivity_panel(data),
        associations: associations(data),
        more_associations: more_associations(data),
        counts: cleaned(&data.counts),
        losses: quality::losses(data),
        rejected,
        none_rejected: quality::none_rejected(data),
        notes,
        cards: data.cards.iter().map(card_text).collect(),
        statistics: data.statistics.iter().map(card_text).collect(),
        provenance: cleaned(&data.provenance),
        reproduce: data.reproduce.iter().map(|line| clean(line)).collect(),
        chunks,
    })
}

/// Who was sampled on what: `Qwen3-8B on aime24 (math); 240 samples of 30 questions`.
fn about(data: &ReportData<'_>) -> String {
    let cells = || data.summary.iter().map(|row| &row.cell);
    let models: BTreeSet<String> = cells().map(|cell| clean(&cell.model)).collect();
    if models.is_empty() {
        return String::new();
    }
    let mut domains: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for cell in cells() {
        domains.entry(&cell.dataset).or_default().insert(clean(&cell.domain));
    }
    let datasets = domains.iter().map(|(dataset, domains)| {
        let names: Vec<String> = domains.iter().cloned().collect();
        let told = names.iter().any(|name| name != dataset && name != "unknown");
        if told { format!("{} ({})", clean(dataset), names.join(", ")) } else { clean(dataset) }
    });
    let named = |names: Vec<String>, noun: &str| {
        if names.len() > MANY_NAMES { words::count(names.len(), noun) } else { words::and_list(&names) }
    };
    let questions: BTreeSet<_> =
        data.samples.iter().map(|s| (&s.key.dataset, &s.key.domain, &s.key.question_id)).collect();
    let samples = if questions.is_empty() {
        String::new()
    } else {
        format!("; {} of {}", words::count(data.samples.len(), "sample"), words::count(questions.len(), "question"))
    };
    format!("{} on {}{samples}", named(models.into_iter().collect(), "model"), named(datasets.collect(), "data set"))
}

/// More models or data sets than this are counted, not named, at the top of the page.
const MANY_NAMES: usize = 3;

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

fn more_contrasts(n_variants: usize) -> String {
    let of = words::count(n_variants, "variant");
    if n_variants == 0 { String::new() } else { format!("Those of {of} are in the table `contrasts`.") }
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
