//! What a space is, for people: `space.toml` in its folder.
//!
//! Written once, when the space gets its first vectors; nothing but what is shown and what is pruned by name depends on
//! it, so that a missing or broken one is an empty one and no error.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::model::Space;

/// Its name in the folder of a space.
pub(super) const SPACE_FILE: &str = "space.toml";

/// What could be read of a description.
#[derive(Debug, Default)]
pub(super) struct Description {
    /// What the plan that began the space calls its embedder; missing from spaces of the first release.
    pub(super) name: Option<String>,
    /// Length of a vector.
    pub(super) dimension: Option<usize>,
    /// Everything that changes a vector, in the order of the file.
    pub(super) traits: Vec<(String, String)>,
}

impl Description {
    /// Reads what stands in the folder of a space.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join(SPACE_FILE)).unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        let dimension = table.get("dimension").and_then(toml::Value::as_integer);
        let traits = table.get("trait").and_then(toml::Value::as_array).into_iter().flatten();
        let pair = |one: &toml::Value| {
            let text = |key| Some(one.get(key)?.as_str()?.to_owned());
            Some((text("name")?, text("value")?))
        };
        Description {
            name: table.get("name").and_then(toml::Value::as_str).map(str::to_owned),
            dimension: dimension.and_then(|value| usize::try_from(value).ok()),
            traits: traits.filter_map(pair).collect(),
        }
    }
}

/// The description of a space, as TOML: the fingerprint is the digest of its dimension and its traits.
pub(super) fn describe(space: &Space) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = String::from("# The space that the vectors in this folder belong to.\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "name = {}", quoted(&space.name));
    let _ = writeln!(text, "fingerprint = {}\ndimension = {}", quoted(&space.fingerprint), space.dimension);
    for (name, value) in &space.traits {
        let _ = writeln!(text, "\n[[trait]]\nname = {}\nvalue = {}", quoted(name), quoted(value));
    }
    text
}
