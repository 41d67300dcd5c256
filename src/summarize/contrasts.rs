//! Rows of `contrasts`: one mode against another over the questions that both have.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::Settings;
use super::bootstrap::intervals;
use super::panel::{ByCell, Collector, Names, Panel, Questions, Series, Values, finite, panels};
use super::sign_flip::p_values;
use crate::kernels::adjust::holm;
use crate::model::{Cell, ContrastRow};

/// Every pair of modes (with their feedback) of one model on one dataset, for every metric and space.
///
/// `difference` is the value of mode a minus the value of mode b; a comes before b in the order of
/// [`Cell::mode_order`]. A Holm family is all tests of one metric in one space; contrasts with pairs across modes are a
/// family of their own.
#[must_use]
pub fn contrasts(collected: &Collector, settings: Settings) -> Vec<ContrastRow> {
    let cells = &collected.cells;
    let mut rows: Vec<(Family, ContrastRow)> = pairs_of_cells(cells)
        .into_par_iter()
        .flat_map_iter(|(a, b)| rows_of_pair((a, &cells[a]), (b, &cells[b]), &collected.names, settings))
        .collect();
    adjust(&mut rows);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn pairs_of_cells(cells: &ByCell) -> Vec<(&Cell, &Cell)> {
    let mut by_model: BTreeMap<(&str, &str, &str), Vec<&Cell>> = BTreeMap::new();
    for cell in cells.keys() {
        by_model.entry((&cell.dataset, &cell.domain, &cell.model)).or_default().push(cell);
    }
    let mut pairs = Vec::new();
    for mut members in by_model.into_values() {
        members.sort_by_key(|cell| cell.mode_order());
        for (position, &a) in members.iter().enumerate() {
            pairs.extend(members[position + 1..].iter().filter(|b| is_asked(a, b)).map(|&b| (a, b)));
        }
    }
    pairs
}

/// Pairs across modes are held against the two modes that they are of: is one tighter, or elsewhere?
fn is_asked(a: &Cell, b: &Cell) -> bool {
    match (a.is_across(), b.is_across()) {
        (false, false) => true,
        (true, false) => a.is_across_of(b),
        (false, true) => b.is_across_of(a),
        (true, true) => false,
    }
}

type CellQuestions<'a> = (&'a Cell, &'a BTreeMap<Series, Questions>);

fn rows_of_pair(
    a: CellQuestions<'_>,
    b: CellQuestions<'_>,
    names: &Names,
    settings: Settings,
) -> Vec<(Family, ContrastRow)> {
    let shared: Vec<&Series> = a.1.keys().filter(|series| b.1.contains_key(series)).collect();
    let columns: Vec<_> =
        shared.iter().map(|series| differences(&a.1[*series].values(names), &b.1[*series].values(names))).collect();
    let across = a.0.is_across() || b.0.is_across();
    let mut rows: Vec<(Family, ContrastRow)> =
        shared.iter().map(|series| ((series.rank, across), empty_row(a.0, b.0, series))).collect();
    for panel in panels(&columns) {
        let intervals = intervals(&panel, settings);
        let p_values = p_values(&panel, settings);
        for (column, &position) in panel.columns.iter().enumerate() {
            let row = &mut rows[position].1;
            row.n_questions = panel.n_questions;
            row.difference = finite(panel.mean(column));
            row.ci_low = intervals[column].and_then(|(low, _)| finite(low));
            row.ci_high = intervals[column].and_then(|(_, high)| finite(high));
            row.effect_size = standardized(&panel, column).and_then(finite);
            // One difference can have either sign: there is nothing to test.
            row.p_value = (panel.n_questions >= 2).then_some(p_values[column]);
        }
    }
    rows
}

/// Of the questions that both have.
fn differences(a: &Values, b: &Values) -> Values {
    let mut rest = b.iter().peekable();
    let mut found = Values::new();
    for (question, value) in a {
        while rest.next_if(|(other, _)| other < question).is_some() {}
        if let Some((_, other)) = rest.next_if(|(other, _)| other == question) {
            found.push((Arc::clone(question), value - other));
        }
    }
    found
}

/// Cohen's d of paired differences: their mean over their standard deviation. Null when all are the same.
fn standardized(panel: &Panel, column: usize) -> Option<f64> {
    let mean = panel.mean(column);
    let squares: f64 = panel.column(column).map(|value| (value - mean).powi(2)).sum();
    let sd = (squares / (panel.n_questions.checked_sub(1)? as f64)).sqrt();
    // A spread of rounding errors is no spread.
    let size = panel.column(column).map(f64::abs).fold(0.0, f64::max);
    (sd > 1e-12 * size).then(|| mean / sd)
}

fn empty_row(a: &Cell, b: &Cell, series: &Series) -> ContrastRow {
    ContrastRow {
        dataset: a.dataset.clone(),
        domain: a.domain.clone(),
        model: a.model.clone(),
        mode_a: a.mode.clone(),
        mode_b: b.mode.clone(),
        feedback_a: a.feedback.clone(),
        feedback_b: b.feedback.clone(),
        metric: series.metric.to_string(),
        space: series.space.to_string(),
        difference: None,
        ci_low: None,
        ci_high: None,
        effect_size: None,
        p_value: None,
        p_adjusted: None,
        n_questions: 0,
    }
}

/// A rank stands for one metric in one space; whether pairs across modes are involved.
type Family = (usize, bool);

fn adjust(rows: &mut [(Family, ContrastRow)]) {
    let mut families: BTreeMap<Family, Vec<usize>> = BTreeMap::new();
    for (position, (family, row)) in rows.iter().enumerate() {
        if row.p_value.is_some() {
            families.entry(*family).or_default().push(position);
        }
    }
    for members in families.into_values() {
        let p_values: Vec<f64> = members.iter().filter_map(|&position| rows[position].1.p_value).collect();
        for (position, adjusted) in members.into_iter().zip(holm(&p_values)) {
            rows[position].1.p_adjusted = Some(adjusted);
        }
    }
}
