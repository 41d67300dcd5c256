//! From what was written to what is meant, gathering every mistake on the way.

use std::path::{Path, PathBuf};

use super::embedders::read_embedders;
use super::extract::read_extract;
use super::inference::{read_inference, read_sensitivity};
use super::measure::read_measure;
use super::plan::{FigureChoice, Plan, ReportPlan};
use super::section::{Section, nearest};
use super::sources::read_sources;
use super::wire::{Node, Value};
use super::{Mistake, Origin};
use crate::model::Selection;
use crate::render;
use crate::render::notebook::Library;

/// 7, as in the contract's example.
const DEFAULT_SEED: u64 = 7;
const DEFAULT_MAX_REJECTS: f64 = 0.01;

/// Makes the plan. It is complete only when `mistakes` is still empty afterwards.
pub(super) fn plan(file: &Path, root: Node, mistakes: &mut Vec<Mistake>) -> Plan {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut top = Section::open("", root, mistakes);
    let run = top.take("run");
    let sources = top.tables("source");
    let embedders = top.tables("embedder");
    let extract = top.take("extract");
    let (measure, inference, contrasts) = (top.take("measure"), top.take("inference"), top.tables("contrast"));
    let (sensitivity, report, limits) = (top.take("sensitivity"), top.take("report"), top.take("limits"));
    if sources.is_empty() {
        let hint = "a plan needs at least `[[source]]` with `path = \"samples.jsonl\"`";
        top.mistake_with_hint(&Origin::Plan, "`[[source]]` is missing".to_owned(), hint);
    }
    top.finish();

    let (name, seed) = read_run(run, file, mistakes);
    let measure = read_measure(measure, mistakes);
    let extract = read_extract(section("extract", extract, mistakes));
    let sources = read_sources(sources, &extract, &folder, mistakes);
    let (max_rejects, max_cost) = read_limits(limits, mistakes);
    let inference = read_inference((inference, contrasts), seed, &measure, mistakes);
    let embedders = read_embedders(embedders, &folder, mistakes);
    let texts: Vec<Selection> = embedders.iter().map(|one| one.text).chain([measure.text]).collect();
    Plan {
        file: file.to_owned(),
        overrides: Vec::new(),
        name,
        seed,
        sources,
        embedders,
        measure,
        inference,
        sensitivity: read_sensitivity(sensitivity, &texts, mistakes),
        report: read_report(report, mistakes),
        max_rejects,
        max_cost,
        folder,
    }
}

/// A table that may be absent is read as an empty one, so that defaults stand in one place.
pub(super) fn section<'m>(path: &str, node: Option<Node>, mistakes: &'m mut Vec<Mistake>) -> Section<'m> {
    let empty = || Node { origin: Origin::Plan, value: super::wire::Value::Table(Vec::new()) };
    Section::open(path, node.unwrap_or_else(empty), mistakes)
}

fn read_run(node: Option<Node>, file: &Path, mistakes: &mut Vec<Mistake>) -> (String, u64) {
    let mut run = section("run", node, mistakes);
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let named = run.string("name");
    if named.is_none() && !is_name(&stem) {
        let hint = "name the run: `[run]`, `name = \"…\"`";
        run.mistake_with_hint(
            &Origin::Plan,
            format!("the file's name cannot name a run: a name {NAME_RULE}, got {stem:?}"),
            hint,
        );
        run.finish();
        return (stem, DEFAULT_SEED);
    }
    let origin = named.as_ref().map_or(Origin::Plan, |name| name.origin.clone());
    let name = named.map_or(stem, |name| name.value);
    if !is_name(&name) {
        let message = format!("`run.name` {NAME_RULE}, got {name:?}");
        run.mistake(&origin, message);
    }
    let seed = run.whole_number("seed").map_or(DEFAULT_SEED, |seed| seed.value);
    run.finish();
    (name, seed)
}

pub(super) const NAME_RULE: &str = "may hold letters, digits, `.`, `_` and `-` and must not begin with `.`";

/// A name becomes a folder or a column; `..` and separators must not get through.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.chars().all(plain)
}

pub(super) fn suggest(typed: &str, known: &[&str]) -> String {
    nearest(typed, known.iter().copied())
        .map_or_else(|| format!("; known: {}", known.join(", ")), |name| format!("; did you mean `{name}`?"))
}

/// A string that has to be one of a list; `kind` is what `breadth list` calls it, where it has one.
pub(super) fn known(
    section: &mut Section<'_>,
    key: &'static str,
    kind: Option<&str>,
    names: &[&str],
) -> Option<String> {
    let found = section.string(key)?;
    if names.contains(&found.value.as_str()) {
        return Some(found.value);
    }
    let suggestion = suggest(&found.value, names);
    let list = kind.map_or_else(String::new, |kind| format!(" (`breadth list {kind}`)"));
    let message = format!("unknown value `{}` of `{}`{suggestion}{list}", found.value, section.name(key));
    section.mistake(&found.origin, message);
    None
}

pub(super) fn read_selection(section: &mut Section<'_>) -> Selection {
    let names: Vec<&str> = Selection::ALL.iter().map(|selection| selection.name()).collect();
    known(section, "text", None, &names)
        .and_then(|name| Selection::ALL.into_iter().find(|selection| selection.name() == name))
        .unwrap_or(Selection::Solution)
}

fn read_report(node: Option<Node>, mistakes: &mut Vec<Mistake>) -> ReportPlan {
    let mut section = section("report", node, mistakes);
    let names: Vec<&str> = render::figures::FIGURES.iter().map(|figure| figure.card.name).collect();
    let asked = section.strings("figures");
    let figures = match asked {
        None => FigureChoice::All,
        Some(asked) if asked.len() == 1 && asked[0].value == "all" => FigureChoice::All,
        Some(asked) => {
            for figure in asked.iter().filter(|figure| !names.contains(&figure.value.as_str())) {
                let suggestion = suggest(&figure.value, &names);
                let message = format!("unknown figure `{}`{suggestion} (`breadth list figures`)", figure.value);
                section.mistake(&figure.origin, message);
            }
            FigureChoice::Named(asked.into_iter().map(|figure| figure.value).collect())
        }
    };
    let notebook = read_notebook(&mut section);
    section.finish();
    ReportPlan { figures, notebook }
}

/// `true`, `false`, or the library that the notebook shall use.
fn read_notebook(section: &mut Section<'_>) -> Option<Library> {
    const DEFAULT: Library = Library::Polars;
    let Some(node) = section.take("notebook") else { return Some(DEFAULT) };
    match node.value {
        Value::Boolean(wanted) => wanted.then_some(DEFAULT),
        Value::String(name) => {
            let found = Library::ALL.into_iter().find(|library| library.name() == name);
            if found.is_none() {
                let suggestion = suggest(&name, &Library::ALL.map(Library::name));
                section.mistake(&node.origin, format!("unknown value `{name}` of `report.notebook`{suggestion}"));
            }
            found
        }
        other => {
            let got = other.describe();
            let message = format!("expected true, false, \"polars\" or \"pandas\" in `report.notebook`, got {got}");
            section.mistake(&node.origin, message);
            None
        }
    }
}

fn read_limits(node: Option<Node>, mistakes: &mut Vec<Mistake>) -> (f64, Option<f64>) {
    let mut section = section("limits", node, mistakes);
    let mut max_rejects = DEFAULT_MAX_REJECTS;
    if let Some(share) = section.number("max_rejects") {
        max_rejects = share.value;
        if !(0.0..=1.0).contains(&share.value) {
            let message = format!("`limits.max_rejects` is a share of rows between 0 and 1, got {}", share.value);
            section.mistake(&share.origin, message);
        }
    }
    let max_cost = section.number("max_cost");
    if let Some(cost) = &max_cost
        && !(cost.value >= 0.0 && cost.value.is_finite())
    {
        let message = format!("`limits.max_cost` is an amount of US dollars from 0 on, got {}", cost.value);
        section.mistake(&cost.origin, message);
    }
    section.finish();
    (max_rejects, max_cost.map(|cost| cost.value))
}
