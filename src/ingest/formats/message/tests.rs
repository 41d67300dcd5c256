//! What the tests of the chat servers' formats share, and logs that the vendors' own types wrote.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::ingest::{Input, Row, Source, read};
use crate::model::Record;

/// What became of the rows of a file, each a record or a reason, and the format that it was taken for.
pub(in crate::ingest::formats) fn rows_of(path: &Path, source: &Source) -> (Vec<Result<Record, String>>, &'static str) {
    let mut rows = Vec::new();
    let input = Input { path: path.to_owned(), name: Arc::from("f") };
    let report = read(&input, source, &mut |row| {
        rows.push(match row {
            Row::Record(record) => Ok(record),
            Row::Reject(reject) => Err(reject.reason),
        });
        ControlFlow::Continue(())
    });
    (rows, report.unwrap().format)
}

pub(in crate::ingest::formats) fn rows_in(text: &str) -> (Vec<Result<Record, String>>, &'static str) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    rows_of(file.path(), &Source::default())
}

/// The only row of a text.
pub(in crate::ingest::formats) fn row_in(text: &str, format: &str) -> Result<Record, String> {
    let (mut rows, found) = rows_in(text);
    assert_eq!((rows.len(), found), (1, format), "{rows:?}");
    rows.remove(0)
}

/// A column that no field has.
pub(in crate::ingest::formats) fn extra(record: &Record, column: &str) -> Value {
    let extra: Value = serde_json::from_str(record.extra.as_deref().unwrap_or("{}")).unwrap();
    extra[column].clone()
}

/// Every value that may stand where another one is expected.
const WRONG: [&str; 11] = [
    "null",
    "true",
    "7",
    "-1e999",
    "123456789012345678901234567890123456789012345",
    r#""""#,
    r#""\ud800""#,
    "[]",
    "{}",
    r#"[null, 1, {"type": 3, "text": []}, "x"]"#,
    r#"{"type": null, "text": {"a": 1}}"#,
];

/// Puts every wrong value, and a very deep one, in the place of each value of a row, and repeats each name.
pub(in crate::ingest::formats) fn torture(row: &str, format: &str) {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let source = Source { format: crate::ingest::Format::named(format).unwrap(), ..Source::default() };
    let mut lines = Vec::new();
    // A name's place is where its colon is; its value goes on to the end of a JSON value.
    for (colon, _) in row.match_indices("\":") {
        let mut values = serde_json::Deserializer::from_str(&row[colon + 2..]).into_iter::<Value>();
        let Some(Ok(_)) = values.next() else { continue };
        let end = colon + 2 + values.byte_offset();
        let start = row[..colon].rfind('"').unwrap();
        for wrong in WRONG.iter().copied().chain([deep.as_str()]) {
            lines.push(format!("{}{wrong}{}", &row[..colon + 2], &row[end..]));
        }
        lines.push(format!("{}{},{}", &row[..start], &row[start..end], &row[start..]));
    }
    assert!(lines.len() > 100);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.join("\n").as_bytes()).unwrap();
    let (rows, _) = rows_of(file.path(), &source);
    assert!(rows.len() >= lines.len(), "every row has an outcome");
    for reason in rows.iter().filter_map(|row| row.as_ref().err()) {
        assert!(!reason.is_empty() && reason.len() < 2000, "{reason}");
    }
    // A row cut anywhere is a reject.
    for end in (1..row.len()).filter(|end| row.is_char_boundary(*end)) {
        file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&row.as_bytes()[..end]).unwrap();
        let (rows, _) = rows_of(file.path(), &source);
        assert!(rows.iter().all(Result::is_err) && rows.len() == 1, "{end}: {rows:?}");
    }
}

fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/openai")
}

/// Logs written by the vendors' own types, each with what these types say is in it.
#[test]
fn logs_of_the_vendors_own_types_agree_field_by_field() {
    for (folder, format) in [
        ("chat", "chat-completions"),
        ("vllm", "chat-completions"),
        ("sglang", "chat-completions"),
        ("openrouter", "chat-completions"),
        ("deepseek", "chat-completions"),
        ("responses", "openai-responses"),
        ("batch", "openai-batch"),
        ("batch-responses", "openai-batch"),
        ("gemini", "gemini"),
        ("gemini-snake", "gemini"),
    ] {
        let expected = std::fs::read_to_string(logs().join(folder).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let mut rows = Vec::new();
        for file in expected["files"].as_array().unwrap() {
            let (found, recognized) = rows_of(&logs().join(folder).join(file.as_str().unwrap()), &Source::default());
            assert_eq!(recognized, format, "{folder}");
            rows.extend(found);
        }
        let (mut records, mut reasons) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok(record) => records.push(record),
                Err(reason) => reasons.push(reason),
            }
        }
        for sample in expected["samples"].as_array().unwrap() {
            agree(folder, sample, &mut records, &mut reasons);
        }
        assert!(records.is_empty(), "{folder}: {records:?}");
        let rejects = expected["rejects"].as_array().map_or(0, Vec::len);
        // Those of the batch lie in two files.
        assert_eq!(reasons.len(), if folder == "batch" { rejects - 1 } else { rejects }, "{folder}: {reasons:?}");
    }
}

#[track_caller]
fn agree(folder: &str, sample: &Value, records: &mut Vec<Record>, reasons: &mut Vec<String>) {
    let text = |name: &str| sample[name].as_str();
    if text("finish_reason") == Some("tool_calls") {
        // The types call it a sample. It is a turn in the middle of an answer, and holds no solution.
        assert_eq!(reasons.pop().as_deref(), Some("the answer holds tool calls, no text"));
        return;
    }
    let of_extra = |name: &str| sample["extra"][name].as_str();
    let is_it = |record: &Record| {
        text("question_id") == Some(&*record.question_id)
            && (record.round == sample["round"].as_i64().or(sample["draw"].as_i64())
                || record.round.is_none() && sample["draw"] == 0)
            && record.chain == sample["chain"].as_i64()
    };
    let position = records.iter().position(is_it).unwrap_or_else(|| panic!("{folder}: no {sample}"));
    let record = records.remove(position);
    let refused = extra(&record, "refusal") == true;
    let found = record.solution.as_deref().or(record.response.as_deref());
    assert_eq!(if refused { None } else { found }, text("completion"), "{folder}: {sample}");
    if refused {
        assert!(of_extra("refusal").is_none_or(|refusal| found == Some(refusal)), "{folder}: {sample}");
    }
    assert_eq!(record.model.as_deref(), text("model"));
    assert_eq!(record.thinking.as_deref(), text("thinking"), "{folder}: {sample}");
    assert_eq!(record.finish_reason.as_deref(), text("finish_reason"));
    assert_eq!(record.mean_logprob, sample["mean_logprob"].as_f64(), "{folder}: {sample}");
    assert_eq!(record.prompt_tokens, sample["prompt_tokens"].as_i64());
    assert_eq!(record.thinking_tokens, sample["thinking_tokens"].as_i64());
    let (thinking, output) = (sample["thinking_tokens"].as_i64(), sample["output_tokens"].as_i64());
    let beside = if folder.starts_with("gemini") { Some(0) } else { thinking };
    assert_eq!(record.solution_tokens, output.and_then(|output| Some(output - beside?)), "{folder}: {sample}");
    let kind = extra(&record, "thinking_kind");
    if kind == "count-only" && text("thinking_kind").is_none() {
        // The types of chat completions know no kinds; the count beside a bare answer is one all the same.
        assert!(thinking > Some(0) && record.thinking.is_none());
    } else {
        assert_eq!(kind.as_str(), text("thinking_kind"), "{folder}: {sample}");
    }
    if let Some(mode) = of_extra("mode") {
        assert_eq!(record.mode.as_deref(), Some(mode));
    }
    for (name, column) in [("custom_id", "custom_id"), ("response_id", "id")] {
        if let Some(id) = of_extra(name) {
            assert_eq!(extra(&record, column), id, "{folder}");
        }
    }
}

#[test]
fn what_a_provider_says_is_short_and_on_one_line() {
    assert_eq!(provider_words(r#"{"code": 429, "message": "slow\n down"}"#), "429: slow down");
    assert_eq!(provider_words(r#"{"type": "x", "code": null, "message": null}"#), "x");
    assert_eq!(provider_words(r#""words""#), "words");
    assert_eq!(provider_words(r#"{"a": [1]}"#), r#"{"a": [1]}"#);
    assert_eq!(provider_words(&format!("\"{}\"", "é".repeat(400))), format!("{}…", "é".repeat(300)));
}
