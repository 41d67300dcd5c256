//! What can go wrong with an embedder, and with one text.

use std::io;
use std::path::PathBuf;

use super::dollars;

/// Why an embedder cannot be made or cannot go on. Each message fits after *failed to*.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the message shows")]
pub enum EmbedError {
    /// The plan names a provider that does not exist.
    #[error("find provider `{name}`: expected one of {}", known.join(", "))]
    UnknownProvider { name: String, known: Vec<&'static str> },
    /// `builtin:` with a name that is not built in.
    #[error("find built-in model `{name}`: expected one of {}", known.join(", "))]
    UnknownBuiltin { name: String, known: Vec<&'static str> },
    /// A model of the hub that is not on this machine; `variant` where only another file of it is.
    #[error("find `hf:{name}` on this machine: {problem}")]
    NotPulled { name: String, problem: String, way_out: String, variant: bool },
    /// The plan asks for a device that cannot be used.
    #[error("use the device `{device}`: {problem}")]
    Device { device: &'static str, problem: String },
    /// A model folder without a file that it needs.
    #[error("find `{path}`, {what}")]
    MissingFile { path: PathBuf, what: &'static str },
    /// A file that is there but cannot be read.
    #[error("read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    /// A configuration file that is not JSON.
    #[error("read `{path}`: not the JSON that was expected")]
    Json { path: PathBuf, source: serde_json::Error },
    /// A configuration that says something this program does not do.
    #[error("use the model of `{path}`: {problem}")]
    Config { path: PathBuf, problem: String },
    /// `model.onnx` is something else, or cut short.
    #[error("read `{path}` as an ONNX model: {problem}")]
    NotOnnx { path: PathBuf, problem: String },
    /// `tokenizer.json` cannot be used.
    #[error("use the tokenizer `{path}`: {problem}")]
    Tokenizer { path: PathBuf, problem: String },
    /// The tokenizer speaks another vocabulary than the model.
    #[error("use the tokenizer `{tokenizer}` with `{model}`: {problem}")]
    Mismatch { tokenizer: PathBuf, model: PathBuf, problem: String },
    /// `chunk_overlap` leaves no room for new tokens.
    #[error("cut long texts into chunks: expected `chunk_overlap` below the {room} tokens of a chunk, got {overlap}")]
    Overlap { overlap: usize, room: usize },
    /// What a plan says about an embedder does not fit together.
    #[error("make sense of the plan: {problem}")]
    Plan { problem: String },
    /// The next request would pass the plan's limit.
    #[error(
        "stay within `limits.max_cost` = {limit}: {} are spent, and the next request would cost {}",
        dollars(*spent),
        dollars(*next)
    )]
    Budget { limit: f64, spent: f64, next: f64 },
    /// A server did not give vectors.
    #[error("get vectors from `{provider}`: {problem}")]
    Server { provider: &'static str, fault: ServerFault, problem: String, way_out: Option<String> },
    /// Neither ONNX Runtime nor the pure-Rust engine can be used.
    #[error("start an ONNX engine: {problem}")]
    Engine { problem: String },
    /// The engine does not take the model.
    #[error("load `{model}` with {engine}: {problem}")]
    Load { model: PathBuf, engine: &'static str, problem: String },
    /// The engine stopped while it computed.
    #[error("run `{model}` with {engine}: {problem}")]
    Run { model: PathBuf, engine: &'static str, problem: String },
    /// The model's output does not have the shape of one vector for each token.
    #[error("use the output of `{model}`: {problem}")]
    Output { model: PathBuf, problem: String },
}

/// What kind of thing a server did not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerFault {
    /// No key, or one that is not accepted.
    Key,
    /// Nothing left to spend: a quota or an account is used up, which waiting for minutes does not mend.
    Quota,
    /// It does not know the model, or the address.
    Model,
    /// It does not take what is asked of it, whatever the text.
    Request,
    /// It sends elsewhere.
    Redirect,
    /// It was busy, broken or silent for as long as we tried.
    Unavailable,
    /// It answered something other than one vector of the right length for each text.
    Answer,
}

impl EmbedError {
    /// What to try next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            EmbedError::Server { way_out, .. } => way_out.as_deref()?,
            EmbedError::Budget { .. } => "raise `limits.max_cost` and run the same command to continue",
            EmbedError::UnknownProvider { .. } => "`breadth list providers` shows all of them",
            EmbedError::UnknownBuiltin { .. } => "`breadth list models` shows the models that are here",
            EmbedError::NotPulled { way_out, .. } => way_out,
            EmbedError::Device { .. } => {
                "`breadth doctor` shows what can be used; `device = \"auto\"` takes what is there"
            }
            EmbedError::MissingFile { .. } => {
                "a model folder holds `model.onnx` (or `onnx/model.onnx`), `tokenizer.json`, `modules.json`, \
                 `1_Pooling/config.json` and `sentence_bert_config.json`, as sentence-transformers saves them; \
                 what the last three say can be said in the plan: `pooling`, `window`"
            }
            EmbedError::NotOnnx { problem, .. } if problem.contains("git-lfs") => {
                "the file is a pointer left by git; run `git lfs pull` in the model's repository"
            }
            EmbedError::NotOnnx { .. } | EmbedError::Mismatch { .. } => {
                "take `model.onnx` and `tokenizer.json` of the same model and check that the download is complete"
            }
            EmbedError::Load { problem, .. } if problem.contains("outside the model directory") => {
                "weights beside the graph lie behind a link, which the pure-Rust engine does not follow: use ONNX Runtime (`pip install onnxruntime`), or copy the folder with `cp -rL` and give its path as `model`"
            }
            EmbedError::Engine { .. } => "`breadth doctor` shows where it was looked for and what was found",
            _ => return None,
        })
    }
}

/// Why one text has no vector; it becomes a reject. Each message is a lower-case fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the message shows")]
pub enum TextError {
    /// `long_text = "refuse"`.
    #[error("expected at most {room} tokens, got {tokens}")]
    TooLong { tokens: usize, room: usize },
    /// Nothing but characters that the tokenizer drops.
    #[error("no tokens: the tokenizer drops every character of the text")]
    NoTokens,
    /// More tokens than can be counted.
    #[error("expected fewer than 2^32 tokens, got {tokens}")]
    Uncountable { tokens: usize },
    /// The tokenizer does not take this text.
    #[error("the tokenizer `{path}` failed: {problem}")]
    Tokenizer { path: PathBuf, problem: String },
    /// NaN or infinity in the model's output.
    #[error("the model `{model}` gave a number that is not finite")]
    NotFinite { model: PathBuf },
    /// The server refuses this text and takes others.
    #[error("the server refused the text: {problem}")]
    Refused { problem: String },
    /// A server's vector holds NaN, infinity or nothing at a place.
    #[error("the server gave a vector with a number that is not finite")]
    ServerNotFinite,
    /// A server's vector without a direction.
    #[error("the server gave a vector of length zero")]
    ServerZeroVector,
    /// A vector without a direction has no cosine.
    #[error("the model `{model}` gave a vector of length zero")]
    ZeroVector { model: PathBuf },
}
