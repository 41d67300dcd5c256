//! Output of `OpenAI`'s Batch API and of the servers that copy it: a line for each request, in any order.
//!
//! Source: `BatchRequestOutput` of `OpenAI`'s API reference. A line wraps a chat completion or a Responses object; failed
//! requests lie in a file of the same shape beside it. What a request was for stands in its `custom_id` alone: by our
//! convention `QUESTION|MODE|CHAIN|ROUND`, where what is empty or `-` is null. Any other `custom_id` names the question as a
//! whole; a plan's `derive` takes other conventions apart.

use super::message::provider_words;
use super::{chat_completions, openai_responses};
use crate::ingest::field::{CHAIN, Cell, Draft, MODE, QUESTION_ID, ROUND};
use crate::ingest::object::Object;
use crate::ingest::shape::{self, Shape};
use crate::ingest::sheet::Sheet;
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "openai-batch",
    meaning: "output of the OpenAI Batch API: `custom_id` and the `response` to each request, chat completions or Responses",
    mode: Some(
        "only `custom_id` tells, where it reads `QUESTION|MODE|CHAIN|ROUND`; a plan's `derive` reads other forms",
    ),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

/// Requests are known as well, so that whoever takes the wrong one of two files hears so.
fn known_by(shape: &Shape<'_>) -> bool {
    let response = shape.inside("response");
    let answers = response.has(&["body"]) || response.has(&["status_code"]);
    let fails = shape.kind("response") == Some(shape::Kind::Scalar) && shape.has(&["error"]);
    shape.has(&["custom_id"]) && (answers || fails || shape.has(&["method", "url", "body"]))
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let line = &document.object;
    let body = match body(line) {
        Ok(body) => body,
        Err(reason) => return sheet.refuse(reason),
    };
    let columns = line.clone().without("response").without("error").around(&body);
    if body.has("choices") {
        chat_completions::completion(&body, &columns, name, sheet);
    } else if body.has("output") {
        openai_responses::response(&body, &columns, name, sheet);
    } else if body.has("data") {
        sheet.refuse("holds embeddings, no solution".to_owned());
    } else {
        sheet.refuse("expected a chat completion or a Responses object in `body`, got neither".to_owned());
    }
}

/// What the server answered.
///
/// # Errors
/// With its own words where the request failed.
fn body<'a>(line: &Object<'a>) -> Result<Object<'a>, String> {
    let Some(response) = line.object("response") else {
        return Err(match line.get("error") {
            Some(error) => format!("the request failed: {}", provider_words(error)),
            None if line.has("method") => "holds a request, no answer".to_owned(),
            None if line.has("response") => "`response` holds no answer".to_owned(),
            None => "missing `response`".to_owned(),
        });
    };
    let status = response.number("status_code").filter(|status| *status >= 400.0);
    let error = line.get("error").or_else(|| response.object("body")?.get("error"));
    match (status, error) {
        (Some(status), Some(error)) => {
            Err(format!("the request failed with status {status}: {}", provider_words(error)))
        }
        (Some(status), None) => Err(format!("the request failed with status {status}")),
        (None, Some(error)) => Err(format!("the request failed: {}", provider_words(error))),
        (None, None) => response.object("body").ok_or_else(|| "`response` holds no `body`".to_owned()),
    }
}

fn name(columns: &Object<'_>, draft: &mut Draft<'_>) {
    let id = columns.text("custom_id");
    let Some(parts) = id.as_deref().and_then(parts) else {
        return draft.put(QUESTION_ID, columns.cell("custom_id"));
    };
    draft.put_text(QUESTION_ID, parts.question);
    if let Some(mode) = parts.mode {
        draft.put_text(MODE, mode);
    }
    draft.put(CHAIN, parts.chain);
    draft.put(ROUND, parts.round);
}

/// A `custom_id` by our convention.
#[derive(Debug, PartialEq)]
struct Parts<'a> {
    question: &'a str,
    mode: Option<&'a str>,
    chain: Cell<'static>,
    round: Cell<'static>,
}

fn parts(id: &str) -> Option<Parts<'_>> {
    let mut pieces = id.split('|');
    let [question, mode, chain, round] = [pieces.next()?, pieces.next()?, pieces.next()?, pieces.next()?];
    if pieces.next().is_some() || question.trim().is_empty() {
        return None;
    }
    let mode = Some(mode).filter(|mode| !is_null(mode));
    let round = number(round)?;
    (!matches!(round, Cell::Integer(..0))).then_some(Parts { question, mode, chain: number(chain)?, round })
}

fn is_null(piece: &str) -> bool {
    matches!(piece, "" | "-")
}

/// An integer or null; none for anything else.
fn number(piece: &str) -> Option<Cell<'static>> {
    if is_null(piece) {
        return Some(Cell::Null);
    }
    piece.parse::<i64>().ok().map(|value| Cell::Integer(value.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use super::super::message::tests::{extra, row_in, rows_of, torture};
    use crate::ingest::{Derive, Join, Source};

    const BODY: &str = r#"{"choices": [{"message": {"content": "s"}}], "model": "m"}"#;

    fn line(id: &str) -> String {
        format!(
            r#"{{"id": "b1", "custom_id": "{id}", "response": {{"status_code": 200, "body": {BODY}}}, "error": null}}"#
        )
    }

    #[test]
    fn custom_id_says_question_mode_chain_and_round() {
        for (id, question, mode, chain, round) in [
            ("q 1|markov|3|0", "q 1", Some("markov"), Some(3), Some(0)),
            ("q|parallel||2", "q", Some("parallel"), None, Some(2)),
            ("q|-|-|-", "q", None, None, None),
            // Anything else is a name as a whole.
            ("q|markov|3", "q|markov|3", None, None, None),
            ("q|markov|3|0|x", "q|markov|3|0|x", None, None, None),
            ("q|markov|a|0", "q|markov|a|0", None, None, None),
            ("q|markov|0|-1", "q|markov|0|-1", None, None, None),
            ("|markov|0|1", "|markov|0|1", None, None, None),
            ("req-7", "req-7", None, None, None),
        ] {
            let record = row_in(&line(id), "openai-batch").unwrap();
            let found = (record.question_id.as_str(), record.mode.as_deref(), record.chain, record.round);
            assert_eq!(found, (question, mode, chain, round), "{id}");
            assert_eq!(extra(&record, "custom_id"), id);
        }
    }

    #[test]
    fn the_plan_reads_other_conventions() {
        let mut source = Source::default();
        for (field, pattern) in [("question_id", "^(.*)-[0-9]+$"), ("round", "([0-9]+)$")] {
            let derive = Derive { from: "custom_id".to_owned(), pattern: pattern.to_owned(), ..Derive::default() };
            source.instructions.derive.insert(field.to_owned(), derive);
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, line("req-q-7").as_bytes()).unwrap();
        let (rows, _) = rows_of(file.path(), &source);
        let record = rows[0].as_ref().unwrap();
        assert_eq!((record.question_id.as_str(), record.round), ("req-q", Some(7)));
    }

    #[test]
    fn requests_are_joined_to_their_answers() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/openai/batch");
        let mut source = Source::default();
        let on = vec![("custom_id".to_owned(), "custom_id".to_owned())];
        source.instructions.join = Some(Join { path: "batch_input.jsonl".to_owned(), on });
        source.instructions.base_dir = folder.clone();
        let (rows, format) = rows_of(&folder.join("batch_output.jsonl"), &source);
        assert_eq!(format, "openai-batch");
        let records: Vec<_> = rows.iter().filter_map(|row| row.as_ref().ok()).collect();
        assert_eq!(records.len(), 8);
        for record in records {
            assert_eq!(extra(record, "url"), "/v1/chat/completions");
            let prompt = extra(record, "body")["messages"][0]["content"].clone();
            assert_eq!(prompt.as_str().unwrap().starts_with("Find"), record.question_id.starts_with("aime"));
        }
    }

    #[test]
    fn failed_requests_are_rejects_in_the_providers_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs/openai/batch");
        let reasons = |name: &str| -> Vec<String> {
            let (rows, format) = rows_of(&folder.join(name), &Source::default());
            assert_eq!(format, "openai-batch");
            rows.into_iter().filter_map(Result::err).collect()
        };
        assert_eq!(
            reasons("batch_error.jsonl"),
            [
                "the request failed: batch_expired: This request could not be executed before the completion window expired."
            ]
        );
        assert!(reasons("batch_output.jsonl")[0].starts_with("the request failed with status 429"));
        assert!(reasons("batch_input.jsonl").iter().all(|reason| reason == "holds a request, no answer"));
    }

    #[test]
    fn bodies_of_other_kinds_are_rejects() {
        for (body, reason) in [
            (r#"{"object": "list", "data": [{"object": "embedding"}]}"#, "holds embeddings, no solution"),
            ("{}", "expected a chat completion or a Responses object in `body`, got neither"),
            ("null", "`response` holds no `body`"),
            (r#"{"error": {"message": "m"}}"#, "the request failed: m"),
        ] {
            assert_eq!(row_in(&line("q").replace(BODY, body), "openai-batch").unwrap_err(), reason);
        }
        let line = line("q").replace("200", "500").replace(BODY, "null");
        assert_eq!(row_in(&line, "openai-batch").unwrap_err(), "the request failed with status 500");
    }

    #[test]
    fn hostile_rows_have_an_outcome() {
        let line = r#"{"id": "b", "custom_id": "q|m|0|1", "response": {"status_code": 200, "request_id": "r", "body": {"choices": [{"message": {"content": "s"}, "index": 0}], "model": "m", "usage": {"prompt_tokens": 1}}}, "error": null}"#;
        torture(line, "openai-batch");
    }
}
