//! The sensitivity panel: each headline number under the choices that a published table leaves open.
//!
//! Comes in: pair tables and numbers of groups under other choices, as they are measured. Goes out: rows of `sensitivity`. Each
//! alternative is a collection of its own that goes through the same means, intervals and tests as the numbers
//! reported; pooling over pairs, which has no value per question, has standard errors clustered by question.

mod pooled;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::pooled::Pooled;
use super::panel::Collector;
use super::{By, Contrast, HEADLINES, Settings, contrasts, summary};
use crate::kernels::mean::mean;
use crate::kernels::triangle;
use crate::model::{
    Cell, ContrastRow, Flips, Group, GroupKey, Measurement, PairColumn, PairTable, Place, SensitivityRow, SummaryRow,
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

/// A question of a model on a data set.
type Question = (String, String, String, String);

/// Collects the headline numbers of groups under every alternative.
#[derive(Debug, Default)]
pub struct Alternatives {
    /// Each choice as metrics of their own: all share the draws of their questions, so that they cost little more than one.
    collected: Collector,
    pooled: Pooled,
    /// The fewest samples, 2 or more, that any mode has in a group of the question.
    fewest: BTreeMap<Question, usize>,
}

impl Alternatives {
    /// Of a run with these groups.
    #[must_use]
    pub fn new(groups: &[Group]) -> Self {
        let mut fewest: BTreeMap<Question, usize> = BTreeMap::new();
        for group in groups.iter().filter(|group| group.members.len() >= 2) {
            let n = fewest.entry(question(&group.key)).or_insert(usize::MAX);
            *n = (*n).min(group.members.len());
        }
        Alternatives { fewest, ..Alternatives::default() }
    }

    /// Adds what the pairs of a group say under the choices that need no further measuring.
    pub fn add(&mut self, table: &PairTable) {
        let same_n = self.fewest.get(&question(&table.key)).copied();
        for column in table.columns.iter().filter(|column| HEADLINES.contains(&column.metric)) {
            let pairs = Pairs::new(table, column);
            let told = [
                (CONSECUTIVE, pairs.over_lineages(|a, b| b.1 - a.1 == 1)),
                (TO_THE_FIRST, pairs.over_lineages(|a, b| a.0 == 0 && b.1 > a.1)),
                (DIAGONAL, pairs.with_diagonal()),
                // A mean over pairs of independent draws has the same expectation for any number of them.
                (SAME_N, same_n.and_then(|n| pairs.of_first(n))),
            ];
            for ((choice, alternative), value) in told {
                self.put((choice, alternative), table, column, value);
            }
            self.pooled.add(table, column);
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

fn question(key: &GroupKey) -> Question {
    (key.dataset.clone(), key.domain.clone(), key.model.clone(), key.question_id.clone())
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

    /// With each sample's similarity of 1 to itself: ((n − 1) S + 1)/n.
    fn with_diagonal(&self) -> Option<f64> {
        let all = self.numbers();
        let is_paired = |member: &usize| {
            (0..self.n).any(|other| {
                other != *member && self.column.values.number(triangle::index(self.n, *member, other)).is_some()
            })
        };
        let n = (0..self.n).filter(is_paired).count() as f64;
        mean(all).map(|value| ((n - 1.0) * value + 1.0) / n)
    }

    /// Of a chain its first `n` rounds; of draws all.
    fn of_first(&self, n: usize) -> Option<f64> {
        if self.table.lineages.is_empty() { mean(self.numbers()) } else { self.over_lineages(|_, b| b.0 < n) }
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

/// The rows of the panel: for each headline mean and each contrast between two modes what was reported, then each
/// alternative.
#[must_use]
pub fn sensitivity(
    collected: &Collector,
    alternatives: &Alternatives,
    entries: &[Contrast],
    settings: Settings,
) -> Vec<SensitivityRow> {
    let entries = headline_entries(entries);
    let reported = told(&collected.only(|metric| HEADLINES.contains(&metric)), &entries, settings);
    let reported = Told { choice: (REPORTED.0, REPORTED.1.to_owned()), ..reported };
    let mut others = by_choice(told(&alternatives.collected, &entries, settings));
    let means = alternatives.pooled.means(settings);
    let contrasts = alternatives.pooled.contrasts(collected, &entries, settings);
    others.push(Told { choice: (POOLED.0, POOLED.1.to_owned()), means, contrasts });
    others.sort_by(|a, b| a.choice.cmp(&b.choice));
    let means: Vec<_> = others.iter().map(|told| (&told.choice, told.means.as_slice())).collect();
    let contrasts: Vec<_> = others.iter().map(|told| (&told.choice, told.contrasts.as_slice())).collect();
    let mut rows = beside(&reported.means, &means, settings);
    rows.extend(beside(&reported.contrasts, &contrasts, settings));
    rows
}

/// A mean or a contrast, as the panel sees it.
trait Headline {
    /// What it is of, but for the space.
    type Of<'a>: Ord
    where
        Self: 'a;

    fn of(&self) -> Self::Of<'_>;
    fn space(&self) -> &str;
    fn row(&self, choice: &Choice) -> SensitivityRow;
}

impl Headline for SummaryRow {
    type Of<'a> = (&'a Cell, &'a str);

    fn of(&self) -> Self::Of<'_> {
        (&self.cell, &self.metric)
    }

    fn space(&self) -> &str {
        &self.space
    }

    fn row(&self, choice: &Choice) -> SensitivityRow {
        row_of_mean(self, choice)
    }
}

impl Headline for ContrastRow {
    /// Where it is, its two sides, what they are called, and its metric.
    type Of<'a> = ([&'a str; 3], [&'a str; 2], [Option<&'a str>; 2], [&'a str; 3], &'a str);

    fn of(&self) -> Self::Of<'_> {
        (
            [&self.dataset, &self.domain, &self.model],
            [&self.mode_a, &self.mode_b],
            [self.feedback_a.as_deref(), self.feedback_b.as_deref()],
            [&self.by, &self.level_a, &self.level_b],
            &self.metric,
        )
    }

    fn space(&self) -> &str {
        &self.space
    }

    fn row(&self, choice: &Choice) -> SensitivityRow {
        row_of_contrast(self, choice)
    }
}

/// Each number reported, then what every other choice and every other embedder say of it.
fn beside<R: Headline>(reported: &[R], others: &[(&Choice, &[R])], settings: Settings) -> Vec<SensitivityRow> {
    let mut in_spaces: BTreeMap<R::Of<'_>, Vec<&R>> = BTreeMap::new();
    for one in reported {
        in_spaces.entry(one.of()).or_default().push(one);
    }
    let mut by_key: BTreeMap<(R::Of<'_>, &str), Vec<(&Choice, &R)>> = BTreeMap::new();
    for (choice, rows) in others {
        for row in *rows {
            by_key.entry((row.of(), row.space())).or_default().push((choice, row));
        }
    }
    let mut rows = Vec::new();
    for one in reported {
        let base = one.row(&(REPORTED.0, REPORTED.1.to_owned()));
        rows.push(base.clone());
        let told = by_key.get(&(one.of(), one.space())).into_iter().flatten();
        rows.extend(told.map(|(choice, other)| against(other.row(choice), &base, settings)));
        let elsewhere = in_spaces.get(&one.of()).into_iter().flatten().filter(|other| other.space() != one.space());
        rows.extend(elsewhere.map(|other| {
            let row = other.row(&(EMBEDDER, other.space().to_owned()));
            against(SensitivityRow { space: one.space().to_owned(), ..row }, &base, settings)
        }));
    }
    rows
}

/// The contrasts of a plan, of the headline metrics alone and each kind once; columns of the input are not known to the
/// alternatives.
fn headline_entries(entries: &[Contrast]) -> Vec<Contrast> {
    let mut kept: Vec<Contrast> = Vec::new();
    for entry in entries.iter().filter(|entry| !matches!(entry.by, By::Column(_))) {
        if kept.iter().all(|other| other.by != entry.by) {
            kept.push(Contrast { metrics: Vec::new(), family: None, ..entry.clone() });
        }
    }
    kept
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
        choice,
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
        choice,
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
fn against(row: SensitivityRow, base: &SensitivityRow, settings: Settings) -> SensitivityRow {
    let alpha = 1.0 - settings.level;
    let sign = |value: Option<f64>| value.filter(|value| *value != 0.0).map(f64::is_sign_positive);
    let sign_flips = sign(row.value).zip(sign(base.value)).is_some_and(|(one, other)| one != other);
    let clear = |p: Option<f64>| p.map(|p| p < alpha);
    let significance_flips = clear(row.p_adjusted).zip(clear(base.p_adjusted)).is_some_and(|(one, other)| one != other);
    let flips = match (sign_flips, significance_flips) {
        (false, false) => Flips::Nothing,
        (true, false) => Flips::Sign,
        (false, true) => Flips::Significance,
        (true, true) => Flips::Both,
    };
    let flips = base.flips.map(|_| flips);
    SensitivityRow { reported: base.value, reported_p_adjusted: base.p_adjusted, flips, ..row }
}

#[cfg(test)]
mod tests;
