//! The registry of statistics: what stands around a number.

use crate::model::Card;

/// Every statistic that a table carries.
pub static STATISTICS: &[Card] = &[
    Card {
        name: "question_mean",
        title: "Mean over questions",
        unit: "as the metric",
        range: "as the metric",
        version: 1,
        measures: "A number per group, the mean over a question's groups, the mean over questions with equal weight (`summary.value`).",
        how_to_read: "The value to expect for a new question of the same kind.",
        misleads: "When modes were drawn for different questions: compare only through `contrasts`, which is paired.",
        source: "Miller 2024, Adding Error Bars to Evals",
    },
    Card {
        name: "bootstrap_percentile",
        title: "Question-clustered bootstrap interval",
        unit: "as the metric",
        range: "as the metric",
        version: 1,
        measures: "Percentile interval of the mean over questions, questions drawn with replacement (`ci_low`, `ci_high`); 10 000 resamples unless the plan says otherwise.",
        how_to_read: "Where the mean over another set of questions of the same kind would lie, in `ci_level` of all cases.",
        misleads: "With fewer than about 20 questions it is too narrow. It says nothing about drawing new samples for the same questions.",
        source: "Efron & Tibshirani 1993, ch. 13",
    },
    Card {
        name: "sign_flip",
        title: "Paired sign-flip test",
        unit: "probability",
        range: "(0, 1]",
        version: 1,
        measures: "Share of sign patterns of the per-question differences whose mean is at least as far from zero as the one seen, two-sided; all 2^Q patterns up to 20 questions, random ones with +1 beyond (`p_value`).",
        how_to_read: "Small: the two modes would hardly differ so much if it were chance which is which in each question.",
        misleads: "With 5 questions it cannot fall below 0.0625, whatever the difference. It is no measure of how large a difference is: see `difference` and `effect_size`.",
        source: "Fisher 1935; Phipson & Smyth 2010 for the +1",
    },
    Card {
        name: "holm",
        title: "Holm correction",
        unit: "probability",
        range: "(0, 1]",
        version: 1,
        measures: "Step-down correction over all contrasts of one metric in one space (`p_adjusted`).",
        how_to_read: "Below 0.05: the contrast holds although this many were tested.",
        misleads: "Metrics are families of their own: reading many metrics for the one that is significant is not corrected for.",
        source: "Holm 1979",
    },
    Card {
        name: "effect_size",
        title: "Standardized paired difference d_z",
        unit: "standard deviations",
        range: "(−∞, ∞)",
        version: 1,
        measures: "Mean of the per-question differences over their standard deviation.",
        how_to_read: "1: the mean difference is as large as its spread between questions.",
        misleads: "It grows without bound where all questions differ by nearly the same amount; null where the spread is zero.",
        source: "Cohen 1988; Lakens 2013",
    },
];
