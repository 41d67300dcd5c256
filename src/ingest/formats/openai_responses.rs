//! Objects of `OpenAI`'s Responses API, one response a row, alone or beside its request.
//!
//! Source: `Response` of `OpenAI`'s API reference. `output` is a list of items: `reasoning` (a summary, the raw thinking of
//! open models, or ciphertext), `message` (parts of text, or a refusal), and calls of tools. A response is one answer: there is
//! no `n`, so that nothing tells the mode.

use std::borrow::Cow;

use super::chat_completions::{no_answer, unwrapped};
use super::message::{Answer, Counts, Thinking, joined, provider_words, put_question, string};
use crate::ingest::field::{Cell, Draft, MODEL};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json, logprobs};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "openai-responses",
    meaning: "objects of the OpenAI Responses API: `output` with `reasoning` and `message` items",
    mode: Some("the requests alone tell it: one response holds one answer"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

const LAYOUT: Layout<'static> = Layout { used: &["output", "object", "model"], aligned: &[] };

fn known_by(shape: &Shape<'_>) -> bool {
    is_response(shape) || (shape.is_object("response") && is_response(&shape.inside("response")))
}

fn is_response(shape: &Shape<'_>) -> bool {
    shape.is_list("output") && (shape.has(&["object", "created_at"]) || shape.inside("output").has(&["type"]))
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let outer = &document.object;
    if outer.get("output").is_some_and(|output| output.starts_with('[')) {
        return response(outer, outer, name, sheet);
    }
    match unwrapped(outer, "output") {
        Some((columns, inner)) => response(&inner, &columns, name, sheet),
        None => sheet.refuse(no_answer(outer, "output")),
    }
}

fn name(columns: &Object<'_>, draft: &mut Draft<'_>) {
    put_question(columns, &["id"], draft);
}

/// Makes a sample of a response. `columns` are its own and those around it; `name` puts in what they say the sample is.
pub(super) fn response(
    response: &Object<'_>,
    columns: &Object<'_>,
    name: impl Fn(&Object<'_>, &mut Draft<'_>),
    sheet: &mut Sheet<'_>,
) {
    let answer = match answer(response) {
        Ok(answer) => answer,
        Err(reason) => return sheet.refuse(reason),
    };
    sheet.sample(columns, LAYOUT, |draft| {
        name(columns, draft);
        draft.put(MODEL, columns.cell("model"));
        answer.put(draft);
    });
}

fn answer<'a>(response: &Object<'a>) -> Result<Answer<'a>, String> {
    if let Some(error) = response.get("error") {
        return Err(format!("the request failed: {}", provider_words(error)));
    }
    let mut found = Found::default();
    for item in response.needed_list("output")? {
        found.take(&Object::parse(item).map_err(|reason| format!("in `output`: {reason}"))?)?;
    }
    let finish_reason = match response.object("incomplete_details").map(|details| details.cell("reason")) {
        Some(reason @ Cell::Text(_)) => reason,
        _ => response.cell("status"),
    };
    let usage = response.object("usage").unwrap_or_default();
    let counts = Counts {
        prompt: usage.cell("input_tokens"),
        thinking: usage.object("output_tokens_details").unwrap_or_default().cell("reasoning_tokens"),
        written: usage.cell("output_tokens"),
        with_thinking: true,
    };
    let tokens = (!found.tokens.is_empty()).then(|| format!("[{}]", found.tokens.join(",")));
    Ok(Answer {
        thinking: match (joined(found.raw, "\n"), joined(found.summaries, "\n")) {
            (Some(raw), _) => Thinking::Raw(raw),
            (None, Some(summary)) => Thinking::Summary(summary),
            (None, None) if found.redacted => Thinking::Redacted,
            (None, None) => Thinking::Absent,
        },
        // As the client libraries' `output_text` puts them together.
        text: joined(found.texts, ""),
        refusal: joined(found.refusals, ""),
        calls_tools: found.calls_tools,
        finish_reason,
        counts,
        logprobs: tokens.as_deref().and_then(logprobs::of_content),
    })
}

/// What the items of `output` hold.
#[derive(Debug, Default)]
struct Found<'a> {
    raw: Vec<Cow<'a, str>>,
    summaries: Vec<Cow<'a, str>>,
    redacted: bool,
    texts: Vec<Cow<'a, str>>,
    refusals: Vec<Cow<'a, str>>,
    calls_tools: bool,
    /// Log-probabilities, each the JSON text of a token.
    tokens: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn take(&mut self, item: &Object<'a>) -> Result<(), String> {
        match item.text("type").as_deref() {
            Some("reasoning") => {
                for part in parts(item, "content") {
                    self.raw.extend(string(part.get("text"), "text")?);
                }
                for part in parts(item, "summary") {
                    self.summaries.extend(string(part.get("text"), "text")?);
                }
                self.redacted |= item.get("encrypted_content").is_some();
            }
            // Items of older logs have no type, but a role.
            Some("message") | None => self.message(item)?,
            Some(kind) if kind.ends_with("_call") => self.calls_tools = true,
            Some(_) => {}
        }
        Ok(())
    }

    fn message(&mut self, item: &Object<'a>) -> Result<(), String> {
        if item.get("content").is_some_and(|content| !content.starts_with('[')) {
            self.texts.extend(string(item.get("content"), "content")?);
        }
        for part in parts(item, "content") {
            if part.text("type").as_deref() == Some("refusal") {
                self.refusals.extend(string(part.get("refusal"), "refusal")?);
                continue;
            }
            self.texts.extend(string(part.get("text"), "text")?);
            self.tokens.extend(part.list("logprobs").unwrap_or_default());
        }
        Ok(())
    }
}

/// The objects in a list.
fn parts<'a>(item: &Object<'a>, name: &str) -> Vec<Object<'a>> {
    let Some(items) = item.get(name).and_then(json::items_of) else { return Vec::new() };
    items.into_iter().filter_map(|part| Object::parse(part).ok()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::message::tests::{extra, row_in, torture};
    use crate::model::Record;

    fn of(output: &str, more: &str) -> Result<Record, String> {
        let row = format!(r#"{{"id": "r1", "object": "response", "created_at": 1, "output": [{output}]{more}}}"#);
        row_in(&row, "openai-responses")
    }

    const SAID: &str = r#"{"type": "message", "content": [{"type": "output_text", "text": "s"}]}"#;

    #[test]
    fn items_become_thinking_and_solution() {
        let usage =
            r#", "usage": {"input_tokens": 1, "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 4}}"#;
        for (reasoning, thinking, kind) in [
            (
                r#"{"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "t"}]}"#,
                Some("t"),
                "raw",
            ),
            (r#"{"type": "reasoning", "summary": [{"text": "a"}, {"text": "b"}]}"#, Some("a\nb"), "summary"),
            (r#"{"type": "reasoning", "summary": [], "encrypted_content": "x"}"#, None, "redacted"),
            (r#"{"type": "reasoning", "summary": [], "encrypted_content": null}"#, None, "count-only"),
        ] {
            let record = of(&format!("{reasoning}, {SAID}"), usage).unwrap();
            assert_eq!(record.thinking.as_deref(), thinking, "{reasoning}");
            assert_eq!(record.solution.as_deref().or(record.response.as_deref()), Some("s"));
            assert_eq!(extra(&record, "thinking_kind"), kind);
            assert_eq!((record.thinking_tokens, record.solution_tokens, record.mode), (Some(4), Some(5), None));
        }
        let older = of(r#"{"role": "assistant", "content": "bare"}"#, "").unwrap();
        assert_eq!(older.response.as_deref(), Some("bare"));
    }

    #[test]
    fn what_holds_no_answer_says_so() {
        for (output, more, reason) in [
            ("", "", "the answer holds no text"),
            (r#"{"type": "function_call", "name": "f"}"#, "", "the answer holds tool calls, no text"),
            (SAID, r#", "error": {"code": "server_error", "message": "m"}"#, "the request failed: server_error: m"),
            ("7", "", "in `output`: expected a JSON object, got a number"),
            (r#"{"type": "message", "content": 7}"#, "", "expected a string in `content`, got a number"),
        ] {
            assert_eq!(of(output, more).unwrap_err(), reason);
        }
        let cut = of("", r#", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}"#).unwrap();
        assert_eq!((cut.solution, cut.finish_reason.as_deref()), (None, Some("max_output_tokens")));
        let refusal = of(r#"{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}"#, "").unwrap();
        assert_eq!((refusal.solution.as_deref(), extra(&refusal, "refusal")), (Some("No."), true.into()));
    }

    #[test]
    fn a_response_may_lie_beside_its_request() {
        let row = format!(
            r#"{{"task_id": "T/1", "response": {{"id": "r", "object": "response", "created_at": 1, "output": [{SAID}]}}}}"#
        );
        assert_eq!(row_in(&row, "openai-responses").unwrap().question_id, "T/1");
    }

    #[test]
    fn hostile_rows_have_an_outcome() {
        let row = r#"{"id": "r", "object": "response", "created_at": 1, "status": "completed", "incomplete_details": {"reason": "x"}, "model": "m", "output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}], "content": [{"text": "c"}], "encrypted_content": "e"}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "s", "logprobs": [{"token": "s", "logprob": -1}]}, {"type": "refusal", "refusal": "no"}]}], "usage": {"input_tokens": 1, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}}}"#;
        torture(row, "openai-responses");
    }
}
