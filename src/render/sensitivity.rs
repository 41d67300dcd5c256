//! The sensitivity panel in words and as a table: what was reported beside what other choices give.

use std::collections::BTreeSet;

use super::label::{clean, place};
use super::modes::{ModeKey, ModeLabels};
use super::words;
use crate::model::{Flips, SensitivityRow};

/// More flips than this are summed up in one sentence for each choice.
const MANY: usize = 6;
/// The choice of the row that says what was reported.
pub(crate) const REPORTED: &str = "as reported";

/// The contrasts of a run under every choice.
pub(crate) struct Panel {
    /// The choices, `pairs: consecutive`, each once.
    pub(crate) choices: Vec<String>,
    /// As many as were asked for at most.
    pub(crate) lines: Vec<Line>,
    /// How many contrasts there are.
    pub(crate) n_lines: usize,
}

/// One contrast.
pub(crate) struct Line {
    pub(crate) model: String,
    pub(crate) place: String,
    pub(crate) metric: String,
    pub(crate) space: String,
    pub(crate) contrast: String,
    pub(crate) reported: String,
    /// Choice by choice: the difference, and what flips; none where the choice has no such contrast.
    pub(crate) others: Vec<Option<(String, Flips)>>,
}

/// Turned as contrasts are, the baseline last; with what its sides are called.
pub(crate) fn oriented(row: &SensitivityRow, labels: &ModeLabels) -> (SensitivityRow, String) {
    if row.by.as_deref() != Some("mode") {
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        let mode = labels.label(&ModeKey::new(&row.mode_a, row.feedback_a.as_deref()));
        return (row.clone(), words::other_name(&word(&row.by), (&word(&row.level_a), &word(&row.level_b)), &mode));
    }
    let a = ModeKey::new(&row.mode_a, row.feedback_a.as_deref());
    let b = ModeKey::new(row.mode_b.as_deref().unwrap_or(""), row.feedback_b.as_deref());
    if a >= b {
        return (row.clone(), format!("{} − {}", labels.label(&a), labels.label(&b)));
    }
    let turned = SensitivityRow {
        value: row.value.map(|value| -value),
        reported: row.reported.map(|value| -value),
        ci_low: row.ci_high.map(|value| -value),
        ci_high: row.ci_low.map(|value| -value),
        ..row.clone()
    };
    (turned, format!("{} − {}", labels.label(&b), labels.label(&a)))
}

pub(crate) fn choice(row: &SensitivityRow) -> String {
    format!("{}: {}", row.choice, clean(&row.alternative))
}

/// One contrast with all of its rows; those of a contrast lie together, what was reported first.
pub(crate) fn contrasts(rows: &[SensitivityRow]) -> Vec<&[SensitivityRow]> {
    let first = rows.iter().position(|row| row.mode_b.is_some()).unwrap_or(rows.len());
    rows[first..].chunk_by(|_, next| next.choice != REPORTED).collect()
}

/// The panel as a table of so many lines at most.
pub(crate) fn panel(rows: &[SensitivityRow], labels: &ModeLabels, most: usize) -> Panel {
    let contrasts = contrasts(rows);
    let choices: BTreeSet<String> =
        contrasts.iter().flat_map(|rows| rows.iter()).filter(|row| row.choice != REPORTED).map(choice).collect();
    let choices: Vec<String> = choices.into_iter().collect();
    let line = |rows: &&[SensitivityRow]| {
        let decimals = words::decimals(rows.iter().filter_map(|row| row.value));
        let (reported, contrast) = oriented(rows.first()?, labels);
        let shown = |row: &SensitivityRow| {
            oriented(row, labels)
                .0
                .value
                .map_or_else(|| words::MISSING.to_owned(), |value| words::signed(value, decimals))
        };
        let other = |wanted: &String| {
            let row = rows.iter().find(|row| choice(row) == *wanted)?;
            Some((shown(row), row.flips.unwrap_or(Flips::Nothing)))
        };
        Some(Line {
            model: clean(&reported.model),
            place: place(&reported.dataset, &reported.domain),
            metric: clean(&reported.metric),
            space: clean(&reported.space),
            contrast,
            reported: shown(&rows[0]),
            others: choices.iter().map(other).collect(),
        })
    };
    let lines = contrasts.iter().take(most).filter_map(line).collect();
    Panel { choices: choices.clone(), lines, n_lines: contrasts.len() }
}

/// Where a sign or a significance flips, in plain sentences; that nothing does is one, too.
pub(crate) fn sentences(rows: &[SensitivityRow], labels: &ModeLabels) -> Vec<String> {
    let contrasts = contrasts(rows);
    let others: Vec<&SensitivityRow> =
        contrasts.iter().flat_map(|rows| rows.iter()).filter(|row| row.choice != REPORTED).collect();
    if others.is_empty() {
        return Vec::new();
    }
    let flipped: Vec<&SensitivityRow> =
        others.iter().copied().filter(|row| row.flips.is_some_and(|flips| flips != Flips::Nothing)).collect();
    let choices: BTreeSet<String> = others.iter().map(|row| choice(row)).collect();
    if flipped.is_empty() {
        return vec![nothing_flips(contrasts.len(), choices.len())];
    }
    if flipped.len() <= MANY {
        return flipped.into_iter().map(|row| sentence(row, labels)).collect();
    }
    choices.iter().filter_map(|wanted| sum_up(wanted, &others)).collect()
}

fn nothing_flips(contrasts: usize, choices: usize) -> String {
    let of = if contrasts == 1 { "the only contrast".to_owned() } else { words::count(contrasts, "contrast") };
    let under = if choices == 1 {
        "the other choice".to_owned()
    } else {
        format!("any of {}", words::count(choices, "other choice"))
    };
    format!("No sign and no significance of {of} flips under {under}.")
}

fn sentence(row: &SensitivityRow, labels: &ModeLabels) -> String {
    let (turned, contrast) = oriented(row, labels);
    let decimals = words::decimals([turned.value, turned.reported].into_iter().flatten());
    let told = |value: Option<f64>, p: Option<f64>| {
        let value = value.map_or_else(|| words::MISSING.to_owned(), |value| words::signed(value, decimals));
        p.map_or_else(|| value.clone(), |p| format!("{value} ({})", words::p_value(p)))
    };
    format!(
        "{} on {}, {contrast} in {}, measured on {}: {} as reported, {} with {}; {}.",
        clean(&row.model),
        place(&row.dataset, &row.domain),
        clean(&row.metric).replace('_', " "),
        clean(&row.space),
        told(turned.reported, turned.reported_p_adjusted),
        told(turned.value, turned.p_adjusted),
        choice(row),
        verb(row.flips),
    )
}

fn verb(flips: Option<Flips>) -> &'static str {
    match flips {
        Some(Flips::Sign) => "the sign flips",
        Some(Flips::Significance) => "the significance flips",
        Some(Flips::Both) => "sign and significance flip",
        Some(Flips::Nothing) | None => "nothing flips",
    }
}

/// Many flips under one choice as one sentence.
fn sum_up(wanted: &str, others: &[&SensitivityRow]) -> Option<String> {
    let of_choice: Vec<&&SensitivityRow> = others.iter().filter(|row| choice(row) == wanted).collect();
    let n = |flips: &[Flips]| of_choice.iter().filter(|row| row.flips.is_some_and(|one| flips.contains(&one))).count();
    let (sign, significance) = (n(&[Flips::Sign, Flips::Both]), n(&[Flips::Significance, Flips::Both]));
    if sign + significance == 0 {
        return None;
    }
    Some(format!(
        "With {wanted}, the sign flips in {sign} and the significance in {significance} of {}.",
        words::count(of_choice.len(), "contrast")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_one_is_not_counted() {
        assert_eq!(
            nothing_flips(1, 1),
            "No sign and no significance of the only contrast flips under the other choice."
        );
        assert_eq!(
            nothing_flips(6, 4),
            "No sign and no significance of 6 contrasts flips under any of 4 other choices."
        );
    }
}
