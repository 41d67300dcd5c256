//! Invented samples, and what would have been measured on them.

use std::sync::Arc;

use super::{Run, Shape, noise};
use crate::model::{
    AnswerState, Cell, ClusterSizeRow, CountSource, DistributionRow, Flips, FlowRow, GroupClusters, GroupKey,
    LengthRow, MapPoint, PairSimilarities, Piece, RarefactionRow, RoundMeasurement, RoundRow, Sample, SensitivityRow,
    Shown, SummaryRow, Tokens, TransitionRow, group_samples,
};

impl Run {
    /// Samples of a cell: a chain per question, or parallel draws, as many as there are rounds.
    pub(super) fn draw_samples(&mut self, cell: &Cell, shape: &Shape<'_>, seed: &mut usize) {
        for question in 0..shape.questions {
            for round in 0..shape.rounds {
                *seed += 1;
                self.samples.push(sample(cell, question, round, *seed));
            }
        }
    }

    /// What is said of cells beyond their means.
    pub(super) fn explore_cell(&mut self, cell: &Cell, shape: &Shape<'_>, seed: &mut usize) {
        let level = 0.8 + 0.1 * noise(*seed);
        for space in shape.spaces {
            self.distribution(cell, "cosine", space, level, shape);
            self.sets(cell, space, level, shape);
        }
        self.distribution(cell, "levenshtein_similarity", "text", level - 0.3, shape);
        self.length_rows(cell, shape);
        let correct = 0.3 + 0.4 * noise(*seed + 1);
        self.further.push(SummaryRow {
            cell: cell.clone(),
            metric: "correct".to_owned(),
            space: "judgment".to_owned(),
            value: Some(correct),
            ci_low: shape.intervals.then_some(correct - 0.1),
            ci_high: shape.intervals.then_some(correct + 0.1),
            ci_level: 0.95,
            n_questions: shape.questions,
            n_groups: shape.questions,
            n_missing: 0,
            std_error: None,
            std_error_samples: None,
            ci_method: "bca_expanded".to_owned(),
            ci_mc_error: None,
            ci_note: None,
        });
        if cell.mode != "parallel" && shape.rounds > 1 {
            self.answers(cell, shape);
            self.repeats(cell, shape, seed);
            self.novelty(cell, shape);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column")]
    fn distribution(&mut self, cell: &Cell, metric: &str, space: &str, level: f64, shape: &Shape<'_>) {
        let mut bins: Vec<(f64, f64)> = (0..200)
            .map(|bin| 0.005 * f64::from(bin))
            .map(|low| (low, (-0.5 * ((low - level) / 0.06).powi(2)).exp()))
            .filter(|(_, height)| *height > 1e-3)
            .collect();
        let rest: f64 = bins.iter().map(|(_, height)| height).sum();
        // Chains repeat themselves: a fifth of their pairs is the same word for word.
        let verbatim = if cell.mode == "parallel" { 0.0 } else { rest / 4.0 };
        bins.extend((verbatim > 0.0).then_some((1.0, verbatim)));
        let total: f64 = bins.iter().map(|(_, height)| height).sum();
        self.distributions.extend(bins.iter().map(|(low, height)| DistributionRow {
            cell: cell.clone(),
            metric: metric.to_owned(),
            space: space.to_owned(),
            low: *low,
            high: if *low < 1.0 { low + 0.005 } else { 1.0 },
            share: height / total,
            n_questions: shape.questions,
            n_pairs: shape.questions * 28,
            q25: level - 0.04,
            q50: level,
            q75: level + 0.03,
        }));
    }

    fn sets(&mut self, cell: &Cell, space: &str, level: f64, shape: &Shape<'_>) {
        let (n, intervals) = (shape.rounds, shape.intervals);
        for size in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32].into_iter().filter(|size| *size <= n) {
            let value = (size as f64).powf(1.4 - level);
            self.rarefaction.push(RarefactionRow {
                cell: cell.clone(),
                metric: "vendi".to_owned(),
                space: space.to_owned(),
                n_samples: usize::try_from(size).unwrap(),
                value,
                ci_low: intervals.then_some(value * 0.95),
                ci_high: intervals.then_some(value * 1.05),
                n_questions: shape.questions,
            });
        }
        let mut rest = 1.0;
        for rank in 1..=n {
            let share = if rank == n { rest } else { rest * level };
            rest -= share;
            self.cluster_sizes.push(ClusterSizeRow {
                cell: cell.clone(),
                space: space.to_owned(),
                rank,
                share,
                ci_low: intervals.then_some((share - 0.05).max(0.0)),
                ci_high: intervals.then_some((share + 0.05).min(1.0)),
                n_questions: shape.questions,
            });
        }
    }

    fn length_rows(&mut self, cell: &Cell, shape: &Shape<'_>) {
        for metric in ["thinking_tokens", "input_context_tokens", "total_context_tokens"] {
            for round in (0..shape.rounds).map(Some).chain([None]) {
                let growth = match (metric, cell.mode.as_str()) {
                    ("thinking_tokens", "markov") => -4.0,
                    ("thinking_tokens", _) => -14.0,
                    ("input_context_tokens", "markov") => 5.0,
                    (_, "markov") => 12.0,
                    _ => 60.0,
                };
                let mean = (300.0 + growth * round.unwrap_or(shape.rounds / 2) as f64).max(10.0);
                self.lengths.push(LengthRow {
                    cell: cell.clone(),
                    round,
                    metric,
                    n_questions: shape.questions,
                    n_samples: shape.questions,
                    mean,
                    min: mean * 0.4,
                    p05: mean * 0.5,
                    p25: mean * 0.8,
                    p50: mean * 0.95,
                    p75: mean * 1.2,
                    p95: mean * 1.6,
                    max: mean * 3.0,
                });
            }
        }
    }

    /// Answers that move a little from round to round; judged ones for models with names of even length.
    fn answers(&mut self, cell: &Cell, shape: &Shape<'_>) {
        use AnswerState::{Correct, First, Incorrect, Other, Unknown};
        let judged = cell.model.len().is_multiple_of(2);
        let states = if judged { [Correct, Incorrect, Unknown] } else { [First, Other, Unknown] };
        let kept = if cell.mode == "markov" { 0.88 } else { 0.8 };
        let goes = [[kept, 0.97 - kept, 0.03], [0.95 - kept, kept, 0.05], [0.3, 0.5, 0.2]];
        let mut share = if judged { [0.45, 0.47, 0.08] } else { [0.95, 0.0, 0.05] };
        for round in 0..shape.rounds - 1 {
            let mut next = [0.0; 3];
            for (from, to) in (0..3).flat_map(|from| (0..3).map(move |to| (from, to))) {
                next[to] += share[from] * goes[from][to];
                self.answer_flow.push(FlowRow {
                    cell: cell.clone(),
                    round,
                    from: states[from],
                    to: states[to],
                    share: share[from] * goes[from][to],
                    n_questions: shape.questions,
                    n_chains: shape.questions,
                });
            }
            share = next;
        }
        for (from, to) in (0..3).flat_map(|from| (0..3).map(move |to| (from, to))) {
            let share: f64 = goes[from][to];
            self.transitions.push(TransitionRow {
                cell: cell.clone(),
                from: states[from],
                to: states[to],
                share,
                ci_low: shape.intervals.then_some((share - 0.07).max(0.0)),
                ci_high: shape.intervals.then_some((share + 0.07).min(1.0)),
                n_questions: shape.questions,
                n_steps: (20 - 8 * from) * shape.questions,
            });
        }
    }

    /// Novelty that falls by round, in every space.
    fn novelty(&mut self, cell: &Cell, shape: &Shape<'_>) {
        let start = if cell.mode == "markov" { 0.14 } else { 0.1 };
        for (space, round) in shape.spaces.iter().flat_map(|space| (1..shape.rounds).map(move |round| (space, round))) {
            let value = start * (-0.2 * round as f64).exp() + 0.01;
            self.rounds.push(RoundRow {
                cell: cell.clone(),
                round,
                metric: "novelty".to_owned(),
                space: (*space).to_owned(),
                value: Some(value),
                ci_low: shape.intervals.then_some(value * 0.8),
                ci_high: shape.intervals.then_some(value * 1.25),
                n_questions: shape.questions,
            });
        }
    }

    fn repeats(&mut self, cell: &Cell, shape: &Shape<'_>, seed: &mut usize) {
        for question in 0..shape.questions {
            let stuck = (noise(*seed + question) * 1.5 * shape.rounds as f64).floor();
            // Every fifth chain ends early.
            for round in 1..shape.rounds - i64::from(question % 5 == 4) {
                self.round_values.push(RoundMeasurement {
                    key: Arc::new(key(cell, question)),
                    round,
                    metric: "repeat".into(),
                    space: "text".into(),
                    value: f64::from(u8::from(round as f64 > stuck)),
                });
            }
        }
    }

    /// What contrasts would be under other choices; not every run looks into that.
    pub(crate) fn explore_choices(&mut self) {
        let choices = [
            ("as reported", "", 0.0, None),
            ("pairs", "consecutive", 0.03, Some(Flips::Nothing)),
            ("embedder", "text-embedding-3-small", -0.02, Some(Flips::Significance)),
            ("samples", "without truncated ones", -0.12, Some(Flips::Sign)),
        ];
        for row in &self.contrasts {
            self.sensitivity.extend(choices.iter().map(|(choice, alternative, shift, flips)| SensitivityRow {
                dataset: row.dataset.clone(),
                domain: row.domain.clone(),
                model: row.model.clone(),
                mode_a: row.mode_a.clone(),
                feedback_a: row.feedback_a.clone(),
                mode_b: Some(row.mode_b.clone()),
                feedback_b: row.feedback_b.clone(),
                by: Some(row.by.clone()),
                level_a: Some(row.level_a.clone()),
                level_b: Some(row.level_b.clone()),
                metric: row.metric.clone(),
                space: row.space.clone(),
                choice: (*choice).to_owned(),
                alternative: (*alternative).to_owned(),
                value: row.difference.map(|difference| difference + shift),
                ci_low: row.ci_low.map(|low| low + shift),
                ci_high: row.ci_high.map(|high| high + shift),
                p_adjusted: row.p_adjusted,
                n_questions: row.n_questions,
                reported: row.difference,
                reported_p_adjusted: row.p_adjusted,
                flips: *flips,
            }));
        }
    }

    /// Maps, clusters and pairs of what was drawn.
    pub(super) fn explore_samples(&mut self, shape: &Shape<'_>) {
        self.sample_groups = group_samples(&self.samples);
        let space: Arc<str> = Arc::from(shape.spaces.first().copied().unwrap_or("minilm"));
        for (sample, drawn) in self.samples.iter().enumerate().take(400) {
            for method in ["pca", "tsne"] {
                let scale = if method == "pca" { 0.3 } else { 20.0 };
                self.map.push(MapPoint {
                    sample,
                    space: Arc::clone(&space),
                    method,
                    x: scale * (noise(sample) - 0.5 + 0.05 * drawn.round as f64),
                    y: scale * (noise(sample + 5000) - 0.5),
                    explained: (method == "pca").then_some(0.6),
                });
            }
        }
        let groups: Vec<usize> = (0..self.sample_groups.len().min(60)).collect();
        let mut shown = Shown { n_questions: 12, n_all: shape.questions, groups: groups.clone(), ..Shown::default() };
        for group in groups {
            let members = &self.sample_groups[group].members;
            let n = members.len() * (members.len().saturating_sub(1)) / 2;
            let values = (0..n).map(|pair| Some(0.7 + 0.3 * noise(pair + group))).collect();
            shown.pairs.push(PairSimilarities { group, metric: "cosine", space: Arc::clone(&space), values });
            let labels = (0..members.len()).map(|member| Some(member.min(2))).collect();
            shown.clusters.push(GroupClusters { group, space: Arc::clone(&space), labels });
        }
        self.shown = Some(shown);
    }
}

fn key(cell: &Cell, question: usize) -> GroupKey {
    GroupKey {
        dataset: cell.dataset.clone(),
        domain: cell.domain.clone(),
        model: cell.model.clone(),
        mode: cell.mode.clone(),
        feedback: cell.feedback.clone(),
        question_id: format!("q{question}"),
        chain: (cell.mode != "parallel").then_some(0),
    }
}

fn sample(cell: &Cell, question: usize, round: i64, seed: usize) -> Sample {
    let kept = if cell.mode == "parallel" { seed } else { question + usize::try_from(round / 3).unwrap_or(0) };
    let solution = format!(
        "Let x be the number of apples.\nThen x = {} + {question} and 3x = {}.\nThe answer is \\boxed{{{}}}.",
        kept % 7,
        3 * (kept % 7 + question),
        kept % 7 + question
    );
    Sample {
        key: Arc::new(key(cell, question)),
        round,
        sample_id: format!("{}/{}/{question}/{round}", cell.model, cell.mode),
        parents: None,
        response: None,
        thinking: Some(Piece::Own(format!("Plan {seed}: count, then add."))),
        solution: Some(Piece::Own(solution)),
        code: None,
        answer: Some((kept % 7 + question).to_string()),
        gold: Some((question + 3).to_string()),
        correct: Some(kept % 7 == 3),
        reward: None,
        prompt_tokens: Some(Tokens { count: 200 + 40 * round, source: CountSource::Reported }),
        thinking_tokens: Some(Tokens {
            count: skewed(20.0 - 0.5 * cell.mode.len() as f64, seed),
            source: CountSource::Reported,
        }),
        solution_tokens: Some(Tokens {
            count: skewed(1.0 + cell.mode.len() as f64, seed + 900) + 40,
            source: CountSource::Counted,
        }),
        mean_entropy: None,
        mean_logprob: None,
        difficulty: None,
        finish_reason: None,
        extra: None,
        source_file: "samples.jsonl".into(),
        source_row: seed as u64,
        extraction_rule: "fields",
        extraction: crate::model::Extraction::default(),
    }
}

/// A length from `least` on, of which few are very long.
#[expect(clippy::cast_possible_truncation, reason = "some thousands at most")]
fn skewed(least: f64, seed: usize) -> i64 {
    (least * (noise(seed) * 3.0 + noise(seed + 31) * 2.5).exp()) as i64
}
