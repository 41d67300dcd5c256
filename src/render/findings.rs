//! What a run found, as answers to a reader's questions: which mode explores most, by how much and how sure, where it
//! repeats itself, whether it is right. Sentences made from numbers, a few, and exact.

use std::collections::{BTreeMap, BTreeSet};

use super::label::{clean, place};
use super::modes::{ModeKey, ModeLabels};
use super::{ReportData, words};
use crate::model::{ALPHA, Cell, ContrastRow, RoundMeasurement, SummaryRow};

/// A question with the sentences that answer it.
pub(crate) struct Finding {
    pub(crate) question: &'static str,
    pub(crate) sentences: Vec<String>,
}

/// With more models and data sets than this, sentences count them instead of naming each.
const MANY: usize = 4;
/// Intervals over fewer questions are rough.
const FEW_QUESTIONS: usize = 10;

/// A model on a data set: what modes are compared within.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject<'a> {
    dataset: &'a str,
    domain: &'a str,
    model: &'a str,
}

impl<'a> Subject<'a> {
    fn of(cell: &'a Cell) -> Self {
        Subject { dataset: &cell.dataset, domain: &cell.domain, model: &cell.model }
    }

    fn holds(&self, cell: &Cell) -> bool {
        *self == Subject::of(cell)
    }
}

/// What all sentences need.
struct Told<'a, 'd> {
    data: &'d ReportData<'a>,
    metric: &'d str,
    space: &'d str,
    labels: ModeLabels,
    subjects: Vec<Subject<'d>>,
}

/// Answers what the numbers can answer, by the similarity `metric`.
pub(crate) fn findings(data: &ReportData<'_>, metric: &str) -> Vec<Finding> {
    let measured = |row: &&SummaryRow| row.metric == metric && row.value.is_some() && !row.cell.is_across();
    let Some(first) = data.summary.iter().find(measured) else {
        let sentences = words::headlines(data.summary, data.contrasts, metric);
        return vec![Finding { question: "Which mode explores most?", sentences }];
    };
    let space = first.space.as_str();
    let rows = data.summary.iter().filter(measured).filter(|row| row.space == space);
    let subjects: BTreeSet<Subject<'_>> = rows.map(|row| Subject::of(&row.cell)).collect();
    let told = Told {
        data,
        metric,
        space,
        labels: words::mode_labels(data.summary),
        subjects: subjects.into_iter().collect(),
    };
    let all = [
        ("Which mode explores most?", told.most()),
        ("By how much, and how sure?", told.differences()),
        ("Where does it repeat itself?", told.repeats()),
        ("How often is it right?", told.correct()),
    ];
    let answered = all.into_iter().filter(|(_, sentences)| !sentences.is_empty());
    answered.map(|(question, sentences)| Finding { question, sentences }).collect()
}

impl<'d> Told<'_, 'd> {
    /// `quickstart, coding: `, with the model where there are several; nothing where there is one subject.
    fn about(&self, subject: &Subject<'_>) -> String {
        let place = place(subject.dataset, subject.domain);
        let several_models = self.subjects.iter().any(|other| other.model != subject.model);
        let several_places = self.subjects.iter().any(|o| (o.dataset, o.domain) != (subject.dataset, subject.domain));
        match (several_models, several_places) {
            (false, false) => String::new(),
            (false, true) => format!("{place}: "),
            (true, false) => format!("{}: ", clean(subject.model)),
            (true, true) => format!("{} on {place}: ", clean(subject.model)),
        }
    }

    fn mode(&self, cell: &Cell) -> String {
        self.labels.label(&ModeKey::of(cell))
    }

    /// A subject's means, the least alike first.
    fn means(&self, subject: &Subject<'_>) -> Vec<(&'d SummaryRow, f64)> {
        let mine = |row: &&SummaryRow| {
            row.metric == self.metric && row.space == self.space && subject.holds(&row.cell) && !row.cell.is_across()
        };
        let rows = self.data.summary.iter().filter(mine);
        let mut means: Vec<_> = rows.filter_map(|row| Some((row, row.value?))).collect();
        means.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| ModeKey::of(&a.0.cell).cmp(&ModeKey::of(&b.0.cell))));
        means
    }

    fn contrasts(&self, subject: &Subject<'_>) -> Vec<ContrastRow> {
        let mine = |row: &&ContrastRow| {
            row.by == words::BY_MODE
                && row.metric == self.metric
                && row.space == self.space
                && row.difference.is_some()
                && !row.is_across()
                && (&*row.dataset, &*row.domain, &*row.model) == (subject.dataset, subject.domain, subject.model)
        };
        self.data.contrasts.iter().filter(mine).map(words::oriented).collect()
    }

    /// Whether the difference between two modes is one.
    fn is_clear(contrasts: &[ContrastRow], a: &Cell, b: &Cell) -> bool {
        let side = |cell: &Cell| (cell.mode.clone(), cell.feedback.clone());
        let (a, b) = (side(a), side(b));
        contrasts.iter().any(|row| {
            let sides = ((row.mode_a.clone(), row.feedback_a.clone()), (row.mode_b.clone(), row.feedback_b.clone()));
            (sides == (a.clone(), b.clone()) || sides == (b.clone(), a.clone())) && words::is_clear(row)
        })
    }

    fn most(&self) -> Vec<String> {
        if self.subjects.len() > MANY {
            return self.most_of_many();
        }
        self.subjects.iter().map(|subject| self.most_of(subject)).collect()
    }

    fn most_of(&self, subject: &Subject<'_>) -> String {
        let means = self.means(subject);
        let about = self.about(subject);
        let decimals = words::decimals(means.iter().map(|(_, value)| *value));
        let metric = words::metric_words(self.metric);
        let told = |(row, value): &(&SummaryRow, f64)| {
            let ci = words::interval(row.ci_low, row.ci_high, decimals).map_or_else(String::new, |ci| format!(" {ci}"));
            format!("{}{ci} under {}", words::number(*value, decimals), self.mode(&row.cell))
        };
        let on = clean(self.space);
        let [first, rest @ ..] = means.as_slice() else { return format!("{about}no {metric}.") };
        if rest.is_empty() {
            return format!("{about}one mode alone was sampled; its {metric} on {on} is {}.", told(first));
        }
        let contrasts = self.contrasts(subject);
        let clear: Vec<_> = rest.iter().filter(|one| Self::is_clear(&contrasts, &first.0.cell, &one.0.cell)).collect();
        let all = words::and_list(&means.iter().map(told).collect::<Vec<_>>());
        let best = self.mode(&first.0.cell);
        if clear.len() == rest.len() {
            return format!(
                "{about}{best}; its solutions to the same question are the least alike: {metric} on {on} {all}."
            );
        }
        if clear.is_empty() {
            return format!("{about}no mode clearly explores more than the others: {metric} on {on} {all}.");
        }
        let than = words::and_list(&clear.iter().map(|one| self.mode(&one.0.cell)).collect::<Vec<_>>());
        format!("{about}{best}, clearly only in comparison with {than}: {metric} on {on} {all}.")
    }

    fn most_of_many(&self) -> Vec<String> {
        let mut wins: BTreeMap<ModeKey, usize> = BTreeMap::new();
        for subject in &self.subjects {
            if let Some((row, _)) = self.means(subject).first() {
                *wins.entry(ModeKey::of(&row.cell)).or_default() += 1;
            }
        }
        let mut wins: Vec<(ModeKey, usize)> = wins.into_iter().collect();
        wins.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let told: Vec<String> = wins.iter().map(|(mode, n)| format!("{} in {n}", self.labels.label(mode))).collect();
        vec![format!(
            "The mode whose solutions to the same question are the least alike ({} on {}), over {} combinations of model and data set: {}.",
            words::metric_words(self.metric),
            clean(self.space),
            self.subjects.len(),
            words::and_list(&told)
        )]
    }

    fn differences(&self) -> Vec<String> {
        if self.subjects.len() > MANY {
            let of_space: Vec<ContrastRow> =
                self.data.contrasts.iter().filter(|row| row.space == self.space).cloned().collect();
            return words::headlines(self.data.summary, &of_space, self.metric);
        }
        let mut sentences = Vec::new();
        for subject in &self.subjects {
            let mut rows = self.contrasts(subject);
            let n = rows.len();
            if n * self.subjects.len() > 2 * MANY {
                // The rest is in the table of contrasts.
                rows.retain(|row| ModeKey::new(&row.mode_b, None).is_baseline());
            }
            rows.truncate(2 * MANY);
            sentences.extend(rows.iter().map(|row| format!("{}{}", self.about(subject), self.contrast(row))));
            sentences.extend(Self::doubt(&rows).map(|doubt| format!("{}{doubt}", self.about(subject))));
        }
        sentences
    }

    /// `markov solutions are more alike than parallel ones: 0.947 vs 0.854, difference +0.093 [0.081, 0.105], …`
    fn contrast(&self, row: &ContrastRow) -> String {
        let difference = row.difference.unwrap_or(f64::NAN);
        let decimals = words::decimals([difference]);
        let label = |mode: &str, feedback: Option<&str>| self.labels.label(&ModeKey::new(mode, feedback));
        let (a, b) = (label(&row.mode_a, row.feedback_a.as_deref()), label(&row.mode_b, row.feedback_b.as_deref()));
        let verdict = match words::direction(row) {
            None => format!("{a} and {b} solutions are not clearly more or less alike than each other"),
            Some(true) => format!("{a} solutions are more alike than {b} ones"),
            Some(false) => format!("{a} solutions are less alike than {b} ones"),
        };
        let values = match (row.value_a, row.value_b) {
            (Some(a), Some(b)) => format!("{} vs {}, ", words::number(a, decimals), words::number(b, decimals)),
            _ => String::new(),
        };
        let ci = words::brackets(row, decimals);
        format!("{verdict}: {values}difference {}{ci}, {}.", words::signed(difference, decimals), words::evidence(row))
    }

    /// What could not have been seen, where something was not seen.
    fn doubt(rows: &[ContrastRow]) -> Option<String> {
        let unclear = || rows.iter().filter(|row| !words::is_clear(row));
        let detectable = unclear().filter_map(|row| row.mde).reduce(f64::max);
        let n = unclear().map(|row| row.n_questions).max()?;
        let rough = if n < FEW_QUESTIONS { "; such intervals are rough" } else { "" };
        let n = words::count(n, "question");
        Some(match detectable {
            Some(mde) => format!(
                "with {n} only a difference of about {} or more would have been found{rough}.",
                words::number(mde, 2)
            ),
            None => format!("not clear means with {n} and an adjusted p of {ALPHA} or more{rough}."),
        })
    }

    fn repeats(&self) -> Vec<String> {
        let chains = first_repeats(self.data.round_values);
        if self.subjects.len() > MANY {
            return self.repeats_of_many();
        }
        let mut sentences = Vec::new();
        for subject in &self.subjects {
            let about = self.about(subject);
            let shares = |metric: &str| -> Vec<String> {
                let rows = self.rows_of(subject, metric);
                rows.iter()
                    .map(|(row, value)| format!("{} under {}", share_with_interval(row, *value), self.mode(&row.cell)))
                    .collect()
            };
            let rounds = shares("repeat");
            if !rounds.is_empty() {
                let firsts = chains.iter().filter(|(cell, _)| subject.holds(cell));
                let firsts: Vec<String> = firsts.filter_map(|(cell, rounds)| self.first_repeat(cell, rounds)).collect();
                let firsts = if firsts.is_empty() { String::new() } else { format!(" {}.", firsts.join("; ")) };
                sentences.push(format!(
                    "{about}of the rounds after a chain's first, {} say again what an earlier round said.{firsts}",
                    words::and_list(&rounds)
                ));
            }
            let pairs = shares("verbatim");
            if !pairs.is_empty() {
                sentences.push(format!(
                    "{about}of the pairs of solutions to a question, {} are equal to the letter.",
                    words::and_list(&pairs)
                ));
            }
        }
        sentences
    }

    /// `Under markov 5 of 6 chains repeat, first in round 2 (median)`; rounds count from 0.
    fn first_repeat(&self, cell: &Cell, rounds: &[Option<i64>]) -> Option<String> {
        let mut firsts: Vec<i64> = rounds.iter().copied().flatten().collect();
        firsts.sort_unstable();
        let median = firsts.get(firsts.len() / 2)?;
        Some(format!(
            "Under {} {} of {} repeat, first in round {median} at the median (the first round is 0)",
            self.mode(cell),
            words::grouped(firsts.len()),
            words::count(rounds.len(), "chain")
        ))
    }

    fn repeats_of_many(&self) -> Vec<String> {
        let sentence = |metric: &str, of: &str, what: &str| {
            let ranges = self.ranges(self.data.summary, metric);
            (!ranges.is_empty()).then(|| format!("Of {of}, {} {what}.", words::and_list(&ranges)))
        };
        let repeat = sentence("repeat", "the rounds after a chain's first", "say again what an earlier round said");
        let verbatim = sentence("verbatim", "the pairs of solutions to a question", "are equal to the letter");
        repeat.into_iter().chain(verbatim).collect()
    }

    fn correct(&self) -> Vec<String> {
        if self.subjects.len() > MANY {
            let ranges = self.ranges(self.data.further, "correct");
            return if ranges.is_empty() {
                Vec::new()
            } else {
                vec![format!("Correct solutions: {}.", words::and_list(&ranges))]
            };
        }
        let sentence = |subject: &Subject<'_>| {
            let mut rows: Vec<_> =
                self.data.further.iter().filter(|row| row.metric == "correct" && subject.holds(&row.cell)).collect();
            rows.sort_by_key(|row| ModeKey::of(&row.cell));
            let told: Vec<String> = rows
                .iter()
                .filter_map(|row| {
                    Some(format!("{} under {}", share_with_interval(row, row.value?), self.mode(&row.cell)))
                })
                .collect();
            (!told.is_empty()).then(|| format!("{}correct are {}.", self.about(subject), words::and_list(&told)))
        };
        self.subjects.iter().filter_map(sentence).collect()
    }

    fn rows_of(&self, subject: &Subject<'_>, metric: &str) -> Vec<(&'d SummaryRow, f64)> {
        let mine = |row: &&SummaryRow| row.metric == metric && subject.holds(&row.cell) && !row.cell.is_across();
        let mut rows: Vec<_> =
            self.data.summary.iter().filter(mine).filter_map(|row| Some((row, row.value?))).collect();
        rows.sort_by_key(|(row, _)| ModeKey::of(&row.cell));
        rows
    }

    /// `12 % to 41 % under markov`, over all subjects, mode by mode.
    fn ranges(&self, rows: &[SummaryRow], metric: &str) -> Vec<String> {
        let mut by_mode: BTreeMap<ModeKey, (f64, f64)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.metric == metric && !row.cell.is_across()) {
            let Some(value) = row.value else { continue };
            let (low, high) = by_mode.entry(ModeKey::of(&row.cell)).or_insert((value, value));
            (*low, *high) = (low.min(value), high.max(value));
        }
        let told = |(mode, (low, high)): (ModeKey, (f64, f64))| {
            format!("{} to {} under {}", words::percent(low), words::percent(high), self.labels.label(&mode))
        };
        by_mode.into_iter().map(told).collect()
    }
}

/// `41 % [22 %, 63 %]`
fn share_with_interval(row: &SummaryRow, value: f64) -> String {
    match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", words::percent(value), words::percent(low), words::percent(high))
        }
        _ => words::percent(value),
    }
}

/// For each mode its chains with the round in which each first repeats, none where it never does.
fn first_repeats(rows: &[RoundMeasurement]) -> BTreeMap<Cell, Vec<Option<i64>>> {
    let mut chains: BTreeMap<&crate::model::GroupKey, Option<i64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| &*row.metric == "repeat") {
        let first = chains.entry(&row.key).or_default();
        if row.value > 0.0 {
            *first = Some(first.map_or(row.round, |first| first.min(row.round)));
        }
    }
    let mut by_cell: BTreeMap<Cell, Vec<Option<i64>>> = BTreeMap::new();
    for (key, first) in chains {
        by_cell.entry(Cell::of(key)).or_default().push(first);
    }
    by_cell
}
