//! The differences: run B's groups under run A's names, and both through the door of every other contrast.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Run;
use super::cells::Matches;
use super::series::InSpaces;
use crate::model::{Apart, Cell, ComparedRow, ComparedSide, ContrastRow, GroupKey, Measurement, SideBySide};
use crate::render::words::oriented;
use crate::summarize::{By, Collector, Contrast, Settings, contrasts};

/// What contrasts of two runs are by.
const RUN: &str = "run";
/// Levels are ordered by name, and a difference is the first minus the second: what moved is run B minus run A.
const LEVEL_B: &str = "1";
const LEVEL_A: &str = "2";

/// Questions of what is compared.
pub(super) struct Counted {
    pub(super) in_a: usize,
    pub(super) in_b: usize,
    pub(super) shared: usize,
}

pub(super) fn questions(a: &Run, b: &Run, matches: &Matches) -> Counted {
    let in_a: BTreeSet<(&str, &str)> = matched(a, |cell| matches.in_b(cell).is_some());
    let in_b: BTreeSet<(&str, &str)> = matched(b, |cell| matches.in_a(cell).is_some());
    Counted { in_a: in_a.len(), in_b: in_b.len(), shared: in_a.intersection(&in_b).count() }
}

fn matched(run: &Run, is_matched: impl Fn(&Cell) -> bool) -> BTreeSet<(&str, &str)> {
    let of_groups = run.groups.chunk_by(|one, other| one.key == other.key).map(|group| &*group[0].key);
    let compared = of_groups.filter(|key| is_matched(&Cell::of(key)));
    compared.map(|key| (key.dataset.as_str(), key.question_id.as_str())).collect()
}

/// Every cell with every metric and space that was measured in it.
pub(super) fn measured(run: &Run) -> BTreeSet<(Cell, Arc<str>, Arc<str>)> {
    let mut found = BTreeSet::new();
    for group in run.groups.chunk_by(|one, other| one.key == other.key) {
        let cell = Cell::of(&group[0].key);
        found.extend(group.iter().map(|one| (cell.clone(), Arc::clone(&one.metric), Arc::clone(&one.space))));
    }
    found
}

/// Run B minus run A in every matched cell, metric by metric in the order of `series`.
pub(super) fn between_runs(
    (a, b): (&Run, &Run),
    (name_a, name_b): (&str, &str),
    matches: &Matches,
    series: &[(Arc<str>, Arc<str>)],
    settings: Settings,
) -> Vec<ComparedRow> {
    let order: BTreeMap<(&str, &str), usize> =
        series.iter().enumerate().map(|(at, (metric, space))| ((&**metric, &**space), at)).collect();
    let is_wanted = |one: &Measurement| order.contains_key(&(&*one.metric, &*one.space));
    let mut collected = Collector::default();
    let of_a = |key: &Arc<GroupKey>| matches.in_b(&Cell::of(key)).map(|_| Arc::clone(key));
    for (run, level, key) in
        [(a, LEVEL_A, &of_a as &dyn Fn(&Arc<GroupKey>) -> _), (b, LEVEL_B, &|key| as_in_a(key, matches))]
    {
        each_group(run, key, &is_wanted, |group| collected.add_level(RUN, level, group));
    }
    let by_run = Contrast { by: By::Column(RUN.to_owned()), ..Contrast::between_modes() };
    let mut rows: Vec<ComparedRow> = contrasts(&collected, &[by_run], settings)
        .into_iter()
        .filter_map(|mut contrast| {
            let of_a = cell_a(&contrast);
            let of_b = matches.in_b(&of_a)?.clone();
            (contrast.level_a, contrast.level_b) = (name_b.to_owned(), name_a.to_owned());
            let side = |cell| ComparedSide { cell, space: contrast.space.clone() };
            Some(ComparedRow { from: side(of_a), to: side(of_b), contrast })
        })
        .collect();
    rows.sort_by_key(|row| order.get(&(row.contrast.metric.as_str(), row.contrast.space.as_str())).copied());
    rows
}

/// What each run finds between its modes, for metrics that have a space of their own in each.
pub(super) fn apart((a, b): (&Run, &Run), matches: &Matches, series: &[InSpaces], settings: Settings) -> Vec<Apart> {
    series
        .iter()
        .map(|one| {
            let of_a = |key: &Arc<GroupKey>| matches.in_b(&Cell::of(key)).map(|_| Arc::clone(key));
            let in_a = within(a, &of_a, (&one.metric, &one.a), settings);
            let of_b = |key: &Arc<GroupKey>| as_in_a(key, matches);
            let in_b = within(b, &of_b, (&one.metric, &one.b), settings);
            Apart {
                metric: one.metric.to_string(),
                space_a: one.a.to_string(),
                space_b: one.b.to_string(),
                reason: one.reason.clone(),
                rows: side_by_side(in_a, in_b, matches),
            }
        })
        .collect()
}

/// Contrasts between modes of one metric in one space of one run, the mode that others are held against as `from`; under
/// the names of run A.
fn within(
    run: &Run,
    key: &dyn Fn(&Arc<GroupKey>) -> Option<Arc<GroupKey>>,
    (metric, space): (&str, &str),
    settings: Settings,
) -> Vec<ComparedRow> {
    let is_wanted = |one: &Measurement| &*one.metric == metric && &*one.space == space;
    let mut collected = Collector::default();
    each_group(run, key, &is_wanted, |group| collected.add(group));
    let rows = contrasts(&collected, &[Contrast::between_modes()], settings);
    rows.iter().filter(|row| !row.is_across()).map(oriented).map(between_modes).collect()
}

fn between_modes(contrast: ContrastRow) -> ComparedRow {
    let to = cell_a(&contrast);
    let from = Cell { mode: contrast.mode_b.clone(), feedback: contrast.feedback_b.clone(), ..to.clone() };
    let side = |cell| ComparedSide { cell, space: contrast.space.clone() };
    ComparedRow { from: side(from), to: side(to), contrast }
}

/// Puts the same contrast of both runs together, and gives run B its own names back.
fn side_by_side(in_a: Vec<ComparedRow>, in_b: Vec<ComparedRow>, matches: &Matches) -> Vec<SideBySide> {
    let mut rows: BTreeMap<(Cell, Cell), SideBySide> = BTreeMap::new();
    let key = |row: &ComparedRow| (row.from.cell.clone(), row.to.cell.clone());
    let empty = || SideBySide { in_a: None, in_b: None };
    for row in in_a {
        let place = key(&row);
        rows.entry(place).or_insert_with(empty).in_a = Some(row);
    }
    for mut row in in_b {
        let place = rows.entry(key(&row)).or_insert_with(empty);
        for side in [&mut row.from, &mut row.to] {
            side.cell = matches.in_b(&side.cell).unwrap_or(&side.cell).clone();
        }
        place.in_b = Some(row);
    }
    rows.into_values().collect()
}

fn cell_a(row: &ContrastRow) -> Cell {
    Cell {
        dataset: row.dataset.clone(),
        domain: row.domain.clone(),
        model: row.model.clone(),
        mode: row.mode_a.clone(),
        feedback: row.feedback_a.clone(),
    }
}

/// A group of run B under the names that run A gives its cell. Ids of another dataset are other questions, even where they
/// read the same.
fn as_in_a(key: &Arc<GroupKey>, matches: &Matches) -> Option<Arc<GroupKey>> {
    let of_b = Cell::of(key);
    let of_a = matches.in_a(&of_b)?;
    if *of_a == of_b {
        return Some(Arc::clone(key));
    }
    let Cell { dataset, domain, model, mode, feedback } = of_a.clone();
    let question_id = if of_a.dataset == of_b.dataset {
        key.question_id.clone()
    } else {
        format!("{}\n{}", of_b.dataset, key.question_id)
    };
    Some(Arc::new(GroupKey { dataset, domain, model, mode, feedback, question_id, chain: key.chain }))
}

/// Calls `take` with the wanted numbers of each group of a run that has a counterpart, under its new key.
fn each_group(
    run: &Run,
    key: &dyn Fn(&Arc<GroupKey>) -> Option<Arc<GroupKey>>,
    is_wanted: &dyn Fn(&Measurement) -> bool,
    mut take: impl FnMut(&[Measurement]),
) {
    for group in run.groups.chunk_by(|one, other| one.key == other.key) {
        let Some(key) = key(&group[0].key) else { continue };
        let wanted = group.iter().filter(|one| is_wanted(one));
        let wanted: Vec<Measurement> = wanted.map(|one| Measurement { key: Arc::clone(&key), ..one.clone() }).collect();
        take(&wanted);
    }
}
