//! `breadth cache`: the embeddings cache, looked at, checked and made smaller.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Subcommand;

use super::{ArgumentMistake, CommandResult, output};
use crate::store::cache::{Cache, PrunePolicy, SpaceStats};

/// Look at, verify or prune the embeddings cache
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth cache stats\n  breadth cache verify\n  breadth cache prune --older-than 90\n  breadth cache prune --model text-embedding-3-small"
)]
pub(super) struct Arguments {
    /// The folder that holds embeddings-cache/
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    out: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What each space holds
    Stats,
    /// Read every vector and check it; changes nothing
    Verify,
    /// Remove vectors: by model, by space, by age, down to a size; whole segments, oldest first
    Prune {
        /// Only spaces whose fingerprint begins so
        #[arg(long, value_name = "FINGERPRINT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        space: Option<String>,
        /// Only spaces of this model or provider, or of the embedder that a plan calls so
        #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        model: Option<String>,
        /// Segments written more than that many days ago
        #[arg(long, value_name = "DAYS")]
        older_than: Option<u32>,
        /// The oldest segments, until no more than so many megabytes are left
        #[arg(long, value_name = "MEGABYTES")]
        max_size: Option<u32>,
        /// Also what was set aside as damaged
        #[arg(long)]
        damaged: bool,
    },
}

/// Columns that a terminal has at least.
const WIDTH: usize = 80;
/// What stands before a fact about a space, and before what does not fit on its line.
const FACT: &str = "    ";
const FURTHER: &str = "        ";

/// A check that found damage: the vectors in question count as absent and are made anew.
#[derive(Debug, thiserror::Error)]
#[error(
    "found {rows} damaged vectors and {segments} damaged segments in the cache\nhint: they count as absent, so that the next run makes them anew; `breadth cache prune --damaged` removes what was set aside"
)]
struct Damaged {
    rows: usize,
    segments: usize,
}

pub(super) fn run(arguments: &Arguments) -> CommandResult {
    let cache = Cache::open(&arguments.out.join("embeddings-cache"));
    match &arguments.action {
        Action::Stats => stats(&cache),
        Action::Verify => verify(&cache),
        Action::Prune { space, model, older_than, max_size, damaged } => {
            let policy = PrunePolicy {
                space: space.clone(),
                model: model.clone(),
                written_before: older_than.and_then(days_ago),
                max_bytes: max_size.map(|megabytes| u64::from(megabytes) << 20),
                damaged: *damaged,
            };
            prune(&cache, &policy)
        }
    }
}

fn days_ago(days: u32) -> Option<SystemTime> {
    SystemTime::now().checked_sub(Duration::from_secs(u64::from(days) * 24 * 60 * 60))
}

fn stats(cache: &Cache) -> CommandResult {
    let spaces = cache.stats()?;
    if spaces.is_empty() {
        output::note("the cache is empty");
    }
    let text: String = spaces.iter().map(describe).collect();
    Ok(output::result(&output::printable(&text))?)
}

/// A space in lines that fit; only words that are wider on their own stand out.
fn describe(space: &SpaceStats) -> String {
    let mut contents =
        format!("{} vectors in {} segments, {}", space.rows, space.segments, output::megabytes(space.bytes));
    if space.damaged > 0 {
        contents.push_str(&format!(", {} damaged", space.damaged));
    }
    let mut facts = vec![contents];
    facts.extend(space.name.iter().map(|name| format!("name: {name}")));
    facts.extend(space.dimension.iter().map(|dimension| format!("dimension: {dimension}")));
    facts.extend(space.traits.iter().map(|(key, value)| format!("{key}: {value}")));
    let width = output::width().min(WIDTH);
    let mut text = format!("{}\n", space.fingerprint);
    for fact in facts {
        // What fits is shown as it is, blanks and all.
        let fits = FACT.len() + fact.chars().count() <= width;
        let lines = if fits { vec![fact] } else { output::wrap(&fact, width - FURTHER.len()) };
        for (at, line) in lines.iter().enumerate() {
            text.push_str(&format!("{}{line}\n", if at == 0 { FACT } else { FURTHER }));
        }
    }
    text
}

fn verify(cache: &Cache) -> CommandResult {
    let verdicts = cache.verify()?;
    let mut text = String::new();
    let mut damage = Damaged { rows: 0, segments: 0 };
    for verdict in &verdicts {
        text.push_str(&format!(
            "{}  {} segments, {} good vectors, {} damaged\n",
            verdict.fingerprint, verdict.segments, verdict.good_rows, verdict.bad_rows
        ));
        for segment in &verdict.damaged {
            text.push_str(&format!("    {}: {}\n", segment.path.display(), segment.reason));
        }
        damage.rows += verdict.bad_rows;
        damage.segments += verdict.damaged.len();
    }
    output::result(&output::printable(&text))?;
    if damage.rows + damage.segments > 0 { Err(damage.into()) } else { Ok(()) }
}

fn prune(cache: &Cache, policy: &PrunePolicy) -> CommandResult {
    if *policy == PrunePolicy::default() {
        let options = "`--model`, `--space`, `--older-than`, `--max-size`, `--damaged`";
        return Err(ArgumentMistake(format!("expected at least one of {options}, got none")).into());
    }
    check_names(&cache.stats()?, policy)?;
    let pruned = cache.prune(policy)?;
    for fingerprint in &pruned.in_use {
        output::note(&format!("`{fingerprint}` is in use by another process and was left alone"));
    }
    let text = format!(
        "removed {} files, {}; {} left\n",
        pruned.files,
        output::megabytes(pruned.bytes),
        output::megabytes(pruned.bytes_left)
    );
    Ok(output::result(&text)?)
}

/// A name that means no space is a mistake; to remove nothing would look like success.
fn check_names(spaces: &[SpaceStats], policy: &PrunePolicy) -> Result<(), ArgumentMistake> {
    if spaces.iter().any(|space| policy.concerns(space)) {
        return Ok(());
    }
    let PrunePolicy { space, model, .. } = policy;
    if let Some(space) =
        space.as_ref().filter(|space| !spaces.iter().any(|known| known.fingerprint.starts_with(*space)))
    {
        return Err(ArgumentMistake(format!(
            "expected the fingerprint of a space in `--space`, got `{space}`\nhint: `breadth cache stats` lists them"
        )));
    }
    let Some(model) = model else { return Ok(()) };
    let names: BTreeSet<&str> = spaces.iter().flat_map(SpaceStats::known_as).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let hint = match (names.is_empty(), space) {
        (_, Some(space)) => format!("no space `{space}…` is of that model; `breadth cache stats` lists them"),
        (true, None) => "`breadth cache stats` lists what the cache holds".to_owned(),
        (false, None) => format!("the cache holds {}; `breadth cache stats` tells more", names.join(", ")),
    };
    Err(ArgumentMistake(format!("expected a model of the cache in `--model`, got `{model}`\nhint: {hint}")))
}
