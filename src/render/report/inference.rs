//! What the page says of contrasts, sensitivity and associations.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::metric_title;
use crate::model::{AssociationRow, AssociationUnit, ContrastRow, Flips};
use crate::render::label::{clean, place};
use crate::render::modes::ModeKey;
use crate::render::table::layout::contrast_order;
use crate::render::{ReportData, sensitivity, words};

#[derive(Serialize)]
pub(super) struct ContrastTable {
    title: String,
    /// Where those are that the page leaves out; empty where it leaves out none.
    more: String,
    rows: Vec<Contrast>,
}

#[derive(Serialize)]
struct Contrast {
    model: String,
    place: String,
    space: String,
    modes: String,
    difference: String,
    interval: Option<String>,
    effect: String,
    delta: String,
    mde: String,
    p: String,
    p_adjusted: String,
    p_bh: String,
    questions: usize,
    note: String,
}

#[derive(Serialize)]
pub(super) struct Association {
    model: String,
    place: String,
    unit: String,
    diversity: String,
    space: String,
    gain: String,
    rho: String,
    interval: Option<String>,
    questions: usize,
    note: String,
}

#[derive(Serialize)]
pub(super) struct SensitivityPanel {
    sentences: Vec<String>,
    /// Where those lines are that the page leaves out; empty where it leaves out none.
    more: String,
    choices: Vec<String>,
    lines: Vec<SensitivityLine>,
}

#[derive(Serialize)]
struct SensitivityLine {
    model: String,
    place: String,
    metric: String,
    space: String,
    contrast: String,
    reported: String,
    others: Vec<Option<Other>>,
}

#[derive(Serialize)]
struct Other {
    value: String,
    /// What flips, as a word; empty where nothing does.
    flips: &'static str,
}

/// More rows than this make a page that nobody reads and no browser likes.
const MANY_ROWS: usize = 200;

fn more(n_rows: usize, table: &str) -> String {
    let rest = n_rows.saturating_sub(MANY_ROWS);
    if rest == 0 { String::new() } else { format!("{} more are in the table `{table}`.", words::grouped(rest)) }
}

pub(super) fn contrast_tables(data: &ReportData<'_>, metrics: &[String]) -> Vec<ContrastTable> {
    let mut by_metric: BTreeMap<&str, Vec<ContrastRow>> = BTreeMap::new();
    for row in data.contrasts {
        by_metric.entry(&row.metric).or_default().push(words::oriented(row));
    }
    let mut tables = Vec::new();
    for metric in metrics {
        let Some(mut rows) = by_metric.remove(metric.as_str()) else { continue };
        rows.sort_by_cached_key(contrast_order);
        let more = more(rows.len(), "contrasts");
        rows.truncate(MANY_ROWS);
        tables.push(ContrastTable { title: metric_title(data, metric), more, rows: contrast_rows(data, &rows) });
    }
    tables
}

fn contrast_rows(data: &ReportData<'_>, rows: &[ContrastRow]) -> Vec<Contrast> {
    let labels = words::mode_labels(data.summary);
    let decimals = words::decimals(rows.iter().filter_map(|row| row.difference));
    let p = |p: Option<f64>| {
        p.map_or_else(
            || words::MISSING.to_owned(),
            |p| words::p_value(p).trim_start_matches("p = ").trim_start_matches("p ").to_owned(),
        )
    };
    rows.iter()
        .map(|row| Contrast {
            model: clean(&row.model),
            place: place(&row.dataset, &row.domain),
            space: clean(&row.space),
            modes: words::contrast_name(row, &labels),
            difference: row.difference.map_or_else(|| words::MISSING.to_owned(), |d| words::signed(d, decimals)),
            interval: words::interval(row.ci_low, row.ci_high, decimals),
            effect: words::optional(row.effect_size, 2),
            delta: words::optional(row.cliffs_delta, 2),
            mde: words::optional(row.mde, decimals),
            p: p(row.p_value),
            p_adjusted: p(row.p_adjusted),
            p_bh: p(row.p_bh),
            questions: row.n_questions,
            note: row.note.as_deref().map_or_else(String::new, clean),
        })
        .collect()
}

pub(super) fn sensitivity_panel(data: &ReportData<'_>) -> SensitivityPanel {
    let labels = words::mode_labels(data.summary);
    let panel = sensitivity::panel(data.sensitivity, &labels, MANY_ROWS);
    let other = |(value, flips): (String, Flips)| Other {
        value,
        flips: if flips == Flips::Nothing { "" } else { flips.name() },
    };
    let line = |line: sensitivity::Line| SensitivityLine {
        model: line.model,
        place: line.place,
        metric: line.metric,
        space: line.space,
        contrast: line.contrast,
        reported: line.reported,
        others: line.others.into_iter().map(|one| one.map(other)).collect(),
    };
    SensitivityPanel {
        sentences: sensitivity::sentences(data.sensitivity, &labels),
        more: more(panel.n_lines, "sensitivity"),
        choices: panel.choices,
        lines: panel.lines.into_iter().map(line).collect(),
    }
}

/// Those that exist, of plain metrics first.
fn shown_associations<'a>(data: &ReportData<'a>) -> Vec<&'a AssociationRow> {
    let mut rows: Vec<&AssociationRow> = data.associations.iter().filter(|row| row.rho.is_some()).collect();
    rows.sort_by_key(|row| row.diversity.contains(['@', '/', '.']) || row.gain.contains(['@', '/', '.']));
    rows
}

pub(super) fn more_associations(data: &ReportData<'_>) -> String {
    more(shown_associations(data).len(), "associations")
}

pub(super) fn associations(data: &ReportData<'_>) -> Vec<Association> {
    let labels = words::mode_labels(data.summary);
    let unit = |row: &AssociationRow| match (row.unit, &row.mode) {
        (AssociationUnit::Groups, _) => "groups of a question".to_owned(),
        (AssociationUnit::Subsets, None) => "subsets of its samples".to_owned(),
        (AssociationUnit::Subsets, Some(mode)) => {
            let mode = labels.label(&ModeKey::new(mode, row.feedback.as_deref()));
            format!("subsets of its samples, {mode}")
        }
    };
    let one = |row: &AssociationRow| Association {
        model: clean(&row.model),
        place: place(&row.dataset, &row.domain),
        unit: unit(row),
        diversity: clean(&row.diversity),
        space: clean(&row.space),
        gain: clean(&row.gain),
        rho: row.rho.map_or_else(|| words::MISSING.to_owned(), |rho| words::signed(rho, 2)),
        interval: words::interval(row.ci_low, row.ci_high, 2),
        questions: row.n_questions,
        note: row.note.as_deref().map_or_else(String::new, clean),
    };
    shown_associations(data).into_iter().take(MANY_ROWS).map(one).collect()
}
