//! What differs between two runs besides their numbers, one sentence each.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Run;
use super::facts::Facts;
use super::series::Series;
use crate::measure::Asked;
use crate::model::{Cell, ComparedRow, Level};
use crate::render::words::count_range;

/// Keys of `[measure]` on which numbers of the same name depend. Which metrics there are is no such key.
const DECISIVE: [(&str, &str); 3] = [
    ("text", "string metrics compare"),
    ("language", "programs are read as"),
    ("cluster_distance", "solutions count as the same in clusters up to a distance of"),
];

pub(super) fn notes((a, b): (&Run, &Run), names: (&str, &str), series: &Series) -> Vec<String> {
    let mut notes = Vec::new();
    if a.facts.folder == b.facts.folder {
        notes.push("both are the same run".to_owned());
    }
    notes.extend(plans(&a.facts, &b.facts, names));
    notes.extend(token_counts(&a.facts, &b.facts, series));
    notes.extend(
        series
            .refused
            .iter()
            .map(|refused| format!("`{}` is left out: {}; {}", refused.metric, refused.reason, refused.hint)),
    );
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
        format!(
            "tokens that the input does not report are counted by `{name_a}` in one run and by `{name_b}` in the other"
        )
    })
}

/// Numbers of sets depend on how many samples there are: says so of every row in which that differs.
pub(super) fn mark_sizes(rows: &mut [ComparedRow], (a, b): (&Run, &Run), names: (&str, &str)) {
    let (in_a, in_b) = (sizes(a), sizes(b));
    for ComparedRow { from, to, contrast } in rows {
        let of_sets = |asked: Asked| asked.at.is_none() && asked.metric.level() == Level::Group;
        if !Asked::parse(&contrast.metric).is_ok_and(of_sets) {
            continue;
        }
        let size = |of: &Sizes, cell: &Cell| of.get(cell)?.get(contrast.metric.as_str()).copied();
        let (Some(of_a), Some(of_b)) = (size(&in_a, &from.cell), size(&in_b, &to.cell)) else { continue };
        if of_a != of_b {
            let told = |(least, most): (usize, usize)| count_range([least, most]);
            let note = format!(
                "sets of {} samples in {} and of {} in {}, which alone moves such a metric (`rarefy` in both plans mends it)",
                told(of_a),
                names.0,
                told(of_b),
                names.1
            );
            contrast.note = Some(contrast.note.take().map_or_else(|| note.clone(), |known| format!("{known}; {note}")));
        }
    }
}

/// Cell → metric → the fewest and the most samples of a group with a value.
type Sizes = BTreeMap<Cell, BTreeMap<Arc<str>, (usize, usize)>>;

fn sizes(run: &Run) -> Sizes {
    let mut sizes = Sizes::new();
    for group in run.groups.chunk_by(|one, other| one.key == other.key) {
        let of_cell = sizes.entry(Cell::of(&group[0].key)).or_default();
        for one in group.iter().filter(|one| one.value.is_ok()) {
            let n = one.n_samples;
            let known = of_cell.entry(Arc::clone(&one.metric)).or_insert((n, n));
            *known = (known.0.min(n), known.1.max(n));
        }
    }
    sizes
}
