//! Texts → vectors, with the space that they live in.
//!
//! In come texts, out go L2-normalized vectors and how many tokens they have seen. A vector depends on its text and its
//! [`Space`] alone: never on what it was batched with, on the number of threads or on the order of the texts. This room
//! knows no sample and no cache; it reads model files and writes nothing.

mod budget;
mod chunk;
mod error;
mod http;
mod onnx;
mod options;

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

pub use budget::{Budget, Estimate, dollars};
pub use chunk::LongText;
pub use error::{EmbedError, ServerFault, TextError};
pub use http::{Dimensions, KeyReport, KnownModel, key_reports, models as api_models};
pub use onnx::{
    BUILTIN_MODELS, BuiltinModel, DeviceReport, EngineKind, EngineReport, LocalModel, Searched, device_reports,
    engine_report, graph_names, library_folder, local_models,
};
pub use options::{Kind, OPTIONS, OptionCard, OptionValue, Options};

use serde_json::Value;

use crate::model::{Card, Embedded, Space};

/// Texts that are finished: the position of each in the list that was asked for, and its vector or why it has none.
pub type Finished = Vec<(usize, Result<Embedded, TextError>)>;

/// A model that turns texts into vectors.
pub trait Embedder: Send + Sync {
    /// What its vectors are measured on. Known without starting the model.
    fn space(&self) -> &Space;

    /// What a user should know of the model before its vectors are used.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// Tokens of `text`, special tokens not counted. Does not start the model; cheap enough to be called for every sample.
    fn count_tokens(&self, text: &str) -> Result<u32, TextError>;

    /// Whether tokens are counted with the model's own tokenizer; else they are estimated.
    fn counts_exactly(&self) -> bool {
        true
    }

    /// Whether texts leave this machine, and vectors are paid for: then what is finished has to be kept before more is
    /// asked for.
    fn is_remote(&self) -> bool {
        false
    }

    /// Whether it can start now, as far as that can be known without starting it: a key is at hand.
    ///
    /// # Errors
    /// What is missing.
    fn ready(&self) -> Result<(), EmbedError> {
        Ok(())
    }

    /// What embedding these texts would take. Sends and computes nothing.
    fn estimate(&self, texts: &[&str]) -> Estimate;

    /// The pieces of a text that is too long for a single request, in bytes; empty for every other text.
    ///
    /// Each piece is a text by itself, whose vector is worth keeping: so that a text of many requests is not paid for
    /// again when work ends between two of them.
    fn pieces(&self, _text: &str) -> Vec<Range<usize>> {
        Vec::new()
    }

    /// The vector of a text from what its [pieces](Embedder::pieces) came to, in order.
    ///
    /// # Errors
    /// When the pieces point in opposite directions, or are not those of the text.
    fn join(&self, _text: &str, _pieces: Vec<Embedded>) -> Result<Embedded, TextError> {
        Err(TextError::NoTokens)
    }

    /// How it takes work by file, where it does.
    fn batching(&self) -> Option<&dyn Batching> {
        None
    }

    /// Embeds `texts`, in the order that suits the model.
    ///
    /// `done` is called on the calling thread with each handful of texts as soon as they are finished, and now and then
    /// with none while there is nothing but waiting; each text comes exactly once. No further request is sent before it
    /// has returned. When it returns [`ControlFlow::Break`], work stops after what is being computed at that moment, and
    /// the answer is `Ok`.
    ///
    /// # Errors
    /// When the model cannot be loaded or run, or gives something other than one vector for each text. What was
    /// finished before has been handed to `done`.
    fn embed(
        &self,
        texts: &[&str],
        work: &Work<'_>,
        done: &mut dyn FnMut(Finished) -> ControlFlow<()>,
    ) -> Result<(), EmbedError>;
}

/// Work by file: requests are written now and answered by the provider within a day, for less.
pub trait Batching {
    /// Writes a request for each piece of text, once.
    fn lines(&self, texts: &[&str], each: &mut dyn FnMut(&str) -> ControlFlow<()>);

    /// Finds the vectors of `texts` in result lines, whatever their order.
    ///
    /// # Errors
    /// When a result is not what was asked for: another model's, of another length.
    fn collect(&self, texts: &[&str], results: &mut dyn Iterator<Item = Value>) -> Result<Collected, EmbedError>;
}

/// What result lines held.
#[derive(Debug, Default)]
pub struct Collected {
    /// Texts whose every piece was answered, and those that were never asked for because they cannot be embedded.
    pub finished: Finished,
    /// Texts that wait for an answer still.
    pub n_waiting: usize,
    /// Results that belong to none of the texts.
    pub n_foreign: usize,
    /// What was said about requests that failed.
    pub failures: Vec<String>,
}

/// What embedding may use.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// Threads of this machine.
    pub jobs: usize,
    /// Money.
    pub budget: &'a Budget,
    /// Tells whoever waits why it takes so long.
    pub note: &'a dyn Fn(&str),
}

impl<'a> Work<'a> {
    /// Work that nobody watches.
    #[must_use]
    pub fn silent(jobs: usize, budget: &'a Budget) -> Self {
        Work { jobs, budget, note: &|_| {} }
    }
}

/// What the plan says about an embedder.
#[derive(Debug, Clone)]
pub struct Request {
    /// The space's name.
    pub name: String,
    /// One of [`PROVIDERS`].
    pub provider: String,
    /// What to load, in the provider's own words: for `onnx` `builtin:NAME`, `hf:ORG/NAME` or a folder.
    pub model: String,
    /// Relative folders start here: the plan's own folder.
    pub base_dir: PathBuf,
    /// What to do with a text that is longer than the model's window.
    pub long_text: LongText,
    /// Tokens that neighboring chunks share; only [`LongText::MeanOfChunks`] has chunks.
    pub chunk_overlap: usize,
    /// Everything else.
    pub options: Options,
}

/// A mistake in what a plan says about an embedder, told before anything is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of `[[embedder]]` that it is about.
    pub key: &'static str,
    /// *expected … got …*
    pub message: String,
    /// The way out, where one is known.
    pub hint: Option<String>,
}

/// A way to embed texts.
#[derive(Debug)]
pub struct Provider {
    /// What it is; its name is what the plan says.
    pub card: Card,
    /// Keys of [`OPTIONS`] that it takes.
    pub options: &'static [&'static str],
    /// What is wrong with a request, as far as that shows without reading files or asking anyone.
    problems: fn(&Request) -> Vec<Problem>,
    open: fn(&Request) -> Result<Box<dyn Embedder>, EmbedError>,
}

impl Provider {
    /// What is wrong with a request, as far as that shows without reading files or asking anyone.
    #[must_use]
    pub fn problems(&self, request: &Request) -> Vec<Problem> {
        (self.problems)(request)
    }
}

/// All providers, in the order in which lists show them.
pub static PROVIDERS: &[&Provider] = &[
    &onnx::PROVIDER,
    &http::openai::PROVIDER,
    &http::gemini::PROVIDER,
    &http::openai_compatible::PROVIDER,
    &http::cohere::PROVIDER,
    &http::voyage::PROVIDER,
];

/// The provider of that name.
#[must_use]
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.card.name == name)
}

/// Makes the embedder that a plan asks for, reads its files and checks them; the model itself starts with the first text.
///
/// # Errors
/// An unknown provider or model, a missing file, a file that does not fit the others, no engine.
pub fn open(request: &Request) -> Result<Box<dyn Embedder>, EmbedError> {
    match provider(&request.provider) {
        Some(provider) => (provider.open)(request),
        None => Err(EmbedError::UnknownProvider {
            name: request.provider.clone(),
            known: PROVIDERS.iter().map(|provider| provider.card.name).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn providers_have_names_of_their_own_and_full_cards() {
        let names: BTreeSet<_> = PROVIDERS.iter().map(|provider| provider.card.name).collect();
        assert_eq!(names.len(), PROVIDERS.len());
        for Provider { card, .. } in PROVIDERS {
            for text in [card.title, card.unit, card.range, card.measures, card.how_to_read, card.misleads, card.source]
            {
                assert!(!text.is_empty(), "`{}` has a gap in its card", card.name);
            }
        }
    }

    #[test]
    fn options_have_names_of_their_own_and_a_provider_that_takes_them() {
        let names: BTreeSet<_> = OPTIONS.iter().map(|option| option.name).collect();
        assert_eq!(names.len(), OPTIONS.len());
        let taken: BTreeSet<_> = PROVIDERS.iter().flat_map(|provider| provider.options.iter().copied()).collect();
        assert_eq!(taken, names);
    }

    #[test]
    fn an_unknown_provider_is_named_with_the_known_ones() {
        let request = Request {
            name: "x".to_owned(),
            provider: "onxx".to_owned(),
            model: String::new(),
            base_dir: PathBuf::new(),
            long_text: LongText::Truncate,
            chunk_overlap: 0,
            options: Options::default(),
        };
        let Err(error) = open(&request) else { panic!("opened") };
        assert!(error.to_string().starts_with("find provider `onxx`: expected one of onnx"), "{error}");
    }
}
