//! What is known of local models beyond what their files say: `assets/local_models.toml`, as data.

use std::sync::LazyLock;

use serde::Deserialize;

use super::super::Dimensions;

/// The table, compiled in so that an installed program needs no file beside it.
const TABLE: &str = include_str!("../../../assets/local_models.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    model: Vec<LocalModel>,
}

/// A local model that is known to be good.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalModel {
    /// What people call it.
    pub name: String,
    /// Where it is, with ONNX files.
    pub repository: String,
    /// Other repositories of the same weights.
    #[serde(default)]
    pub also: Vec<String>,
    /// `cls`, `mean`, `lasttoken` or `model`.
    pub pooling: String,
    /// Put before each text.
    #[serde(default)]
    pub prefix: String,
    /// Tokens at once.
    pub window: usize,
    /// Numbers of a vector.
    pub dimension: usize,
    /// What it can be cut to.
    pub sizes: Option<Dimensions>,
    /// Whether the layer is normalized before it is cut.
    #[serde(default)]
    pub layer_norm: bool,
    /// Of the weights.
    pub license: String,
    /// Words for `variant` that its repository has files for.
    pub variants: Vec<String>,
    /// What else to know.
    pub remark: Option<String>,
}

// A test reads the table, so that it cannot be broken in a build that has passed.
static KNOWN: LazyLock<Result<Table, toml::de::Error>> = LazyLock::new(|| toml::from_str(TABLE));

/// All models, in the order of the table.
pub fn local_models() -> impl Iterator<Item = &'static LocalModel> {
    KNOWN.as_ref().ok().into_iter().flat_map(|table| &table.model)
}

/// What is known of a repository, however its name is capitalized, or of a built-in model.
pub(super) fn find(name: &str) -> Option<&'static LocalModel> {
    let same = |one: &str| one.eq_ignore_ascii_case(name);
    local_models().find(|model| same(&model.repository) || same(&model.name) || model.also.iter().any(|one| same(one)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::collections::BTreeSet;

    use super::super::builtin::BUILTIN_MODELS;
    use super::super::facts::Pooling;
    use super::super::variant;
    use super::*;

    #[test]
    fn the_table_can_be_read_and_agrees_with_itself() {
        let table: Table = toml::from_str(TABLE).unwrap();
        let repositories: Vec<_> =
            table.model.iter().flat_map(|model| model.also.iter().chain([&model.repository])).collect();
        let unique: BTreeSet<_> = repositories.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(unique.len(), repositories.len());
        for model in &table.model {
            assert!(Pooling::named(&model.pooling).is_some(), "{}", model.name);
            assert!(model.sizes.as_ref().is_none_or(|sizes| sizes.allow(model.dimension)), "{}", model.name);
            assert!(model.prefix.is_empty() || model.prefix.ends_with(' '), "{}", model.name);
            assert!(
                model.variants.iter().all(|word| variant::WORDS.iter().any(|(known, _)| known == word)),
                "{}",
                model.name
            );
            assert!(!model.layer_norm || model.sizes.is_some(), "{}", model.name);
        }
    }

    #[test]
    fn built_in_models_and_exports_of_others_are_known() {
        assert!(BUILTIN_MODELS.iter().all(|model| find(model.name).is_some()));
        assert_eq!(find("xenova/bge-small-EN-v1.5").unwrap().pooling, "cls");
        assert!(find("someone/else").is_none());
    }
}
