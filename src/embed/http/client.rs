//! The door to the network: one attempt at one request, and what came of it.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::super::{EmbedError, ServerFault};
use super::key::Key;
use super::setup::Setup;
use super::wire::{Answer, Meaning, Wire};

/// A server that takes longer than this to shake hands is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Enough for a server that moves an address on one host.
const MOST_REDIRECTS: usize = 3;
/// What is shown of a server's own words.
const SHOWN: usize = 300;
/// No answer is larger: 2 048 vectors of 4 096 numbers of 20 letters.
const MOST_BYTES: usize = 256 << 20;

/// Why there is no answer, by what to do next.
#[derive(Debug)]
pub(super) enum Fault {
    /// Trying again may help, after that time where the server names one. What was asked is on the bill all the same where
    /// an answer was lost on its way.
    Busy { problem: String, after: Option<Duration>, billed: bool },
    /// Something in it is not taken; with fewer inputs it shows what.
    Refused { problem: String },
    /// The run cannot go on.
    Fatal(EmbedError),
}

/// A client that knows where to send and how to prove who is asking.
pub(super) struct Line {
    client: Client,
    wire: &'static Wire,
    url: String,
    key: Option<Key>,
    /// Whether there has ever been a connection.
    reached: Cell<bool>,
}

impl Line {
    /// Makes ready; sends nothing.
    pub(super) fn new(wire: &'static Wire, setup: &Setup, key: Option<Key>) -> Result<Self, EmbedError> {
        // Refused where someone has chosen before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(key) = &key {
            let (name, value) = key.header(wire.header, wire.provider)?;
            headers.insert(name, value);
        }
        let mut client = Client::builder();
        if is_here(&setup.base_url) {
            client = client.no_proxy();
        }
        let client = client
            .user_agent(concat!("breadth/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(setup.pace.timeout)
            .redirect(Policy::custom(stay))
            .build()
            .map_err(|error| server(wire, ServerFault::Unavailable, told(&error), None))?;
        Ok(Line {
            client,
            wire,
            url: format!("{}/{}", setup.base_url, (wire.path)(setup)),
            key,
            reached: Cell::new(false),
        })
    }

    /// Sends a body and reads the answer.
    pub(super) async fn ask(&self, body: Vec<u8>) -> Result<Answer, Fault> {
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        self.reached.set(true);
        let status = response.status();
        let after = wait_named(response.headers(), SystemTime::now());
        if status.is_redirection() {
            return Err(Fault::Fatal(self.moved(&response)));
        }
        let bytes = self.read_body(response).await?;
        if status.is_success() {
            return self.understood(&bytes);
        }
        Err(self.refusal(status, &bytes, after))
    }

    fn understood(&self, bytes: &[u8]) -> Result<Answer, Fault> {
        parse(self.wire, bytes).map_err(|problem| {
            // Some gateways say OK to everything and mean it as little as this.
            let body: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
            let code = body["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            let status = code.and_then(|code| StatusCode::from_u16(code).ok());
            if let Some(status) = status.filter(|status| status.is_client_error() || status.is_server_error()) {
                return self.refusal(status, bytes, None);
            }
            let problem = if body["error"].is_null() { problem } else { said(&body).unwrap_or(problem) };
            // The parser repeats what it met, however long it is and whatever it holds.
            let problem = self.clean(&problem);
            Fault::Fatal(server(self.wire, ServerFault::Answer, problem, Some(WRONG_ANSWER.to_owned())))
        })
    }

    /// Whether there has ever been a connection.
    pub(super) fn was_reached(&self) -> bool {
        self.reached.get()
    }

    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                let problem = format!("expected an answer of at most {} MB, got more", MOST_BYTES >> 20);
                return Err(Fault::Fatal(server(self.wire, ServerFault::Answer, problem, None)));
            }
        }
        Ok(bytes)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Fault {
        // Without a connection nothing was asked; later the server may have computed what never arrived.
        let asked = !error.is_connect();
        if asked {
            self.reached.set(true);
        }
        Fault::Busy { problem: self.clean(&told(error)), after: None, billed: asked }
    }

    fn moved(&self, response: &Response) -> EmbedError {
        let target = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
        // Only the host: an address may carry what is nobody's business.
        let next = response.url().join(target).ok();
        if next.as_ref().is_some_and(|next| origin(next) == origin(response.url())) {
            let problem =
                format!("{}: the server sends in circles, or on in a way that drops the texts", response.status());
            let way_out = "say in `base_url` where the server answers without sending on".to_owned();
            return server(self.wire, ServerFault::Redirect, problem, Some(way_out));
        }
        let host = next.and_then(|url| url.host_str().map(str::to_owned));
        let host = self.clean(&host.unwrap_or_else(|| "nowhere".to_owned()));
        let problem = format!("the server sends on to `{host}`; the key was not sent there");
        let way_out = "if that is where the server is now, say so in `base_url`".to_owned();
        server(self.wire, ServerFault::Redirect, problem, Some(way_out))
    }

    /// What a refusal means, and what to do about it.
    fn refusal(&self, status: StatusCode, bytes: &[u8], after: Option<Duration>) -> Fault {
        let body: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        let said = said(&body).map(|said| self.clean(&said)).unwrap_or_default();
        let problem = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
        let fatal =
            |fault, problem, way_out: &str| Fault::Fatal(server(self.wire, fault, problem, Some(way_out.to_owned())));
        match (self.wire.meaning)(status.as_u16(), &body) {
            Some(Meaning::Key) => return self.bad_key(status),
            Some(Meaning::Quota(way_out)) => return fatal(ServerFault::Quota, problem, way_out),
            Some(Meaning::Model) => return fatal(ServerFault::Model, problem, NO_MODEL),
            None => {}
        }
        match status.as_u16() {
            401 => self.bad_key(status),
            403 => self.forbidden(status, problem),
            402 => fatal(ServerFault::Quota, problem, "the account has nothing left to spend"),
            404 | 405 | 410 => fatal(ServerFault::Model, problem, NO_MODEL),
            400 | 413 | 422 => Fault::Refused { problem },
            408 | 409 | 425 | 429 | 500.. => {
                Fault::Busy { problem, after: after.or_else(|| wait_in_body(&body)), billed: false }
            }
            _ => fatal(ServerFault::Request, problem, "the server's own words may tell what it misses"),
        }
    }

    /// The server's own words are left out: some repeat a part of the key.
    fn bad_key(&self, status: StatusCode) -> Fault {
        let (problem, way_out) = match &self.key {
            Some(key) => (
                format!("{status}: the key in `{}` is not accepted", key.variable()),
                "check that it is complete, has not expired and may use this model".to_owned(),
            ),
            None => (
                format!("{status}: the server wants a key"),
                "name the environment variable that holds it in `api_key_env`".to_owned(),
            ),
        };
        Fault::Fatal(server(self.wire, ServerFault::Key, problem, Some(way_out)))
    }

    /// The key may be good and the account, the country or the service not: the server says which.
    fn forbidden(&self, status: StatusCode, problem: String) -> Fault {
        let Some(key) = &self.key else { return self.bad_key(status) };
        let way_out = format!("check that the key in `{}` may use this model, and from here", key.variable());
        Fault::Fatal(server(self.wire, ServerFault::Key, problem, Some(way_out)))
    }

    /// A server's words on one line, short, without control characters and without the key.
    fn clean(&self, text: &str) -> String {
        // The key goes first: a cut through it would leave a part that is no longer known for what it is.
        let text = self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.redact(text));
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

const WRONG_ANSWER: &str =
    "check that `base_url` is the part of the address in front of the provider's own path, and that the server embeds";
const NO_MODEL: &str = "check `model` and `base_url`; `breadth list providers` shows what is known";

/// Keys travel with every request, so that a redirect is followed only to where they were sent anyway.
fn stay(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first().map(origin);
    if attempt.previous().len() <= MOST_REDIRECTS
        && first == Some(origin(attempt.url()))
        && keeps_body(attempt.status())
    {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn origin(url: &reqwest::Url) -> (String, Option<String>, Option<u16>) {
    (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default())
}

/// What is on this machine is not asked for through a proxy, which would see texts and key.
fn is_here(url: &str) -> bool {
    let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// Only these send the body again.
fn keeps_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
}

pub(super) fn server(wire: &Wire, fault: ServerFault, problem: String, way_out: Option<String>) -> EmbedError {
    EmbedError::Server { provider: wire.provider, fault, problem, way_out }
}

/// The error and its causes on one line, without the address: it is in the plan.
fn told(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no complete answer in time (`timeout_s`)"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the connection broke off within the answer"
    } else {
        "the connection broke off"
    };
    let mut cause = std::error::Error::source(error);
    let mut last = None;
    while let Some(inner) = cause {
        last = Some(inner.to_string());
        cause = inner.source();
    }
    last.filter(|_| !error.is_timeout()).map_or_else(|| what.to_owned(), |last| format!("{what}: {last}"))
}

/// Reads an answer. Python servers write `NaN` and `Infinity` where JSON has no word: they become null.
fn parse(wire: &Wire, bytes: &[u8]) -> Result<Answer, String> {
    let first = match (wire.read)(bytes) {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let text = String::from_utf8_lossy(bytes);
    if text.contains("NaN") || text.contains("Infinity") {
        let mended = text.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null");
        if let Ok(answer) = (wire.read)(mended.as_bytes()) {
            return Ok(answer);
        }
    }
    Err(format!("expected vectors as JSON, got something else: {first}"))
}

/// What a server says about a refusal, wherever it says it.
fn said(body: &Value) -> Option<String> {
    let places = [&body["error"]["message"], &body["message"], &body["detail"], &body["error"]];
    let found = places.into_iter().find(|place| !place.is_null())?;
    Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

/// `retry-after-ms`, or `retry-after` in seconds or as a date.
fn wait_named(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"));
    if let Some(seconds) = seconds {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text("retry-after")?).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Gemini names the time to wait in the body: `"retryDelay": "37s"`.
fn wait_in_body(body: &Value) -> Option<Duration> {
    let details = body["error"]["details"].as_array()?;
    let delay = details.iter().find_map(|detail| detail["retryDelay"].as_str())?;
    Duration::try_from_secs_f64(delay.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_names_the_time_to_wait_in_four_ways() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        let wait = |name: &'static str, value: &'static str| {
            wait_named(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]), now)
        };
        assert_eq!(wait("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(wait("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-3"), None);
        let body = json!({"error": {"details": [{"retryDelay": "37.5s"}]}});
        assert_eq!(wait_in_body(&body), Some(Duration::from_millis(37_500)));
    }

    #[test]
    fn what_is_no_number_is_null() {
        let answer = parse(&super::super::openai::WIRE, br#"{"data":[{"index":0,"embedding":[1.0,NaN,-Infinity]}]}"#);
        assert_eq!(answer.unwrap().vectors, [(Some(0), vec![Some(1.0), None, None])]);
        assert!(parse(&super::super::openai::WIRE, b"<html>NaN</html>").unwrap_err().contains("expected vectors"));
    }

    /// A line to nowhere, with this key.
    fn line(key: &str) -> Line {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = Key::find(&["A".to_owned()], |_| Some(key.to_owned()));
        let wire = &super::super::openai::WIRE;
        Line { client: Client::new(), wire, url: String::new(), key, reached: Cell::new(false) }
    }

    #[test]
    fn what_is_cut_off_of_a_servers_words_leaves_no_part_of_the_key() {
        let line = line("sk-hush-hush-hush");
        for before in 0..SHOWN + 2 {
            let shown = line.clean(&format!("{} sk-hush-hush-hush", "x".repeat(before)));
            assert!(!shown.contains("sk") && shown.chars().count() <= SHOWN, "{before}: {shown}");
        }
    }

    #[test]
    fn an_answer_that_is_none_is_told_shortly_and_without_the_key() {
        let line = line("sk-hush");
        for further in ["", &"x".repeat(5000)] {
            let body = json!({ "data": format!("you sent sk-hush{further}") }).to_string();
            let shown = format!("{:?}", line.understood(body.as_bytes()).unwrap_err());
            assert!(shown.contains("got something else") && !shown.contains("hush"), "{shown}");
            assert!(shown.len() < 2 * SHOWN, "{shown}");
        }
    }

    #[test]
    fn a_refusal_speaks_wherever_it_likes() {
        assert_eq!(said(&json!({"error": {"message": "a"}})).unwrap(), "a");
        assert_eq!(said(&json!({"message": "b"})).unwrap(), "b");
        assert_eq!(said(&json!({"detail": "c"})).unwrap(), "c");
        assert_eq!(said(&json!({"error": "d"})).unwrap(), "d");
        assert_eq!(said(&json!(["e"])), None);
    }
}
