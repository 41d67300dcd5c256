//! What moved between two runs, for a reader.
//!
//! A [`Comparison`] comes in, one string goes out, in the format that was asked for. `sentences` says it in words, `shown`
//! decides what stands in the table, each format has a file of its own and escapes what comes from data in its own way.

mod csv;
mod json;
mod latex;
mod markdown;
mod sentences;
mod shown;
mod text;

use std::collections::BTreeMap;

use super::RenderError;
use super::table::TableFormat;
use crate::model::{Card, Comparison};
use shown::Shown;

/// A comparison to be written.
#[derive(Debug, Clone, Copy)]
pub struct CompareRequest<'a> {
    /// What was found.
    pub comparison: &'a Comparison,
    /// A metric's name → its card.
    pub cards: &'a BTreeMap<String, Card>,
    /// How to write it.
    pub format: TableFormat,
    /// Whether what did not clearly move is shown too; CSV and JSON always hold everything.
    pub all: bool,
    /// Columns of the terminal; used by [`TableFormat::Text`] alone.
    pub width: usize,
}

/// Writes the comparison.
pub fn compare(request: &CompareRequest<'_>) -> Result<String, RenderError> {
    let comparison = request.comparison;
    let shown = || Shown::new(request);
    match request.format {
        TableFormat::Text => Ok(text::write(&shown(), request.width)),
        TableFormat::Markdown => Ok(markdown::write(&shown())),
        TableFormat::Latex => Ok(latex::write(&shown())),
        TableFormat::Csv => csv::write(comparison),
        TableFormat::Json => json::write(comparison),
    }
}

#[cfg(test)]
mod tests;
