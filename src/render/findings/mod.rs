//! What a run found, as answers to a reader's questions: which mode explores most, by how much and how sure, where it
//! repeats itself, whether it is right. Sentences made from numbers, a few, and exact.

mod differences;
mod most;
mod repeats;

use std::collections::BTreeSet;

use super::label::{clean, place};
use super::modes::{self, ModeKey, ModeLabels};
use super::{ReportData, words};
use crate::model::{Cell, SummaryRow};

/// A question with the sentences that answer it.
pub(crate) struct Finding {
    pub(crate) question: &'static str,
    pub(crate) sentences: Vec<Sentence>,
}

/// A sentence, and the model or data set that it is about where there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) about: String,
    pub(crate) text: String,
}

impl Sentence {
    /// The text as it is: a sentence may begin with a name, and names are not changed.
    fn new(about: &str, text: &str) -> Self {
        Sentence { about: about.to_owned(), text: unbroken(text) }
    }

    fn of_all(text: &str) -> Self {
        Sentence::new("", text)
    }
}

/// Keeps the ends of an interval on one line.
fn unbroken(text: &str) -> String {
    let mut is_within = false;
    let no_break = |c: char| {
        is_within = (is_within || c == '[') && c != ']';
        if is_within && c == ' ' { '\u{a0}' } else { c }
    };
    text.chars().map(no_break).collect()
}

/// With more models and data sets than this, sentences count them instead of naming each.
const MANY: usize = 4;
/// Longer lists are not read: they are cut, and it is said where the rest is.
const LISTED: usize = 6;

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

/// What a reader must know to read the answers: what the modes are and which way similarity goes. Empty without modes.
pub(crate) fn how_to_read(data: &ReportData<'_>) -> String {
    let modes: BTreeSet<ModeKey> = data.summary.iter().map(|row| ModeKey::new(&row.cell.mode, None)).collect();
    let told = modes.iter().filter_map(|key| Some(format!("{}: {}", clean(&key.mode), modes::meaning(&key.mode)?)));
    let told: Vec<String> = told.collect();
    if modes.is_empty() {
        return String::new();
    }
    let told = if told.is_empty() { String::new() } else { format!("Sampling modes: {}. ", told.join("; ")) };
    format!(
        "{told}A similarity of 1 means the same; the lower the mean over the solutions to a question, the more a mode explores. Brackets are intervals over questions."
    )
}

/// What all sentences need.
struct Told<'a, 'd> {
    data: &'d ReportData<'a>,
    metric: &'d str,
    /// What the answers are measured on.
    space: &'d str,
    /// All that it was measured on.
    spaces: BTreeSet<&'d str>,
    labels: ModeLabels,
    /// Those with a mean.
    subjects: Vec<Subject<'d>>,
    /// Those without one, too.
    all: Vec<Subject<'d>>,
}

/// Answers what the numbers can answer, by the similarity `metric`.
pub(crate) fn findings(data: &ReportData<'_>, metric: &str) -> Vec<Finding> {
    let measured: Vec<&SummaryRow> = measured(data, metric).collect();
    let space = measured.first().map_or("", |row| row.space.as_str());
    let subjects = measured.iter().filter(|row| row.space == space).map(|row| Subject::of(&row.cell));
    let told = Told {
        data,
        metric,
        space,
        spaces: measured.iter().map(|row| row.space.as_str()).collect(),
        labels: words::mode_labels(data.summary),
        subjects: subjects.collect::<BTreeSet<_>>().into_iter().collect(),
        all: all_subjects(data).into_iter().collect(),
    };
    let answers = [
        ("Which mode explores most?", told.most()),
        ("By how much, and how sure?", told.differences()),
        ("Where does it repeat itself?", told.repeats()),
        ("How often is it right?", told.correct()),
    ];
    let answered = answers.into_iter().filter(|(_, sentences)| !sentences.is_empty());
    answered.map(|(question, sentences)| Finding { question, sentences }).collect()
}

/// The means of single modes by a metric.
fn measured<'d>(data: &'d ReportData<'_>, metric: &str) -> impl Iterator<Item = &'d SummaryRow> {
    data.summary.iter().filter(move |row| row.metric == metric && row.value.is_some() && !row.cell.is_across())
}

/// Everyone of whom anything is known: who has one sample to a question has no pairs, but is right or wrong.
fn all_subjects<'d>(data: &'d ReportData<'_>) -> BTreeSet<Subject<'d>> {
    let cells = data.summary.iter().chain(data.further).filter(|row| !row.cell.is_across());
    let of_rounds = data.round_values.iter().map(|row| Subject {
        dataset: &row.key.dataset,
        domain: &row.key.domain,
        model: &row.key.model,
    });
    cells.map(|row| Subject::of(&row.cell)).chain(of_rounds).collect()
}

impl Told<'_, '_> {
    /// What tells a subject from the others: its model, its data set, its domain, or several of them.
    fn about(&self, subject: &Subject<'_>) -> String {
        let differs = |of: fn(&Subject<'_>) -> String| self.all.iter().any(|other| of(other) != of(subject));
        let model = differs(|one| one.model.to_owned()).then(|| clean(subject.model));
        let place = match (differs(|one| one.dataset.to_owned()), differs(|one| one.domain.to_owned())) {
            (false, false) => None,
            (false, true) => Some(clean(subject.domain)),
            (true, _) => Some(place(subject.dataset, subject.domain)),
        };
        model.into_iter().chain(place).collect::<Vec<_>>().join(", ")
    }

    fn mode(&self, cell: &Cell) -> String {
        self.labels.label(&ModeKey::of(cell))
    }
}

#[cfg(test)]
mod tests;
