//! A comparison as CSV: one row per difference, full precision, empty where missing; what has no counterpart is a row too.

use crate::model::{ComparedRow, ComparedSide, Comparison, ContrastRow, LeftOver, Refused};
use crate::render::RenderError;
use crate::render::table::guard_csv as guard;

/// What a row is about, then both sides, then everything that a contrast has. `difference` is `to` minus `from`.
const HEADER: [&str; 39] = [
    "block",
    "metric",
    "from_run",
    "from_dataset",
    "from_domain",
    "from_model",
    "from_mode",
    "from_feedback",
    "from_space",
    "to_run",
    "to_dataset",
    "to_domain",
    "to_model",
    "to_mode",
    "to_feedback",
    "to_space",
    "from_value",
    "to_value",
    "difference",
    "ci_low",
    "ci_high",
    "ci_level",
    "ci_method",
    "ci_mc_error",
    "effect_size",
    "cliffs_delta",
    "p_value",
    "p_method",
    "p_adjusted",
    "p_bh",
    "family",
    "n_tests",
    "mde",
    "design",
    "n_questions",
    "from_n",
    "to_n",
    "moved",
    "note",
];

pub(super) fn write(comparison: &Comparison) -> Result<String, RenderError> {
    let (a, b) = (comparison.a.name.as_str(), comparison.b.name.as_str());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let mut write = |block: &str, metric: &str, sides: Vec<String>, numbers: Vec<String>| {
        writer.write_record([vec![block.to_owned(), guard(metric)], sides, numbers].concat())
    };
    let level = comparison.level;
    for row in &comparison.rows {
        let metric = &row.contrast.metric;
        write("between_runs", metric, sides(Some((a, &row.from)), Some((b, &row.to))), numbers(row, level))?;
    }
    for row in comparison.apart.iter().flat_map(|apart| &apart.rows) {
        for (block, run, row) in [("within_a", a, &row.in_a), ("within_b", b, &row.in_b)] {
            if let Some(row) = row {
                let sides = sides(Some((run, &row.from)), Some((run, &row.to)));
                write(block, &row.contrast.metric, sides, numbers(row, level))?;
            }
        }
    }
    for (block, run, all) in [("only_in_a", a, &comparison.only_in_a), ("only_in_b", b, &comparison.only_in_b)] {
        for one in all {
            let side = left_over(run, one);
            let both =
                if block == "only_in_a" { [side, vec![String::new(); 7]] } else { [vec![String::new(); 7], side] };
            write(block, one.metric.as_deref().unwrap_or(""), both.concat(), only_note(&one.reason))?;
        }
    }
    for Refused { metric, space, reason, .. } in &comparison.refused {
        let side = |run: &str| {
            let mut side = vec![guard(run); 1];
            side.extend(vec![String::new(); 5]);
            side.push(space.as_deref().map_or_else(String::new, guard));
            side
        };
        write("refused", metric, [side(a), side(b)].concat(), only_note(reason))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

type Side<'a> = Option<(&'a str, &'a ComparedSide)>;

fn sides(from: Side<'_>, to: Side<'_>) -> Vec<String> {
    [side(from), side(to)].concat()
}

fn side(side: Side<'_>) -> Vec<String> {
    let Some((run, ComparedSide { cell, space })) = side else { return vec![String::new(); 7] };
    let feedback = cell.feedback.as_deref().unwrap_or("");
    [run, &cell.dataset, &cell.domain, &cell.model, &cell.mode, feedback, space].map(guard).to_vec()
}

fn left_over(run: &str, one: &LeftOver) -> Vec<String> {
    let empty = vec![String::new(); 5];
    let cell = one.cell.as_ref().map_or(empty, |cell| {
        let feedback = cell.feedback.as_deref().unwrap_or("");
        [&cell.dataset, &cell.domain, &cell.model, &cell.mode, feedback].map(guard).to_vec()
    });
    [vec![guard(run)], cell, vec![one.space.as_deref().map_or_else(String::new, guard)]].concat()
}

fn numbers(row: &ComparedRow, level: f64) -> Vec<String> {
    let ContrastRow { value_a, value_b, difference, ci_low, ci_high, .. } = row.contrast;
    let contrast = &row.contrast;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let text = |text: &Option<String>| text.as_deref().map_or_else(String::new, guard);
    vec![
        number(value_b),
        number(value_a),
        number(difference),
        number(ci_low),
        number(ci_high),
        ci_low.map_or_else(String::new, |_| level.to_string()),
        text(&contrast.ci_method),
        number(contrast.ci_mc_error),
        number(contrast.effect_size),
        number(contrast.cliffs_delta),
        number(contrast.p_value),
        text(&contrast.p_method),
        number(contrast.p_adjusted),
        number(contrast.p_bh),
        guard(&contrast.family),
        contrast.n_tests.to_string(),
        number(contrast.mde),
        contrast.design.clone(),
        contrast.n_questions.to_string(),
        contrast.n_b.to_string(),
        contrast.n_a.to_string(),
        super::shown::moved(row).to_string(),
        text(&contrast.note),
    ]
}

fn only_note(reason: &str) -> Vec<String> {
    let mut numbers = vec![String::new(); 22];
    numbers.push(guard(reason));
    numbers
}
