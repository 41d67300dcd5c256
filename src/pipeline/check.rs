//! What a run would do: counts, cache hits and price, with nothing embedded and nothing written.

use super::reading::{Corpus, read_all, reason_lines};
use super::spaces::{OpenEmbedder, Priced, open_all, price, unique_texts};
use super::{Interrupt, Options, PipelineError, Progress};
use crate::config::Plan;
use crate::embed::{Estimate, dollars};
use crate::model::{Sample, group_samples};
use crate::store::cache::Cache;

/// What a run would find.
#[derive(Debug)]
pub struct Check {
    plan: String,
    limit: f64,
    max_cost: Option<f64>,
    corpus: Corpus,
    n_questions: usize,
    n_groups: usize,
    n_single: usize,
    n_pairs: usize,
    spaces: Vec<SpaceCheck>,
}

/// What one embedder would have to do.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceCheck {
    /// The embedder's name.
    pub name: String,
    /// Samples with a text to embed.
    pub n_texts: usize,
    /// Different texts among them.
    pub n_unique: usize,
    /// Unique texts that the cache holds.
    pub n_cached: usize,
    /// What embedding the unique texts that it does not hold would take.
    pub estimate: Estimate,
    /// Whether tokens are counted with the model's own tokenizer; else they are estimated.
    pub exact: bool,
    /// Whether texts leave this machine.
    pub is_remote: bool,
    /// What is missing before it could start.
    pub missing: Option<String>,
}

/// Reads the sources and looks the cache up.
pub fn check(
    plan: &Plan,
    options: &Options,
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Check, PipelineError> {
    let plans = plan.all_embedders();
    let embedders = open_all(&plans, &plan.folder)?;
    let corpus = read_all(plan, progress, interrupt)?;
    let groups = group_samples(&corpus.samples);
    let cache = Cache::open(&options.out.join(super::run::CACHE));
    let mut priced = Priced::default();
    let spaces = embedders.iter().map(|open| check_space(open, &corpus.samples, &cache, &mut priced));
    let spaces = spaces.collect::<Result<Vec<_>, _>>()?;
    Ok(Check {
        plan: plan.name.clone(),
        limit: plan.max_rejects,
        max_cost: plan.max_cost,
        n_questions: super::run::n_questions(&groups),
        n_single: groups.iter().filter(|group| group.members.len() < 2).count(),
        n_pairs: groups.iter().map(crate::model::Group::n_pairs).sum(),
        n_groups: groups.len(),
        spaces,
        corpus,
    })
}

fn check_space(
    open: &OpenEmbedder<'_>,
    samples: &[Sample],
    cache: &Cache,
    priced: &mut Priced,
) -> Result<SpaceCheck, PipelineError> {
    let texts = unique_texts(samples, open.plan.text);
    let missing = texts.absent(&cache.space(open.embedder.space()))?;
    let n_missing = missing.len();
    let missing = priced.first_time(open, &texts, missing);
    let not_ready = if missing.is_empty() { None } else { open.embedder.ready().err() };
    Ok(SpaceCheck {
        name: open.plan.name.clone(),
        n_texts: texts.of_sample.iter().flatten().count(),
        n_unique: texts.unique.len(),
        n_cached: texts.unique.len() - n_missing,
        estimate: open.embedder.estimate(&missing),
        exact: open.embedder.counts_exactly(),
        is_remote: open.embedder.is_remote(),
        missing: not_ready.map(|error| error.to_string()),
    })
}

impl SpaceCheck {
    fn lines(&self) -> Vec<String> {
        let SpaceCheck { name, n_texts, n_unique, n_cached, estimate, .. } = self;
        let about = if self.exact { "" } else { "about " };
        let mut lines = vec![format!(
            "embedder `{name}`: {n_texts} texts, {n_unique} different, {n_cached} in the cache, {} to embed ({about}{} tokens{}); cost: {}",
            n_unique - n_cached,
            estimate.n_tokens,
            if self.is_remote { format!(", {} requests", estimate.n_requests) } else { String::new() },
            self.price(),
        )];
        if !self.exact && estimate.n_tokens > 0 {
            lines.push("  tokens are estimated: the model's tokenizer is not public".to_owned());
        }
        if estimate.n_long > 0 {
            lines.push(format!("  {} texts are longer than the model's window: see `long_text`", estimate.n_long));
        }
        lines.extend(self.missing.iter().map(|missing| format!("  not ready: {missing}")));
        lines
    }

    fn price(&self) -> String {
        match (self.is_remote, self.estimate.cost) {
            (false, _) => "none, it runs here".to_owned(),
            (true, Some(cost)) => dollars(cost),
            (true, None) => "unknown, no price is listed (`price_per_million_tokens` sets one)".to_owned(),
        }
    }
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
        lines.extend(self.spaces.iter().flat_map(SpaceCheck::lines));
        lines.extend(self.total());
        lines
    }

    /// The whole price, where anything is paid.
    fn total(&self) -> Option<String> {
        let paid = self.spaces.iter().filter(|space| space.is_remote);
        let costs: Vec<f64> = paid.filter_map(|space| space.estimate.cost).collect();
        let limit = self.max_cost.map_or_else(String::new, |limit| format!(" of at most ${limit} (`limits.max_cost`)"));
        (!costs.is_empty()).then(|| format!("cost: {}{limit}", dollars(costs.iter().sum())))
    }

    /// Whether the run would get past its reading, and its price past the plan's limit.
    pub fn verdict(&self) -> Result<(), PipelineError> {
        super::run::enough_usable(&self.corpus, self.limit, None)?;
        let mut cost = 0.0;
        for space in self.spaces.iter().filter(|space| space.is_remote) {
            cost += price(space.estimate.cost, self.max_cost, &space.name)?;
        }
        match self.max_cost {
            Some(limit) if cost > limit => Err(PipelineError::TooDear { cost, limit }),
            _ => Ok(()),
        }
    }
}
