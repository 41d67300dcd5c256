//! What is asked of servers and what is refused before anyone is asked. How servers answer is tried in `tests/conformance`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::{LongText, OptionValue, Options, Problem, Request, provider};
use super::*;

fn text(value: &str) -> OptionValue {
    OptionValue::Text(value.to_owned())
}

fn request(name: &str, model: &str, options: &[(&'static str, OptionValue)]) -> Request {
    let mut all = Options::default();
    for (key, value) in options {
        all.insert(key, value.clone());
    }
    Request {
        name: "test".to_owned(),
        provider: name.to_owned(),
        model: model.to_owned(),
        base_dir: PathBuf::from("."),
        long_text: LongText::MeanOfChunks,
        chunk_overlap: 0,
        options: all,
    }
}

fn small(options: &[(&'static str, OptionValue)]) -> Request {
    request("openai", "text-embedding-3-small", options)
}

fn setup(wire: &'static Wire, request: &Request) -> Setup {
    Setup::new(wire, request).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn embedder(request: &Request) -> HttpEmbedder {
    HttpEmbedder::new(&openai::WIRE, setup(&openai::WIRE, request), request).unwrap()
}

fn problems(request: &Request) -> Vec<Problem> {
    provider(&request.provider).unwrap().problems(request)
}

fn fingerprint(request: &Request) -> String {
    super::super::open(request).unwrap_or_else(|error| panic!("failed to {error}")).space().fingerprint.clone()
}

#[test]
fn a_known_model_needs_nothing_but_its_name() {
    let setup = setup(&openai::WIRE, &small(&[]));
    assert_eq!((setup.dimension, setup.asked_dimension, setup.window), (1536, None, 8192));
    assert_eq!((setup.inputs, setup.tokens, setup.price), (2048, 300_000, Some(0.02)));
    assert_eq!(setup.base_url, "https://api.openai.com/v1");
    assert!(setup.needs_key);
}

#[test]
fn every_provider_asks_in_its_own_words() {
    let options = [("dimensions", OptionValue::Whole(256))];
    let body = |name: &str, model: &str, wire: &'static Wire| -> (String, Value) {
        let setup = setup(wire, &request(name, model, &options));
        ((wire.path)(&setup), (wire.body)(&setup, &["a", "b"]))
    };
    assert_eq!(
        body("openai", "text-embedding-3-small", &openai::WIRE),
        (
            "embeddings".to_owned(),
            json!({"model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "float", "dimensions": 256})
        )
    );
    let item = |text: &str| {
        json!({"model": "models/gemini-embedding-001", "content": {"parts": [{"text": text}]},
               "taskType": "SEMANTIC_SIMILARITY", "outputDimensionality": 256})
    };
    assert_eq!(
        body("gemini", "gemini-embedding-001", &gemini::WIRE),
        ("models/gemini-embedding-001:batchEmbedContents".to_owned(), json!({"requests": [item("a"), item("b")]}))
    );
    assert_eq!(
        body("cohere", "embed-v4.0", &cohere::WIRE),
        (
            "embed".to_owned(),
            json!({"model": "embed-v4.0", "texts": ["a", "b"], "input_type": "clustering", "embedding_types": ["float"],
                   "truncate": "NONE", "output_dimension": 256})
        )
    );
    assert_eq!(
        body("voyage", "voyage-code-3", &voyage::WIRE),
        (
            "embeddings".to_owned(),
            json!({"model": "voyage-code-3", "input": ["a", "b"], "truncation": false, "output_dimension": 256})
        )
    );
}

#[test]
fn what_does_not_fit_is_told_before_anyone_is_asked() {
    let one = |request: &Request| {
        let found = problems(request);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].key, found[0].message.clone())
    };
    let (key, message) = one(&small(&[("dimensions", OptionValue::Whole(4000))]));
    assert_eq!(
        (key, message.as_str()),
        (
            "dimensions",
            "expected a number from 1 to 1536 in `embedder.dimensions` for `text-embedding-3-small`, got 4000"
        )
    );
    let (_, message) = one(&request("voyage", "voyage-4", &[("dimensions", OptionValue::Whole(300))]));
    assert!(message.contains("one of 256, 512, 1024, 2048"), "{message}");
    let (key, message) = one(&small(&[("base_url", text("https://me:hush@host/v1"))]));
    assert!(key == "base_url" && message.contains("a user, a password") && !message.contains("hush"), "{message}");
    let (_, message) = one(&small(&[("base_url", text("ftp://host/v1"))]));
    assert!(message.contains("http or https"), "{message}");
    let (key, _) = one(&small(&[("tokens_per_minute", OptionValue::Whole(1000))]));
    assert_eq!(key, "tokens_per_minute");
    let unknown = problems(&request("openai", "text-embedding-4", &[]));
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert!(unknown[0].hint.as_ref().unwrap().contains("text-embedding-3-small"));
    let bare = problems(&request("openai-compatible", "m", &[]));
    let keys: Vec<_> = bare.iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["base_url", "dimensions", "window"]);
}

#[test]
fn a_space_is_what_changes_a_vector_and_nothing_else() {
    let plain = fingerprint(&small(&[]));
    for (key, value) in
        [("dimensions", OptionValue::Whole(512)), ("prefix", text("query: ")), ("window", OptionValue::Whole(512))]
    {
        assert_ne!(fingerprint(&small(&[(key, value)])), plain, "{key}");
    }
    for (key, value) in [
        ("base_url", text("http://127.0.0.1:1/v1")),
        ("api_key_env", text("X")),
        ("concurrency", OptionValue::Whole(1)),
        ("price_per_million_tokens", OptionValue::Number(1.0)),
    ] {
        assert_eq!(fingerprint(&small(&[(key, value)])), plain, "{key}");
    }
    let gemini =
        |options: &[(&'static str, OptionValue)]| fingerprint(&request("gemini", "gemini-embedding-001", options));
    assert_ne!(gemini(&[]), gemini(&[("task", text("CLUSTERING"))]));
    let served = |more: &[(&'static str, OptionValue)], at: &str| {
        let mut options =
            vec![("dimensions", OptionValue::Whole(4)), ("window", OptionValue::Whole(64)), ("base_url", text(at))];
        options.extend_from_slice(more);
        fingerprint(&request("openai-compatible", "m", &options))
    };
    assert_ne!(served(&[], "http://a/v1"), served(&[], "http://b/v1"));
    let revision = [("revision", text("weights of may"))];
    assert_eq!(served(&revision, "http://a/v1"), served(&revision, "http://b/v1"));
}

#[test]
fn long_texts_are_cut_on_purpose_and_counted() {
    let long = "one two three four five six seven eight nine ten ".repeat(4);
    let cut = |long_text, overlap| {
        let request = Request { long_text, chunk_overlap: overlap, ..small(&[("window", OptionValue::Whole(24))]) };
        embedder(&request)
    };
    let chunked = cut(LongText::MeanOfChunks, 4);
    let (pieces, total) = chunked.cut_up(0, &long).unwrap();
    assert_eq!(total, chunked.count_tokens(&long).unwrap());
    assert!(pieces.len() > 2);
    for piece in &pieces {
        // What is sent is counted anew by the server, and has to fit.
        assert!(chunked.count_tokens(&long[piece.bytes.clone()]).unwrap() <= 24, "{piece:?}");
    }
    let open = chunked.open(&pieces, total);
    assert_eq!((open.tokens_seen, open.tokens_total), (total, total));
    let (pieces, total) = cut(LongText::Truncate, 0).cut_up(0, &long).unwrap();
    assert_eq!((pieces.len(), pieces[0].bytes.start, pieces[0].tokens), (1, 0, 16));
    assert!(total > 24);
    assert!(matches!(cut(LongText::Refuse, 0).cut_up(0, &long), Err(TextError::TooLong { room: 24, .. })));
    // What fits is sent as it is.
    let short = "one two three four five six seven eight nine ten eleven twelve";
    assert_eq!(cut(LongText::Refuse, 0).cut_up(0, short).unwrap().0[0].bytes, 0..short.len());
}

#[test]
fn nothing_empty_is_sent_where_a_character_has_several_tokens() {
    let foxes = "🦊".repeat(60);
    for window in 10..24 {
        let embedder = embedder(&small(&[("window", OptionValue::Whole(window))]));
        let (pieces, total) = embedder.cut_up(0, &foxes).unwrap();
        assert!(pieces.iter().all(|piece| !piece.bytes.is_empty()), "{window}: {pieces:?}");
        assert_eq!(pieces.iter().map(|piece| piece.tokens).sum::<usize>(), total as usize);
        assert!(pieces.iter().map(|piece| piece.chunk).eq(0..pieces.len()));
    }
}

#[test]
fn what_leaves_no_room_is_a_mistake_of_the_plan() {
    let keys = |request: &Request| problems(request).iter().map(|problem| problem.key).collect::<Vec<_>>();
    assert_eq!(keys(&small(&[("window", OptionValue::Whole(8))])), ["window"]);
    assert_eq!(keys(&small(&[("tokenizer", text("absent.json"))])), ["tokenizer"]);
    assert_eq!(keys(&Request { chunk_overlap: 9000, ..small(&[]) }), ["chunk_overlap"]);
    assert_eq!(keys(&small(&[("prefix", text(&"word ".repeat(9000)))])), ["window"]);
}

#[test]
fn no_piece_is_blank_wherever_a_text_is_cut() {
    let options = [("window", OptionValue::Whole(24))];
    let estimated = request("voyage", "voyage-4", &options);
    let estimated = HttpEmbedder::new(&voyage::WIRE, setup(&voyage::WIRE, &estimated), &estimated).unwrap();
    // A character of several tokens may lie across a seam, and white space behind one.
    for embedder in [embedder(&small(&options)), estimated] {
        for n in 0..40 {
            for end in ["\u{1F98A}", "\u{13000}", " \n \n \t\n", "\u{1F98A}\n\n\n \n"] {
                let text = format!("{}{end}", "word ".repeat(n));
                if text.trim().is_empty() {
                    continue;
                }
                let (pieces, total) = embedder.cut_up(0, &text).unwrap();
                let sent: String = pieces.iter().map(|piece| &text[piece.bytes.clone()]).collect();
                assert_eq!(sent.trim_end(), text.trim_end(), "{n} words");
                assert!(pieces.iter().all(|piece| !text[piece.bytes.clone()].trim().is_empty()), "{pieces:?}");
                assert_eq!(embedder.open(&pieces, total).tokens_seen, total, "{pieces:?}");
            }
        }
    }
}

#[test]
fn an_estimate_counts_what_would_be_sent() {
    let embedder = embedder(&small(&[("inputs_per_request", OptionValue::Whole(2)), ("prefix", text("query: "))]));
    let estimate = embedder.estimate(&["one two", "three", "four"]);
    // "query: " is three tokens for OpenAI.
    assert_eq!((estimate.n_tokens, estimate.n_requests, estimate.n_long), (4 + 3 * 3, 2, 0));
    assert_eq!(estimate.cost, Some(0.02 * 13.0 / 1e6));
    assert_eq!(embedder.estimate(&[]).cost, Some(0.0));
    assert!(embedder.counts_exactly() && embedder.is_remote());
}
