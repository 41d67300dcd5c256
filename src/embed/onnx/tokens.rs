//! Text → token ids → what the model is fed for one window.

use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use super::super::{EmbedError, TextError};

/// A tokenizer whose texts are never cut or filled up.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    path: PathBuf,
    lower_case: bool,
    /// What comes before the text's own ids in each window: special tokens, then the prefix.
    front: Vec<u32>,
    /// The special tokens behind them.
    back: Vec<u32>,
}

impl Tokens {
    /// Reads `tokenizer.json`; `path` is its name in messages.
    pub(super) fn new(bytes: &[u8], path: &Path, lower_case: bool, prefix: &str) -> Result<Self, EmbedError> {
        let fail = |problem: String| EmbedError::Tokenizer { path: path.to_owned(), problem };
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| fail(error.to_string()))?;
        // The file bakes in the truncation and padding of whoever saved it (MiniLM's cuts at 128 tokens, half of its
        // window). Cutting is the long-text policy's business, and windows of unlike length are never put together.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| fail(error.to_string()))?;
        let (mut front, back) = special_tokens(&tokenizer).map_err(fail)?;
        let mut tokens = Tokens { tokenizer, path: path.to_owned(), lower_case, front: Vec::new(), back };
        if !prefix.is_empty() {
            front.extend(tokens.ids(prefix).map_err(|error| fail(error.to_string()))?);
        }
        tokens.front = front;
        Ok(tokens)
    }

    /// The ids of the whole text, without special tokens.
    pub(super) fn ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let lowered = self.lower_case.then(|| text.to_lowercase());
        let encoding = self
            .tokenizer
            .encode_fast(lowered.as_deref().unwrap_or(text), false)
            .map_err(|error| TextError::Tokenizer { path: self.path.clone(), problem: error.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// A stretch of a text's ids as the model wants them: special tokens and prefix around.
    pub(super) fn window(&self, ids: &[u32]) -> Vec<i64> {
        self.front.iter().chain(ids).chain(&self.back).map(|&id| i64::from(id)).collect()
    }

    /// How many ids each window holds besides the text's own.
    pub(super) fn n_added(&self) -> usize {
        self.front.len() + self.back.len()
    }

    /// How many different tokens there are.
    pub(super) fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// `tokenizer.json`, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// What the post-processor puts before and behind a text, learned from a sample.
fn special_tokens(tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<u32>), String> {
    const SAMPLE: &str = "a sample";
    let encoding = tokenizer.encode(SAMPLE, true).map_err(|error| error.to_string())?;
    let (ids, special) = (encoding.get_ids(), encoding.get_special_tokens_mask());
    let own = |flag: &u32| *flag == 0;
    let (Some(first), Some(last)) = (special.iter().position(own), special.iter().rposition(own)) else {
        return Err(format!("expected tokens for `{SAMPLE}`, got none"));
    };
    if special[first..=last].iter().any(|flag| !own(flag)) {
        return Err("expected special tokens around a text, got some inside of it".to_owned());
    }
    for &id in ids {
        if tokenizer.id_to_token(id).is_none() {
            return Err(format!("its post-processor adds the id {id}, which is not in its vocabulary"));
        }
    }
    Ok((ids[..first].to_vec(), ids[last + 1..].to_vec()))
}
