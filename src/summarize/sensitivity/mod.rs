//! The sensitivity panel: each headline number under the choices that a published table leaves open.
//!
//! Comes in: pair tables and numbers of groups under other choices, as they are measured. Goes out: rows of `sensitivity`. Each
//! alternative is a collection of its own that goes through the same means, intervals and tests as the numbers
//! reported; pooling over pairs, which has no value per question, has standard errors clustered by question.

mod pooled;
mod same_n;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::pooled::Pooled;
use self::same_n::SameN;
use super::contrasts::families;
use super::panel::Collector;
use super::{By, Contrast, HEADLINES, Settings, contrasts, summary};
use crate::kernels::mean::mean;
use crate::kernels::triangle;
use crate::model::{
    ALPHA, Cell, ContrastOf, ContrastRow, Flips, Measurement, PairColumn, PairTable, Place, SensitivityRow, SummaryRow,
};

/// What is chosen, and what else could have been: as the table names them.
type Choice = (&'static str, String);

const CONSECUTIVE: (&str, &str) = ("pairs", "consecutive");
const TO_THE_FIRST: (&str, &str) = ("pairs", "to the first");
const DIAGONAL: (&str, &str) = ("diagonal", "in");
const SAME_N: (&str, &str) = ("rarefaction", "same n");
const POOLED: (&str, &str) = ("weighting", "pooled over pairs");
const EMBEDDER: &str = "embedder";
/// Those under which groups are measured.
const CHOICES: [&str; 5] = ["pairs", "diagonal", "rarefaction", "text", "long_text"];
/// The row that says what was reported.
const REPORTED: (&str, &str) = ("as reported", "as reported");

/// Collects the headline numbers of groups under every alternative.
#[derive(Debug, Default)]
pub struct Alternatives {
    /// Each choice as metrics of their own: all share the draws of their questions, so that they cost little more than one.
    collected: Collector,
    pooled: Pooled,
    same_n: SameN,
}

impl Alternatives {
    /// Adds what the pairs of a group say under the choices that need no further measuring.
    pub fn add(&mut self, table: &PairTable) {
        for column in table.columns.iter().filter(|column| HEADLINES.contains(&column.metric)) {
            let pairs = Pairs::new(table, column);
            let told = [
                (CONSECUTIVE, pairs.over_lineages(|a, b| b.1 - a.1 == 1)),
                (TO_THE_FIRST, pairs.over_lineages(|a, b| a.0 == 0 && b.1 > a.1)),
                (DIAGONAL, pairs.with_diagonal()),
            ];
            for ((choice, alternative), value) in told {
                self.put((choice, alternative), table, column, value);
            }
            self.pooled.add(table, column);
            self.same_n.add(table, column, &pairs);
        }
    }

    /// Adds numbers that were measured under another choice.
    pub fn add_measured(&mut self, choice: &'static str, alternative: &str, measurements: &[Measurement]) {
        let renamed: Vec<Measurement> = measurements
            .iter()
            .map(|one| Measurement { metric: under(choice, alternative, &one.metric), ..one.clone() })
            .collect();
        self.collected.add(&renamed);
    }

    fn put(
        &mut self,
        (choice, alternative): (&'static str, &str),
        table: &PairTable,
        column: &PairColumn,
        value: Option<f64>,
    ) {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        self.collected.add(&[Measurement {
            key: Arc::clone(&table.key),
            metric: under(choice, alternative, column.metric),
            space: Arc::clone(&column.space),
            n_samples: 0,
            n_pairs: None,
            value: Ok(value),
            std_error: None,
        }]);
    }
}

/// Between the parts of a metric's name under a choice; no metric, choice or alternative has it.
const APART: char = '\u{1f}';

/// A metric's name under a choice.
fn under(choice: &'static str, alternative: &str, metric: &str) -> Arc<str> {
    Arc::from(format!("{choice}{APART}{alternative}{APART}{metric}"))
}

/// Takes [`under`] apart: the choice with its alternative, and the metric.
fn apart(name: &str) -> Option<(Choice, String)> {
    let mut parts = name.split(APART);
    let (choice, alternative, metric) = (parts.next()?, parts.next()?, parts.next()?);
    let choice = CHOICES.into_iter().find(|one| *one == choice)?;
    Some(((choice, alternative.to_owned()), metric.to_owned()))
}

/// The pairs of one group in one column.
struct Pairs<'a> {
    table: &'a PairTable,
    column: &'a PairColumn,
    n: usize,
}

/// A place's position in its lineage, and its steps from the first.
type At = (usize, i64);

impl<'a> Pairs<'a> {
    fn new(table: &'a PairTable, column: &'a PairColumn) -> Self {
        let n = table.pairs.iter().map(|pair| pair.b + 1).max().unwrap_or(0);
        Pairs { table, column, n }
    }

    /// The mean over the pairs of each lineage that are wanted, then over lineages. Draws have the order in which they came.
    fn over_lineages(&self, wanted: impl Fn(At, At) -> bool) -> Option<f64> {
        if self.table.lineages.is_empty() {
            let draws: Vec<Place> = (0..self.n).zip(0..).map(|(member, steps)| Place { member, steps }).collect();
            return self.of_lineage(&draws, &wanted);
        }
        mean(self.table.lineages.iter().filter_map(|places| self.of_lineage(places, &wanted)).collect::<Vec<f64>>())
    }

    fn of_lineage(&self, places: &[Place], wanted: &impl Fn(At, At) -> bool) -> Option<f64> {
        let values = triangle::pairs(places.len()).filter_map(|(a, b)| {
            let is_wanted = wanted((a, places[a].steps), (b, places[b].steps));
            let pair = triangle::index(self.n, places[a].member, places[b].member);
            self.column.values.number(pair).filter(|_| is_wanted)
        });
        mean(values.collect::<Vec<f64>>())
    }

    /// The members that have a value with another one.
    fn paired(&self) -> Vec<usize> {
        let has_value = |member: &usize| {
            (0..self.n).any(|other| {
                other != *member && self.column.values.number(triangle::index(self.n, *member, other)).is_some()
            })
        };
        (0..self.n).filter(has_value).collect()
    }

    /// With each sample's similarity of 1 to itself: ((n − 1) S + 1)/n.
    fn with_diagonal(&self) -> Option<f64> {
        let n = self.paired().len() as f64;
        mean(self.numbers()).map(|value| ((n - 1.0) * value + 1.0) / n)
    }

    /// Of each lineage its first `n` samples that have a value; of draws all.
    fn of_first(&self, n: usize) -> Option<f64> {
        if self.table.lineages.is_empty() {
            return mean(self.numbers());
        }
        let paired = self.paired();
        let first = |places: &Vec<Place>| {
            let usable: Vec<Place> = places.iter().copied().filter(|place| paired.contains(&place.member)).collect();
            self.of_lineage(&usable[..n.min(usable.len())], &|_, _| true)
        };
        mean(self.table.lineages.iter().filter_map(first).collect::<Vec<f64>>())
    }

    fn numbers(&self) -> Vec<f64> {
        (0..self.table.pairs.len()).filter_map(|pair| self.column.values.number(pair)).collect()
    }
}

/// Means and contrasts between modes under one choice.
struct Told {
    choice: Choice,
    means: Vec<SummaryRow>,
    contrasts: Vec<ContrastRow>,
}

/// The rows of the panel: for each headline mean and each contrast what was reported, then each alternative.
///
/// `reported` are the rows of `summary` and `contrasts`. A p-value under another choice is corrected in the family of the
/// one reported, in which it takes the place of that one, with all others of the choice.
#[must_use]
pub fn sensitivity(
    reported: (&[SummaryRow], &[ContrastRow]),
    collected: &Collector,
    alternatives: &Alternatives,
    entries: &[Contrast],
    settings: Settings,
) -> Vec<SensitivityRow> {
    let entries = headline_entries(entries);
    let mut others = by_choice(told(&alternatives.collected, &entries, settings));
    others.extend(by_choice(told(&alternatives.same_n.collected(), &entries, settings)));
    others.push(Told {
        choice: (POOLED.0, POOLED.1.to_owned()),
        means: alternatives.pooled.means(settings),
        contrasts: alternatives.pooled.contrasts(collected, &entries, settings),
    });
    others.sort_by(|a, b| a.choice.cmp(&b.choice));
    let mut rows = rows_of_means(reported.0, &others);
    rows.extend(rows_of_contrasts(reported.1, &others));
    rows
}

fn is_headline_mean(row: &SummaryRow) -> bool {
    HEADLINES.contains(&row.metric.as_str()) && row.value.is_some() && !row.cell.is_across()
}

fn is_headline_contrast(row: &ContrastRow) -> bool {
    let is_known = !matches!(By::of(&row.by), By::Column(_));
    is_known && HEADLINES.contains(&row.metric.as_str()) && row.difference.is_some() && !row.is_across()
}

/// Cell and metric → every choice's mean, with its space.
type Means<'a> = BTreeMap<(Cell, String), Vec<(Choice, &'a str, &'a SummaryRow)>>;

fn rows_of_means(reported: &[SummaryRow], others: &[Told]) -> Vec<SensitivityRow> {
    let of = |row: &'_ SummaryRow| (row.cell.clone(), row.metric.clone());
    let mut found = Means::new();
    for told in others {
        for row in &told.means {
            found.entry(of(row)).or_default().push((told.choice.clone(), &row.space, row));
        }
    }
    let headline: Vec<&SummaryRow> = reported.iter().filter(|row| is_headline_mean(row)).collect();
    for row in &headline {
        let choice = (EMBEDDER, row.space.clone());
        found.entry(of(row)).or_default().push((choice, &row.space, row));
    }
    let mut rows = Vec::new();
    for base in headline {
        rows.push(row_of_mean(base, &(REPORTED.0, REPORTED.1.to_owned())));
        for (choice, space, other) in found.get(&of(base)).into_iter().flatten() {
            // Another embedder is another space; everything else is in the same one.
            if (choice.0 == EMBEDDER) != (*space != base.space) || is_untouched(choice, other.value, base.value) {
                continue;
            }
            let row = row_of_mean(other, choice);
            rows.push(SensitivityRow { space: base.space.clone(), reported: base.value, ..row });
        }
    }
    rows
}

/// Where no group had to be cut there is nothing to tell.
fn is_untouched(choice: &Choice, value: Option<f64>, reported: Option<f64>) -> bool {
    choice.0 == SAME_N.0 && value == reported
}

/// One choice beside all rows reported.
struct Beside<'a> {
    choice: Choice,
    /// The contrast under this choice, where there is one.
    rows: Vec<Option<&'a ContrastRow>>,
    /// Its p-value, corrected in the family of the one reported.
    adjusted: Vec<Option<f64>>,
}

fn rows_of_contrasts(reported: &[ContrastRow], others: &[Told]) -> Vec<SensitivityRow> {
    let by_space: BTreeMap<(ContrastOf<'_>, &str), &ContrastRow> = reported
        .iter()
        .filter(|row| is_headline_contrast(row))
        .map(|row| ((row.of(), row.space.as_str()), row))
        .collect();
    let mut all: Vec<Beside<'_>> = Vec::new();
    for told in others {
        let found: BTreeMap<(ContrastOf<'_>, &str), &ContrastRow> =
            told.contrasts.iter().map(|row| ((row.of(), row.space.as_str()), row)).collect();
        let row = |base: &ContrastRow| found.get(&(base.of(), base.space.as_str())).copied();
        all.push(beside(told.choice.clone(), reported, row));
    }
    let spaces: BTreeSet<&str> = by_space.keys().map(|(_, space)| *space).collect();
    for space in spaces {
        let row = |base: &ContrastRow| by_space.get(&(base.of(), space)).copied().filter(|_| base.space != space);
        all.push(beside((EMBEDDER, space.to_owned()), reported, row));
    }
    let mut rows = Vec::new();
    for (place, base) in reported.iter().enumerate().filter(|(_, row)| is_headline_contrast(row)) {
        let reported = row_of_contrast(base, &(REPORTED.0, REPORTED.1.to_owned()));
        rows.push(reported.clone());
        for Beside { choice, rows: others, adjusted } in &all {
            let Some(other) = others[place].filter(|other| !is_untouched(choice, other.difference, base.difference))
            else {
                continue;
            };
            let row = SensitivityRow { space: base.space.clone(), ..row_of_contrast(other, choice) };
            rows.push(against(SensitivityRow { p_adjusted: adjusted[place], ..row }, &reported));
        }
    }
    rows
}

fn beside<'a>(
    choice: Choice,
    reported: &'a [ContrastRow],
    row: impl Fn(&'a ContrastRow) -> Option<&'a ContrastRow>,
) -> Beside<'a> {
    // Samples are matched within a model only.
    let is_matched = |base: &ContrastRow| choice.0 != SAME_N.0 || ["mode", "feedback"].contains(&base.by.as_str());
    let rows: Vec<Option<&ContrastRow>> = reported
        .iter()
        .map(|base| Some(base).filter(|base| is_headline_contrast(base) && is_matched(base)).and_then(&row))
        .collect();
    let p_values: Vec<Option<f64>> =
        reported.iter().zip(&rows).map(|(base, row)| row.map_or(base.p_value, |row| row.p_value)).collect();
    let adjusted = families::adjusted(reported, &p_values);
    Beside { choice, rows, adjusted: adjusted.into_iter().map(|one| one.map(|(holm, ..)| holm)).collect() }
}

/// The contrasts of a plan without those by a column of the input, which the alternatives do not know.
fn headline_entries(entries: &[Contrast]) -> Vec<Contrast> {
    let known = entries.iter().filter(|entry| !matches!(entry.by, By::Column(_)));
    // Under another choice metrics have other names.
    known.map(|entry| Contrast { metrics: Vec::new(), family: None, ..entry.clone() }).collect()
}

fn told(collected: &Collector, entries: &[Contrast], settings: Settings) -> Told {
    Told {
        choice: ("", String::new()),
        means: summary(collected, settings)
            .0
            .into_iter()
            .filter(|row| row.value.is_some() && !row.cell.is_across())
            .collect(),
        contrasts: contrasts(collected, entries, settings)
            .into_iter()
            .filter(|row| row.difference.is_some() && !row.is_across())
            .collect(),
    }
}

/// The rows of all choices, choice by choice, under the metric's own name.
fn by_choice(all: Told) -> Vec<Told> {
    let mut told: BTreeMap<Choice, Told> = BTreeMap::new();
    let empty = |choice: &Choice| Told { choice: choice.clone(), means: Vec::new(), contrasts: Vec::new() };
    for mean in all.means {
        let Some((choice, metric)) = apart(&mean.metric) else { continue };
        let place = told.entry(choice.clone()).or_insert_with(|| empty(&choice));
        place.means.push(SummaryRow { metric, ..mean });
    }
    for contrast in all.contrasts {
        let Some((choice, metric)) = apart(&contrast.metric) else { continue };
        let place = told.entry(choice.clone()).or_insert_with(|| empty(&choice));
        place.contrasts.push(ContrastRow { metric, ..contrast });
    }
    told.into_values().collect()
}

fn row_of_mean(row: &SummaryRow, (choice, alternative): &Choice) -> SensitivityRow {
    SensitivityRow {
        dataset: row.cell.dataset.clone(),
        domain: row.cell.domain.clone(),
        model: row.cell.model.clone(),
        mode_a: row.cell.mode.clone(),
        feedback_a: row.cell.feedback.clone(),
        mode_b: None,
        feedback_b: None,
        by: None,
        level_a: None,
        level_b: None,
        metric: row.metric.clone(),
        space: row.space.clone(),
        choice: (*choice).to_owned(),
        alternative: alternative.clone(),
        value: row.value,
        ci_low: row.ci_low,
        ci_high: row.ci_high,
        p_adjusted: None,
        n_questions: row.n_questions,
        reported: row.value,
        reported_p_adjusted: None,
        flips: None,
    }
}

fn row_of_contrast(row: &ContrastRow, (choice, alternative): &Choice) -> SensitivityRow {
    SensitivityRow {
        dataset: row.dataset.clone(),
        domain: row.domain.clone(),
        model: row.model.clone(),
        mode_a: row.mode_a.clone(),
        feedback_a: row.feedback_a.clone(),
        mode_b: Some(row.mode_b.clone()),
        feedback_b: row.feedback_b.clone(),
        by: Some(row.by.clone()),
        level_a: Some(row.level_a.clone()),
        level_b: Some(row.level_b.clone()),
        metric: row.metric.clone(),
        space: row.space.clone(),
        choice: (*choice).to_owned(),
        alternative: alternative.clone(),
        value: row.difference,
        ci_low: row.ci_low,
        ci_high: row.ci_high,
        p_adjusted: row.p_adjusted,
        n_questions: row.n_questions,
        reported: row.difference,
        reported_p_adjusted: row.p_adjusted,
        flips: Some(Flips::Nothing),
    }
}

/// An alternative beside what was reported.
fn against(row: SensitivityRow, base: &SensitivityRow) -> SensitivityRow {
    let sign = |value: Option<f64>| value.filter(|value| *value != 0.0).map(f64::is_sign_positive);
    let sign_flips = sign(row.value).zip(sign(base.value)).is_some_and(|(one, other)| one != other);
    let clear = |p: Option<f64>| p.map(|p| p < ALPHA);
    let significance_flips = clear(row.p_adjusted).zip(clear(base.p_adjusted)).is_some_and(|(one, other)| one != other);
    let flips = match (sign_flips, significance_flips) {
        (false, false) => Flips::Nothing,
        (true, false) => Flips::Sign,
        (false, true) => Flips::Significance,
        (true, true) => Flips::Both,
    };
    SensitivityRow { reported: base.value, reported_p_adjusted: base.p_adjusted, flips: Some(flips), ..row }
}

#[cfg(test)]
mod tests;
