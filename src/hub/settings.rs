//! What the environment says about the hub, in the words of `huggingface_hub`: where it is, where its cache is, who asks.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::Cache;
use secrecy::{ExposeSecret, SecretString};

use super::HubError;

/// Where the hub is unless `HF_ENDPOINT` says otherwise.
const HUB: &str = "https://huggingface.co";
/// A connection that is silent for so long is dead.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Looks up an environment variable; empty ones count as not set.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The hub and this machine's cache of it.
#[derive(Debug, Clone)]
pub struct Hub {
    pub(super) cache: Cache,
    pub(super) endpoint: String,
    pub(super) offline: bool,
    pub(super) token: Option<Token>,
    /// How long it may stay silent.
    pub(super) timeout: Duration,
}

/// Proves who is asking. Has no `Display`, and its `Debug` says only where it was found.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    /// The variable or file that it came from.
    pub place: String,
}

impl Token {
    /// The header's value.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.secret.expose_secret())
    }

    /// `text` without the token, should a server send it back.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(self.secret.expose_secret(), "[token]")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(from {})", self.place)
    }
}

impl Hub {
    /// As the environment has it.
    ///
    /// # Errors
    /// When there is no place for a cache.
    pub fn from_env() -> Result<Self, HubError> {
        Self::from_lookup(&|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    /// As a made-up environment has it.
    pub(super) fn from_lookup(lookup: Lookup) -> Result<Self, HubError> {
        let text = |name: &str| lookup(name).map(|value| value.to_string_lossy().trim().to_owned());
        let home = home(lookup)?;
        let folder = lookup("HF_HUB_CACHE").or_else(|| lookup("HUGGINGFACE_HUB_CACHE"));
        let cache = Cache::new(folder.map_or_else(|| home.join("hub"), PathBuf::from));
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| HUB.to_owned());
        let offline =
            ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].iter().any(|name| text(name).is_some_and(|value| is_on(&value)));
        let seconds = text("HF_HUB_DOWNLOAD_TIMEOUT").and_then(|text| text.parse().ok()).filter(|&seconds| seconds > 0);
        let timeout = seconds.map_or(TIMEOUT, Duration::from_secs);
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Ok(Hub { cache, endpoint, offline, token: token(lookup, &home), timeout })
    }

    /// Where it is, where its cache is and whether a token is at hand, on one line.
    #[must_use]
    pub fn describe(&self) -> String {
        let token =
            self.token.as_ref().map_or_else(|| "no token".to_owned(), |token| format!("token from {}", token.place));
        let offline = if self.offline { ", switched off by HF_HUB_OFFLINE" } else { "" };
        format!("{}{offline}, {token}, cache `{}`", self.shown(), self.cache.path().display())
    }

    /// The hub's address for messages: without what may be a password.
    pub(super) fn shown(&self) -> String {
        match (self.endpoint.split_once("://"), self.endpoint.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => self.endpoint.clone(),
        }
    }

    /// Where the cache is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.cache.path()
    }
}

fn home(lookup: Lookup) -> Result<PathBuf, HubError> {
    if let Some(home) = lookup("HF_HOME") {
        return Ok(PathBuf::from(home));
    }
    let cache = lookup("XDG_CACHE_HOME").map(PathBuf::from);
    let user = || lookup("HOME").or_else(|| lookup("USERPROFILE")).map(|home| PathBuf::from(home).join(".cache"));
    Ok(cache.or_else(user).ok_or(HubError::Homeless)?.join("huggingface"))
}

fn token(lookup: Lookup, home: &Path) -> Option<Token> {
    if lookup("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some_and(|value| is_on(&value.to_string_lossy())) {
        return None;
    }
    for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
        let value = lookup(name).map(|value| value.to_string_lossy().trim().to_owned());
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            return Some(Token { secret: value.into(), place: format!("`{name}`") });
        }
    }
    let path = lookup("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
    // No file means no token: that is how most machines are.
    let text = fs::read_to_string(&path).ok()?.trim().to_owned();
    (!text.is_empty()).then(|| Token { secret: text.into(), place: format!("`{}`", path.display()) })
}

/// What counts as *yes* in the hub's variables.
fn is_on(value: &str) -> bool {
    matches!(value.to_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
}
