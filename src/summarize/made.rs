//! Numbers of groups, made up for tests.

use std::sync::Arc;

use super::panel::Collector;
use crate::kernels::triangle;
use crate::model::{GroupKey, Measurement, Missing, Pair, PairColumn, PairTable, PairValues, Place};

/// A group of the model `m` on the data set `d`.
pub(super) fn key(mode: &str, question: &str) -> GroupKey {
    GroupKey {
        dataset: "d".into(),
        domain: "math".into(),
        model: "m".into(),
        mode: mode.into(),
        feedback: None,
        question_id: question.into(),
        chain: None,
    }
}

pub(super) fn measured(key: GroupKey, metric: &str, value: Result<f64, Missing>) -> Measurement {
    Measurement {
        key: Arc::new(key),
        metric: metric.into(),
        space: "s".into(),
        n_samples: 2,
        n_pairs: Some(1),
        value,
        std_error: None,
    }
}

/// `cosine` of some modes on the questions q00, q01, …; none where a mode has no group.
pub(super) fn collected(modes: &[(&str, &[Option<f64>])]) -> Collector {
    let mut collected = Collector::default();
    for (mode, values) in modes {
        for (question, value) in values.iter().enumerate() {
            if let Some(value) = value {
                collected.add(&[measured(key(mode, &format!("q{question:02}")), "cosine", Ok(*value))]);
            }
        }
    }
    collected
}

/// The cosines of a group's pairs, of a chain where it `is_chain`.
pub(super) fn table(key: GroupKey, n: usize, is_chain: bool, values: &[f64]) -> PairTable {
    let values = PairValues::Float(values.iter().map(|value| Some(*value)).collect());
    let places = (0..n).zip(0..).map(|(member, steps)| Place { member, steps }).collect();
    PairTable {
        key: Arc::new(key),
        pairs: triangle::pairs(n).map(|(a, b)| Pair { a, b }).collect(),
        columns: vec![PairColumn { metric: "cosine", space: "s".into(), values }],
        lineages: if is_chain { vec![places] } else { Vec::new() },
    }
}
