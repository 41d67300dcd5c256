//! `breadth list`: what is registered, from the registries themselves.

use clap::ValueEnum;

use super::{ArgumentMistake, CommandResult, output};
use crate::extract::{Policy, answer, code, thinking};
use crate::model::Card;
use crate::store::tables;
use crate::{embed, ingest, measure, render, summarize};

/// List what there is: metrics, formats, rules, providers, models, figures, statistics, tables
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth list metrics --short\n  breadth list metrics vendi cosine\n  breadth list tables summary"
)]
pub(super) struct Arguments {
    /// What to list
    #[arg(value_enum)]
    kind: Kind,
    /// Only entries whose name contains one of these
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// A line for each entry
    #[arg(long)]
    short: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Metrics,
    Formats,
    Rules,
    Providers,
    Models,
    Figures,
    Statistics,
    Tables,
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
    let all = entries(arguments.kind);
    let wanted = |entry: &&Entry| {
        arguments.names.is_empty() || arguments.names.iter().any(|name| entry.name.contains(name.as_str()))
    };
    let found: Vec<&Entry> = all.iter().filter(wanted).collect();
    if found.is_empty() {
        let names = arguments.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let known = all.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(ArgumentMistake(format!("nothing has a name with {names}\nhint: there are {known}")).into());
    }
    let longest = found.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text: String = if arguments.short {
        found.iter().map(|entry| short(entry, longest, width)).collect()
    } else {
        found.iter().map(|entry| render_entry(entry, width)).collect()
    };
    if matches!(arguments.kind, Kind::Metrics) && arguments.names.is_empty() {
        if arguments.short {
            text.push('\n');
        }
        for line in VARIANTS.iter().flat_map(|paragraph| output::wrap(paragraph, width)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    Ok(output::result(&text)?)
}

/// What can be asked of a metric beyond itself.
const VARIANTS: [&str; 4] = [
    "A plan asks for them by name in `[measure] metrics`; `all` and `default` stand for lists. A name can carry more:",
    "NAME.min, .max, .median, .p05 … .p95 — of samples, pairs and rounds, where the plain name is their mean",
    "NAME/correct — of correct samples alone; NAME@K — the expectation for K of the samples (rarefied); NAME/correct@K",
    "`statistics = [\"median\", \"max\"]`, `correct = true` and `rarefy = [4]` ask for them of every metric that has them.",
];

/// One line, cut where the terminal ends.
fn short(entry: &Entry, longest: usize, width: usize) -> String {
    let meaning = entry.paragraphs.first().filter(|_| entry.aside.is_empty());
    let line = format!("{:longest$}  {}", entry.name, meaning.unwrap_or(&entry.aside));
    let line = line.trim_end();
    if line.chars().count() <= width {
        return format!("{line}\n");
    }
    let cut: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{}…\n", cut.trim_end())
}

fn entries(kind: Kind) -> Vec<Entry> {
    match kind {
        Kind::Metrics => measure::METRICS.iter().map(|metric| one_metric(metric)).collect(),
        Kind::Formats => ingest::READERS.iter().map(one_format).collect(),
        Kind::Rules => rules(),
        Kind::Providers => embed::PROVIDERS.iter().map(|provider| one_provider(provider)).collect(),
        Kind::Models => embed::BUILTIN_MODELS
            .iter()
            .map(|model| plain(&format!("builtin:{}", model.name), &format!("{} ({})", model.source, model.license)))
            .chain(embed::local_models().map(one_local_model))
            .chain(embed::api_models().map(one_api_model))
            .collect(),
        Kind::Figures => render::figures::FIGURES.iter().map(|figure| card(figure.card)).collect(),
        Kind::Statistics => summarize::STATISTICS.iter().map(card).collect(),
        Kind::Tables => tables::TABLES.iter().map(|table| one_table(table)).collect(),
    }
}

fn one_format(reader: &ingest::Reader) -> Entry {
    let mut entry = plain(reader.name, reader.meaning);
    entry.paragraphs.extend(reader.mode.map(|mode| format!("Sampling mode: {mode}")));
    entry
}

/// The rules that take responses apart, part by part, in the order in which they are tried.
fn rules() -> Vec<Entry> {
    let one = |name: &str, meaning: &str, aside: String| Entry { aside, ..plain(name, meaning) };
    let thinking = thinking::RULES.iter().map(|rule| one(rule.name, rule.meaning, "thinking".to_owned()));
    let asked = |is_default: bool| if is_default { "" } else { " · on request" };
    let answers = answer::RULES
        .iter()
        .map(|rule| one(rule.name, rule.meaning, format!("answer{}", asked(answer::DEFAULT.contains(&rule.name)))));
    let default = Policy::default().code.name;
    let programs = code::POLICIES
        .iter()
        .map(|policy| one(policy.name, policy.meaning, format!("code{}", asked(policy.name == default))));
    thinking.chain(answers).chain(programs).collect()
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
    entry.aside = format!("per {} · {}{by_default}", metric.level().name(), entry.aside);
    entry
}

/// A table with its columns; `docs/tables.md` says the same.
fn one_table(table: &tables::Table) -> Entry {
    let mut entry = plain(table.name, &format!("One row is {}.", table.row));
    entry.aside = format!("version {} · {} columns", table.version, table.columns().count());
    entry.paragraphs.extend(table.columns().map(|column| {
        let unit = if column.unit.is_empty() { String::new() } else { format!(", {}", column.unit) };
        let null = if column.nullable { ", may be null" } else { "" };
        format!("- {} ({}{unit}{null}): {}", column.name, column.kind.name(), column.doc)
    }));
    if !table.open.is_empty() {
        entry.paragraphs.push(format!("Behind these: {}.", table.open));
    }
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
