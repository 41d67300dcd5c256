//! Why a model did not come from the hub. Each message fits after *failed to*.

use std::io;
use std::path::PathBuf;

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was asked for does not exist or makes no sense.
    Mistake,
    /// The hub cannot be had, or not by us.
    Unavailable,
    /// This machine did not do its part.
    Unexpected,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the message shows")]
pub enum HubError {
    /// Not a model's name.
    #[error("make sense of the model name `{given}`: {problem}")]
    Name { given: String, problem: String },
    /// The hub does not know it, or does not show it.
    #[error("find `{model}` at {hub}: no such repository, or a private one")]
    NoRepository { model: String, hub: String, token: bool },
    /// The repository has no such branch, tag or commit.
    #[error("find the revision `{revision}` of `{model}`")]
    NoRevision { model: String, revision: String },
    /// Its terms have to be accepted first.
    #[error("pull `{model}`: its owner lets in only who has accepted the terms")]
    Gated { model: String, hub: String, token: bool },
    /// The hub does not take the token.
    #[error("pull `{model}`: {hub} does not accept the token from {place}")]
    Token { model: String, hub: String, place: String },
    /// Nothing in it that could be run.
    #[error("find an ONNX file in `{model}`: it holds {there}")]
    NoOnnx { model: String, there: String },
    /// Not the one that was asked for.
    #[error("find {wanted} in `{model}`: its ONNX files are {there}")]
    NoVariant { model: String, wanted: String, there: String },
    /// `HF_HUB_OFFLINE` is set.
    #[error("pull `{model}`: `HF_HUB_OFFLINE` forbids to ask the hub")]
    Offline { model: String },
    /// No answer.
    #[error("reach {hub}: {problem}")]
    Unreachable { hub: String, problem: String },
    /// The connection broke again and again.
    #[error("download `{file}`: {problem}, after {done} of {size} bytes")]
    Broken { file: String, problem: String, done: u64, size: u64 },
    /// Something other than what the hub promised.
    #[error("download `{file}`: expected {algorithm} {expected}, got {got}; what came was removed")]
    Checksum { file: String, algorithm: &'static str, expected: String, got: String },
    /// An answer that makes no sense.
    #[error("understand {hub}: {problem}")]
    Strange { hub: String, problem: String },
    /// The disk.
    #[error("write `{path}`")]
    Disk { path: PathBuf, source: io::Error },
    /// The disk, when reading.
    #[error("read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    /// No home folder, and nothing said about another place.
    #[error("find the hub's cache: neither `HF_HOME` nor a home folder is set")]
    Homeless,
}

impl HubError {
    /// Whose move it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            HubError::Name { .. }
            | HubError::NoRepository { .. }
            | HubError::NoRevision { .. }
            | HubError::NoOnnx { .. }
            | HubError::NoVariant { .. } => Kind::Mistake,
            HubError::Gated { .. }
            | HubError::Token { .. }
            | HubError::Offline { .. }
            | HubError::Unreachable { .. }
            | HubError::Broken { .. }
            | HubError::Checksum { .. }
            | HubError::Strange { .. } => Kind::Unavailable,
            HubError::Disk { .. } | HubError::Read { .. } | HubError::Homeless => Kind::Unexpected,
        }
    }

    /// What to try next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            HubError::Name { .. } => "for example `breadth models pull BAAI/bge-small-en-v1.5`".to_owned(),
            HubError::NoRepository { token: false, .. } => {
                "check the spelling; for a private repository set `HF_TOKEN`".to_owned()
            }
            HubError::NoRepository { .. } => {
                "check the spelling, and that the token may read it; `breadth list models` shows models that work".to_owned()
            }
            HubError::NoRevision { model, .. } => {
                format!("leave it out for the newest, or see the branches and tags of `{model}` on the hub")
            }
            HubError::Gated { model, hub, token: false } => {
                format!("accept the terms at {hub}/{model}, then set `HF_TOKEN` to a token of that account")
            }
            HubError::Gated { model, hub, .. } => {
                format!("accept the terms at {hub}/{model} with the account of the token")
            }
            HubError::Token { .. } => "make a new one in the account's settings; it needs leave to read".to_owned(),
            HubError::NoOnnx { .. } => {
                "look for an ONNX export of the model (many are under `onnx-community/` and `Xenova/`), or export it with `optimum-cli export onnx`"
                    .to_owned()
            }
            HubError::NoVariant { .. } => "give `--variant` one of these files".to_owned(),
            HubError::Offline { .. } => "unset it, or bring the model's folder by other means".to_owned(),
            HubError::Unreachable { .. } => {
                "check the network and `HF_ENDPOINT`; behind a proxy set `HTTPS_PROXY`".to_owned()
            }
            HubError::Broken { .. } => "run the same command again: it goes on where this one stopped".to_owned(),
            HubError::Checksum { .. } => "run the same command again; if it repeats, the hub or something in between is broken".to_owned(),
            HubError::Strange { .. } => "check that `HF_ENDPOINT` is the address of a Hugging Face hub or a full mirror".to_owned(),
            HubError::Disk { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "make room, or set `HF_HOME` to a folder on a larger disk; what has come is kept".to_owned()
            }
            HubError::Disk { .. } | HubError::Homeless => "set `HF_HOME` to a folder that you may write to".to_owned(),
            HubError::Read { .. } => return None,
        })
    }
}
