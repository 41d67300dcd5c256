//! Answers of Gemini's `generateContent`, one response a row, as the API writes them or as its Python client dumps them.
//!
//! Source: `GenerateContentResponse` of Google's API reference; the `google-genai` client writes the same names in `snake_case`.
//! Parts with `thought` are summaries of thoughts that nobody sees; tokens are counted for all candidates of a response
//! together, thoughts apart from them. Several candidates are parallel draws by the definition of `candidateCount`.

use super::chat_completions::{no_answer, unwrapped};
use super::message::{Answer, Counts, Thinking, joined, put_question, string};
use crate::ingest::field::{Cell, Draft, MODE, MODEL, ROUND};
use crate::ingest::logprobs::{self, Statistics};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "gemini",
    meaning: "responses of the Gemini API: `candidates` with their `parts`, in camelCase or snake_case",
    mode: Some("several candidates of one response are `parallel`; of single ones only their requests tell"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

const LAYOUT: Layout<'static> = Layout {
    used: &["candidates", "modelVersion", "model_version", "sdk_http_response", "sdkHttpResponse"],
    aligned: &[],
};

fn known_by(shape: &Shape<'_>) -> bool {
    is_response(shape) || (shape.is_object("response") && is_response(&shape.inside("response")))
}

fn is_response(shape: &Shape<'_>) -> bool {
    let candidate = shape.inside("candidates");
    let named = ["content", "finishReason", "finish_reason"].iter().any(|name| candidate.has(&[name]));
    (shape.is_list("candidates") && named)
        || shape.has(&["usageMetadata", "modelVersion"])
        || shape.has(&["usage_metadata", "model_version"])
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let outer = &document.object;
    let has = ["candidates", "usageMetadata", "usage_metadata"];
    if has.iter().any(|name| outer.has(name)) {
        return response(outer, outer, sheet);
    }
    match has.iter().find_map(|name| unwrapped(outer, name)) {
        Some((columns, inner)) => response(&inner, &columns, sheet),
        None => sheet.refuse(no_answer(outer, "candidates")),
    }
}

fn response(response: &Object<'_>, columns: &Object<'_>, sheet: &mut Sheet<'_>) {
    let candidates = response.list("candidates").unwrap_or_default();
    if candidates.is_empty() {
        return sheet.refuse(no_candidate(response));
    }
    let n = candidates.len();
    sheet.samples(columns, LAYOUT, n, |position, draft| {
        put_question(columns, &["key", "id", "responseId", "response_id"], draft);
        draft.put(MODEL, columns.cell("model"));
        draft.put(MODEL, either(columns, ["modelVersion", "model_version"]));
        let candidate = Object::parse(candidates[position]);
        match candidate.and_then(|candidate| Ok((answer(&candidate, response, n)?, candidate))) {
            Ok((answer, candidate)) => {
                if n > 1 {
                    put_draw(columns, &candidate, position, draft);
                }
                answer.put(draft);
            }
            Err(reason) => draft.fail(format!("candidate {position}: {reason}")),
        }
    });
}

fn no_candidate(response: &Object<'_>) -> String {
    let feedback = ["promptFeedback", "prompt_feedback"].into_iter().find_map(|name| response.object(name));
    let reason =
        feedback.and_then(|feedback| ["blockReason", "block_reason"].iter().find_map(|name| feedback.text(name)));
    match reason {
        Some(reason) => format!("the request was blocked: {reason}"),
        None => "`candidates` is empty".to_owned(),
    }
}

fn put_draw(columns: &Object<'_>, candidate: &Object<'_>, position: usize, draft: &mut Draft<'_>) {
    draft.infer(MODE, "parallel");
    if columns.get("round").is_none() {
        match candidate.cell("index") {
            index @ Cell::Integer(0..) => draft.put(ROUND, index),
            // The API leaves out an index of 0.
            _ => draft.put_integer(ROUND, position),
        }
    }
}

fn answer<'a>(candidate: &Object<'a>, response: &Object<'a>, n: usize) -> Result<Answer<'a>, String> {
    let content = candidate.object("content").unwrap_or_default();
    let (mut thoughts, mut texts, mut calls_tools) = (Vec::new(), Vec::new(), false);
    for part in content.list("parts").unwrap_or_default() {
        let part = Object::parse(part).map_err(|reason| format!("in `parts`: {reason}"))?;
        let text = string(part.get("text"), "text")?;
        if part.boolean("thought") == Some(true) { &mut thoughts } else { &mut texts }.extend(text);
        calls_tools |= part.get("functionCall").or(part.get("function_call")).is_some();
    }
    Ok(Answer {
        thinking: joined(thoughts, "\n").map_or(Thinking::Absent, Thinking::Summary),
        text: joined(texts, ""),
        refusal: None,
        calls_tools,
        finish_reason: either(candidate, ["finishReason", "finish_reason"]),
        counts: counts(response, n),
        logprobs: statistics(candidate),
    })
}

fn counts<'a>(response: &Object<'a>, n: usize) -> Counts<'a> {
    let usage =
        ["usageMetadata", "usage_metadata"].into_iter().find_map(|name| response.object(name)).unwrap_or_default();
    let prompt = either(&usage, ["promptTokenCount", "prompt_token_count"]);
    if n > 1 {
        return Counts { prompt, ..Counts::default() };
    }
    Counts {
        prompt,
        thinking: either(&usage, ["thoughtsTokenCount", "thoughts_token_count"]),
        written: either(&usage, ["candidatesTokenCount", "candidates_token_count"]),
        with_thinking: false,
    }
}

/// A column under the API's name or the client's.
fn either<'a>(object: &Object<'a>, names: [&str; 2]) -> Cell<'a> {
    names.into_iter().find_map(|name| object.get(name)).map_or(Cell::Null, json::cell)
}

/// The means over the tokens; where they are not listed, what the API says about them.
fn statistics(candidate: &Object<'_>) -> Option<Statistics> {
    let result = ["logprobsResult", "logprobs_result"].into_iter().find_map(|name| candidate.object(name));
    let listed = result.and_then(|result| logprobs::of_content(&as_tokens(&result)?));
    listed.or_else(|| {
        let average = match either(candidate, ["avgLogprobs", "avg_logprobs"]) {
            Cell::Float(value) => value,
            #[expect(clippy::cast_precision_loss, reason = "a mean of log-probabilities is small")]
            Cell::Integer(value) => value as f64,
            _ => return None,
        };
        average.is_finite().then_some(Statistics { mean_logprob: average, mean_entropy: None })
    })
}

/// Chosen and likeliest tokens in the shape that other servers have.
fn as_tokens(result: &Object<'_>) -> Option<String> {
    let list = |names: [&str; 2]| names.into_iter().find_map(|name| result.list(name));
    let chosen = list(["chosenCandidates", "chosen_candidates"])?;
    let top = list(["topCandidates", "top_candidates"]).unwrap_or_default();
    let mut tokens = Vec::new();
    for (position, token) in chosen.iter().enumerate() {
        let others = top.get(position).and_then(|top| Object::parse(top).ok()?.list("candidates"));
        let others =
            others.map(|others| others.into_iter().map(|other| as_token(other, "")).collect::<Option<Vec<_>>>());
        let others = match others {
            Some(others) => format!(",\"top_logprobs\":[{}]", others?.join(",")),
            None => String::new(),
        };
        tokens.push(as_token(token, &others)?);
    }
    Some(format!("[{}]", tokens.join(",")))
}

fn as_token(token: &str, more: &str) -> Option<String> {
    let token = Object::parse(token).ok()?;
    let logprob = token.get("logProbability").or(token.get("log_probability"))?;
    Some(format!("{{\"logprob\":{logprob}{more}}}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::message::tests::{extra, row_in, rows_in, torture};

    #[test]
    fn log_probabilities_become_means() {
        let token = |p: f64| format!(r#"{{"token": "t", "logProbability": {}}}"#, p.ln());
        let half = token(0.5);
        let result =
            format!(r#"{{"chosenCandidates": [{half}], "topCandidates": [{{"candidates": [{half}, {half}]}}]}}"#);
        let row = |more: &str| {
            format!(r#"{{"candidates": [{{"content": {{"parts": [{{"text": "s"}}]}}{more}}}], "responseId": "r"}}"#)
        };
        let record = row_in(&row(&format!(r#", "logprobsResult": {result}"#)), "gemini").unwrap();
        assert_eq!(record.mean_logprob, Some(0.5_f64.ln()));
        assert!((record.mean_entropy.unwrap() - 1.0).abs() < 1e-12, "in bits");
        let record = row_in(&row(r#", "avgLogprobs": -2"#), "gemini").unwrap();
        assert_eq!((record.mean_logprob, record.mean_entropy), (Some(-2.0), None));
        assert_eq!(row_in(&row(""), "gemini").unwrap().mean_logprob, None);
    }

    #[test]
    fn candidates_are_draws_and_thoughts_are_summaries() {
        let row = r#"{"key": "k1", "response": {"candidates": [{"content": {"parts": [{"text": "a", "thought": true}, {"text": "b", "thought": true}, {"text": "s"}]}}, {"content": {"parts": [{"text": "u"}]}, "index": 1}], "modelVersion": "g", "usageMetadata": {"promptTokenCount": 2, "thoughtsTokenCount": 5}}}"#;
        let (rows, format) = rows_in(row);
        assert_eq!((rows.len(), format), (2, "gemini"));
        let (first, second) = (rows[0].as_ref().unwrap(), rows[1].as_ref().unwrap());
        assert_eq!(
            (first.thinking.as_deref(), first.solution.as_deref(), first.round),
            (Some("a\nb"), Some("s"), Some(0))
        );
        assert_eq!(extra(first, "thinking_kind"), "summary");
        assert_eq!(
            (second.question_id.as_str(), second.round, second.mode.as_deref()),
            ("k1", Some(1), Some("parallel"))
        );
        assert_eq!((second.prompt_tokens, second.thinking_tokens, second.model.as_deref()), (Some(2), None, Some("g")));
    }

    #[test]
    fn what_holds_no_answer_says_so() {
        let first = r#"{"candidates": [{"content": {"parts": [{"text": "s"}]}}], "responseId": "r"}"#;
        for (row, reason) in [
            (
                r#"{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}}"#,
                "the request was blocked: SAFETY",
            ),
            (r#"{"candidates": []}"#, "`candidates` is empty"),
            (r#"{"error": {"code": 503, "status": "UNAVAILABLE", "message": "m"}}"#, "the request failed: 503: m"),
            (
                r#"{"candidates": [{"content": {"parts": [{"functionCall": {}}]}}], "responseId": "r"}"#,
                "the answer holds tool calls, no text",
            ),
            (r#"{"candidates": [{"content": null}], "responseId": "r"}"#, "the answer holds no text"),
            (r#"{"candidates": [7], "responseId": "r"}"#, "candidate 0: expected a JSON object, got a number"),
            (r#"{"contents": []}"#, "missing `candidates`"),
        ] {
            let (rows, _) = rows_in(&format!("{first}\n{row}\n"));
            assert_eq!(rows[1].as_ref().unwrap_err(), reason);
        }
        let (rows, _) = rows_in(r#"{"candidates": [{"finishReason": "SAFETY"}], "responseId": "r"}"#);
        assert_eq!(rows[0].as_ref().unwrap().solution, None);
    }

    #[test]
    fn hostile_rows_have_an_outcome() {
        let row = r#"{"candidates": [{"content": {"parts": [{"text": "t", "thought": true}, {"text": "s", "functionCall": null}], "role": "model"}, "finishReason": "STOP", "index": 0, "avgLogprobs": -0.5, "logprobsResult": {"chosenCandidates": [{"logProbability": -1, "token": "s"}], "topCandidates": [{"candidates": [{"logProbability": -1}]}]}}], "modelVersion": "g", "responseId": "r", "promptFeedback": {"blockReason": "x"}, "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2, "thoughtsTokenCount": 3}}"#;
        torture(row, "gemini");
    }
}
