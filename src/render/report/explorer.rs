//! What the question explorer looks at: an index of the questions, and their samples in blocks that are unpacked on demand.
//!
//! Labels are cleaned here. Texts are not: they are shown as they are, by a script that never makes markup of them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::chunk::Chunk;
use super::samples::{GroupMeans, PairValue, QuestionSamples, question_samples};
use crate::kernels;
use crate::model::{Group, GroupKey, Sample, Shown};
use crate::render::label::{clean, place};
use crate::render::modes::{ModeKey, ModeLabels};
use crate::render::{RenderError, ReportData, figures, words};

/// Questions lie together up to so many characters of text: small enough to be unpacked between two frames.
const BLOCK_CHARS: usize = 200_000;

/// Everything the explorer needs.
pub(super) struct Explorer {
    pub(super) index: Index,
    /// The index first, then the blocks of samples.
    pub(super) chunks: Vec<Chunk>,
}

/// What the list of questions is made of.
#[derive(Serialize)]
pub(super) struct Index {
    pub(super) metrics: Vec<MetricName>,
    modes: Vec<ModeName>,
    pub(super) models: Vec<String>,
    pub(super) places: Vec<String>,
    pub(super) questions: Vec<Question>,
}

/// A pair metric in its space.
#[derive(Serialize)]
pub(super) struct MetricName {
    title: String,
    space: String,
    /// Whether more means more alike.
    pub(super) similarity: bool,
}

#[derive(Serialize)]
struct ModeName {
    name: String,
    /// The mode's color in all figures, as CSS writes it.
    color: String,
}

#[derive(Serialize)]
pub(super) struct Question {
    /// Names the question in addresses; no other has it.
    pub(super) key: String,
    pub(super) id: String,
    pub(super) place: usize,
    /// The block with its samples, and where in it.
    chunk: usize,
    slot: usize,
    pub(super) groups: Vec<GroupEntry>,
}

#[derive(Serialize)]
pub(super) struct GroupEntry {
    model: usize,
    mode: usize,
    chain: Option<i64>,
    n: usize,
    /// The mean over pairs for each of the index's metrics.
    pub(super) values: Vec<Option<f64>>,
    correct: usize,
    judged: usize,
    /// Samples that say again what an earlier one of the group said, and samples that could.
    pub(super) repeats: usize,
    pub(super) could_repeat: usize,
    /// Different answers.
    answers: usize,
    /// Whose group it is, for the sentences of the page.
    #[serde(skip)]
    pub(super) owner: GroupKey,
    /// Members and value of the most alike pair of different texts by the first metric.
    #[serde(skip)]
    pub(super) most_alike: Option<PairValue>,
    /// The same of the least alike pair.
    #[serde(skip)]
    pub(super) least_alike: Option<PairValue>,
    /// The first member that repeats another one, and that one.
    #[serde(skip)]
    pub(super) first_repeat: Option<(usize, usize)>,
}

/// Who asks: a data set's question.
type QuestionKey<'a> = (&'a str, &'a str, &'a str);

/// The groups of a question, as positions among the run's groups.
type Found<'a> = BTreeMap<QuestionKey<'a>, Vec<usize>>;

/// Packs the shown questions; nothing where none are shown.
pub(super) fn explorer(data: &ReportData<'_>) -> Result<Option<Explorer>, RenderError> {
    let Some(shown) = data.shown.filter(|shown| !shown.groups.is_empty()) else { return Ok(None) };
    let labels = words::mode_labels(data.summary);
    let mut found: Found<'_> = BTreeMap::new();
    for &position in &shown.groups {
        let Some(group) = data.sample_groups.get(position) else { continue };
        let key = (&*group.key.dataset, &*group.key.domain, &*group.key.question_id);
        found.entry(key).or_default().push(position);
    }
    for groups in found.values_mut() {
        groups.sort_by_key(|&position| {
            let key = &data.sample_groups[position].key;
            (&key.model, ModeKey::new(&key.mode, key.feedback.as_deref()), key.chain)
        });
    }
    let names = Names::new(data, shown, found.values().flatten().copied(), labels);
    let known = (&*names.metrics, &names.means);
    let packed: Vec<QuestionSamples<'_>> =
        found.par_iter().map(|(_, groups)| question_samples(data, shown, groups, known)).collect();
    let blocks = blocks(&packed);
    let index = names.index(data, &found, &packed, &blocks);
    let mut chunks = vec![Chunk::new("index".to_owned(), &index)?];
    let samples: Result<Vec<Chunk>, RenderError> = blocks
        .par_iter()
        .enumerate()
        .map(|(n, block)| Chunk::new(format!("samples-{n}"), &&packed[block.clone()]))
        .collect();
    chunks.extend(samples?);
    Ok(Some(Explorer { index, chunks }))
}

/// Puts neighbors together until a block is full.
fn blocks(packed: &[QuestionSamples<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut size) = (0, 0);
    for (position, question) in packed.iter().enumerate() {
        if size > 0 && size + question.n_chars > BLOCK_CHARS {
            blocks.push(start..position);
            (start, size) = (position, 0);
        }
        // A question without any text still fills some of its block.
        size += question.n_chars.max(1);
    }
    blocks.push(start..packed.len());
    blocks
}

/// The names that the index points at.
struct Names<'a> {
    metrics: Vec<(&'a str, &'a str)>,
    means: GroupMeans<'a>,
    modes: Vec<ModeKey>,
    models: Vec<&'a str>,
    labels: ModeLabels,
}

impl<'a> Names<'a> {
    fn new(data: &ReportData<'a>, shown: &'a Shown, groups: impl Iterator<Item = usize>, labels: ModeLabels) -> Self {
        let means = GroupMeans::new(data, shown);
        let mut metrics = Vec::new();
        for metric in shown.pairs.iter().map(|pairs| (pairs.metric, &*pairs.space)).chain(means.metrics()) {
            if !metrics.contains(&metric) {
                metrics.push(metric);
            }
        }
        let keys: Vec<&GroupKey> = groups.map(|position| &*data.sample_groups[position].key).collect();
        let mut modes: Vec<ModeKey> = keys.iter().map(|key| ModeKey::new(&key.mode, key.feedback.as_deref())).collect();
        modes.sort();
        modes.dedup();
        let mut models: Vec<&str> = keys.iter().map(|key| &*key.model).collect();
        models.sort_unstable();
        models.dedup();
        Names { metrics, means, modes, models, labels }
    }

    fn index(
        &self,
        data: &ReportData<'_>,
        found: &Found<'_>,
        packed: &[QuestionSamples<'_>],
        blocks: &[std::ops::Range<usize>],
    ) -> Index {
        let places: Vec<String> = distinct(found.keys().map(|(dataset, domain, _)| place(dataset, domain)));
        let keys = question_keys(found);
        let questions = found.iter().zip(packed).enumerate().map(|(position, ((key, groups), samples))| {
            let chunk = blocks.iter().position(|block| block.contains(&position)).unwrap_or(0);
            Question {
                key: keys[position].clone(),
                id: clean(key.2),
                place: places.iter().position(|name| *name == place(key.0, key.1)).unwrap_or(0),
                chunk,
                slot: position - blocks[chunk].start,
                groups: groups
                    .iter()
                    .zip(&samples.groups)
                    .map(|(&group, known)| self.entry(data, group, known))
                    .collect(),
            }
        });
        let questions: Vec<Question> = questions.collect();
        Index {
            metrics: self
                .metrics
                .iter()
                .map(|(metric, space)| MetricName {
                    title: super::context::metric_title(data, metric),
                    space: clean(space),
                    similarity: words::is_similarity(metric),
                })
                .collect(),
            modes: self
                .modes
                .iter()
                .map(|mode| ModeName {
                    name: self.labels.label(mode),
                    color: figures::mode_color_css(mode, &self.labels),
                })
                .collect(),
            models: self.models.iter().map(|model| clean(model)).collect(),
            places,
            questions,
        }
    }

    fn entry(&self, data: &ReportData<'_>, position: usize, known: &super::samples::GroupSamples) -> GroupEntry {
        let group: &Group = &data.sample_groups[position];
        let samples: Vec<&Sample> = group.members.iter().filter_map(|&member| data.samples.get(member)).collect();
        let mode = ModeKey::new(&group.key.mode, group.key.feedback.as_deref());
        let texts = samples.iter().filter(|sample| sample.solution().is_some()).count();
        let is_similarity = self.metrics.first().is_none_or(|(metric, _)| words::is_similarity(metric));
        let (most_alike, least_alike) = known.examples(group, is_similarity);
        let value = |(pairs, metric): (&Option<Vec<Option<f64>>>, &(&str, &str))| {
            pairs.as_deref().and_then(mean).or_else(|| self.means.mean(&group.key, *metric))
        };
        GroupEntry {
            model: self.models.iter().position(|model| *model == group.key.model).unwrap_or(0),
            mode: self.modes.iter().position(|one| *one == mode).unwrap_or(0),
            chain: group.key.chain,
            n: samples.len(),
            values: known.pairs.iter().zip(&self.metrics).map(value).collect(),
            correct: samples.iter().filter(|sample| sample.correct == Some(true)).count(),
            judged: samples.iter().filter(|sample| sample.correct.is_some()).count(),
            repeats: known.samples.iter().filter(|sample| sample.repeats.is_some()).count(),
            could_repeat: texts.saturating_sub(1),
            answers: distinct(samples.iter().filter_map(|sample| sample.answer_class())).len(),
            owner: (*group.key).clone(),
            first_repeat: known.samples.iter().enumerate().find_map(|(n, sample)| Some((n, sample.repeats?))),
            most_alike,
            least_alike,
        }
    }
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    kernels::mean::mean(values.iter().copied().flatten()).map(super::samples::rounded)
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items.dedup();
    items
}

/// A name for each question that no other has: its identifier, behind its data set where several share it, numbered
/// where even that is not enough.
fn question_keys(found: &Found<'_>) -> Vec<String> {
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for (_, _, id) in found.keys() {
        *shared.entry(clean(id)).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys = Vec::with_capacity(found.len());
    for (dataset, _, id) in found.keys() {
        let id = clean(id);
        let key = if shared.get(&id).is_some_and(|n| *n > 1) { format!("{}/{id}", clean(dataset)) } else { id };
        let n = taken.entry(key.clone()).or_default();
        *n += 1;
        keys.push(if *n == 1 { key } else { format!("{key} ({n})") });
    }
    keys
}

/// How much of the run the explorer shows, as a sentence.
pub(super) fn extent(data: &ReportData<'_>) -> String {
    let Some(shown) = data.shown else { return String::new() };
    if shown.n_questions >= shown.n_all {
        return if shown.n_all == 1 {
            "The run's only question.".to_owned()
        } else {
            format!("All {}.", words::count(shown.n_all, "question"))
        };
    }
    format!(
        "A seeded selection of {} of {}; the others are in tables/samples.parquet.",
        words::grouped(shown.n_questions),
        words::count(shown.n_all, "question")
    )
}
