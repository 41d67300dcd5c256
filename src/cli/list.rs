//! `breadth list`: what is registered, from the registries themselves.

use clap::ValueEnum;

use super::{CommandResult, output};
use crate::model::Card;
use crate::{embed, ingest, measure, render, summarize};

/// List what there is: metrics, formats, providers, models, figures, statistics
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth list metrics")]
pub(super) struct Arguments {
    /// What to list
    #[arg(value_enum)]
    kind: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Metrics,
    Formats,
    Providers,
    Models,
    Figures,
    Statistics,
}

/// An entry as it is printed.
struct Entry {
    name: String,
    /// Unit and range, or whatever else stands beside the name.
    aside: String,
    /// Meaning, how to read it, when it misleads.
    paragraphs: Vec<String>,
    source: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let width = output::width();
    let text: String = entries(arguments.kind).iter().map(|entry| render_entry(entry, width)).collect();
    Ok(output::result(&text)?)
}

fn entries(kind: Kind) -> Vec<Entry> {
    match kind {
        Kind::Metrics => measure::METRICS.iter().map(|metric| one_metric(metric)).collect(),
        Kind::Formats => ingest::READERS.iter().map(|reader| plain(reader.name, reader.meaning)).collect(),
        Kind::Providers => embed::PROVIDERS.iter().map(|provider| one_provider(provider)).collect(),
        Kind::Models => embed::BUILTIN_MODELS
            .iter()
            .map(|model| plain(&format!("builtin:{}", model.name), &format!("{} ({})", model.source, model.license)))
            .chain(embed::local_models().map(one_local_model))
            .chain(embed::api_models().map(one_api_model))
            .collect(),
        Kind::Figures => render::figures::FIGURES.iter().map(|figure| card(figure.card)).collect(),
        Kind::Statistics => summarize::STATISTICS.iter().map(card).collect(),
    }
}

fn plain(name: &str, meaning: &str) -> Entry {
    Entry { name: name.to_owned(), aside: String::new(), paragraphs: vec![meaning.to_owned()], source: None }
}

fn card(card: &Card) -> Entry {
    Entry {
        name: card.name.to_owned(),
        aside: format!("{} · {} · {}", card.title, card.unit, card.range),
        paragraphs: vec![
            card.measures.to_owned(),
            format!("Read it: {}", card.how_to_read),
            format!("It misleads: {}", card.misleads),
        ],
        source: Some(card.source.to_owned()),
    }
}

fn one_provider(provider: &embed::Provider) -> Entry {
    let mut entry = card(&provider.card);
    entry.paragraphs.push(
        "Keys of `[[embedder]]` that it takes, besides provider, model, text, long_text and chunk_overlap:".to_owned(),
    );
    let options = embed::OPTIONS.iter().filter(|option| provider.options.contains(&option.name));
    entry.paragraphs.extend(options.map(|option| format!("- {}: {}", option.name, option.meaning)));
    entry
}

/// A model that can be pulled, with what has to be known to use it well.
fn one_local_model(model: &embed::LocalModel) -> Entry {
    let mut facts = format!("{} numbers, {} tokens at once, pooling {}", model.dimension, model.window, model.pooling);
    if let Some(sizes) = &model.sizes {
        facts.push_str(&format!(", can be cut to {}", sizes.describe()));
    }
    if !model.prefix.is_empty() {
        facts.push_str(&format!(", prefix {:?}", model.prefix));
    }
    let mut entry = plain(&model.name, &facts);
    entry.aside = format!("provider onnx · {}", model.license);
    entry.paragraphs.push(format!("breadth models pull {}; variants: {}", model.repository, model.variants.join(", ")));
    entry.paragraphs.extend(model.remark.clone());
    entry
}

/// A model behind an API, with its limits and its price.
fn one_api_model(model: &embed::KnownModel) -> Entry {
    let price =
        model.price.map_or_else(|| "no listed price".to_owned(), |price| format!("${price} per million tokens"));
    let listed = model.priced.as_ref().map_or_else(String::new, |month| format!(" (listed {month})"));
    let tokens = if model.tokenizer.is_some() { "counted" } else { "estimated" };
    let text = format!("{} numbers, {} tokens an input ({tokens}), {price}{listed}", model.dimension, model.window);
    Entry { aside: format!("provider {}", model.provider), ..plain(&model.name, &text) }
}

fn one_metric(metric: &measure::Metric) -> Entry {
    let mut entry = card(&metric.card);
    let by_default = if measure::DEFAULT_METRICS.contains(&metric.card.name) { "" } else { " · on request" };
    entry.aside = format!("{} · per {}{by_default}", entry.aside, metric.level().name());
    entry
}

fn render_entry(entry: &Entry, width: usize) -> String {
    let mut text = entry.name.clone();
    if !entry.aside.is_empty() {
        text.push_str(&format!("  ({})", entry.aside));
    }
    text.push('\n');
    let source = entry.source.as_ref().map(|source| format!("Source: {source}"));
    for paragraph in entry.paragraphs.iter().chain(&source) {
        for line in output::wrap(paragraph, width - 4) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.push('\n');
    text
}
