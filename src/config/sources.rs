//! `[[source]]`: which files are read, and how their rows become samples.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Mistake;
use super::extract::{ExtractPlan, read_extract};
use super::plan::SourcePlan;
use super::section::{Located, Section};
use super::validate::{known, suggest};
use super::wire::{Node, Value};
use crate::ingest::{self, Derive, Instructions, Join};

/// The canonical fields that hold a string and may have a default.
const DEFAULT_FIELDS: [&str; 6] = ["dataset", "domain", "model", "mode", "feedback", "difficulty"];

/// A file that two sources claim would be read twice, and every one of its samples would have a verbatim twin.
pub(super) fn read_sources(
    nodes: Vec<Node>,
    extract: &ExtractPlan,
    folder: &Path,
    mistakes: &mut Vec<Mistake>,
) -> Vec<SourcePlan> {
    let mut claimed = BTreeSet::new();
    let mut sources = Vec::new();
    for node in nodes {
        let origin = node.origin.clone();
        let source = read_source(node, extract, folder, mistakes);
        for input in &source.inputs {
            let place = input.path.canonicalize().unwrap_or_else(|_| input.path.clone());
            if !claimed.insert(place) {
                let message = format!("`{}` is read by an earlier `[[source]]` already", input.name);
                mistakes.push(Mistake { origin: origin.clone(), message, hint: None });
            }
        }
        sources.push(source);
    }
    sources
}

fn read_source(node: Node, extract: &ExtractPlan, folder: &Path, mistakes: &mut Vec<Mistake>) -> SourcePlan {
    let mut source = Section::open("source", node, mistakes);
    let patterns = source.strings("path");
    if patterns.as_ref().is_none_or(Vec::is_empty) {
        let origin = source.origin().clone();
        source.mistake(&origin, "`source.path` is missing".to_owned());
    }
    let patterns = patterns.unwrap_or_default();
    let inputs = matched(&mut source, folder, &patterns);
    let formats: Vec<&str> = ingest::READERS.iter().map(|reader| reader.name).chain(["auto"]).collect();
    let format = known(&mut source, "format", Some("formats"), &formats).unwrap_or_else(|| "auto".to_owned());
    let defaults = field_table(&mut source, "defaults", &DEFAULT_FIELDS);
    let fields: Vec<&'static str> = ingest::field_names().collect();
    let map = field_table(&mut source, "map", &fields);
    let instructions = read_instructions(&mut source, folder, &fields);
    let own = source.take("extract").map(|node| read_extract(source.open_inside("source.extract", node)));
    let extract = own.unwrap_or_default().or(extract);
    let origin = source.origin().clone();
    let read = ingest::Source { format: ingest::Format::Auto, defaults, map, instructions };
    // What names say is checked above, line by line; this is what paths, patterns and templates say.
    if let Err(error) = read.check() {
        source.mistake(&origin, format!("failed to {error}"));
    } else {
        check_joined(&mut source, &read, &inputs);
    }
    source.finish();
    let patterns = patterns.into_iter().map(|pattern| pattern.value).collect();
    let ingest::Source { defaults, map, instructions, .. } = read;
    SourcePlan { patterns, inputs, format, defaults, map, instructions, extract }
}

/// A second file that is not there is a mistake of the plan, not a surprise in the middle of a run.
fn check_joined(source: &mut Section<'_>, read: &ingest::Source, inputs: &[ingest::Input]) {
    let origin = source.origin().clone();
    let missing = inputs.iter().filter_map(|input| read.joined(input)).find(|joined| !joined.path.is_file());
    if let Some(joined) = missing {
        source.mistake(&origin, format!("`source.join`: there is no file `{}`", joined.name));
    }
}

fn read_instructions(source: &mut Section<'_>, folder: &Path, fields: &[&'static str]) -> Instructions {
    let rows = source.string("rows").map(|rows| rows.value);
    let explode = source.strings("explode").unwrap_or_default().into_iter().map(|column| column.value).collect();
    let index = known(source, "index", None, fields);
    let mut derive = BTreeMap::new();
    if let Some(node) = source.take("derive") {
        derive = read_derive(node, source, fields);
    }
    if let Some(node) = source.take("mode") {
        derive.extend(read_rule("source.mode", node, source).map(|rule| ("mode".to_owned(), rule)));
    }
    let values = source.take("values").map(|node| read_values(node, source, fields)).unwrap_or_default();
    let join = source.take("join").and_then(|node| read_join(node, source));
    Instructions { rows, explode, index, derive, values, join, base_dir: folder.to_owned() }
}

/// The members of a table whose names have to be fields of a sample.
fn field_nodes(key: &str, node: Node, source: &mut Section<'_>, fields: &[&'static str]) -> Vec<(String, Node)> {
    let Value::Table(entries) = node.value else {
        let message = format!("expected a table in `source.{key}`, got {}", node.value.describe());
        source.mistake(&node.origin, message);
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        if fields.contains(&entry.key.as_str()) {
            found.push((entry.key, entry.node));
        } else {
            let suggestion = suggest(&entry.key, fields);
            source.mistake(&entry.origin, format!("unknown field `{}` in `source.{key}`{suggestion}", entry.key));
        }
    }
    found
}

fn read_derive(node: Node, source: &mut Section<'_>, fields: &[&'static str]) -> BTreeMap<String, Derive> {
    let nodes = field_nodes("derive", node, source, fields);
    let rule = |(field, node): (String, Node)| {
        let rule = read_rule(&format!("source.derive.{field}"), node, source)?;
        Some((field, rule))
    };
    nodes.into_iter().filter_map(rule).collect()
}

/// `{ from = "path", pattern = "…" }`.
fn read_rule(path: &str, node: Node, source: &mut Section<'_>) -> Option<Derive> {
    let mut rule = source.open_inside(path, node);
    let from = rule.string("from");
    let pattern = rule.string("pattern");
    let value = rule.string("value").map(|value| value.value);
    let origin = rule.origin().clone();
    if from.is_none() || pattern.is_none() {
        let hint = "as in `{ from = \"path\", pattern = \"temp-([0-9.]+)\" }`; `from` may also name a column";
        rule.mistake_with_hint(&origin, format!("`{path}` needs `from` and `pattern`"), hint);
    }
    rule.finish();
    Some(Derive { from: from?.value, pattern: pattern?.value, value })
}

fn read_values(
    node: Node,
    source: &mut Section<'_>,
    fields: &[&'static str],
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (field, node) in field_nodes("values", node, source, fields) {
        let path = format!("source.values.{field}");
        let Value::Table(entries) = node.value else {
            let message = format!("expected a table in `{path}`, got {}", node.value.describe());
            source.mistake(&node.origin, message);
            continue;
        };
        let mut table = BTreeMap::new();
        for entry in entries {
            let meant = match &entry.node.value {
                Value::String(text) => text.clone(),
                Value::Integer(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Boolean(truth) => truth.to_string(),
                other => {
                    let message = format!("expected one value in `{path}.{}`, got {}", entry.key, other.describe());
                    source.mistake(&entry.node.origin, message);
                    continue;
                }
            };
            table.insert(entry.key, meant);
        }
        values.insert(field, table);
    }
    values
}

/// `{ path = "…", on = ["KEY"] }`, or `on = { LEFT = "RIGHT" }`.
fn read_join(node: Node, source: &mut Section<'_>) -> Option<Join> {
    let mut join = source.open_inside("source.join", node);
    let path = join.string("path");
    let on = match join.take("on") {
        Some(Node { value: Value::Table(entries), .. }) => {
            let pair = |entry: super::wire::Entry| match entry.node.value {
                Value::String(right) => Some((entry.key, right)),
                _ => None,
            };
            entries.into_iter().filter_map(pair).collect()
        }
        Some(Node { value: Value::Array(items), .. }) => {
            let same = |item: Node| match item.value {
                Value::String(name) => Some((name.clone(), name)),
                _ => None,
            };
            items.into_iter().filter_map(same).collect()
        }
        Some(Node { value: Value::String(name), .. }) => vec![(name.clone(), name)],
        _ => Vec::new(),
    };
    let origin = join.origin().clone();
    if path.is_none() || on.is_empty() {
        let hint = "as in `join = { path = \"details/{@file}\", on = [\"Problem ID\"] }`";
        join.mistake_with_hint(&origin, "`source.join` needs `path` and `on`".to_owned(), hint);
    }
    join.finish();
    Some(Join { path: path?.value, on })
}

/// The files that the globs match; a glob without a match is a mistake at its own line.
fn matched(source: &mut Section<'_>, folder: &Path, patterns: &[Located<String>]) -> Vec<ingest::Input> {
    let mut good = Vec::new();
    for pattern in patterns {
        match ingest::expand_globs(folder, std::slice::from_ref(&pattern.value)) {
            Ok(_) => good.push(pattern.value.clone()),
            Err(error) => {
                let message = format!("failed to {error}");
                match message.split_once("\nhint: ") {
                    Some((message, hint)) => {
                        source.mistake_with_hint(&pattern.origin, message.to_owned(), hint);
                    }
                    None => source.mistake(&pattern.origin, message),
                }
            }
        }
    }
    // Together once more: a file that two globs match is read once.
    match ingest::expand_globs(folder, &good) {
        Ok(inputs) => inputs,
        Err(error) => {
            let origin = source.origin().clone();
            source.mistake(&origin, format!("failed to {error}"));
            Vec::new()
        }
    }
}

fn field_table(source: &mut Section<'_>, key: &'static str, fields: &[&'static str]) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for (field, value) in source.string_table(key) {
        if fields.contains(&field.as_str()) {
            table.insert(field, value.value);
        } else {
            let suggestion = suggest(&field, fields);
            let message = format!("unknown field `{field}` in `source.{key}`{suggestion}");
            source.mistake(&value.origin, message);
        }
    }
    table
}
