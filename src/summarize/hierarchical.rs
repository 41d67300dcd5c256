//! The hierarchical bootstrap: questions are drawn with replacement and, within each, what was sampled for it.
//!
//! Chains of a question are drawn whole, since their rounds depend on each other. Parallel draws are drawn one by one; the
//! pairs of a draw with itself, which a sample with replacement makes, are left out: their similarity of 1 would pull
//! the mean up. Sources: Davison & Hinkley 1997, sec. 3.8; Saravanan et al. 2020.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::panel::{Ranks, Series};
use super::{HEADLINES, Settings};
use crate::kernels::bounds;
use crate::kernels::mean::mean;
use crate::kernels::streams::stream;
use crate::kernels::triangle;
use crate::model::{Cell, IntervalRow, PairColumn, PairTable, SummaryRow, Target};

/// Resamples that share a random stream. Changing it changes every interval in the last digits.
const BLOCK: usize = 50;
/// As many as the null bands have; each costs as much as all pairs.
const MOST_RESAMPLES: usize = 1000;
/// Pairs that all resamples together may look at: a second or two.
const MOST_PAIRS: usize = 2_000_000_000;
/// However many pairs there are, a percentile of fewer resamples would be noise.
const FEWEST_RESAMPLES: usize = 200;

/// What was sampled for one question.
#[derive(Debug)]
enum Units {
    /// A number for each chain.
    Chains(Vec<f64>),
    /// The pairs of `n` draws, in the order of [`triangle::pairs`]; not a number where a pair has none.
    Draws { n: usize, pairs: Vec<f32> },
}

type Questions = BTreeMap<Arc<str>, Units>;

/// Collects the pairs of draws and the means of chains, of the headline metrics alone: it grows with the pairs.
#[derive(Debug, Default)]
pub(super) struct Hierarchy {
    ranks: Ranks,
    cells: BTreeMap<Cell, BTreeMap<Series, Questions>>,
}

impl Hierarchy {
    pub(super) fn add(&mut self, table: &PairTable) {
        let question: Arc<str> = Arc::from(table.key.question_id.as_str());
        for column in table.columns.iter().filter(|column| HEADLINES.contains(&column.metric)) {
            let series = self.ranks.series(&Arc::from(column.metric), &column.space);
            let questions = self.cells.entry(Cell::of(&table.key)).or_default().entry(series).or_default();
            let drawn = table.lineages.is_empty().then(|| draws(table, column));
            match (questions.remove(&question), drawn) {
                (None, Some(drawn)) => questions.insert(Arc::clone(&question), drawn),
                // Draws beside chains, or beside other draws, count as one chain: groups are drawn whole.
                (before, _) => {
                    let mut groups = before.map_or_else(Vec::new, Units::into_groups);
                    groups.extend(mean((0..table.pairs.len()).filter_map(|pair| column.values.number(pair))));
                    questions.insert(Arc::clone(&question), Units::Chains(groups))
                }
            };
        }
    }

    /// One row for each row of `summary` about a headline metric.
    pub(super) fn rows(&self, summary: &[SummaryRow], settings: Settings) -> Vec<IntervalRow> {
        let wanted: Vec<&SummaryRow> = summary
            .iter()
            .filter(|row| HEADLINES.contains(&row.metric.as_str()) && row.value.is_some() && !row.cell.is_across())
            .collect();
        wanted.into_par_iter().filter_map(|row| Some(interval(row, self.questions(row)?, settings))).collect()
    }

    fn questions(&self, row: &SummaryRow) -> Option<&Questions> {
        let mut of_cell = self.cells.get(&row.cell)?.iter();
        of_cell.find(|(series, _)| *series.metric == row.metric && *series.space == row.space).map(|(_, one)| one)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits of a similarity are enough for an interval")]
fn draws(table: &PairTable, column: &PairColumn) -> Units {
    let pairs = (0..table.pairs.len()).map(|pair| column.values.number(pair).map_or(f32::NAN, |value| value as f32));
    let n = table.pairs.last().map_or(0, |pair| pair.b + 1);
    Units::Draws { n, pairs: pairs.collect() }
}

fn interval(row: &SummaryRow, questions: &Questions, settings: Settings) -> IntervalRow {
    let units: Vec<&Units> = questions.values().filter(|units| units.has_value()).collect();
    let empty = IntervalRow {
        cell: row.cell.clone(),
        metric: row.metric.clone(),
        space: row.space.clone(),
        target: Target::Both,
        method: "hierarchical",
        value: row.value,
        ci_low: None,
        ci_high: None,
        ci_level: settings.level,
        std_error: None,
        mc_error: None,
        n_questions: units.len(),
        note: None,
    };
    if units.len() < 2 || units.iter().all(|units| units.len() < 2) {
        let note =
            if units.len() < 2 { "no interval: fewer than 2 questions" } else { "no interval: one chain per question" };
        return IntervalRow { note: Some(note.to_owned()), ..empty };
    }
    let mut means = resampled(&units, row, settings);
    let error = bounds::deviation(&means);
    means.sort_unstable_by(f64::total_cmp);
    empty.with(bounds::percentile(&means, settings.level), error)
}

fn resampled(units: &[&Units], row: &SummaryRow, settings: Settings) -> Vec<f64> {
    let work: usize = units.iter().map(|units| units.work()).sum();
    let affordable = (MOST_PAIRS / work.max(1)).max(FEWEST_RESAMPLES);
    let n_resamples = settings.resamples.min(MOST_RESAMPLES).min(affordable);
    let name = format!("{:?} {} {}", row.cell, row.metric, row.space);
    (0..n_resamples.div_ceil(BLOCK))
        .into_par_iter()
        .flat_map_iter(|block| {
            let mut random = stream(settings.seed, "hierarchical", &name, block);
            let n = BLOCK.min(n_resamples - block * BLOCK);
            (0..n).filter_map(|_| resample(units, &mut random)).collect::<Vec<f64>>()
        })
        .collect()
}

fn resample(units: &[&Units], random: &mut ChaCha8Rng) -> Option<f64> {
    let drawn = (0..units.len()).filter_map(|_| units[random.random_range(0..units.len())].resample(random));
    mean(drawn.collect::<Vec<f64>>())
}

impl Units {
    /// A number for each group.
    fn into_groups(self) -> Vec<f64> {
        match self {
            Units::Chains(chains) => chains,
            Units::Draws { pairs, .. } => {
                mean(pairs.into_iter().filter(|pair| !pair.is_nan()).map(f64::from)).into_iter().collect()
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Units::Chains(chains) => chains.len(),
            Units::Draws { n, .. } => *n,
        }
    }

    fn work(&self) -> usize {
        match self {
            Units::Chains(chains) => chains.len(),
            Units::Draws { pairs, .. } => pairs.len(),
        }
    }

    fn has_value(&self) -> bool {
        match self {
            Units::Chains(chains) => !chains.is_empty(),
            Units::Draws { pairs, .. } => pairs.iter().any(|pair| !pair.is_nan()),
        }
    }

    /// The question's number of another sample; none where all draws came out the same one.
    fn resample(&self, random: &mut ChaCha8Rng) -> Option<f64> {
        let mut times = vec![0_u32; self.len()];
        for _ in 0..times.len() {
            times[random.random_range(0..self.len())] += 1;
        }
        match self {
            Units::Chains(chains) => {
                let sum: f64 = chains.iter().zip(&times).map(|(value, times)| value * f64::from(*times)).sum();
                Some(sum / chains.len() as f64)
            }
            Units::Draws { n, pairs } => {
                let (mut sum, mut weight) = (0.0, 0.0);
                for ((a, b), value) in triangle::pairs(*n).zip(pairs).filter(|(_, value)| !value.is_nan()) {
                    let times = f64::from(times[a] * times[b]);
                    sum += times * f64::from(*value);
                    weight += times;
                }
                (weight > 0.0).then(|| sum / weight)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(units: &Units) -> Vec<f64> {
        let mut random = stream(7, "test", "q", 0);
        (0..4000).filter_map(|_| units.resample(&mut random)).collect()
    }

    #[test]
    fn pairs_of_a_draw_with_itself_are_left_out() {
        // Were they kept, the mean of 4 draws would rise from 0.5 to 0.625.
        let units = Units::Draws { n: 4, pairs: vec![1.0, 0.0, 0.6, 0.0, 0.6, 0.8] };
        let drawn = mean(draw(&units)).unwrap_or(f64::NAN);
        assert!((drawn - 0.5).abs() < 0.02, "{drawn}");
    }

    #[test]
    fn chains_are_drawn_whole() {
        let drawn = draw(&Units::Chains(vec![0.2, 0.8]));
        let share = |wanted: f64| drawn.iter().filter(|one| (*one - wanted).abs() < 1e-12).count() as f64 / 4000.0;
        assert!((share(0.5) - 0.5).abs() < 0.04 && (share(0.2) - 0.25).abs() < 0.04);
    }
}
