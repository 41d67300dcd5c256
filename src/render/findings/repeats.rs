//! Where chains repeat themselves, and how often solutions are right.

use std::collections::BTreeMap;

use super::{MANY, Sentence, Subject, Told};
use crate::model::{Cell, GroupKey, RoundMeasurement, SummaryRow};
use crate::render::modes::ModeKey;
use crate::render::words;

impl Told<'_, '_> {
    pub(super) fn repeats(&self) -> Vec<Sentence> {
        let chains = chains(self.data.round_values);
        if self.all.len() > MANY {
            return self.repeats_of_many(&chains);
        }
        let mut sentences = Vec::new();
        for subject in &self.all {
            let mut mine: Vec<_> = chains.iter().filter(|(cell, _)| subject.holds(cell)).collect();
            mine.sort_by_key(|(cell, _)| ModeKey::of(cell));
            let mut rounds = self.shares_of(subject, "repeat");
            if rounds.is_empty() {
                let told = |(cell, chains): &(&Cell, &Vec<Chain>)| {
                    format!("{} under {}", whole_percent(repeat_rate(chains)), self.mode(cell))
                };
                rounds = words::and_list(&mine.iter().map(told).collect::<Vec<_>>());
            }
            let when: Vec<_> =
                mine.iter().filter_map(|(cell, chains)| self.first_repeat(&ModeKey::of(cell), chains)).collect();
            let told = repeat_sentences(&rounds, &when, &self.shares_of(subject, "verbatim"));
            if !told.is_empty() {
                sentences.push(Sentence::new(&self.about(subject), &told));
            }
        }
        sentences
    }

    fn repeats_of_many(&self, chains: &BTreeMap<Cell, Vec<Chain>>) -> Vec<Sentence> {
        let mut by_mode: BTreeMap<ModeKey, Vec<Chain>> = BTreeMap::new();
        let mut rates: BTreeMap<ModeKey, Vec<f64>> = BTreeMap::new();
        for (cell, chains) in chains {
            by_mode.entry(ModeKey::of(cell)).or_default().extend(chains);
            rates.entry(ModeKey::of(cell)).or_default().push(repeat_rate(chains));
        }
        let mut rounds = self.ranges(self.data.summary, "repeat");
        if rounds.is_empty() {
            rounds = rates.iter().map(|(mode, rates)| self.range(mode, rates)).collect();
        }
        let when: Vec<String> = by_mode.iter().filter_map(|(mode, chains)| self.first_repeat(mode, chains)).collect();
        let pairs = self.ranges(self.data.summary, "verbatim");
        let told = repeat_sentences(&words::and_list(&rounds), &when, &words::and_list(&pairs));
        if told.is_empty() { Vec::new() } else { vec![Sentence::of_all(&told)] }
    }

    /// `50 % [36, 64] under markov and 55 % [10, 76] under autoregressive`; empty without values.
    fn shares_of(&self, subject: &Subject<'_>, metric: &str) -> String {
        let rows = Self::rows_of(self.data.summary, subject, metric);
        let told = |(row, value): &(&SummaryRow, f64)| {
            format!("{} under {}", share_with_interval(row, *value), self.mode(&row.cell))
        };
        words::and_list(&rows.iter().map(told).collect::<Vec<_>>())
    }

    /// `in round 2 under markov (median; all 6 chains repeat)`; nothing where none does.
    fn first_repeat(&self, mode: &ModeKey, chains: &[Chain]) -> Option<String> {
        let mut firsts: Vec<i64> = chains.iter().filter_map(|chain| chain.first).collect();
        firsts.sort_unstable();
        let median = median_round(&firsts)?;
        let how_many = how_many_repeat(firsts.len(), chains.len());
        let of = if firsts.len() > 1 { format!("median; {how_many}") } else { how_many };
        Some(format!("in {median} under {} ({of})", self.labels.label(mode)))
    }

    pub(super) fn correct(&self) -> Vec<Sentence> {
        if self.all.len() > MANY {
            let ranges = self.ranges(self.data.further, "correct");
            let told = format!("Of the solutions, {} are right.", words::and_list(&ranges));
            return if ranges.is_empty() { Vec::new() } else { vec![Sentence::of_all(&told)] };
        }
        let sentence = |subject: &Subject<'_>| {
            let rows = Self::rows_of(self.data.further, subject, "correct");
            let told: Vec<String> = rows
                .iter()
                .map(|(row, value)| format!("{} under {}", share_with_interval(row, *value), self.mode(&row.cell)))
                .collect();
            let text = format!("Of the solutions, {} are right.", words::and_list(&told));
            (!told.is_empty()).then(|| Sentence::new(&self.about(subject), &text))
        };
        self.all.iter().filter_map(sentence).collect()
    }

    fn rows_of<'r>(rows: &'r [SummaryRow], subject: &Subject<'_>, metric: &str) -> Vec<(&'r SummaryRow, f64)> {
        let mine = |row: &&SummaryRow| row.metric == metric && subject.holds(&row.cell) && !row.cell.is_across();
        let mut rows: Vec<_> = rows.iter().filter(mine).filter_map(|row| Some((row, row.value?))).collect();
        rows.sort_by_key(|(row, _)| ModeKey::of(&row.cell));
        rows
    }

    /// `12 to 41 % under markov`, over all subjects, mode by mode.
    fn ranges(&self, rows: &[SummaryRow], metric: &str) -> Vec<String> {
        let mut by_mode: BTreeMap<ModeKey, Vec<f64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.metric == metric && !row.cell.is_across()) {
            by_mode.entry(ModeKey::of(&row.cell)).or_default().extend(row.value);
        }
        by_mode.retain(|_, values| !values.is_empty());
        by_mode.iter().map(|(mode, values)| self.range(mode, values)).collect()
    }

    fn range(&self, mode: &ModeKey, values: &[f64]) -> String {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{} under {}", percent_range(low, high), self.labels.label(mode))
    }
}

/// `rounds` and `pairs` say how many repeat, `when` from when on; each empty where it is not known.
fn repeat_sentences(rounds: &str, when: &[String], pairs: &str) -> String {
    let mut told = Vec::new();
    if !rounds.is_empty() {
        told.push(format!("Of the rounds after a chain's first, {rounds} say again what an earlier round said."));
    }
    if !when.is_empty() {
        told.push(format!("Counting rounds from 0, the first repeat comes {}.", words::and_list(when)));
    }
    if !pairs.is_empty() {
        told.push(format!("Of the pairs of solutions to a question, {pairs} are equal to the letter."));
    }
    told.join(" ")
}

/// The median of sorted rounds: of an even number the two in the middle, where they differ.
pub(super) fn median_round(sorted: &[i64]) -> Option<String> {
    let high = sorted.get(sorted.len() / 2)?;
    let low = sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(if low == high { format!("round {high}") } else { format!("rounds {low} to {high}") })
}

/// `all 6 chains repeat`
pub(super) fn how_many_repeat(n: usize, all: usize) -> String {
    match (n, all) {
        (1, 1) => "the only chain repeats".to_owned(),
        (n, all) if n == all => format!("all {} repeat", words::count(all, "chain")),
        (1, all) => format!("1 of {} repeats", words::count(all, "chain")),
        (n, all) => format!("{} of {} repeat", words::grouped(n), words::count(all, "chain")),
    }
}

/// `41 %`: sentences need no decimals of a share, but few are not none, and most are not all.
pub(super) fn whole_percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.005 => "under 1\u{a0}%".to_owned(),
        share if (0.995..1.0).contains(&share) => "over 99\u{a0}%".to_owned(),
        share => format!("{:.0}\u{a0}%", share * 100.0),
    }
}

/// `12 to 41 %`, `12 %` where both are the same.
pub(super) fn percent_range(low: f64, high: f64) -> String {
    let (from, to) = (whole_percent(low), whole_percent(high));
    if from == to { to } else { format!("{} to {to}", from.trim_end_matches("\u{a0}%")) }
}

/// `41 % [22, 63]`
fn share_with_interval(row: &SummaryRow, value: f64) -> String {
    match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => {
            format!("{} [{:.0}, {:.0}]", whole_percent(value), low * 100.0, high * 100.0)
        }
        _ => whole_percent(value),
    }
}

/// What one chain repeats.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    /// The round of the first repeat; none where there is none.
    first: Option<i64>,
    /// Repeats, of so many rounds.
    n: f64,
    rounds: usize,
}

/// The repeat rate of a mode: the mean over its chains, of which each counts alike.
fn repeat_rate(chains: &[Chain]) -> f64 {
    chains.iter().map(|chain| chain.n / chain.rounds.max(1) as f64).sum::<f64>() / chains.len().max(1) as f64
}

/// The chains of each model under each mode.
fn chains(rows: &[RoundMeasurement]) -> BTreeMap<Cell, Vec<Chain>> {
    let mut chains: BTreeMap<&GroupKey, Chain> = BTreeMap::new();
    for row in rows.iter().filter(|row| &*row.metric == "repeat") {
        let chain = chains.entry(&row.key).or_default();
        chain.rounds += 1;
        chain.n += row.value;
        if row.value > 0.0 {
            chain.first = Some(chain.first.map_or(row.round, |first| first.min(row.round)));
        }
    }
    let mut by_cell: BTreeMap<Cell, Vec<Chain>> = BTreeMap::new();
    for (key, chain) in chains {
        by_cell.entry(Cell::of(key)).or_default().push(chain);
    }
    by_cell
}
