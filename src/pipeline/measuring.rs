//! Groups → numbers, and the `pairs` and `groups` tables on the way.

use rayon::prelude::*;

use super::spaces::RunContext;
use super::{PipelineError, Step};
use crate::config::Plan;
use crate::measure::{self, Asked, Baselines, GroupResult, Inputs};
use crate::model::{Group, Measurement, RoundMeasurement, Sample, Vectors};
use crate::store::tables::PairsWriter;
use crate::summarize::PairTally;

/// Groups measured before their pairs are written: bounds what waits in memory.
const GROUPS_AT_ONCE: usize = 256;

/// What measuring gave.
pub(super) struct Measured {
    pub(super) measurements: Vec<Measurement>,
    pub(super) rounds: Vec<RoundMeasurement>,
    pub(super) tally: PairTally,
    pub(super) n_pairs: usize,
}

/// Measures group by group. Groups run in parallel and are put together in their order.
pub(super) fn measure_all(
    plan: &Plan,
    (samples, groups): (&[Sample], &[Group]),
    vectors: &[Vectors],
    pairs: &mut PairsWriter,
    run: &RunContext<'_>,
) -> Result<Measured, PipelineError> {
    let wanted = plan.measure.asked();
    // `pairs` always says which texts and answers are the same: it costs next to nothing.
    let free = ["verbatim", "same_answer"].into_iter().filter_map(measure::metric).map(Asked::plain);
    let free = free.filter(|free| !wanted.contains(free));
    let asked: Vec<Asked> = wanted.iter().cloned().chain(free).collect();
    let is_wanted = |name: &str| wanted.iter().any(|asked| *asked.name == *name);
    let baselines = Baselines::new(samples, groups, vectors);
    let inputs = Inputs {
        seed: plan.seed,
        baselines: Some(&baselines),
        language: plan.measure.language.as_deref(),
        cluster_distance: plan.measure.cluster_distance,
        ..Inputs::new(samples, plan.measure.text, vectors)
    };
    let mut measured =
        Measured { measurements: Vec::new(), rounds: Vec::new(), tally: PairTally::default(), n_pairs: 0 };
    run.progress.begin(Step::Measure, Some(groups.len() as u64));
    for block in groups.chunks(GROUPS_AT_ONCE) {
        let results: Result<Vec<GroupResult>, _> =
            block.par_iter().map(|group| measure::measure_group(group, &inputs, &asked)).collect();
        for (group, mut result) in block.iter().zip(results?) {
            result.measurements.retain(|measurement| is_wanted(&measurement.metric));
            result.rounds.retain(|measurement| is_wanted(&measurement.metric));
            add(&mut measured, group, result, samples, pairs)?;
        }
        run.progress.advance(Step::Measure, block.len() as u64);
        if run.interrupt.is_set() {
            return Err(PipelineError::Interrupted { n_finished: 0 });
        }
    }
    run.progress.end(Step::Measure);
    Ok(measured)
}

fn add(
    measured: &mut Measured,
    group: &Group,
    result: GroupResult,
    samples: &[Sample],
    pairs: &mut PairsWriter,
) -> Result<(), PipelineError> {
    if let Some(table) = &result.pairs {
        let members: Vec<&Sample> = group.members.iter().map(|&member| &samples[member]).collect();
        pairs.write(table, group, samples)?;
        measured.tally.add(table, &members);
        measured.n_pairs += table.pairs.len();
    }
    measured.measurements.extend(result.measurements);
    measured.rounds.extend(result.rounds);
    Ok(())
}
