//! `cohere`: embed-v4.0 and the v3 models.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Provider;
use super::key::Header;
use super::setup::{REMOTE_OPTIONS, Setup};
use super::wire::{Answer, Meaning, Numbers, Wire, count};
use super::{card, open_with, problems_with};

/// The entry of the registry.
pub(in super::super) static PROVIDER: Provider = Provider {
    card: card(
        "cohere",
        "Cohere embed API",
        "embed-v4.0 and the v3 models through /v2/embed; `task` (input_type) defaults to clustering. Tokens are estimated. Key: COHERE_API_KEY.",
        "https://docs.cohere.com/reference/embed",
    ),
    options: REMOTE_OPTIONS,
    problems: |request| problems_with(&WIRE, request),
    open: |request| open_with(&WIRE, request),
};

pub(super) static WIRE: Wire = Wire {
    provider: "cohere",
    header: Header::Bearer,
    self_served: false,
    has_batches: false,
    version: 1,
    path: |_| "embed".to_owned(),
    body,
    read,
    meaning,
    task: Some("clustering"),
};

fn body(setup: &Setup, inputs: &[&str]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(setup.model));
    body.insert("texts".to_owned(), json!(inputs));
    body.insert("input_type".to_owned(), json!(setup.task));
    body.insert("embedding_types".to_owned(), json!(["float"]));
    // What is too long shall be an error: cutting is our business.
    body.insert("truncate".to_owned(), json!("NONE"));
    if let Some(dimension) = setup.asked_dimension {
        body.insert("output_dimension".to_owned(), json!(dimension));
    }
    Value::Object(body)
}

#[derive(Deserialize)]
struct CohereAnswer {
    embeddings: CohereVectors,
    meta: Option<CohereMeta>,
}

#[derive(Deserialize)]
struct CohereVectors {
    float: Vec<Numbers>,
}

#[derive(Deserialize)]
struct CohereMeta {
    billed_units: Option<CohereUnits>,
}

#[derive(Deserialize)]
struct CohereUnits {
    #[serde(default)]
    input_tokens: Value,
}

fn read(bytes: &[u8]) -> serde_json::Result<Answer> {
    let answer: CohereAnswer = serde_json::from_slice(bytes)?;
    let units = answer.meta.and_then(|meta| meta.billed_units);
    Ok(Answer {
        vectors: answer.embeddings.float.into_iter().map(|numbers| (None, numbers)).collect(),
        billed_tokens: units.and_then(|units| count(&units.input_tokens)),
    })
}

/// A trial key that has used up its month answers with the status of a busy server.
fn meaning(status: u16, body: &Value) -> Option<Meaning> {
    let message = body["message"].as_str().unwrap_or_default().to_lowercase();
    let monthly = message.contains("/ month") || message.contains("per month");
    (status == 429 && monthly).then_some(Meaning::Quota(
        "a trial key has a limited number of calls a month: get a production key at https://dashboard.cohere.com/api-keys",
    ))
}
