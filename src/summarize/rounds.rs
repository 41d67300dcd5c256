//! Rows of `rounds`, and what happens between the rounds of a chain: tiles of the heat map and the lag curve.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::Settings;
use super::hierarchical::Hierarchy;
use super::intervals::intervals;
use super::lags::Lags;
use super::panel::{Collector, Mean, Ranks, Series, Values, finite, panels};
use super::summary::note;
use crate::kernels::triangle;
use crate::model::{
    Cell, Group, IntervalRow, LagRow, PairTable, PairValues, Place, RoundPairRow, RoundRow, Sample, SummaryRow,
};

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
    /// What to know before trusting the interval.
    pub(super) note: Option<String>,
}

pub(super) fn estimates(columns: &[Values], settings: Settings) -> Vec<Estimate> {
    let mut estimates = vec![Estimate::default(); columns.len()];
    for panel in panels(columns) {
        let spreads = intervals(&panel, settings);
        for (column, &position) in panel.columns.iter().enumerate() {
            let bounds = spreads[column].bounds(settings.interval);
            estimates[position] = Estimate {
                value: finite(panel.mean(column)),
                ci: bounds.map(|bounds| (bounds.low, bounds.high)),
                n_questions: panel.n_questions,
                note: note(panel.n_questions, bounds),
            };
        }
    }
    estimates
}

/// The pairs of one lineage by how they lie to each other.
#[derive(Default)]
struct Apart {
    by_rounds: BTreeMap<(i64, i64), Mean>,
    by_lag: BTreeMap<i64, Mean>,
}

fn apart(places: &[Place], values: &PairValues, members: &[&Sample]) -> Apart {
    let mut found = Apart::default();
    for (a, b) in triangle::pairs(places.len()).map(|(a, b)| (places[a], places[b])) {
        let lag = b.steps.saturating_sub(a.steps);
        let value = values.number(triangle::index(members.len(), a.member, b.member));
        if let (Some(value), true) = (value, lag > 0) {
            let rounds = (members[a.member].round, members[b.member].round);
            found.by_rounds.entry(rounds).or_default().add(value);
            found.by_lag.entry(lag).or_default().add(value);
        }
    }
    found
}

/// Collects pair values of chains by their rounds, and of parallel draws for comparison, which have no order.
#[derive(Debug, Default)]
pub struct PairTally {
    ranks: Ranks,
    tiles: BTreeMap<Cell, BTreeMap<Series, Tiles>>,
    lags: Lags,
    hierarchy: Hierarchy,
}

impl PairTally {
    /// A tally of what these groups will bring. Of headline metrics it keeps all pairs of parallel draws.
    #[must_use]
    pub fn new(groups: &[Group], samples: &[Sample]) -> Self {
        PairTally { lags: Lags::new(groups, samples), ..PairTally::default() }
    }

    /// Adds the pairs of one group; `members` are its samples, in its order.
    pub fn add(&mut self, table: &PairTable, members: &[&Sample]) {
        self.hierarchy.add(table);
        if table.lineages.is_empty() {
            self.lags.add_draws(table);
            return;
        }
        let question: Arc<str> = Arc::from(table.key.question_id.as_str());
        let cell = Cell::of(&table.key);
        for column in &table.columns {
            let series = self.ranks.series(&Arc::from(column.metric), &column.space);
            let tiles = self.tiles.entry(cell.clone()).or_default().entry(series.clone()).or_default();
            for places in &table.lineages {
                let Apart { by_rounds, by_lag } = apart(places, &column.values, members);
                for (rounds, mean) in by_rounds {
                    add(tiles.entry(rounds).or_default(), &question, mean);
                }
                self.lags.add_chain(&cell, &series, &question, by_lag);
            }
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

    /// What `intervals` says of new questions with new samples.
    #[must_use]
    pub fn hierarchical(&self, summary: &[SummaryRow], settings: Settings) -> Vec<IntervalRow> {
        self.hierarchy.rows(summary, settings)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Extraction, GroupKey, Pair, PairColumn};

    /// 0 → {1, 2} → 3, each of its own round.
    #[test]
    fn a_lag_counts_steps_and_not_rounds() {
        let key = GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: "tree".into(),
            feedback: None,
            question_id: "q".into(),
            chain: None,
        };
        let lineage = |members: [usize; 3]| {
            members.into_iter().zip(0..).map(|(member, steps)| Place { member, steps }).collect::<Vec<Place>>()
        };
        // (0,1), (0,2), (0,3), (1,2), (1,3), (2,3); the siblings 1 and 2 alone have 1.
        let values = [0.2, 0.4, 0.1, 1.0, 0.6, 0.8].map(Some).to_vec();
        let table = PairTable {
            key: Arc::new(key),
            pairs: triangle::pairs(4).map(|(a, b)| Pair { a, b }).collect(),
            columns: vec![PairColumn { metric: "cosine", space: "s".into(), values: PairValues::Float(values) }],
            lineages: vec![lineage([0, 1, 3]), lineage([0, 2, 3])],
        };
        let samples: Vec<Sample> = (0..4).map(|round| sample(&table.key, round)).collect();
        let mut tally = PairTally::new(&[], &samples);
        tally.add(&table, &samples.iter().collect::<Vec<_>>());
        let lags = tally.lags(Settings { resamples: 100, ..Settings::DEFAULT });
        let told: Vec<(i64, f64)> = lags.iter().map(|row| (row.lag, row.value)).collect();
        // Lag 1: (0.2 + 0.6)/2 and (0.4 + 0.8)/2; lag 2: 0.1 twice.
        assert_eq!(told.iter().map(|(lag, _)| *lag).collect::<Vec<_>>(), [1, 2]);
        assert!((told[0].1 - 0.5).abs() < 1e-12 && (told[1].1 - 0.1).abs() < 1e-12, "{told:?}");
        assert!(tally.round_pairs().iter().all(|tile| (tile.round_a, tile.round_b) != (1, 2)));
    }

    fn sample(key: &Arc<GroupKey>, round: i64) -> Sample {
        Sample {
            key: Arc::clone(key),
            round,
            sample_id: format!("s{round}"),
            parents: None,
            response: None,
            thinking: None,
            solution: None,
            code: None,
            answer: None,
            gold: None,
            correct: None,
            reward: None,
            prompt_tokens: None,
            thinking_tokens: None,
            solution_tokens: None,
            mean_entropy: None,
            mean_logprob: None,
            difficulty: None,
            finish_reason: None,
            extra: None,
            source_file: "f".into(),
            source_row: 1,
            extraction_rule: "fields",
            extraction: Extraction::default(),
        }
    }
}
