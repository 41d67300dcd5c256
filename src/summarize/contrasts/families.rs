//! Families of tests: what is corrected together.

use std::collections::BTreeMap;

use super::{By, Contrast};
use crate::kernels::adjust::{benjamini_hochberg, holm};
use crate::model::ContrastRow;

/// The family of a contrast: the plan's word for it, or the metric in its space. Contrasts with pairs across modes ask
/// another question than those between modes and are a family of their own.
pub(super) fn name(entry: &Contrast, across: bool, (metric, space): (&str, &str)) -> String {
    if let Some(family) = &entry.family {
        return family.clone();
    }
    let by = if entry.by == By::Mode { String::new() } else { format!(", by {}", entry.by.name()) };
    let across = if across { ", across modes" } else { "" };
    format!("{metric} in {space}{by}{across}")
}

/// Fills in both corrections, family by family.
pub(in crate::summarize) fn adjust(rows: &mut [ContrastRow]) {
    let p_values: Vec<Option<f64>> = rows.iter().map(|row| row.p_value).collect();
    let adjusted = adjusted(rows, &p_values);
    for (row, adjusted) in rows.iter_mut().zip(adjusted) {
        if let Some((holm, bh, n_tests)) = adjusted {
            (row.p_adjusted, row.p_bh, row.n_tests) = (Some(holm), Some(bh), n_tests);
        }
    }
}

/// Holm's and Benjamini and Hochberg's corrections of these p-values in the families of the rows, and how many tests each has.
pub(in crate::summarize) fn adjusted(rows: &[ContrastRow], p_values: &[Option<f64>]) -> Vec<Option<(f64, f64, usize)>> {
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, row) in rows.iter().enumerate().filter(|(position, _)| p_values[*position].is_some()) {
        families.entry(&row.family).or_default().push(position);
    }
    let mut found = vec![None; rows.len()];
    for members in families.into_values() {
        let of_family: Vec<f64> = members.iter().filter_map(|&position| p_values[position]).collect();
        let corrected = holm(&of_family).into_iter().zip(benjamini_hochberg(&of_family));
        for (&position, (holm, bh)) in members.iter().zip(corrected) {
            found[position] = Some((holm, bh, members.len()));
        }
    }
    found
}
