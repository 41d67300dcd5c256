//! Two finished runs against each other: what moved.
//!
//! Comes in: the folders of two runs. Goes out: a [`Comparison`]. `facts` reads what the runs say of themselves, `cells` finds
//! which model under which mode is held against which, `series` finds the metrics and spaces that are the same numbers in
//! both, `rows` has the differences computed, `notes` tells what else differs. Nothing that has no counterpart is dropped
//! without a word.

mod cells;
mod error;
mod facts;
mod notes;
mod rows;
mod series;

use std::collections::BTreeSet;
use std::path::Path;

use self::cells::{Matches, match_cells};
use self::facts::Facts;
use self::series::{Inventory, Series, select};
use super::PipelineError;
use crate::measure::Asked;
use crate::model::{Cell, ComparedRun, Comparison, LeftOver, Level, Measurement};
use crate::store::frames::read_groups;
use crate::summarize::Settings;
pub use error::CompareError;

/// What is asked of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Only these metrics; all that both runs have where there are none.
    pub metrics: Vec<String>,
    /// Of the intervals; run A's where there is none.
    pub level: Option<f64>,
    /// Run A's where there are none.
    pub resamples: Option<usize>,
}

/// A run as it was read.
struct Run {
    facts: Facts,
    groups: Vec<Measurement>,
}

impl Run {
    fn open(folder: &Path) -> Result<Self, PipelineError> {
        let facts = Facts::read(folder)?;
        let groups = read_groups(folder)?;
        Ok(Run { facts, groups })
    }

    fn cells(&self) -> BTreeSet<Cell> {
        let of_groups = self.groups.chunk_by(|one, other| one.key == other.key);
        of_groups.map(|group| Cell::of(&group[0].key)).collect()
    }
}

/// Compares two finished runs, whose folders are `reports/NAME`.
pub fn compare(a: &Path, b: &Path, wishes: &Wishes) -> Result<Comparison, PipelineError> {
    Ok(compare_runs(&Run::open(a)?, &Run::open(b)?, wishes)?)
}

fn compare_runs(a: &Run, b: &Run, wishes: &Wishes) -> Result<Comparison, CompareError> {
    let matches = match_cells(&a.cells(), &b.cells());
    let (name_a, name_b) = names(&a.facts, &b.facts);
    let nothing = |what: &str| CompareError::NothingInCommon {
        a: a.facts.folder.clone(),
        b: b.facts.folder.clone(),
        what: what.to_owned(),
    };
    if matches.pairs.is_empty() {
        return Err(nothing("no dataset, model and mode"));
    }
    let inventories = (Inventory::of(&a.groups), Inventory::of(&b.groups));
    let series = select((&a.facts, &inventories.0), (&b.facts, &inventories.1), &wishes.metrics)?;
    if series.both.is_empty() && series.apart.is_empty() {
        return Err(if series.refused.is_empty() {
            nothing("no metric in a space")
        } else {
            CompareError::refused(&a.facts, &b.facts, series.refused)
        });
    }
    let settings = settings(&a.facts, wishes);
    let counted = rows::questions(a, b, &matches);
    let names = (name_a.as_str(), name_b.as_str());
    let mut comparison = Comparison {
        n_shared: counted.shared,
        level: settings.level,
        resamples: settings.resamples,
        headlines: headlines(&a.facts, &b.facts, wishes),
        rows: rows::between_runs((a, b), names, &matches, &series.both, settings),
        apart: rows::apart((a, b), &matches, &series.apart, settings),
        only_in_a: series.only_in_a.clone(),
        only_in_b: series.only_in_b.clone(),
        refused: series.refused.clone(),
        notes: notes::notes((a, b), names, &series),
        a: ComparedRun { name: name_a.clone(), folder: a.facts.folder.clone(), n_questions: counted.in_a },
        b: ComparedRun { name: name_b.clone(), folder: b.facts.folder.clone(), n_questions: counted.in_b },
    };
    notes::mark_sizes(&mut comparison.rows, (a, b), names);
    list_left_over(&mut comparison, (a, b), &matches, &series);
    Ok(comparison)
}

/// The runs' names, or their folders where both have the same.
fn names(a: &Facts, b: &Facts) -> (String, String) {
    if a.name == b.name { (a.folder.clone(), b.folder.clone()) } else { (a.name.clone(), b.name.clone()) }
}

fn settings(a: &Facts, wishes: &Wishes) -> Settings {
    Settings {
        level: wishes.level.unwrap_or(a.settings.level),
        resamples: wishes.resamples.unwrap_or(a.settings.resamples),
        ..a.settings
    }
}

/// What was asked for, or what the closing summaries of both runs speak of: the first pair metric of a plan.
fn headlines(a: &Facts, b: &Facts, wishes: &Wishes) -> Vec<String> {
    if !wishes.metrics.is_empty() {
        return wishes.metrics.clone();
    }
    let is_pair = |name: &&String| Asked::parse(name).is_ok_and(|asked| asked.metric.level() == Level::Pair);
    let headline = |facts: &Facts| facts.metrics.iter().find(is_pair).or(facts.metrics.first()).cloned();
    let mut found: Vec<String> = [headline(a), headline(b)].into_iter().flatten().collect();
    found.dedup();
    found
}

/// Cells without a counterpart, and cells of which one run lacks a series that it has elsewhere.
fn list_left_over(comparison: &mut Comparison, (a, b): (&Run, &Run), matches: &Matches, series: &Series) {
    let cell = |cell: &Cell, reason: &str| LeftOver {
        cell: Some(cell.clone()),
        metric: None,
        space: None,
        reason: reason.to_owned(),
    };
    comparison.only_in_a.splice(0..0, matches.only_a.iter().map(|(one, reason)| cell(one, reason)));
    comparison.only_in_b.splice(0..0, matches.only_b.iter().map(|(one, reason)| cell(one, reason)));
    let (has_a, has_b) = (rows::measured(a), rows::measured(b));
    for (of_a, of_b) in &matches.pairs {
        for (metric, space) in &series.both {
            let place = |cell: &Cell| (cell.clone(), metric.clone(), space.clone());
            let left_over = |cell: &Cell| LeftOver {
                cell: Some(cell.clone()),
                metric: Some(metric.to_string()),
                space: Some(space.to_string()),
                reason: "not measured there in the other run".to_owned(),
            };
            match (has_a.contains(&place(of_a)), has_b.contains(&place(of_b))) {
                (true, false) => comparison.only_in_a.push(left_over(of_a)),
                (false, true) => comparison.only_in_b.push(left_over(of_b)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
