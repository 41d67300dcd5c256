//! The answers at the top of the page: what was found, each with a way to the samples that show it.

use serde::Serialize;

use super::explorer::{Explorer, GroupEntry, Question};
use crate::render::findings::{Finding, findings};
use crate::render::label::clean;
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{ReportData, words};

/// A question that a reader comes with, and its answer.
#[derive(Serialize)]
pub(super) struct Answer {
    question: &'static str,
    sentences: Vec<Told>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Told {
    about: String,
    text: String,
}

#[derive(Serialize)]
struct Link {
    text: String,
    /// An address within the page.
    href: String,
}

pub(super) fn answers(data: &ReportData<'_>, metric: &str, explorer: Option<&Explorer>) -> Vec<Answer> {
    let mut answers: Vec<Answer> = findings(data, metric).into_iter().map(answer).collect();
    let Some(explorer) = explorer else { return answers };
    let names = Names { explorer, labels: words::mode_labels(data.summary) };
    let links = [most_different(&names), most_repeating(&names), pair(&names, "most"), pair(&names, "least")];
    let links: Vec<Link> = links.into_iter().flatten().collect();
    if !links.is_empty() {
        answers.push(Answer { question: "Show me an example", sentences: Vec::new(), links });
    }
    answers
}

fn answer(finding: Finding) -> Answer {
    let told = finding.sentences.into_iter().map(|one| Told { about: one.about, text: one.text });
    Answer { question: finding.question, sentences: told.collect(), links: Vec::new() }
}

/// Every group that is shown, with its question and its position there.
fn groups(explorer: &Explorer) -> impl Iterator<Item = (&Question, usize, &GroupEntry)> {
    let of = |question: &'_ Question| question.groups.len();
    let questions = explorer.index.questions.iter();
    questions.flat_map(move |question| (0..of(question)).map(move |group| (question, group, &question.groups[group])))
}

/// What the examples are told with.
struct Names<'a> {
    explorer: &'a Explorer,
    labels: ModeLabels,
}

impl Names<'_> {
    /// The group's mode, behind its model where there are several.
    fn of(&self, group: &GroupEntry) -> String {
        let mode = self.labels.label(&ModeKey::new(&group.owner.mode, group.owner.feedback.as_deref()));
        if self.explorer.index.models.len() > 1 { format!("{}, {mode}", clean(&group.owner.model)) } else { mode }
    }

    /// The question, with its data set where another one has a question of that name.
    fn question(&self, question: &Question) -> String {
        match self.explorer.index.places.get(question.place) {
            Some(place) if question.key != question.id => format!("{} of {place}", question.id),
            _ => question.id.clone(),
        }
    }

    /// Whether more of the first metric means more alike.
    fn is_similarity(&self) -> bool {
        self.explorer.index.metrics.first().is_none_or(|metric| metric.similarity)
    }
}

/// Opens a question with two samples of its groups side by side.
fn link(text: String, question: &Question, a: (usize, usize), b: (usize, usize)) -> Link {
    let href = format!("#q={}&a={}.{}&b={}.{}", percent_encoded(&question.key), a.0, a.1, b.0, b.1);
    Link { text, href }
}

/// A model's solutions to a question under one mode.
struct OfMode<'a> {
    model: &'a str,
    mode: ModeKey,
    /// Positions of the chains, or of the one group of draws.
    groups: Vec<usize>,
    values: Vec<f64>,
}

impl OfMode<'_> {
    fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }
}

/// The modes of a question's models, each with what is known of its groups by the first metric.
fn modes_of(question: &Question) -> Vec<OfMode<'_>> {
    let mut modes: Vec<OfMode<'_>> = Vec::new();
    for (position, group) in question.groups.iter().enumerate() {
        let Some(value) = group.values.first().copied().flatten() else { continue };
        let mode = ModeKey::new(&group.owner.mode, group.owner.feedback.as_deref());
        let model = &*group.owner.model;
        match modes.iter_mut().find(|one| one.model == model && one.mode == mode) {
            Some(known) => {
                known.groups.push(position);
                known.values.push(value);
            }
            None => modes.push(OfMode { model, mode, groups: vec![position], values: vec![value] }),
        }
    }
    modes
}

/// The question on which two modes of a model differ most in how alike their solutions are, each the mean over its chains,
/// with the least alike pair under the mode whose solutions are less alike: what the other mode did not come to.
fn most_different(names: &Names<'_>) -> Option<Link> {
    let sign = if names.is_similarity() { 1.0 } else { -1.0 };
    let mut best: Option<(f64, &Question, OfMode<'_>, OfMode<'_>)> = None;
    for question in &names.explorer.index.questions {
        let alike = |one: &OfMode<'_>| sign * one.mean();
        let mut modes = modes_of(question);
        modes.sort_by(|a, b| a.model.cmp(b.model).then(alike(a).total_cmp(&alike(b))));
        // The ends of each model's modes differ most.
        while let Some(more) = modes.pop() {
            let Some(first) = modes.iter().position(|one| one.model == more.model) else { continue };
            let less = modes.swap_remove(first);
            modes.retain(|one| one.model != more.model);
            let span = alike(&more) - alike(&less);
            if span > best.as_ref().map_or(0.0, |one| one.0) {
                best = Some((span, question, more, less));
            }
        }
    }
    let (_, question, more, less) = best?;
    let told = |one: &OfMode<'_>| {
        let group = &question.groups[one.groups[0]];
        format!("{} {}", names.of(group), words::number(one.mean(), 3))
    };
    let text =
        format!("Question {}, on which modes differ most: {}, {}", names.question(question), told(&more), told(&less));
    let pairs = less.groups.iter().filter_map(|&group| Some((group, question.groups[group].least_alike?)));
    let pair = pairs.reduce(|best, one| if sign * one.1.2 < sign * best.1.2 { one } else { best });
    // Without pairs there are the two first samples to see.
    Some(match pair {
        Some((group, (a, b, _))) => link(text, question, (group, a), (group, b)),
        None => link(text, question, (more.groups[0], 0), (less.groups[0], 0)),
    })
}

/// The chain in which most rounds say again what an earlier one said, with the first of them beside what it repeats.
fn most_repeating(names: &Names<'_>) -> Option<Link> {
    let chains =
        groups(names.explorer).filter(|(_, _, group)| group.owner.chain.is_some() && group.first_repeat.is_some());
    let (question, n, group) = chains.reduce(|best, one| if one.2.repeats > best.2.repeats { one } else { best })?;
    let (member, of) = group.first_repeat?;
    let text = format!(
        "The chain that repeats most: {} on question {}, {} of {} later rounds",
        names.of(group),
        names.question(question),
        group.repeats,
        group.could_repeat
    );
    Some(link(text, question, (n, of), (n, member)))
}

/// The most alike pair of different texts, or the least alike pair, of all groups.
fn pair(names: &Names<'_>, word: &str) -> Option<Link> {
    let is_most = word == "most";
    let pairs = groups(names.explorer).filter_map(|(question, n, group)| {
        Some((question, n, group, if is_most { group.most_alike } else { group.least_alike }?))
    });
    let larger = is_most == names.is_similarity();
    let better = |one: f64, best: f64| if larger { one > best } else { one < best };
    let (question, n, group, (a, b, value)) =
        pairs.reduce(|best, one| if better(one.3.2, best.3.2) { one } else { best })?;
    let kind = if is_most { "most alike pair that is not equal" } else { "least alike pair" };
    let text = format!(
        "The {kind}: {} on question {} ({})",
        names.of(group),
        names.question(question),
        words::number(value, 3)
    );
    Some(link(text, question, (n, a), (n, b)))
}

/// As `encodeURIComponent` writes it, or more cautiously.
fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_any_name() {
        assert_eq!(percent_encoded("a b/ü\"<&#"), "a%20b%2F%C3%BC%22%3C%26%23");
    }
}
