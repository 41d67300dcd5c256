//! What `run.toml` says: the plan as understood, where the numbers come from, what was counted. The only file with a time.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use toml::{Table, Value};

use super::reading::FileCount;
use super::run::{Outcome, SpaceCount};
use crate::config::Plan;

/// Raised when what is written here changes: a run with an older record is not up to date.
pub(super) const VERSION: u32 = 2;

/// The document, without what `store` adds.
pub(super) fn document(plan: &Plan, outcome: &Outcome) -> String {
    let mut root = Table::new();
    root.insert("program".into(), table([("name", text("breadth")), ("version", text(env!("CARGO_PKG_VERSION")))]));
    let finished = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seconds = Value::Float((outcome.seconds * 1000.0).round() / 1000.0);
    root.insert("time".into(), table([("finished_unix", count(finished)), ("seconds", seconds)]));
    root.insert("plan".into(), Value::Table(plan.echo()));
    root.insert("input".into(), Value::Array(outcome.files.iter().map(input).collect()));
    root.insert("metric".into(), Value::Array(metrics(plan)));
    root.insert("space".into(), Value::Array(outcome.spaces.iter().map(space).collect()));
    root.insert("counts".into(), counts(outcome));
    let header = "# What this run was made from and what it found. Written last: where it is missing, the run is not finished.\n\n";
    format!("{header}{root}")
}

fn input(file: &FileCount) -> Value {
    let beside = |(name, digest): &(String, String)| table([("file", text(name)), ("blake3", text(digest))]);
    let mut input = Table::from_iter([
        ("file".to_owned(), text(&file.file)),
        ("format".to_owned(), text(file.format)),
        ("rows".to_owned(), count(file.rows)),
        ("bytes".to_owned(), count(file.bytes)),
        ("blake3".to_owned(), text(&file.digest)),
    ]);
    if !file.beside.is_empty() {
        input.insert("beside".to_owned(), Value::Array(file.beside.iter().map(beside).collect()));
    }
    Value::Table(input)
}

/// The version of every metric's definition, each once whatever the variants: runs of different versions are not compared.
fn metrics(plan: &Plan) -> Vec<Value> {
    let versions: BTreeMap<&str, u32> =
        plan.measure.asked().iter().map(|asked| (asked.card().name, asked.card().version)).collect();
    let metric = |(name, version): (&str, u32)| table([("name", text(name)), ("version", count(version.into()))]);
    versions.into_iter().map(metric).collect()
}

fn space(space: &SpaceCount) -> Value {
    let taken = &space.taken;
    let traits = space.traits.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    table([
        ("name", text(&space.name)),
        ("fingerprint", text(&space.fingerprint)),
        ("texts", count(taken.n_unique as u64)),
        ("cached", count(taken.n_cached as u64)),
        ("embedded", count(taken.n_embedded as u64)),
        ("refused", count(taken.n_refused as u64)),
        ("truncated", count(taken.n_truncated as u64)),
        ("traits", Value::Table(traits)),
    ])
}

fn counts(outcome: &Outcome) -> Value {
    table([
        ("cost_usd", Value::Float(outcome.cost)),
        ("samples", count(outcome.n_samples as u64)),
        ("rejects", count(outcome.n_rejects as u64)),
        ("questions", count(outcome.n_questions as u64)),
        ("groups", count(outcome.n_groups as u64)),
        ("pairs", count(outcome.n_pairs as u64)),
    ])
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn count(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

fn table<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
