//! What each provider is asked and answers when all is well, and its published limits.

use base64::Engine as _;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::http::Received;
use super::vectors::native_dimension;
use super::{KEY, Setup};

/// Whose language a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// <https://platform.openai.com/docs/api-reference/embeddings/create>
    OpenAi,
    /// The same from a server of one's own, with a window of 512 tokens and 32 inputs a request, as Text Embeddings
    /// Inference has it.
    Compatible,
    /// <https://ai.google.dev/api/embeddings#method:-models.batchembedcontents>
    Gemini,
    /// <https://docs.cohere.com/reference/embed>
    Cohere,
    /// <https://docs.voyageai.com/reference/embeddings-api>
    Voyage,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) dimension: Option<usize>,
    pub(crate) task: Option<String>,
    /// Vectors as base64 of little-endian f32.
    pub(crate) base64: bool,
    /// Whether a text that is too long is cut; else the request is refused.
    pub(crate) cuts: bool,
}

/// What a provider takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) window: usize,
    pub(crate) inputs: usize,
    pub(crate) tokens: usize,
}

/// A vector on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) index: usize,
    pub(crate) vector: Vec<f32>,
    /// Stands in the place of the first number.
    pub(crate) odd: Option<&'static str>,
}

impl Protocol {
    pub(crate) const ALL: [Protocol; 5] =
        [Protocol::OpenAi, Protocol::Compatible, Protocol::Gemini, Protocol::Cohere, Protocol::Voyage];

    /// As a plan names it.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Protocol::OpenAi => "openai",
            Protocol::Compatible => "openai-compatible",
            Protocol::Gemini => "gemini",
            Protocol::Cohere => "cohere",
            Protocol::Voyage => "voyage",
        }
    }

    /// A model that it has.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Protocol::OpenAi => "text-embedding-3-small",
            Protocol::Compatible => "toy-embed",
            Protocol::Gemini => "gemini-embedding-001",
            Protocol::Cohere => "embed-v4.0",
            Protocol::Voyage => "voyage-3.5",
        }
    }

    /// Where users keep its key.
    pub(crate) fn key_variable(self) -> &'static str {
        match self {
            Protocol::OpenAi => "OPENAI_API_KEY",
            Protocol::Compatible => "TOY_API_KEY",
            Protocol::Gemini => "GEMINI_API_KEY",
            Protocol::Cohere => "COHERE_API_KEY",
            Protocol::Voyage => "VOYAGE_API_KEY",
        }
    }

    /// The shortest vectors that it gives, so that tests need not carry long ones.
    pub(crate) fn short_dimension(self) -> usize {
        match self {
            Protocol::OpenAi => 16,
            Protocol::Compatible => 8,
            Protocol::Gemini => 128,
            Protocol::Cohere | Protocol::Voyage => 256,
        }
    }

    /// Whether each vector says which text it belongs to.
    pub(crate) fn has_indices(self) -> bool {
        !matches!(self, Protocol::Gemini | Protocol::Cohere)
    }

    /// What all its addresses begin with.
    pub(crate) fn base_path(self) -> &'static str {
        match self {
            Protocol::OpenAi | Protocol::Compatible | Protocol::Voyage => "/v1",
            Protocol::Gemini => "/v1beta",
            Protocol::Cohere => "/v2",
        }
    }

    fn path(self, model: &str) -> String {
        let base = self.base_path();
        match self {
            Protocol::OpenAi | Protocol::Compatible | Protocol::Voyage => format!("{base}/embeddings"),
            Protocol::Gemini => format!("{base}/models/{model}:batchEmbedContents"),
            Protocol::Cohere => format!("{base}/embed"),
        }
    }

    fn has_model(self, model: &str) -> bool {
        match self {
            Protocol::OpenAi => model.starts_with("text-embedding-") && native_dimension(model).is_some(),
            Protocol::Compatible | Protocol::Gemini => model == self.model(),
            Protocol::Cohere => model.starts_with("embed-") && native_dimension(model).is_some(),
            Protocol::Voyage => model.starts_with("voyage-") && native_dimension(model).is_some(),
        }
    }

    /// As published; a server of one's own has what Text Embeddings Inference has.
    pub(crate) fn limits(self, setup: &Setup, model: &str) -> Limits {
        let (window, inputs, tokens) = match (self, model) {
            (Protocol::OpenAi, _) => (8192, 2048, 300_000),
            (Protocol::Compatible, _) => (512, 32, 16_384),
            (Protocol::Gemini, _) => (2048, 100, usize::MAX),
            (Protocol::Cohere, "embed-v4.0") => (128_000, 96, usize::MAX),
            (Protocol::Cohere, _) => (512, 96, usize::MAX),
            (Protocol::Voyage, "voyage-3.5-lite") => (32_000, 1000, 1_000_000),
            (Protocol::Voyage, "voyage-3.5") => (32_000, 1000, 320_000),
            (Protocol::Voyage, _) => (32_000, 1000, 120_000),
        };
        Limits {
            window: setup.window.unwrap_or(window),
            inputs: setup.inputs_per_request.unwrap_or(inputs),
            tokens: setup.tokens_per_request.unwrap_or(tokens),
        }
    }

    /// Tokens of an input: OpenAI's own count, and a token for each four characters elsewhere.
    pub(crate) fn tokens(self, text: &str) -> usize {
        match self {
            Protocol::OpenAi => tiktoken_rs::cl100k_base_singleton().encode_ordinary(text).len(),
            _ => text.chars().count().div_ceil(4),
        }
    }

    /// The header that holds the key, and what stands before the key there.
    fn key_header(self) -> (&'static str, &'static str) {
        match self {
            Protocol::Gemini => ("x-goog-api-key", ""),
            _ => ("authorization", "Bearer "),
        }
    }

    /// The key of a request, or why it is not let in.
    pub(crate) fn key(self, request: &Received) -> Result<String, Refusal> {
        let (header, before) = self.key_header();
        let key = request.header(header).and_then(|value| value.strip_prefix(before)).unwrap_or_default();
        if key.starts_with(KEY) {
            return Ok(key.to_owned());
        }
        let shown: String = key.chars().take(3).chain("***".chars()).collect();
        Err(Refusal::Key(shown))
    }

    /// What a request asks for, whether it may be asked or not.
    pub(crate) fn ask(self, request: &Received) -> Result<Ask, Refusal> {
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|error| Refusal::Input(format!("we could not parse the JSON body of your request: {error}")))?;
        let ask = match self {
            Protocol::OpenAi | Protocol::Compatible => openai(&body),
            Protocol::Gemini => gemini(&body),
            Protocol::Cohere => cohere(&body),
            Protocol::Voyage => voyage(&body),
        };
        ask.map_err(|problem| Refusal::Input(format!("invalid request: {problem}")))
    }

    /// Whether a request goes to the right address for a model that exists.
    pub(crate) fn route(self, request: &Received, ask: &Ask) -> Result<(), Refusal> {
        // What was redirected within the host ends up below `/moved`.
        let path = request.path.strip_prefix("/moved").unwrap_or(&request.path);
        if request.method != "POST" || path != self.path(&ask.model) {
            return Err(Refusal::Address(request.path.clone()));
        }
        if !self.has_model(&ask.model) {
            return Err(Refusal::Model(ask.model.clone()));
        }
        if request.header("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
            return Err(Refusal::Input("expected the content type `application/json`".to_owned()));
        }
        Ok(())
    }

    /// Numbers of a vector of the answer, or why they cannot be so many.
    pub(crate) fn dimension(self, setup: &Setup, ask: &Ask) -> Result<usize, Refusal> {
        let native = native_dimension(&ask.model).unwrap_or(setup.dimension);
        let Some(dimension) = ask.dimension else { return Ok(native) };
        let may = match self {
            Protocol::OpenAi => ask.model.starts_with("text-embedding-3") && (1..=native).contains(&dimension),
            Protocol::Compatible => (1..=native).contains(&dimension),
            Protocol::Gemini => (128..=native).contains(&dimension),
            Protocol::Cohere => ask.model == "embed-v4.0" && [256, 512, 1024, 1536].contains(&dimension),
            Protocol::Voyage => [256, 512, 1024, 2048].contains(&dimension),
        };
        may.then_some(dimension).ok_or_else(|| Refusal::Input(format!("invalid value for dimensions: {dimension}")))
    }

    /// The body of a good answer.
    pub(crate) fn answer(self, ask: &Ask, rows: &[Row], tokens: usize) -> String {
        let vectors = rows.iter().map(|row| written(row, ask.base64));
        let model = &ask.model;
        match self {
            Protocol::OpenAi | Protocol::Compatible | Protocol::Voyage => {
                let data: Vec<String> = vectors
                    .zip(rows)
                    .map(|(vector, row)| {
                        format!(r#"{{"object":"embedding","index":{},"embedding":{vector}}}"#, row.index)
                    })
                    .collect();
                let usage = match self {
                    Protocol::Voyage => json!({"total_tokens": tokens}),
                    _ => json!({"prompt_tokens": tokens, "total_tokens": tokens}),
                };
                format!(r#"{{"object":"list","data":[{}],"model":"{model}","usage":{usage}}}"#, data.join(","))
            }
            Protocol::Gemini => {
                let values: Vec<String> = vectors.map(|vector| format!(r#"{{"values":{vector}}}"#)).collect();
                format!(r#"{{"embeddings":[{}]}}"#, values.join(","))
            }
            Protocol::Cohere => {
                let floats: Vec<String> = vectors.collect();
                let texts = json!(ask.inputs);
                let meta = json!({"api_version": {"version": "2"}, "billed_units": {"input_tokens": tokens}});
                format!(
                    r#"{{"id":"5807ee2e","embeddings":{{"float":[{}]}},"texts":{texts},"meta":{meta},"response_type":"embeddings_by_type"}}"#,
                    floats.join(",")
                )
            }
        }
    }
}

fn written(row: &Row, base64: bool) -> String {
    if base64 {
        let first = row.odd.map(|_| f32::NAN);
        let numbers = first.iter().chain(row.vector.iter().skip(usize::from(first.is_some())));
        let bytes: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
        return format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes));
    }
    let mut numbers: Vec<String> = row.vector.iter().map(ToString::to_string).collect();
    if let Some(odd) = row.odd {
        odd.clone_into(&mut numbers[0]);
    }
    format!("[{}]", numbers.join(","))
}

/// The only keys that may stand in an object.
fn only(body: &Value, known: &[&str]) -> Result<(), String> {
    let object = body.as_object().ok_or("expected an object")?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("Unrecognized request argument supplied: {key}")),
        None => Ok(()),
    }
}

fn text(body: &Value, key: &str) -> Result<String, String> {
    body[key].as_str().map(str::to_owned).ok_or_else(|| format!("expected a string in `{key}`"))
}

fn texts(body: &Value, key: &str) -> Result<Vec<String>, String> {
    let list = body[key].as_array().ok_or_else(|| format!("expected a list of strings in `{key}`"))?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned).ok_or_else(|| format!("expected strings in `{key}`")))
        .collect()
}

fn whole(body: &Value, key: &str) -> Result<Option<usize>, String> {
    match &body[key] {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| format!("expected a whole number in `{key}`")),
    }
}

fn openai(body: &Value) -> Result<Ask, String> {
    only(body, &["model", "input", "encoding_format", "dimensions", "user"])?;
    let base64 = match body["encoding_format"].as_str() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => return Err(format!("unknown encoding_format {other}")),
    };
    let dimension = whole(body, "dimensions")?;
    Ok(Ask { model: text(body, "model")?, inputs: texts(body, "input")?, dimension, base64, ..Ask::default() })
}

/// What Gemini embeds for.
const TASKS: [&str; 8] = [
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "RETRIEVAL_DOCUMENT",
    "RETRIEVAL_QUERY",
    "CODE_RETRIEVAL_QUERY",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
];

fn gemini(body: &Value) -> Result<Ask, String> {
    only(body, &["requests"])?;
    let requests = body["requests"].as_array().ok_or("expected a list in `requests`")?;
    let mut ask = Ask { cuts: true, ..Ask::default() };
    for (position, request) in requests.iter().enumerate() {
        only(request, &["model", "content", "taskType", "title", "outputDimensionality"])?;
        let model = text(request, "model")?;
        let model = model.strip_prefix("models/").ok_or("expected `models/NAME` in `model`")?.to_owned();
        let dimension = whole(request, "outputDimensionality")?;
        let task = request["taskType"].as_str().map(str::to_owned);
        if position > 0 && (&ask.model, ask.dimension, &ask.task) != (&model, dimension, &task) {
            return Err("all requests of a batch must be for the same model".to_owned());
        }
        (ask.model, ask.dimension, ask.task) = (model, dimension, task);
        let parts = request["content"]["parts"].as_array().ok_or("expected a list in `content.parts`")?;
        let parts: Result<Vec<String>, String> = parts.iter().map(|part| text(part, "text")).collect();
        ask.inputs.push(parts?.concat());
    }
    match &ask.task {
        Some(task) if !TASKS.contains(&task.as_str()) => {
            Err(format!("Invalid value at 'requests[0].task_type': {task}"))
        }
        _ => Ok(ask),
    }
}

fn cohere(body: &Value) -> Result<Ask, String> {
    let known = ["model", "texts", "input_type", "embedding_types", "truncate", "output_dimension", "max_tokens"];
    only(body, &known)?;
    let task = text(body, "input_type")?;
    if !["search_document", "search_query", "classification", "clustering"].contains(&task.as_str()) {
        return Err(format!("invalid input_type {task}"));
    }
    if body["embedding_types"] != json!(["float"]) {
        return Err("this fake gives floats only".to_owned());
    }
    Ok(Ask {
        model: text(body, "model")?,
        inputs: texts(body, "texts")?,
        dimension: whole(body, "output_dimension")?,
        task: Some(task),
        base64: false,
        cuts: body["truncate"].as_str() != Some("NONE"),
    })
}

fn voyage(body: &Value) -> Result<Ask, String> {
    only(body, &["model", "input", "input_type", "truncation", "output_dimension", "output_dtype", "encoding_format"])?;
    let task = body["input_type"].as_str().map(str::to_owned);
    if task.as_deref().is_some_and(|task| !["query", "document"].contains(&task)) {
        return Err("invalid input_type".to_owned());
    }
    Ok(Ask {
        model: text(body, "model")?,
        inputs: texts(body, "input")?,
        dimension: whole(body, "output_dimension")?,
        task,
        base64: body["encoding_format"].as_str() == Some("base64"),
        cuts: body["truncation"].as_bool().unwrap_or(true),
    })
}
