//! Local sentence models in ONNX format: the provider `onnx`.
//!
//! A model is a folder as sentence-transformers saves it, one that was pulled from the hub, or a built-in one. Its files are read and checked
//! when it is opened; the engine loads the graph with the first text that is embedded, once for each thread.

mod builtin;
mod device;
mod engine;
mod facts;
mod feed;
mod folder;
mod graph;
mod known;
mod places;
mod pool;
mod queue;
mod session;
mod setup;
#[cfg(test)]
mod tests;
mod tokens;
mod variant;

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Mutex, PoisonError};

pub use builtin::{BUILTIN_MODELS, BuiltinModel};
pub use device::{DeviceReport, device_reports};
pub use engine::{EngineKind, EngineReport, Searched, engine_report, library_folder};
pub use known::{LocalModel, local_models};
use rayon::prelude::*;
pub use variant::graph_names;

use self::device::Device;
use self::folder::Model;
use self::queue::Batch;
use self::session::Loaded;
use self::setup::Setup;
use self::tokens::Tokens;
use super::chunk::{Cut, mean_of_chunks};
use super::{EmbedError, Embedder, Estimate, Finished, Provider, Request, TextError, Work};
use crate::model::{Card, Embedded, Space};

/// Raised whenever the code between a model's output and the vector would give other bits.
const VERSION: u32 = 1;

/// What the provider is.
const CARD: Card = Card {
    name: "onnx",
    title: "Local ONNX model",
    unit: "L2-normalized vectors",
    range: "unit sphere",
    version: VERSION,
    measures: "Meaning of a text as a direction: token vectors of a sentence model, pooled as the model says, divided by their \
               length. Texts longer than the model's window are embedded in chunks, cut or refused, as `long_text` says.",
    how_to_read: "The cosine of two vectors is high when the model finds the texts alike. Only differences within one model mean something.",
    misleads: "Levels are not comparable between models (unrelated texts: 0.02 in one, 0.7 in another). Formatting and length weigh in, \
               and a chunk's vector knows nothing of the other chunks.",
    source: "Reimers & Gurevych 2019, Sentence-BERT; sentence-transformers' model folders; ONNX",
};

/// The entry of the registry. A model that is not there is a mistake of the plan; whether it is a good one shows when it
/// is opened.
pub(super) static PROVIDER: Provider =
    Provider { card: CARD, options: setup::OPTIONS, problems: setup::problems, open };

/// Opens the model that `request` names.
pub(super) fn open(request: &Request) -> Result<Box<dyn Embedder>, EmbedError> {
    let Setup { files, choice, device } = setup::read(request)?;
    Ok(Box::new(OnnxEmbedder::new(request, Model::read(files, &choice)?, device)?))
}

struct OnnxEmbedder {
    space: Space,
    model: Model,
    tokens: Tokens,
    cut: Cut,
    engine: EngineKind,
    device: Device,
    /// Loaded models that no thread is using; empty until the first text.
    idle: Mutex<Vec<Loaded>>,
}

impl OnnxEmbedder {
    fn new(request: &Request, model: Model, wanted: Option<Device>) -> Result<Self, EmbedError> {
        let prefix = request.options.text("prefix").or(model.facts.prompt.as_deref()).unwrap_or_default();
        let path = model.files.path("tokenizer.json");
        let tokens = Tokens::new(&model.tokenizer, &path, model.facts.lower_case, prefix)?;
        check_vocabulary(&tokens, &model)?;
        let room = model.facts.window.saturating_sub(tokens.n_added());
        if room == 0 {
            let problem = format!("a window of {} tokens is filled by special tokens and prefix", model.facts.window);
            return Err(EmbedError::Config { path: model.files.path("sentence_bert_config.json"), problem });
        }
        if request.chunk_overlap >= room {
            return Err(EmbedError::Overlap { overlap: request.chunk_overlap, room });
        }
        let cut = Cut { long_text: request.long_text, room, overlap: request.chunk_overlap };
        let engine = engine::get()?.kind;
        let device = device::choose(wanted)?;
        let space = Space::new(&request.name, model.dimension, traits(&model, &cut, prefix, (engine, device)));
        Ok(OnnxEmbedder { space, model, tokens, cut, engine, device, idle: Mutex::new(Vec::new()) })
    }

    /// A loaded model that nobody uses, or a new one.
    fn loaded(&self) -> Result<Loaded, EmbedError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(loaded) => Ok(loaded),
            None => Loaded::new(&engine::get()?, &self.model, self.device),
        }
    }

    fn check_ids(&self, ids: &[u32]) -> Result<(), EmbedError> {
        // The pure-Rust engine would end the process.
        match (self.model.graph.vocabulary, ids.iter().max()) {
            (Some(rows), Some(&id)) if id as usize >= rows => Err(mismatch(
                &self.tokens,
                &self.model,
                format!("expected ids below the {rows} rows of the embedding table, got {id}"),
            )),
            _ => Ok(()),
        }
    }

    fn compute(&self, borrowed: &mut Borrowed, batch: &Batch, texts: &[Vec<u32>]) -> Result<Vectors, EmbedError> {
        let mut ids = Vec::new();
        for window in batch {
            let own = &texts[window.text][window.range.clone()];
            self.check_ids(own)?;
            ids.extend(self.tokens.window(own));
        }
        match &mut borrowed.loaded {
            Some(loaded) => loaded.run(&self.model, &ids, batch.len()),
            None => Ok(Vec::new()),
        }
    }
}

impl Embedder for OnnxEmbedder {
    fn space(&self) -> &Space {
        &self.space
    }

    fn notes(&self) -> &[String] {
        &self.model.facts.notes
    }

    fn count_tokens(&self, text: &str) -> Result<u32, TextError> {
        count(self.tokens.ids(text)?.len())
    }

    fn estimate(&self, texts: &[&str]) -> Estimate {
        let counted = texts.par_iter().map(|text| {
            // A text that the tokenizer does not take will be a reject of the run; it has no tokens.
            let tokens = self.tokens.ids(text).map_or(0, |ids| ids.len());
            (tokens as u64, usize::from(tokens > self.cut.room))
        });
        let (n_tokens, n_long) = counted.reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
        Estimate { n_tokens, n_requests: 0, cost: Some(0.0), n_long }
    }

    fn embed(
        &self,
        texts: &[&str],
        work: &Work<'_>,
        done: &mut dyn FnMut(Finished) -> ControlFlow<()>,
    ) -> Result<(), EmbedError> {
        let tokenized: Vec<_> = texts.par_iter().map(|text| self.tokens.ids(text)).collect();
        let (mut ids, mut windows, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (text, tokenized) in tokenized.into_iter().enumerate() {
            let cut = tokenized.and_then(|ids| {
                count(ids.len())?;
                Ok((self.cut.windows(ids.len())?, ids))
            });
            let (own_windows, own_ids) = cut.unwrap_or_else(|error| {
                refused.push((text, Err(error)));
                Default::default()
            });
            ids.push(own_ids);
            if !own_windows.is_empty() {
                windows.push((text, own_windows));
            }
        }
        if !refused.is_empty() && done(refused).is_break() {
            return Ok(());
        }
        let mut open: BTreeMap<usize, Pending> =
            windows.iter().map(|(text, windows)| (*text, Pending::new(windows))).collect();
        // A window's bits on a graphics card depend on its company, and one session keeps it busy.
        let (jobs, per_call) = match self.device {
            Device::Cpu if self.model.graph.scales_by_call => (work.jobs, 0),
            Device::Cpu => (work.jobs, queue::tokens_per_call(self.engine)),
            Device::Cuda | Device::TensorRt | Device::CoreMl => (1, 0),
        };
        queue::run(
            &queue::batches(windows, per_call),
            jobs,
            || Ok(Borrowed { loaded: Some(self.loaded()?), idle: &self.idle }),
            |borrowed, batch| self.compute(borrowed, batch, &ids),
            |batch, vectors| {
                let finished = self.collect(batch, vectors, &mut open, &ids);
                if finished.is_empty() { ControlFlow::Continue(()) } else { done(finished) }
            },
        )
    }
}

/// A vector for each window of a batch.
type Vectors = Vec<Result<Vec<f32>, TextError>>;

/// A loaded model in a thread's hands; it goes back to the idle ones when the thread ends.
struct Borrowed<'a> {
    loaded: Option<Loaded>,
    idle: &'a Mutex<Vec<Loaded>>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.loaded.take());
    }
}

/// A text whose windows are not all computed yet.
struct Pending {
    ranges: Vec<Range<usize>>,
    vectors: Vec<Option<Result<Vec<f32>, TextError>>>,
    n_missing: usize,
}

impl Pending {
    fn new(ranges: &[Range<usize>]) -> Self {
        Pending { ranges: ranges.to_vec(), vectors: vec![None; ranges.len()], n_missing: ranges.len() }
    }
}

impl OnnxEmbedder {
    /// Files the vectors of a batch and gives back the texts that are complete with it.
    fn collect(
        &self,
        batch: &Batch,
        vectors: Vectors,
        open: &mut BTreeMap<usize, Pending>,
        ids: &[Vec<u32>],
    ) -> Finished {
        let mut finished = Vec::new();
        for (window, vector) in batch.iter().zip(vectors) {
            let Some(pending) = open.get_mut(&window.text) else { continue };
            pending.vectors[window.chunk] = Some(vector);
            pending.n_missing -= 1;
            if pending.n_missing == 0
                && let Some(pending) = open.remove(&window.text)
            {
                finished.push((window.text, self.finish(pending, ids[window.text].len())));
            }
        }
        finished
    }

    fn finish(&self, pending: Pending, tokens: usize) -> Result<Embedded, TextError> {
        let seen = pending.ranges.last().map_or(0, |last| last.end);
        let chunks = pending.ranges.len();
        let mut parts = Vec::with_capacity(chunks);
        for (range, vector) in pending.ranges.iter().zip(pending.vectors.into_iter().flatten()) {
            parts.push((vector?, range.len()));
        }
        let vector = mean_of_chunks(parts).map_err(|problem| pool::degenerate(&self.model, problem))?;
        Ok(Embedded { vector, tokens_total: count(tokens)?, tokens_seen: count(seen)?, chunks: count(chunks)? })
    }
}

fn count(n: usize) -> Result<u32, TextError> {
    u32::try_from(n).map_err(|_| TextError::Uncountable { tokens: n })
}

/// A tokenizer that knows more tokens than the model has rows belongs to another model.
fn check_vocabulary(tokens: &Tokens, model: &Model) -> Result<(), EmbedError> {
    let vocabulary = tokens.vocabulary();
    match model.graph.vocabulary {
        Some(rows) if vocabulary > rows => Err(mismatch(
            tokens,
            model,
            format!("expected at most {rows} tokens, as many as the embedding table has rows, got {vocabulary}"),
        )),
        _ => Ok(()),
    }
}

fn mismatch(tokens: &Tokens, model: &Model, problem: String) -> EmbedError {
    EmbedError::Mismatch { tokenizer: tokens.path().to_owned(), model: model.path(), problem }
}

/// Everything that changes a vector. Where the model's files lie does not.
fn traits(model: &Model, cut: &Cut, prefix: &str, (engine, device): (EngineKind, Device)) -> Vec<(String, String)> {
    let tokenizer = blake3::hash(&model.tokenizer).to_hex().to_string();
    let weights = model.graph.weight_types.iter().map(String::as_str).collect::<Vec<_>>().join("+");
    let facts = &model.facts;
    let normalization = if facts.normalizes { "l2" } else { "l2, not the model's own" };
    let mut traits = vec![
        ("provider", CARD.name.to_owned()),
        ("version", VERSION.to_string()),
        ("model", model.digest.clone()),
        ("weights", weights),
        ("tokenizer", tokenizer),
        ("lower_case", facts.lower_case.to_string()),
        ("pooling", facts.pooling.name().to_owned()),
        ("normalization", normalization.to_owned()),
        ("prefix", prefix.to_owned()),
        ("window", facts.window.to_string()),
        ("long_text", cut.long_text.name().to_owned()),
        ("chunk_overlap", cut.overlap.to_string()),
        ("engine", engine.name().to_owned()),
        // Versions of an engine agree to about 1e-6, not to the last bit.
        ("engine_version", engine_report().version.clone().unwrap_or_default()),
    ];
    // What most spaces do not have is left out of theirs, so that they keep the fingerprints of earlier releases.
    if model.dimension < facts.width {
        let how = if facts.layer_norm { "after layer normalization" } else { "as it is" };
        traits.push(("cut", format!("to {} of {} numbers, {how}", model.dimension, facts.width)));
    }
    if device != Device::Cpu {
        traits.push(("device", device.name().to_owned()));
    }
    traits.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
