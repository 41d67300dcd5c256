//! Rows of `contrasts`: one mode (or feedback, model, …) against another, for every metric and space.
//!
//! `sides` finds what is compared with what, `comparing` compares two columns of numbers over questions, `families` corrects for
//! the number of tests.

mod comparing;
pub(super) mod families;
pub(super) mod sides;

use std::collections::BTreeSet;

use rayon::prelude::*;

use self::comparing::Compared;
use self::sides::{Pairing, Side};
use super::Settings;
use super::panel::{Collector, Questions, at_once};
use crate::model::ContrastRow;

/// What two sides of a contrast differ in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The sampling mode, with its feedback.
    Mode,
    /// The feedback alone, within a mode.
    Feedback,
    /// The model.
    Model,
    /// The set of questions: never the same questions on both sides.
    Dataset,
    /// The field of the questions.
    Domain,
    /// Another column of the input, which has to be the same for all samples of a group.
    Column(String),
}

impl By {
    /// The columns that every run has.
    pub const KEYS: [&'static str; 5] = ["mode", "feedback", "model", "dataset", "domain"];

    /// Of a column's name.
    #[must_use]
    pub fn of(column: &str) -> Self {
        match column {
            "mode" => By::Mode,
            "feedback" => By::Feedback,
            "model" => By::Model,
            "dataset" => By::Dataset,
            "domain" => By::Domain,
            other => By::Column(other.to_owned()),
        }
    }

    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            By::Mode => "mode",
            By::Feedback => "feedback",
            By::Model => "model",
            By::Dataset => "dataset",
            By::Domain => "domain",
            By::Column(name) => name,
        }
    }
}

/// A `[[contrast]]` of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrast {
    /// What the sides differ in.
    pub by: By,
    /// Only contrasts with this level; all pairs of levels where there is none.
    pub baseline: Option<String>,
    /// Only these metrics, as `summary` names them; all where there are none.
    pub metrics: Vec<String>,
    /// Contrasts of the same name are corrected together, whichever entry they are of; without one, those of one metric
    /// in one space are.
    pub family: Option<String>,
}

impl Contrast {
    /// Every two modes, metric by metric: what a plan that asks for none gets.
    #[must_use]
    pub fn between_modes() -> Self {
        Contrast { by: By::Mode, baseline: None, metrics: Vec::new(), family: None }
    }
}

/// The rows of every entry, in the order of the entries.
///
/// `difference` is the value of side a minus the value of side b; modes are ordered by
/// [`Cell::mode_order`](crate::model::Cell::mode_order), other levels by name.
#[must_use]
pub fn contrasts(collected: &Collector, entries: &[Contrast], settings: Settings) -> Vec<ContrastRow> {
    let pairings: Vec<(&Contrast, Pairing<'_>)> = entries
        .iter()
        .flat_map(|entry| sides::pairings(collected, entry).into_iter().map(move |pairing| (entry, pairing)))
        .collect();
    let size = |side: &Side<'_>| side.series.values().map(Questions::n_questions).sum::<usize>();
    let at_once = at_once(pairings.iter().map(|(_, pairing)| 2 * size(&pairing.a)).max().unwrap_or(0));
    let rows: Vec<ContrastRow> =
        pairings.par_chunks(at_once).flat_map_iter(|some| rows_of(some, collected, settings)).collect();
    let mut rows = told_once(rows);
    families::adjust(&mut rows);
    rows
}

/// What two entries ask for is told once, in the family of the first.
fn told_once(rows: Vec<ContrastRow>) -> Vec<ContrastRow> {
    let mut told = BTreeSet::new();
    let is_new: Vec<bool> = rows.iter().map(|row| told.insert((row.of(), row.space.as_str()))).collect();
    rows.into_iter().zip(is_new).filter_map(|(row, is_new)| is_new.then_some(row)).collect()
}

/// The entries that have nothing to compare, in words.
#[must_use]
pub fn without_contrasts(collected: &Collector, entries: &[Contrast]) -> Vec<String> {
    let is_empty = |entry: &&Contrast| sides::pairings(collected, entry).is_empty();
    let words = |entry: &Contrast| {
        let by = entry.by.name();
        match &entry.baseline {
            Some(baseline) => {
                let levels =
                    sides::levels(collected, &entry.by).into_iter().take(8).collect::<Vec<String>>().join("`, `");
                format!("There are no contrasts by `{by}` with the baseline `{baseline}`; there is `{levels}`.")
            }
            None => format!("There are no contrasts by `{by}`: no two sides that differ in nothing else."),
        }
    };
    entries.iter().filter(|entry| **entry != Contrast::between_modes()).filter(is_empty).map(words).collect()
}

fn rows_of(pairings: &[(&Contrast, Pairing<'_>)], collected: &Collector, settings: Settings) -> Vec<ContrastRow> {
    let (mut rows, mut compared) = (Vec::new(), Vec::new());
    for (entry, pairing) in pairings {
        let Pairing { a, b, same_questions } = pairing;
        let wanted = |metric: &str| entry.metrics.is_empty() || entry.metrics.iter().any(|one| one == metric);
        let shared = a.series.keys().filter(|series| b.series.contains_key(series) && wanted(&series.metric));
        for series in shared {
            let values = |side: &Side<'_>| side.series[series].values(&collected.names);
            rows.push(row(entry, pairing, (&series.metric, &series.space)));
            compared.push(Compared { a: values(a), b: values(b), same_questions: *same_questions });
        }
    }
    comparing::fill(&mut rows, &compared, settings);
    rows
}

/// A row without numbers.
pub(super) fn row(entry: &Contrast, Pairing { a, b, .. }: &Pairing<'_>, (metric, space): (&str, &str)) -> ContrastRow {
    // Where a key differs, a row is about both.
    let key = |a: &str, b: &str| if a == b { a.to_owned() } else { format!("{a} − {b}") };
    let across = a.cell.is_across() || b.cell.is_across();
    ContrastRow {
        dataset: key(&a.cell.dataset, &b.cell.dataset),
        domain: key(&a.cell.domain, &b.cell.domain),
        model: key(&a.cell.model, &b.cell.model),
        mode_a: a.cell.mode.clone(),
        mode_b: b.cell.mode.clone(),
        feedback_a: a.cell.feedback.clone(),
        feedback_b: b.cell.feedback.clone(),
        metric: metric.to_owned(),
        space: space.to_owned(),
        by: entry.by.name().to_owned(),
        level_a: a.level.clone(),
        level_b: b.level.clone(),
        family: families::name(entry, across, (metric, space)),
        ..ContrastRow::default()
    }
}

#[cfg(test)]
mod tests;
