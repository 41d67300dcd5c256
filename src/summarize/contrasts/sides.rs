//! What is compared with what: cells that differ in one thing and share the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::{By, Contrast};
use crate::model::Cell;
use crate::summarize::panel::{BySeries, Collector};

/// One side of a contrast.
#[derive(Clone)]
pub(in crate::summarize) struct Side<'a> {
    pub(in crate::summarize) cell: &'a Cell,
    /// What it is called among the things that are compared.
    pub(in crate::summarize) level: String,
    pub(in crate::summarize) series: &'a BySeries,
}

/// Two sides.
pub(in crate::summarize) struct Pairing<'a> {
    pub(in crate::summarize) a: Side<'a>,
    pub(in crate::summarize) b: Side<'a>,
    /// Whether a question of one side can be a question of the other: ids of two data sets mean different questions.
    pub(in crate::summarize) same_questions: bool,
}

/// Stands for no feedback where feedbacks are compared.
const NO_FEEDBACK: &str = "–";

pub(in crate::summarize) fn pairings<'a>(collected: &'a Collector, entry: &Contrast) -> Vec<Pairing<'a>> {
    let mut by_frame: BTreeMap<Vec<&str>, Vec<Side<'a>>> = BTreeMap::new();
    for side in sides(collected, &entry.by) {
        by_frame.entry(frame(side.cell, &entry.by)).or_default().push(side);
    }
    let mut pairings = Vec::new();
    for mut members in by_frame.into_values() {
        if matches!(entry.by, By::Mode) {
            members.sort_by_key(|side| side.cell.mode_order());
        } else {
            members.sort_by(|a, b| a.level.cmp(&b.level));
        }
        for (position, a) in members.iter().enumerate() {
            let others = members[position + 1..].iter().filter(|b| is_asked(a, b, entry));
            pairings.extend(others.map(|b| Pairing {
                a: a.clone(),
                b: b.clone(),
                same_questions: a.cell.dataset == b.cell.dataset,
            }));
        }
    }
    pairings
}

/// What there is to compare by.
pub(in crate::summarize) fn levels(collected: &Collector, by: &By) -> BTreeSet<String> {
    sides(collected, by).into_iter().map(|side| side.level).collect()
}

fn sides<'a>(collected: &'a Collector, by: &By) -> Vec<Side<'a>> {
    if let By::Column(name) = by {
        let levels = collected.levels.get(name).into_iter().flatten();
        return levels.map(|((cell, level), series)| Side { cell, level: level.clone(), series }).collect();
    }
    let plain = |cell: &&Cell| matches!(by, By::Mode) || !cell.is_across();
    let cells = collected.cells.keys().filter(plain);
    cells.map(|cell| Side { cell, level: level(cell, by), series: &collected.cells[cell] }).collect()
}

fn level(cell: &Cell, by: &By) -> String {
    let feedback = cell.feedback.as_deref();
    match by {
        By::Mode => feedback.map_or_else(|| cell.mode.clone(), |feedback| format!("{} ({feedback})", cell.mode)),
        By::Feedback => feedback.unwrap_or(NO_FEEDBACK).to_owned(),
        By::Model => cell.model.clone(),
        By::Dataset => cell.dataset.clone(),
        By::Domain => cell.domain.clone(),
        By::Column(_) => String::new(),
    }
}

/// What two sides share. Feedback belongs to the mode: parallel draws have none, and are compared with chains all the same.
fn frame<'a>(cell: &'a Cell, by: &By) -> Vec<&'a str> {
    let Cell { dataset, domain, model, mode, feedback } = cell;
    let feedback = feedback.as_deref().unwrap_or("");
    match by {
        By::Mode => vec![dataset, domain, model],
        By::Feedback => vec![dataset, domain, model, mode],
        By::Model => vec![dataset, domain, mode, feedback],
        // A data set has its own domain: it goes with it.
        By::Dataset | By::Domain => vec![model, mode, feedback],
        By::Column(_) => vec![dataset, domain, model, mode, feedback],
    }
}

/// Pairs across modes are held against the two modes that they are of: is one tighter, or elsewhere?
fn is_asked(a: &Side<'_>, b: &Side<'_>, entry: &Contrast) -> bool {
    let differs = a.level != b.level;
    let has_baseline =
        entry.baseline.as_ref().is_none_or(|base| is_level(a, &entry.by, base) || is_level(b, &entry.by, base));
    let fits = match (a.cell.is_across(), b.cell.is_across()) {
        (false, false) => true,
        (true, false) => a.cell.is_across_of(b.cell),
        (false, true) => b.cell.is_across_of(a.cell),
        // Only where something else tells the sides apart.
        (true, true) => a.cell == b.cell,
    };
    differs && has_baseline && fits
}

/// A mode is meant with all of its feedbacks unless one is named.
fn is_level(side: &Side<'_>, by: &By, name: &str) -> bool {
    side.level == name || (*by == By::Mode && side.cell.mode == name)
}
