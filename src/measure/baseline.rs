//! How alike solutions to different questions are: all samples and vectors go in, a level for each model and embedder
//! comes out, which similarities can be held against.

use std::collections::BTreeMap;

use crate::model::{Group, GroupKey, Sample, Vectors};

/// Dataset, domain and model; the level is common to its modes, so that their differences stay differences.
type Whose = (String, String, String);

/// The mean cosine of solutions to different questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baselines {
    /// For each embedder.
    levels: Vec<BTreeMap<Whose, f64>>,
}

impl Baselines {
    /// Computes the levels.
    ///
    /// For question q let `u_q` be the mean of its samples' unit vectors. The mean over all pairs of different questions,
    /// each pair of questions with one vote, is `(|Σ u_q|² − Σ |u_q|²) / (Q (Q − 1))`: linear in the number of samples.
    #[must_use]
    pub fn new(samples: &[Sample], groups: &[Group], vectors: &[Vectors]) -> Self {
        let levels = vectors.iter().map(|vectors| levels(samples, groups, vectors)).collect();
        Baselines { levels }
    }

    /// The level that a group is held against; `None` with fewer than two questions.
    #[must_use]
    pub fn level(&self, embedder: usize, key: &GroupKey) -> Option<f64> {
        self.levels.get(embedder)?.get(&whose(key)).copied()
    }
}

fn whose(key: &GroupKey) -> Whose {
    (key.dataset.clone(), key.domain.clone(), key.model.clone())
}

/// Questions of one model: the sum of unit vectors and their number.
type Sums<'a> = BTreeMap<&'a str, (Vec<f64>, usize)>;

fn levels(samples: &[Sample], groups: &[Group], vectors: &Vectors) -> BTreeMap<Whose, f64> {
    let mut by_model: BTreeMap<Whose, Sums<'_>> = BTreeMap::new();
    for group in groups {
        let questions = by_model.entry(whose(&group.key)).or_default();
        for &member in &group.members {
            let Some(vector) = vectors.of(member).filter(|vector| vector.iter().all(|x| x.is_finite())) else {
                continue;
            };
            let norm = vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            if norm == 0.0 {
                continue;
            }
            let (sum, n) = questions
                .entry(samples[member].key.question_id.as_str())
                .or_insert_with(|| (vec![0.0; vector.len()], 0));
            for (total, &x) in sum.iter_mut().zip(vector) {
                *total += f64::from(x) / norm;
            }
            *n += 1;
        }
    }
    by_model.into_iter().filter_map(|(whose, questions)| Some((whose, between(&questions)?))).collect()
}

fn between(questions: &Sums<'_>) -> Option<f64> {
    let n = questions.len() as f64;
    let mut total: Vec<f64> = Vec::new();
    let mut own = 0.0;
    for (sum, n_samples) in questions.values() {
        total.resize(sum.len(), 0.0);
        for (total, x) in total.iter_mut().zip(sum) {
            let mean = x / *n_samples as f64;
            *total += mean;
            own += mean * mean;
        }
    }
    let all: f64 = total.iter().map(|x| x * x).sum();
    (questions.len() >= 2).then(|| (all - own) / (n * (n - 1.0)))
}
