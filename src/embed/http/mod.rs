//! Embedding models behind an API: the providers, and the one way in which all of them are asked.
//!
//! Texts go out, vectors come in; this is the only room that opens sockets. Each provider is a file that says how it is
//! asked and how it answers ([`wire::Wire`]); limits, prices and tokenizers are data (`assets/api_models.toml`);
//! packing, pace, retries, splitting and checks are the same for all. What a server says is never trusted: a vector
//! that is missing, of another length or not finite is an error, never a number.

mod batch;
mod client;
pub(super) mod cohere;
mod count;
mod drive;
pub(super) mod gemini;
mod key;
mod known;
pub(super) mod openai;
pub(super) mod openai_compatible;
mod pace;
mod pack;
mod setup;
#[cfg(test)]
mod tests;
pub(super) mod voyage;
mod wire;

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

pub use known::{Dimensions, KnownModel, models};
use rayon::prelude::*;

use self::client::Line;
use self::count::Counter;
use self::drive::{Drive, Open};
use self::key::Key;
use self::pack::{Batch, Piece, Room, pack};
use self::setup::Setup;
use self::wire::Wire;
use super::chunk::Cut;
use super::{
    Batching, EmbedError, Embedder, Estimate, Finished, LongText, Problem, Request, ServerFault, TextError, Work,
};
use crate::model::{Card, Embedded, Space};

/// Raised whenever the code between a server's numbers and the vector would give other bits.
const VERSION: u32 = 1;
/// Cutting a text changes its tokens at the seams; so many are kept free in each piece of a long text.
const SEAM: usize = 8;
/// Where tokens are only estimated, one in so many is kept free.
const DOUBT: usize = 10;

/// The card of a provider; only what it is differs.
const fn card(name: &'static str, title: &'static str, measures: &'static str, source: &'static str) -> Card {
    Card {
        name,
        title,
        unit: "L2-normalized vectors",
        range: "unit sphere",
        version: VERSION,
        measures,
        how_to_read: "The cosine of two vectors is high when the model finds the texts alike. Only differences within one model mean something.",
        misleads: "Levels are not comparable between models. A provider may change what is behind a name: vectors that are in the cache stay \
                   what they were. Texts leave this machine.",
        source,
    }
}

/// Whether a key is at hand, for `breadth doctor`. Never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    /// The provider.
    pub provider: &'static str,
    /// Environment variables that may hold its key.
    pub variables: Vec<String>,
    /// The one that does.
    pub found_in: Option<String>,
}

/// Which providers' keys are at hand.
#[must_use]
pub fn key_reports() -> Vec<KeyReport> {
    let providers = super::PROVIDERS.iter().map(|provider| provider.card.name);
    providers
        .filter_map(|provider| {
            let variables = known::provider(provider)?.keys.clone();
            let found = Key::find(&variables, |name| std::env::var(name).ok());
            let found_in = found.map(|key| key.variable().to_owned());
            (!variables.is_empty()).then_some(KeyReport { provider, variables, found_in })
        })
        .collect()
}

fn problems_with(wire: &'static Wire, request: &Request) -> Vec<Problem> {
    let setup = match Setup::new(wire, request) {
        Ok(setup) => setup,
        Err(problems) => return problems,
    };
    let Err(error) = HttpEmbedder::new(wire, setup, request) else { return Vec::new() };
    let key = match error {
        EmbedError::Overlap { .. } => "chunk_overlap",
        EmbedError::Tokenizer { .. } => "tokenizer",
        _ => "window",
    };
    vec![Problem { key, message: format!("failed to {error}"), hint: error.hint().map(str::to_owned) }]
}

fn open_with(wire: &'static Wire, request: &Request) -> Result<Box<dyn Embedder>, EmbedError> {
    let setup = Setup::new(wire, request).map_err(|problems| EmbedError::Plan {
        problem: problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "),
    })?;
    Ok(Box::new(HttpEmbedder::new(wire, setup, request)?))
}

struct HttpEmbedder {
    wire: &'static Wire,
    setup: Setup,
    space: Space,
    counter: Counter,
    prefix: String,
    /// Tokens of a text that fit into one input.
    fits: usize,
    /// How longer ones are cut.
    cut: Cut,
    /// Tokens that each input takes besides the text's own.
    n_added: usize,
}

impl HttpEmbedder {
    fn new(wire: &'static Wire, setup: Setup, request: &Request) -> Result<Self, EmbedError> {
        let known = known::model(wire.provider, &setup.model).and_then(|known| known.tokenizer.as_deref());
        let counter = match request.options.text("tokenizer") {
            Some(path) => Counter::read(&request.base_dir.join(path))?,
            None => known.and_then(Counter::named).unwrap_or(Counter::Estimate),
        };
        let prefix = request.options.text("prefix").unwrap_or_default().to_owned();
        let told = |error: TextError| EmbedError::Plan { problem: error.to_string() };
        let n_added = counter.n_added() + counter.count(&prefix).map_err(told)?;
        let doubt = if counter.is_exact() { 0 } else { setup.window / DOUBT };
        let fits = setup.window.saturating_sub(n_added + doubt);
        let room = fits.saturating_sub(SEAM);
        if room == 0 {
            let problem = format!(
                "a window of {} tokens leaves no room for a text: {n_added} are special tokens and prefix, {SEAM} are kept for the seams of long texts",
                setup.window
            );
            return Err(EmbedError::Plan { problem });
        }
        if request.chunk_overlap >= room {
            return Err(EmbedError::Overlap { overlap: request.chunk_overlap, room });
        }
        let cut = Cut { long_text: request.long_text, room, overlap: request.chunk_overlap };
        let space = Space::new(&request.name, setup.dimension, traits(wire, &setup, request, (&counter, &cut)));
        Ok(HttpEmbedder { wire, setup, space, counter, prefix, fits, cut, n_added })
    }

    fn room(&self) -> Room {
        Room { inputs: self.setup.inputs, tokens: self.setup.tokens, added: self.n_added }
    }

    /// The pieces of a text that are sent, and the count of all its tokens.
    fn cut_up(&self, position: usize, text: &str) -> Result<(Vec<Piece>, u32), TextError> {
        let count = |n: usize| u32::try_from(n).map_err(|_| TextError::Uncountable { tokens: n });
        let ends = self.counter.ends(text)?;
        let n = ends.len();
        if (1..=self.fits).contains(&n) {
            let whole = Piece { text: position, chunk: 0, bytes: 0..text.len(), tokens: n };
            return Ok((vec![whole], count(n)?));
        }
        let starts_at = |token: usize| if token == 0 { 0 } else { ends[token - 1] };
        let windows = if n > self.cut.room && self.cut.long_text == LongText::Refuse {
            return Err(TextError::TooLong { tokens: n, room: self.fits });
        } else {
            self.cut.windows(n)?
        };
        let blank = |bytes: &Range<usize>| text[bytes.clone()].trim().is_empty();
        let mut pieces: Vec<Piece> = Vec::new();
        for tokens in windows {
            let bytes = starts_at(tokens.start)..ends[tokens.end - 1];
            // Beside a seam there may be nothing but white space, or the rest of a character that lies across it: that is
            // nothing to ask for, and its neighbor has seen it.
            match pieces.last_mut() {
                Some(last) if blank(&bytes) => last.tokens += tokens.len(),
                Some(last) if blank(&last.bytes) => {
                    last.bytes = bytes;
                    last.tokens += tokens.len();
                }
                _ => pieces.push(Piece { text: position, chunk: pieces.len(), bytes, tokens: tokens.len() }),
            }
        }
        Ok((pieces, count(n)?))
    }

    /// All requests, the texts that wait for their answers, and those that are not sent.
    fn prepare(&self, texts: &[&str]) -> Prepared {
        let cut: Vec<_> = texts.par_iter().enumerate().map(|(position, text)| self.cut_up(position, text)).collect();
        let mut prepared = Prepared { batches: Vec::new(), open: BTreeMap::new(), refused: Vec::new() };
        let mut all = Vec::with_capacity(texts.len());
        for (position, pieces) in cut.into_iter().enumerate() {
            match pieces {
                Ok((pieces, tokens_total)) => {
                    prepared.open.insert(position, self.open(&pieces, tokens_total));
                    all.push(pieces);
                }
                Err(error) => prepared.refused.push((position, Err(error))),
            }
        }
        prepared.batches = pack(all, self.room());
        prepared
    }

    fn open(&self, pieces: &[Piece], tokens_total: u32) -> Open {
        let tokens: usize = pieces.iter().map(|piece| piece.tokens).sum();
        let shared = self.cut.overlap * pieces.len().saturating_sub(1);
        let seen = u32::try_from(tokens.saturating_sub(shared)).unwrap_or(u32::MAX);
        Open {
            pieces: pieces.iter().map(|piece| (piece.tokens, None)).collect(),
            tokens_total,
            tokens_seen: seen.min(tokens_total),
        }
    }
}

struct Prepared {
    batches: Vec<Batch>,
    open: BTreeMap<usize, Open>,
    refused: Finished,
}

impl Embedder for HttpEmbedder {
    fn space(&self) -> &Space {
        &self.space
    }

    fn count_tokens(&self, text: &str) -> Result<u32, TextError> {
        let tokens = self.counter.count(text)?;
        u32::try_from(tokens).map_err(|_| TextError::Uncountable { tokens })
    }

    fn counts_exactly(&self) -> bool {
        self.counter.is_exact()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn ready(&self) -> Result<(), EmbedError> {
        if !self.setup.needs_key || self.setup.key().is_some() {
            return Ok(());
        }
        let variables = self.setup.keys.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        let problem = format!("no key: the environment variable {variables} is not set");
        let way_out =
            format!("export {}=… and run the same command", self.setup.keys.first().map_or("KEY", String::as_str));
        Err(client::server(self.wire, ServerFault::Key, problem, Some(way_out)))
    }

    fn estimate(&self, texts: &[&str]) -> Estimate {
        let prepared = self.prepare(texts);
        let long = |open: &&Open| open.pieces.len() > 1 || open.tokens_seen < open.tokens_total;
        let n_long = prepared.open.values().filter(long).count() + prepared.refused.len();
        let tokens = prepared.batches.iter().flatten().map(|piece| (piece.tokens + self.n_added) as u64).sum();
        let free = tokens == 0;
        Estimate {
            n_tokens: tokens,
            n_requests: prepared.batches.len() as u64,
            cost: if free { Some(0.0) } else { self.setup.price.map(|_| self.setup.cost(tokens)) },
            n_long,
        }
    }

    fn pieces(&self, text: &str) -> Vec<Range<usize>> {
        let Ok((pieces, _)) = self.cut_up(0, text) else { return Vec::new() };
        let tokens: usize = pieces.iter().map(|piece| piece.tokens + self.n_added).sum();
        if pieces.len() <= self.setup.inputs && tokens <= self.setup.tokens {
            return Vec::new();
        }
        pieces.into_iter().map(|piece| piece.bytes).collect()
    }

    fn join(&self, text: &str, pieces: Vec<Embedded>) -> Result<Embedded, TextError> {
        let (cut, tokens_total) = self.cut_up(0, text)?;
        let mut open = self.open(&cut, tokens_total);
        for (place, piece) in open.pieces.iter_mut().zip(pieces) {
            place.1 = Some(Ok(piece.vector));
        }
        open.finish()
    }

    fn batching(&self) -> Option<&dyn Batching> {
        if self.wire.has_batches { Some(self) } else { None }
    }

    fn embed(
        &self,
        texts: &[&str],
        work: &Work<'_>,
        done: &mut dyn FnMut(Finished) -> ControlFlow<()>,
    ) -> Result<(), EmbedError> {
        let Prepared { batches, open, refused } = self.prepare(texts);
        if !refused.is_empty() && done(refused).is_break() || batches.is_empty() {
            return Ok(());
        }
        self.ready()?;
        let drive = Drive {
            wire: self.wire,
            setup: &self.setup,
            texts,
            prefix: &self.prefix,
            line: Line::new(self.wire, &self.setup, self.setup.key())?,
            room: self.room(),
            budget: work.budget,
            note: work.note,
            open,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            client::server(self.wire, ServerFault::Unavailable, format!("no sockets on this machine: {error}"), None)
        })?;
        runtime.block_on(drive.run(batches, done))
    }
}

/// Everything that changes a vector. Where a provider is does not; where a server of one's own is says what it serves,
/// unless `revision` does.
fn traits(wire: &Wire, setup: &Setup, request: &Request, (counter, cut): (&Counter, &Cut)) -> Vec<(String, String)> {
    let mut traits = vec![
        ("provider", wire.provider.to_owned()),
        ("version", format!("{VERSION}.{}", wire.version)),
        ("model", setup.model.clone()),
    ];
    if wire.self_served {
        let served = request.options.text("revision").unwrap_or(&setup.base_url).to_owned();
        traits.push(("served", served));
    }
    traits.extend([
        ("task", setup.task.clone().unwrap_or_default()),
        ("normalization", "l2".to_owned()),
        ("prefix", request.options.text("prefix").unwrap_or_default().to_owned()),
        ("window", setup.window.to_string()),
        ("tokenizer", counter.name()),
        ("long_text", cut.long_text.name().to_owned()),
        ("chunk_overlap", cut.overlap.to_string()),
    ]);
    traits.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
