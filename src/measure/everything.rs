//! Everything about one group: a group and what is asked of it go in, its pairs, its values and its rounds come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::geometry::{Clusters, clusters};
use super::subset::{Subset, expectation};
use super::{Asked, Compares, Inputs, Lineage, Measure, MeasureError, Metric, Rarefied, View};
use crate::kernels::bounds::standard_error;
use crate::kernels::jackknife;
use crate::kernels::mean::mean;
use crate::kernels::quantile::quantile;
use crate::kernels::triangle;
use crate::model::{
    Gate, Group, Measurement, Missing, PairColumn, PairTable, PairValues, RoundMeasurement, Sample, Statistic,
};

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

/// Why there is no number where the arithmetic left the numbers.
const NOT_FINITE: &str = "its value is not a finite number";
/// Why what is said of draws is not said of chains.
const NO_FREE_DRAWS: &str = "its samples saw one another: they are no free draws";

/// Measures one group.
///
/// The group's value is the mean over its samples or pairs that have a value, or the statistic that was asked for; the
/// number of a set; or the mean over its lineages of what a chain metric says of each. Groups that are no chains have no row of
/// chain metrics.
///
/// A round's value is, for metrics of samples, the mean over the group's samples of that round (for parallel draws: of
/// that draw number); for metrics of pairs, and in lineages only, the mean over the pairs that lie one step apart, which is
/// told of the later round; for metrics of steps, the mean over the lineages. A round whose predecessor is absent has
/// no pair value. The same inputs give the same bits on any number of threads.
///
/// # Errors
/// When group, samples and vectors do not belong together.
pub fn measure_group(group: &Group, inputs: &Inputs<'_>, asked: &[Asked]) -> Result<GroupResult, MeasureError> {
    measure_view(&View::new(group, *inputs)?, asked)
}

/// The same, with the clusters of the members for each embedder: those that `clusters_complete` counts. What metrics and clusters
/// look at alike is computed once.
///
/// # Errors
/// As for [`measure_group`].
pub fn measure_and_cluster(
    group: &Group,
    inputs: &Inputs<'_>,
    asked: &[Asked],
) -> Result<(GroupResult, Clusters), MeasureError> {
    let view = View::new(group, *inputs)?;
    Ok((measure_view(&view, asked)?, clusters(&view)?))
}

fn measure_view(view: &View<'_>, asked: &[Asked]) -> Result<GroupResult, MeasureError> {
    let group = view.group();
    let mut book =
        Book { view, computed: Vec::new(), columns: Vec::new(), measurements: Vec::new(), rounds: Vec::new() };
    for asked in asked {
        book.measure(asked)?;
    }
    let Book { columns, measurements, rounds, .. } = book;
    let pairs = (group.members.len() >= 2).then(|| PairTable {
        key: Arc::clone(&group.key),
        pairs: view.pairs().to_vec(),
        columns,
        lineages: view.places().to_vec(),
    });
    Ok(GroupResult { pairs, measurements, rounds })
}

/// The values of the pair metrics that were asked for, and nothing else; what [`super::measure_across`] is made of.
pub(super) fn pair_columns(view: &View<'_>, metric: &Metric) -> Result<Vec<PairColumn>, MeasureError> {
    match metric.measure {
        Measure::Pair { columns, .. } => columns(view),
        _ => Ok(Vec::new()),
    }
}

/// One group's numbers as they come in.
struct Book<'s, 'v> {
    view: &'s View<'v>,
    /// Pair metrics whose columns are there.
    computed: Vec<&'static str>,
    columns: Vec<PairColumn>,
    measurements: Vec<Measurement>,
    rounds: Vec<RoundMeasurement>,
}

impl Book<'_, '_> {
    fn measure(&mut self, asked: &Asked) -> Result<(), MeasureError> {
        match asked.metric.measure {
            Measure::Sample { space, needs, value } => self.samples(asked, space, needs, value),
            Measure::Pair { compares, .. } => self.pairs(asked, compares)?,
            Measure::Set { compares, lacks, at_least, value, rarefied } => {
                self.set(asked, compares, &Definition { lacks, at_least, value, rarefied })?;
            }
            Measure::Draws { compares, at_least, value } => self.draws(asked, compares, at_least, value)?,
            Measure::Step { compares, lacks, values } => self.steps(asked, compares, lacks, values)?,
            Measure::Chain { compares, lacks, value } => self.chain(asked, compares, lacks, value)?,
        }
        Ok(())
    }

    fn samples(&mut self, asked: &Asked, space: &'static str, needs: &'static str, value: fn(&Sample) -> Option<f64>) {
        let samples = self.view.samples();
        let values: Vec<Option<f64>> = samples.iter().map(|sample| value(sample)).collect();
        let present = (0..values.len()).filter(|&member| values[member].is_some()).collect();
        let part = self.take_part(asked, present, 1, needs);
        let space = Arc::from(space);
        let present: Vec<f64> = part.members.iter().filter_map(|&member| values[member]).collect();
        let error = self.of_draws(asked).then(|| standard_error(&present)).flatten();
        let result = part.lacks.map_or_else(|| statistic(asked.statistic, present).ok_or(Missing::NoValue(needs)), Err);
        self.push(asked, &space, (part.members.len(), None), result.map(|value| (value, error)));
        if asked.is_plain() {
            let by_round = samples.iter().zip(&values).filter_map(|(sample, value)| Some((sample.round, (*value)?)));
            self.push_rounds(asked, &space, by_round.collect());
        }
    }

    fn pairs(&mut self, asked: &Asked, compares: Compares) -> Result<(), MeasureError> {
        let name = asked.metric.card.name;
        if !self.computed.contains(&name) {
            self.computed.push(name);
            for column in pair_columns(self.view, asked.metric)? {
                // A metric may bring columns of another one, which may be asked for as well: each comes once.
                if !self.columns.iter().any(|other| other.metric == column.metric && other.space == column.space) {
                    self.columns.push(column);
                }
            }
        }
        let needs = compares.needs(self.view.selection());
        for place in 0..self.columns.len() {
            if self.columns[place].metric != name {
                continue;
            }
            let space = Arc::clone(&self.columns[place].space);
            let present = self.view.members_with(compares, self.view.embedder_named(&space))?;
            let part = self.take_part(asked, present, 2, needs);
            let values = &self.columns[place].values;
            let (n_pairs, result) = self.pair_value(asked, values, &part, needs)?;
            let error = self.of_draws(asked).then(|| self.pair_error(values, &part)).flatten();
            self.push(asked, &space, (part.members.len(), Some(n_pairs)), result.map(|value| (value, error)));
            if asked.is_plain() {
                let steps = self.pair_rounds(&self.columns[place].values);
                self.push_rounds(asked, &space, steps);
            }
        }
        Ok(())
    }

    /// The number of pairs, and the group's value.
    fn pair_value(
        &self,
        asked: &Asked,
        values: &PairValues,
        part: &Part,
        needs: &'static str,
    ) -> Result<(usize, Result<f64, Missing>), MeasureError> {
        let set = Subset { view: self.view, members: &part.members, embedder: None };
        let numbers = |set: &Subset<'_, '_>| set.pairs().filter_map(|pair| values.number(pair)).collect::<Vec<f64>>();
        let all = numbers(&set);
        let n_pairs = all.len();
        if let Some(lacks) = &part.lacks {
            return Ok((n_pairs, Err(lacks.clone())));
        }
        let value = match asked.at {
            // The mean over pairs has the same expectation for any number of samples.
            Some(k) if asked.statistic != Statistic::Mean => {
                expectation(&set, k, |subset| Ok(statistic(asked.statistic, numbers(subset))))?
            }
            _ => statistic(asked.statistic, all),
        };
        Ok((n_pairs, value.ok_or(Missing::FewerThan(2, needs))))
    }

    /// Whether a mean is asked for, of draws that saw nothing of each other: only then can one be left out at a time.
    fn of_draws(&self, asked: &Asked) -> bool {
        asked.statistic == Statistic::Mean && self.view.lineages().is_empty()
    }

    fn pair_error(&self, values: &PairValues, Part { members, .. }: &Part) -> Option<f64> {
        let n = self.view.samples().len();
        let places: Vec<usize> =
            triangle::pairs(members.len()).map(|(a, b)| triangle::index(n, members[a], members[b])).collect();
        jackknife::of_pairs(members.len(), |pair| values.number(places[pair]))
    }

    /// Lineage by lineage, the mean over the pairs that lie one step apart, told of the later round.
    fn pair_rounds(&self, values: &PairValues) -> Vec<(i64, f64)> {
        let samples = self.view.samples();
        let mut told = Vec::new();
        for places in self.view.places() {
            let mut by_round: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
            for (at, before) in places.iter().enumerate() {
                for after in places[at + 1..].iter().filter(|after| after.steps - before.steps == 1) {
                    let pair = triangle::index(samples.len(), before.member, after.member);
                    if let Some(value) = values.number(pair) {
                        by_round.entry(samples[after.member].round).or_default().push(value);
                    }
                }
            }
            told.extend(by_round.into_iter().filter_map(|(round, values)| Some((round, mean(values)?))));
        }
        told
    }

    fn set(&mut self, asked: &Asked, compares: Compares, definition: &Definition) -> Result<(), MeasureError> {
        let needs = compares.needs(self.view.selection());
        for (space, embedder) in self.view.spaces(compares) {
            let present = self.view.members_with(compares, embedder)?;
            let part = self.take_part(asked, present, definition.at_least, needs);
            let result = if let Some(lacks) = part.lacks {
                Err(lacks)
            } else {
                let set = Subset { view: self.view, members: &part.members, embedder };
                definition.value_of(&set, asked.at)?.ok_or(Missing::Undefined(definition.lacks))
            };
            self.push(asked, &space, (part.members.len(), None), result.map(|value| (value, None)));
        }
        Ok(())
    }

    fn draws(
        &mut self,
        asked: &Asked,
        compares: Compares,
        at_least: usize,
        value: fn(&Subset<'_, '_>) -> Result<Result<f64, &'static str>, MeasureError>,
    ) -> Result<(), MeasureError> {
        for (space, embedder) in self.view.spaces(compares) {
            let present = self.view.members_with(compares, embedder)?;
            let part = self.take_part(asked, present, at_least, compares.needs(self.view.selection()));
            let result = match part.lacks {
                Some(lacks) => Err(lacks),
                None if !self.view.lineages().is_empty() => Err(Missing::Undefined(NO_FREE_DRAWS)),
                None => {
                    let set = Subset { view: self.view, members: &part.members, embedder };
                    value(&set)?.map_err(Missing::Undefined)
                }
            };
            self.push(asked, &space, (part.members.len(), None), result.map(|value| (value, None)));
        }
        Ok(())
    }

    fn steps(
        &mut self,
        asked: &Asked,
        compares: Compares,
        lacks: &'static str,
        values: fn(&Lineage<'_, '_>) -> Result<Vec<Option<f64>>, MeasureError>,
    ) -> Result<(), MeasureError> {
        if self.view.lineages().is_empty() {
            return Ok(());
        }
        for (space, embedder) in self.view.spaces(compares) {
            let mut by_round = Vec::new();
            let mut of_lineages = Vec::new();
            for members in self.view.lineages() {
                let lineage = Lineage { view: self.view, members, embedder };
                let values = values(&lineage)?;
                let told = lineage.samples().zip(&values);
                by_round.extend(told.filter_map(|(sample, value)| Some((sample.round, (*value)?))));
                of_lineages.extend(statistic(asked.statistic, values.into_iter().flatten().collect()));
            }
            let n_samples = self.view.members_with(compares, embedder)?.len();
            let value = mean(of_lineages).ok_or(self.lacking(lacks));
            self.push(asked, &space, (n_samples, None), value.map(|value| (value, None)));
            if asked.is_plain() {
                self.push_rounds(asked, &space, by_round);
            }
        }
        Ok(())
    }

    fn chain(
        &mut self,
        asked: &Asked,
        compares: Compares,
        lacks: &'static str,
        value: fn(&Lineage<'_, '_>) -> Result<Option<f64>, MeasureError>,
    ) -> Result<(), MeasureError> {
        if self.view.lineages().is_empty() {
            return Ok(());
        }
        for (space, embedder) in self.view.spaces(compares) {
            let mut values = Vec::new();
            for members in self.view.lineages() {
                values.extend(value(&Lineage { view: self.view, members, embedder })?);
            }
            let n_samples = self.view.members_with(compares, embedder)?.len();
            let value = mean(values).ok_or(self.lacking(lacks));
            self.push(asked, &space, (n_samples, None), value.map(|value| (value, None)));
        }
        Ok(())
    }

    fn lacking(&self, lacks: &'static str) -> Missing {
        if self.view.samples().len() < 2 { Missing::FewerThanTwoSamples } else { Missing::Undefined(lacks) }
    }

    /// Who of those that have what is measured takes part, and what is lacking if they are too few.
    fn take_part(&self, asked: &Asked, mut members: Vec<usize>, least: usize, needs: &'static str) -> Part {
        let samples = self.view.samples();
        let correct_only = asked.gate == Gate::Correct;
        if correct_only && samples.iter().all(|sample| sample.correct.is_none()) {
            return Part { members: Vec::new(), lacks: Some(Missing::NoValue("correct")) };
        }
        if correct_only {
            members.retain(|&member| samples[member].correct == Some(true));
        }
        let least = asked.at.map_or(least, |k| k.max(least));
        let lacks = (members.len() < least).then_some(match least {
            _ if correct_only => Missing::FewerCorrect(least, needs),
            1 => Missing::NoValue(needs),
            2 if samples.len() < 2 => Missing::FewerThanTwoSamples,
            _ => Missing::FewerThan(least, needs),
        });
        Part { members, lacks }
    }

    fn push(
        &mut self,
        asked: &Asked,
        space: &Arc<str>,
        (n_samples, n_pairs): (usize, Option<usize>),
        value: Result<(f64, Option<f64>), Missing>,
    ) {
        let std_error = value.as_ref().ok().and_then(|(_, error)| *error).filter(|error| error.is_finite());
        // Finite numbers can have a sum that is not.
        let is_number = |(value, _): (f64, Option<f64>)| {
            if value.is_finite() { Ok(value) } else { Err(Missing::Undefined(NOT_FINITE)) }
        };
        self.measurements.push(Measurement {
            key: Arc::clone(&self.view.group().key),
            metric: Arc::clone(&asked.name),
            space: Arc::clone(space),
            n_samples,
            n_pairs,
            value: value.and_then(is_number),
            std_error,
        });
    }

    fn push_rounds(&mut self, asked: &Asked, space: &Arc<str>, values: Vec<(i64, f64)>) {
        let mut by_round: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (round, value) in values {
            by_round.entry(round).or_default().push(value);
        }
        self.rounds.extend(by_round.into_iter().filter_map(|(round, values)| {
            Some(RoundMeasurement {
                key: Arc::clone(&self.view.group().key),
                round,
                metric: Arc::clone(&asked.name),
                space: Arc::clone(space),
                value: mean(values).filter(|value| value.is_finite())?,
            })
        }));
    }
}

/// Members that take part, and why they give no number.
struct Part {
    members: Vec<usize>,
    lacks: Option<Missing>,
}

/// How a set metric is computed.
struct Definition {
    lacks: &'static str,
    at_least: usize,
    value: fn(&Subset<'_, '_>) -> Result<Option<f64>, MeasureError>,
    rarefied: Rarefied,
}

impl Definition {
    fn value_of(&self, set: &Subset<'_, '_>, at: Option<usize>) -> Result<Option<f64>, MeasureError> {
        match (at, self.rarefied) {
            (None, _) | (_, Rarefied::Unbiased) => (self.value)(set),
            (Some(k), Rarefied::Exact(at)) => at(set, k),
            (Some(k), Rarefied::Subsets) => expectation(set, k, self.value),
        }
    }
}

fn statistic(statistic: Statistic, mut values: Vec<f64>) -> Option<f64> {
    if statistic == Statistic::Mean {
        return mean(values);
    }
    values.sort_by(f64::total_cmp);
    let share = match statistic {
        Statistic::Min | Statistic::Mean => 0.0,
        Statistic::Max => 1.0,
        Statistic::Percentile(percent) => f64::from(percent) / 100.0,
    };
    quantile(&values, share)
}
