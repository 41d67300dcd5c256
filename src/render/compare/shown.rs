//! What stands in the table of a comparison, before any format is chosen: every entry as text, nothing escaped yet.

use super::CompareRequest;
use super::sentences;
use crate::model::{ALPHA, Apart, Cell, ComparedRow, Comparison, LeftOver, SideBySide};
use crate::render::label::{clean, place};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::words;

/// One metric in one space.
pub(super) struct Group {
    pub(super) heading: String,
    pub(super) rows: Vec<Entry>,
}

/// One difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// `GPT-4o → o3 on aime24, math`; nothing where all rows have the same.
    pub(super) place: String,
    pub(super) mode: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) difference: String,
    /// In brackets; nothing where there is none.
    pub(super) interval: String,
    /// After Holm, with a star where it is below the threshold.
    pub(super) p: String,
    pub(super) questions: String,
    pub(super) effect: String,
    pub(super) delta: String,
    pub(super) detectable: String,
}

/// One contrast between modes, as both runs have it.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) in_a: String,
    pub(super) in_b: String,
}

/// A metric in two spaces.
pub(super) struct ApartShown {
    pub(super) heading: String,
    pub(super) reason: String,
    pub(super) spaces: (String, String),
    pub(super) pairs: Vec<Pair>,
}

/// Everything that the formats for readers write.
pub(super) struct Shown {
    /// Names of the runs.
    pub(super) a: String,
    pub(super) b: String,
    pub(super) sentences: Vec<String>,
    /// What all rows are about, where they share it.
    pub(super) place: String,
    pub(super) groups: Vec<Group>,
    /// What is left out of the table.
    pub(super) rest: Option<String>,
    pub(super) apart: Vec<ApartShown>,
    pub(super) only_in_a: Vec<String>,
    pub(super) only_in_b: Vec<String>,
    /// How to read the numbers, one sentence each.
    pub(super) notes: Vec<String>,
}

/// Whether a difference is called one.
pub(super) fn moved(row: &ComparedRow) -> bool {
    row.contrast.difference.is_some() && row.contrast.p_adjusted.is_some_and(|p| p < ALPHA)
}

impl Shown {
    pub(super) fn new(request: &CompareRequest<'_>) -> Self {
        let comparison = request.comparison;
        let names = Names::of(comparison);
        let is_headline = |row: &ComparedRow| comparison.headlines.contains(&row.contrast.metric);
        let (mut kept, others): (Vec<&ComparedRow>, Vec<&ComparedRow>) =
            comparison.rows.iter().partition(|row| request.all || is_headline(row) || moved(row));
        let is_shown = |apart: &&Apart| request.all || comparison.headlines.contains(&apart.metric);
        let (apart, hidden): (Vec<&Apart>, Vec<&Apart>) = comparison.apart.iter().partition(is_shown);
        // What matters most comes first; the rest keeps its order.
        kept.sort_by_key(|row| !is_headline(row));
        Shown {
            a: clean(&comparison.a.name),
            b: clean(&comparison.b.name),
            sentences: sentences::sentences(comparison, &names),
            place: names.common.clone().unwrap_or_default(),
            groups: groups(&kept, request, &names),
            rest: rest(&others, hidden.len()),
            apart: apart.into_iter().map(|apart| apart_shown(apart, request, &names)).collect(),
            only_in_a: left_over(&comparison.only_in_a, &names),
            only_in_b: left_over(&comparison.only_in_b, &names),
            notes: notes(comparison, &kept),
        }
    }
}

/// How cells are called: without what all of them share.
pub(super) struct Names {
    labels: ModeLabels,
    /// What all rows are about.
    common: Option<String>,
}

impl Names {
    fn of(comparison: &Comparison) -> Self {
        let of_apart = comparison.apart.iter().flat_map(|apart| &apart.rows);
        let of_apart = of_apart.flat_map(|row| row.in_a.iter().chain(&row.in_b));
        let rows: Vec<&ComparedRow> = comparison.rows.iter().chain(of_apart).collect();
        let only = comparison.only_in_a.iter().chain(&comparison.only_in_b).filter_map(|one| one.cell.as_ref());
        let labels = ModeLabels::new(rows.iter().flat_map(|row| [&row.from.cell, &row.to.cell]).chain(only));
        let mut places: Vec<String> = comparison.rows.iter().map(|row| of_both(&row.from.cell, &row.to.cell)).collect();
        places.sort();
        places.dedup();
        let common = if let [one] = places.as_slice() { Some(one.clone()) } else { None };
        Names { labels, common }
    }

    /// `gpt-4o → o3 on aime24, math`, where not all rows have the same.
    pub(super) fn place(&self, row: &ComparedRow) -> String {
        let place = of_both(&row.from.cell, &row.to.cell);
        if self.common.as_ref() == Some(&place) { String::new() } else { place }
    }

    /// `markov`, or `markov → chain` where that is what changed.
    pub(super) fn mode(&self, row: &ComparedRow) -> String {
        let label = |cell: &Cell| self.labels.label(&ModeKey::of(cell));
        arrow(&label(&row.from.cell), &label(&row.to.cell))
    }
}

fn of_both(a: &Cell, b: &Cell) -> String {
    let model = arrow(&clean(&a.model), &clean(&b.model));
    let place = arrow(&place(&a.dataset, &a.domain), &place(&b.dataset, &b.domain));
    format!("{model} on {place}")
}

fn arrow(a: &str, b: &str) -> String {
    if a == b { a.to_owned() } else { format!("{a} → {b}") }
}

fn groups(rows: &[&ComparedRow], request: &CompareRequest<'_>, names: &Names) -> Vec<Group> {
    rows.chunk_by(|one, other| (&one.contrast.metric, &one.from.space) == (&other.contrast.metric, &other.from.space))
        .map(|rows| {
            let decimals = decimals(rows.iter().copied());
            let row = &rows[0].contrast;
            Group {
                heading: format!("{}, {}", title(&row.metric, request), clean(&row.space)),
                rows: rows.iter().map(|row| entry(row, names, decimals)).collect(),
            }
        })
        .collect()
}

/// A metric's heading, with its name where that is not the same.
fn title(metric: &str, request: &CompareRequest<'_>) -> String {
    request.cards.get(metric).map_or_else(|| clean(metric), |card| words::title(card, metric))
}

/// As many as show two digits of the largest difference, and no fewer than the metric's own.
pub(super) fn decimals<'r>(rows: impl Iterator<Item = &'r ComparedRow> + Clone) -> usize {
    const MOST: usize = 6;
    let of_levels =
        words::decimals(rows.clone().flat_map(|row| [row.contrast.value_a, row.contrast.value_b]).flatten());
    let largest = rows.filter_map(|row| row.contrast.difference).fold(0.0_f64, |most, one| most.max(one.abs()));
    let mut needed = 0;
    let mut scaled = largest;
    while largest > 0.0 && scaled < 10.0 && needed < MOST {
        scaled *= 10.0;
        needed += 1;
    }
    of_levels.max(needed)
}

fn entry(row: &ComparedRow, names: &Names, decimals: usize) -> Entry {
    let contrast = &row.contrast;
    let two = |value: Option<f64>| value.map_or_else(|| words::MISSING.to_owned(), |value| words::signed(value, 2));
    Entry {
        place: names.place(row),
        mode: names.mode(row),
        from: words::optional(contrast.value_b, decimals),
        to: words::optional(contrast.value_a, decimals),
        difference: signed(contrast.difference, decimals),
        interval: words::interval(contrast.ci_low, contrast.ci_high, decimals).unwrap_or_default(),
        p: contrast.p_adjusted.map_or_else(
            || words::MISSING.to_owned(),
            |p| {
                format!(
                    "{}{}",
                    words::p_value(p).replace("p = ", "").replace("p < ", "<"),
                    if p < ALPHA { "*" } else { "" }
                )
            },
        ),
        questions: match contrast.design.as_str() {
            "paired" => words::grouped(contrast.n_questions),
            _ => format!("{} / {}", words::grouped(contrast.n_b), words::grouped(contrast.n_a)),
        },
        effect: two(contrast.effect_size),
        delta: two(contrast.cliffs_delta),
        detectable: words::optional(contrast.mde, decimals),
    }
}

fn signed(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| words::MISSING.to_owned(), |value| words::signed(value, decimals))
}

fn rest(others: &[&ComparedRow], n_apart: usize) -> Option<String> {
    let untested = others.iter().filter(|row| row.contrast.p_adjusted.is_none()).count();
    let tested = others.len() - untested;
    let mut parts = Vec::new();
    if tested > 0 {
        parts.push(format!("{} did not clearly move", words::count(tested, "other difference")));
    }
    if untested > 0 {
        let others = if tested > 0 { words::grouped(untested) } else { words::count(untested, "other difference") };
        parts.push(format!("{others} could not be tested"));
    }
    if n_apart > 0 {
        let noun = if n_apart == 1 { "metric has spaces" } else { "metrics have spaces" };
        parts.push(format!("{} {noun} of their own", words::grouped(n_apart)));
    }
    (!parts.is_empty()).then(|| format!("{}; `--all` shows them.", words::and_list(&parts)))
}

fn apart_shown(apart: &Apart, request: &CompareRequest<'_>, names: &Names) -> ApartShown {
    let rows = || apart.rows.iter().flat_map(|row| row.in_a.iter().chain(&row.in_b));
    let decimals = decimals(rows());
    let numbers =
        |row: &Option<ComparedRow>| row.as_ref().map_or_else(|| words::MISSING.to_owned(), |row| within(row, decimals));
    let reason = if apart.rows.is_empty() {
        format!("{} There are no two modes of a model to compare.", apart.reason)
    } else {
        apart.reason.clone()
    };
    ApartShown {
        heading: format!("{}, {} → {}", title(&apart.metric, request), clean(&apart.space_a), clean(&apart.space_b)),
        reason: clean(&reason),
        spaces: (clean(&apart.space_a), clean(&apart.space_b)),
        pairs: apart
            .rows
            .iter()
            .map(|row| Pair { name: pair_name(row, names), in_a: numbers(&row.in_a), in_b: numbers(&row.in_b) })
            .collect(),
    }
}

/// `markov − parallel`, behind the place where there are several.
fn pair_name(row: &SideBySide, names: &Names) -> String {
    let both = (row.in_a.as_ref().or(row.in_b.as_ref()), row.in_b.as_ref().or(row.in_a.as_ref()));
    let (Some(a), Some(b)) = both else { return String::new() };
    let difference = |row: &ComparedRow| {
        let label = |cell: &Cell| names.labels.label(&ModeKey::of(cell));
        format!("{} − {}", label(&row.to.cell), label(&row.from.cell))
    };
    let place = of_both(&a.from.cell, &b.from.cell);
    let name = arrow(&difference(a), &difference(b));
    if names.common.as_ref() == Some(&place) { name } else { format!("{place}: {name}") }
}

/// `+0.093 [0.081, 0.105], p = 0.0001`
fn within(row: &ComparedRow, decimals: usize) -> String {
    let contrast = &row.contrast;
    let interval = words::interval(contrast.ci_low, contrast.ci_high, decimals);
    let interval = interval.map_or_else(String::new, |interval| format!(" {interval}"));
    let p = contrast.p_adjusted.map_or_else(String::new, |p| format!(", {}", words::p_value(p)));
    format!("{}{interval}{p}", signed(contrast.difference, decimals))
}

fn left_over(all: &[LeftOver], names: &Names) -> Vec<String> {
    let line = |one: &LeftOver| {
        let cell = one
            .cell
            .as_ref()
            .map(|cell| format!("{} under {}", of_both(cell, cell), names.labels.label(&ModeKey::of(cell))));
        let metric = one.metric.as_ref().map(|metric| format!("metric {}", clean(metric)));
        let space = one.space.as_ref().map(|space| format!("space {}", clean(space)));
        let what: Vec<String> = [cell, metric, space].into_iter().flatten().collect();
        (what.join(", "), clean(&one.reason))
    };
    // Many metrics for one reason are one line.
    let mut lines: Vec<(Vec<String>, String)> = Vec::new();
    for (what, reason) in all.iter().map(line) {
        match lines.last_mut() {
            Some((known, same)) if *same == reason && what.starts_with("metric ") => {
                known.push(what.replacen("metric ", "", 1));
            }
            _ => lines.push((vec![what], reason)),
        }
    }
    lines.into_iter().map(|(what, reason)| format!("{} ({reason})", what.join(", "))).collect()
}

/// How to read the numbers, and what single rows say of themselves.
fn notes(comparison: &Comparison, rows: &[&ComparedRow]) -> Vec<String> {
    if comparison.rows.is_empty() {
        return Vec::new();
    }
    let resamples = words::grouped(comparison.resamples);
    let mut notes = vec![format!(
        "Brackets: {} interval of the difference, questions resampled {resamples} times. p: two-sided, after Holm over the tests of each metric in each space; *: below {ALPHA}, called clearly moved.",
        words::percent(comparison.level),
    )];
    if rows.iter().any(|row| row.contrast.design == "unpaired") {
        notes.push(
            "Questions `a / b`: none in common, so that the two runs are compared as two samples of questions (Welch)."
                .to_owned(),
        );
    }
    let mut told: Vec<(&str, usize)> = Vec::new();
    for note in rows.iter().filter_map(|row| row.contrast.note.as_deref()).flat_map(|note| note.split("; ")) {
        // Said above, for all of them.
        if note.starts_with("unpaired") {
            continue;
        }
        match told.iter_mut().find(|(known, _)| *known == note) {
            Some((_, n)) => *n += 1,
            None => told.push((note, 1)),
        }
    }
    let whose = |n: usize| if n == rows.len() { "All rows".to_owned() } else { words::count(n, "row") };
    notes.extend(told.into_iter().map(|(note, n)| format!("{}: {}.", whose(n), clean(note))));
    notes
}

/// The sentences alone.
pub(super) fn plain_sentences(comparison: &Comparison) -> Vec<String> {
    sentences::sentences(comparison, &Names::of(comparison))
}
