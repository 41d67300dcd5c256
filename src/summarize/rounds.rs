//! Rows of `rounds`, and what happens between the rounds of a chain: tiles of the heat map and the lag curve.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::Settings;
use super::bootstrap::intervals;
use super::lags::Lags;
use super::panel::{Collector, Mean, Ranks, Series, Values, finite, panels};
use crate::model::{Cell, Group, LagRow, PairTable, RoundPairRow, RoundRow, Sample};

pub(super) type ByQuestion = BTreeMap<Arc<str>, Mean>;
/// (Round a, round b) → question → mean over its chains.
type Tiles = BTreeMap<(i64, i64), ByQuestion>;

pub(super) fn values(questions: &ByQuestion) -> Values {
    questions.iter().filter_map(|(question, mean)| Some((Arc::clone(question), mean.value()?))).collect()
}

/// One row per cell, round, metric and space.
#[must_use]
pub fn rounds(collected: &Collector, settings: Settings) -> Vec<RoundRow> {
    let cells: Vec<_> = collected.rounds.iter().collect();
    cells
        .into_par_iter()
        .flat_map_iter(|(cell, series)| {
            let columns: Vec<Values> = series.values().map(|questions| questions.values(&collected.names)).collect();
            let estimates = estimates(&columns, settings);
            let rows = series.keys().zip(estimates).map(|((round, series), estimate)| RoundRow {
                cell: cell.clone(),
                round: *round,
                metric: series.metric.to_string(),
                space: series.space.to_string(),
                value: estimate.value,
                ci_low: estimate.ci.map(|(low, _)| low),
                ci_high: estimate.ci.map(|(_, high)| high),
                n_questions: estimate.n_questions,
            });
            rows.collect::<Vec<_>>()
        })
        .collect()
}

#[derive(Debug, Clone, Default)]
pub(super) struct Estimate {
    pub(super) value: Option<f64>,
    pub(super) ci: Option<(f64, f64)>,
    pub(super) n_questions: usize,
}

pub(super) fn estimates(columns: &[Values], settings: Settings) -> Vec<Estimate> {
    let mut estimates = vec![Estimate::default(); columns.len()];
    for panel in panels(columns) {
        let intervals = intervals(&panel, settings);
        for (column, &position) in panel.columns.iter().enumerate() {
            estimates[position] = Estimate {
                value: finite(panel.mean(column)),
                ci: intervals[column].filter(|(low, high)| low.is_finite() && high.is_finite()),
                n_questions: panel.n_questions,
            };
        }
    }
    estimates
}

/// Collects pair values of chains by their rounds, and of parallel draws for comparison, which have no order.
#[derive(Debug, Default)]
pub struct PairTally {
    ranks: Ranks,
    tiles: BTreeMap<Cell, BTreeMap<Series, Tiles>>,
    lags: Lags,
}

impl PairTally {
    /// A tally of what these groups will bring. It keeps pairs of parallel draws only of questions that have chains.
    #[must_use]
    pub fn new(groups: &[Group]) -> Self {
        PairTally { lags: Lags::new(groups), ..PairTally::default() }
    }

    /// Adds the pairs of one group; `members` are its samples, in its order.
    pub fn add(&mut self, table: &PairTable, members: &[&Sample]) {
        if table.key.chain.is_none() {
            self.lags.add_draws(table);
            return;
        }
        let question: Arc<str> = Arc::from(table.key.question_id.as_str());
        let cell = Cell::of(&table.key);
        for column in &table.columns {
            let series = self.ranks.series(&Arc::from(column.metric), &column.space);
            let mut by_rounds: BTreeMap<(i64, i64), Mean> = BTreeMap::new();
            let mut by_lag: BTreeMap<i64, Mean> = BTreeMap::new();
            for (position, pair) in table.pairs.iter().enumerate() {
                let (round_a, round_b) = (members[pair.a].round, members[pair.b].round);
                if let (Some(value), true) = (column.values.number(position), round_a < round_b) {
                    by_rounds.entry((round_a, round_b)).or_default().add(value);
                    by_lag.entry(round_b - round_a).or_default().add(value);
                }
            }
            let tiles = self.tiles.entry(cell.clone()).or_default().entry(series.clone()).or_default();
            for (rounds, mean) in by_rounds {
                add(tiles.entry(rounds).or_default(), &question, mean);
            }
            self.lags.add_chain(&cell, &series, &question, by_lag);
        }
    }

    /// The tiles of the round × round heat maps.
    #[must_use]
    pub fn round_pairs(&self) -> Vec<RoundPairRow> {
        let mut rows = Vec::new();
        for (cell, series) in &self.tiles {
            for (series, tiles) in series {
                for (&(round_a, round_b), questions) in tiles {
                    let values = values(questions);
                    let n_questions = values.len();
                    if n_questions == 0 {
                        continue;
                    }
                    rows.push(RoundPairRow {
                        cell: cell.clone(),
                        metric: series.metric.to_string(),
                        space: series.space.to_string(),
                        round_a,
                        round_b,
                        value: values.iter().map(|(_, value)| value).sum::<f64>() / n_questions as f64,
                        n_questions,
                    });
                }
            }
        }
        rows
    }

    /// The lag curves.
    #[must_use]
    pub fn lags(&self, settings: Settings) -> Vec<LagRow> {
        self.lags.rows(settings)
    }
}

pub(super) fn add(questions: &mut ByQuestion, question: &Arc<str>, mean: Mean) {
    if let Some(value) = mean.value() {
        questions.entry(Arc::clone(question)).or_default().add(value);
    }
}
