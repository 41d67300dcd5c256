//! From what a plan says to what is sent: the address, the model's limits, the pace.

use std::time::Duration;

use reqwest::Url;

use super::super::{Problem, Request};
use super::key::Key;
use super::known::{self, KnownModel};
use super::wire::Wire;

/// What a plan may say about a provider that everyone shares and that is told what vectors are for.
pub(super) const REMOTE_OPTIONS: &[&str] = &[
    "dimensions",
    "prefix",
    "task",
    "window",
    "tokenizer",
    "base_url",
    "api_key_env",
    "inputs_per_request",
    "tokens_per_request",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_s",
    "max_attempts",
    "price_per_million_tokens",
];
/// And about OpenAI, which is not told.
pub(super) const OPENAI_OPTIONS: &[&str] = &[
    "dimensions",
    "prefix",
    "window",
    "tokenizer",
    "base_url",
    "api_key_env",
    "inputs_per_request",
    "tokens_per_request",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_s",
    "max_attempts",
    "price_per_million_tokens",
];
/// And about a server of one's own.
pub(super) const SELF_SERVED_OPTIONS: &[&str] = &[
    "base_url",
    "dimensions",
    "window",
    "prefix",
    "tokenizer",
    "revision",
    "api_key_env",
    "send_dimensions",
    "inputs_per_request",
    "tokens_per_request",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_s",
    "max_attempts",
    "price_per_million_tokens",
];

/// Enough to hide the latency of a request, and below what the smallest paid tiers allow.
const CONCURRENCY: usize = 4;
/// A full request of 300 000 tokens takes a minute on a slow day.
const TIMEOUT_S: usize = 120;
/// With waits of 0.5, 1, 2, 4 and 8 seconds between them, where the server names none.
const MAX_ATTEMPTS: usize = 6;

/// Everything that is sent, or decides how.
#[derive(Debug)]
pub(super) struct Setup {
    pub model: String,
    /// Without a slash at its end.
    pub base_url: String,
    pub dimension: usize,
    /// The length to ask for, where it is not what the model gives by itself.
    pub asked_dimension: Option<usize>,
    pub task: Option<String>,
    /// Tokens of an input.
    pub window: usize,
    /// Inputs of a request.
    pub inputs: usize,
    /// Tokens of a request.
    pub tokens: usize,
    pub pace: Pace,
    /// US dollars per million tokens; null where nothing is known of a price.
    pub price: Option<f64>,
    /// Environment variables that may hold the key.
    pub keys: Vec<String>,
    /// Whether it makes no sense to ask without a key.
    pub needs_key: bool,
}

/// How fast, how often, how long.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    pub concurrency: usize,
    pub requests_per_minute: Option<usize>,
    pub tokens_per_minute: Option<usize>,
    /// Whether each input counts as a request.
    pub items_are_requests: bool,
    pub timeout: Duration,
    pub max_attempts: usize,
}

impl Setup {
    /// What a request comes to, or everything that is wrong with it.
    pub(super) fn new(wire: &'static Wire, request: &Request) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let options = &request.options;
        let known = known::model(wire.provider, &request.model);
        let provider = known::provider(wire.provider);
        let base_url = base_url(options.text("base_url"), provider.and_then(|known| known.base_url.as_deref()));
        let base_url = base_url.unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        });
        let (dimension, asked_dimension) = dimension(wire, request, known, &mut problems);
        let window = options.whole("window").or(known.map(|known| known.window));
        if window.is_none() {
            problems.push(unknown(wire, &request.model, "window"));
        }
        let window = window.unwrap_or_default();
        let tokens_per_minute = options.whole("tokens_per_minute");
        let listed = known.and_then(|known| known.tokens).or(provider.map(|known| known.tokens));
        // A window that was said to be larger makes room for itself.
        let tokens = options.whole("tokens_per_request").unwrap_or_else(|| listed.unwrap_or_default().max(window));
        if window > tokens_per_minute.unwrap_or(usize::MAX).min(tokens) {
            problems.push(Problem {
                key: if options.whole("tokens_per_request").is_some() {
                    "tokens_per_request"
                } else {
                    "tokens_per_minute"
                },
                message: format!("expected at least the {window} tokens of the window, since one text may be as long"),
                hint: Some("a smaller `window` makes smaller chunks".to_owned()),
            });
        }
        problems.extend(options.text("api_key_env").and_then(not_a_variable));
        if !problems.is_empty() {
            return Err(problems);
        }
        let named = options.text("api_key_env").map(|name| vec![name.to_owned()]);
        let needs_key = named.is_some() || provider.is_some_and(|known| !known.keys.is_empty());
        let listed = known.and_then(|known| known.inputs).or(provider.map(|known| known.inputs));
        Ok(Setup {
            model: request.model.clone(),
            base_url,
            dimension,
            asked_dimension,
            task: options.text("task").or(wire.task).map(str::to_owned),
            window,
            inputs: options.whole("inputs_per_request").or(listed).unwrap_or(1),
            tokens: tokens.min(tokens_per_minute.unwrap_or(usize::MAX)),
            pace: Pace {
                concurrency: options.whole("concurrency").unwrap_or(CONCURRENCY),
                requests_per_minute: options.whole("requests_per_minute"),
                tokens_per_minute,
                items_are_requests: provider.is_some_and(|known| known.items_are_requests),
                timeout: Duration::from_secs(options.whole("timeout_s").unwrap_or(TIMEOUT_S) as u64),
                max_attempts: options.whole("max_attempts").unwrap_or(MAX_ATTEMPTS),
            },
            price: options.number("price_per_million_tokens").or(known.and_then(|known| known.price)),
            keys: named.unwrap_or_else(|| provider.map(|known| known.keys.clone()).unwrap_or_default()),
            needs_key,
        })
    }

    /// The key, where there is one.
    pub(super) fn key(&self) -> Option<Key> {
        Key::find(&self.keys, |name| std::env::var(name).ok())
    }

    /// US dollars for so many tokens; nothing where no price is known.
    pub(super) fn cost(&self, tokens: u64) -> f64 {
        self.price.unwrap_or(0.0) * tokens as f64 / 1e6
    }
}

/// Whoever writes the key itself where its variable belongs is told so, without the key.
fn not_a_variable(name: &str) -> Option<Problem> {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (name.is_empty() || !name.chars().all(fits)).then(|| Problem {
        key: "api_key_env",
        message: "expected the name of an environment variable, in capital letters, in `embedder.api_key_env`"
            .to_owned(),
        hint: Some("a key belongs into the environment: `export MY_KEY=…` and `api_key_env = \"MY_KEY\"`".to_owned()),
    })
}

/// The plan's address or the provider's own.
fn base_url(given: Option<&str>, own: Option<&str>) -> Result<String, Problem> {
    let problem = |message: String| Problem {
        key: "base_url",
        message,
        hint: Some(
            "for example `base_url = \"http://127.0.0.1:8080/v1\"`, the part in front of `/embeddings`".to_owned(),
        ),
    };
    let Some(text) = given.or(own) else {
        return Err(problem("`embedder.base_url` is missing".to_owned()));
    };
    // The address itself is not repeated in messages: it may hold a password.
    let url =
        Url::parse(text).map_err(|error| problem(format!("expected an address in `embedder.base_url`: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(problem(
            "expected a plain address in `embedder.base_url`, got one with a user, a password, a query or a fragment; keys come from the environment"
                .to_owned(),
        ));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(problem("expected an address with http or https in `embedder.base_url`".to_owned()));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The length of a vector, and the one to ask for.
fn dimension(
    wire: &Wire,
    request: &Request,
    known: Option<&KnownModel>,
    problems: &mut Vec<Problem>,
) -> (usize, Option<usize>) {
    let given = request.options.whole("dimensions");
    let asked = request.options.flag("send_dimensions").then_some(given).flatten();
    match (known, given) {
        (Some(known), None) => (known.dimension, None),
        (Some(known), Some(given)) if given == known.dimension => (given, None),
        (Some(known), Some(given)) => {
            let allowed = known.dimensions.as_ref();
            if !allowed.is_some_and(|allowed| allowed.allow(given)) {
                let expected = allowed.map_or_else(|| known.dimension.to_string(), super::known::Dimensions::describe);
                let message = format!("expected {expected} in `embedder.dimensions` for `{}`, got {given}", known.name);
                problems.push(Problem { key: "dimensions", message, hint: None });
            }
            (given, Some(given))
        }
        // A provider with models of its own takes the length that it is asked for.
        (None, Some(given)) if wire.self_served => (given, asked),
        (None, Some(given)) => (given, Some(given)),
        (None, None) => {
            problems.push(unknown(wire, &request.model, "dimensions"));
            (0, None)
        }
    }
}

/// A model that the table does not have needs to be described.
fn unknown(wire: &Wire, model: &str, key: &'static str) -> Problem {
    let names: Vec<&str> =
        known::models().filter(|known| known.provider == wire.provider).map(|known| known.name.as_str()).collect();
    let hint = if names.is_empty() {
        format!("`{key}` says what the server's model has; its model card tells")
    } else {
        format!(
            "known models of `{}`: {}; for another one say `window` and `dimensions`",
            wire.provider,
            names.join(", ")
        )
    };
    Problem {
        key: if names.is_empty() { key } else { "model" },
        message: format!("`embedder.{key}` is missing, and nothing is known of the model `{model}`"),
        hint: Some(hint),
    }
}
