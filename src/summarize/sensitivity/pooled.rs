//! Means over all pairs of all questions together, with standard errors clustered by question: what a table gives that does not
//! say how it averages.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernels::clustered::{self, Cluster};
use crate::kernels::distributions::{t_quantile, t_two_sided};
use crate::model::{Cell, ContrastRow, PairColumn, PairTable, SummaryRow};
use crate::summarize::Settings;
use crate::summarize::contrasts::families;
use crate::summarize::panel::finite;

type Questions = BTreeMap<Arc<str>, Cluster>;
/// Metric and space.
type Series = (Arc<str>, Arc<str>);

/// Question by question the sum over its pairs and how many they are.
#[derive(Debug, Default)]
pub(super) struct Pooled {
    cells: BTreeMap<Cell, BTreeMap<Series, Questions>>,
}

impl Pooled {
    pub(super) fn add(&mut self, table: &PairTable, column: &PairColumn) {
        let series = (Arc::from(column.metric), Arc::clone(&column.space));
        let questions = self.cells.entry(Cell::of(&table.key)).or_default().entry(series).or_default();
        let cluster = questions.entry(Arc::from(table.key.question_id.as_str())).or_default();
        for value in (0..table.pairs.len()).filter_map(|pair| column.values.number(pair)) {
            cluster.0 += value;
            cluster.1 += 1.0;
        }
    }

    /// The means, and the contrasts between modes over the questions that both have.
    pub(super) fn rows(&self, settings: Settings) -> (Vec<SummaryRow>, Vec<ContrastRow>) {
        let mut means = Vec::new();
        for (cell, series) in &self.cells {
            means.extend(series.iter().filter_map(|(series, questions)| mean_row(cell, series, questions, settings)));
        }
        let mut contrasts: Vec<ContrastRow> = Vec::new();
        for (a, of_a) in &self.cells {
            for (b, of_b) in self.cells.iter().filter(|(b, _)| is_pair(a, b)) {
                let rows = of_a.iter().filter_map(|(series, a_questions)| {
                    contrast_row((a, a_questions), (b, of_b.get(series)?), series, settings)
                });
                contrasts.extend(rows);
            }
        }
        families::adjust(&mut contrasts);
        (means, contrasts)
    }
}

/// The same order of modes as in `contrasts`.
fn is_pair(a: &Cell, b: &Cell) -> bool {
    let same = (&a.dataset, &a.domain, &a.model) == (&b.dataset, &b.domain, &b.model);
    same && a.mode_order() < b.mode_order()
}

fn mean_row(cell: &Cell, (metric, space): &Series, questions: &Questions, settings: Settings) -> Option<SummaryRow> {
    let clusters: Vec<Cluster> = questions.values().copied().filter(|(_, n)| *n > 0.0).collect();
    let value = clustered::mean(&clusters).and_then(finite)?;
    let error = clustered::standard_error(&clustered::pulls(&clusters)).and_then(finite);
    let half = half(error, clusters.len(), settings);
    Some(SummaryRow {
        cell: cell.clone(),
        metric: metric.to_string(),
        space: space.to_string(),
        value: Some(value),
        ci_low: half.map(|half| value - half),
        ci_high: half.map(|half| value + half),
        ci_level: settings.level,
        n_questions: clusters.len(),
        n_groups: 0,
        n_missing: 0,
        std_error: error,
        std_error_samples: None,
        ci_method: "t".to_owned(),
        ci_mc_error: None,
        ci_note: None,
    })
}

fn half(error: Option<f64>, n_clusters: usize, settings: Settings) -> Option<f64> {
    Some(t_quantile(f64::midpoint(1.0, settings.level), n_clusters as f64 - 1.0)? * error?)
}

fn contrast_row(
    (a, of_a): (&Cell, &Questions),
    (b, of_b): (&Cell, &Questions),
    (metric, space): &Series,
    settings: Settings,
) -> Option<ContrastRow> {
    let shared: Vec<(Cluster, Cluster)> = of_a
        .iter()
        .filter_map(|(question, a)| Some((*a, *of_b.get(question)?)))
        .filter(|(a, b)| a.1 > 0.0 && b.1 > 0.0)
        .collect();
    let (a_clusters, b_clusters): (Vec<Cluster>, Vec<Cluster>) = shared.into_iter().unzip();
    let value_a = clustered::mean(&a_clusters)?;
    let value_b = clustered::mean(&b_clusters)?;
    let difference = finite(value_a - value_b)?;
    // A question pulls on both means at once.
    let pulls: Vec<f64> =
        clustered::pulls(&a_clusters).into_iter().zip(clustered::pulls(&b_clusters)).map(|(a, b)| a - b).collect();
    let error = clustered::standard_error(&pulls).and_then(finite);
    let half = half(error, pulls.len(), settings);
    let t = error.filter(|error| *error > 0.0).map(|error| difference / error);
    Some(ContrastRow {
        dataset: a.dataset.clone(),
        domain: a.domain.clone(),
        model: a.model.clone(),
        mode_a: a.mode.clone(),
        mode_b: b.mode.clone(),
        feedback_a: a.feedback.clone(),
        feedback_b: b.feedback.clone(),
        metric: metric.to_string(),
        space: space.to_string(),
        difference: Some(difference),
        ci_low: half.map(|half| difference - half),
        ci_high: half.map(|half| difference + half),
        p_value: t.and_then(|t| t_two_sided(t, pulls.len() as f64 - 1.0)),
        n_questions: pulls.len(),
        family: format!("{metric} in {space}"),
        ..ContrastRow::default()
    })
}
