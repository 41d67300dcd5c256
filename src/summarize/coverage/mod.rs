//! How often the intervals are right: data whose truth is known go in, as measured numbers do; how often the truth lies
//! inside, and how often a test finds what is not there, come out.
//!
//! `cargo test --release -- --ignored coverage` makes the tables of METHODOLOGY.md, section 6. Data sets over the same
//! questions are metrics of one collector, and so share the draws of a panel; every batch has questions of its own.

mod synthetic;
mod tests;

use std::ops::Range;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::synthetic::{Kind, Set};
use super::made::key;
use super::{Collector, Contrast, Settings, contrasts, summary};
use crate::kernels::bounds;
use crate::kernels::streams::stream;
use crate::model::{ContrastRow, GroupKey, Measurement, Target};

/// Data sets that share draws.
const BATCH: usize = 500;
/// Root of the streams of the data; that of the draws is in the settings.
const SEED: u64 = 2026;

/// How many intervals held the truth, and on which side the others missed it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    n: usize,
    /// Intervals that lie too low.
    low: usize,
    /// Intervals that lie too high.
    high: usize,
}

impl Count {
    fn add(&mut self, (low, high): (f64, f64), truth: f64) {
        self.n += 1;
        self.low += usize::from(high < truth);
        self.high += usize::from(low > truth);
    }

    fn covered(self) -> f64 {
        100.0 * (self.n - self.low - self.high) as f64 / self.n as f64
    }

    /// Its coverage and its misses, in percent.
    fn cell(self) -> String {
        let share = |n: usize| 100.0 * n as f64 / self.n as f64;
        if self.n == 0 {
            return "–".to_owned();
        }
        format!("{:.1} ({:.1} + {:.1})", self.covered(), share(self.low), share(self.high))
    }
}

/// Ways to an interval of a mean over questions: ours; all groups taken as independent; all that groups are made of (pairs,
/// samples) taken as independent.
const WAYS: [&str; 6] = ["percentile", "bca", "bca_expanded", "t", "naive: groups", "naive: pairs, samples"];
const RECOMMENDED: usize = 2;
const NAIVE_GROUPS: usize = 4;
const NAIVE_UNITS: usize = 5;

/// What the intervals of `n_sets` data sets held, way by way.
fn coverage(kind: &Kind, n_questions: usize, n_sets: usize, settings: Settings) -> [Count; WAYS.len()] {
    let intervals: Vec<(usize, (f64, f64))> =
        batches(n_sets).flat_map_iter(|batch| intervals_of(kind, n_questions, batch, settings)).collect();
    let mut counts = [Count::default(); WAYS.len()];
    for (way, ends) in intervals {
        counts[way].add(ends, kind.mean);
    }
    counts
}

fn batches(n_sets: usize) -> impl ParallelIterator<Item = Range<usize>> {
    (0..n_sets.div_ceil(BATCH)).into_par_iter().map(move |batch| batch * BATCH..n_sets.min((batch + 1) * BATCH))
}

/// Intervals with their way.
fn intervals_of(kind: &Kind, n_questions: usize, batch: Range<usize>, settings: Settings) -> Vec<(usize, (f64, f64))> {
    let name = format!("{} {n_questions}", kind.name);
    let mut intervals = Vec::new();
    let mut sets = Vec::new();
    for number in batch.clone() {
        let (set, units) = kind.draw(n_questions, &mut stream(SEED, "coverage", &name, number));
        intervals.extend(naive(&set.concat()).map(|ends| (NAIVE_GROUPS, ends)));
        intervals.extend(naive(&units).map(|ends| (NAIVE_UNITS, ends)));
        sets.push(set);
    }
    let (_, rows) = summary(&collected(&[("markov", &format!("{name} {}", batch.start), &sets)]), settings);
    for row in rows.iter().filter(|row| row.target == Target::Questions) {
        let way = WAYS.iter().position(|way| *way == row.method).expect("all methods are in the list");
        intervals.extend(row.ci_low.zip(row.ci_high).map(|ends| (way, ends)));
    }
    intervals
}

/// Mean ± 1.96 · sd/√N, as if the numbers were independent.
fn naive(numbers: &[f64]) -> Option<(f64, f64)> {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let half = 1.96 * bounds::standard_error(numbers)?;
    Some((mean - half, mean + half))
}

/// What two modes are drawn by.
type Draw<'a> = &'a (dyn Fn(&mut ChaCha8Rng) -> [Set; 2] + Sync);

/// The contrasts of `n_sets` data sets of two modes.
fn contrasted(name: &str, draw: Draw<'_>, same_questions: bool, n_sets: usize, settings: Settings) -> Vec<ContrastRow> {
    let rows_of = |batch: Range<usize>| {
        let sets = batch.clone().map(|number| draw(&mut stream(SEED, "coverage", name, number)));
        let (a, b): (Vec<Set>, Vec<Set>) = sets.map(|[a, b]| (a, b)).unzip();
        let of_a = format!("{name} {}", batch.start);
        let of_b = if same_questions { of_a.clone() } else { format!("{of_a}, others") };
        let collected = collected(&[("parallel", &of_a, &a), ("markov", &of_b, &b)]);
        contrasts(&collected, &[Contrast::between_modes()], settings)
    };
    batches(n_sets).flat_map_iter(rows_of).collect()
}

/// Modes with the name of their questions and their data sets, which become metrics side by side.
fn collected(modes: &[(&str, &str, &[Set])]) -> Collector {
    let mut collected = Collector::default();
    for (mode, questions, sets) in modes {
        let metrics: Vec<Arc<str>> = (0..sets.len()).map(|number| format!("{number}").into()).collect();
        for (question, groups) in sets[0].iter().enumerate() {
            for chain in 0..groups.len() {
                let question_id = format!("{questions} {question:03}");
                let key = GroupKey { chain: i64::try_from(chain).ok(), ..key(mode, &question_id) };
                let (key, space) = (Arc::new(key), Arc::from("s"));
                let measured = sets.iter().zip(&metrics).map(|(set, metric)| Measurement {
                    key: Arc::clone(&key),
                    metric: Arc::clone(metric),
                    space: Arc::clone(&space),
                    n_samples: 8,
                    n_pairs: None,
                    value: Ok(set[question][chain]),
                    std_error: None,
                });
                collected.add(&measured.collect::<Vec<Measurement>>());
            }
        }
    }
    collected
}

/// The largest distance between the distribution of the numbers and the uniform one: Kolmogorov and Smirnov's.
fn distance_from_uniform(p_values: &[f64]) -> f64 {
    let mut sorted = p_values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(below, p)| (p - below as f64 / n).max((below + 1) as f64 / n - p));
    distances.fold(0.0, f64::max)
}

/// The share of p-values up to a level.
fn share_up_to(level: f64, p_values: &[f64]) -> f64 {
    p_values.iter().filter(|p| **p <= level).count() as f64 / p_values.len() as f64
}
