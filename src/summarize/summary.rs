//! Rows of `summary` and `intervals`: the mean over questions, each with one vote, and how sure it is.

use rayon::prelude::*;

use super::Settings;
use super::intervals::{Method, Spread, intervals};
use super::panel::{Collector, Names, Questions, Series, at_once, finite, panels};
use crate::kernels::bounds::Bounds;
use crate::kernels::distributions::normal_quantile;
use crate::model::{Cell, FEW_QUESTIONS, IntervalRow, SummaryRow, Target};

/// One row of `summary` per cell, metric and space, in the order of cells and then of the metrics asked for; and what each
/// method says about it, for `intervals`.
#[must_use]
pub fn summary(collected: &Collector, settings: Settings) -> (Vec<SummaryRow>, Vec<IntervalRow>) {
    let all: Vec<(&Cell, &Series, &Questions)> = collected
        .cells
        .iter()
        .flat_map(|(cell, series)| series.iter().map(move |(series, questions)| (cell, series, questions)))
        .collect();
    let at_once = at_once(all.iter().map(|(_, _, questions)| questions.n_questions()).max().unwrap_or(0));
    let rows: Vec<(SummaryRow, Vec<IntervalRow>)> =
        all.par_chunks(at_once).flat_map_iter(|some| rows_of(some, &collected.names, settings)).collect();
    let (summary, intervals): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    (summary, intervals.into_iter().flatten().collect())
}

fn rows_of(
    all: &[(&Cell, &Series, &Questions)],
    names: &Names,
    settings: Settings,
) -> Vec<(SummaryRow, Vec<IntervalRow>)> {
    let columns: Vec<_> = all.iter().map(|(_, _, questions)| questions.values(names)).collect();
    let mut rows: Vec<(SummaryRow, Vec<IntervalRow>)> = all
        .iter()
        .map(|(cell, series, questions)| (empty_row(cell, series, questions, settings), Vec::new()))
        .collect();
    for panel in panels(&columns) {
        let spreads = intervals(&panel, settings);
        for (column, &position) in panel.columns.iter().enumerate() {
            let (row, further) = &mut rows[position];
            fill(row, finite(panel.mean(column)), &spreads[column], settings);
            *further = interval_rows(row, &spreads[column], settings);
        }
    }
    rows
}

fn fill(row: &mut SummaryRow, value: Option<f64>, spread: &Spread, settings: Settings) {
    let bounds = spread.bounds(settings.interval);
    row.value = value;
    row.std_error = spread.error;
    row.ci_low = bounds.map(|bounds| bounds.low);
    row.ci_high = bounds.map(|bounds| bounds.high);
    row.ci_mc_error = bounds.map(|bounds| bounds.error);
    row.ci_note = note(row.n_questions, bounds);
}

/// What a reader should know before trusting an interval of so many questions.
pub(super) fn note(n_questions: usize, bounds: Option<Bounds>) -> Option<String> {
    match (n_questions, bounds) {
        (0, _) => Some("no interval: no question has a value".to_owned()),
        (1, _) => Some("no interval: 1 question, and resampling needs 2".to_owned()),
        (_, None) => Some("no interval: the values leave the range of numbers".to_owned()),
        (n, Some(bounds)) if bounds.low == bounds.high && n < FEW_QUESTIONS => {
            Some("few questions, all with the same value".to_owned())
        }
        (_, Some(bounds)) if bounds.low == bounds.high => Some("all questions have the same value".to_owned()),
        (n, _) if n < FEW_QUESTIONS => {
            Some(format!("few questions: intervals of fewer than {FEW_QUESTIONS} are rough"))
        }
        _ => None,
    }
}

/// What every method says, and what new samples alone would change.
fn interval_rows(row: &SummaryRow, spread: &Spread, settings: Settings) -> Vec<IntervalRow> {
    let empty = IntervalRow {
        cell: row.cell.clone(),
        metric: row.metric.clone(),
        space: row.space.clone(),
        target: Target::Questions,
        method: "",
        value: row.value,
        ci_low: None,
        ci_high: None,
        ci_level: settings.level,
        std_error: None,
        mc_error: None,
        n_questions: row.n_questions,
        note: None,
    };
    let mut rows: Vec<IntervalRow> = Method::ALL
        .into_iter()
        .map(|method| {
            let bounds = spread.bounds(method);
            IntervalRow { method: method.name(), note: note(row.n_questions, bounds), ..empty.clone() }
                .with(bounds, spread.error)
        })
        .collect();
    if let (Some(value), Some(error)) = (row.value, row.std_error_samples) {
        let half = normal_quantile(f64::midpoint(1.0, settings.level)) * error;
        let bounds = Bounds { low: value - half, high: value + half, error: 0.0 };
        rows.push(
            IntervalRow { method: "jackknife", target: Target::Samples, ..empty }.with(Some(bounds), Some(error)),
        );
    }
    rows
}

impl IntervalRow {
    /// The same with its numbers.
    pub(super) fn with(self, bounds: Option<Bounds>, error: Option<f64>) -> Self {
        IntervalRow {
            ci_low: bounds.map(|bounds| bounds.low),
            ci_high: bounds.map(|bounds| bounds.high),
            std_error: error,
            mc_error: bounds.map(|bounds| bounds.error),
            ..self
        }
    }
}

fn empty_row(cell: &Cell, series: &Series, questions: &Questions, settings: Settings) -> SummaryRow {
    SummaryRow {
        cell: cell.clone(),
        metric: series.metric.to_string(),
        space: series.space.to_string(),
        value: None,
        ci_low: None,
        ci_high: None,
        ci_level: settings.level,
        n_questions: questions.n_questions(),
        n_groups: questions.n_groups(),
        n_missing: questions.n_missing,
        std_error: None,
        std_error_samples: questions.sampling_error(),
        ci_method: settings.interval.name().to_owned(),
        ci_mc_error: None,
        ci_note: note(questions.n_questions(), None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{GroupKey, Measurement, Missing};

    fn measured(question: &str, chain: i64, value: Result<f64, Missing>) -> Measurement {
        let key = GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: "markov".into(),
            feedback: None,
            question_id: question.into(),
            chain: Some(chain),
        };
        Measurement {
            key: Arc::new(key),
            metric: "cosine".into(),
            space: "s".into(),
            n_samples: 2,
            n_pairs: Some(1),
            value,
            std_error: None,
        }
    }

    fn summary(measurements: &[Measurement], settings: Settings) -> Vec<SummaryRow> {
        let mut collected = Collector::default();
        collected.add(measurements);
        super::summary(&collected, settings).0
    }

    const SETTINGS: Settings = Settings { resamples: 1000, ..Settings::DEFAULT };

    #[test]
    fn one_question_one_vote() {
        // q1 has two chains and q2 one: (mean(0.2, 0.4) + 0.9) / 2, not (0.2 + 0.4 + 0.9) / 3.
        let rows = summary(
            &[
                measured("q1", 0, Ok(0.2)),
                measured("q1", 1, Ok(0.4)),
                measured("q2", 0, Ok(0.9)),
                measured("q3", 0, Err(Missing::FewerThanTwoSamples)),
            ],
            SETTINGS,
        );
        assert_eq!(rows.len(), 1);
        assert!((rows[0].value.unwrap_or(f64::NAN) - 0.6).abs() < 1e-12);
        assert_eq!((rows[0].n_questions, rows[0].n_groups, rows[0].n_missing), (2, 3, 1));
    }

    #[test]
    fn the_order_of_groups_does_not_matter() {
        let values = [("q3", 0, 0.1), ("q1", 1, 0.4), ("q2", 0, 0.9), ("q1", 0, 0.2)];
        let in_order = [values[3], values[1], values[2], values[0]];
        let rows = |values: [(&str, i64, f64); 4]| {
            summary(&values.map(|(question, chain, value)| measured(question, chain, Ok(value))), SETTINGS)
        };
        assert_eq!(rows(values), rows(in_order));
    }

    #[test]
    fn missing_is_not_zero() {
        let rows = summary(&[measured("q1", 0, Err(Missing::FewerThanTwoSamples))], SETTINGS);
        assert_eq!((rows[0].value, rows[0].ci_low, rows[0].n_missing), (None, None, 1));
        let rows = summary(&[measured("q1", 0, Ok(0.5))], SETTINGS);
        assert_eq!((rows[0].value, rows[0].ci_low), (Some(0.5), None));
    }
}
