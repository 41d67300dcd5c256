//! A whole run, in order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::exploring::explored;
use super::lengths::lengths;
use super::levels::Levels;
use super::measuring::{Measured, Measuring};
use super::reading::{Corpus, FileCount, read_all, reading_of, reason_lines, told};
use super::record;
use super::rendering::{Estimates, notes, render};
use super::spaces::{OpenEmbedder, RunContext, Taken, built_in, foresee, open_all, vectors};
use super::{Interrupt, Options, PipelineError, Progress, Step};
use crate::config::Plan;
use crate::embed::{self, Budget};
use crate::kernels::sameness::first_equal;
use crate::measure::{self, Measure, Metric, ValueKind};
use crate::model::{Card, CountSource, Group, Level, Sample, Space, Tokens, Vectors, group_samples};
use crate::render::figures::FIGURES;
use crate::render::{notebook, words};
use crate::store::atomic;
use crate::store::cache::Cache;
use crate::store::run::{RunFolder, digest_file};
use crate::store::tables::{self, EmbeddingsWriter, FurtherColumn, GroupsWriter, Kind, PairsWriter, SamplesWriter};
use crate::summarize::{self, STATISTICS};

/// Where vectors are kept, beside `reports/`.
pub(super) const CACHE: &str = "embeddings-cache";

/// What became of one embedder's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceCount {
    /// The embedder's name.
    pub name: String,
    /// Of the space.
    pub fingerprint: String,
    /// Everything that the fingerprint covers.
    pub traits: Vec<(String, String)>,
    /// What embedding took.
    pub taken: Taken,
}

impl SpaceCount {
    pub(super) fn new(space: &Space, taken: Taken) -> Self {
        SpaceCount {
            name: space.name.to_string(),
            fingerprint: space.fingerprint.clone(),
            traits: space.traits.clone(),
            taken,
        }
    }

    /// What embedding took, in words.
    pub(super) fn lines(&self) -> Vec<String> {
        let SpaceCount { name, taken, .. } = self;
        let mut lines = vec![format!(
            "embedded  {} different texts in `{name}`: {} from the cache, {} new",
            taken.n_unique, taken.n_cached, taken.n_embedded
        )];
        if taken.n_refused > 0 {
            lines.push(format!("          {} not embedded, see the rejects", taken.n_refused));
        }
        if taken.n_damaged > 0 {
            lines.push(format!("          {} damaged vectors in the cache were made anew", taken.n_damaged));
        }
        lines
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "named as in the closing summary")]
pub struct Outcome {
    pub folder: PathBuf,
    pub notebook: Option<PathBuf>,
    /// Nothing was done: what lies there is what this plan gives.
    pub up_to_date: bool,
    pub files: Vec<FileCount>,
    pub n_samples: usize,
    pub n_rejects: usize,
    pub reasons: Vec<String>,
    pub notes: Vec<String>,
    pub n_questions: usize,
    pub n_groups: usize,
    pub n_pairs: usize,
    pub spaces: Vec<SpaceCount>,
    pub headlines: Vec<String>,
    /// What they speak of.
    pub metric: String,
    /// US dollars that the providers' answers amount to.
    pub cost: f64,
    pub seconds: f64,
}

/// Runs a plan, or finds that there is nothing to do.
pub fn run(
    plan: &Plan,
    options: &Options,
    progress: &dyn Progress,
    interrupt: &Interrupt,
) -> Result<Outcome, PipelineError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build();
    let pool = pool.map_err(|source| PipelineError::Threads { jobs: options.jobs, source })?;
    let budget = Budget::new(plan.max_cost);
    pool.install(|| run_here(plan, &RunContext { options, progress, interrupt, budget: &budget }))
}

fn run_here(plan: &Plan, run: &RunContext<'_>) -> Result<Outcome, PipelineError> {
    let started = Instant::now();
    let plans = plan.all_embedders();
    let embedders = open_all(&plans, &plan.folder)?;
    let digests = input_digests(plan)?;
    let fingerprint = fingerprint(plan, &embedders, digests.as_deref());
    let folder = RunFolder::open(&run.options.out, &plan.name, || {
        run.progress.note(&format!("waiting for another run of `{}`", plan.name));
    })?;
    // Standard input cannot be read twice, so that such a run is never known to be up to date.
    if digests.is_some() && folder.is_up_to_date(&fingerprint)? {
        return Ok(Outcome { folder: folder.path().to_owned(), up_to_date: true, ..Outcome::default() });
    }
    let mut corpus = read_all(plan, run.progress, run.interrupt)?;
    refuse_bad_input(&corpus, plan, &folder)?;
    count_tokens(&mut corpus.samples, &embedders)?;
    let cache = Cache::open(&run.options.out.join(CACHE));
    foresee(&embedders, &corpus.samples, (&cache, plan.max_cost), run.options)?;
    let (mut vectors, spaces) = embed_all(&embedders, plan.embedders.len(), &mut corpus, (&cache, run))?;
    let others = vectors.split_off(plan.embedders.len());
    refuse_bad_input(&corpus, plan, &folder)?;

    // Only now does a finished run that lies here make way: a failure up to this point leaves its tables, `rejects` excepted.
    folder.begin()?;
    let mut outputs = vec![tables::write_rejects(&folder.tables(), &corpus.rejects)?];
    let groups = group_samples(&corpus.samples);
    let mut measured =
        measure_into_tables(plan, (&corpus, &groups), (&vectors, &others), (&folder, &mut outputs), run)?;
    corpus.notes.extend(measured.notes.iter().cloned());
    corpus.notes.extend(summarize::without_contrasts(&measured.collected, &plan.inference.contrasts));
    let exploring = std::mem::take(&mut measured.exploring);
    let explored = explored(plan, (&corpus.samples, &groups), exploring, &vectors);
    explored.write(&folder, (&groups, &corpus.samples), &mut outputs)?;
    let estimates = estimate(plan, (&corpus, &groups), &measured, run);
    write_estimates(&folder, &estimates, &mut outputs)?;
    run.progress.begin(Step::Write, None);
    for artifact in render(plan, (&corpus, &groups), &spaces, &measured.drawn, (&estimates, &explored))? {
        outputs.push(atomic::write(&folder.path().join(&artifact.path), &artifact.bytes)?);
        run.progress.advance(Step::Write, 1);
    }
    let notebook = write_notebook(plan, &folder, &mut outputs, run)?;
    run.progress.end(Step::Write);
    let outcome = Outcome {
        folder: folder.path().to_owned(),
        notebook,
        up_to_date: false,
        n_samples: corpus.samples.len(),
        n_rejects: corpus.n_rejected_rows(),
        reasons: reason_lines(&corpus.rejects),
        notes: notes(plan, &corpus, &spaces),
        n_questions: n_questions(&groups),
        n_groups: groups.len(),
        n_pairs: measured.n_pairs,
        headlines: words::headlines(&estimates.summary, &estimates.contrasts, headline_metric(plan)),
        metric: headline_metric(plan).to_owned(),
        files: corpus.files,
        spaces,
        cost: run.budget.spent(),
        seconds: started.elapsed().as_secs_f64(),
    };
    let fingerprint = with_refusals(fingerprint, &outcome.spaces, &embedders);
    folder.finish(&record::document(plan, &outcome), &fingerprint, &outputs)?;
    Ok(outcome)
}

/// What a provider refused may be taken another time: such a run is done again, and asks for nothing else.
fn with_refusals(fingerprint: String, spaces: &[SpaceCount], embedders: &[OpenEmbedder<'_>]) -> String {
    let was_refused =
        |(space, open): (&SpaceCount, &OpenEmbedder<'_>)| space.taken.n_refused > 0 && open.embedder.is_remote();
    let refused = spaces.iter().zip(embedders).any(was_refused);
    if refused { format!("{fingerprint}, texts were refused") } else { fingerprint }
}

/// Digests of all inputs and of the files beside them that say something about their rows; none when one of them is standard input.
fn input_digests(plan: &Plan) -> Result<Option<Vec<String>>, PipelineError> {
    let mut digests = Vec::new();
    for source in &plan.sources {
        let reading = reading_of(source);
        for input in &source.inputs {
            if input.is_stdin() {
                return Ok(None);
            }
            for file in std::iter::once(input.clone()).chain(reading.beside(input)?) {
                let digest = digest_file(&file.path)?;
                digests.push(format!("{} {}", file.name, digest.blake3));
            }
        }
    }
    Ok(Some(digests))
}

/// What decides whether a run is up to date: plan, inputs, spaces, the versions of metrics and of the program.
fn fingerprint(plan: &Plan, embedders: &[OpenEmbedder<'_>], digests: Option<&[String]>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&format!("run.toml {}", record::VERSION));
    // The page tells how it was made, so that the command is part of what was made.
    add(&plan.command());
    add(&plan.echo().to_string());
    for digest in digests.into_iter().flatten() {
        add(digest);
    }
    for open in embedders {
        add(&open.embedder.space().fingerprint);
    }
    for asked in plan.measure.asked() {
        add(&format!("{} {}", asked.name, asked.card().version));
    }
    let statistics = STATISTICS.iter().map(|card| (card.name, card.version));
    for (name, version) in FIGURES.iter().map(|figure| (figure.card.name, figure.card.version)).chain(statistics) {
        add(&format!("{name} {version}"));
    }
    for table in tables::TABLES {
        add(&format!("{} {}", table.name, table.version));
    }
    hasher.finalize().to_hex().to_string()
}

/// Stops a run that has nothing to go on, or too much that it cannot use; `rejects` is written first.
fn refuse_bad_input(corpus: &Corpus, plan: &Plan, folder: &RunFolder) -> Result<(), PipelineError> {
    if enough_usable(corpus, plan.max_rejects, None).is_ok() {
        return Ok(());
    }
    let table = tables::write_rejects(&folder.tables(), &corpus.rejects)?;
    enough_usable(corpus, plan.max_rejects, Some(table))
}

/// Whether enough rows are usable; `table` is where the others are listed.
pub(super) fn enough_usable(corpus: &Corpus, limit: f64, table: Option<PathBuf>) -> Result<(), PipelineError> {
    let (n_rejects, n_rows) = (corpus.n_rejected_rows(), corpus.n_rows());
    if corpus.samples.is_empty() {
        let rejects = if n_rejects > 0 { table } else { None };
        let first = corpus.rejects.first().map(told);
        return Err(PipelineError::NoSamples { n_files: corpus.files.len(), n_rejects, first, rejects });
    }
    let first = corpus.rejects.first();
    match first {
        Some(first) if n_rejects as f64 > limit * n_rows as f64 => {
            Err(PipelineError::TooManyRejects { n_rejects, n_rows, limit, first: told(first), table })
        }
        _ => Ok(()),
    }
}

/// Fills in token counts that the input did not report, with the first embedder's tokenizer that counts exactly; a plan
/// whose embedders can only estimate counts with the built-in model's.
fn count_tokens(samples: &mut [Sample], embedders: &[OpenEmbedder<'_>]) -> Result<(), PipelineError> {
    let exact = embedders.iter().map(|open| &open.embedder).find(|embedder| embedder.counts_exactly());
    let builtin;
    let embedder = if let Some(embedder) = exact {
        embedder
    } else {
        builtin = built_in()?;
        &builtin
    };
    let count = |text: Option<&str>| {
        // A text that the tokenizer does not take has no count; embedding it makes it a reject with the reason.
        let count = i64::from(embedder.count_tokens(text?).ok()?);
        Some(Tokens { count, source: CountSource::Counted })
    };
    samples.par_iter_mut().for_each(|sample| {
        sample.thinking_tokens = sample.thinking_tokens.or_else(|| count(sample.thinking()));
        sample.solution_tokens = sample.solution_tokens.or_else(|| count(sample.solution()));
    });
    Ok(())
}

/// A text that one of the first `n_reported` embedders refuses is a reject; the others are alternatives, whose numbers lack it.
fn embed_all(
    embedders: &[OpenEmbedder<'_>],
    n_reported: usize,
    corpus: &mut Corpus,
    (cache, run): (&Cache, &RunContext<'_>),
) -> Result<(Vec<Vectors>, Vec<SpaceCount>), PipelineError> {
    let mut all = Vec::new();
    let mut counts = Vec::new();
    for (place, open) in embedders.iter().enumerate() {
        let (vectors, rejects, taken) = vectors(open, &corpus.samples, cache, run)?;
        counts.push(SpaceCount::new(&vectors.space, taken));
        if place < n_reported {
            corpus.rejects.extend(rejects);
        }
        all.push(vectors);
    }
    Ok((all, counts))
}

/// Measures every group; writes `samples`, `embeddings`, `pairs` and `groups`.
fn measure_into_tables(
    plan: &Plan,
    (corpus, groups): (&Corpus, &[Group]),
    (vectors, others): (&[Vectors], &[Vectors]),
    (folder, outputs): (&RunFolder, &mut Vec<PathBuf>),
    run: &RunContext<'_>,
) -> Result<Measured, PipelineError> {
    let tables = folder.tables();
    outputs.push(write_samples(&tables.join("samples.parquet"), &corpus.samples, groups)?);
    let spaces: Vec<&Space> = vectors.iter().map(|vectors| &vectors.space).collect();
    let mut embeddings = EmbeddingsWriter::create(&tables, &spaces)?;
    for vectors in vectors {
        for group in groups {
            for &member in &group.members {
                embeddings.write(&corpus.samples[member], member, vectors)?;
            }
        }
    }
    outputs.push(embeddings.finish()?);
    let names: Vec<&str> = spaces.iter().map(|space| space.name.as_ref()).collect();
    let mut pairs_of_run = PairsWriter::create(&tables, &names, &further_columns(plan))?;
    let mut rows_of_run = GroupsWriter::create(&tables)?;
    let levels = Levels::new(&plan.inference);
    let (samples, pairs, rows) = (&corpus.samples, &mut pairs_of_run, &mut rows_of_run);
    let measuring = Measuring { plan, samples, groups, vectors, others, pairs, rows, levels };
    let measured = measuring.all(run)?;
    outputs.push(pairs_of_run.finish()?);
    outputs.push(rows_of_run.finish()?);
    Ok(measured)
}

/// `samples` in the order of the groups, so that what belongs together lies together.
pub(super) fn write_samples(path: &Path, samples: &[Sample], groups: &[Group]) -> Result<PathBuf, PipelineError> {
    let mut writer = SamplesWriter::create_at(path)?;
    for group in groups {
        let members: Vec<&Sample> = group.members.iter().map(|&member| &samples[member]).collect();
        let solutions: Vec<Option<&str>> = members.iter().map(|sample| sample.solution()).collect();
        for (sample, earlier) in members.iter().zip(first_equal(&solutions)) {
            writer.write(sample, earlier.map(|earlier| members[earlier].sample_id.as_str()))?;
        }
    }
    Ok(writer.finish()?)
}

/// Pair metrics of the plan beyond the columns that `pairs` always has.
fn further_columns(plan: &Plan) -> Vec<FurtherColumn> {
    let mut metrics: Vec<&'static Metric> = Vec::new();
    for asked in plan.measure.asked() {
        if metrics.iter().all(|metric| metric.card.name != asked.card().name) {
            metrics.push(asked.metric);
        }
    }
    metrics
        .into_iter()
        .filter(|metric| !PairsWriter::always_has(metric.card.name))
        .filter_map(|metric| {
            let Measure::Pair { values, .. } = metric.measure else { return None };
            let kind = match values {
                ValueKind::Float => Kind::Float,
                ValueKind::Integer => Kind::Integer,
                ValueKind::Boolean => Kind::Boolean,
            };
            let Card { name, unit, measures, .. } = metric.card;
            Some(FurtherColumn { metric: name, space: None, kind, unit, doc: measures.to_owned() })
        })
        .collect()
}

fn estimate(
    plan: &Plan,
    (corpus, groups): (&Corpus, &[Group]),
    measured: &Measured,
    run: &RunContext<'_>,
) -> Estimates {
    let settings = plan.inference.settings;
    run.progress.begin(Step::Summarize, None);
    let (summary, mut intervals) = summarize::summary(&measured.collected, settings);
    intervals.extend(measured.tally.hierarchical(&summary, settings));
    let contrasts = summarize::contrasts(&measured.collected, &plan.inference.contrasts, settings);
    let sensitivity = summarize::sensitivity(
        (&summary, &contrasts),
        &measured.collected,
        &measured.alternatives,
        &plan.inference.contrasts,
        settings,
    );
    let estimates = Estimates {
        summary,
        intervals,
        contrasts,
        sensitivity,
        rounds: summarize::rounds(&measured.collected, settings),
        round_pairs: measured.tally.round_pairs(),
        lags: measured.tally.lags(settings),
        associations: measured.associations.rows(settings),
        lengths: lengths(&corpus.samples, groups),
    };
    run.progress.end(Step::Summarize);
    estimates
}

fn write_estimates(folder: &RunFolder, estimates: &Estimates, outputs: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    let tables = folder.tables();
    outputs.push(tables::write_summary(&tables, &estimates.summary)?);
    outputs.push(tables::write_intervals(&tables, &estimates.intervals)?);
    outputs.push(tables::write_contrasts(&tables, &estimates.contrasts)?);
    outputs.push(tables::write_sensitivity(&tables, &estimates.sensitivity)?);
    outputs.push(tables::write_rounds(&tables, &estimates.rounds)?);
    outputs.push(tables::write_lags(&tables, &estimates.lags)?);
    outputs.push(tables::write_lengths(&tables, &estimates.lengths)?);
    outputs.push(tables::write_associations(&tables, &estimates.associations)?);
    Ok(())
}

/// Writes the notebook unless a person has changed the one that lies there.
fn write_notebook(
    plan: &Plan,
    folder: &RunFolder,
    outputs: &mut Vec<PathBuf>,
    run: &RunContext<'_>,
) -> Result<Option<PathBuf>, PipelineError> {
    let Some(library) = plan.report.notebook else { return Ok(None) };
    let written = folder.write_notebook(&notebook::notebook(&plan.name, headline_metric(plan), library)?.bytes)?;
    if written.is_none() {
        let target = folder.notebook();
        run.progress.note(&format!("`{}` was changed by hand and is left as it is", target.display()));
    }
    outputs.extend(written);
    Ok(Some(folder.notebook()))
}

/// What the closing summary speaks of: the first pair metric that the plan asks for.
fn headline_metric(plan: &Plan) -> &str {
    let metrics = &plan.measure.metrics;
    let is_pair = |name: &&Arc<str>| measure::metric(name).is_some_and(|metric| metric.level() == Level::Pair);
    metrics.iter().find(is_pair).or(metrics.first()).map_or("cosine", |name| name)
}

pub(super) fn n_questions(groups: &[Group]) -> usize {
    let questions: BTreeSet<_> = groups.iter().map(|group| (&group.key.dataset, &group.key.question_id)).collect();
    questions.len()
}

impl Outcome {
    /// The closing summary: what was read, rejected, embedded, found in the cache and written where.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if self.up_to_date {
            let folder = self.folder.display();
            return vec![format!("`{folder}` is up to date; nothing was done (remove its `run.toml` to do it again)")];
        }
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        let mut lines = vec![format!(
            "read      {rows} rows of {} file{}: {} samples, {} rejected",
            self.files.len(),
            if self.files.len() == 1 { "" } else { "s" },
            self.n_samples,
            self.n_rejects
        )];
        lines.extend(self.reasons.iter().map(|reason| format!("          {reason}")));
        lines.extend(self.spaces.iter().flat_map(SpaceCount::lines));
        if self.cost > 0.0 {
            lines.push(format!("paid      {} at the listed prices", embed::dollars(self.cost)));
        }
        lines.push(format!(
            "measured  {} groups of {} questions, {} pairs",
            self.n_groups, self.n_questions, self.n_pairs
        ));
        lines.push(format!("wrote     {}/index.html, tables/, figures/", self.folder.display()));
        lines.extend(self.notebook.iter().map(|path| format!("          {}", path.display())));
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines.push(String::new());
        lines.extend(self.headlines.iter().cloned());
        let metric = if self.metric == "cosine" { String::new() } else { format!(" --metric {}", self.metric) };
        let table = format!("breadth table {}{metric}", self.folder.display());
        lines.push(format!("in {:.1} s; `{table}` prints the table", self.seconds));
        lines
    }
}
