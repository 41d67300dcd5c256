//! The table's numbers as JSON: one object per number, full precision, null where missing, keys in a fixed order.

use serde::Serialize;

use super::Content;
use crate::model::{ContrastRow, SummaryRow};
use crate::render::RenderError;

#[derive(Serialize)]
struct Document<'a> {
    run: &'a str,
    metric: &'a str,
    title: &'a str,
    unit: Option<&'a str>,
    blocks: Vec<BlockJson<'a>>,
    contrasts: Vec<ContrastJson<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct BlockJson<'a> {
    block: &'a str,
    title: &'a str,
    rows: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct RowJson<'a> {
    domain: &'a str,
    dataset: &'a str,
    model: &'a str,
    mode: &'a str,
    feedback: Option<&'a str>,
    space: &'a str,
    value: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    ci_level: Option<f64>,
    n_questions: Option<usize>,
    n_missing: Option<usize>,
}

#[derive(Serialize)]
struct ContrastJson<'a> {
    domain: &'a str,
    dataset: &'a str,
    model: &'a str,
    mode_a: &'a str,
    feedback_a: Option<&'a str>,
    mode_b: &'a str,
    feedback_b: Option<&'a str>,
    space: &'a str,
    difference: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    effect_size: Option<f64>,
    p_value: Option<f64>,
    p_adjusted: Option<f64>,
    n_questions: usize,
}

pub(super) fn write(content: &Content<'_>) -> Result<String, RenderError> {
    let document = Document {
        run: content.request.run,
        metric: content.request.metric,
        title: &content.title,
        unit: content.request.card.map(|card| card.unit),
        blocks: content
            .blocks
            .iter()
            .map(|block| BlockJson {
                block: block.key,
                title: &block.title,
                rows: block.layout.cells().map(|row| row_json(row, block.key == "run")).collect(),
            })
            .collect(),
        contrasts: content.contrasts.iter().map(contrast_json).collect(),
        notes: &content.notes,
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// `counted`: whether a count of 0 is one. The paper tells no counts, and a difference has none.
fn row_json(row: &SummaryRow, counted: bool) -> RowJson<'_> {
    let known = counted || row.n_questions > 0;
    RowJson {
        domain: &row.cell.domain,
        dataset: &row.cell.dataset,
        model: &row.cell.model,
        mode: &row.cell.mode,
        feedback: row.cell.feedback.as_deref(),
        space: &row.space,
        value: row.value,
        ci_low: row.ci_low,
        ci_high: row.ci_high,
        ci_level: row.ci_low.map(|_| row.ci_level),
        n_questions: known.then_some(row.n_questions),
        n_missing: known.then_some(row.n_missing),
    }
}

fn contrast_json(row: &ContrastRow) -> ContrastJson<'_> {
    ContrastJson {
        domain: &row.domain,
        dataset: &row.dataset,
        model: &row.model,
        mode_a: &row.mode_a,
        feedback_a: row.feedback_a.as_deref(),
        mode_b: &row.mode_b,
        feedback_b: row.feedback_b.as_deref(),
        space: &row.space,
        difference: row.difference,
        ci_low: row.ci_low,
        ci_high: row.ci_high,
        effect_size: row.effect_size,
        p_value: row.p_value,
        p_adjusted: row.p_adjusted,
        n_questions: row.n_questions,
    }
}
