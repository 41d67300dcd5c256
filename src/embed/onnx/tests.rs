//! The provider as a whole: what its vectors are, what they do not depend on, and what bad files and texts come to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests stop at the first surprise and say what they skip"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::super::{Budget, LongText, OptionValue, Options, Request, open};
use super::*;

const CONTROL_TEXT: &str = "This is an example sentence";
/// The first numbers of its vector by sentence-transformers, fp32.
const CONTROL_VALUES: [f32; 4] = [0.067_656_9, 0.063_495_9, 0.048_713_1, 0.079_304_9];
/// How far a single number of the 8-bit model's vector may lie from the fp32 model's.
const EIGHT_BIT_BOUND: f32 = 0.005;
/// The lowest cosine of the 8-bit model to the fp32 model.
const EIGHT_BIT_COSINE: f64 = 0.999;
/// How far a single number of one engine's vector may lie from the other engine's.
const ENGINE_BOUND: f32 = 2e-6;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models")
}

fn request(model: &str, base_dir: &Path) -> Request {
    Request {
        name: "test".to_owned(),
        provider: "onnx".to_owned(),
        model: model.to_owned(),
        base_dir: base_dir.to_owned(),
        long_text: LongText::MeanOfChunks,
        chunk_overlap: 0,
        options: Options::default(),
    }
}

fn builtin() -> Request {
    request("builtin:all-MiniLM-L6-v2", Path::new("/nowhere"))
}

fn opened(request: &Request) -> Box<dyn Embedder> {
    open(request).unwrap_or_else(|error| panic!("failed to {error}"))
}

fn refused(request: &Request) -> String {
    match open(request) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    }
}

/// Everything in the order of the texts.
fn embed(embedder: &dyn Embedder, texts: &[&str], jobs: usize) -> Result<Vec<Result<Embedded, TextError>>, EmbedError> {
    let mut found = BTreeMap::new();
    embedder.embed(texts, &Work::silent(jobs, &Budget::default()), &mut |finished| {
        for (text, result) in finished {
            assert!(found.insert(text, result).is_none(), "text {text} came twice");
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(found.len(), texts.len());
    Ok(found.into_values().collect())
}

fn vectors(embedder: &dyn Embedder, texts: &[&str], jobs: usize) -> Vec<Vec<f32>> {
    embed(embedder, texts, jobs).unwrap().into_iter().map(|result| result.unwrap().vector).collect()
}

fn bits(vectors: &[Vec<f32>]) -> Vec<Vec<u32>> {
    vectors.iter().map(|vector| vector.iter().map(|x| x.to_bits()).collect()).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// A different word for each number, each of them one token.
fn words(n: usize) -> Vec<&'static str> {
    const WORDS: [&str; 11] =
        ["one", "house", "river", "seven", "music", "paper", "light", "summer", "bridge", "dog", "night"];
    (0..n).map(|i| WORDS[(i * i + i / 11) % WORDS.len()]).collect()
}

// ---- what the vectors are

#[test]
fn the_built_in_model_gives_the_control_values() {
    let embedder = opened(&builtin());
    let vector = vectors(&*embedder, &[CONTROL_TEXT], 1).remove(0);
    assert_eq!((vector.len(), embedder.space().dimension), (384, 384));
    assert!(largest_difference(&vector[..4], &CONTROL_VALUES) < EIGHT_BIT_BOUND, "{:?}", &vector[..4]);
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!((length - 1.0).abs() < 1e-6, "{length}");
}

#[test]
fn the_fp32_model_by_path_gives_the_control_values() {
    let Some(folder) = std::env::var_os("BREADTH_TEST_FP32") else {
        eprintln!("skipped: BREADTH_TEST_FP32 does not name the folder that `assets/models/build.py --fp32` writes");
        return;
    };
    let embedder = opened(&request(&folder.to_string_lossy(), Path::new("/")));
    let vector = vectors(&*embedder, &[CONTROL_TEXT], 1).remove(0);
    assert!(largest_difference(&vector[..4], &CONTROL_VALUES) < 1e-6, "{:?}", &vector[..4]);
}

#[test]
fn a_folder_with_the_built_in_files_is_the_same_space_and_gives_the_same_bits() {
    for graph_name in ["model.onnx", "onnx/model.onnx"] {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in BUILTIN_MODELS[0].files {
            put(folder.path(), if *name == "model.onnx" { graph_name } else { name }, bytes);
        }
        let by_path = opened(&request(".", folder.path()));
        let inside = opened(&builtin());
        assert_eq!(by_path.space().fingerprint, inside.space().fingerprint);
        assert_eq!(bits(&vectors(&*by_path, &[CONTROL_TEXT], 1)), bits(&vectors(&*inside, &[CONTROL_TEXT], 1)));
    }
}

#[test]
fn the_fingerprint_changes_with_everything_that_changes_a_vector() {
    let mut requests = vec![builtin(); 6];
    requests[1].long_text = LongText::Truncate;
    requests[2].long_text = LongText::Refuse;
    requests[3].chunk_overlap = 10;
    requests[4].options.insert("prefix", OptionValue::Text("query: ".to_owned()));
    requests[5].name = "another name".to_owned();
    let prints: Vec<_> = requests.iter().map(|request| opened(request).space().fingerprint.clone()).collect();
    for a in 0..5 {
        for b in 0..a {
            assert_ne!(prints[a], prints[b], "{a} and {b}");
        }
    }
    assert_eq!(prints[5], prints[0], "a name changes no vector");
}

#[test]
fn space_and_token_counts_are_known_without_loading_the_model() {
    let Setup { files, choice, device } = setup::read(&builtin()).unwrap();
    let embedder = OnnxEmbedder::new(&builtin(), Model::read(files, &choice).unwrap(), device).unwrap();
    assert_eq!(embedder.count_tokens(CONTROL_TEXT), Ok(5));
    assert_eq!(embedder.count_tokens(&words(1000).join(" ")), Ok(1000), "the truncation in tokenizer.json is in force");
    assert!(embedder.idle.lock().unwrap().is_empty());
    vectors(&embedder, &[CONTROL_TEXT], 1);
    assert_eq!(embedder.idle.lock().unwrap().len(), 1, "a loaded model is kept for the next call");
}

#[test]
fn padding_in_the_tokenizer_file_is_not_in_force() {
    let embedder = opened(&builtin());
    let embedded = embed(&*embedder, &["one house"], 1).unwrap().remove(0).unwrap();
    assert_eq!((embedded.tokens_total, embedded.tokens_seen, embedded.chunks), (2, 2, 1));
}

// ---- what they do not depend on

/// Texts of many lengths, each length several times, and some that need chunks.
fn many_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for length in [1, 2, 3, 5, 8, 13, 21, 30, 31, 32, 33, 62, 63, 64, 100, 126, 127, 200, 254, 255, 300] {
        // Enough of each length to fill a call.
        for variant in 0..(260 / length).clamp(1, 40) {
            texts.push(words(length + variant)[variant..].join(" "));
        }
    }
    texts
}

fn check_independence() {
    let embedder = opened(&builtin());
    let texts = many_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let alone: Vec<_> = texts.iter().map(|text| vectors(&*embedder, &[text], 1).remove(0)).collect();
    let again: Vec<_> = texts.iter().map(|text| vectors(&*embedder, &[text], 1).remove(0)).collect();
    let alone = bits(&alone);
    for (text, (a, b)) in texts.iter().zip(alone.iter().zip(bits(&again))) {
        assert!(*a == b, "the same text twice gives other bits: {} tokens", text.split(' ').count());
    }
    for jobs in [1, 3] {
        let together = bits(&vectors(&*embedder, &texts, jobs));
        for (text, (a, b)) in texts.iter().zip(alone.iter().zip(&together)) {
            assert!(a == b, "together on {jobs} threads the bits are others: {} tokens", text.split(' ').count());
        }
    }
    let reversed: Vec<&str> = texts.iter().rev().copied().collect();
    let mut backwards = bits(&vectors(&*embedder, &reversed, 2));
    backwards.reverse();
    assert!(backwards == alone, "in another order the bits are others");
}

/// A test of its own name runs this in a process of its own, since a process has one engine.
#[test]
#[ignore = "run by other tests, in a process with the engine under test"]
fn child() {
    check_independence();
    let reference = reference();
    let texts: Vec<&str> = reference.iter().map(|(text, _)| text.as_str()).collect();
    let vectors = vectors(&*opened(&builtin()), &texts, 2);
    let EngineReport { chosen, version, .. } = engine_report();
    let engine = chosen.as_ref().unwrap().name();
    let json = serde_json::json!({ "engine": engine, "version": version, "vectors": vectors });
    fs::write(std::env::var_os("BREADTH_TEST_OUT").unwrap(), json.to_string()).unwrap();
}

fn reference() -> Vec<(String, Vec<f32>)> {
    let bytes = fs::read(fixtures().join("reference.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    rows.iter().map(|row| (row["text"].as_str().unwrap().to_owned(), numbers(&row["vector"]))).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "written from single precision")]
fn numbers(value: &serde_json::Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

/// Runs the checks of [`child`] under an engine and gives its vectors of the reference texts; none where there is no such engine.
fn under(kind: EngineKind) -> Option<Vec<Vec<f32>>> {
    let here = engine_report();
    let missing = match kind {
        EngineKind::OnnxRuntime => here.chosen != Ok(kind),
        EngineKind::Tract => cfg!(not(feature = "tract")),
    };
    if missing {
        eprintln!("skipped: there is no {} here; searched: {:?}", kind.name(), here.searched);
        return None;
    }
    let out = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["embed::onnx::tests::child", "--exact", "--ignored", "--nocapture"])
        .env("BREADTH_ENGINE", kind.name())
        .env("BREADTH_TEST_OUT", out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", kind.name(), String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&fs::read(out.path()).unwrap()).unwrap();
    assert_eq!(found["engine"], kind.name());
    Some(found["vectors"].as_array().unwrap().iter().map(numbers).collect())
}

#[test]
fn vectors_depend_on_neither_company_nor_threads_and_engines_agree() {
    let reference = reference();
    let found: Vec<_> = [EngineKind::Tract, EngineKind::OnnxRuntime].into_iter().filter_map(under).collect();
    for vectors in &found {
        for (vector, (text, expected)) in vectors.iter().zip(&reference) {
            let cosine = cosine(vector, expected);
            assert!(cosine >= EIGHT_BIT_COSINE, "{cosine} for {text:?}");
        }
    }
    if let [one, other] = &found[..] {
        for ((a, b), (text, _)) in one.iter().zip(other).zip(&reference) {
            let difference = largest_difference(a, b);
            assert!(difference <= ENGINE_BOUND, "{difference} for {text:?}");
        }
    } else {
        eprintln!("skipped: the agreement of two engines, since one of them is not here");
    }
}

// ---- long texts

#[test]
fn a_long_text_is_the_weighted_mean_of_its_chunks() {
    let all = words(600);
    for (overlap, ranges) in [(0, [0..254, 254..508, 508..600]), (54, [0..254, 200..454, 400..600])] {
        let mut request = builtin();
        request.chunk_overlap = overlap;
        let embedder = opened(&request);
        let embedded = embed(&*embedder, &[&all.join(" ")], 2).unwrap().remove(0).unwrap();
        assert_eq!((embedded.tokens_total, embedded.tokens_seen, embedded.chunks), (600, 600, 3));
        // The plain computation: each chunk as a text of its own.
        let mut sum = vec![0.0; 384];
        for range in ranges {
            let chunk = vectors(&*embedder, &[&all[range.clone()].join(" ")], 1).remove(0);
            for (total, x) in sum.iter_mut().zip(chunk) {
                *total += range.len() as f64 * f64::from(x);
            }
        }
        let length = sum.iter().map(|x: &f64| x * x).sum::<f64>().sqrt();
        for (x, total) in embedded.vector.iter().zip(sum) {
            assert!((f64::from(*x) - total / length).abs() < 1e-7);
        }
    }
}

#[test]
fn a_long_text_is_cut_or_refused_where_the_plan_says_so() {
    let all = words(600);
    let mut request = builtin();
    request.long_text = LongText::Truncate;
    let embedder = opened(&request);
    let results = embed(&*embedder, &[&all.join(" "), &all[..254].join(" ")], 1).unwrap();
    let [long, start] = results.try_into().unwrap();
    let (long, start) = (long.unwrap(), start.unwrap());
    assert_eq!((long.tokens_total, long.tokens_seen, long.chunks), (600, 254, 1));
    assert_eq!(bits(&[long.vector]), bits(&[start.vector]));
    request.long_text = LongText::Refuse;
    let results = embed(&*opened(&request), &[&all.join(" "), "short"], 1).unwrap();
    assert_eq!(results[0], Err(TextError::TooLong { tokens: 600, room: 254 }));
    assert!(results[1].is_ok());
}

#[test]
fn an_overlap_as_long_as_a_chunk_is_a_mistake() {
    let mut request = builtin();
    request.chunk_overlap = 254;
    assert_eq!(
        refused(&request),
        "cut long texts into chunks: expected `chunk_overlap` below the 254 tokens of a chunk, got 254"
    );
}

#[test]
fn a_prefix_stands_before_every_chunk_and_is_not_counted() {
    let mut request = builtin();
    request.options.insert("prefix", OptionValue::Text("query: ".to_owned()));
    let embedder = opened(&request);
    let plain = opened(&builtin());
    let (with, without) = (vectors(&*embedder, &["one house"], 1), vectors(&*plain, &["query: one house"], 1));
    assert_eq!(bits(&with), bits(&without));
    let embedded = embed(&*embedder, &[&words(300).join(" ")], 1).unwrap().remove(0).unwrap();
    assert_eq!((embedded.tokens_total, embedded.tokens_seen, embedded.chunks), (300, 300, 2));
}

// ---- hostile texts

#[test]
fn hostile_texts_get_a_vector_or_a_reason() {
    let mut request = builtin();
    request.long_text = LongText::Truncate;
    let embedder = opened(&request);
    let letters = "a".repeat(5_000_000);
    let many = "a ".repeat(300_000);
    let texts = [
        "\u{1f600}\u{1f680}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "a\0b\0",
        "\0\u{1}\u{2}",
        &letters,
        &many,
        "مرحبا بالعالم \u{202e}עולם\u{202c}",
        "\u{301}\u{301}\u{301}",
        "\u{feff}x",
        "[CLS] [SEP] [PAD] [MASK]",
        "",
    ];
    let results = embed(&*embedder, &texts, 2).unwrap();
    for (text, result) in texts.iter().zip(&results) {
        let shown: String = text.chars().take(10).collect();
        match result {
            Ok(embedded) => assert!(embedded.vector.iter().all(|x| x.is_finite()), "{shown:?}"),
            Err(error) => assert_eq!(*error, TextError::NoTokens, "{shown:?}"),
        }
    }
    assert_eq!(results[2], Err(TextError::NoTokens));
    assert_eq!(results[9], Err(TextError::NoTokens));
    assert_eq!(results[4].as_ref().unwrap().tokens_total, 300_000);
}

// ---- stopping

#[test]
fn a_break_ends_the_work_early() {
    let embedder = opened(&builtin());
    let texts = many_texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut calls = 0;
    embedder
        .embed(&texts, &Work::silent(2, &Budget::default()), &mut |_| {
            calls += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(calls, 1);
    embedder.embed(&[], &Work::silent(2, &Budget::default()), &mut |_| panic!("there is nothing to finish")).unwrap();
}

// ---- bad files

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

const TINY_TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
  "pre_tokenizer": { "type": "Whitespace" }, "decoder": null,
  "post_processor": { "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": { "[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]} } },
  "model": { "type": "WordLevel", "unk_token": "[UNK]", "vocab": { "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4 } }
}"#;

/// A folder around one of the tiny models of `tests/fixtures/models`.
fn tiny(model: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| put(folder.path(), name, bytes);
    put("model.onnx", &fs::read(fixtures().join(format!("{model}.onnx"))).unwrap());
    put("tokenizer.json", TINY_TOKENIZER.as_bytes());
    put("modules.json", br#"[{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}]"#);
    put(
        "1_Pooling/config.json",
        br#"{"word_embedding_dimension": 4, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}"#,
    );
    put("sentence_bert_config.json", br#"{"max_seq_length": 8, "do_lower_case": false}"#);
    folder
}

fn tiny_fails(folder: &TempDir) -> String {
    let embedder = opened(&request(".", folder.path()));
    embed(&*embedder, &["a b"], 1)
        .map(|results| results[0].clone())
        .unwrap_err()
        .to_string()
        .replace(&shown(folder), "")
}

fn tiny_refused(folder: &TempDir) -> String {
    refused(&request(".", folder.path())).replace(&shown(folder), "")
}

fn shown(folder: &TempDir) -> String {
    format!("{}/./", folder.path().display())
}

#[test]
fn any_model_works_by_path_with_its_own_pooling() {
    let sin = |id: usize| (1..=4).map(move |j| (f64::from(u32::try_from(id * 4 + j).unwrap())).sin());
    // [CLS] a b [SEP] are the rows 1, 3, 4 and 2 of the table.
    for (mode, ids) in [("mean_tokens", vec![1, 3, 4, 2]), ("cls_token", vec![1]), ("lasttoken", vec![2])] {
        let folder = tiny("good");
        let config = format!(r#"{{"word_embedding_dimension": 4, "pooling_mode_{mode}": true}}"#);
        put(folder.path(), "1_Pooling/config.json", config.as_bytes());
        let embedder = opened(&request(".", folder.path()));
        let vector = vectors(&*embedder, &["a b"], 1).remove(0);
        let mut sum = [0.0; 4];
        for id in ids {
            sum.iter_mut().zip(sin(id)).for_each(|(total, x)| *total += x);
        }
        let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        for (x, total) in vector.iter().zip(sum) {
            assert!((f64::from(*x) - total / length).abs() < 1e-6, "{mode}");
        }
    }
}

#[test]
fn a_model_that_gives_no_direction_gives_no_vector() {
    for (model, message) in [
        ("nan", "the model `model.onnx` gave a number that is not finite"),
        ("zero", "the model `model.onnx` gave a vector of length zero"),
    ] {
        let folder = tiny(model);
        let embedder = opened(&request(".", folder.path()));
        let error = embed(&*embedder, &["a b"], 1).unwrap().remove(0).unwrap_err();
        assert_eq!(error.to_string().replace(&shown(&folder), ""), message);
    }
}

#[test]
fn a_model_with_another_output_is_an_error_that_names_it() {
    let expected = "expected 1 texts × 4 tokens × 4 numbers (the dimension in the pooling configuration), got";
    let output = |got: &str| format!("use the output of `model.onnx`: {expected} {got} in `last_hidden_state`");
    assert_eq!(tiny_fails(&tiny("rank2")), output("[1, 4]"));
    assert_eq!(tiny_fails(&tiny("one_token")), output("[1, 1, 4]"));
    let folder = tiny("good");
    put(
        folder.path(),
        "1_Pooling/config.json",
        br#"{"word_embedding_dimension": 5, "pooling_mode_mean_tokens": true}"#,
    );
    let message = tiny_fails(&folder);
    assert!(message.contains("1 texts × 4 tokens × 5 numbers") && message.contains("got [1, 4, 4]"), "{message}");
    let message = tiny_fails(&tiny("unknown_input"));
    assert!(message.contains("it asks for an input `pixel_values`, which is not known"), "{message}");
}

#[test]
fn a_file_that_is_no_model_is_found_out_before_the_engine_sees_it() {
    let folder = tiny("no_ids");
    assert_eq!(tiny_refused(&folder), "use the model of `model.onnx`: expected an input `input_ids`, got tokens");
    let whole = BUILTIN_MODELS[0].files[0].1;
    let cut = "expected an ONNX graph, got a file that is something else or cut short";
    for (bytes, problem) in [
        (&b"this is not a model\n"[..], cut),
        (&whole[..whole.len() - 1000], cut),
        (b"", "expected an ONNX graph, found none in the file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "expected an ONNX graph, got a git-lfs pointer",
        ),
    ] {
        put(folder.path(), "model.onnx", bytes);
        assert_eq!(tiny_refused(&folder), format!("read `model.onnx` as an ONNX model: {problem}"));
    }
}

#[test]
fn a_graph_that_the_engine_does_not_take_is_an_error_that_names_it() {
    // Still a graph for whoever does not look closely: the operator is one that does not exist.
    let folder = tiny("good");
    let bytes = fs::read(folder.path().join("model.onnx")).unwrap();
    let position = bytes.windows(6).position(|window| window == b"Gather").unwrap();
    let mut broken = bytes.clone();
    broken[position..position + 6].copy_from_slice(b"Ghater");
    put(folder.path(), "model.onnx", &broken);
    assert!(tiny_fails(&folder).starts_with("load `model.onnx` with "), "{}", tiny_fails(&folder));
}

#[test]
fn missing_files_are_named() {
    for (name, message) in [
        ("model.onnx", "find `model.onnx`, the model itself"),
        ("tokenizer.json", "find `tokenizer.json`, the model's tokenizer"),
        ("modules.json", "find `modules.json`, which says whether vectors are normalized"),
        ("1_Pooling/config.json", "find `1_Pooling/config.json`, which says how token vectors become one vector"),
        (
            "sentence_bert_config.json",
            "find `sentence_bert_config.json`, which says how many tokens the model sees at once",
        ),
    ] {
        let folder = tiny("good");
        fs::remove_file(folder.path().join(name)).unwrap();
        assert_eq!(tiny_refused(&folder), message);
        assert!(open(&request(".", folder.path())).err().unwrap().hint().is_some());
    }
    assert_eq!(refused(&request("absent", Path::new("/nowhere"))), "find `/nowhere/absent`, the model's folder");
    assert_eq!(
        refused(&request("builtin:x", Path::new("/"))),
        "find built-in model `x`: expected one of all-MiniLM-L6-v2"
    );
    let message = refused(&request("hf:org/never-pulled@main", Path::new("/")));
    assert_eq!(message, "find `hf:org/never-pulled@main` on this machine: it was not pulled");
}

#[test]
fn configurations_that_mean_something_else_are_refused() {
    for (name, content, problem) in [
        (
            "1_Pooling/config.json",
            r#"{"word_embedding_dimension": 4, "pooling_mode_max_tokens": true}"#,
            "expected the pooling mean, cls or lasttoken, got max_tokens",
        ),
        (
            "1_Pooling/config.json",
            r#"{"word_embedding_dimension": 4}"#,
            "expected the pooling mean, cls or lasttoken, got none",
        ),
        (
            "1_Pooling/config.json",
            r#"{"pooling_mode": "mean", "word_embedding_dimension": 0}"#,
            "expected a positive `word_embedding_dimension`",
        ),
        (
            "modules.json",
            r#"[{"type": "sentence_transformers.models.Dense"}]"#,
            "expected Transformer, Pooling and Normalize as modules, got `sentence_transformers.models.Dense`",
        ),
        ("modules.json", "{}", "expected a list of modules"),
        ("sentence_bert_config.json", r#"{"max_seq_length": null}"#, "expected a positive `max_seq_length`, got null"),
        (
            "sentence_bert_config.json",
            r#"{"max_seq_length": 2}"#,
            "a window of 2 tokens is filled by special tokens and prefix",
        ),
    ] {
        let folder = tiny("good");
        put(folder.path(), name, content.as_bytes());
        assert_eq!(tiny_refused(&folder), format!("use the model of `{name}`: {problem}"));
    }
    let folder = tiny("good");
    put(folder.path(), "config.json", br#"{"max_position_embeddings": 4}"#);
    assert!(tiny_refused(&folder).ends_with("`max_seq_length` is 8, but the model has 4 positions"));
    put(folder.path(), "modules.json", b"[");
    assert_eq!(tiny_refused(&folder), "read `modules.json`: not the JSON that was expected");
}

#[test]
fn a_tokenizer_of_another_model_is_found_out() {
    let folder = tiny("good");
    let (_, minilm) = BUILTIN_MODELS[0].files[1];
    put(folder.path(), "tokenizer.json", minilm);
    assert_eq!(
        tiny_refused(&folder),
        "use the tokenizer `tokenizer.json` with `model.onnx`: expected at most 16 tokens, as many as the embedding table has rows, got 30522"
    );
    // As few tokens as there are rows, but with an id beyond them: the engine must not see it.
    put(folder.path(), "tokenizer.json", TINY_TOKENIZER.replace(r#""b": 4"#, r#""b": 99"#).as_bytes());
    assert_eq!(
        tiny_fails(&folder),
        "use the tokenizer `tokenizer.json` with `model.onnx`: expected ids below the 16 rows of the embedding table, got 99"
    );
    put(folder.path(), "tokenizer.json", TINY_TOKENIZER.replace(r#""ids": [1]"#, r#""ids": [12]"#).as_bytes());
    assert_eq!(
        tiny_refused(&folder),
        "use the tokenizer `tokenizer.json`: its post-processor adds the id 12, which is not in its vocabulary"
    );
    put(folder.path(), "tokenizer.json", b"{}");
    assert!(tiny_refused(&folder).starts_with("use the tokenizer `tokenizer.json`: "), "{}", tiny_refused(&folder));
}

// ---- graphs of other shapes

/// The rows of the table for ids, as `make.py` writes them.
fn row(id: usize) -> Vec<f64> {
    (1..=4).map(|j| f64::from(u32::try_from(id * 4 + j).unwrap()).sin()).collect()
}

/// The ids of `[CLS] a b [SEP]`.
const IDS: [usize; 4] = [1, 3, 4, 2];

fn unit(vector: &[f64]) -> Vec<f64> {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    vector.iter().map(|x| x / length).collect()
}

fn mean_row() -> Vec<f64> {
    (0..4).map(|j| IDS.iter().map(|&id| row(id)[j]).sum::<f64>() / 4.0).collect()
}

/// `mean · [[2,0,0],[2,2,0],[0,2,2],[0,0,2]]`.
fn after_dense() -> Vec<f64> {
    let mean = mean_row();
    (0..3).map(|j| 2.0 * (mean[j] + mean[j + 1])).collect()
}

/// The vector of the text `a b`; none where the engine does not take such a graph.
fn tiny_vector(folder: &TempDir, options: &[(&'static str, OptionValue)]) -> Vec<f64> {
    let mut request = request(".", folder.path());
    for (name, value) in options {
        request.options.insert(name, value.clone());
    }
    let embedder = opened(&request);
    let vector = vectors(&*embedder, &["a b"], 1).remove(0);
    assert_eq!(vector.len(), embedder.space().dimension);
    vector.into_iter().map(f64::from).collect()
}

#[track_caller]
fn assert_close(got: &[f64], expected: &[f64], bound: f64) {
    assert_eq!(got.len(), expected.len());
    for (x, y) in got.iter().zip(expected) {
        assert!((x - y).abs() < bound, "expected {expected:?}, got {got:?}");
    }
}

fn word(text: &str) -> OptionValue {
    OptionValue::Text(text.to_owned())
}

#[test]
fn layers_behind_the_pooling_are_the_graphs_own_business() {
    let folder = tiny("dense");
    let modules = r#"[{"type": "Transformer", "path": ""}, {"type": "Pooling", "path": "1_Pooling"},
        {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}, {"type": "Normalize", "path": "3"}]"#;
    put(folder.path(), "modules.json", modules.as_bytes());
    put(folder.path(), "2_Dense/config.json", br#"{"in_features": 4, "out_features": 3}"#);
    assert_close(&tiny_vector(&folder, &[]), &unit(&after_dense()), 1e-6);
    // Without such layers the graph's token vectors are pooled as the folder says, whatever else it gives.
    assert_close(&tiny_vector(&tiny("dense"), &[]), &unit(&mean_row()), 1e-6);
    assert_close(&tiny_vector(&tiny("dense"), &[("pooling", word("model"))]), &unit(&after_dense()), 1e-6);
    let error = open(&with(&tiny("good"), "pooling", word("model"))).err().unwrap().to_string();
    assert!(
        error.ends_with("expected an output `sentence_embedding` for the pooling `model`, got last_hidden_state"),
        "{error}"
    );
}

fn with(folder: &TempDir, name: &'static str, value: OptionValue) -> Request {
    let mut request = request(".", folder.path());
    request.options.insert(name, value);
    request
}

#[test]
fn a_graph_that_gives_only_vectors_of_texts_needs_no_pooling() {
    let folder = tiny("text_only");
    for file in ["modules.json", "1_Pooling/config.json"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    assert_close(&tiny_vector(&folder, &[]), &unit(&after_dense()), 1e-6);
    let pooling =
        opened(&request(".", folder.path())).space().traits.iter().find(|(name, _)| name == "pooling").cloned();
    assert_eq!(pooling.unwrap().1, "model");
}

#[test]
fn a_decoder_with_a_cache_gets_an_empty_one_and_its_positions() {
    if engine_report().chosen != Ok(EngineKind::OnnxRuntime) {
        eprintln!("skipped: the pure-Rust engine takes no graph with an empty cache");
        return;
    }
    let folder = tiny("decoder");
    put(folder.path(), "1_Pooling/config.json", br#"{"word_embedding_dimension": 4, "pooling_mode_lasttoken": true}"#);
    // The last of four tokens is `[SEP]` at position 3.
    let expected: Vec<f64> = row(2).iter().map(|x| x + 3.0).collect();
    assert_close(&tiny_vector(&folder, &[]), &unit(&expected), 1e-6);
}

#[test]
fn half_precision_short_ids_and_weights_beside_the_graph_are_taken() {
    assert_close(&tiny_vector(&tiny("fp16"), &[]), &unit(&mean_row()), 1e-3);
    if engine_report().chosen == Ok(EngineKind::OnnxRuntime) {
        assert_close(&tiny_vector(&tiny("int32"), &[]), &unit(&mean_row()), 1e-6);
    } else {
        eprintln!("skipped: the pure-Rust engine and ids of 32 bits");
    }
    let folder = tiny("external");
    let message = refused(&request(".", folder.path()));
    assert!(message.ends_with("external.onnx_data`"), "weights that are not there are named: {message}");
    put(folder.path(), "external.onnx_data", &fs::read(fixtures().join("external.onnx_data")).unwrap());
    assert_close(&tiny_vector(&folder, &[]), &unit(&mean_row()), 1e-6);
    let before = opened(&request(".", folder.path())).space().fingerprint.clone();
    put(folder.path(), "external.onnx_data", &[0x3f; 256]);
    assert_ne!(opened(&request(".", folder.path())).space().fingerprint, before, "other weights are another space");
}

#[test]
fn a_model_that_scales_by_the_call_gives_the_same_bits_in_company() {
    if engine_report().chosen != Ok(EngineKind::OnnxRuntime) {
        return eprintln!("skipped: the pure-Rust engine does not take such a model");
    }
    let folder = tiny("dynamic");
    let embedder = opened(&request(".", folder.path()));
    let alone: Vec<_> = ["a b", "b b", "x a"].iter().map(|text| vectors(&*embedder, &[text], 1).remove(0)).collect();
    assert_eq!(bits(&vectors(&*embedder, &["a b", "b b", "x a"], 1)), bits(&alone));
}

#[test]
fn a_vector_is_cut_where_the_plan_says_so_and_is_of_length_one_again() {
    let folder = tiny("good");
    let cut = [("dimensions", OptionValue::Whole(2))];
    assert_close(&tiny_vector(&folder, &cut), &unit(&mean_row()[..2]), 1e-6);
    let embedder = opened(&with(&folder, "dimensions", OptionValue::Whole(2)));
    assert_ne!(embedder.space().fingerprint, opened(&request(".", folder.path())).space().fingerprint);
    assert!(embedder.notes()[0].contains("from 4 to 2 numbers"), "{:?}", embedder.notes());
    let whole = opened(&with(&folder, "dimensions", OptionValue::Whole(4)));
    assert_eq!(whole.space().fingerprint, opened(&request(".", folder.path())).space().fingerprint, "4 of 4 is no cut");
    let error = open(&with(&folder, "dimensions", OptionValue::Whole(5))).err().unwrap().to_string();
    assert!(error.ends_with("expected at most 4 in `embedder.dimensions`, which the model has, got 5"), "{error}");
}

#[test]
fn the_table_knows_what_a_model_can_be_cut_to() {
    let problems = |name: &'static str, value: OptionValue| {
        let mut request = builtin();
        request.options.insert(name, value);
        let found = super::super::provider("onnx").unwrap().problems(&request);
        found.into_iter().map(|problem| (problem.key, problem.message)).collect::<Vec<_>>()
    };
    let message =
        "expected 384 in `embedder.dimensions` for `all-MiniLM-L6-v2`, which was not trained to be cut, got 100";
    assert_eq!(problems("dimensions", OptionValue::Whole(100)), [("dimensions", message.to_owned())]);
    assert_eq!(problems("dimensions", OptionValue::Whole(384)), []);
    assert_eq!(problems("device", word("gpu"))[0].0, "device");
    assert_eq!(problems("pooling", word("max"))[0].0, "pooling");
    assert_eq!(problems("variant", word("int3"))[0].0, "variant");
    assert_eq!(problems("variant", word("fp32")), []);
    assert!(problems("variant", word("q4"))[0].1.contains("expected no `embedder.variant` for a built-in model"));
}

#[test]
fn what_a_folder_leaves_open_comes_from_the_plan_and_what_it_says_from_its_files() {
    let folder = tiny("good");
    for file in ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    assert!(tiny_refused(&folder).contains("modules.json"));
    let cls = [("pooling", word("cls")), ("window", OptionValue::Whole(6))];
    assert_close(&tiny_vector(&folder, &cls), &unit(&row(1)), 1e-6);
    // The plan's word counts more than the folder's.
    assert_close(&tiny_vector(&tiny("good"), &[("pooling", word("lasttoken"))]), &unit(&row(2)), 1e-6);
}

#[test]
fn positions_of_roberta_begin_late() {
    let folder = tiny("good");
    put(folder.path(), "config.json", br#"{"model_type": "xlm-roberta", "max_position_embeddings": 10}"#);
    opened(&request(".", folder.path()));
    put(folder.path(), "config.json", br#"{"model_type": "xlm-roberta", "max_position_embeddings": 9}"#);
    assert!(tiny_refused(&folder).ends_with("`max_seq_length` is 8, but the model has 7 positions"));
    put(folder.path(), "config.json", br#"{"model_type": "bert", "max_position_embeddings": 8}"#);
    let error = open(&with(&folder, "window", OptionValue::Whole(9))).err().unwrap().to_string();
    assert!(error.ends_with("`embedder.window` is 9, but the model has 8 positions"), "{error}");
}

#[test]
fn a_known_model_without_its_files_is_described_by_the_table_and_a_contradiction_is_told() {
    let read = |folder: &TempDir| {
        let choice = folder::Choice {
            graphs: graph_names(None).unwrap(),
            known: known::find("intfloat/e5-base-v2"),
            ..Default::default()
        };
        Model::read(folder::resolve(folder.path(), "."), &choice).unwrap().facts
    };
    let folder = tiny("good");
    let facts = read(&folder);
    assert_eq!(facts.prompt.as_deref(), Some("query: "), "its files say nothing about a prefix");
    assert_eq!(facts.window, 8);
    assert_eq!(
        facts.notes,
        ["the window of `e5-base-v2`: its files say 8, the table of known models says 512; the files count"]
    );
    for file in ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"] {
        fs::remove_file(folder.path().join(file)).unwrap();
    }
    let facts = read(&folder);
    assert_eq!((facts.pooling, facts.window, facts.width), (facts::Pooling::Mean, 512, 4));
    assert!(facts.normalizes && facts.notes.is_empty());
    put(folder.path(), "config.json", br#"{"max_position_embeddings": 128}"#);
    assert_eq!(read(&folder).window, 128, "an export may hold fewer positions");
    let prompts = br#"{"prompts": {"own": "passage: "}, "default_prompt_name": "own"}"#;
    put(folder.path(), "config_sentence_transformers.json", prompts);
    let facts = read(&folder);
    assert_eq!(facts.prompt.as_deref(), Some("passage: "));
    assert_eq!(facts.notes.len(), 1);
}

#[test]
fn a_device_that_is_not_here_is_an_error_with_a_way_out() {
    for report in device_reports() {
        let mut request = builtin();
        request.options.insert("device", word(report.name));
        match (report.usable, open(&request)) {
            (Ok(()), Ok(_)) => {}
            (Err(problem), Err(error)) => {
                assert_eq!(error.to_string(), format!("use the device `{}`: {problem}", report.name));
                assert!(error.hint().unwrap().contains("breadth doctor"));
            }
            (usable, opened) => panic!("{}: {usable:?}, yet opened: {}", report.name, opened.is_ok()),
        }
    }
    let folder = tiny("good");
    let cpu = with(&folder, "device", word("cpu"));
    let auto = request(".", folder.path());
    if device_reports().iter().all(|report| report.name == "cpu" || report.usable.is_err()) {
        assert_eq!(opened(&cpu).space().fingerprint, opened(&auto).space().fingerprint);
    }
}

// ---- engines

#[test]
fn the_report_says_which_engine_is_in_use_and_where_it_was_looked_for() {
    let report = engine_report();
    let engine = *report.chosen.as_ref().unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(report.path.is_some(), engine == EngineKind::OnnxRuntime);
    assert!(report.version.as_ref().is_some_and(|version| !version.is_empty()));
    assert!(std::env::var_os("BREADTH_ENGINE").is_some() || report.searched.len() >= 5, "{:?}", report.searched);
}

/// Prints the report of a process whose environment the parent has made up.
#[test]
#[ignore = "run by other tests, in a process with a made-up environment"]
fn child_report() {
    let report = engine_report();
    let text = format!("{:?}\n{:?}\n", report.chosen, report.searched);
    fs::write(std::env::var_os("BREADTH_TEST_OUT").unwrap(), text).unwrap();
}

fn report_with(variables: &[(&str, &str)]) -> String {
    let out = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["embed::onnx::tests::child_report", "--exact", "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .env("BREADTH_TEST_OUT", out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(out.path()).unwrap()
}

#[test]
fn a_missing_or_broken_library_is_told_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "libonnxruntime.so", b"this is no library");
    let broken = folder.path().join("libonnxruntime.so");
    for path in [broken.to_str().unwrap(), "/nowhere/libonnxruntime.so"] {
        let report = report_with(&[("ORT_DYLIB_PATH", path), ("BREADTH_ENGINE", "auto")]);
        assert!(report.contains(path) && !report.contains("panicked"), "{report}");
        assert!(report.starts_with("Ok(") || cfg!(not(feature = "tract")), "{report}");
    }
    let report = report_with(&[("BREADTH_ENGINE", "gpu")]);
    assert!(
        report.starts_with(r#"Err("expected auto, onnxruntime or tract in `BREADTH_ENGINE`, got `gpu`")"#),
        "{report}"
    );
}
