//! What stands where in a similarity table, before any format is chosen.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ContrastRow, SummaryRow};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::words;

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) domain: String,
    pub(crate) dataset: String,
    pub(crate) model: String,
}

/// A space with the modes that occur in it: the columns that stand under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpaceColumns {
    pub(crate) space: String,
    pub(crate) modes: Vec<ModeKey>,
}

/// One metric of a run, arranged.
pub(crate) struct Layout<'a> {
    pub(crate) spaces: Vec<SpaceColumns>,
    pub(crate) rows: Vec<RowKey>,
    pub(crate) labels: ModeLabels,
    cells: BTreeMap<(RowKey, String, ModeKey), &'a SummaryRow>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(summary: &'a [SummaryRow], metric: &str) -> Self {
        let mut cells = BTreeMap::new();
        let mut spaces: BTreeMap<String, BTreeSet<ModeKey>> = BTreeMap::new();
        for row in summary.iter().filter(|row| row.metric == metric) {
            let key = row_key(row);
            let mode = ModeKey::of(&row.cell);
            spaces.entry(row.space.clone()).or_default().insert(mode.clone());
            cells.insert((key, row.space.clone(), mode), row);
        }
        let rows: BTreeSet<RowKey> = cells.keys().map(|(row, _, _)| row.clone()).collect();
        Layout {
            spaces: spaces
                .into_iter()
                .map(|(space, modes)| SpaceColumns { space, modes: modes.into_iter().collect() })
                .collect(),
            rows: rows.into_iter().collect(),
            labels: words::mode_labels(summary),
            cells,
        }
    }

    pub(crate) fn cell(&self, row: &RowKey, space: &str, mode: &ModeKey) -> Option<&'a SummaryRow> {
        self.cells.get(&(row.clone(), space.to_owned(), mode.clone())).copied()
    }

    /// All cells, row by row, spaces and modes across.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'a SummaryRow> + '_ {
        self.cells.values().copied()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.cells().flat_map(|row| [row.value, row.ci_low, row.ci_high]).flatten()
    }

    pub(crate) fn n_values(&self) -> usize {
        self.cells().filter(|row| row.value.is_some()).count()
    }

    /// Rows put together by domain, in order.
    pub(crate) fn domains(&self) -> Vec<(&str, Vec<&RowKey>)> {
        let mut domains: Vec<(&str, Vec<&RowKey>)> = Vec::new();
        for row in &self.rows {
            match domains.last_mut() {
                Some((domain, rows)) if *domain == row.domain => rows.push(row),
                _ => domains.push((&row.domain, vec![row])),
            }
        }
        domains
    }

    /// A row's name: the model, behind its dataset where the domain has several.
    pub(crate) fn row_label(&self, row: &RowKey) -> String {
        let several = self.rows.iter().any(|other| other.domain == row.domain && other.dataset != row.dataset);
        if several { format!("{} / {}", clean(&row.dataset), clean(&row.model)) } else { clean(&row.model) }
    }

    /// Questions that a row's numbers stand on: `12`, or `9–12`; nothing where none are known.
    pub(crate) fn questions(&self, row: &RowKey) -> Option<String> {
        let counts: Vec<usize> = self
            .spaces
            .iter()
            .flat_map(|space| space.modes.iter().filter_map(|mode| self.cell(row, &space.space, mode)))
            .filter(|cell| cell.value.is_some() && cell.n_questions > 0)
            .map(|cell| cell.n_questions)
            .collect();
        (!counts.is_empty()).then(|| words::count_range(counts))
    }
}

fn row_key(row: &SummaryRow) -> RowKey {
    RowKey { domain: row.cell.domain.clone(), dataset: row.cell.dataset.clone(), model: row.cell.model.clone() }
}

/// Sorts contrasts as the table sorts its rows and columns.
pub(crate) fn contrast_order(row: &ContrastRow) -> (RowKey, String, ModeKey, ModeKey) {
    (
        RowKey { domain: row.domain.clone(), dataset: row.dataset.clone(), model: row.model.clone() },
        row.space.clone(),
        ModeKey::new(&row.mode_b, row.feedback_b.as_deref()),
        ModeKey::new(&row.mode_a, row.feedback_a.as_deref()),
    )
}

/// Our value minus theirs wherever both have the same cell in the same space; no intervals.
pub(crate) fn differences(ours: &[SummaryRow], theirs: &[SummaryRow], metric: &str) -> Vec<SummaryRow> {
    let theirs: BTreeMap<_, _> =
        theirs.iter().filter(|row| row.metric == metric).map(|row| ((&row.cell, &row.space), row)).collect();
    ours.iter()
        .filter(|row| row.metric == metric)
        .filter_map(|row| {
            let other = theirs.get(&(&row.cell, &row.space))?;
            let mut difference = row.clone();
            difference.value = row.value.zip(other.value).map(|(a, b)| a - b);
            (difference.ci_low, difference.ci_high) = (None, None);
            difference.n_questions = 0;
            Some(difference)
        })
        .collect()
}
