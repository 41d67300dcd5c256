//! What a model had to read and write for a sample, in tokens: the samples of a group go in, counts come out.

use std::collections::HashMap;

use super::{Measure, metric};
use crate::model::{Group, Sample};

/// A length, or none, for each member of a group.
type OfGroup = fn(&[&Sample]) -> Vec<Option<i64>>;

/// A length that the table `lengths` tells of every sample.
#[derive(Debug)]
pub struct Length {
    /// As the metric of that name.
    pub metric: &'static str,
    /// For what takes the whole group to know, also where it is no chain; else as the metric has it for each sample.
    of_group: Option<OfGroup>,
}

/// All of them, in the order of the table.
pub static LENGTHS: [Length; 8] = [
    Length { metric: "thinking_tokens", of_group: None },
    Length { metric: "solution_tokens", of_group: None },
    Length { metric: "total_tokens", of_group: None },
    Length { metric: "prompt_tokens", of_group: None },
    Length { metric: "input_context_tokens", of_group: Some(input_tokens) },
    Length { metric: "total_context_tokens", of_group: Some(input_and_output_tokens) },
    Length { metric: "thinking_chars", of_group: None },
    Length { metric: "solution_chars", of_group: None },
];

impl Length {
    /// The round and the length of each member of a group; members without one are left out.
    #[must_use]
    pub fn of(&self, group: &Group, samples: &[Sample]) -> Vec<(i64, f64)> {
        let members: Vec<&Sample> = group.members.iter().filter_map(|&member| samples.get(member)).collect();
        let lengths: Vec<Option<f64>> = match (self.of_group, metric(self.metric).map(|metric| &metric.measure)) {
            (Some(of), _) => of(&members).into_iter().map(|length| Some(length? as f64)).collect(),
            (None, Some(Measure::Sample { value, .. })) => members.iter().map(|sample| value(sample)).collect(),
            (None, _) => Vec::new(),
        };
        members.iter().zip(lengths).filter_map(|(sample, length)| Some((sample.round, length?))).collect()
    }
}

fn thinking_tokens(sample: &Sample) -> Option<i64> {
    Some(sample.thinking_tokens?.count)
}

fn solution_tokens(sample: &Sample) -> Option<i64> {
    Some(sample.solution_tokens?.count)
}

fn prompt_tokens(sample: &Sample) -> Option<i64> {
    Some(sample.prompt_tokens?.count)
}

/// Thinking and solution together: both counts are needed, but for a sample that did not think.
pub(super) fn total_tokens(sample: &Sample) -> Option<i64> {
    let thinking = match (thinking_tokens(sample), sample.thinking()) {
        (Some(count), _) => count,
        (None, None) => 0,
        (None, Some(_)) => return None,
    };
    thinking.checked_add(solution_tokens(sample)?)
}

/// What stood before the model for each member, in the order of the members: see `chain/input_context_tokens.rs`.
pub(super) fn input_tokens(members: &[&Sample]) -> Vec<Option<i64>> {
    let place: HashMap<&str, usize> =
        members.iter().enumerate().map(|(place, sample)| (sample.sample_id.as_str(), place)).collect();
    let question = members.first().filter(|first| first.round == 0 && named(first).is_empty());
    let question = question.and_then(|first| prompt_tokens(first)).unwrap_or(0);
    let of = |(member, sample): (usize, &&Sample)| {
        if let Some(reported) = prompt_tokens(sample) {
            return Some(reported);
        }
        let parents = named(sample);
        let seen = if parents.is_empty() {
            seen_by_mode(members, member)?
        } else {
            parents.iter().map(|id| place.get(id.as_str()).copied()).collect::<Option<Vec<usize>>>()?
        };
        let earlier = seen.into_iter().map(|earlier| solution_tokens(members[earlier]));
        earlier.into_iter().try_fold(question, |sum, tokens| sum.checked_add(tokens?))
    };
    members.iter().enumerate().map(of).collect()
}

/// Input and output together.
pub(super) fn input_and_output_tokens(members: &[&Sample]) -> Vec<Option<i64>> {
    let both = |(input, sample): (Option<i64>, &&Sample)| input?.checked_add(total_tokens(sample)?);
    input_tokens(members).into_iter().zip(members).map(both).collect()
}

fn named(sample: &Sample) -> &[String] {
    sample.parents.as_deref().unwrap_or_default()
}

/// The members whose solutions a round of a chain has seen; `None` where the mode does not say it, where rounds that it
/// has seen are absent, and for the first round, which has seen the question alone.
fn seen_by_mode(members: &[&Sample], member: usize) -> Option<Vec<usize>> {
    let sample = members[member];
    if sample.key.chain.is_none() || sample.parents.is_some() || member == 0 {
        return None;
    }
    let (first, all) = match sample.key.mode.as_str() {
        "markov" => (member - 1, false),
        "autoregressive" => (0, true),
        _ => return None,
    };
    let consecutive =
        members[first..=member].windows(2).all(|pair| pair[1].round.checked_sub(pair[0].round) == Some(1));
    (consecutive && (!all || members[0].round == 0)).then(|| (first..member).collect())
}
