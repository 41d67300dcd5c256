//! Embedding alone: into the cache, out to batch files, and back from them.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::reading::read_all;
use super::run::{CACHE, SpaceCount, enough_usable};
use super::spaces::{OpenEmbedder, RunContext, failed, foresee, open_all, unique_texts, vectors};
use super::{Interrupt, Options, PipelineError, Progress};
use crate::config::Plan;
use crate::embed::{Batching, Budget, dollars};
use crate::store::cache::Cache;
use crate::store::lines::LineFiles;

/// Lines of a batch file, at most: what OpenAI takes.
const BATCH_LINES: usize = 50_000;
/// And bytes: 200 MB, with room for however they are counted.
const BATCH_BYTES: usize = 190_000_000;

/// What embedding did, or what it read and wrote, line by line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Embedding {
    /// For people.
    pub lines: Vec<String>,
}

/// Fills the cache with everything that the plan needs, and measures nothing.
pub fn embed(
    plan: &Plan,
    options: &Options,
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Embedding, PipelineError> {
    let embedders = open_all(plan)?;
    let mut corpus = read_all(plan, progress, interrupt)?;
    enough_usable(&corpus, plan.max_rejects, None)?;
    let cache = Cache::open(&options.out.join(CACHE));
    foresee(&embedders, &corpus.samples, (&cache, plan.max_cost), options)?;
    let budget = Budget::new(plan.max_cost);
    let run = RunContext { options, progress, interrupt, budget: &budget };
    let mut lines = Vec::new();
    for open in &embedders {
        let (found, rejects, taken) = vectors(open, &corpus.samples, &cache, &run)?;
        corpus.rejects.extend(rejects);
        lines.extend(SpaceCount::new(&found.space, taken).lines());
    }
    if budget.spent() > 0.0 {
        lines.push(format!("paid      about {} at the listed prices", dollars(budget.spent())));
    }
    enough_usable(&corpus, plan.max_rejects, None)?;
    Ok(Embedding { lines })
}

/// Writes what the cache lacks as JSONL for the batch endpoint; what does not fit into one file goes into
/// `NAME-2.jsonl` and so on.
pub fn batch_out(
    plan: &Plan,
    target: &Path,
    (options, progress, interrupt): (&Options, &dyn Progress, &Interrupt),
) -> Result<Embedding, PipelineError> {
    let embedders = open_all(plan)?;
    let corpus = read_all(plan, progress, interrupt)?;
    let cache = Cache::open(&options.out.join(CACHE));
    let mut files = LineFiles::new(target, BATCH_LINES, BATCH_BYTES);
    let mut failure = None;
    let mut lines = Vec::new();
    for (open, batching) in batchers(&embedders)? {
        let texts = unique_texts(&corpus.samples, open.plan.text);
        let missing = texts.missing(&cache.space(open.embedder.space()))?;
        let wanted: Vec<&str> = missing.iter().map(|&text| texts.unique[text].as_ref()).collect();
        let mut n_lines = 0;
        batching.lines(&wanted, &mut |line| {
            n_lines += 1;
            match files.write(line) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        let estimate = open.embedder.estimate(&wanted);
        // OpenAI's batch endpoint bills half.
        let half =
            estimate.cost.map_or_else(String::new, |cost| format!(", about {} at half the price", dollars(cost / 2.0)));
        lines.push(format!(
            "{} texts of `{}` are not in the cache: {n_lines} requests, {} tokens{half}",
            wanted.len(),
            open.plan.name,
            estimate.n_tokens
        ));
    }
    if let Some(error) = failure {
        return Err(error.into());
    }
    let written = files.finish()?;
    lines.extend(written.iter().map(|path| format!("wrote {}", path.display())));
    if !written.is_empty() {
        lines.push("upload each with purpose `batch`, start a batch for /v1/embeddings, and give the result files to `breadth embed --batch-in`".to_owned());
    }
    Ok(Embedding { lines })
}

/// Fills the cache from result files of the batch endpoint.
pub fn batch_in(
    plan: &Plan,
    results: &[PathBuf],
    (options, progress, interrupt): (&Options, &dyn Progress, &Interrupt),
) -> Result<Embedding, PipelineError> {
    let embedders = open_all(plan)?;
    let corpus = read_all(plan, progress, interrupt)?;
    let cache = Cache::open(&options.out.join(CACHE));
    let results = read_results(results)?;
    let mut lines = Vec::new();
    for (open, batching) in batchers(&embedders)? {
        let texts = unique_texts(&corpus.samples, open.plan.text);
        let space = cache.space(open.embedder.space());
        let locked = space.lock(|| {
            progress.note(&format!("waiting for another run that embeds in `{}`", open.plan.name));
        })?;
        let missing = texts.missing(&space)?;
        let wanted: Vec<&str> = missing.iter().map(|&text| texts.unique[text].as_ref()).collect();
        let collected = batching
            .collect(&wanted, &mut results.iter().cloned())
            .map_err(|error| failed(&open.plan.name, error, 0))?;
        let finished = collected.finished.iter();
        let rows: Vec<_> = finished
            .filter_map(|(text, result)| Some((texts.keys[missing[*text]], result.as_ref().ok()?.clone())))
            .collect();
        locked.insert(&rows)?;
        let n_refused = collected.finished.len() - rows.len();
        lines.push(format!("{} vectors of `{}` are now in the cache", rows.len(), open.plan.name));
        let told = [
            (n_refused, "texts have no vector"),
            (collected.n_waiting, "texts are still without an answer"),
            (collected.failures.len(), "requests failed"),
            (collected.n_foreign, "results belong to nothing that is missing here"),
        ];
        lines.extend(told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("  {n} {what}")));
        lines.extend(collected.failures.first().map(|first| format!("  the first failure: {first}")));
    }
    Ok(Embedding { lines })
}

/// The embedders that can be worked by file.
fn batchers<'a>(
    embedders: &'a [OpenEmbedder<'a>],
) -> Result<Vec<(&'a OpenEmbedder<'a>, &'a dyn Batching)>, PipelineError> {
    let found: Vec<_> = embedders.iter().filter_map(|open| Some((open, open.embedder.batching()?))).collect();
    if found.is_empty() { Err(PipelineError::NoBatching) } else { Ok(found) }
}

fn read_results(paths: &[PathBuf]) -> Result<Vec<Value>, PipelineError> {
    let mut results = Vec::new();
    for path in paths {
        let text =
            std::fs::read_to_string(path).map_err(|source| PipelineError::BatchFile { path: path.clone(), source })?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let value = serde_json::from_str(line).map_err(|source| PipelineError::BatchLine {
                path: path.clone(),
                line: number + 1,
                source,
            })?;
            results.push(value);
        }
    }
    Ok(results)
}
