//! `openai-compatible`: a server of one's own that speaks OpenAI's protocol.

use super::super::Provider;
use super::key::Header;
use super::openai;
use super::setup::SELF_SERVED_OPTIONS;
use super::wire::{Wire, read_openai};
use super::{card, open_with, problems_with};

/// The entry of the registry.
pub(in super::super) static PROVIDER: Provider = Provider {
    card: card(
        "openai-compatible",
        "OpenAI-compatible server",
        "Any server with OpenAI's /embeddings: vLLM, Text Embeddings Inference, Ollama, llama.cpp, LM Studio. Needs `base_url`, `dimensions` and \
         `window`; a key only where `api_key_env` names one.",
        "https://platform.openai.com/docs/api-reference/embeddings, as the servers implement it",
    ),
    options: SELF_SERVED_OPTIONS,
    problems: |request| problems_with(&WIRE, request),
    open: |request| open_with(&WIRE, request),
};

static WIRE: Wire = Wire {
    provider: "openai-compatible",
    header: Header::Bearer,
    self_served: true,
    has_batches: false,
    version: 1,
    path: |_| "embeddings".to_owned(),
    body: openai::body,
    read: read_openai,
    meaning: openai::meaning,
    task: None,
};
