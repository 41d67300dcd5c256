//! Rows of `distributions`: the pairs of every group go in, the histogram of a cell comes out. One question, one vote.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HEADLINES;
use crate::model::{Cell, DistributionRow, GroupKey, PairTable, PairValues};

/// Fine bins per unit: quartiles are exact to a ten-thousandth.
const PER_UNIT: i64 = 10_000;
/// Fine bins in a bin of the table, which is 0.005 wide.
const IN_A_BIN: i64 = 50;

/// Metric and space, by the position of the metric among the headlines.
type Series = (usize, Arc<str>);
/// Fine bin → share of pairs. A fine bin is named by its lower end in ten-thousandths; that of 1 holds what is exactly 1.
type Shares = BTreeMap<i64, f64>;

/// Collects the pair values of the headline metrics.
#[derive(Debug, Default)]
pub struct Distributions {
    cells: BTreeMap<Cell, BTreeMap<Series, Histogram>>,
}

#[derive(Debug, Default)]
struct Histogram {
    /// Sum over finished questions of the shares of a question's pairs.
    shares: Shares,
    n_questions: usize,
    n_pairs: usize,
    /// The question in hand: its groups come one after the other.
    question: Option<Question>,
}

#[derive(Debug)]
struct Question {
    id: String,
    shares: Shares,
    n_groups: usize,
}

impl Distributions {
    /// Adds the pairs of one group. Groups come in the order of their keys, so that those of a question lie together.
    pub fn add(&mut self, table: &PairTable) {
        for column in &table.columns {
            let Some(rank) = HEADLINES.iter().position(|headline| *headline == column.metric) else { continue };
            let shares = shares(&column.values, table.pairs.len());
            if let Some((shares, n)) = shares {
                let cell = self.cells.entry(Cell::of(&table.key)).or_default();
                let histogram = cell.entry((rank, Arc::clone(&column.space))).or_default();
                histogram.add(&table.key, &shares, n);
            }
        }
    }

    /// All bins that are not empty.
    #[must_use]
    pub fn rows(mut self) -> Vec<DistributionRow> {
        let mut rows = Vec::new();
        for (cell, series) in &mut self.cells {
            for ((rank, space), histogram) in series {
                histogram.finish_question();
                rows.extend(histogram.rows(cell, HEADLINES[*rank], space));
            }
        }
        rows
    }
}

/// The share of a group's pairs in each fine bin, and how many pairs those are; none without pairs.
fn shares(values: &PairValues, n_pairs: usize) -> Option<(Shares, usize)> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for value in (0..n_pairs).filter_map(|pair| values.number(pair)).filter(|value| value.is_finite()) {
        *counts.entry(fine_bin(value)).or_default() += 1;
    }
    let n: usize = counts.values().sum();
    let share = |(bin, count): (i64, usize)| (bin, count as f64 / n as f64);
    (n > 0).then(|| (counts.into_iter().map(share).collect(), n))
}

/// What lies outside of [−1, 1] by a rounding error lies at its end, and what lies a rounding error below the end of a bin is that
/// end: 0.145 · 200 is less than 29.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the numbers of bins")]
fn fine_bin(value: f64) -> i64 {
    (value * PER_UNIT as f64 + 1e-9).floor().clamp(-(PER_UNIT as f64), PER_UNIT as f64) as i64
}

/// The end of a bin, for a number of ten-thousandths.
fn end(ten_thousandths: i64) -> f64 {
    ten_thousandths as f64 / PER_UNIT as f64
}

impl Histogram {
    fn add(&mut self, key: &GroupKey, shares: &Shares, n: usize) {
        if self.question.as_ref().is_some_and(|question| question.id != key.question_id) {
            self.finish_question();
        }
        let empty = || Question { id: key.question_id.clone(), shares: Shares::new(), n_groups: 0 };
        let question = self.question.get_or_insert_with(empty);
        for (bin, share) in shares {
            *question.shares.entry(*bin).or_default() += share;
        }
        question.n_groups += 1;
        self.n_pairs += n;
    }

    fn finish_question(&mut self) {
        let Some(question) = self.question.take() else { return };
        for (bin, share) in question.shares {
            *self.shares.entry(bin).or_default() += share / question.n_groups as f64;
        }
        self.n_questions += 1;
    }

    /// The smallest value up to which a part of the pairs lies.
    fn quantile(&self, part: f64) -> f64 {
        let wanted = part * self.shares.values().sum::<f64>();
        let mut below = 0.0;
        for (bin, share) in &self.shares {
            below += share;
            // A sum of shares may miss what it should be by a rounding error.
            if below >= wanted * (1.0 - 1e-12) {
                return end(*bin);
            }
        }
        self.shares.keys().next_back().map_or(f64::NAN, |bin| end(*bin))
    }

    fn rows(&self, cell: &Cell, metric: &str, space: &str) -> Vec<DistributionRow> {
        let mut bins: BTreeMap<(i64, i64), f64> = BTreeMap::new();
        for (bin, share) in &self.shares {
            let low = bin.div_euclid(IN_A_BIN) * IN_A_BIN;
            // What is exactly 1 has a bin of its own.
            *bins.entry((low, (low + IN_A_BIN).min(PER_UNIT))).or_default() += share;
        }
        let [q25, q50, q75] = [0.25, 0.5, 0.75].map(|part| self.quantile(part));
        let row = |((low, high), share): ((i64, i64), f64)| DistributionRow {
            cell: cell.clone(),
            metric: metric.to_owned(),
            space: space.to_owned(),
            low: end(low),
            high: end(high),
            share: share / self.n_questions as f64,
            n_questions: self.n_questions,
            n_pairs: self.n_pairs,
            q25,
            q50,
            q75,
        };
        bins.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pair, PairColumn};

    fn table(question: &str, chain: Option<i64>, values: &[f64]) -> PairTable {
        PairTable {
            key: Arc::new(GroupKey {
                dataset: "d".into(),
                domain: "math".into(),
                model: "m".into(),
                mode: "markov".into(),
                feedback: None,
                question_id: question.into(),
                chain,
            }),
            pairs: vec![Pair { a: 0, b: 1 }; values.len()],
            columns: vec![PairColumn {
                metric: "cosine",
                space: "s".into(),
                values: PairValues::Float(values.iter().copied().map(Some).collect()),
            }],
            lineages: Vec::new(),
        }
    }

    #[test]
    fn each_question_has_one_vote_and_each_of_its_chains_the_same_share_of_it() {
        let mut found = Distributions::default();
        found.add(&table("q1", Some(0), &[0.5, 0.5, 0.5]));
        found.add(&table("q1", Some(1), &[1.0]));
        found.add(&table("q2", Some(0), &[-1.0, 0.503]));
        let rows = found.rows();
        let shares: Vec<(f64, f64, f64)> = rows.iter().map(|row| (row.low, row.high, row.share)).collect();
        assert_eq!(shares, [(-1.0, -0.995, 0.25), (0.5, 0.505, 0.5), (1.0, 1.0, 0.25)]);
        assert!((rows.iter().map(|row| row.share).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((rows[0].n_questions, rows[0].n_pairs), (2, 6));
        assert_eq!([rows[0].q25, rows[0].q50, rows[0].q75], [-1.0, 0.5, 0.503]);
    }

    #[test]
    fn equal_texts_are_equal_in_the_quartiles_too() {
        let mut found = Distributions::default();
        found.add(&table("q1", None, &[1.0, 1.0, 0.9999]));
        let rows = found.rows();
        assert_eq!((rows.len(), rows[0].high, rows[1].low), (2, 1.0, 1.0));
        assert_eq!([rows[0].q25, rows[0].q50, rows[0].q75], [0.9999, 1.0, 1.0]);
    }

    #[test]
    fn bins_hold_their_lower_ends() {
        for bin in -PER_UNIT..=PER_UNIT {
            assert_eq!(fine_bin(end(bin)), bin, "{}", end(bin));
        }
        assert_eq!((fine_bin(1.0), fine_bin(1.000_000_2), fine_bin(-1.000_000_2)), (PER_UNIT, PER_UNIT, -PER_UNIT));
    }
}
