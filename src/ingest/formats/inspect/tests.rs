//! Logs that `inspect_ai` wrote, field by field; summaries; and archives that nobody should trust.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::*;
use crate::ingest::{FileReport, IngestError, Input, Row, Source, expand_globs};
use crate::model::Record;

type Outcome = Result<(Vec<Row>, FileReport), IngestError>;

fn read_path(path: &Path) -> Outcome {
    let mut rows = Vec::new();
    let input = Input { path: path.to_owned(), name: Arc::from("f") };
    let report = crate::ingest::read(&input, &Source::default(), &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, report))
}

fn read_bytes(bytes: &[u8]) -> Outcome {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_path(file.path())
}

fn records(outcome: Outcome) -> Vec<Record> {
    let rows = outcome.unwrap().0.into_iter();
    rows.map(|row| match row {
        Row::Record(record) => record,
        Row::Reject(reject) => panic!("{}", reject.reason),
    })
    .collect()
}

fn reasons(outcome: Outcome) -> Vec<String> {
    let rows = outcome.unwrap().0.into_iter();
    rows.filter_map(|row| match row {
        Row::Reject(reject) => Some(reject.reason),
        Row::Record(_) => None,
    })
    .collect()
}

fn problem(bytes: &[u8]) -> String {
    read_bytes(bytes).unwrap_err().to_string()
}

// ---------------------------------------------------------------- what the tool wrote

/// Compares a record with what the tool's own objects say.
fn compare(case: &str, found: &Record, expected: &Value, run: &Value) {
    let text = |key: &str| expected[key].as_str();
    let at = format!("{case}: {} #{}", found.question_id, expected["draw"]);
    assert_eq!(found.model.as_deref(), text("model"), "{at}");
    // A text with tags waits in `response` to be split.
    let said = found.response.as_deref().or(found.solution.as_deref());
    assert_eq!(said, text("completion"), "{at}");
    assert_eq!(found.response.is_some(), text("completion").is_some_and(|text| text.contains("think>")), "{at}");
    assert_eq!(found.thinking.as_deref(), text("thinking"), "{at}");
    // An empty answer is none.
    assert_eq!(found.answer.as_deref(), text("answer").filter(|answer| !answer.is_empty()), "{at}");
    assert_eq!(found.gold.as_deref(), text("gold"), "{at}");
    assert_eq!(found.correct, expected["correct"].as_bool(), "{at}");
    assert_eq!(found.reward, expected["score"].as_f64(), "{at}");
    assert_eq!(found.prompt_tokens, expected["prompt_tokens"].as_i64(), "{at}");
    assert_eq!(found.thinking_tokens, expected["thinking_tokens"].as_i64(), "{at}");
    let solution_tokens = expected["thinking_tokens"].as_i64().map(|n| expected["output_tokens"].as_i64().unwrap() - n);
    assert_eq!(found.solution_tokens, solution_tokens, "{at}");
    assert_eq!(found.finish_reason.as_deref(), text("finish_reason"), "{at}");
    assert_eq!(found.mean_logprob, expected["mean_logprob"].as_f64(), "{at}");
    assert_eq!(found.mean_entropy, None, "{at}: two alternatives are not all");
    assert_eq!(found.dataset.as_deref(), run["task"].as_str(), "{at}: the data set has no name");
    compare_extra(&at, found, expected);
}

fn compare_extra(at: &str, found: &Record, expected: &Value) {
    let extra: Value = serde_json::from_str(found.extra.as_deref().unwrap()).unwrap();
    let more = &expected["extra"];
    assert_eq!(extra["thinking_kind"].as_str(), expected["thinking_kind"].as_str(), "{at}");
    for (position, (name, score)) in more["scores"].as_object().unwrap().iter().enumerate() {
        assert_eq!(extra["scores"][name]["value"], score["value"], "{at}: {name}");
        let answer = extra["scores"][name]["answer"].as_str();
        let kept = position > 0 || score["answer"] == "";
        assert_eq!(answer, score["answer"].as_str().filter(|_| kept), "{at}: {name}");
    }
    assert_eq!(extra["choices"], more["choices"], "{at}");
    assert_eq!(extra["n_choices"].as_u64(), more["all_choices"].as_array().map(|all| all.len() as u64), "{at}");
    assert_eq!(extra["error_retries"].as_u64().unwrap_or(0), more["retries"].as_u64().unwrap(), "{at}");
    assert_eq!(extra["limit"]["type"], more["limit"], "{at}");
    assert_eq!(!extra["invalidation"].is_null(), more["invalidated"].as_bool().unwrap(), "{at}");
    assert_eq!(extra["usage"]["output_tokens"], expected["output_tokens"], "{at}");
    assert!(extra.get("events").is_none() && extra.get("messages").is_none(), "{at}");
}

fn compare_case(case: &str, folder: &Path) {
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let file = folder.join(expected["files"][0].as_str().unwrap());
    let (rows, report) = read_path(&file).unwrap();
    let is_json = file.extension().is_some_and(|extension| extension == "json");
    assert_eq!(report.format, if is_json { "inspect-json" } else { "inspect" }, "{case}");
    let mut samples: BTreeMap<(&str, i64), &Value> = BTreeMap::new();
    for sample in expected["samples"].as_array().unwrap() {
        samples.insert((sample["question_id"].as_str().unwrap(), sample["draw"].as_i64().unwrap()), sample);
    }
    assert_eq!(rows.len(), samples.len(), "{case}: {rows:?}");
    let mut refused = Vec::new();
    for row in &rows {
        match row {
            Row::Record(record) => {
                let sample = samples.remove(&(&record.question_id, record.round.unwrap())).unwrap();
                compare(case, record, sample, &expected);
            }
            Row::Reject(reject) => refused.push(reject.reason.clone()),
        }
    }
    assert_eq!(refused.len(), samples.len(), "{case}: {refused:?}");
    for sample in samples.values() {
        assert!(sample["completion"].is_null(), "{case}: {sample}");
        if let Some(error) = sample["error"].as_str() {
            // Shown up to a length.
            let beginning: String = error.chars().take(30).collect();
            let said = format!("the sample ended with an error: {beginning}");
            assert!(refused.iter().any(|reason| reason.starts_with(&said)), "{case}: {refused:?}");
        } else {
            let said = "the sample has no output: its `token` limit ended it".to_owned();
            assert!(refused.contains(&said), "{case}: {refused:?}");
        }
    }
}

#[test]
fn logs_of_the_tool_agree_with_its_own_objects_field_by_field() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/inspect");
    if !folder.is_dir() {
        eprintln!("skipped: no logs here");
        return;
    }
    let mut n = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let folder = entry.unwrap().path();
        compare_case(&folder.file_name().unwrap().to_string_lossy(), &folder);
        n += 1;
    }
    assert!(n >= 11, "{n}");
}

/// The runs that everybody can download, where they are at hand.
#[test]
fn summaries_of_real_runs_are_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/raw/otis-aime-inspect");
    if !folder.is_dir() {
        eprintln!("skipped: no real runs here");
        return;
    }
    for (run, n_correct, model) in [
        ("a", 136, "fireworks/accounts/fireworks/models/deepseek-v3-0324"),
        ("b", 263, "google/gemini-2.5-flash-preview-04-17"),
    ] {
        let mut inputs = expand_globs(&folder.join(run), &["*.json".to_owned()]).unwrap();
        assert_eq!(inputs.len(), 2);
        let (rows, report) = read_path(&inputs.pop().unwrap().path).unwrap();
        assert_eq!((report.format, report.n_records, report.n_rejects), ("inspect-summaries", 360, 0));
        let found = records(Ok((rows, report)));
        assert_eq!(found.iter().filter(|record| record.correct == Some(true)).count(), n_correct);
        assert!(found.iter().all(|record| record.model.as_deref() == Some(model) && record.answer.is_none()));
        assert!(found.iter().all(|record| record.dataset.as_deref() == Some("EpochAI/otis-mock-aime-24-25")));
        assert_eq!(found.iter().filter_map(|record| record.round).max(), Some(7));
        let header = read_path(&inputs.pop().unwrap().path).unwrap();
        assert_eq!((header.0.len(), header.1.format), (0, "inspect-json"), "a header has no samples");
    }
}

// ---------------------------------------------------------------- logs made here

fn eval() -> Value {
    json!({"task": "t", "model": "m", "dataset": {"name": "d", "sample_ids": ["b", "a", 3]}})
}

fn sample(id: &str, epoch: u64, text: &str) -> Value {
    let message = json!({"role": "assistant", "content": text});
    let output = json!({"model": "m1", "choices": [{"message": message, "stop_reason": "stop"}], "completion": text});
    json!({"id": id, "epoch": epoch, "input": "?", "target": "7", "messages": [], "output": output,
        "scores": {"match": {"value": "C", "answer": "7"}}, "uuid": "u"})
}

fn log(samples: &Value) -> Value {
    json!({"version": 2, "status": "success", "eval": eval(), "plan": {}, "samples": samples})
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(zip::CompressionMethod::Zstd)
}

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, options()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn header() -> (&'static str, Vec<u8>) {
    ("header.json", json!({"version": 2, "eval": eval()}).to_string().into_bytes())
}

fn member(id: &str, epoch: u64, text: &str) -> (String, Vec<u8>) {
    (format!("samples/{id}_epoch_{epoch}.json"), sample(id, epoch, text).to_string().into_bytes())
}

fn small() -> Vec<u8> {
    let members: Vec<(String, Vec<u8>)> =
        (0..6).map(|n| member(["a", "b", "c"][n % 3], 1 + n as u64 / 3, &format!("text {n}"))).collect();
    let mut all: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    all.push(header());
    archive(&all)
}

#[test]
fn samples_come_by_epoch_and_then_in_the_order_of_the_data_set() {
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let found = records(pool.install(|| read_bytes(&small())));
        let order: Vec<(&str, Option<i64>)> = found.iter().map(|r| (r.question_id.as_str(), r.round)).collect();
        let expected = [("b", 0), ("a", 0), ("c", 0), ("b", 1), ("a", 1), ("c", 1)];
        assert_eq!(order, expected.map(|(id, round)| (id, Some(round))));
        assert_eq!(found.iter().map(|r| r.source_row).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn a_log_on_one_line_and_one_on_many_are_the_same() {
    let whole = log(&json!([sample("a", 1, "x"), sample("b", 2, "<think>y</think>z")]));
    let lines = serde_json::to_string_pretty(&whole).unwrap();
    for text in [whole.to_string(), format!("{whole}\n"), lines] {
        let (rows, report) = read_bytes(text.as_bytes()).unwrap();
        assert_eq!(report.format, "inspect-json");
        let found = records(Ok((rows, report)));
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].solution.as_deref(), found[0].response.as_deref()), (Some("x"), None));
        assert_eq!((found[1].solution.as_deref(), found[1].response.as_deref()), (None, Some("<think>y</think>z")));
        assert_eq!(
            (found[1].round, found[1].model.as_deref(), found[1].dataset.as_deref()),
            (Some(1), Some("m1"), Some("d"))
        );
    }
    let none = json!({"version": 2, "eval": eval(), "plan": {}, "samples": null});
    assert_eq!(records(read_bytes(none.to_string().as_bytes())).len(), 0);
}

#[test]
fn what_is_missing_or_damaged_is_said_with_its_name() {
    let summaries = json!([{"id": "a", "epoch": 1, "scores": {}}, {"id": "gone", "epoch": 2}, {"id": 3, "epoch": 1}]);
    let (name, bytes) = member("a", 1, "x");
    let found = reasons(read_bytes(&archive(&[
        header(),
        (&name, bytes),
        ("samples/broken_epoch_1.json", b"{\"id\": ".to_vec()),
        ("samples/latin_epoch_1.json", b"{\"id\": \"\xff\"}".to_vec()),
        ("samples/bare_epoch_1.json", b"{\"id\": \"bare\", \"epoch\": 1}".to_vec()),
        ("samples/twice_epoch_1.json", b"{\"id\": \"twice\", \"id\": 1}".to_vec()),
        ("summaries.json", summaries.to_string().into_bytes()),
    ])));
    let expected = [
        "`samples/broken_epoch_1.json`: line ends in the middle of a JSON value (after byte 7)",
        "`samples/latin_epoch_1.json` is no UTF-8, from byte 9 on",
        "the sample has no output",
        "`samples/twice_epoch_1.json`: `id` occurs twice in the row",
        "the log tells of sample `gone`, epoch 2, but does not hold it",
        "the log tells of sample `3`, epoch 1, but does not hold it",
    ];
    assert_eq!(found, expected);
}

#[test]
fn deep_and_strange_samples_are_rejects_at_worst() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let with = |column: &str, json: &str| {
        let text = sample("a", 1, "x").to_string();
        let text = text.replacen('{', &format!("{{\"{column}\": {json},"), 1);
        read_bytes(&archive(&[header(), ("samples/a_epoch_1.json", text.into_bytes())]))
    };
    assert_eq!(reasons(with("mine", &deep)), ["`mine` is nested more than 128 levels deep"]);
    assert_eq!(records(with("events", &deep)).len(), 1, "events are passed over");
    assert_eq!(records(with("attachments", &deep)).len(), 1);
    assert_eq!(records(with("total_time", "NaN"))[0].solution.as_deref(), Some("x"));
    for epoch in ["0", "-1", "1.5", "1e400", "\"1\"", "99999999999999999999999"] {
        let text = sample("a", 1, "x").to_string().replace("\"epoch\":1", &format!("\"epoch\":{epoch}"));
        assert_eq!(reasons(read_bytes(&archive(&[("samples/a_epoch_1.json", text.into_bytes())]))).len(), 1, "{epoch}");
    }
}

#[test]
fn a_chunked_sample_with_a_damaged_attachment_is_a_reject_only_where_it_is_needed() {
    let text = |content: &str| sample("a", 1, content).to_string().into_bytes();
    let read = |content: &str| {
        read_bytes(&archive(&[
            header(),
            ("samples/a_epoch_1/sample.json", text(content)),
            ("samples/a_epoch_1/attachments/0.json", b"[\"zero\", \"one\"]".to_vec()),
            ("samples/a_epoch_1/attachments/2.json", b"[\"two\"".to_vec()),
            ("samples/a_epoch_1/metadata.json", b"{\"level\": NaN}".to_vec()),
        ]))
    };
    let found = &records(read("attachment://1"))[0];
    assert_eq!(found.solution.as_deref(), Some("one"));
    assert!(found.extra.as_deref().unwrap().contains(r#""metadata":{"level": "NaN"}"#));
    assert_eq!(records(read("attachment://x"))[0].solution.as_deref(), Some("attachment://x"));
    assert!(reasons(read("attachment://2"))[0].starts_with("attachments from 2 on: EOF"));
}

#[test]
fn a_plan_may_take_columns_and_may_not_look_for_rows() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&small()).unwrap();
    let input = Input::new(file.path());
    let mut source = Source::default();
    source.map.insert("sample_id".to_owned(), "uuid".to_owned());
    source.defaults.insert("dataset".to_owned(), "mine".to_owned());
    let mut found = Vec::new();
    let mut sink = |row| {
        found.push(row);
        ControlFlow::Continue(())
    };
    crate::ingest::read(&input, &source, &mut sink).unwrap();
    assert!(
        matches!(&found[0], Row::Record(r) if r.sample_id.as_deref() == Some("u") && r.dataset.as_deref() == Some("mine"))
    );
    source.instructions.rows = Some("$.samples[*]".to_owned());
    let error = crate::ingest::read(&input, &source, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("`rows`"), "{error}");
}

// ---------------------------------------------------------------- archives that nobody should trust

#[test]
fn archives_that_are_no_logs_are_errors_that_say_what_they_are() {
    let found = problem(&archive(&[("archive/data.pkl", b"x".to_vec()), ("archive/version", b"3".to_vec())]));
    assert!(found.contains("it is a Python pickle"), "{found}");
    let found = problem(&archive(&[("word/document.xml", b"x".to_vec())]));
    assert!(found.contains("expected a log of inspect_ai, found `word/document.xml` in it"), "{found}");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&small()).unwrap();
    let found = problem(&packed.finish().unwrap());
    assert!(found.contains("expected a plain file, got gzip data"), "{found}");
}

#[test]
fn names_are_keys_and_never_paths() {
    let text = sample("a", 1, "x").to_string().into_bytes();
    let names =
        ["samples/../../../tmp/a_epoch_1.json", "samples//etc/passwd_epoch_1.json", "../samples/x_epoch_1.json"];
    let members: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, text.clone())).chain([header()]).collect();
    assert_eq!(records(read_bytes(&archive(&members))).len(), 2, "the last is no sample");
}

/// A member that says it holds 300 MB, or that says less than it holds.
#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let mut bytes = archive(&[header(), ("samples/a_epoch_1.json", vec![0; 300_000_000])]);
    assert!(bytes.len() < 100_000);
    let (name, last) = member("b", 1, "x");
    let with_neighbor = archive(&[header(), ("samples/a_epoch_1.json", vec![0; 300_000_000]), (&name, last)]);
    let (rows, report) = read_bytes(&with_neighbor).unwrap();
    assert_eq!((report.n_records, report.n_rejects), (1, 1), "{rows:?}");
    assert_eq!(reasons(read_bytes(&bytes)), ["`samples/a_epoch_1.json` is longer than 256 MiB"]);
    // The size in the directory, which is what counts.
    let at = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap() + 24;
    bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    let found = reasons(read_bytes(&bytes));
    assert_eq!(found, ["`samples/a_epoch_1.json` is damaged: Destination buffer is too small"]);
}

#[test]
fn a_log_cut_anywhere_is_an_error_that_says_so() {
    let bytes = small();
    for cut in (0..bytes.len()).step_by(37).chain([1, 4, 21, 22, bytes.len() - 1]) {
        match read_bytes(&bytes[..cut]) {
            Err(error) if cut >= 40 => {
                let error = error.to_string();
                assert!(error.contains("the file was cut off"), "cut at {cut}: {error}");
            }
            Err(_) => {}
            Ok((rows, _)) => assert!(!rows.iter().any(|row| matches!(row, Row::Record(_))), "cut at {cut}"),
        }
    }
}

#[test]
fn a_log_with_flipped_bits_never_panics_and_never_changes_a_text() {
    let bytes = small();
    let whole = records(read_bytes(&bytes));
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        if let Ok((rows, _)) = read_bytes(&damaged) {
            for row in rows {
                if let Row::Record(record) = row {
                    assert!(whole.iter().any(|other| other.solution == record.solution), "byte {at}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_archives_never_panic(
        head in proptest::collection::vec(any::<u8>(), 0..300),
        tail in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let _ = read_bytes(&[b"PK\x03\x04", head.as_slice()].concat());
        let _ = read_bytes(&[b"PK\x03\x04", head.as_slice(), b"PK\x01\x02", &tail, b"PK\x05\x06\0\0\0\0", &tail].concat());
    }

    #[test]
    fn any_value_in_place_of_any_other_never_panics(at in 0..40_usize, other in 0..6_usize) {
        // Walks to a place in the sample and puts something else there.
        let mut sample = sample("a", 1, "x");
        let mut paths = Vec::new();
        pointers(&sample, String::new(), &mut paths);
        let path = &paths[at % paths.len()];
        let others = [json!(null), json!([]), json!({}), json!("attachment://0"), json!(-1e300), json!([{"type": "reasoning"}])];
        *sample.pointer_mut(path).unwrap() = others[other].clone();
        let text = sample.to_string().into_bytes();
        let _ = read_bytes(&archive(&[header(), ("samples/a_epoch_1.json", text)]));
        let _ = read_bytes(log(&json!([sample])).to_string().as_bytes());
    }
}

fn pointers(value: &Value, path: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| pointers(inner, format!("{path}/{name}"), into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| pointers(inner, format!("{path}/{n}"), into));
        }
        _ => {}
    }
    into.push(path);
}
