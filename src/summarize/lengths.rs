//! Rows of `lengths`: how long samples are under each mode, by round and over all rounds.
//!
//! One question, one vote: a sample weighs one over the number of its question's samples in the row, so that the mean is
//! the mean over questions of their means, and a quantile is one of that weighted distribution.

use std::collections::BTreeMap;

use super::panel::Mean;
use crate::kernels::quantile::weighted_quantile;
use crate::model::{Cell, GroupKey, LengthRow};

/// One row per cell and round, and one over all rounds before those; `values` are of one metric: group, round, length.
#[must_use]
pub fn lengths<'a>(metric: &'static str, values: impl Iterator<Item = (&'a GroupKey, i64, f64)>) -> Vec<LengthRow> {
    let mut cells: BTreeMap<Cell, BTreeMap<Option<i64>, ByQuestion<'a>>> = BTreeMap::new();
    let mut last: Option<(&GroupKey, Cell)> = None;
    for (key, round, value) in values {
        let cell = match &last {
            Some((known, cell)) if std::ptr::eq(*known, key) => cell.clone(),
            _ => Cell::of(key),
        };
        let rounds = cells.entry(cell.clone()).or_default();
        last = Some((key, cell));
        for round in [None, Some(round)] {
            rounds.entry(round).or_default().entry(&key.question_id).or_default().push(value);
        }
    }
    let rows = cells.into_iter().flat_map(|(cell, rounds)| {
        rounds.into_iter().filter_map(move |(round, questions)| row(cell.clone(), round, metric, &questions))
    });
    rows.collect()
}

type ByQuestion<'a> = BTreeMap<&'a str, Vec<f64>>;

fn row(cell: Cell, round: Option<i64>, metric: &'static str, questions: &ByQuestion<'_>) -> Option<LengthRow> {
    let mut means = Mean::default();
    let mut weighted: Vec<(f64, f64)> = Vec::new();
    for lengths in questions.values() {
        let weight = 1.0 / lengths.len() as f64;
        let mut of_question = Mean::default();
        for &length in lengths {
            of_question.add(length);
            weighted.push((length, weight));
        }
        means.add(of_question.value()?);
    }
    weighted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let quantile = |share| weighted_quantile(&weighted, share);
    Some(LengthRow {
        cell,
        round,
        metric,
        n_questions: means.n(),
        n_samples: weighted.len(),
        mean: means.value()?,
        min: weighted.first()?.0,
        p05: quantile(0.05)?,
        p25: quantile(0.25)?,
        p50: quantile(0.5)?,
        p75: quantile(0.75)?,
        p95: quantile(0.95)?,
        max: weighted.last()?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(question: &str, chain: i64) -> GroupKey {
        GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: "markov".into(),
            feedback: None,
            question_id: question.into(),
            chain: Some(chain),
        }
    }

    #[test]
    fn a_question_with_many_samples_counts_as_one() {
        let (one, other, again) = (key("q1", 0), key("q2", 0), key("q2", 1));
        let values = [(&one, 0, 100.0), (&other, 0, 10.0), (&other, 1, 20.0), (&again, 0, 30.0), (&again, 1, 40.0)];
        let rows = lengths("solution_tokens", values.into_iter());
        assert_eq!(rows.iter().map(|row| row.round).collect::<Vec<_>>(), [None, Some(0), Some(1)]);
        let all = &rows[0];
        assert_eq!((all.n_questions, all.n_samples, all.metric), (2, 5, "solution_tokens"));
        // (100 + (10 + 20 + 30 + 40)/4) / 2, and not 200/5.
        assert_eq!((all.mean, all.min, all.max), (62.5, 10.0, 100.0));
        // Weights: 1/4 each of 10, 20, 30, 40, and 1 of 100; of the total 2 half is reached exactly at 40, a quarter at 20.
        assert_eq!((all.p05, all.p25, all.p50, all.p75, all.p95), (10.0, 25.0, 70.0, 100.0, 100.0));
        // Round 0: 100 beside 10 and 30 of the other question.
        assert_eq!((rows[1].n_samples, rows[1].mean, rows[1].p50), (3, 60.0, 65.0));
        assert_eq!((rows[2].n_questions, rows[2].mean), (1, 30.0));
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert!(lengths("solution_tokens", std::iter::empty()).is_empty());
    }
}
