//! `[[embedder]]`: which models give vectors, with every mistake told at its line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::plan::{DEFAULT_EMBEDDER, EmbedderPlan};
use super::section::{Located, Section};
use super::validate::{NAME_RULE, is_name, known, read_selection};
use super::wire::Node;
use super::{Mistake, Origin};
use crate::embed::{self, Kind, LongText, OptionValue};

/// The embedders of a plan; without any, the built-in model.
pub(super) fn read_embedders(nodes: Vec<Node>, folder: &Path, mistakes: &mut Vec<Mistake>) -> Vec<EmbedderPlan> {
    if nodes.is_empty() {
        return vec![EmbedderPlan::built_in()];
    }
    let mut seen = BTreeSet::new();
    nodes.into_iter().map(|node| read_embedder(node, folder, &mut seen, mistakes)).collect()
}

fn read_embedder(node: Node, folder: &Path, seen: &mut BTreeSet<String>, mistakes: &mut Vec<Mistake>) -> EmbedderPlan {
    let mut embedder = Section::open("embedder", node, mistakes);
    let name = read_embedder_name(&mut embedder, seen);
    let providers: Vec<&str> = embed::PROVIDERS.iter().map(|provider| provider.card.name).collect();
    // What is wrong with the other keys of an unknown provider cannot be told.
    let is_default = !embedder.holds("provider");
    let named = known(&mut embedder, "provider", Some("providers"), &providers);
    let named = if is_default { Some(DEFAULT_EMBEDDER.1.to_owned()) } else { named };
    let provider = named.as_deref().and_then(embed::provider);
    let name_of_provider = named.unwrap_or_default();
    let model = embedder.string("model");
    let mut origins: Origins = model.iter().map(|model| ("model", model.origin.clone())).collect();
    let model = model.map(|model| model.value);
    let has_model = model.is_some() || name_of_provider == DEFAULT_EMBEDDER.1;
    if !has_model && provider.is_some() {
        let origin = embedder.origin().clone();
        embedder.mistake(&origin, "`embedder.model` is missing".to_owned());
    }
    let text = read_selection(&mut embedder);
    let policies: Vec<&str> = LongText::ALL.iter().map(|policy| policy.name()).collect();
    let long_text = known(&mut embedder, "long_text", None, &policies)
        .and_then(|name| LongText::ALL.into_iter().find(|policy| policy.name() == name))
        .unwrap_or_default();
    let chunk_overlap = embedder.whole_number("chunk_overlap").map_or(0, |overlap| overlap.value);
    let options = read_options(&mut embedder, provider, &mut origins);
    let plan = EmbedderPlan {
        name,
        provider: name_of_provider,
        model: model.unwrap_or_else(|| DEFAULT_EMBEDDER.2.to_owned()),
        text,
        long_text,
        chunk_overlap,
        options,
    };
    if let Some(provider) = provider.filter(|_| has_model) {
        note_problems(&mut embedder, provider, &plan, (folder, &origins));
    }
    embedder.finish();
    plan
}

/// Where each key was written.
type Origins = BTreeMap<&'static str, Origin>;

/// Every key of the table of options; one that the provider does not take is a mistake.
fn read_options(
    embedder: &mut Section<'_>,
    provider: Option<&embed::Provider>,
    origins: &mut Origins,
) -> embed::Options {
    let mut options = embed::Options::default();
    for option in embed::OPTIONS {
        let Some(Located { value, origin }) = read_option(embedder, option) else { continue };
        if let Some(provider) = provider
            && !provider.options.contains(&option.name)
        {
            let message = format!("`embedder.{}` is not taken by the provider `{}`", option.name, provider.card.name);
            let hint = format!("it takes {}", provider.options.join(", "));
            embedder.mistake_with_hint(&origin, message, &hint);
            continue;
        }
        origins.insert(option.name, origin);
        options.insert(option.name, value);
    }
    options
}

fn read_option(embedder: &mut Section<'_>, option: &embed::OptionCard) -> Option<Located<OptionValue>> {
    let key = option.name;
    match option.kind {
        Kind::Text => embedder.string(key).map(|text| text.map(OptionValue::Text)),
        Kind::Flag => embedder.boolean(key).map(|flag| flag.map(OptionValue::Flag)),
        Kind::Whole(least) => {
            let number = embedder.whole_number(key)?;
            if number.value < least {
                let message = format!("`embedder.{key}` is a whole number from {least}, got {}", number.value);
                embedder.mistake(&number.origin, message);
                return None;
            }
            Some(number.map(OptionValue::Whole))
        }
        Kind::Number => {
            let number = embedder.number(key)?;
            if !(number.value >= 0.0 && number.value.is_finite()) {
                let message = format!("`embedder.{key}` is a number from 0, got {}", number.value);
                embedder.mistake(&number.origin, message);
                return None;
            }
            Some(number.map(OptionValue::Number))
        }
    }
}

/// What the provider itself finds wrong, at the lines that it speaks of.
fn note_problems(
    embedder: &mut Section<'_>,
    provider: &embed::Provider,
    plan: &EmbedderPlan,
    (folder, origins): (&Path, &Origins),
) {
    for problem in provider.problems(&plan.request(folder)) {
        let origin = origins.get(problem.key).cloned().unwrap_or_else(|| embedder.origin().clone());
        match &problem.hint {
            Some(hint) => embedder.mistake_with_hint(&origin, problem.message, hint),
            None => embedder.mistake(&origin, problem.message),
        }
    }
}

fn read_embedder_name(embedder: &mut Section<'_>, seen: &mut BTreeSet<String>) -> String {
    let Some(name) = embedder.string("name") else {
        // The first embedder may stay unnamed; a second one would give a second column of the same name.
        if !seen.insert(DEFAULT_EMBEDDER.0.to_owned()) {
            let origin = embedder.origin().clone();
            embedder.mistake(&origin, "`embedder.name` is missing".to_owned());
        }
        return DEFAULT_EMBEDDER.0.to_owned();
    };
    if !is_name(&name.value) {
        embedder.mistake(&name.origin, format!("`embedder.name` {NAME_RULE}, got {:?}", name.value));
    } else if !seen.insert(name.value.clone()) {
        embedder.mistake(&name.origin, format!("`embedder.name` `{}` is taken by another embedder", name.value));
    }
    name.value
}
