//! Embedding alone: into the cache, out to batch files, and back from them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::reading::{read_all, reason_lines};
use super::run::{CACHE, SpaceCount, enough_usable};
use super::spaces::{OpenEmbedder, Priced, RunContext, failed, foresee, open_all, unique_texts, vectors};
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
    let plans = plan.all_embedders();
    let embedders = open_all(&plans, &plan.folder)?;
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
        lines.push(format!("paid      {} at the listed prices", dollars(budget.spent())));
    }
    // No table is written here that could tell them.
    lines.extend(reason_lines(&corpus.rejects).into_iter().map(|line| format!("          {line}")));
    enough_usable(&corpus, plan.max_rejects, None)?;
    Ok(Embedding { lines })
}

/// Writes what the cache lacks as JSONL for the batch endpoint: files for each space, since a batch has one model; what does
/// not fit into one file goes into `NAME-2.jsonl` and so on.
pub fn batch_out(
    plan: &Plan,
    target: &Path,
    (options, progress, interrupt): (&Options, &dyn Progress, &Interrupt),
) -> Result<Embedding, PipelineError> {
    let plans = plan.all_embedders();
    let embedders = open_all(&plans, &plan.folder)?;
    let corpus = read_all(plan, progress, interrupt)?;
    enough_usable(&corpus, plan.max_rejects, None)?;
    let cache = Cache::open(&options.out.join(CACHE));
    let batchers = batchers(&embedders)?;
    let spaces: BTreeSet<&str> = batchers.iter().map(|(open, _)| open.embedder.space().fingerprint.as_str()).collect();
    let mut outbox = Outbox { target, several: spaces.len() > 1, files: BTreeMap::new(), written: HashSet::new() };
    let mut priced = Priced::default();
    let mut lines = left_out(&embedders);
    for (open, batching) in batchers {
        let texts = unique_texts(&corpus.samples, open.plan.text);
        let missing = texts.missing(&cache.space(open.embedder.space()))?;
        let wanted = priced.first_time(open, &texts, missing);
        let n_lines = outbox.fill(open, batching, &wanted)?;
        let estimate = open.embedder.estimate(&wanted);
        // OpenAI's batch endpoint bills half.
        let half =
            estimate.cost.map_or_else(String::new, |cost| format!(", {} at half the price", dollars(cost / 2.0)));
        lines.push(format!(
            "{} texts of `{}` are not in the cache: {n_lines} requests, {} tokens{half}",
            wanted.len(),
            open.plan.name,
            estimate.n_tokens
        ));
    }
    let written = outbox.close()?;
    lines.extend(written.iter().map(|path| format!("wrote {}", path.display())));
    if !written.is_empty() {
        lines.push("upload each with purpose `batch`, start a batch for /v1/embeddings, and give all result files together to `breadth embed --batch-in`".to_owned());
    }
    Ok(Embedding { lines })
}

/// Embedders that a batch says nothing of.
fn left_out(embedders: &[OpenEmbedder<'_>]) -> Vec<String> {
    let without = embedders.iter().filter(|open| open.embedder.batching().is_none());
    without.map(|open| format!("`{}` has no batch endpoint and is left out", open.plan.name)).collect()
}

/// Batch files under way, a set for each space.
struct Outbox<'a> {
    target: &'a Path,
    /// Whether files of several spaces have to be told apart.
    several: bool,
    files: BTreeMap<String, LineFiles>,
    /// Digests of lines: embedders that share a space share requests.
    written: HashSet<blake3::Hash>,
}

impl Outbox<'_> {
    /// Writes the requests for these texts; how many there are.
    fn fill(
        &mut self,
        open: &OpenEmbedder<'_>,
        batching: &dyn Batching,
        texts: &[&str],
    ) -> Result<usize, PipelineError> {
        let space = open.embedder.space();
        if !self.files.contains_key(&space.fingerprint) {
            let target = if self.several { beside(self.target, &space.name) } else { self.target.to_owned() };
            if target.exists() {
                return Err(PipelineError::OutputExists { path: target });
            }
            self.files.insert(space.fingerprint.clone(), LineFiles::new(&target, BATCH_LINES, BATCH_BYTES));
        }
        let Some(files) = self.files.get_mut(&space.fingerprint) else { return Ok(0) };
        let (mut n_lines, mut failure) = (0, None);
        batching.lines(texts, &mut |line| {
            if !self.written.insert(blake3::hash(line.as_bytes())) {
                return ControlFlow::Continue(());
            }
            n_lines += 1;
            match files.write(line) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        failure.map_or(Ok(n_lines), |error| Err(error.into()))
    }

    fn close(self) -> Result<Vec<PathBuf>, PipelineError> {
        let mut written = Vec::new();
        for files in self.files.into_values() {
            written.extend(files.finish()?);
        }
        Ok(written)
    }
}

/// `NAME.jsonl` → `NAME-EMBEDDER.jsonl`.
fn beside(target: &Path, name: &str) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    let extension =
        target.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    target.with_file_name(format!("{stem}-{name}{extension}"))
}

/// Fills the cache from result files of the batch endpoint.
pub fn batch_in(
    plan: &Plan,
    results: &[PathBuf],
    (options, progress, interrupt): (&Options, &dyn Progress, &Interrupt),
) -> Result<Embedding, PipelineError> {
    let plans = plan.all_embedders();
    let embedders = open_all(&plans, &plan.folder)?;
    let corpus = read_all(plan, progress, interrupt)?;
    let cache = Cache::open(&options.out.join(CACHE));
    let mut lines = left_out(&embedders);
    for (open, batching) in batchers(&embedders)? {
        let texts = unique_texts(&corpus.samples, open.plan.text);
        let space = cache.space(open.embedder.space());
        let locked = space.lock(|| {
            progress.note(&format!("waiting for another run that embeds in `{}`", open.plan.name));
        })?;
        let missing = texts.missing(&space)?;
        let wanted: Vec<&str> = missing.iter().map(|&text| texts.unique[text].as_ref()).collect();
        let mut results = Results::of(results);
        let collected = batching.collect(&wanted, &mut results).map_err(|error| failed(&open.plan.name, error, 0))?;
        if let Some(failure) = results.failure {
            return Err(failure);
        }
        let finished = collected.finished.iter();
        let rows: Vec<_> = finished
            .filter_map(|(text, result)| Some((texts.keys[missing[*text]], result.as_ref().ok()?.clone())))
            .collect();
        locked.insert(&rows)?;
        let n_refused = collected.finished.len() - rows.len();
        lines.push(format!("{} vectors of `{}` are now in the cache", rows.len(), open.plan.name));
        let told = [
            (n_refused, "texts have no vector"),
            (
                collected.n_waiting,
                "texts are still without an answer (a long one needs all of its results in one call)",
            ),
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

/// The lines of result files one by one; what cannot be read ends them, and is kept.
struct Results<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    open: Option<(&'a Path, usize, BufReader<File>)>,
    failure: Option<PipelineError>,
}

impl<'a> Results<'a> {
    fn of(paths: &'a [PathBuf]) -> Self {
        Results { paths: paths.iter(), open: None, failure: None }
    }

    fn advance(&mut self) -> Result<Option<Value>, PipelineError> {
        loop {
            let Some((path, number, reader)) = &mut self.open else {
                let Some(path) = self.paths.next() else { return Ok(None) };
                let file =
                    File::open(path).map_err(|source| PipelineError::BatchFile { path: path.clone(), source })?;
                self.open = Some((path.as_path(), 0, BufReader::new(file)));
                continue;
            };
            let mut line = String::new();
            let read = reader.read_line(&mut line);
            let read = read.map_err(|source| PipelineError::BatchFile { path: path.to_path_buf(), source })?;
            *number += 1;
            if read == 0 {
                self.open = None;
            } else if !line.trim().is_empty() {
                let parsed = serde_json::from_str(&line);
                let failed = |source| PipelineError::BatchLine { path: path.to_path_buf(), line: *number, source };
                return parsed.map(Some).map_err(failed);
            }
        }
    }
}

impl Iterator for Results<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.failure.is_some() {
            return None;
        }
        self.advance().unwrap_or_else(|failure| {
            self.failure = Some(failure);
            None
        })
    }
}
