//! What a run would do: counts, cache hits and price, with nothing embedded and nothing written.

use rayon::prelude::*;

use super::reading::{Corpus, read_all, reason_lines};
use super::spaces::{OpenEmbedder, open_all, unique_texts};
use super::{Interrupt, Options, PipelineError, Progress};
use crate::config::Plan;
use crate::model::{Sample, group_samples};
use crate::store::cache::Cache;

/// What a run would find.
#[derive(Debug)]
pub struct Check {
    plan: String,
    limit: f64,
    corpus: Corpus,
    n_questions: usize,
    n_groups: usize,
    n_single: usize,
    n_pairs: usize,
    spaces: Vec<SpaceCheck>,
}

/// What one embedder would have to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceCheck {
    /// The embedder's name.
    pub name: String,
    /// Samples with a text to embed.
    pub n_texts: usize,
    /// Different texts among them.
    pub n_unique: usize,
    /// Unique texts that the cache holds.
    pub n_cached: usize,
    /// Tokens of the unique texts that it does not hold.
    pub n_tokens: u64,
}

/// Reads the sources and looks the cache up.
pub fn check(
    plan: &Plan,
    options: &Options,
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Check, PipelineError> {
    let embedders = open_all(plan)?;
    let corpus = read_all(plan, progress, interrupt)?;
    let groups = group_samples(&corpus.samples);
    let cache = Cache::open(&options.out.join(super::run::CACHE));
    let spaces = embedders.iter().map(|open| check_space(open, &corpus.samples, &cache));
    let spaces = spaces.collect::<Result<Vec<_>, _>>()?;
    Ok(Check {
        plan: plan.name.clone(),
        limit: plan.max_rejects,
        n_questions: super::run::n_questions(&groups),
        n_single: groups.iter().filter(|group| group.members.len() < 2).count(),
        n_pairs: groups.iter().map(crate::model::Group::n_pairs).sum(),
        n_groups: groups.len(),
        spaces,
        corpus,
    })
}

fn check_space(open: &OpenEmbedder<'_>, samples: &[Sample], cache: &Cache) -> Result<SpaceCheck, PipelineError> {
    let texts = unique_texts(samples, open.plan.text);
    let found = cache.space(open.embedder.space()).lookup(&texts.keys)?;
    let cached: Vec<bool> = found.rows.iter().map(Option::is_some).collect();
    // A text that the tokenizer does not take will be a reject of the run; here it has no tokens to pay for.
    let n_tokens = texts
        .unique
        .par_iter()
        .zip(&cached)
        .filter(|(_, cached)| !**cached)
        .map(|(text, _)| open.embedder.count_tokens(text).map_or(0, u64::from))
        .sum();
    Ok(SpaceCheck {
        name: open.plan.name.clone(),
        n_texts: texts.of_sample.iter().flatten().count(),
        n_unique: texts.unique.len(),
        n_cached: cached.iter().filter(|cached| **cached).count(),
        n_tokens,
    })
}

impl Check {
    /// The check in words, line by line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let corpus = &self.corpus;
        let mut lines = vec![format!("plan `{}`", self.plan)];
        for file in &corpus.files {
            lines.push(format!("  {} ({}): {} rows", file.file, file.format, file.rows));
        }
        lines.push(format!(
            "samples: {} in {} groups of {} questions, {} pairs",
            corpus.samples.len(),
            self.n_groups,
            self.n_questions,
            self.n_pairs
        ));
        if self.n_single > 0 {
            lines.push(format!("  {} groups hold a single sample: no pairs, no similarity", self.n_single));
        }
        lines.push(format!("rejects: {} of {} rows", corpus.rejects.len(), corpus.n_rows()));
        lines.extend(reason_lines(&corpus.rejects).into_iter().map(|line| format!("  {line}")));
        lines.extend(corpus.notes.iter().map(|note| format!("note: {note}")));
        for space in &self.spaces {
            lines.push(format!(
                "embedder `{}`: {} texts, {} different, {} in the cache, {} to embed ({} tokens); cost: none, it runs here",
                space.name,
                space.n_texts,
                space.n_unique,
                space.n_cached,
                space.n_unique - space.n_cached,
                space.n_tokens
            ));
        }
        lines
    }

    /// Whether the run would get past its reading.
    pub fn verdict(&self) -> Result<(), PipelineError> {
        super::run::enough_usable(&self.corpus, self.limit, None)
    }
}
