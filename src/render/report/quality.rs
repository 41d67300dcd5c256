//! What was lost between the files and the numbers: rejected rows, samples that were cut off, samples without a solution.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Sample;
use crate::render::label::clean;
use crate::render::modes::ModeKey;
use crate::render::{ReportData, words};

/// Losses of one mode, as they are shown.
#[derive(Serialize)]
pub(super) struct Losses {
    mode: String,
    samples: String,
    /// Cut off by a limit on length, of those of which that is known.
    truncated: String,
    without_solution: String,
    without_answer: String,
    judged: String,
}

/// How the pipeline marks the reasons for which rows were rejected among its notes.
const REJECTED: &str = "rejected: ";

#[derive(Default)]
struct Count {
    samples: usize,
    truncated: usize,
    known: usize,
    without_solution: usize,
    without_answer: usize,
    judged: usize,
}

impl Count {
    fn add(&mut self, sample: &Sample) {
        self.samples += 1;
        self.truncated += usize::from(sample.extraction.truncated == Some(true));
        self.known += usize::from(sample.extraction.truncated.is_some());
        self.without_solution += usize::from(sample.solution().is_none_or(|text| text.trim().is_empty()));
        self.without_answer += usize::from(sample.answer_class().is_none());
        self.judged += usize::from(sample.correct.is_some());
    }
}

/// Mode by mode, over all samples of the run.
pub(super) fn losses(data: &ReportData<'_>) -> Vec<Losses> {
    let labels = words::mode_labels(data.summary);
    let mut counts: BTreeMap<ModeKey, Count> = BTreeMap::new();
    for sample in data.samples {
        counts.entry(ModeKey::new(&sample.key.mode, sample.key.feedback.as_deref())).or_default().add(sample);
    }
    let row = |(mode, count): (ModeKey, Count)| Losses {
        mode: labels.label(&mode),
        samples: words::grouped(count.samples),
        truncated: if count.known == 0 { "not known".to_owned() } else { part(count.truncated, count.known) },
        without_solution: part(count.without_solution, count.samples),
        without_answer: part(count.without_answer, count.samples),
        judged: part(count.judged, count.samples),
    };
    counts.into_iter().map(row).collect()
}

/// `18 (6.3 %)`, of all of which it is known.
fn part(n: usize, all: usize) -> String {
    if n == 0 || all == 0 {
        return words::grouped(n);
    }
    format!("{} ({})", words::grouped(n), words::percent(n as f64 / all as f64))
}

/// The reasons for which rows were rejected, then all other notes.
pub(super) fn notes(data: &ReportData<'_>) -> (Vec<String>, Vec<String>) {
    let (rejected, others): (Vec<&String>, Vec<&String>) = data.notes.iter().partition(|n| n.starts_with(REJECTED));
    let reasons = rejected.into_iter().map(|note| clean(note.trim_start_matches(REJECTED))).collect();
    (reasons, others.into_iter().map(|note| clean(note)).collect())
}
