//! The samples of a question as the explorer reads them: texts once each, numbers, repeats, pair values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::kernels::sameness::normalize_whitespace;
use crate::model::{Group, GroupKey, Sample, Shown};
use crate::render::ReportData;
use crate::render::figures::DRAWN_BY_GROUP;
use crate::render::label::clean;

/// Longer texts are cut in the page, which says so: a page is for reading, the tables hold everything.
pub const LONGEST_TEXT: usize = 20_000;
/// Longer answers are no answers.
const LONGEST_ANSWER: usize = 400;

/// Everything that is known of a question's samples.
#[derive(Serialize)]
pub(super) struct QuestionSamples<'a> {
    /// Each text once.
    texts: Vec<Text>,
    pub(super) groups: Vec<GroupSamples<'a>>,
    /// Size of the texts.
    #[serde(skip)]
    pub(super) n_chars: usize,
}

#[derive(Serialize)]
struct Text {
    text: String,
    /// Characters that were left out at its end.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[derive(Serialize)]
pub(super) struct GroupSamples<'a> {
    /// For each metric of the index the values in the order of the pairs (0,1), (0,2), …, (1,2), …; null where it was not
    /// measured, or where there are too many.
    pub(super) pairs: Vec<Option<Vec<Option<f64>>>>,
    /// Pairs of a group that has too many for the page; none where they are here, or were not measured.
    too_many: Option<usize>,
    /// For each metric the largest and the smallest value: members and value; null where there is none.
    pub(super) extremes: Vec<Option<[PairValue; 2]>>,
    /// Clusters of the members, space by space.
    clusters: Vec<Clusters<'a>>,
    pub(super) samples: Vec<SampleEntry>,
}

/// A pair of members, and its value.
pub(super) type PairValue = (usize, usize, f64);

#[derive(Serialize)]
struct Clusters<'a> {
    space: String,
    labels: &'a [Option<usize>],
}

#[derive(Serialize)]
pub(super) struct SampleEntry {
    id: String,
    round: i64,
    /// Positions among the texts.
    thinking: Option<usize>,
    solution: Option<usize>,
    thinking_tokens: Option<i64>,
    solution_tokens: Option<i64>,
    thinking_chars: Option<i64>,
    solution_chars: Option<i64>,
    answer: Option<String>,
    /// The same for answers of the question that mean the same.
    answer_class: Option<usize>,
    gold: Option<String>,
    correct: Option<bool>,
    truncated: bool,
    finish_reason: Option<String>,
    /// The first member of the group with the same solution up to white space, if it stands before this one.
    pub(super) repeats: Option<usize>,
    /// Whether it is the same to the letter.
    verbatim: bool,
}

/// Texts and answer classes of a question by what they say.
#[derive(Default)]
struct Interned<'a> {
    texts: Vec<Text>,
    by_text: BTreeMap<&'a str, usize>,
    classes: BTreeMap<&'a str, usize>,
}

impl<'a> Interned<'a> {
    fn text(&mut self, text: Option<&'a str>) -> Option<usize> {
        let text = text?;
        let next = self.texts.len();
        let position = *self.by_text.entry(text).or_insert(next);
        if position == next {
            let (text, left_out) = cut(text, LONGEST_TEXT);
            self.texts.push(Text { text, left_out });
        }
        Some(position)
    }

    fn class(&mut self, class: Option<&'a str>) -> Option<usize> {
        let next = self.classes.len();
        Some(*self.classes.entry(class?).or_insert(next))
    }
}

/// A text's beginning, and how many characters of it are left out.
fn cut(text: &str, longest: usize) -> (String, usize) {
    match text.char_indices().nth(longest) {
        None => (text.to_owned(), 0),
        Some((end, _)) => (text[..end].to_owned(), text[end..].chars().count()),
    }
}

/// Packs the groups of a question, given as positions among the run's groups.
pub(super) fn question_samples<'a>(
    data: &ReportData<'a>,
    shown: &'a Shown,
    groups: &[usize],
    (metrics, means): (&[(&str, &str)], &GroupMeans<'_>),
) -> QuestionSamples<'a> {
    let mut interned = Interned::default();
    let mut pack = |&position: &usize| {
        let group = &data.sample_groups[position];
        let pairs: Vec<_> = metrics.iter().map(|metric| pair_values(shown, position, *metric)).collect();
        GroupSamples {
            extremes: pairs.iter().map(|values| extremes(group, values.as_deref()?)).collect(),
            too_many: means.has(&group.key).then(|| group.n_pairs()),
            pairs,
            clusters: of_group(&shown.clusters, position, |one| one.group)
                .iter()
                .map(|one| Clusters { space: clean(&one.space), labels: &one.labels })
                .collect(),
            samples: entries(data, group, &mut interned),
        }
    };
    let groups: Vec<GroupSamples<'a>> = groups.iter().map(&mut pack).collect();
    let n_chars = interned.texts.iter().map(|text| text.text.len()).sum();
    QuestionSamples { texts: interned.texts, groups, n_chars }
}

impl GroupSamples<'_> {
    /// By the first metric the most alike pair whose texts differ in more than white space, and the least alike one: of equal
    /// texts nothing can be learned.
    pub(super) fn examples(&self, group: &Group, is_similarity: bool) -> (Option<PairValue>, Option<PairValue>) {
        let Some(values) = self.pairs.first().and_then(Option::as_deref) else { return (None, None) };
        let sign = if is_similarity { 1.0 } else { -1.0 };
        let original = |member: usize| self.samples.get(member).and_then(|sample| sample.repeats).unwrap_or(member);
        let known = || group.pairs().zip(values).filter_map(|(pair, value)| Some((pair.a, pair.b, (*value)?)));
        let different = known().filter(|pair| original(pair.0) != original(pair.1));
        let most = different.reduce(|best, one| if sign * one.2 > sign * best.2 { one } else { best });
        let least = known().reduce(|best, one| if sign * one.2 < sign * best.2 { one } else { best });
        (most, least)
    }
}

/// The means of those groups that have too many pairs for the page.
pub(super) struct GroupMeans<'a>(BTreeMap<&'a GroupKey, Vec<(&'a str, &'a str, f64)>>);

impl<'a> GroupMeans<'a> {
    pub(super) fn new(data: &ReportData<'a>, shown: &Shown) -> Self {
        let listed: BTreeSet<usize> = shown.pairs.iter().map(|pairs| pairs.group).collect();
        let without = shown.groups.iter().filter(|group| !listed.contains(group));
        let keys: BTreeSet<&GroupKey> =
            without.filter_map(|&group| data.sample_groups.get(group)).map(|group| &*group.key).collect();
        let mut means: BTreeMap<&GroupKey, Vec<_>> = BTreeMap::new();
        for row in data.groups.iter().filter(|row| DRAWN_BY_GROUP.contains(&&*row.metric) && keys.contains(&*row.key)) {
            if let Ok(value) = row.value {
                means.entry(&row.key).or_default().push((&*row.metric, &*row.space, value));
            }
        }
        GroupMeans(means)
    }

    /// The metrics with their spaces, `cosine` first.
    pub(super) fn metrics(&self) -> Vec<(&'a str, &'a str)> {
        let metrics: BTreeSet<(&str, &str)> =
            self.0.values().flatten().map(|(metric, space, _)| (*metric, *space)).collect();
        metrics.into_iter().collect()
    }

    fn has(&self, key: &GroupKey) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn mean(&self, key: &GroupKey, (metric, space): (&str, &str)) -> Option<f64> {
        let found = self.0.get(key)?.iter().find(|(of, on, _)| (*of, *on) == (metric, space))?;
        Some(rounded(found.2))
    }
}

/// The stretch of a list, sorted by group, that is about one group.
fn of_group<T>(all: &[T], group: usize, of: impl Fn(&T) -> usize) -> &[T] {
    let start = all.partition_point(|one| of(one) < group);
    let end = all.partition_point(|one| of(one) <= group);
    all.get(start..end).unwrap_or_default()
}

fn pair_values(shown: &Shown, group: usize, (metric, space): (&str, &str)) -> Option<Vec<Option<f64>>> {
    let mut of_group = of_group(&shown.pairs, group, |one| one.group).iter();
    let pairs = of_group.find(|pairs| pairs.metric == metric && &*pairs.space == space)?;
    Some(pairs.values.iter().map(|value| value.filter(|value| value.is_finite()).map(rounded)).collect())
}

/// The pairs with the largest and the smallest value; of equals the first.
fn extremes(group: &Group, values: &[Option<f64>]) -> Option<[PairValue; 2]> {
    let known = || group.pairs().zip(values).filter_map(|(pair, value)| Some((pair.a, pair.b, (*value)?)));
    let most = known().reduce(|best, one| if one.2 > best.2 { one } else { best })?;
    let least = known().reduce(|best, one| if one.2 < best.2 { one } else { best })?;
    Some([most, least])
}

/// Four decimals are more than a page shows.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn entries<'a>(data: &ReportData<'a>, group: &Group, interned: &mut Interned<'a>) -> Vec<SampleEntry> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut entries: Vec<SampleEntry> = Vec::with_capacity(group.members.len());
    for sample in group.members.iter().filter_map(|&member| data.samples.get(member)) {
        let mut entry = entry(sample, interned);
        // Texts are held against one another as by the metric `repeat`.
        if let Some(text) = sample.solution() {
            let position = *first.entry(normalize_whitespace(text)).or_insert(entries.len());
            if position < entries.len() {
                entry.repeats = Some(position);
                entry.verbatim = entries[position].solution == entry.solution;
            }
        }
        entries.push(entry);
    }
    entries
}

fn entry<'a>(sample: &'a Sample, interned: &mut Interned<'a>) -> SampleEntry {
    let short = |text: &str| cut(text, LONGEST_ANSWER).0;
    SampleEntry {
        id: short(&sample.sample_id),
        round: sample.round,
        thinking: interned.text(sample.thinking()),
        solution: interned.text(sample.solution()),
        thinking_tokens: sample.thinking_tokens.map(|tokens| tokens.count),
        solution_tokens: sample.solution_tokens.map(|tokens| tokens.count),
        thinking_chars: sample.thinking_chars(),
        solution_chars: sample.solution_chars(),
        answer: sample.answer.as_deref().map(short),
        answer_class: interned.class(sample.answer_class()),
        gold: sample.gold.as_deref().map(short),
        correct: sample.correct,
        truncated: sample.extraction.truncated == Some(true),
        finish_reason: sample.finish_reason.as_deref().map(short),
        repeats: None,
        verbatim: false,
    }
}
