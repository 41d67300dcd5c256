//! `contrasts`: two modes (feedbacks, models, …) against each other, over the questions that both have.

use std::path::{Path, PathBuf};

use super::schema::{Column, Kind, METRIC, SPACE, Table};
use super::writer::{TableWriter, Value};
use crate::model::ContrastRow;
use crate::store::Result;

pub(in crate::store) static CONTRASTS: Table = Table {
    name: "contrasts",
    version: 2,
    row: "two modes of a model on a dataset (or whatever two sides `by` names; a key in which they differ reads `a − b`), a metric and a space",
    n_keys: 3,
    own: &[
        Column::required("mode_a", Kind::Text, "the mode that is compared").repeating(),
        Column::required("mode_b", Kind::Text, "the mode that it is compared with").repeating(),
        Column::optional("feedback_a", Kind::Text, "the feedback of mode a; null where there is none").repeating(),
        Column::optional("feedback_b", Kind::Text, "the feedback of mode b; null where there is none").repeating(),
        METRIC,
        SPACE,
        Column::optional(
            "difference",
            Kind::Float,
            "mean over questions of the value under mode a minus the value under mode b, over the questions that both have; difference of the two means where they have none in common (`design` says so)",
        ),
        Column::optional(
            "ci_low",
            Kind::Float,
            "lower end of the interval of `difference`, over questions; null where there is none",
        ),
        Column::optional("ci_high", Kind::Float, "upper end of the interval; null where there is none"),
        Column::optional(
            "effect_size",
            Kind::Float,
            "standardized difference: d_z, the mean of the questions' differences over their standard deviation; Cohen's d where unpaired; null where nothing varies",
        ),
        Column::optional("p_value", Kind::Float, "two-sided test over questions (`p_method`); null where there is none"),
        Column::optional(
            "p_adjusted",
            Kind::Float,
            "`p_value` after Holm, over the tests of `family`; null where there is none",
        ),
        Column::required(
            "n_questions",
            Kind::Integer,
            "questions that entered: those that both sides have, or, where unpaired, those of either",
        ),
        Column::required("by", Kind::Text, "what the sides differ in: mode, feedback, model, dataset, domain or a column of the input").repeating(),
        Column::required("level_a", Kind::Text, "what side a is called").repeating(),
        Column::required("level_b", Kind::Text, "what side b is called").repeating(),
        Column::optional("value_a", Kind::Float, "mean over the same questions of side a; null where there is none"),
        Column::optional("value_b", Kind::Float, "mean over the same questions of side b; null where there is none"),
        Column::required("n_a", Kind::Integer, "questions with a value on side a, shared or not"),
        Column::required("n_b", Kind::Integer, "questions with a value on side b, shared or not"),
        Column::required("design", Kind::Text, "paired (questions in common), unpaired (none in common) or none (nothing to compare)").repeating(),
        Column::optional("ci_method", Kind::Text, "how the interval was found: percentile, bca, bca_expanded or t, welch where unpaired").repeating(),
        Column::optional(
            "ci_mc_error",
            Kind::Float,
            "standard error of the interval's ends owed to the finite number of resamples; 0 where nothing is drawn",
        ),
        Column::optional(
            "cliffs_delta",
            Kind::Float,
            "share of questions where side a is larger minus share where it is smaller; where unpaired, over all pairs of a question of each",
        ),
        Column::optional(
            "p_method",
            Kind::Text,
            "the test: sign_flip_exact, sign_flip, mcnemar_exact (all values 0 or 1); permutation_exact or permutation of Welch's t where unpaired",
        )
        .repeating(),
        Column::optional("p_bh", Kind::Float, "`p_value` after Benjamini and Hochberg, over the tests of `family`; null where there is none"),
        Column::required("family", Kind::Text, "the tests that are corrected together: the plan's name, or the metric in its space").repeating(),
        Column::required("n_tests", Kind::Integer, "tests in the family; 0 where this row has none"),
        Column::optional(
            "mde",
            Kind::Float,
            "minimum detectable effect: the true difference that so many questions find with the plan's power at its level, before any correction; null where nothing varies, or where so few questions cannot be significant",
        ),
        Column::optional("note", Kind::Text, "why a number is missing, or what to know before trusting the row; null where there is nothing to say").repeating(),
    ],
    open: "",
};

/// Writes `contrasts` into `folder`, also when there are none. Returns the file's path.
pub fn write_contrasts(folder: &Path, rows: &[ContrastRow]) -> Result<PathBuf> {
    let mut table = TableWriter::create(folder, &CONTRASTS)?;
    for row in rows {
        table.append(&[
            Value::from(&row.dataset),
            Value::from(&row.domain),
            Value::from(&row.model),
            Value::from(&row.mode_a),
            Value::from(&row.mode_b),
            row.feedback_a.as_ref().into(),
            row.feedback_b.as_ref().into(),
            Value::from(&row.metric),
            Value::from(&row.space),
            row.difference.into(),
            row.ci_low.into(),
            row.ci_high.into(),
            row.effect_size.into(),
            row.p_value.into(),
            row.p_adjusted.into(),
            row.n_questions.into(),
            Value::from(&row.by),
            Value::from(&row.level_a),
            Value::from(&row.level_b),
            row.value_a.into(),
            row.value_b.into(),
            row.n_a.into(),
            row.n_b.into(),
            Value::from(&row.design),
            row.ci_method.as_ref().into(),
            row.ci_mc_error.into(),
            row.cliffs_delta.into(),
            row.p_method.as_ref().into(),
            row.p_bh.into(),
            Value::from(&row.family),
            row.n_tests.into(),
            row.mde.into(),
            row.note.as_ref().into(),
        ])?;
    }
    table.finish()
}
