//! The door to the hub: what a repository holds, and the bytes of a file from a place on.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_RANGE, HeaderMap, HeaderValue, LOCATION, RANGE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

use super::digest::Digest;
use super::name::{is_commit, is_hex};
use super::settings::Token;
use super::{Hub, HubError, ModelName};

/// A hub that takes longer than this to shake hands is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The hub sends to its store in one step; renamed repositories cost another.
const MOST_REDIRECTS: usize = 5;
/// No list of files is longer.
const MOST_LISTED: usize = 64 << 20;
/// What is shown of a server's own words.
const SHOWN: usize = 200;

/// A repository at one commit.
#[derive(Debug)]
pub(super) struct Listing {
    pub commit: String,
    pub files: Vec<RemoteFile>,
}

/// A file that the hub promises.
#[derive(Debug)]
pub(super) struct RemoteFile {
    pub path: String,
    pub size: u64,
    pub digest: Digest,
}

/// Why there is no answer, by what to do next.
#[derive(Debug)]
pub(super) enum Fault {
    /// Trying again may help, after that time where the hub names one.
    Busy { problem: String, after: Option<Duration> },
    /// Trying again does not help.
    Final(HubError),
}

/// Where the bytes that follow belong.
pub(super) enum Piece<'a> {
    /// The hub begins at the beginning, whatever was asked for.
    Restart,
    /// The next bytes.
    Bytes(&'a [u8]),
}

/// A connection to the hub.
pub(super) struct Remote<'a> {
    hub: &'a Hub,
    base: Url,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Remote<'a> {
    /// Makes ready; sends nothing.
    pub(super) fn new(hub: &'a Hub) -> Result<Self, HubError> {
        // Refused where someone has chosen before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let unreachable = |problem: String| HubError::Unreachable { hub: hub.shown(), problem };
        let base = Url::parse(&hub.endpoint).map_err(|error| unreachable(format!("`HF_ENDPOINT`: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(unreachable("expected an address with http or https in `HF_ENDPOINT`".to_owned()));
        }
        let client = Client::builder()
            .user_agent(concat!("breadth/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(hub.timeout)
            // Redirects are followed by hand, since the token may go to the hub only.
            .redirect(Policy::none())
            .build()
            .map_err(|error| unreachable(told(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Remote { hub, base, client, runtime: runtime.map_err(|error| unreachable(error.to_string()))? })
    }

    /// What the repository holds at the revision of `name`.
    pub(super) fn listing(&self, name: &ModelName) -> Result<Listing, Fault> {
        let (org, model) = name.id().split_once('/').unwrap_or_default();
        let mut url = self.address(&["api", "models", org, model, "revision", name.revision()]);
        url.set_query(Some("blobs=true"));
        self.runtime.block_on(async {
            let mut response = self.accepted(name, self.send(&url, 0).await?)?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| self.broke(&error))? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > MOST_LISTED {
                    return Err(self.strange("its list of files does not end"));
                }
            }
            let value =
                serde_json::from_slice(&bytes).map_err(|_| self.strange("expected JSON, got something else"))?;
            read_listing(&value).map_err(|problem| self.strange(problem))
        })
    }

    /// Hands the bytes of a file to `take`, from byte `from` on. May end early without an error.
    pub(super) fn stream(
        &self,
        name: &ModelName,
        (commit, path): (&str, &str),
        from: u64,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), HubError>,
    ) -> Result<(), Fault> {
        let (org, model) = name.id().split_once('/').unwrap_or_default();
        let mut segments = vec![org, model, "resolve", commit];
        segments.extend(path.split('/'));
        let url = self.address(&segments);
        self.runtime.block_on(async {
            let response = self.send(&url, from).await?;
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                take(Piece::Restart).map_err(Fault::Final)?;
                return Err(Fault::Busy { problem: "the hub has no such part of the file".to_owned(), after: None });
            }
            let mut response = self.accepted(name, response)?;
            if from > 0 && begins_at(&response) != Some(from) {
                take(Piece::Restart).map_err(Fault::Final)?;
                if response.status() == StatusCode::PARTIAL_CONTENT {
                    let problem = "the hub sent another part of the file than was asked for".to_owned();
                    return Err(Fault::Busy { problem, after: None });
                }
            }
            while let Some(chunk) = response.chunk().await.map_err(|error| self.broke(&error))? {
                take(Piece::Bytes(&chunk)).map_err(Fault::Final)?;
            }
            Ok(())
        })
    }

    fn address(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// One request, with redirects. The token is shown to the hub and to nobody that it sends to.
    async fn send(&self, url: &Url, from: u64) -> Result<Response, Fault> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.client.get(url.clone());
            if self.is_hub(&url)
                && let Some(token) = &self.hub.token
            {
                request = request.header(AUTHORIZATION, self.proof(token)?);
            }
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            let response = request.send().await.map_err(|error| self.broke(&error))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next =
                next.and_then(|next| url.join(next).ok()).ok_or_else(|| self.strange("it sends on to nowhere"))?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(self.strange("it sends on to an address without encryption"));
            }
            url = next;
        }
        Err(self.strange("it sends on and on"))
    }

    fn proof(&self, token: &Token) -> Result<HeaderValue, Fault> {
        let mut value = HeaderValue::from_str(&token.bearer()).map_err(|_| {
            self.strange(&format!("the token from {} holds characters that no request can carry", token.place))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn is_hub(&self, url: &Url) -> bool {
        let origin =
            |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
        origin(url) == origin(&self.base)
    }

    /// The response, if it is what was asked for; else what the refusal means.
    fn accepted(&self, name: &ModelName, response: Response) -> Result<Response, Fault> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let word = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (code, said) = (word("x-error-code").unwrap_or_default(), word("x-error-message").unwrap_or_default());
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let problem = format!("it answered {status} {}", self.clean(&said)).trim_end().to_owned();
        // The store behind the hub refuses when an address has expired; the hub gives a new one.
        if status.is_server_error() || matches!(status.as_u16(), 408 | 429) || !self.is_hub(response.url()) {
            return Err(Fault::Busy { problem, after: after.map(Duration::from_secs) });
        }
        Err(Fault::Final(self.refusal(name, status.as_u16(), &code, problem)))
    }

    /// The hub hides what is private: who has not said who they are gets 401 for what does not exist, too.
    fn refusal(&self, name: &ModelName, status: u16, code: &str, problem: String) -> HubError {
        let (model, hub) = (name.id().to_owned(), self.hub.shown());
        let token = self.hub.token.as_ref();
        match (status, code) {
            (_, "RevisionNotFound") => HubError::NoRevision { model, revision: name.revision().to_owned() },
            (_, "GatedRepo") | (403, _) => HubError::Gated { model, hub, token: token.is_some() },
            (_, "RepoNotFound") | (404, "") => HubError::NoRepository { model, hub, token: token.is_some() },
            (401, _) => match token {
                Some(token) => HubError::Token { model, hub, place: token.place.clone() },
                None => HubError::NoRepository { model, hub, token: false },
            },
            _ => HubError::Strange { hub, problem },
        }
    }

    fn broke(&self, error: &reqwest::Error) -> Fault {
        Fault::Busy { problem: self.clean(&told(error)), after: None }
    }

    fn strange(&self, problem: &str) -> Fault {
        Fault::Final(HubError::Strange { hub: self.hub.shown(), problem: problem.to_owned() })
    }

    /// A server's words on one line, short and without the token.
    fn clean(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
        self.hub.token.as_ref().map_or(line.clone(), |token| token.redact(&line))
    }
}

/// The byte that a partial answer begins with; a whole answer has none.
fn begins_at(response: &Response) -> Option<u64> {
    let headers: &HeaderMap = response.headers();
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok().filter(|_| response.status() == StatusCode::PARTIAL_CONTENT)
}

fn read_listing(value: &Value) -> Result<Listing, &'static str> {
    let commit = value["sha"].as_str().filter(|sha| is_commit(sha)).ok_or("expected a commit in `sha`, got none")?;
    let siblings = value["siblings"].as_array().ok_or("expected a list of files in `siblings`, got none")?;
    let mut files = Vec::new();
    for sibling in siblings {
        // Names that no model needs, or that lead elsewhere, are passed over.
        let Some(path) = sibling["rfilename"].as_str().filter(|path| is_plain(path)) else { continue };
        let promised = |digest: &Value, length: usize| {
            digest.as_str().filter(|text| text.len() == length && is_hex(text)).map(str::to_owned)
        };
        let large = promised(&sibling["lfs"]["sha256"], 64).map(Digest::Sha256);
        let digest = large.or_else(|| promised(&sibling["blobId"], 40).map(Digest::GitBlob));
        let size = sibling["lfs"]["size"].as_u64().or_else(|| sibling["size"].as_u64());
        let (Some(digest), Some(size)) = (digest, size) else {
            return Err("expected a size and a checksum for each file, got a file without");
        };
        files.push(RemoteFile { path: path.to_owned(), size, digest });
    }
    Ok(Listing { commit: commit.to_owned(), files })
}

/// Whether a path stays in its folder on every system.
fn is_plain(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']);
    path.split('/').all(part) && !path.chars().any(char::is_control)
}

/// The error and its last cause on one line, without the address: it may carry a signature.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time (`HF_HUB_DOWNLOAD_TIMEOUT` sets how many seconds to wait)".to_owned();
    }
    let what = if error.is_connect() { "no connection" } else { "the connection broke off" };
    let mut cause = std::error::Error::source(error);
    let mut last = None;
    while let Some(inner) = cause {
        last = Some(inner.to_string());
        cause = inner.source();
    }
    last.map_or_else(|| what.to_owned(), |last| format!("{what}: {last}"))
}
