//! What moved, in one to three sentences that can be quoted.

use std::collections::BTreeSet;

use super::shown::{Names, decimals, moved};
use crate::model::{ALPHA, ComparedRow, Comparison};
use crate::render::label::clean;
use crate::render::words;

/// More findings than this are left to the table.
const QUOTED: usize = 3;

pub(super) fn sentences(comparison: &Comparison, names: &Names) -> Vec<String> {
    let mut sentences = Vec::new();
    if !comparison.rows.is_empty() {
        sentences.push(verdict(comparison, names));
        sentences.extend(headline(comparison, names));
    }
    sentences.push(questions(comparison));
    sentences
}

/// `Of 22 metrics 3 clearly moved from a to b (…): cosine in minilm rose by …`
fn verdict(comparison: &Comparison, names: &Names) -> String {
    let metrics = |rows: &mut dyn Iterator<Item = &ComparedRow>| -> usize {
        rows.map(|row| row.contrast.metric.as_str()).collect::<BTreeSet<_>>().len()
    };
    let all = metrics(&mut comparison.rows.iter());
    let tested = metrics(&mut comparison.rows.iter().filter(|row| row.contrast.p_adjusted.is_some()));
    let way = format!("from {} to {}", clean(&comparison.a.name), clean(&comparison.b.name));
    let how = format!("(p < {ALPHA} after Holm, over the tests of each metric in each space)");
    if tested == 0 {
        return format!("Whether anything moved {way} cannot be tested: that takes 2 questions with values that vary.");
    }
    let mut found: Vec<&ComparedRow> = comparison.rows.iter().filter(|row| moved(row)).collect();
    let n_moved = metrics(&mut found.iter().copied());
    let tested_of =
        if tested == all { words::grouped(all) } else { format!("{all} metrics, {tested} of them with a test,") };
    let of = if tested == all { format!("{tested_of} metrics") } else { tested_of };
    let claim = match (all, n_moved) {
        (1, 0) => format!("{} did not clearly move {way} {how}", metric_of(&comparison.rows[0])),
        (1, _) => format!("{} clearly moved {way} {how}", metric_of(&comparison.rows[0])),
        (_, 0) => format!("Of {of} none clearly moved {way} {how}"),
        (_, n) => format!("Of {of} {n} clearly moved {way} {how}"),
    };
    let is_headline = |row: &ComparedRow| comparison.headlines.contains(&row.contrast.metric);
    let p = |row: &ComparedRow| row.contrast.p_adjusted.unwrap_or(1.0);
    found.sort_by(|one, other| is_headline(other).cmp(&is_headline(one)).then_with(|| p(one).total_cmp(&p(other))));
    let quoted: Vec<String> = found.iter().take(QUOTED).map(|row| clause(row, names)).collect();
    if quoted.is_empty() { format!("{claim}.") } else { format!("{claim}: {}.", quoted.join("; ")) }
}

fn metric_of(row: &ComparedRow) -> String {
    format!("{} in {}", clean(&row.contrast.metric), clean(&row.from.space))
}

/// The clearest difference of the first headline metric, where nothing of it moved.
fn headline(comparison: &Comparison, names: &Names) -> Option<String> {
    let has = |metric: &&String| comparison.rows.iter().any(|row| row.contrast.metric == **metric);
    let metric = comparison.headlines.iter().find(has)?;
    let rows: Vec<&ComparedRow> = comparison.rows.iter().filter(|row| row.contrast.metric == *metric).collect();
    if rows.iter().any(|row| moved(row)) {
        return None;
    }
    let p = |row: &&&ComparedRow| row.contrast.p_value.unwrap_or(1.0);
    let known = rows.iter().filter(|row| row.contrast.difference.is_some());
    let row = known.min_by(|one, other| p(one).total_cmp(&p(other)))?;
    let of = match rows.len() {
        1 => String::new(),
        n => format!("The clearest of {n} differences in {}: ", clean(metric)),
    };
    Some(format!("{of}{}.", clause(row, names)))
}

/// `cosine in minilm rose by 0.031 [0.012, 0.050] under markov on 12 shared questions`
fn clause(row: &ComparedRow, names: &Names) -> String {
    let contrast = &row.contrast;
    let decimals = decimals(std::iter::once(row));
    let difference = contrast.difference.unwrap_or(0.0);
    let (low, high) = if difference < 0.0 {
        (contrast.ci_high.map(|bound| -bound), contrast.ci_low.map(|bound| -bound))
    } else {
        (contrast.ci_low, contrast.ci_high)
    };
    let interval = words::interval(low, high, decimals).map_or_else(String::new, |interval| format!(" {interval}"));
    let size = words::number(difference.abs(), decimals);
    let what = match difference {
        d if d > 0.0 => format!("rose by {size}{interval}"),
        d if d < 0.0 => format!("fell by {size}{interval}"),
        _ => "is the same".to_owned(),
    };
    let place = names.place(row);
    let place = if place.is_empty() { place } else { format!(" ({place})") };
    let questions = if contrast.design == "paired" {
        words::count(contrast.n_questions, "shared question")
    } else {
        format!("{} and {} questions, none of them shared", words::grouped(contrast.n_b), words::grouped(contrast.n_a))
    };
    let doubt = match contrast.p_adjusted {
        Some(p) if !moved(row) => format!(" ({})", words::p_value(p)),
        _ => String::new(),
    };
    format!("{} {what} under {}{place} on {questions}{doubt}", metric_of(row), names.mode(row))
}

fn questions(comparison: &Comparison) -> String {
    let Comparison { a, b, n_shared, .. } = comparison;
    let (n_a, n_b) = (words::grouped(a.n_questions), words::grouped(b.n_questions));
    let (name_a, name_b) = (clean(&a.name), clean(&b.name));
    match *n_shared {
        0 => format!("The runs share no question ({n_a} in {name_a}, {n_b} in {name_b})."),
        n if n == a.n_questions && n == b.n_questions => {
            format!("They share {}: all that they have.", words::count(n, "question"))
        }
        n => format!("They share {}, of {n_a} in {name_a} and {n_b} in {name_b}.", words::count(n, "question")),
    }
}
