//! `breadth cache`: the embeddings cache, looked at, checked and made smaller.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Subcommand;

use super::{ArgumentMistake, CommandResult, output};
use crate::store::cache::{Cache, PrunePolicy, SpaceStats};

/// Look at, verify or prune the embeddings cache
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  breadth cache stats\n  breadth cache verify\n  breadth cache prune --older-than 90"
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
    /// Remove vectors: by space, by age, down to a size; whole segments, oldest first
    Prune {
        /// Only spaces whose fingerprint begins so
        #[arg(long, value_name = "FINGERPRINT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        space: Option<String>,
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
        Action::Prune { space, older_than, max_size, damaged } => {
            let policy = PrunePolicy {
                space: space.clone(),
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

fn describe(space: &SpaceStats) -> String {
    let mut text = format!(
        "{}  {} vectors in {} segments, {}",
        space.fingerprint,
        space.rows,
        space.segments,
        output::megabytes(space.bytes)
    );
    if space.damaged > 0 {
        text.push_str(&format!(", {} damaged", space.damaged));
    }
    text.push('\n');
    for (key, value) in &space.traits {
        text.push_str(&format!("    {key}: {value}\n"));
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
        let message = "expected at least one of `--space`, `--older-than`, `--max-size`, `--damaged`, got none";
        return Err(ArgumentMistake(message.to_owned()).into());
    }
    if let Some(space) = &policy.space
        && !cache.stats()?.iter().any(|known| known.fingerprint.starts_with(space))
    {
        let message = format!(
            "expected the fingerprint of a space in `--space`, got `{space}`\nhint: `breadth cache stats` lists them"
        );
        return Err(ArgumentMistake(message).into());
    }
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
