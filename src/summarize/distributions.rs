//! Rows of `distributions`: the pairs of every group go in, the histogram of a cell comes out. One question, one vote.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::HEADLINES;
use crate::model::{Cell, DistributionRow, GroupKey, PairTable, PairValues};

/// Bins per unit: similarities lie in [−1, 1], and the second digit of a quartile can be read off bins of half of it.
const PER_UNIT: usize = 200;
const BINS: usize = 2 * PER_UNIT;

/// Metric and space, by the position of the metric among the headlines.
type Series = (usize, Arc<str>);

/// Collects the pair values of the headline metrics.
#[derive(Debug, Default)]
pub struct Distributions {
    cells: BTreeMap<Cell, BTreeMap<Series, Histogram>>,
}

#[derive(Debug)]
struct Histogram {
    /// Sum over finished questions of the shares of a question's pairs.
    shares: Vec<f64>,
    n_questions: usize,
    n_pairs: usize,
    /// The question in hand: its groups come one after the other.
    question: Option<Question>,
}

#[derive(Debug)]
struct Question {
    id: String,
    shares: Vec<f64>,
    n_groups: usize,
}

impl Distributions {
    /// Adds the pairs of one group. Groups come in the order of their keys, so that those of a question lie together.
    pub fn add(&mut self, table: &PairTable) {
        for column in &table.columns {
            let Some(rank) = HEADLINES.iter().position(|headline| *headline == column.metric) else { continue };
            let counts = counts(&column.values, table.pairs.len());
            let n: usize = counts.iter().sum();
            if n > 0 {
                let cell = self.cells.entry(Cell::of(&table.key)).or_default();
                let histogram = cell.entry((rank, Arc::clone(&column.space))).or_insert_with(Histogram::empty);
                histogram.add(&table.key, &counts, n);
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

/// How many of the values lie in each bin; what lies outside by a rounding error lies in the last one.
fn counts(values: &PairValues, n_pairs: usize) -> Vec<usize> {
    let mut counts = vec![0; BINS];
    for value in (0..n_pairs).filter_map(|pair| values.number(pair)).filter(|value| value.is_finite()) {
        counts[bin(value)] += 1;
    }
    counts
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the numbers of bins")]
fn bin(value: f64) -> usize {
    // What lies a rounding error below the end of a bin is that end: 0.145 · 200 is less than 29.
    ((value + 1.0) * PER_UNIT as f64 + 1e-9).floor().clamp(0.0, (BINS - 1) as f64) as usize
}

/// The lower end of a bin.
fn low(bin: usize) -> f64 {
    (bin as f64 - PER_UNIT as f64) / PER_UNIT as f64
}

impl Histogram {
    fn empty() -> Self {
        Histogram { shares: vec![0.0; BINS], n_questions: 0, n_pairs: 0, question: None }
    }

    fn add(&mut self, key: &GroupKey, counts: &[usize], n: usize) {
        if self.question.as_ref().is_some_and(|question| question.id != key.question_id) {
            self.finish_question();
        }
        let empty = || Question { id: key.question_id.clone(), shares: vec![0.0; BINS], n_groups: 0 };
        let question = self.question.get_or_insert_with(empty);
        for (share, count) in question.shares.iter_mut().zip(counts) {
            *share += *count as f64 / n as f64;
        }
        question.n_groups += 1;
        self.n_pairs += n;
    }

    fn finish_question(&mut self) {
        let Some(question) = self.question.take() else { return };
        for (share, of_question) in self.shares.iter_mut().zip(question.shares) {
            *share += of_question / question.n_groups as f64;
        }
        self.n_questions += 1;
    }

    fn rows(&self, cell: &Cell, metric: &str, space: &str) -> Vec<DistributionRow> {
        let row = |(bin, share): (usize, &f64)| DistributionRow {
            cell: cell.clone(),
            metric: metric.to_owned(),
            space: space.to_owned(),
            low: low(bin),
            high: low(bin + 1),
            share: share / self.n_questions as f64,
            n_questions: self.n_questions,
            n_pairs: self.n_pairs,
        };
        self.shares.iter().enumerate().filter(|(_, share)| **share > 0.0).map(row).collect()
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
        let shares: Vec<(f64, f64)> = rows.iter().map(|row| (row.low, row.share)).collect();
        assert_eq!(shares, [(-1.0, 0.25), (0.5, 0.5), (0.995, 0.25)]);
        assert!((rows.iter().map(|row| row.share).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((rows[0].n_questions, rows[0].n_pairs), (2, 6));
    }

    #[test]
    fn bins_hold_their_lower_ends() {
        for bin_number in 0..BINS {
            assert_eq!(bin(low(bin_number)), bin_number, "{}", low(bin_number));
        }
        assert_eq!((bin(1.0), bin(1.000_000_2), bin(-1.000_000_2)), (BINS - 1, BINS - 1, 0));
    }
}
