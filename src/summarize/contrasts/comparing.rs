//! Two columns of numbers over questions against each other: paired where they share questions, else as two samples.

use std::sync::Arc;

use crate::kernels::bounds::{deviation, standard_error};
use crate::kernels::comparison::{
    cliffs_delta, cliffs_delta_paired, d_unpaired, d_z, detectable, mcnemar, unpaired_error, welch_interval,
    welch_permutation,
};
use crate::kernels::resampling::{Columns, EXACT_UP_TO, sign_flip_p_values};
use crate::kernels::streams::stream;
use crate::model::{ContrastRow, FEW_QUESTIONS};
use crate::summarize::Settings;
use crate::summarize::intervals::intervals;
use crate::summarize::panel::{Panel, Values, finite, panels};

/// The values of both sides.
pub(super) struct Compared {
    pub(super) a: Values,
    pub(super) b: Values,
    /// Whether a question of one side can be a question of the other.
    pub(super) same_questions: bool,
}

/// Fills rows, each with the values of its two sides.
pub(super) fn fill(rows: &mut [ContrastRow], compared: &[Compared], settings: Settings) {
    let shared: Vec<Vec<(Arc<str>, f64, f64)>> =
        compared.iter().map(|one| if one.same_questions { shared(&one.a, &one.b) } else { Vec::new() }).collect();
    let differences: Vec<Values> = shared
        .iter()
        .map(|shared| shared.iter().map(|(question, a, b)| (Arc::clone(question), a - b)).collect())
        .collect();
    for ((row, Compared { a, b, .. }), shared) in rows.iter_mut().zip(compared).zip(&shared) {
        (row.n_a, row.n_b) = (a.len(), b.len());
        if shared.is_empty() {
            unpaired(row, (a, b), settings);
        }
    }
    for panel in panels(&differences) {
        paired(rows, &panel, &shared, settings);
    }
}

/// The questions that both have, with both values.
fn shared(a: &Values, b: &Values) -> Vec<(Arc<str>, f64, f64)> {
    let mut rest = b.iter().peekable();
    let mut found = Vec::new();
    for (question, value) in a {
        while rest.next_if(|(other, _)| other < question).is_some() {}
        if let Some((_, other)) = rest.next_if(|(other, _)| other == question) {
            found.push((Arc::clone(question), *value, *other));
        }
    }
    found
}

fn paired(rows: &mut [ContrastRow], panel: &Panel, shared: &[Vec<(Arc<str>, f64, f64)>], settings: Settings) {
    let n = panel.n_questions;
    let spreads = intervals(panel, settings);
    let flips = sign_flips(panel, settings);
    for (column, &position) in panel.columns.iter().enumerate() {
        let (row, both) = (&mut rows[position], &shared[position]);
        let differences: Vec<f64> = panel.column(column).collect();
        let bounds = spreads[column].bounds(settings.contrast_interval);
        "paired".clone_into(&mut row.design);
        row.n_questions = n;
        row.value_a = finite(both.iter().map(|(_, a, _)| a).sum::<f64>() / n as f64);
        row.value_b = finite(both.iter().map(|(_, _, b)| b).sum::<f64>() / n as f64);
        row.difference = finite(panel.mean(column));
        row.ci_low = bounds.map(|bounds| bounds.low);
        row.ci_high = bounds.map(|bounds| bounds.high);
        row.ci_mc_error = bounds.map(|bounds| bounds.error);
        row.ci_method = bounds.map(|_| settings.contrast_interval.name().to_owned());
        row.effect_size = d_z(&differences).and_then(finite);
        row.cliffs_delta = cliffs_delta_paired(&differences);
        let error = standard_error(&differences).filter(|error| *error > 0.0);
        let has_power = can_reject(n, settings.level);
        row.mde = error.filter(|_| has_power).map(|error| detectable(error, settings.level, settings.power));
        row.mde = row.mde.and_then(finite);
        row.note = paired_note(row, &differences, has_power);
        // One difference can have either sign: there is nothing to test.
        if n >= 2 && row.difference.is_some() {
            let (p, method) = single_answers(both).map_or((flips[column], flip_name(n)), |p| (p, "mcnemar_exact"));
            (row.p_value, row.p_method) = (Some(p), Some(method.to_owned()));
        }
    }
}

fn sign_flips(panel: &Panel, settings: Settings) -> Vec<f64> {
    let draw = |block| stream(settings.seed, "sign-flip", &panel.name, block);
    sign_flip_p_values(&Columns::of_rows(&panel.rows, panel.columns.len()), settings.resamples, draw)
}

fn flip_name(n_questions: usize) -> &'static str {
    if n_questions <= EXACT_UP_TO { "sign_flip_exact" } else { "sign_flip" }
}

/// Where every value is 0 or 1 (one answer per question, right or wrong), the sign-flip test is McNemar's, which has a closed
/// form.
fn single_answers(both: &[(Arc<str>, f64, f64)]) -> Option<f64> {
    let is_answer = |value: f64| value == 0.0 || value == 1.0;
    let count = |wanted: f64| both.iter().filter(|(_, a, b)| a - b == wanted).count();
    both.iter().all(|(_, a, b)| is_answer(*a) && is_answer(*b)).then(|| mcnemar(count(1.0), count(-1.0)))
}

/// Whether any differences of so many questions could be significant: the smallest p-value of sign flips is 2/2ⁿ.
fn can_reject(n_questions: usize, level: f64) -> bool {
    n_questions > EXACT_UP_TO || 2.0 / 2_f64.powf(n_questions as f64) <= 1.0 - level
}

fn paired_note(row: &ContrastRow, differences: &[f64], has_power: bool) -> Option<String> {
    let n = differences.len();
    let mut notes = Vec::new();
    if n == 1 {
        notes.push("no test: 1 question in common".to_owned());
    } else if row.difference.is_none() {
        notes.push("no number: the values leave the range of numbers".to_owned());
    } else if deviation(differences) == Some(0.0) {
        notes.push("no effect size: all questions differ by the same amount".to_owned());
    }
    if n >= 2 && !has_power {
        notes.push("no minimum detectable effect: so few questions cannot be significant".to_owned());
    }
    if (2..FEW_QUESTIONS).contains(&n) {
        notes.push(format!("few questions: intervals of fewer than {FEW_QUESTIONS} are rough"));
    }
    if 2 * n < row.n_a.min(row.n_b) {
        notes.push(format!("only {n} questions in common, of {} and {}", row.n_a, row.n_b));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// No question in common: two samples of questions, and a test for such.
fn unpaired(row: &mut ContrastRow, (a, b): (&Values, &Values), settings: Settings) {
    let numbers = |values: &Values| values.iter().map(|(_, value)| *value).collect::<Vec<f64>>();
    let names = |values: &Values| values.iter().map(|(question, _)| &**question).collect::<Vec<_>>().join("\n");
    let mean = |values: &[f64]| finite(values.iter().sum::<f64>() / values.len() as f64);
    if a.is_empty() || b.is_empty() {
        "none".clone_into(&mut row.design);
        row.note = Some("no number: one side has no question with a value".to_owned());
        return;
    }
    let name = format!("{}\n\n{}", names(a), names(b));
    let (a, b) = (numbers(a), numbers(b));
    "unpaired".clone_into(&mut row.design);
    row.n_questions = a.len() + b.len();
    (row.value_a, row.value_b) = (mean(&a), mean(&b));
    row.difference = row.value_a.zip(row.value_b).and_then(|(a, b)| finite(a - b));
    if row.difference.is_none() {
        row.note = Some("no number: the values leave the range of numbers".to_owned());
        return;
    }
    if let Some(bounds) = welch_interval(&a, &b, settings.level) {
        (row.ci_low, row.ci_high, row.ci_mc_error) = (finite(bounds.low), finite(bounds.high), Some(0.0));
        row.ci_method = Some("welch".to_owned());
    }
    row.effect_size = d_unpaired(&a, &b).and_then(finite);
    row.cliffs_delta = cliffs_delta(&a, &b);
    let error = unpaired_error(&a, &b).filter(|error| *error > 0.0);
    row.mde = error.map(|error| detectable(error, settings.level, settings.power)).and_then(finite);
    let random = || stream(settings.seed, "permutation", &name, 0);
    if let Some((p, exact)) = welch_permutation(&a, &b, settings.resamples, random) {
        row.p_value = Some(p);
        row.p_method = Some(if exact { "permutation_exact" } else { "permutation" }.to_owned());
    }
    let lacks = match (row.p_value, row.ci_low) {
        (None, _) => "; no test: one side has a single question",
        (_, None) => "; no interval: neither side varies",
        _ => "",
    };
    let few = if a.len().min(b.len()) < FEW_QUESTIONS { "; few questions" } else { "" };
    row.note = Some(format!("unpaired: no question in common{lacks}{few}"));
}
