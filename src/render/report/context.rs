//! What the page's template is filled with: strings that are ready to be shown, escaped by the template alone.

use std::collections::BTreeSet;

use minijinja::Value;
use serde::Serialize;

use super::chapters::{Chapter, NotDrawn, chapters, not_drawn};
use super::chunk::Chunk;
use super::explorer::{Explorer, Question, explorer, extent};
use super::inference::{
    Association, ContrastTable, SensitivityPanel, associations, contrast_tables, more_associations, sensitivity_panel,
};
use super::quality::{self, Losses};
use super::tables::{Panel, copies, first_of_each, level_order, panels};
use crate::model::{Card, Variant};
use crate::render::figures::FigureSet;
use crate::render::findings::{Finding, findings};
use crate::render::label::{clean, place};
use crate::render::modes::ModeKey;
use crate::render::{RenderError, ReportData, words};

#[derive(Serialize)]
pub(super) struct Page {
    name: String,
    fonts: Value,
    css: Value,
    switch_css: Value,
    script: Value,
    /// SHA-256 of the script in base64: the one script that the page's content policy lets run.
    script_digest: String,
    about: String,
    answers: Vec<Answer>,
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

/// A question that a reader comes with, and its answer.
#[derive(Serialize)]
struct Answer {
    question: &'static str,
    sentences: Vec<String>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    text: String,
    /// An address within the page.
    href: String,
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
        script_digest: super::script_digest(),
        about: about(data),
        answers,
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
        notes,
        cards: data.cards.iter().map(card_text).collect(),
        statistics: data.statistics.iter().map(card_text).collect(),
        provenance: cleaned(&data.provenance),
        reproduce: data.reproduce.iter().map(|line| clean(line)).collect(),
        chunks,
    })
}

/// Who was sampled on what: `Qwen3-8B on aime24, math; 240 samples of 30 questions`.
fn about(data: &ReportData<'_>) -> String {
    let cells = || data.summary.iter().map(|row| &row.cell);
    let models: BTreeSet<String> = cells().map(|cell| clean(&cell.model)).collect();
    let places: BTreeSet<String> = cells().map(|cell| place(&cell.dataset, &cell.domain)).collect();
    if models.is_empty() {
        return String::new();
    }
    let named = |names: &BTreeSet<String>, noun: &str| {
        let names: Vec<String> = names.iter().cloned().collect();
        if names.len() > 3 { words::count(names.len(), noun) } else { words::and_list(&names) }
    };
    let questions: BTreeSet<_> =
        data.samples.iter().map(|s| (&s.key.dataset, &s.key.domain, &s.key.question_id)).collect();
    let samples = if questions.is_empty() {
        String::new()
    } else {
        format!("; {} of {}", words::count(data.samples.len(), "sample"), words::count(questions.len(), "question"))
    };
    format!("{} on {}{samples}", named(&models, "model"), named(&places, "data set"))
}

fn answers(data: &ReportData<'_>, metric: &str, explorer: Option<&Explorer>) -> Vec<Answer> {
    let of_finding = |one: Finding| Answer { question: one.question, sentences: one.sentences, links: Vec::new() };
    let found = findings(data, metric).into_iter().map(of_finding);
    found.chain(explorer.and_then(|explorer| example(data, explorer))).collect()
}

/// The question on which two modes differ most, with the pair that shows it in each.
fn example(data: &ReportData<'_>, explorer: &Explorer) -> Option<Answer> {
    let shows = |question: &'_ Question| {
        let known = || question.groups.iter().enumerate().filter_map(|(n, group)| Some((n, group, group.extremes?)));
        let (most, _, [pair, _]) = known().max_by(|a, b| a.2[0].2.total_cmp(&b.2[0].2).then(b.0.cmp(&a.0)))?;
        let (least, _, [_, other]) = known().min_by(|a, b| a.2[1].2.total_cmp(&b.2[1].2).then(a.0.cmp(&b.0)))?;
        Some([(most, pair), (least, other)])
    };
    let questions = explorer.index.questions.iter().filter_map(|question| Some((question, shows(question)?)));
    let (question, pairs) = questions.reduce(|best, one| {
        let span = |pairs: &[(usize, (usize, usize, f64)); 2]| pairs[0].1.2 - pairs[1].1.2;
        if span(&one.1) > span(&best.1) { one } else { best }
    })?;
    let labels = words::mode_labels(data.summary);
    let link = |(word, (group, (a, b, value))): (&str, (usize, (usize, usize, f64)))| {
        let owner = &question.groups[group].owner;
        let mode = labels.label(&ModeKey::new(&owner.mode, owner.feedback.as_deref()));
        Link {
            text: format!("the {word} alike pair, under {mode} ({})", words::number(value, 3)),
            href: format!("#q={}&a={group}.{a}&b={group}.{b}", percent_encoded(&question.key)),
        }
    };
    Some(Answer {
        question: "Show me an example",
        sentences: vec![format!("Question {}, side by side:", question.id)],
        links: ["most", "least"].into_iter().zip(pairs).map(link).collect(),
    })
}

/// As `encodeURIComponent` writes it, or more cautiously.
fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
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
