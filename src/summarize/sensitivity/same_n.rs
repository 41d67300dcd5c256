//! The same number of samples on both sides: chains cut to the fewest rounds that any mode has on the question.
//!
//! A mean over pairs of independent draws has the same expectation for any number of them, so that draws keep their value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Pairs, SAME_N, under};
use crate::model::{GroupKey, Measurement, PairColumn, PairTable};
use crate::summarize::panel::Collector;

/// Dataset, domain, model, question, metric and space.
type Place = ([String; 4], Arc<str>, Arc<str>);

/// A group, and its value for every number of samples from 2 on; draws have one for all.
#[derive(Debug)]
struct Cut {
    key: Arc<GroupKey>,
    n: usize,
    values: Vec<Option<f64>>,
}

/// Collects groups until all of a question are known.
#[derive(Debug, Default)]
pub(super) struct SameN(BTreeMap<Place, Vec<Cut>>);

impl SameN {
    pub(super) fn add(&mut self, table: &PairTable, column: &PairColumn, pairs: &Pairs<'_>) {
        // Samples without a value take no part, whatever the group's size.
        let n = pairs.paired().len();
        if n < 2 {
            return;
        }
        let sizes = if table.lineages.is_empty() { n..=n } else { 2..=n };
        let values = sizes.map(|n| pairs.of_first(n)).collect();
        let GroupKey { dataset, domain, model, question_id, .. } = &*table.key;
        let question = [dataset, domain, model, question_id].map(Clone::clone);
        let place = (question, Arc::from(column.metric), Arc::clone(&column.space));
        self.0.entry(place).or_default().push(Cut { key: Arc::clone(&table.key), n, values });
    }

    /// Every group at its question's fewest.
    pub(super) fn collected(&self) -> Collector {
        let mut collected = Collector::default();
        for ((_, metric, space), cuts) in &self.0 {
            let fewest = cuts.iter().map(|cut| cut.n).min().unwrap_or(0);
            for cut in cuts {
                let place = if cut.values.len() == 1 { 0 } else { fewest - 2 };
                let Some(value) = cut.values.get(place).copied().flatten().filter(|value| value.is_finite()) else {
                    continue;
                };
                collected.add(&[Measurement {
                    key: Arc::clone(&cut.key),
                    metric: under(SAME_N.0, SAME_N.1, metric),
                    space: Arc::clone(space),
                    n_samples: fewest,
                    n_pairs: None,
                    value: Ok(value),
                    std_error: None,
                }]);
            }
        }
        collected
    }
}
