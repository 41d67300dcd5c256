//! Rows of `answer_flow` and `transitions`: the lineages of groups with their samples go in, how answers move comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Settings;
use super::panel::{Mean, Values};
use super::rounds::{estimates, values};
use crate::model::{AnswerState, Cell, FlowRow, PairTable, Sample, TransitionRow};

type Step = (AnswerState, AnswerState);
type ByQuestion = BTreeMap<Arc<str>, Mean>;
/// Question → how many of its chains make which step.
type Counts = BTreeMap<Arc<str>, BTreeMap<Step, usize>>;

/// Collects the steps of chains from answer to answer.
#[derive(Debug, Default)]
pub struct AnswerSteps {
    /// Cell → earlier round → steps.
    flows: BTreeMap<Cell, BTreeMap<i64, Counts>>,
    cells: BTreeMap<Cell, Steps>,
}

/// The steps of a cell, whatever their round.
#[derive(Debug, Default)]
struct Steps {
    /// Of the steps from a state, the share that goes to each one, by question: the mean over its chains.
    shares: BTreeMap<Step, ByQuestion>,
    n: BTreeMap<AnswerState, usize>,
}

impl AnswerSteps {
    /// Adds the lineages of one group; `members` are its samples, in its order.
    pub fn add(&mut self, table: &PairTable, members: &[&Sample]) {
        let question: Arc<str> = Arc::from(table.key.question_id.as_str());
        let cell = Cell::of(&table.key);
        for places in &table.lineages {
            let samples: Vec<&Sample> = places.iter().map(|place| members[place.member]).collect();
            let states = states(&samples);
            // Where one round is known or none, nothing is seen to move: chains of which the last round alone is judged.
            if states.iter().filter(|state| **state != AnswerState::Unknown).count() < 2 {
                continue;
            }
            // An absent round is no step.
            let next = |at: &usize| places[at + 1].steps == places[*at].steps.saturating_add(1);
            let steps: Vec<(i64, Step)> = (0..places.len().saturating_sub(1))
                .filter(next)
                .map(|at| (samples[at].round, (states[at], states[at + 1])))
                .collect();
            let flows = self.flows.entry(cell.clone()).or_default();
            for (round, step) in &steps {
                let of_question = flows.entry(*round).or_default().entry(Arc::clone(&question)).or_default();
                *of_question.entry(*step).or_default() += 1;
            }
            self.cells.entry(cell.clone()).or_default().add(&question, steps.iter().map(|(_, step)| *step));
        }
    }

    /// How many answers go where from round to round.
    #[must_use]
    pub fn flow(&self) -> Vec<FlowRow> {
        let mut rows = Vec::new();
        for (cell, rounds) in &self.flows {
            for (&round, questions) in rounds {
                let mut shares: BTreeMap<Step, f64> = BTreeMap::new();
                let mut n_chains = 0;
                for steps in questions.values() {
                    let n: usize = steps.values().sum();
                    n_chains += n;
                    for (step, count) in steps {
                        *shares.entry(*step).or_default() += *count as f64 / n as f64;
                    }
                }
                let n_questions = questions.len();
                rows.extend(shares.into_iter().map(|((from, to), share)| FlowRow {
                    cell: cell.clone(),
                    round,
                    from,
                    to,
                    share: share / n_questions as f64,
                    n_questions,
                    n_chains,
                }));
            }
        }
        rows
    }

    /// Where answers go from where they are, with intervals from resampling questions.
    #[must_use]
    pub fn transitions(&self, settings: Settings) -> Vec<TransitionRow> {
        let mut rows = Vec::new();
        for (cell, steps) in &self.cells {
            // States that no step of the cell begins or ends at are no states of its answers.
            let occurs = |state: AnswerState| {
                steps.n.contains_key(&state)
                    || steps
                        .shares
                        .iter()
                        .any(|((_, to), shares)| *to == state && shares.values().any(|mean| mean.value() > Some(0.0)))
            };
            let shares: Vec<_> = steps.shares.iter().filter(|((_, to), _)| occurs(*to)).collect();
            let columns: Vec<Values> = shares.iter().map(|(_, shares)| values(shares)).collect();
            for ((&(from, to), _), estimate) in shares.into_iter().zip(estimates(&columns, settings)) {
                let Some(share) = estimate.value else { continue };
                rows.push(TransitionRow {
                    cell: cell.clone(),
                    from,
                    to,
                    share,
                    ci_low: estimate.ci.map(|(low, _)| low),
                    ci_high: estimate.ci.map(|(_, high)| high),
                    n_questions: estimate.n_questions,
                    n_steps: steps.n.get(&from).copied().unwrap_or(0),
                });
            }
        }
        rows
    }
}

impl Steps {
    /// Adds one lineage. From a state that it was in, each other state has a share, be it none.
    fn add(&mut self, question: &Arc<str>, steps: impl Iterator<Item = Step>) {
        let mut counts: BTreeMap<AnswerState, BTreeMap<AnswerState, usize>> = BTreeMap::new();
        for (from, to) in steps {
            *counts.entry(from).or_default().entry(to).or_default() += 1;
        }
        for (from, to) in counts {
            let n: usize = to.values().sum();
            *self.n.entry(from).or_default() += n;
            for state in AnswerState::ALL {
                let share = to.get(&state).copied().unwrap_or(0) as f64 / n as f64;
                let of_step = self.shares.entry((from, state)).or_default();
                of_step.entry(Arc::clone(question)).or_default().add(share);
            }
        }
    }
}

/// What became of the answers of a chain, round by round.
fn states(samples: &[&Sample]) -> Vec<AnswerState> {
    let first = samples.iter().find_map(|sample| sample.answer_class());
    let state = |sample: &&Sample| match (sample.correct, sample.answer_class()) {
        (Some(true), _) => AnswerState::Correct,
        (Some(false), _) => AnswerState::Incorrect,
        (None, None) => AnswerState::Unknown,
        (None, answer) if answer == first => AnswerState::First,
        (None, Some(_)) => AnswerState::Other,
    };
    samples.iter().map(state).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::model::{Extraction, GroupKey, Place};
    use AnswerState::{Correct, First, Incorrect, Other, Unknown};

    /// A chain whose rounds were judged and answered like this.
    fn add(steps: &mut AnswerSteps, question: &str, chain: i64, rounds: &[(i64, Option<bool>, Option<&str>)]) {
        let key = Arc::new(GroupKey {
            dataset: "d".into(),
            domain: "math".into(),
            model: "m".into(),
            mode: "markov".into(),
            feedback: None,
            question_id: question.into(),
            chain: Some(chain),
        });
        let samples: Vec<Sample> = rounds
            .iter()
            .map(|(round, correct, answer)| sample(&key, *round, *correct, answer.map(str::to_owned)))
            .collect();
        let places = |(member, round): (usize, &(i64, Option<bool>, Option<&str>))| Place { member, steps: round.0 };
        let lineage = rounds.iter().enumerate().map(places).collect();
        let table = PairTable { key, pairs: Vec::new(), columns: Vec::new(), lineages: vec![lineage] };
        steps.add(&table, &samples.iter().collect::<Vec<_>>());
    }

    fn sample(key: &Arc<GroupKey>, round: i64, correct: Option<bool>, answer: Option<String>) -> Sample {
        Sample {
            key: Arc::clone(key),
            round,
            sample_id: format!("{round}"),
            parents: None,
            response: None,
            thinking: None,
            solution: None,
            code: None,
            answer,
            gold: None,
            correct,
            reward: None,
            prompt_tokens: None,
            thinking_tokens: None,
            solution_tokens: None,
            mean_entropy: None,
            mean_logprob: None,
            difficulty: None,
            finish_reason: None,
            extra: None,
            source_file: "f".into(),
            source_row: 1,
            extraction_rule: "fields",
            extraction: Extraction::default(),
        }
    }

    fn flow(steps: &AnswerSteps) -> Vec<(i64, AnswerState, AnswerState, f64)> {
        steps.flow().into_iter().map(|row| (row.round, row.from, row.to, row.share)).collect()
    }

    #[test]
    fn chains_of_a_question_share_its_vote_and_absent_rounds_are_no_steps() {
        let mut steps = AnswerSteps::default();
        add(&mut steps, "q1", 0, &[(0, Some(false), None), (1, Some(true), None)]);
        add(&mut steps, "q1", 1, &[(0, Some(false), None), (1, Some(false), None)]);
        add(&mut steps, "q2", 0, &[(0, Some(false), None), (1, Some(false), None), (3, Some(true), None)]);
        assert_eq!(flow(&steps), [(0, Incorrect, Correct, 0.25), (0, Incorrect, Incorrect, 0.75)]);
        assert_eq!(steps.flow()[0].n_chains, 3);
        let rows = steps.transitions(Settings { resamples: 200, ..Settings::DEFAULT });
        let shares: Vec<_> = rows.iter().map(|row| (row.from, row.to, row.share, row.n_steps)).collect();
        assert_eq!(shares, [(Incorrect, Correct, 0.25, 3), (Incorrect, Incorrect, 0.75, 3)]);
    }

    #[test]
    fn without_judgments_answers_are_the_first_one_or_another() {
        let mut steps = AnswerSteps::default();
        add(&mut steps, "q", 0, &[(0, None, None), (1, None, Some("4")), (2, None, Some("5")), (3, None, Some("4"))]);
        assert_eq!(flow(&steps), [(0, Unknown, First, 1.0), (1, First, Other, 1.0), (2, Other, First, 1.0)]);
        let mut none = AnswerSteps::default();
        add(&mut none, "q", 0, &[(0, None, None), (1, None, None)]);
        assert!(none.flow().is_empty() && none.transitions(Settings::DEFAULT).is_empty());
    }
}
