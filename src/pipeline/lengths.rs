//! Groups → rows of `lengths`, whatever the plan measures: one length after the other, so that one at a time is in memory.

use rayon::prelude::*;

use crate::measure::LENGTHS;
use crate::model::{Group, LengthRow, Sample};
use crate::summarize;

/// All rows, by model and mode, then in the order of the lengths, then of the rounds.
pub(super) fn lengths(samples: &[Sample], groups: &[Group]) -> Vec<LengthRow> {
    let mut rows: Vec<LengthRow> = Vec::new();
    for length in &LENGTHS {
        let of: Vec<Vec<(i64, f64)>> = groups.par_iter().map(|group| length.of(group, samples)).collect();
        let values = groups
            .iter()
            .zip(&of)
            .flat_map(|(group, lengths)| lengths.iter().map(move |(round, length)| (&*group.key, *round, *length)));
        rows.extend(summarize::lengths(length.metric, values));
    }
    // A stable sort keeps the order of lengths and rounds within a cell.
    rows.sort_by(|one, other| one.cell.cmp(&other.cell));
    rows
}
