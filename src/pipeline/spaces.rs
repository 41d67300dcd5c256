//! Samples → vectors: unique texts only, the cache first, and every finished vector on disk before the next batch.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use ndarray::Array2;

use super::{Interrupt, Options, PipelineError, Progress, Step};
use crate::config::EmbedderPlan;
use crate::embed::{self, Budget, EmbedError, Embedder, TextError, Work};
use crate::model::{Embedded, Reject, Sample, Selection, Stage, Vectors};
use crate::store::StoreError;
use crate::store::cache::{Cache, Compacted, DamagedSegment, Found, LockedSpace, SpaceCache, TextKey};

/// Finished vectors reach the disk at least this often: what a kill can cost.
const FLUSH_EVERY: Duration = Duration::from_secs(2);
/// And never more than this many wait in memory.
const FLUSH_AT: usize = 1024;

/// An embedder of the plan, opened.
pub(super) struct OpenEmbedder<'a> {
    pub(super) plan: &'a EmbedderPlan,
    pub(super) embedder: Box<dyn Embedder>,
}

/// Opens embedders of a plan, whose folder it is; no engine starts yet.
pub(super) fn open_all<'a>(
    embedders: &'a [EmbedderPlan],
    folder: &Path,
) -> Result<Vec<OpenEmbedder<'a>>, PipelineError> {
    embedders
        .iter()
        .map(|embedder| {
            let opened = embed::open(&embedder.request(folder)).map_err(|error| failed(&embedder.name, error, 0))?;
            Ok(OpenEmbedder { plan: embedder, embedder: opened })
        })
        .collect()
}

/// The built-in model, whose tokenizer is always at hand.
pub(super) fn built_in() -> Result<Box<dyn Embedder>, PipelineError> {
    let plan = EmbedderPlan::built_in();
    embed::open(&plan.request(Path::new("."))).map_err(|error| failed(&plan.name, error, 0))
}

pub(super) fn failed(name: &str, source: EmbedError, n_finished: usize) -> PipelineError {
    let mut hint: String = source.hint().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    if n_finished > 0 {
        hint.push_str(&format!(
            "\nhint: {n_finished} finished vectors are in the cache; run the same command to continue"
        ));
    }
    PipelineError::Embed { name: name.to_owned(), source: Box::new(source), hint }
}

/// The different texts of a run under one selection.
#[derive(Default)]
pub(super) struct Texts<'s> {
    pub(super) unique: Vec<Cow<'s, str>>,
    pub(super) keys: Vec<TextKey>,
    /// For each sample the position of its text; null without a text, or with nothing in it but white space.
    pub(super) of_sample: Vec<Option<usize>>,
}

impl<'s> Texts<'s> {
    /// The position of a text, which is added unless it was `seen`.
    fn add(&mut self, text: Cow<'s, str>, seen: &mut HashMap<TextKey, usize>) -> usize {
        let key = TextKey::of(&text);
        *seen.entry(key).or_insert_with(|| {
            self.unique.push(text);
            self.keys.push(key);
            self.unique.len() - 1
        })
    }

    /// Positions of the unique texts that the cache does not hold.
    pub(super) fn missing(&self, space: &SpaceCache) -> Result<Vec<usize>, StoreError> {
        let found = space.lookup(&self.keys)?.rows;
        Ok((0..self.unique.len()).filter(|&text| found[text].is_none()).collect())
    }

    /// As [`Texts::missing`], but by the keys alone: no vector is read, so that a damaged one counts as there.
    pub(super) fn absent(&self, space: &SpaceCache) -> Result<Vec<usize>, StoreError> {
        let there = space.contains(&self.keys)?;
        Ok((0..self.unique.len()).filter(|&text| !there[text]).collect())
    }
}

/// Finds the different texts. A blank text has no place in a vector space: it stays without a vector.
pub(super) fn unique_texts(samples: &[Sample], selection: Selection) -> Texts<'_> {
    let mut texts = Texts::default();
    let mut seen = HashMap::new();
    for sample in samples {
        let text = sample.text(selection).filter(|text| !text.trim().is_empty());
        let position = text.map(|text| texts.add(text, &mut seen));
        texts.of_sample.push(position);
    }
    texts
}

/// What embedding one space took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Different texts.
    pub n_unique: usize,
    /// Found in the cache.
    pub n_cached: usize,
    /// Embedded by this run.
    pub n_embedded: usize,
    /// Embedded anew because the cache's copy was damaged.
    pub n_damaged: usize,
    /// Texts that the embedder refused, or that hold nothing it knows.
    pub n_refused: usize,
    /// Texts whose vector has not seen all of their tokens.
    pub n_truncated: usize,
}

/// What there is for every unique text.
type Rows = Vec<Option<Embedded>>;

/// Embeds the samples in one space. Texts that cannot be embedded become rejects; their samples stay.
pub(super) fn vectors(
    open: &OpenEmbedder<'_>,
    samples: &[Sample],
    cache: &Cache,
    run: &RunContext<'_>,
) -> Result<(Vectors, Vec<Reject>, Taken), PipelineError> {
    open.embedder.notes().iter().for_each(|note| run.progress.note(note));
    let texts = unique_texts(samples, open.plan.text);
    let space = cache.space(open.embedder.space());
    let looked_up = space.lookup(&texts.keys)?;
    tell_damage(&looked_up, run);
    let mut taken = Taken { n_unique: texts.unique.len(), n_damaged: looked_up.damaged, ..Taken::default() };
    let mut found: Rows = looked_up.rows;
    taken.n_cached = found.iter().flatten().count();
    run.progress.begin(Step::Embed, Some(texts.unique.len() as u64));
    run.progress.advance(Step::Embed, taken.n_cached as u64);
    let mut refused = Vec::new();
    if taken.n_cached < texts.unique.len() {
        let locked = space.lock(|| {
            run.progress.note(&format!("waiting for another run that embeds in `{}`", open.plan.name));
        })?;
        // Whoever held the lock before may have embedded what is missing here.
        let looked_up = locked.lookup(&texts.keys)?;
        tell_damage(&looked_up, run);
        found = looked_up.rows;
        let in_cache = found.iter().flatten().count();
        run.progress.advance(Step::Embed, (in_cache - taken.n_cached.min(in_cache)) as u64);
        taken.n_cached = in_cache;
        refused = embed_in_pieces(open, &texts, &mut found, &locked, run)?;
        refused.extend(embed_missing(open, (&texts, &refused), &mut found, &locked, run)?);
        refused.sort_by_key(|(text, _)| *text);
        tell_dropped(&locked.compact()?, run);
    }
    run.progress.end(Step::Embed);
    taken.n_refused = refused.len();
    taken.n_embedded = found.iter().flatten().count() - taken.n_cached;
    taken.n_truncated = found.iter().flatten().filter(|one| one.tokens_seen < one.tokens_total).count();
    let rejects = rejects_of(&refused, &texts, samples, &open.plan.name);
    Ok((assemble(open, &texts, &found), rejects, taken))
}

/// A segment that is not what was written costs time, not numbers; its owner should know all the same.
fn tell_damage(looked_up: &Found, run: &RunContext<'_>) {
    for DamagedSegment { path, reason } in &looked_up.segments {
        run.progress.note(&format!("`{}` is damaged and what it held is made anew: {reason}", path.display()));
    }
}

/// What merging segments left behind, since it was damaged, is made anew once a run asks for it.
fn tell_dropped(compacted: &Compacted, run: &RunContext<'_>) {
    let Compacted { dropped, segments, .. } = compacted;
    if *dropped > 0 {
        run.progress.note(&format!("{dropped} damaged vectors were dropped when the cache's segments were merged"));
    }
    for DamagedSegment { path, reason } in segments {
        run.progress.note(&format!("`{}` is damaged and was set aside: {reason}", path.display()));
    }
}

/// What the stages of one run share.
pub(super) struct RunContext<'a> {
    pub(super) options: &'a Options,
    pub(super) progress: &'a dyn Progress,
    pub(super) interrupt: &'a Interrupt,
    pub(super) budget: &'a Budget,
}

/// Stops a run that cannot end well before it pays for anything: no key, no network, not enough money.
pub(super) fn foresee(
    embedders: &[OpenEmbedder<'_>],
    samples: &[Sample],
    (cache, max_cost): (&Cache, Option<f64>),
    options: &Options,
) -> Result<(), PipelineError> {
    let mut cost = 0.0;
    let mut priced = Priced::default();
    for open in embedders.iter().filter(|open| open.embedder.is_remote()) {
        let texts = unique_texts(samples, open.plan.text);
        let missing = texts.missing(&cache.space(open.embedder.space()))?;
        let missing = priced.first_time(open, &texts, missing);
        if missing.is_empty() {
            continue;
        }
        if options.offline {
            return Err(PipelineError::Offline { name: open.plan.name.clone(), n_missing: missing.len() });
        }
        open.embedder.ready().map_err(|error| failed(&open.plan.name, error, 0))?;
        cost += price(open.embedder.estimate(&missing).cost, max_cost, &open.plan.name)?;
    }
    match max_cost {
        Some(limit) if cost > limit => Err(PipelineError::TooDear { cost, limit }),
        _ => Ok(()),
    }
}

/// What is added to the bill; a limit cannot be kept without knowing.
pub(super) fn price(cost: Option<f64>, max_cost: Option<f64>, name: &str) -> Result<f64, PipelineError> {
    match (cost, max_cost) {
        (None, Some(_)) => Err(PipelineError::NoPrice { name: name.to_owned() }),
        (cost, _) => Ok(cost.unwrap_or(0.0)),
    }
}

/// Texts that are on the bill already: two embedders may share a space.
#[derive(Default)]
pub(super) struct Priced(HashSet<(String, TextKey)>);

impl Priced {
    /// Those of the `missing` texts that no embedder before had to embed in the same space.
    pub(super) fn first_time<'t>(
        &mut self,
        open: &OpenEmbedder<'_>,
        texts: &'t Texts<'_>,
        missing: Vec<usize>,
    ) -> Vec<&'t str> {
        let space = &open.embedder.space().fingerprint;
        let new = missing.into_iter().filter(|&text| self.0.insert((space.clone(), texts.keys[text])));
        new.map(|text| texts.unique[text].as_ref()).collect()
    }
}

/// Embeds texts that no single request can hold: piece by piece, each kept as soon as it is paid for.
fn embed_in_pieces(
    open: &OpenEmbedder<'_>,
    texts: &Texts<'_>,
    found: &mut Rows,
    space: &LockedSpace<'_>,
    run: &RunContext<'_>,
) -> Result<Vec<Refused>, PipelineError> {
    let mut pieces = Texts::default();
    let mut seen = HashMap::new();
    let mut of_text = Vec::new();
    for text in (0..texts.unique.len()).filter(|&text| found[text].is_none()) {
        let whole = texts.unique[text].as_ref();
        let ranges = open.embedder.pieces(whole);
        let own: Vec<usize> =
            ranges.into_iter().map(|range| pieces.add(Cow::Borrowed(&whole[range]), &mut seen)).collect();
        of_text.extend((!own.is_empty()).then_some((text, own)));
    }
    if of_text.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = space.lookup(&pieces.keys)?.rows;
    let refused = embed_missing(open, (&pieces, &[]), &mut rows, space, run)?;
    let (mut joined, mut refused_texts) = (Vec::new(), Vec::new());
    for (text, own) in of_text {
        let result = match refused.iter().find(|(piece, _)| own.contains(piece)) {
            Some((_, error)) => Err(error.clone()),
            None => {
                open.embedder.join(&texts.unique[text], own.iter().filter_map(|&piece| rows[piece].clone()).collect())
            }
        };
        match result {
            Ok(embedded) => {
                joined.push((texts.keys[text], embedded.clone()));
                found[text] = Some(embedded);
            }
            Err(error) => refused_texts.push((text, error)),
        }
    }
    space.insert(&joined)?;
    Ok(refused_texts)
}

/// A text that has no vector, and why.
type Refused = (usize, TextError);

/// Embeds what is not found yet and was not refused before.
fn embed_missing(
    open: &OpenEmbedder<'_>,
    (texts, refused_before): (&Texts<'_>, &[Refused]),
    found: &mut Rows,
    space: &LockedSpace<'_>,
    run: &RunContext<'_>,
) -> Result<Vec<Refused>, PipelineError> {
    let before: HashSet<usize> = refused_before.iter().map(|(text, _)| *text).collect();
    let missing = (0..texts.unique.len()).filter(|&text| found[text].is_none() && !before.contains(&text));
    let missing: Vec<usize> = missing.collect();
    let wanted: Vec<&str> = missing.iter().map(|&text| texts.unique[text].as_ref()).collect();
    let at_once = open.embedder.is_remote();
    let mut sink = Sink { space, at_once, waiting: Vec::new(), last: Instant::now(), n_finished: 0 };
    let mut refused = Vec::new();
    let mut failure = None;
    let note = |text: &str| run.progress.note(text);
    let work = Work { jobs: run.options.jobs, budget: run.budget, note: &note };
    let outcome = open.embedder.embed(&wanted, &work, &mut |finished| {
        run.progress.advance(Step::Embed, finished.len() as u64);
        for (position, result) in finished {
            let text = missing[position];
            match result {
                Ok(embedded) => {
                    sink.waiting.push((texts.keys[text], embedded.clone()));
                    found[text] = Some(embedded);
                }
                Err(error) => refused.push((text, error)),
            }
        }
        if let Err(error) = sink.flush_when_due() {
            failure = Some(error);
            return ControlFlow::Break(());
        }
        if run.interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    // Whatever happened, what is finished is kept.
    let flushed = sink.flush();
    if let Some(error) = failure {
        return Err(error.into());
    }
    flushed?;
    outcome.map_err(|error| failed(&open.plan.name, error, sink.n_finished))?;
    if run.interrupt.is_set() {
        return Err(PipelineError::Interrupted { n_finished: sink.n_finished });
    }
    Ok(refused)
}

/// Collects finished vectors and puts them on disk in segments.
struct Sink<'a> {
    space: &'a LockedSpace<'a>,
    /// What was paid for is kept before more is asked for.
    at_once: bool,
    waiting: Vec<(TextKey, Embedded)>,
    last: Instant,
    n_finished: usize,
}

impl Sink<'_> {
    fn flush_when_due(&mut self) -> Result<(), StoreError> {
        let due = self.at_once || self.waiting.len() >= FLUSH_AT || self.last.elapsed() >= FLUSH_EVERY;
        if due { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if !self.waiting.is_empty() {
            self.space.insert(&self.waiting)?;
            self.n_finished += self.waiting.len();
            self.waiting.clear();
        }
        self.last = Instant::now();
        Ok(())
    }
}

fn rejects_of(refused: &[(usize, TextError)], texts: &Texts<'_>, samples: &[Sample], name: &str) -> Vec<Reject> {
    let reasons: HashMap<usize, &TextError> = refused.iter().map(|(text, error)| (*text, error)).collect();
    let of_samples = samples.iter().zip(&texts.of_sample);
    of_samples
        .filter_map(|(sample, text)| {
            let reason = reasons.get(&(*text)?)?;
            Some(Reject {
                source_file: sample.source_file.clone(),
                source_row: sample.source_row,
                stage: Stage::Embed,
                reason: format!("not embedded with `{name}`: {reason}"),
            })
        })
        .collect()
}

fn assemble(open: &OpenEmbedder<'_>, texts: &Texts<'_>, found: &Rows) -> Vectors {
    let space = open.embedder.space().clone();
    let mut row_of_text = vec![None; found.len()];
    let mut flat = Vec::new();
    let mut counts = Vec::new();
    for (text, embedded) in found.iter().enumerate() {
        if let Some(embedded) = embedded {
            row_of_text[text] = u32::try_from(counts.len()).ok();
            flat.extend_from_slice(&embedded.vector);
            counts.push((embedded.tokens_total, embedded.tokens_seen, embedded.chunks));
        }
    }
    let shape = (counts.len(), space.dimension);
    #[expect(clippy::expect_used, reason = "the cache and the embedder have both checked the length of every vector")]
    let matrix = Array2::from_shape_vec(shape, flat).expect("vectors of the space's dimension");
    let row_of = texts.of_sample.iter().map(|text| text.and_then(|text| row_of_text[text])).collect();
    Vectors { space, matrix, counts, row_of }
}
