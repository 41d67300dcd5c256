//! Invented numbers for this room's tests.

#![allow(clippy::unwrap_used, reason = "test support may panic")]

mod exploration;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Card, Cell, ClusterSizeRow, ContrastRow, DistributionRow, FlowRow, Group, GroupKey, LagRow, LengthRow, Level,
    MapPoint, Measurement, Missing, NullBand, RarefactionRow, RoundMeasurement, RoundPairRow, RoundRow, Sample,
    SensitivityRow, Shown, SummaryRow, TransitionRow,
};
use crate::render::ReportData;
pub(crate) use texts::HOSTILE;

/// The tables of an invented run.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) summary: Vec<SummaryRow>,
    pub(crate) contrasts: Vec<ContrastRow>,
    pub(crate) sensitivity: Vec<SensitivityRow>,
    pub(crate) rounds: Vec<RoundRow>,
    pub(crate) groups: Vec<Measurement>,
    pub(crate) round_pairs: Vec<RoundPairRow>,
    pub(crate) lags: Vec<LagRow>,
    pub(crate) lengths: Vec<LengthRow>,
    pub(crate) further: Vec<SummaryRow>,
    pub(crate) round_values: Vec<RoundMeasurement>,
    pub(crate) distributions: Vec<DistributionRow>,
    pub(crate) rarefaction: Vec<RarefactionRow>,
    pub(crate) cluster_sizes: Vec<ClusterSizeRow>,
    pub(crate) answer_flow: Vec<FlowRow>,
    pub(crate) transitions: Vec<TransitionRow>,
    pub(crate) map: Vec<MapPoint>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) sample_groups: Vec<Group>,
    pub(crate) shown: Option<Shown>,
}

/// What an invented run looks like.
pub(crate) struct Shape<'a> {
    pub(crate) datasets: &'a [(&'a str, &'a str)],
    pub(crate) models: &'a [&'a str],
    pub(crate) modes: &'a [(&'a str, Option<&'a str>)],
    pub(crate) spaces: &'a [&'a str],
    pub(crate) questions: usize,
    pub(crate) rounds: i64,
    pub(crate) intervals: bool,
}

pub(crate) const MODES: [(&str, Option<&str>); 3] =
    [("parallel", None), ("markov", Some("re-answer")), ("autoregressive", Some("re-answer"))];

/// A fixed sequence of numbers in [0, 1) that looks random.
fn noise(seed: usize) -> f64 {
    let x = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

impl Run {
    pub(crate) fn small() -> Run {
        Run::new(&Shape {
            datasets: &[("quickstart-math", "math"), ("quickstart-code", "coding")],
            models: &["Qwen2.5-Coder-1.5B-Instruct"],
            modes: &MODES,
            spaces: &["minilm"],
            questions: 12,
            rounds: 8,
            intervals: true,
        })
    }

    pub(crate) fn new(shape: &Shape<'_>) -> Run {
        let mut run = Run::default();
        let mut seed = 1;
        // Apart, so that tables stay what they are when samples are drawn otherwise.
        let mut drawn = 1_000_000;
        for (dataset, domain) in shape.datasets {
            for (m, model) in shape.models.iter().enumerate() {
                for (k, (mode, feedback)) in shape.modes.iter().enumerate() {
                    let cell = Cell {
                        dataset: (*dataset).to_owned(),
                        domain: (*domain).to_owned(),
                        model: (*model).to_owned(),
                        mode: (*mode).to_owned(),
                        feedback: feedback.map(str::to_owned),
                    };
                    for space in shape.spaces {
                        let level = 0.80 + 0.05 * (k.min(3) as f64) + 0.006 * (m as f64);
                        run.similarity(&cell, "cosine", space, level, shape, &mut seed);
                    }
                    run.similarity(&cell, "levenshtein_similarity", "text", 0.4 + 0.1 * k as f64, shape, &mut seed);
                    run.lengths(&cell, shape, &mut seed);
                    run.draw_samples(&cell, shape, &mut drawn);
                    run.explore_cell(&cell, shape, &mut drawn);
                }
            }
        }
        run.explore_samples(shape);
        run
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column")]
    fn similarity(
        &mut self,
        cell: &Cell,
        metric: &'static str,
        space: &str,
        level: f64,
        shape: &Shape<'_>,
        seed: &mut usize,
    ) {
        let mut sum = 0.0;
        for question in 0..shape.questions {
            *seed += 1;
            let value = level + 0.12 * (noise(*seed) - 0.5) + 0.04 * (noise(*seed + 7) - 0.5);
            let value = value.min(0.995);
            sum += value;
            self.groups.push(group(cell, question, metric, space, Ok(value)));
        }
        self.groups.push(group(cell, shape.questions, metric, space, Err(Missing::FewerThanTwoSamples)));
        let value = sum / shape.questions as f64;
        let half = 0.03 / (shape.questions as f64).sqrt() * 1.96;
        self.summary.push(SummaryRow {
            cell: cell.clone(),
            metric: metric.to_owned(),
            space: space.to_owned(),
            value: Some(value),
            ci_low: shape.intervals.then_some(value - half),
            ci_high: shape.intervals.then_some(value + half),
            ci_level: 0.95,
            n_questions: shape.questions,
            n_groups: shape.questions,
            n_missing: 1,
            std_error: None,
            std_error_samples: None,
            ci_method: "bca_expanded".to_owned(),
            ci_mc_error: None,
            ci_note: None,
        });
        if cell.mode != "parallel" {
            self.chain_similarity(cell, metric, space, value, shape);
            self.contrast_with_parallel(cell, metric, space, value, shape);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column")]
    fn contrast_with_parallel(&mut self, cell: &Cell, metric: &str, space: &str, value: f64, shape: &Shape<'_>) {
        let base = self.summary.iter().find(|row| {
            row.cell.mode == "parallel"
                && row.cell.model == cell.model
                && row.cell.dataset == cell.dataset
                && row.metric == metric
                && row.space == space
        });
        let Some(base) = base.and_then(|row| row.value) else { return };
        let mut row = contrast(&cell.mode, "parallel", value - base);
        (row.dataset, row.domain) = (cell.dataset.clone(), cell.domain.clone());
        row.model.clone_from(&cell.model);
        row.feedback_a.clone_from(&cell.feedback);
        (row.metric, row.space) = (metric.to_owned(), space.to_owned());
        row.n_questions = shape.questions;
        self.contrasts.push(row);
    }

    #[expect(clippy::too_many_arguments, reason = "one argument a column")]
    fn chain_similarity(&mut self, cell: &Cell, metric: &str, space: &str, value: f64, shape: &Shape<'_>) {
        for a in 0..shape.rounds {
            for b in a + 1..shape.rounds {
                self.round_pairs.push(RoundPairRow {
                    cell: cell.clone(),
                    metric: metric.to_owned(),
                    space: space.to_owned(),
                    round_a: a,
                    round_b: b,
                    value: value - 0.012 * (b - a) as f64 + 0.004 * a as f64,
                    n_questions: shape.questions,
                });
            }
        }
        for lag in 1..shape.rounds {
            let level = value - 0.03;
            let value = value + 0.02 - 0.012 * lag as f64;
            self.lags.push(LagRow {
                cell: cell.clone(),
                metric: metric.to_owned(),
                space: space.to_owned(),
                lag,
                value,
                ci_low: shape.intervals.then_some(value - 0.008 - 0.002 * lag as f64),
                ci_high: shape.intervals.then_some(value + 0.008 + 0.002 * lag as f64),
                null: Some(NullBand {
                    value: level,
                    interval: shape.intervals.then_some((level - 0.012, level + 0.011)),
                    n_questions: shape.questions,
                }),
                n_questions: shape.questions,
            });
        }
    }

    fn lengths(&mut self, cell: &Cell, shape: &Shape<'_>, seed: &mut usize) {
        let start = 420.0 + 60.0 * noise(*seed + 3);
        let mut total = 0.0;
        for round in 0..shape.rounds {
            *seed += 1;
            let decay = if cell.mode == "parallel" { 1.0 } else { (-0.15 * round as f64).exp() };
            let value = start * decay + 20.0 * noise(*seed);
            total += value;
            self.rounds.push(RoundRow {
                cell: cell.clone(),
                round,
                metric: "thinking_tokens".to_owned(),
                space: "thinking".to_owned(),
                value: Some(value),
                ci_low: shape.intervals.then_some(value - 35.0),
                ci_high: shape.intervals.then_some(value + 40.0),
                n_questions: shape.questions,
            });
        }
        let value = total / shape.rounds as f64;
        self.summary.push(SummaryRow {
            cell: cell.clone(),
            metric: "thinking_tokens".to_owned(),
            space: "thinking".to_owned(),
            value: Some(value),
            ci_low: shape.intervals.then_some(value - 20.0),
            ci_high: shape.intervals.then_some(value + 20.0),
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
    }

    pub(crate) fn data(&self) -> ReportData<'_> {
        ReportData {
            name: "quickstart",
            summary: &self.summary,
            contrasts: &self.contrasts,
            sensitivity: &self.sensitivity,
            associations: &[],
            rounds: &self.rounds,
            groups: &self.groups,
            round_pairs: &self.round_pairs,
            lags: &self.lags,
            lengths: &self.lengths,
            further: &self.further,
            round_values: &self.round_values,
            distributions: &self.distributions,
            rarefaction: &self.rarefaction,
            cluster_sizes: &self.cluster_sizes,
            answer_flow: &self.answer_flow,
            transitions: &self.transitions,
            map: &self.map,
            samples: &self.samples,
            sample_groups: &self.sample_groups,
            shown: self.shown.as_ref(),
            cards: cards(),
            statistics: &[],
            levels: levels(),
            counts: vec![
                ("samples read".into(), "288".into()),
                ("rows rejected".into(), "2 (0.7 %)".into()),
                ("texts longer than the model's window".into(), "31 (mean of chunks)".into()),
            ],
            notes: vec!["`cosine` not measured for 1 question: fewer than 2 samples".into()],
            provenance: vec![
                ("breadth".into(), "0.1.0".into()),
                ("embedder minilm".into(), "builtin:all-MiniLM-L6-v2, fingerprint 9f3c0a6e5d0b4c7f8e21aa90".into()),
                ("input pipelines/quickstart/samples.jsonl".into(), "blake3 6a1f".into()),
                ("seed".into(), "7".into()),
            ],
            reproduce: vec!["breadth run pipelines/quickstart.toml".into()],
        }
    }
}

fn group(cell: &Cell, question: usize, metric: &'static str, space: &str, value: Result<f64, Missing>) -> Measurement {
    Measurement {
        key: Arc::new(GroupKey {
            dataset: cell.dataset.clone(),
            domain: cell.domain.clone(),
            model: cell.model.clone(),
            mode: cell.mode.clone(),
            feedback: cell.feedback.clone(),
            question_id: format!("q{question}"),
            chain: (cell.mode != "parallel").then_some(0),
        }),
        metric: metric.into(),
        space: Arc::from(space),
        n_samples: 8,
        n_pairs: Some(28),
        value,
        std_error: None,
    }
}

/// A contrast of the small run with an interval of ± 0.012.
pub(crate) fn contrast(mode_a: &str, mode_b: &str, difference: f64) -> ContrastRow {
    ContrastRow {
        dataset: "quickstart-math".to_owned(),
        domain: "math".to_owned(),
        model: "Qwen2.5-Coder-1.5B-Instruct".to_owned(),
        mode_a: mode_a.to_owned(),
        mode_b: mode_b.to_owned(),
        feedback_a: None,
        feedback_b: None,
        metric: "cosine".to_owned(),
        space: "minilm".to_owned(),
        difference: Some(difference),
        ci_low: Some(difference - 0.012),
        ci_high: Some(difference + 0.012),
        effect_size: Some(1.8),
        p_value: Some(0.0001),
        p_adjusted: Some(0.0003),
        n_questions: 12,
        by: "mode".to_owned(),
        level_a: mode_a.to_owned(),
        level_b: mode_b.to_owned(),
        value_a: Some(0.9),
        value_b: None,
        n_a: 12,
        n_b: 13,
        design: "paired".to_owned(),
        ci_method: Some("bca_expanded".to_owned()),
        ci_mc_error: Some(0.0),
        cliffs_delta: Some(0.5),
        p_method: Some("sign_flip_exact".to_owned()),
        p_bh: Some(0.0002),
        family: "cosine in minilm".to_owned(),
        n_tests: 3,
        mde: Some(0.02),
        note: None,
    }
}

fn levels() -> BTreeMap<&'static str, Level> {
    let level = |name: &str| if name.ends_with("tokens") { Level::Sample } else { Level::Pair };
    cards().iter().map(|card| (card.name, level(card.name))).collect()
}

pub(crate) fn cards() -> Vec<Card> {
    let card = |name, title, unit, range, measures| Card {
        name,
        title,
        unit,
        range,
        version: 1,
        measures,
        how_to_read: "High: the solutions to a question say nearly the same. Low: they go different ways.",
        misleads: "Levels cannot be compared between embedders.",
        source: "founding paper, Table 2",
    };
    vec![
        card("cosine", "Cosine similarity", "cosine", "[−1, 1]", "Mean cosine over all unordered pairs of a group."),
        card(
            "levenshtein_similarity",
            "Levenshtein similarity",
            "share",
            "[0, 1]",
            "1 − edit distance / length of the longer text.",
        ),
        card("thinking_tokens", "Thinking length", "tokens", "[0, ∞)", "Mean number of thinking tokens."),
    ]
}
