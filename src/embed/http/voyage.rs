//! `voyage`: the Voyage models.

use serde_json::{Map, Value, json};

use super::super::Provider;
use super::key::Header;
use super::setup::{REMOTE_OPTIONS, Setup};
use super::wire::{Wire, plainly, read_openai};
use super::{card, open_with, problems_with};

/// The entry of the registry.
pub(in super::super) static PROVIDER: Provider = Provider {
    card: card(
        "voyage",
        "Voyage AI embeddings API",
        "voyage-4, voyage-code-3 and their siblings; `task` (input_type) is not sent unless given. Tokens are estimated unless `tokenizer` names the \
         model's own. Key: VOYAGE_API_KEY.",
        "https://docs.voyageai.com/reference/embeddings-api",
    ),
    options: REMOTE_OPTIONS,
    problems: |request| problems_with(&WIRE, request),
    open: |request| open_with(&WIRE, request),
};

pub(super) static WIRE: Wire = Wire {
    provider: "voyage",
    header: Header::Bearer,
    self_served: false,
    has_batches: false,
    version: 1,
    path: |_| "embeddings".to_owned(),
    body,
    read: read_openai,
    meaning: plainly,
    task: None,
};

fn body(setup: &Setup, inputs: &[&str]) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(setup.model));
    body.insert("input".to_owned(), json!(inputs));
    // What is too long shall be an error: cutting is our business.
    body.insert("truncation".to_owned(), json!(false));
    if let Some(task) = &setup.task {
        body.insert("input_type".to_owned(), json!(task));
    }
    if let Some(dimension) = setup.asked_dimension {
        body.insert("output_dimension".to_owned(), json!(dimension));
    }
    Value::Object(body)
}
