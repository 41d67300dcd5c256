//! Numbers about a model under a mode, averaged over questions, with their uncertainty.

use super::group::ACROSS;

/// Above this adjusted p-value a difference is not called one.
pub const ALPHA: f64 = 0.05;
/// With fewer questions an interval rests on a guess about the shape of what it has hardly seen.
pub const FEW_QUESTIONS: usize = 10;

/// What a row of `summary` is about: a model under a sampling mode and feedback on a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the key columns, in their own words")]
pub struct Cell {
    pub dataset: String,
    pub domain: String,
    pub model: String,
    pub mode: String,
    pub feedback: Option<String>,
}

impl Cell {
    /// The cell that a group belongs to.
    #[must_use]
    pub fn of(key: &super::GroupKey) -> Self {
        Cell {
            dataset: key.dataset.clone(),
            domain: key.domain.clone(),
            model: key.model.clone(),
            mode: key.mode.clone(),
            feedback: key.feedback.clone(),
        }
    }

    /// Whether this is about pairs across two modes.
    #[must_use]
    pub fn is_across(&self) -> bool {
        self.mode.contains(ACROSS)
    }

    /// Whether this is about pairs across two modes, of which `other` is one.
    #[must_use]
    pub fn is_across_of(&self, other: &Cell) -> bool {
        self.mode.split(ACROSS).count() == 2 && self.mode.split(ACROSS).any(|mode| mode == other.mode)
    }

    /// Sorts modes as people list them: parallel, Markov, auto-regressive, parallel after rounds, then any other by
    /// name; feedback decides between equals.
    #[must_use]
    pub fn mode_order(&self) -> (usize, &str, Option<&str>) {
        const LISTED: [&str; 4] = ["parallel", "markov", "autoregressive", "parallel_after_rounds"];
        let rank = LISTED.iter().position(|mode| *mode == self.mode).unwrap_or(LISTED.len());
        (rank, &self.mode, self.feedback.as_deref())
    }
}

/// A row of `summary`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct SummaryRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    pub value: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub ci_level: f64,
    pub n_questions: usize,
    pub n_groups: usize,
    pub n_missing: usize,
    pub std_error: Option<f64>,
    pub std_error_samples: Option<f64>,
    pub ci_method: String,
    pub ci_mc_error: Option<f64>,
    pub ci_note: Option<String>,
}

/// What an interval speaks of: what is drawn anew in the thought behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Other questions of the same kind, each sampled as often as these.
    Questions,
    /// Other samples for the same questions.
    Samples,
    /// Both, with the samples drawn anew from those that are there.
    Both,
}

impl Target {
    /// As the table `intervals` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::Questions => "new questions",
            Target::Samples => "same questions, new samples",
            Target::Both => "new questions, new samples",
        }
    }
}

/// What one method says about a mean over questions: a row of `intervals`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct IntervalRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    pub target: Target,
    pub method: &'static str,
    pub value: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub ci_level: f64,
    pub std_error: Option<f64>,
    pub mc_error: Option<f64>,
    pub n_questions: usize,
    pub note: Option<String>,
}

/// A row of `contrasts`: the value of mode a minus the value of mode b, over the questions that both have.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct ContrastRow {
    pub dataset: String,
    pub domain: String,
    pub model: String,
    pub mode_a: String,
    pub mode_b: String,
    pub feedback_a: Option<String>,
    pub feedback_b: Option<String>,
    pub metric: String,
    pub space: String,
    pub difference: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub effect_size: Option<f64>,
    pub p_value: Option<f64>,
    pub p_adjusted: Option<f64>,
    pub n_questions: usize,
    pub by: String,
    pub level_a: String,
    pub level_b: String,
    pub value_a: Option<f64>,
    pub value_b: Option<f64>,
    pub n_a: usize,
    pub n_b: usize,
    pub design: String,
    pub ci_method: Option<String>,
    pub ci_mc_error: Option<f64>,
    pub cliffs_delta: Option<f64>,
    pub p_method: Option<String>,
    pub p_bh: Option<f64>,
    pub family: String,
    pub n_tests: usize,
    pub mde: Option<f64>,
    pub note: Option<String>,
}

/// What a contrast is of, but for its space: where, its two sides, what they are called, and its metric.
pub type ContrastOf<'a> = ([&'a str; 3], [&'a str; 2], [Option<&'a str>; 2], [&'a str; 3], &'a str);

impl ContrastRow {
    /// What it is of, but for its space.
    #[must_use]
    pub fn of(&self) -> ContrastOf<'_> {
        (
            [&self.dataset, &self.domain, &self.model],
            [&self.mode_a, &self.mode_b],
            [self.feedback_a.as_deref(), self.feedback_b.as_deref()],
            [&self.by, &self.level_a, &self.level_b],
            &self.metric,
        )
    }

    /// Whether one side is about pairs across two modes.
    #[must_use]
    pub fn is_across(&self) -> bool {
        [&self.mode_a, &self.mode_b].iter().any(|mode| mode.contains(ACROSS))
    }
}

/// A row of `rounds`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct RoundRow {
    pub cell: Cell,
    pub round: i64,
    pub metric: String,
    pub space: String,
    pub value: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n_questions: usize,
}

/// Mean similarity of two rounds of the same chain (or two draws of the same question): a tile of the round × round heat map.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named as in `pairs`")]
pub struct RoundPairRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    pub round_a: i64,
    pub round_b: i64,
    pub value: f64,
    pub n_questions: usize,
}

/// Mean similarity at a distance of `lag` rounds: a row of `lags`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct LagRow {
    pub cell: Cell,
    pub metric: String,
    pub space: String,
    pub lag: i64,
    pub value: f64,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    /// What as many pairs of parallel draws of the same questions give.
    pub null: Option<NullBand>,
    pub n_questions: usize,
}

/// What a mean would be if it were of pairs of independent draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NullBand {
    /// Its expectation.
    pub value: f64,
    /// The ends of the interval that it lies in; `None` where none were asked for.
    pub interval: Option<(f64, f64)>,
    /// Questions that have both.
    pub n_questions: usize,
}

/// How long the samples of a model under a mode are: a row of `lengths`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct LengthRow {
    pub cell: Cell,
    pub round: Option<i64>,
    pub metric: &'static str,
    pub n_questions: usize,
    pub n_samples: usize,
    pub mean: f64,
    pub min: f64,
    pub p05: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
    pub max: f64,
}

/// What of a contrast is another under another choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flips {
    /// Neither.
    Nothing,
    /// The sign of the difference.
    Sign,
    /// Whether its adjusted p-value is below [`ALPHA`].
    Significance,
    /// Both.
    Both,
}

impl Flips {
    /// From the table's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Flips::Nothing, Flips::Sign, Flips::Significance, Flips::Both].into_iter().find(|one| one.name() == word)
    }

    /// As the table `sensitivity` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Flips::Nothing => "nothing",
            Flips::Sign => "sign",
            Flips::Significance => "significance",
            Flips::Both => "sign and significance",
        }
    }
}

/// A headline number under another choice: a row of `sensitivity`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns of the table, documented in its schema")]
pub struct SensitivityRow {
    pub dataset: String,
    pub domain: String,
    pub model: String,
    pub mode_a: String,
    pub feedback_a: Option<String>,
    /// None where the number is a mean and not a difference.
    pub mode_b: Option<String>,
    pub feedback_b: Option<String>,
    /// What the sides differ in, and what they are called; null for means.
    pub by: Option<String>,
    pub level_a: Option<String>,
    pub level_b: Option<String>,
    pub metric: String,
    pub space: String,
    pub choice: String,
    pub alternative: String,
    pub value: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub p_adjusted: Option<f64>,
    pub n_questions: usize,
    pub reported: Option<f64>,
    pub reported_p_adjusted: Option<f64>,
    pub flips: Option<Flips>,
}
