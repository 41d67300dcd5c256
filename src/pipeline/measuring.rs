//! Groups → numbers, and the `pairs` and `groups` tables on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::exploring::Exploring;
use super::levels::Levels;
use super::spaces::RunContext;
use super::{PipelineError, Step};
use crate::config::Plan;
use crate::measure::{self, Asked, Baselines, GroupResult, Inputs};
use crate::model::{Cell, Group, GroupKey, Measurement, Sample, Vectors};
use crate::render::figures::DRAWN_BY_GROUP;
use crate::store::tables::{GroupsWriter, PairsWriter};
use crate::summarize::{Alternatives, Associations, Collector, PairTally};

/// Groups measured before their pairs are written: bounds what waits in memory.
const GROUPS_AT_ONCE: usize = 256;

/// What measuring gave. Nothing here grows with the number of pairs.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) collected: Collector,
    pub(super) tally: PairTally,
    /// The headline numbers under other choices.
    pub(super) alternatives: Alternatives,
    pub(super) associations: Associations,
    /// The values of single groups that figures draw.
    pub(super) drawn: Vec<Measurement>,
    /// What figures and page show beyond means, while it is collected.
    pub(super) exploring: Exploring,
    pub(super) n_pairs: usize,
    /// What was left out, for the reader.
    pub(super) notes: Vec<String>,
}

/// What is measured, and where it goes group by group.
pub(super) struct Measuring<'a, 'p> {
    pub(super) plan: &'a Plan,
    pub(super) samples: &'a [Sample],
    pub(super) groups: &'a [Group],
    pub(super) vectors: &'a [Vectors],
    /// Of the plan's alternatives, in their order.
    pub(super) others: &'a [Vectors],
    pub(super) pairs: &'p mut PairsWriter,
    pub(super) rows: &'p mut GroupsWriter,
    pub(super) levels: Levels,
}

impl Measuring<'_, '_> {
    /// Measures group by group. Groups run in parallel and are put together in their order.
    pub(super) fn all(mut self, run: &RunContext<'_>) -> Result<Measured, PipelineError> {
        let wanted = self.plan.measure.asked();
        // `pairs` always says which texts and answers are the same: it costs next to nothing.
        let free = ["verbatim", "same_answer"].into_iter().filter_map(measure::metric).map(Asked::plain);
        let exploring = Exploring::new(self.plan, self.samples, self.groups);
        let free = free.chain(exploring.asked().iter().cloned());
        let free: Vec<Asked> = free.filter(|free| !wanted.contains(free)).collect();
        let asked: Vec<Asked> = wanted.iter().chain(&free).cloned().collect();
        let baselines = Baselines::new(self.samples, self.groups, self.vectors);
        let inputs = Inputs {
            seed: self.plan.seed,
            baselines: Some(&baselines),
            language: self.plan.measure.language.as_deref(),
            cluster_distance: self.plan.measure.cluster_distance,
            ..Inputs::new(self.samples, self.plan.measure.text, self.vectors)
        };
        let tally = PairTally::new(self.groups, self.samples);
        let mut measured = Measured { tally, exploring, ..Measured::default() };
        run.progress.begin(Step::Measure, Some(self.groups.len() as u64));
        let mut place = 0;
        for block in self.groups.chunks(GROUPS_AT_ONCE) {
            let results: Result<Vec<_>, _> =
                block.par_iter().map(|group| measure::measure_and_cluster(group, &inputs, &asked)).collect();
            for (group, (result, clusters)) in block.iter().zip(results?) {
                let members: Vec<&Sample> = group.members.iter().map(|&member| &self.samples[member]).collect();
                measured.exploring.add(place, &members, &result);
                measured.exploring.add_clusters(place, clusters);
                self.take(&mut measured, (group, &members), result, &free)?;
                place += 1;
            }
            run.progress.advance(Step::Measure, block.len() as u64);
            stop_if_interrupted(run)?;
        }
        if self.plan.measure.across_modes {
            self.across(&mut measured, &inputs, &wanted, run)?;
        }
        self.under_other_choices(&mut measured, &inputs, run)?;
        run.progress.end(Step::Measure);
        measured.notes.extend(self.levels.notes());
        Ok(measured)
    }

    fn take(
        &mut self,
        measured: &mut Measured,
        (group, members): (&Group, &[&Sample]),
        mut result: GroupResult,
        free: &[Asked],
    ) -> Result<(), PipelineError> {
        if let Some(table) = &result.pairs {
            self.pairs.write(table, group, self.samples)?;
            measured.tally.add(table, members);
            measured.alternatives.add(table);
            measured.n_pairs += table.pairs.len();
        }
        // What only `pairs` needed was not asked for.
        let is_wanted = |name: &Arc<str>| free.iter().all(|asked| asked.name != *name);
        result.measurements.retain(|measurement| is_wanted(&measurement.metric));
        result.rounds.retain(|measurement| is_wanted(&measurement.metric));
        measured.collected.add_rounds(&result.rounds);
        for (column, level) in self.levels.of(group, self.samples) {
            measured.collected.add_level(&column, &level, &result.measurements);
        }
        self.record(measured, result.measurements)
    }

    fn record(&mut self, measured: &mut Measured, measurements: Vec<Measurement>) -> Result<(), PipelineError> {
        for measurement in &measurements {
            self.rows.write(measurement)?;
        }
        measured.collected.add(&measurements);
        measured.associations.add(&measurements);
        let is_drawn = |measurement: &Measurement| DRAWN_BY_GROUP.contains(&&*measurement.metric);
        measured.drawn.extend(measurements.into_iter().filter(is_drawn));
        Ok(())
    }

    /// The headline numbers with the vectors of the alternatives, and of other texts.
    fn under_other_choices(
        &self,
        measured: &mut Measured,
        inputs: &Inputs<'_>,
        run: &RunContext<'_>,
    ) -> Result<(), PipelineError> {
        let wanted = self.plan.measure.asked();
        let headline = |name: &str| wanted.iter().find(|asked| &*asked.name == name).cloned();
        for (plan, vectors) in self.plan.alternatives().iter().zip(self.others) {
            let Some(cosine) = headline("cosine") else { break };
            let choice = (plan.choice, plan.alternative, plan.space.as_str());
            let inputs = Inputs { vectors: std::slice::from_ref(vectors), ..*inputs };
            self.measure_alternative(measured, &inputs, (choice, cosine), run)?;
        }
        let reported = self.plan.measure.text.space();
        for &text in self.plan.sensitivity.texts.iter().filter(|text| **text != self.plan.measure.text) {
            let Some(similarity) = headline("levenshtein_similarity") else { break };
            let inputs = Inputs { text, vectors: &[], ..*inputs };
            self.measure_alternative(measured, &inputs, (("text", text.name(), reported), similarity), run)?;
        }
        Ok(())
    }

    /// One headline metric of all groups under one choice; told under the name of the space that it is an alternative to.
    fn measure_alternative(
        &self,
        measured: &mut Measured,
        inputs: &Inputs<'_>,
        ((choice, alternative, space), asked): ((&'static str, &str, &str), Asked),
        run: &RunContext<'_>,
    ) -> Result<(), PipelineError> {
        let (space, asked) = (Arc::<str>::from(space), [asked]);
        let mut n_values = 0;
        for block in self.groups.chunks(GROUPS_AT_ONCE) {
            let results: Result<Vec<GroupResult>, _> =
                block.par_iter().map(|group| measure::measure_group(group, inputs, &asked)).collect();
            for mut measurements in results?.into_iter().map(|result| result.measurements) {
                for measurement in &mut measurements {
                    n_values += usize::from(measurement.value.is_ok());
                    measurement.space = Arc::clone(&space);
                }
                measured.alternatives.add_measured(choice, alternative, &measurements);
            }
            stop_if_interrupted(run)?;
        }
        if n_values == 0 {
            let note =
                format!("The sensitivity panel has no `{choice} = {alternative}`: no group has two samples with it.");
            measured.notes.push(note);
        }
        Ok(())
    }

    /// Pairs across modes, after all others: cell pair by cell pair, question by question.
    fn across(
        &mut self,
        measured: &mut Measured,
        inputs: &Inputs<'_>,
        asked: &[Asked],
        run: &RunContext<'_>,
    ) -> Result<(), PipelineError> {
        for (a, b) in pairs_of_modes(self.groups) {
            let shared: Vec<_> = a.iter().filter_map(|(question, groups)| Some((groups, b.get(question)?))).collect();
            for block in shared.chunks(GROUPS_AT_ONCE) {
                let results: Result<Vec<Vec<Measurement>>, _> =
                    block.par_iter().map(|(a, b)| measure::measure_across(a, b, inputs, asked)).collect();
                for measurements in results? {
                    self.record(measured, measurements)?;
                }
                stop_if_interrupted(run)?;
            }
        }
        Ok(())
    }
}

fn stop_if_interrupted(run: &RunContext<'_>) -> Result<(), PipelineError> {
    if run.interrupt.is_set() { Err(PipelineError::Interrupted { n_finished: 0 }) } else { Ok(()) }
}

/// Question → its groups in one mode.
type Questions<'a> = BTreeMap<&'a str, Vec<&'a Group>>;

type Mode<'a> = (Cell, Questions<'a>);

/// Every two modes of a model on a dataset, the first one first in the order in which people list modes.
fn pairs_of_modes(groups: &[Group]) -> Vec<(Questions<'_>, Questions<'_>)> {
    let mut by_model: BTreeMap<(&str, &str, &str), Vec<Mode<'_>>> = BTreeMap::new();
    for group in groups {
        let GroupKey { dataset, domain, model, .. } = &*group.key;
        let cell = Cell::of(&group.key);
        let modes = by_model.entry((dataset, domain, model)).or_default();
        // Groups come in the order of their keys, so that those of a mode lie together.
        if modes.last().is_none_or(|(last, _)| *last != cell) {
            modes.push((cell, Questions::new()));
        }
        if let Some((_, questions)) = modes.last_mut() {
            questions.entry(&group.key.question_id).or_default().push(group);
        }
    }
    let mut pairs = Vec::new();
    for mut modes in by_model.into_values() {
        modes.sort_by(|(a, _), (b, _)| a.mode_order().cmp(&b.mode_order()));
        for (place, (_, a)) in modes.iter().enumerate() {
            pairs.extend(modes[place + 1..].iter().map(|(_, b)| (a.clone(), b.clone())));
        }
    }
    pairs
}
