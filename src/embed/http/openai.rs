//! `openai`: text-embedding-3-small and its siblings.

use serde_json::{Map, Value, json};

use super::super::Provider;
use super::key::Header;
use super::setup::{OPENAI_OPTIONS, Setup};
use super::wire::{Meaning, Wire, read_openai};
use super::{card, open_with, problems_with};

/// The entry of the registry.
pub(in super::super) static PROVIDER: Provider = Provider {
    card: card(
        "openai",
        "OpenAI embeddings API",
        "text-embedding-3-small and -large; tokens are counted with the models' own tokenizer. Key: OPENAI_API_KEY.",
        "https://platform.openai.com/docs/api-reference/embeddings",
    ),
    options: OPENAI_OPTIONS,
    problems: |request| problems_with(&WIRE, request),
    open: |request| open_with(&WIRE, request),
};

pub(super) static WIRE: Wire = Wire {
    provider: "openai",
    header: Header::Bearer,
    self_served: false,
    has_batches: true,
    version: 1,
    path: |_| "embeddings".to_owned(),
    body,
    read: read_openai,
    meaning,
    task: None,
};

/// The body of a request, in the words that OpenAI-compatible servers take too.
pub(super) fn body(setup: &Setup, inputs: &[&str]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(setup.model));
    body.insert("input".to_owned(), json!(inputs));
    body.insert("encoding_format".to_owned(), json!("float"));
    if let Some(dimension) = setup.asked_dimension {
        body.insert("dimensions".to_owned(), json!(dimension));
    }
    Value::Object(body)
}

/// A used-up account answers with the status of a busy server.
pub(super) fn meaning(_: u16, body: &Value) -> Option<Meaning> {
    let error = &body["error"];
    let says = |word: &str| error["code"] == word || error["type"] == word;
    if says("insufficient_quota") || says("billing_hard_limit_reached") {
        return Some(Meaning::Quota(
            "add credit or raise the limit at https://platform.openai.com/settings/organization/billing",
        ));
    }
    says("model_not_found").then_some(Meaning::Model)
}
