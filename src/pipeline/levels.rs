//! Contrasts by a column of the input: which value a whole group has in it.

use std::borrow::Cow;

use crate::config::InferencePlan;
use crate::model::{Group, Sample};

/// The columns that contrasts ask for, and how many groups could be placed.
pub(super) struct Levels {
    columns: Vec<Column>,
}

struct Column {
    name: String,
    n_placed: usize,
    /// Groups whose samples disagree.
    n_mixed: usize,
}

impl Levels {
    pub(super) fn new(plan: &InferencePlan) -> Self {
        let column = |name: &str| Column { name: name.to_owned(), n_placed: 0, n_mixed: 0 };
        Levels { columns: plan.columns().into_iter().map(column).collect() }
    }

    /// Column and value, for each column in which all samples of the group have the same one.
    pub(super) fn of(&mut self, group: &Group, samples: &[Sample]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for column in &mut self.columns {
            let mut values = group.members.iter().map(|&member| value(&samples[member], &column.name));
            let first = values.next().flatten();
            if values.any(|value| value != first) {
                column.n_mixed += 1;
            } else if let Some(first) = first {
                column.n_placed += 1;
                found.push((column.name.clone(), first.into_owned()));
            }
        }
        found
    }

    /// What was left out.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |Column { name, n_placed, n_mixed }: &Column| match (n_placed, n_mixed) {
            (0, 0) => Some(format!("No sample has a column `{name}`: there are no contrasts by it.")),
            (_, 0) => None,
            (_, mixed) => Some(format!(
                "Contrasts by `{name}` leave out {mixed} groups whose samples have different values of it; to compare them, map `mode` to that column."
            )),
        };
        self.columns.iter().filter_map(note).collect()
    }
}

fn value<'s>(sample: &'s Sample, column: &str) -> Option<Cow<'s, str>> {
    match column {
        "difficulty" => return sample.difficulty.as_deref().map(Cow::Borrowed),
        "finish_reason" => return sample.finish_reason.as_deref().map(Cow::Borrowed),
        _ => {}
    }
    let extra: serde_json::Value = serde_json::from_str(sample.extra.as_deref()?).ok()?;
    match extra.get(column)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(Cow::Owned(text.clone())),
        other => Some(Cow::Owned(other.to_string())),
    }
}
