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
}

/// Opens a question with two samples of its groups side by side.
fn link(text: String, question: &Question, a: (usize, usize), b: (usize, usize)) -> Link {
    let href = format!("#q={}&a={}.{}&b={}.{}", percent_encoded(&question.key), a.0, a.1, b.0, b.1);
    Link { text, href }
}

/// The question on which two groups of a model differ most in how alike their solutions are, with the least alike pair of the
/// group whose solutions are less alike: what the other mode did not come to.
fn most_different(names: &Names<'_>) -> Option<Link> {
    let mut best: Option<(f64, &Question, usize, usize)> = None;
    for question in &names.explorer.index.questions {
        let known = |n: usize| question.groups[n].values.first().copied().flatten();
        for high in 0..question.groups.len() {
            for low in 0..question.groups.len() {
                let same_model = question.groups[high].owner.model == question.groups[low].owner.model;
                let Some(span) = known(high).zip(known(low)).map(|(h, l)| h - l).filter(|_| same_model) else {
                    continue;
                };
                if span > best.map_or(0.0, |one| one.0) {
                    best = Some((span, question, high, low));
                }
            }
        }
    }
    let (_, question, high, low) = best?;
    let told = |n: usize| {
        let value = words::optional(question.groups[n].values.first().copied().flatten(), 3);
        format!("{} {value}", names.of(&question.groups[n]))
    };
    let text = format!("Question {}, on which modes differ most: {}, {}", question.id, told(high), told(low));
    // Without pairs there are the two first samples to see.
    let Some([_, (a, b, _)]) = question.groups[low].extremes else {
        return Some(link(text, question, (high, 0), (low, 0)));
    };
    Some(link(text, question, (low, a), (low, b)))
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
        question.id,
        group.repeats,
        group.could_repeat
    );
    Some(link(text, question, (n, of), (n, member)))
}

/// Shown with three decimals, a larger similarity is 1.
const ALMOST_ONE: f64 = 0.9995;

/// The most or the least alike pair of all groups. Of equal texts nothing can be learned: the most alike pair is one whose
/// texts differ.
fn pair(names: &Names<'_>, word: &str) -> Option<Link> {
    let is_most = word == "most";
    let pairs = groups(names.explorer).filter_map(|(question, n, group)| {
        let [most, least] = group.extremes?;
        Some((question, n, group, if is_most { most } else { least }))
    });
    let better = |one: f64, best: f64| if is_most { one > best } else { one < best };
    let pairs = pairs.filter(|(.., pair)| !is_most || pair.2 < ALMOST_ONE);
    let (question, n, group, (a, b, value)) =
        pairs.reduce(|best, one| if better(one.3.2, best.3.2) { one } else { best })?;
    let kind = if is_most { "most alike pair that is not equal" } else { "least alike pair" };
    let text =
        format!("The {kind}: {} on question {} ({})", names.of(group), clean(&question.id), words::number(value, 3));
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
