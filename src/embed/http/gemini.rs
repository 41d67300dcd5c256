//! `gemini`: gemini-embedding-001.

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
        "gemini",
        "Gemini embeddings API",
        "gemini-embedding-001 through batchEmbedContents; `task` defaults to SEMANTIC_SIMILARITY. Vectors below 3072 numbers come \
         unnormalized and are normalized here. Its tokenizer is not public: tokens are estimated. Key: GEMINI_API_KEY.",
        "https://ai.google.dev/api/embeddings",
    ),
    options: REMOTE_OPTIONS,
    problems: |request| problems_with(&WIRE, request),
    open: |request| open_with(&WIRE, request),
};

pub(super) static WIRE: Wire = Wire {
    provider: "gemini",
    header: Header::Named("x-goog-api-key"),
    self_served: false,
    has_batches: false,
    version: 1,
    path: |setup| format!("models/{}:batchEmbedContents", setup.model),
    body,
    read,
    meaning,
    task: Some("SEMANTIC_SIMILARITY"),
};

fn body(setup: &Setup, inputs: &[&str]) -> Value {
    let requests = inputs.iter().map(|input| {
        let mut request = Map::new();
        request.insert("model".to_owned(), json!(format!("models/{}", setup.model)));
        request.insert("content".to_owned(), json!({ "parts": [{ "text": input }] }));
        if let Some(task) = &setup.task {
            request.insert("taskType".to_owned(), json!(task));
        }
        if let Some(dimension) = setup.asked_dimension {
            request.insert("outputDimensionality".to_owned(), json!(dimension));
        }
        Value::Object(request)
    });
    json!({ "requests": requests.collect::<Vec<_>>() })
}

#[derive(Deserialize)]
struct GeminiAnswer {
    embeddings: Vec<GeminiVector>,
    #[serde(rename = "usageMetadata")]
    usage: Option<GeminiUsage>,
}

#[derive(Deserialize)]
struct GeminiVector {
    values: Numbers,
}

#[derive(Deserialize)]
struct GeminiUsage {
    #[serde(rename = "promptTokenCount", default)]
    tokens: Value,
}

fn read(bytes: &[u8]) -> serde_json::Result<Answer> {
    let answer: GeminiAnswer = serde_json::from_slice(bytes)?;
    Ok(Answer {
        vectors: answer.embeddings.into_iter().map(|one| (None, one.values)).collect(),
        billed_tokens: answer.usage.and_then(|usage| count(&usage.tokens)),
    })
}

/// A key that is not accepted is a bad request to it, and a used-up day looks like a busy minute but for a detail.
fn meaning(_: u16, body: &Value) -> Option<Meaning> {
    let details = body["error"]["details"].as_array()?;
    if details.iter().any(|detail| detail["reason"] == "API_KEY_INVALID") {
        return Some(Meaning::Key);
    }
    let violations = details.iter().filter_map(|detail| detail["violations"].as_array()).flatten();
    let daily = violations.filter_map(|one| one["quotaId"].as_str()).any(|quota| quota.contains("PerDay"));
    daily.then_some(Meaning::Quota(
        "the quota of the day is used up: run the same command after midnight Pacific time, or raise the quota at https://aistudio.google.com",
    ))
}
