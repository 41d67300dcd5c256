//! A comparison as JSON: one object per difference, full precision, null where missing, keys in a fixed order.

use serde::Serialize;

use super::shown::{moved, plain_sentences};
use crate::model::{Apart, Cell, ComparedRow, ComparedRun, ComparedSide, Comparison, LeftOver, Refused};
use crate::render::RenderError;

#[derive(Serialize)]
struct Document<'a> {
    a: RunJson<'a>,
    b: RunJson<'a>,
    n_shared_questions: usize,
    ci_level: f64,
    resamples: usize,
    sentences: Vec<String>,
    headlines: &'a [String],
    rows: Vec<RowJson<'a>>,
    apart: Vec<ApartJson<'a>>,
    only_in_a: Vec<LeftOverJson<'a>>,
    only_in_b: Vec<LeftOverJson<'a>>,
    refused: Vec<RefusedJson<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct RunJson<'a> {
    name: &'a str,
    folder: &'a str,
    n_questions: usize,
}

#[derive(Serialize)]
struct CellJson<'a> {
    dataset: &'a str,
    domain: &'a str,
    model: &'a str,
    mode: &'a str,
    feedback: Option<&'a str>,
}

#[derive(Serialize)]
struct SideJson<'a> {
    #[serde(flatten)]
    cell: CellJson<'a>,
    space: &'a str,
    value: Option<f64>,
    n_questions: usize,
}

#[derive(Serialize)]
struct RowJson<'a> {
    metric: &'a str,
    from: SideJson<'a>,
    to: SideJson<'a>,
    difference: Option<f64>,
    ci_low: Option<f64>,
    ci_high: Option<f64>,
    ci_method: Option<&'a str>,
    ci_mc_error: Option<f64>,
    effect_size: Option<f64>,
    cliffs_delta: Option<f64>,
    p_value: Option<f64>,
    p_method: Option<&'a str>,
    p_adjusted: Option<f64>,
    p_bh: Option<f64>,
    family: &'a str,
    n_tests: usize,
    mde: Option<f64>,
    design: &'a str,
    n_questions: usize,
    moved: bool,
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct ApartJson<'a> {
    metric: &'a str,
    space_a: &'a str,
    space_b: &'a str,
    reason: &'a str,
    rows: Vec<SideBySideJson<'a>>,
}

#[derive(Serialize)]
struct SideBySideJson<'a> {
    in_a: Option<RowJson<'a>>,
    in_b: Option<RowJson<'a>>,
}

#[derive(Serialize)]
struct LeftOverJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<CellJson<'a>>,
    metric: Option<&'a str>,
    space: Option<&'a str>,
    reason: &'a str,
}

#[derive(Serialize)]
struct RefusedJson<'a> {
    metric: &'a str,
    space: Option<&'a str>,
    reason: &'a str,
    hint: &'a str,
}

pub(super) fn write(comparison: &Comparison) -> Result<String, RenderError> {
    let document = Document {
        a: run(&comparison.a),
        b: run(&comparison.b),
        n_shared_questions: comparison.n_shared,
        ci_level: comparison.level,
        resamples: comparison.resamples,
        sentences: plain_sentences(comparison),
        headlines: &comparison.headlines,
        rows: comparison.rows.iter().map(row).collect(),
        apart: comparison.apart.iter().map(apart).collect(),
        only_in_a: comparison.only_in_a.iter().map(left_over).collect(),
        only_in_b: comparison.only_in_b.iter().map(left_over).collect(),
        refused: comparison.refused.iter().map(refused).collect(),
        notes: &comparison.notes,
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn run(run: &ComparedRun) -> RunJson<'_> {
    RunJson { name: &run.name, folder: &run.folder, n_questions: run.n_questions }
}

fn cell(cell: &Cell) -> CellJson<'_> {
    CellJson {
        dataset: &cell.dataset,
        domain: &cell.domain,
        model: &cell.model,
        mode: &cell.mode,
        feedback: cell.feedback.as_deref(),
    }
}

fn side(side: &ComparedSide, value: Option<f64>, n_questions: usize) -> SideJson<'_> {
    SideJson { cell: cell(&side.cell), space: &side.space, value, n_questions }
}

fn row(row: &ComparedRow) -> RowJson<'_> {
    let contrast = &row.contrast;
    RowJson {
        metric: &contrast.metric,
        from: side(&row.from, contrast.value_b, contrast.n_b),
        to: side(&row.to, contrast.value_a, contrast.n_a),
        difference: contrast.difference,
        ci_low: contrast.ci_low,
        ci_high: contrast.ci_high,
        ci_method: contrast.ci_method.as_deref(),
        ci_mc_error: contrast.ci_mc_error,
        effect_size: contrast.effect_size,
        cliffs_delta: contrast.cliffs_delta,
        p_value: contrast.p_value,
        p_method: contrast.p_method.as_deref(),
        p_adjusted: contrast.p_adjusted,
        p_bh: contrast.p_bh,
        family: &contrast.family,
        n_tests: contrast.n_tests,
        mde: contrast.mde,
        design: &contrast.design,
        n_questions: contrast.n_questions,
        moved: moved(row),
        note: contrast.note.as_deref(),
    }
}

fn apart(apart: &Apart) -> ApartJson<'_> {
    ApartJson {
        metric: &apart.metric,
        space_a: &apart.space_a,
        space_b: &apart.space_b,
        reason: &apart.reason,
        rows: apart
            .rows
            .iter()
            .map(|both| SideBySideJson { in_a: both.in_a.as_ref().map(row), in_b: both.in_b.as_ref().map(row) })
            .collect(),
    }
}

fn left_over(one: &LeftOver) -> LeftOverJson<'_> {
    LeftOverJson {
        cell: one.cell.as_ref().map(cell),
        metric: one.metric.as_deref(),
        space: one.space.as_deref(),
        reason: &one.reason,
    }
}

fn refused(one: &Refused) -> RefusedJson<'_> {
    RefusedJson { metric: &one.metric, space: one.space.as_deref(), reason: &one.reason, hint: &one.hint }
}
