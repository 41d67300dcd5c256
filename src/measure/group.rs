//! Everything about one group: a group and the metrics that are asked for go in, its pairs, its values and its rounds
//! come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Compares, Inputs, Measure, MeasureError, Metric, View};
use crate::kernels::mean::mean;
use crate::model::{Group, Measurement, Missing, Pair, PairColumn, PairTable, RoundMeasurement, Sample};

/// What was measured on one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupResult {
    /// The values of all pairs; `None` when the group has fewer than two members.
    pub pairs: Option<PairTable>,
    /// One for each metric and space, in the order in which the metrics were asked for.
    pub measurements: Vec<Measurement>,
    /// Round by round, in the same order; rounds without a value are left out.
    pub rounds: Vec<RoundMeasurement>,
}

/// Measures one group.
///
/// The group's value is the mean over its samples or pairs that have a value. A round's value is, for metrics of
/// samples, the mean over the group's samples of that round (for parallel draws: of that draw number); for metrics
/// of pairs, and in chains only, the mean over the pairs of round t − 1 with round t, which is told of round t. A round
/// whose predecessor is absent has no such value. The same inputs give the same bits on any number of threads.
///
/// # Errors
/// When group, samples and vectors do not belong together.
pub fn measure_group(
    group: &Group,
    inputs: &Inputs<'_>,
    metrics: &[&'static Metric],
) -> Result<GroupResult, MeasureError> {
    let view = View::new(group, *inputs)?;
    let mut table: Vec<PairColumn> = Vec::new();
    let mut measurements = Vec::new();
    let mut rounds = Vec::new();
    for metric in metrics {
        match metric.measure {
            Measure::Sample { space, needs, value } => {
                let about = About { group, metric, space: Arc::from(space) };
                let values: Vec<Option<f64>> =
                    view.samples().iter().map(|sample| value(sample).map(|v| v as f64)).collect();
                measurements.push(about.samples(&values, needs));
                rounds.extend(about.sample_rounds(view.samples(), &values));
            }
            Measure::Pair { compares, columns, .. } => {
                for column in columns(&view)? {
                    if column.metric == metric.card.name {
                        let about = About { group, metric, space: Arc::clone(&column.space) };
                        measurements.push(about.pairs(&view, &column, compares)?);
                        rounds.extend(about.pair_rounds(&view, &column));
                    }
                    add_column(&mut table, column);
                }
            }
        }
    }
    let pairs = (group.members.len() >= 2).then(|| PairTable {
        key: Arc::clone(&group.key),
        pairs: view.pairs().to_vec(),
        columns: table,
    });
    Ok(GroupResult { pairs, measurements, rounds })
}

/// A metric may bring columns of another one, which may be asked for as well: each column comes once.
fn add_column(table: &mut Vec<PairColumn>, column: PairColumn) {
    if !table.iter().any(|other| other.metric == column.metric && other.space == column.space) {
        table.push(column);
    }
}

/// What a number is about.
struct About<'a> {
    group: &'a Group,
    metric: &'static Metric,
    space: Arc<str>,
}

impl About<'_> {
    fn samples(&self, values: &[Option<f64>], needs: &'static str) -> Measurement {
        let n_samples = values.iter().flatten().count();
        let value = mean(values.iter().flatten().copied()).ok_or(Missing::NoValue(needs));
        self.measurement(n_samples, None, value)
    }

    /// `n_samples` counts those that have what is compared, also where they find no partner.
    fn pairs(&self, view: &View<'_>, column: &PairColumn, compares: Compares) -> Result<Measurement, MeasureError> {
        let needs = compares.needs(view.selection());
        let n_samples = view.present(compares, &column.space)?;
        let values: Vec<f64> = (0..view.pairs().len()).filter_map(|index| column.values.number(index)).collect();
        let n_pairs = Some(values.len());
        let value = mean(values).ok_or(if view.samples().len() < 2 {
            Missing::FewerThanTwoSamples
        } else {
            Missing::FewerThanTwoTexts(needs)
        });
        Ok(self.measurement(n_samples, n_pairs, value))
    }

    fn sample_rounds(&self, samples: &[&Sample], values: &[Option<f64>]) -> Vec<RoundMeasurement> {
        let with_value = samples.iter().zip(values).filter_map(|(sample, value)| Some((sample.round, (*value)?)));
        self.rounds(with_value)
    }

    fn pair_rounds(&self, view: &View<'_>, column: &PairColumn) -> Vec<RoundMeasurement> {
        if self.group.key.chain.is_none() {
            return Vec::new();
        }
        let step = |(index, pair): (usize, &Pair)| {
            let (before, round) = (view.samples()[pair.a].round, view.samples()[pair.b].round);
            if round.checked_sub(before) == Some(1) { Some((round, column.values.number(index)?)) } else { None }
        };
        self.rounds(view.pairs().iter().enumerate().filter_map(step))
    }

    fn rounds(&self, values: impl Iterator<Item = (i64, f64)>) -> Vec<RoundMeasurement> {
        let mut by_round: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (round, value) in values {
            by_round.entry(round).or_default().push(value);
        }
        let measured = |(round, values): (i64, Vec<f64>)| {
            Some(RoundMeasurement {
                key: Arc::clone(&self.group.key),
                round,
                metric: self.metric.card.name,
                space: Arc::clone(&self.space),
                value: mean(values)?,
            })
        };
        by_round.into_iter().filter_map(measured).collect()
    }

    fn measurement(&self, n_samples: usize, n_pairs: Option<usize>, value: Result<f64, Missing>) -> Measurement {
        Measurement {
            key: Arc::clone(&self.group.key),
            metric: self.metric.card.name,
            space: Arc::clone(&self.space),
            n_samples,
            n_pairs,
            value,
        }
    }
}
