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
    let mut families: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, row) in rows.iter().enumerate().filter(|(_, row)| row.p_value.is_some()) {
        families.entry(row.family.clone()).or_default().push(position);
    }
    for members in families.into_values() {
        let p_values: Vec<f64> = members.iter().filter_map(|&position| rows[position].p_value).collect();
        let adjusted = holm(&p_values).into_iter().zip(benjamini_hochberg(&p_values));
        for (&position, (holm, bh)) in members.iter().zip(adjusted) {
            let row = &mut rows[position];
            (row.p_adjusted, row.p_bh, row.n_tests) = (Some(holm), Some(bh), members.len());
        }
    }
}
