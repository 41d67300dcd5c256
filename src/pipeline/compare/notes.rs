//! What differs between two runs besides their numbers, one sentence each.

use std::collections::BTreeMap;

use super::Run;
use super::cells::Matches;
use super::facts::Facts;
use super::series::Series;
use crate::measure::Asked;
use crate::model::{Cell, Level};
use crate::render::words::count_range;

/// Keys of `[measure]` on which numbers of the same name depend. Which metrics there are is no such key.
const DECISIVE: [(&str, &str); 3] = [
    ("text", "string metrics compare"),
    ("language", "programs are read as"),
    ("cluster_distance", "solutions count as the same in clusters up to a distance of"),
];

pub(super) fn notes((a, b): (&Run, &Run), names: (&str, &str), matches: &Matches, series: &Series) -> Vec<String> {
    let mut notes = Vec::new();
    if a.facts.folder == b.facts.folder {
        notes.push("both are the same run".to_owned());
    }
    notes.extend(plans(&a.facts, &b.facts, names));
    notes.extend(token_counts(&a.facts, &b.facts, series));
    notes.extend(sizes((a, b), names, matches, series));
    notes.extend(series.refused.iter().map(|refused| {
        format!("`{}` is left out: {}; {}", refused.metric, refused.reason, refused.hint)
    }));
    notes
}

fn plans(a: &Facts, b: &Facts, (name_a, name_b): (&str, &str)) -> Vec<String> {
    let differs = |(key, words): &(&str, &str)| {
        let (of_a, of_b) = (a.measure.get(*key)?, b.measure.get(*key)?);
        (of_a != of_b).then(|| format!("{words} `{of_a}` in {name_a} and `{of_b}` in {name_b}"))
    };
    let embedded = a.texts.iter().filter_map(|(embedder, of_a)| {
        let of_b = b.texts.get(embedder)?;
        (of_a != of_b).then(|| {
            format!("`{embedder}` embeds the {of_a} in {name_a} and the {of_b} in {name_b}: its numbers are about different texts")
        })
    });
    DECISIVE.iter().filter_map(differs).chain(embedded).collect()
}

/// Tokens that the input does not report are counted by the first embedder.
fn token_counts(a: &Facts, b: &Facts, series: &Series) -> Option<String> {
    let counter = |facts: &Facts| {
        let name = facts.first_space.clone()?;
        let fingerprint = facts.spaces.get(&name)?.fingerprint.clone();
        Some((name, fingerprint))
    };
    let ((name_a, one), (name_b, other)) = (counter(a)?, counter(b)?);
    let counts = series.both.iter().any(|(metric, _)| metric.contains("_tokens"));
    (counts && one != other).then(|| {
        format!("tokens that the input does not report are counted by `{name_a}` in one run and by `{name_b}` in the other")
    })
}

/// Numbers of sets depend on how many samples there are.
fn sizes((a, b): (&Run, &Run), (name_a, name_b): (&str, &str), matches: &Matches, series: &Series) -> Option<String> {
    let mut is_of_sets: BTreeMap<&str, bool> = BTreeMap::new();
    for (metric, _) in &series.both {
        let of_sets = |asked: Asked| asked.at.is_none() && asked.metric.level() == Level::Group;
        is_of_sets.insert(metric, Asked::parse(metric).is_ok_and(of_sets));
    }
    let range = |run: &Run, is_matched: &dyn Fn(&Cell) -> bool| {
        let groups = run.groups.chunk_by(|one, other| one.key == other.key);
        let counted = groups.filter(|group| is_matched(&Cell::of(&group[0].key))).flatten();
        let of_sets = counted.filter(|one| one.value.is_ok() && is_of_sets.get(&*one.metric) == Some(&true));
        count_range(of_sets.map(|one| one.n_samples))
    };
    let of_a = range(a, &|cell| matches.in_b(cell).is_some());
    let of_b = range(b, &|cell| matches.in_a(cell).is_some());
    (of_a != of_b).then(|| {
        format!("metrics of sets are of {of_a} samples in {name_a} and of {of_b} in {name_b}, and depend on it; `rarefy` in both plans gives numbers that do not")
    })
}
