//! Rows of `summary`: the mean over questions, each with one vote.

use rayon::prelude::*;

use super::Settings;
use super::bootstrap::intervals;
use super::panel::{Collector, Names, Questions, Series, finite, panels};
use crate::model::{Cell, SummaryRow};

/// One row per cell, metric and space, in the order of cells and then of the metrics asked for.
#[must_use]
pub fn summary(collected: &Collector, settings: Settings) -> Vec<SummaryRow> {
    let cells: Vec<_> = collected.cells.iter().collect();
    cells
        .into_par_iter()
        .flat_map_iter(|(cell, series)| {
            rows_of_cell(cell, &series.iter().collect::<Vec<_>>(), &collected.names, settings)
        })
        .collect()
}

fn rows_of_cell(cell: &Cell, series: &[(&Series, &Questions)], names: &Names, settings: Settings) -> Vec<SummaryRow> {
    let columns: Vec<_> = series.iter().map(|(_, questions)| questions.values(names)).collect();
    let mut rows: Vec<SummaryRow> =
        series.iter().map(|(series, questions)| empty_row(cell, series, questions, settings)).collect();
    for panel in panels(&columns) {
        let intervals = intervals(&panel, settings);
        for (column, &position) in panel.columns.iter().enumerate() {
            rows[position].value = finite(panel.mean(column));
            rows[position].ci_low = intervals[column].and_then(|(low, _)| finite(low));
            rows[position].ci_high = intervals[column].and_then(|(_, high)| finite(high));
        }
    }
    rows
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
        }
    }

    fn summary(measurements: &[Measurement], settings: Settings) -> Vec<SummaryRow> {
        let mut collected = Collector::default();
        collected.add(measurements);
        super::summary(&collected, settings)
    }

    const SETTINGS: Settings = Settings { level: 0.95, resamples: 1000, seed: 7 };

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
