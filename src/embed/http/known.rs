//! What is known of providers and their models: `assets/api_models.toml`, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The table, compiled in so that an installed program needs no file beside it.
const TABLE: &str = include_str!("../../../assets/api_models.toml");

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: BTreeMap<String, KnownProvider>,
    model: Vec<KnownModel>,
}

/// A provider's address and limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnownProvider {
    /// Where it is; absent where every user has a server of their own.
    pub base_url: Option<String>,
    /// Environment variables that hold its key, the first one that is set counts.
    pub keys: Vec<String>,
    /// Inputs of a request.
    pub inputs: usize,
    /// Tokens of a request.
    pub tokens: usize,
    /// Whether each input counts as a request against the quota.
    #[serde(default)]
    pub items_are_requests: bool,
}

/// A model behind an API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownModel {
    /// Who serves it.
    pub provider: String,
    /// As the API knows it.
    pub name: String,
    /// Tokens of one input.
    pub window: usize,
    /// Inputs of a request, where not the provider's.
    pub inputs: Option<usize>,
    /// Tokens of a request, where not the provider's.
    pub tokens: Option<usize>,
    /// Numbers of a vector.
    pub dimension: usize,
    /// What else it can be.
    pub dimensions: Option<Dimensions>,
    /// US dollars per million tokens.
    pub price: Option<f64>,
    /// The month in which the price was listed.
    pub priced: Option<String>,
    /// How the provider counts tokens, where that is public.
    pub tokenizer: Option<String>,
}

/// Lengths that a vector can be cut to.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Dimensions {
    /// Any in between, ends included.
    Between {
        /// The shortest.
        from: usize,
        /// The longest.
        to: usize,
    },
    /// These.
    Only {
        /// In rising order.
        only: Vec<usize>,
    },
}

impl Dimensions {
    /// Whether a vector can have that length.
    #[must_use]
    pub fn allow(&self, dimension: usize) -> bool {
        match self {
            Dimensions::Between { from, to } => (*from..=*to).contains(&dimension),
            Dimensions::Only { only } => only.contains(&dimension),
        }
    }

    /// In words, after *expected*.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Dimensions::Between { from, to } => format!("a number from {from} to {to}"),
            Dimensions::Only { only } => {
                let all: Vec<String> = only.iter().map(usize::to_string).collect();
                format!("one of {}", all.join(", "))
            }
        }
    }
}

// A test reads the table, so that it cannot be broken in a build that has passed.
static KNOWN: LazyLock<Result<Table, toml::de::Error>> = LazyLock::new(|| toml::from_str(TABLE));

/// What is known of a provider.
pub(super) fn provider(name: &str) -> Option<&'static KnownProvider> {
    KNOWN.as_ref().ok()?.provider.get(name)
}

/// What is known of a model.
pub(super) fn model(provider: &str, name: &str) -> Option<&'static KnownModel> {
    models().find(|model| model.provider == provider && model.name == name)
}

/// All models, in the order of the table.
pub fn models() -> impl Iterator<Item = &'static KnownModel> {
    KNOWN.as_ref().ok().into_iter().flat_map(|table| &table.model)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_can_be_read_and_agrees_with_itself() {
        let table: Table = toml::from_str(TABLE).unwrap();
        let names: BTreeSet<_> = table.model.iter().map(|model| (&model.provider, &model.name)).collect();
        assert_eq!(names.len(), table.model.len());
        for model in &table.model {
            let provider = &table.provider[&model.provider];
            assert!(provider.base_url.is_some(), "{}", model.name);
            assert!(model.window <= model.tokens.unwrap_or(provider.tokens), "{}", model.name);
            assert_eq!(model.price.is_some(), model.priced.is_some(), "{}", model.name);
            assert!(model.dimensions.as_ref().is_none_or(|all| all.allow(model.dimension)), "{}", model.name);
        }
    }
}
