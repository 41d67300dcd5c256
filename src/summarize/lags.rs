//! Similarity by lag: pair values of chains and of parallel draws go in, the curves with their null bands come out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::null_band::{Draws, bands};
use super::panel::{Mean, Series, Values};
use super::rounds::{ByQuestion, Estimate, add, estimates, values};
use super::{HEADLINES, Settings};
use crate::model::{Cell, Group, GroupKey, LagRow, PairTable, Sample};

/// The mode whose draws are independent of one another.
const INDEPENDENT: &str = "parallel";

/// Dataset, domain and model: what chains and parallel draws have to share.
type Model = (Arc<str>, Arc<str>, Arc<str>);
/// Metric and space → question → values of all pairs of its parallel draws.
type DrawsOfModel = BTreeMap<(Arc<str>, Arc<str>), BTreeMap<Arc<str>, Vec<f64>>>;

/// What is known of one lag.
#[derive(Debug, Default)]
struct Lag {
    /// Question → mean over its chains' means.
    means: ByQuestion,
    /// Question → pairs behind that.
    n_pairs: BTreeMap<Arc<str>, usize>,
}

/// Collects what lies how many rounds apart.
#[derive(Debug, Default)]
pub(super) struct Lags {
    chains: BTreeMap<Cell, BTreeMap<(Series, i64), Lag>>,
    /// Questions that have chains.
    wanted: BTreeMap<Model, BTreeSet<Arc<str>>>,
    draws: BTreeMap<Model, DrawsOfModel>,
}

impl Lags {
    pub(super) fn new(groups: &[Group], samples: &[Sample]) -> Self {
        let names_parents = |&member: &usize| samples[member].parents.as_ref().is_some_and(|named| !named.is_empty());
        let is_lineage = |group: &&Group| group.key.chain.is_some() || group.members.iter().any(names_parents);
        let mut wanted: BTreeMap<Model, BTreeSet<Arc<str>>> = BTreeMap::new();
        for group in groups.iter().filter(is_lineage).filter(|group| group.members.len() > 1) {
            wanted.entry(model_of(&group.key)).or_default().insert(Arc::from(group.key.question_id.as_str()));
        }
        Lags { wanted, ..Lags::default() }
    }

    /// Adds the means of one lineage.
    pub(super) fn add_chain(&mut self, cell: &Cell, series: &Series, question: &Arc<str>, by_lag: BTreeMap<i64, Mean>) {
        let lags = self.chains.entry(cell.clone()).or_default();
        for (lag, mean) in by_lag {
            let known = lags.entry((series.clone(), lag)).or_default();
            add(&mut known.means, question, mean);
            *known.n_pairs.entry(Arc::clone(question)).or_default() += mean.n();
        }
    }

    /// Adds the pairs of parallel draws.
    pub(super) fn add_draws(&mut self, table: &PairTable) {
        let model = model_of(&table.key);
        let question = self.wanted.get(&model).and_then(|wanted| wanted.get(table.key.question_id.as_str()));
        let Some(question) = question.filter(|_| table.key.mode == INDEPENDENT) else { return };
        let draws = self.draws.entry(model).or_default();
        for column in table.columns.iter().filter(|column| HEADLINES.contains(&column.metric)) {
            let series = draws.entry((Arc::from(column.metric), Arc::clone(&column.space))).or_default();
            let values = (0..table.pairs.len()).filter_map(|pair| column.values.number(pair));
            series.entry(Arc::clone(question)).or_default().extend(values);
        }
    }

    pub(super) fn rows(&self, settings: Settings) -> Vec<LagRow> {
        let cells: Vec<_> = self.chains.iter().collect();
        cells.into_par_iter().flat_map_iter(|(cell, lags)| self.rows_of_cell(cell, lags, settings)).collect()
    }

    fn rows_of_cell(&self, cell: &Cell, lags: &BTreeMap<(Series, i64), Lag>, settings: Settings) -> Vec<LagRow> {
        let means: Vec<Values> = lags.values().map(|lag| values(&lag.means)).collect();
        let estimates = lags.iter().zip(estimates(&means, settings));
        // Rows and the pairs behind them stay together, also where a lag has no value.
        let (mut rows, counts): (Vec<LagRow>, Vec<&BTreeMap<Arc<str>, usize>>) = estimates
            .filter_map(|(((series, lag), known), estimate)| {
                Some((row(cell, series, *lag, &estimate)?, &known.n_pairs))
            })
            .unzip();
        let Some(draws) = self.draws.get(&model_of_cell(cell)) else { return rows };
        let mut counts = counts.as_slice();
        for of_series in rows.chunk_by_mut(|one, other| (&one.metric, &one.space) == (&other.metric, &other.space)) {
            let (of_these, rest) = counts.split_at(of_series.len());
            counts = rest;
            let first = &of_series[0];
            let Some(draws) = draws.get(&(Arc::from(first.metric.as_str()), Arc::from(first.space.as_str()))) else {
                continue;
            };
            let found = bands(&Draws { name: name(cell), by_question: draws, counts: of_these }, settings);
            for (row, band) in of_series.iter_mut().zip(found) {
                row.null = band;
            }
        }
        rows
    }
}

fn row(cell: &Cell, series: &Series, lag: i64, estimate: &Estimate) -> Option<LagRow> {
    Some(LagRow {
        cell: cell.clone(),
        metric: series.metric.to_string(),
        space: series.space.to_string(),
        lag,
        value: estimate.value?,
        ci_low: estimate.ci.map(|(low, _)| low),
        ci_high: estimate.ci.map(|(_, high)| high),
        null: None,
        n_questions: estimate.n_questions,
    })
}

fn model_of(key: &GroupKey) -> Model {
    (Arc::from(key.dataset.as_str()), Arc::from(key.domain.as_str()), Arc::from(key.model.as_str()))
}

fn model_of_cell(cell: &Cell) -> Model {
    (Arc::from(cell.dataset.as_str()), Arc::from(cell.domain.as_str()), Arc::from(cell.model.as_str()))
}

/// Names the random streams of a cell. Its metrics share them, so that their bands come from the same pairs.
fn name(cell: &Cell) -> String {
    format!("{:?}", (&cell.dataset, &cell.domain, &cell.model, &cell.mode, &cell.feedback))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::model::{NullBand, Pair, PairColumn, PairValues};

    fn key(mode: &str, question: &str, chain: Option<i64>) -> Arc<GroupKey> {
        Arc::new(GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: mode.into(),
            feedback: None,
            question_id: question.into(),
            chain,
        })
    }

    fn drawn(mode: &str, question: &str, values: &[f64]) -> PairTable {
        let values = PairValues::Float(values.iter().copied().map(Some).collect());
        PairTable {
            key: key(mode, question, None),
            pairs: vec![Pair { a: 0, b: 1 }; 3],
            columns: vec![PairColumn { metric: "cosine", space: "s".into(), values }],
            lineages: Vec::new(),
        }
    }

    fn tally(draws: &[PairTable]) -> Lags {
        let chain = |question| Group { key: key("markov", question, Some(0)), members: vec![0, 1, 2] };
        let mut lags = Lags::new(&[chain("q1"), chain("q2")], &[]);
        let series = Series { rank: 0, metric: "cosine".into(), space: "s".into() };
        for (question, values) in [("q1", [0.9, 0.7, 0.5]), ("q2", [0.8, 0.8, 0.2])] {
            let mut by_lag: BTreeMap<i64, Mean> = BTreeMap::new();
            for (lag, value) in [1, 1, 2].into_iter().zip(values) {
                by_lag.entry(lag).or_default().add(value);
            }
            lags.add_chain(&Cell::of(&key("markov", question, Some(0))), &series, &Arc::from(question), by_lag);
        }
        for table in draws {
            lags.add_draws(table);
        }
        lags
    }

    const SETTINGS: Settings = Settings { resamples: 1000, ..Settings::DEFAULT };

    #[test]
    fn a_curve_lies_beside_what_parallel_draws_give() {
        let rows =
            tally(&[drawn("parallel", "q1", &[0.1, 0.2, 0.6]), drawn("parallel", "q2", &[0.5; 3])]).rows(SETTINGS);
        assert_eq!(rows.iter().map(|row| row.lag).collect::<Vec<_>>(), [1, 2]);
        // Lag 1: (0.9 + 0.7)/2 and 0.8; lag 2: 0.5 and 0.2.
        assert!((rows[0].value - 0.8).abs() < 1e-12 && (rows[1].value - 0.35).abs() < 1e-12);
        let NullBand { value, interval, n_questions } = rows[1].null.unwrap();
        // (0.3 + 0.5)/2; single pairs of q1 lie at 0.1, 0.2 or 0.6, so that the mean lies at 0.3, 0.35 or 0.55.
        assert_eq!((n_questions, (value - 0.4).abs() < 1e-12), (2, true));
        let (low, high) = interval.unwrap();
        assert!((low - 0.3).abs() < 1e-12 && (high - 0.55).abs() < 1e-12, "{low} {high}");
    }

    #[test]
    fn without_parallel_draws_of_the_question_there_is_no_band() {
        assert!(tally(&[]).rows(SETTINGS).iter().all(|row| row.null.is_none()));
        let other = [drawn("parallel", "q3", &[0.1; 3]), drawn("temperature-0", "q1", &[0.1; 3])];
        assert!(tally(&other).rows(SETTINGS).iter().all(|row| row.null.is_none()));
        // One question of two: the band speaks of that one.
        let rows = tally(&[drawn("parallel", "q2", &[0.5; 3])]).rows(SETTINGS);
        let band = rows[0].null.unwrap();
        assert_eq!((band.n_questions, band.value, band.interval), (1, 0.5, Some((0.5, 0.5))));
        assert_eq!(rows[0].n_questions, 2);
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let draws = [drawn("parallel", "q1", &[0.1, 0.2, 0.6]), drawn("parallel", "q2", &[0.5, 0.1, 0.9])];
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| tally(&draws).rows(SETTINGS))
        };
        assert_eq!(on(1), on(4));
    }
}
