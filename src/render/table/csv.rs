//! The table's numbers as CSV: one row per number, full precision, empty where missing.

use super::Content;
use crate::render::RenderError;

const HEADER: [&str; 14] = [
    "block",
    "domain",
    "dataset",
    "model",
    "mode",
    "feedback",
    "metric",
    "space",
    "value",
    "ci_low",
    "ci_high",
    "ci_level",
    "n_questions",
    "n_missing",
];

pub(super) fn write(content: &Content<'_>) -> Result<String, RenderError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for block in &content.blocks {
        for row in block.layout.cells() {
            let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
            // The paper tells no counts, and a difference has none.
            let known = block.key == "run" || row.n_questions > 0;
            writer.write_record([
                block.key.to_owned(),
                guard(&row.cell.domain),
                guard(&row.cell.dataset),
                guard(&row.cell.model),
                guard(&row.cell.mode),
                row.cell.feedback.as_deref().map_or_else(String::new, guard),
                guard(&row.metric),
                guard(&row.space),
                number(row.value),
                number(row.ci_low),
                number(row.ci_high),
                row.ci_low.map_or_else(String::new, |_| row.ci_level.to_string()),
                if known { row.n_questions.to_string() } else { String::new() },
                if known { row.n_missing.to_string() } else { String::new() },
            ])?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A spreadsheet takes a text that begins like a formula for one and runs it; an apostrophe keeps it a text.
pub(super) fn guard(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
