//! Chat completions as `OpenAI`, vLLM, `SGLang`, `OpenRouter` and `DeepSeek` answer with them, one response a row.
//!
//! A row is a response, or an object in which one column is the response and the others say what it answers. Thinking is
//! looked for as `inspect_ai` does (`model/_openai.py`, `parse_reasoning_content`): `reasoning_details`, then
//! `reasoning_content`, then `reasoning`, which vLLM renamed it to (vllm-project/vllm#27752), then the tags in the text.
//! Several choices of one response are parallel draws by the definition of `n`; one choice tells nothing of the mode.

use std::borrow::Cow;

use super::message::{Answer, Counts, Thinking, joined, provider_words, put_question, string, text_of};
use crate::ingest::field::{Cell, Draft, MODE, MODEL, ROUND};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json, logprobs};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "chat-completions",
    meaning: "chat completions as logged by OpenAI, vLLM, SGLang, OpenRouter or DeepSeek: `choices` of each response",
    mode: Some("several choices of one response are `parallel`; of single ones only their requests tell"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

/// The columns in which clients keep a response beside its request.
const WRAPPERS: [&str; 6] = ["response", "completion", "raw_response", "output", "result", "body"];

/// Of no use to anybody beside the samples, or in them already. `usage` stays: with several choices it has no other place.
const LAYOUT: Layout<'static> = Layout {
    used: &["choices", "object", "model", "prompt_logprobs", "prompt_token_ids", "kv_transfer_params"],
    aligned: &[],
};

fn known_by(shape: &Shape<'_>) -> bool {
    is_completion(shape) || WRAPPERS.iter().any(|name| shape.is_object(name) && is_completion(&shape.inside(name)))
}

/// Choices are known by what is in them: questions have lists of `choices`, too.
fn is_completion(shape: &Shape<'_>) -> bool {
    let choice = shape.inside("choices");
    shape.is_list("choices") && ["message", "finish_reason", "delta"].iter().any(|name| choice.has(&[name]))
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let outer = &document.object;
    if outer.has("choices") {
        return completion(outer, outer, name, sheet);
    }
    match unwrapped(outer, "choices") {
        Some((columns, inner)) => completion(&inner, &columns, name, sheet),
        None => sheet.refuse(no_answer(outer, "choices")),
    }
}

fn name(columns: &Object<'_>, draft: &mut Draft<'_>) {
    put_question(columns, &["id"], draft);
}

/// A response that lies one level deep, known by its column `has`, and the columns of both levels.
pub(super) fn unwrapped<'a>(outer: &Object<'a>, has: &str) -> Option<(Object<'a>, Object<'a>)> {
    WRAPPERS.iter().find_map(|wrapper| {
        let inner = outer.object(wrapper).filter(|inner| inner.has(has))?;
        Some((outer.clone().without(wrapper).around(&inner), inner))
    })
}

/// Why a row without an answer is none: in the provider's words, where it has some.
pub(super) fn no_answer(object: &Object<'_>, missing: &str) -> String {
    let error = object.get("error").or_else(|| object.object("response")?.get("error"));
    match error {
        Some(error) => format!("the request failed: {}", provider_words(error)),
        None if object.has("messages") || object.has("method") => "holds a request, no answer".to_owned(),
        None => format!("missing `{missing}`"),
    }
}

/// Makes samples of a response. `columns` are its own and those around it; `name` puts in what they say the samples are.
pub(super) fn completion(
    response: &Object<'_>,
    columns: &Object<'_>,
    name: impl Fn(&Object<'_>, &mut Draft<'_>),
    sheet: &mut Sheet<'_>,
) {
    let choices = match response.needed_list("choices") {
        Ok(choices) if choices.is_empty() => return sheet.refuse(no_choice(response)),
        Ok(choices) => choices,
        Err(reason) => return sheet.refuse(reason),
    };
    let n = choices.len();
    sheet.samples(columns, LAYOUT, n, |position, draft| {
        name(columns, draft);
        draft.put(MODEL, columns.cell("model"));
        match Object::parse(choices[position]).and_then(|choice| Ok((answer(&choice, response, n)?, choice))) {
            Ok((answer, choice)) => {
                if n > 1 {
                    draft.infer(MODE, "parallel");
                    put_round(columns, &choice, position, draft);
                }
                answer.put(draft);
            }
            Err(reason) => draft.fail(format!("choice {position}: {reason}")),
        }
    });
}

fn no_choice(response: &Object<'_>) -> String {
    match response.get("error") {
        Some(error) => format!("the request failed: {}", provider_words(error)),
        None => "`choices` is empty".to_owned(),
    }
}

/// The number of the draw, unless the log has a round of its own.
fn put_round(columns: &Object<'_>, choice: &Object<'_>, position: usize, draft: &mut Draft<'_>) {
    if columns.get("round").is_none() {
        match choice.cell("index") {
            index @ Cell::Integer(0..) => draft.put(ROUND, index),
            _ => draft.put_integer(ROUND, position),
        }
    }
}

fn answer<'a>(choice: &Object<'a>, response: &Object<'a>, n: usize) -> Result<Answer<'a>, String> {
    let finish_reason = choice.cell("finish_reason");
    let logprobs = choice.get("logprobs").and_then(logprobs::of_logprobs);
    let counts = counts(&response.object("usage").unwrap_or_default(), n);
    let Some(message) = choice.object("message") else {
        return match choice.get("text") {
            // The older kind of completion, which continues a text.
            Some(text) => {
                let text = string(Some(text), "text")?;
                Ok(Answer { text, finish_reason, counts, logprobs, ..Answer::default() })
            }
            None if choice.has("delta") => Err("holds a piece of a stream, no whole answer".to_owned()),
            None => Err(no_answer(choice, "message")),
        };
    };
    Ok(Answer {
        thinking: thinking(&message)?,
        text: text_of(message.get("content"), "content")?,
        refusal: string(message.get("refusal"), "refusal")?,
        calls_tools: message.list("tool_calls").is_some_and(|calls| !calls.is_empty())
            || message.get("function_call").is_some(),
        finish_reason,
        counts,
        logprobs,
    })
}

/// What the server counts. All choices share the prompt; the rest is a sum over them.
fn counts<'a>(usage: &Object<'a>, n: usize) -> Counts<'a> {
    let prompt = usage.cell("prompt_tokens");
    if n > 1 {
        return Counts { prompt, ..Counts::default() };
    }
    let details = usage.object("completion_tokens_details").unwrap_or_default();
    // `SGLang` counts one level up.
    let thinking = [details.cell("reasoning_tokens"), usage.cell("reasoning_tokens")];
    let thinking = thinking.into_iter().find(|cell| *cell != Cell::Null).unwrap_or_default();
    Counts { prompt, thinking, written: usage.cell("completion_tokens"), with_thinking: true }
}

fn thinking<'a>(message: &Object<'a>) -> Result<Thinking<'a>, String> {
    let filled = |text: &Cow<'_, str>| !text.trim().is_empty();
    let mut plain = None;
    for field in ["reasoning_content", "reasoning"] {
        if plain.is_none() {
            plain = string(message.get(field), field)?.filter(filled);
        }
    }
    let (mut raw, mut summaries, mut redacted) = (Vec::new(), Vec::new(), false);
    for detail in message.list("reasoning_details").unwrap_or_default() {
        let Ok(detail) = Object::parse(detail) else { continue };
        match detail.text("type").as_deref() {
            Some("reasoning.text") => raw.extend(string(detail.get("text"), "reasoning_details")?.filter(filled)),
            Some("reasoning.summary") => {
                summaries.extend(string(detail.get("summary"), "reasoning_details")?.filter(filled));
            }
            Some("reasoning.encrypted") => redacted = true,
            _ => {}
        }
    }
    raw.extend(thoughts_among_parts(message)?);
    // How pieces belong together is best known to the server, which writes them in one as well.
    Ok(match (joined(raw, ""), joined(summaries, "\n"), plain) {
        (Some(raw), _, plain) => Thinking::Raw(plain.unwrap_or(raw)),
        (None, Some(summary), plain) => Thinking::Summary(plain.unwrap_or(summary)),
        (None, None, Some(plain)) => Thinking::Raw(plain),
        (None, None, None) if redacted => Thinking::Redacted,
        (None, None, None) => Thinking::Absent,
    })
}

/// Thinking among the parts of the content, as Mistral's API (`thinking`) and `inspect_ai` (`reasoning`) have it.
fn thoughts_among_parts<'a>(message: &Object<'a>) -> Result<Vec<Cow<'a, str>>, String> {
    let mut found = Vec::new();
    for part in message.get("content").and_then(json::items_of).unwrap_or_default() {
        let Ok(part) = Object::parse(part) else { continue };
        match part.text("type").as_deref() {
            Some(kind @ ("thinking" | "reasoning")) if part.boolean("redacted") != Some(true) => {
                found.extend(text_of(part.get(kind), kind)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::message::tests::{extra, row_in, rows_in, torture};
    use crate::model::Record;

    fn one(message: &str, more: &str) -> Result<Record, String> {
        let row = format!(r#"{{"id": "c1", "choices": [{{"index": 0, "message": {message}{more}}}], "model": "m"}}"#);
        row_in(&row, "chat-completions")
    }

    fn parts(record: &Record) -> (Option<&str>, Option<&str>, Option<&str>) {
        (record.thinking.as_deref(), record.solution.as_deref(), record.response.as_deref())
    }

    #[test]
    fn thinking_is_looked_for_in_order() {
        let found = |message: &str| one(message, "").unwrap();
        let details = r#""reasoning_details": [{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.text", "text": "b"}]"#;
        for (message, thinking, kind) in [
            (format!(r#"{{"content": "s", {details}}}"#), Some("ab"), "raw"),
            // The server's own way of putting pieces together.
            (format!(r#"{{"content": "s", {details}, "reasoning": "a\nb"}}"#), Some("a\nb"), "raw"),
            (r#"{"content": "s", "reasoning_content": "x", "reasoning": "y"}"#.to_owned(), Some("x"), "raw"),
            (r#"{"content": "s", "reasoning_content": "", "reasoning": "y"}"#.to_owned(), Some("y"), "raw"),
            (r#"{"content": "s", "reasoning_details": [{"type": "reasoning.summary", "summary": "z"}]}"#.to_owned(), Some("z"), "summary"),
            (r#"{"content": "s", "reasoning_details": [{"type": "reasoning.encrypted", "data": "z"}]}"#.to_owned(), None, "redacted"),
            (r#"{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"type": "text", "text": "s"}]}"#.to_owned(), Some("t"), "raw"),
            (r#"{"content": [{"type": "reasoning", "reasoning": "t"}, {"type": "text", "text": "s"}]}"#.to_owned(), Some("t"), "raw"),
        ] {
            let record = found(&message);
            assert_eq!(parts(&record), (thinking, Some("s"), None), "{message}");
            assert_eq!(extra(&record, "thinking_kind"), kind, "{message}");
        }
        let record = found(r#"{"content": "<think>t</think>s", "reasoning": null}"#);
        assert_eq!(parts(&record), (None, None, Some("<think>t</think>s")), "left to extraction");
        assert!(extra(&record, "thinking_kind").is_null());
        let record = found(r#"{"content": ["a", {"type": "text", "text": "b"}, {"type": "image_url"}]}"#);
        assert_eq!(parts(&record), (None, None, Some("ab")));
    }

    #[test]
    fn a_thought_that_never_ended_is_a_sample_without_a_solution() {
        let record = one(r#"{"content": null, "reasoning": "t"}"#, r#", "finish_reason": "length""#).unwrap();
        assert_eq!(parts(&record), (Some("t"), None, None));
        let record = one(r#"{"content": null}"#, r#", "finish_reason": "length""#).unwrap();
        assert_eq!(parts(&record), (None, None, None));
        assert_eq!(
            one(r#"{"content": null}"#, r#", "finish_reason": "stop""#).unwrap_err(),
            "the answer holds no text"
        );
    }

    #[test]
    fn what_holds_no_answer_says_so() {
        let tools = r#"{"content": "", "tool_calls": [{"id": 1}]}"#;
        assert_eq!(one(tools, "").unwrap_err(), "the answer holds tool calls, no text");
        let refusal = one(r#"{"content": null, "refusal": "No."}"#, "").unwrap();
        assert_eq!((parts(&refusal).1, extra(&refusal, "refusal")), (Some("No."), true.into()));
        for (row, reason) in [
            (
                r#"{"choices": [{"delta": {"content": "a"}, "index": 0}]}"#,
                "choice 0: holds a piece of a stream, no whole answer",
            ),
            (
                r#"{"id": "a", "choices": [{"message": {"content": 7}}]}"#,
                "choice 0: expected a string in `content`, got a number",
            ),
            (
                r#"{"id": "a", "choices": [{"message": {"content": "\ud800"}}]}"#,
                "choice 0: the string in `content` is no Unicode text",
            ),
            (r#"{"id": "a", "choices": [{"message": null, "finish_reason": "x"}]}"#, "choice 0: missing `message`"),
            (
                r#"{"id": "a", "choices": [{"finish_reason": "error", "error": {"code": 502, "message": "down"}}]}"#,
                "choice 0: the request failed: 502: down",
            ),
        ] {
            assert_eq!(row_in(row, "chat-completions").unwrap_err(), reason);
        }
        let first = r#"{"id": "a", "choices": [{"message": {"content": "s"}}]}"#;
        for (row, reason) in [
            (r#"{"error": {"message": "overloaded"}}"#, "the request failed: overloaded"),
            (r#"{"id": "a", "choices": []}"#, "`choices` is empty"),
            (r#"{"id": "a", "choices": null}"#, "expected a list in `choices`, got null"),
            (r#"{"model": "m", "messages": []}"#, "holds a request, no answer"),
            (r#"{"id": "a"}"#, "missing `choices`"),
            ("[1]", "missing `choices`"),
            (r#"{"choices": [{"message": {"content": "s"}}]}"#, "missing `question_id`"),
        ] {
            let (rows, _) = rows_in(&format!("{first}\n{row}\n"));
            assert_eq!(rows[1].as_ref().unwrap_err(), reason);
        }
    }

    #[test]
    fn several_choices_are_parallel_draws_and_share_only_the_prompt() {
        let usage = r#""usage": {"prompt_tokens": 3, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 4}}"#;
        let choice = |index: u8| format!(r#"{{"index": {index}, "message": {{"content": "s{index}"}}}}"#);
        let row = |choices: &str| format!(r#"{{"id": "q", "choices": [{choices}], {usage}}}"#);
        let (rows, _) = rows_in(&row(&[choice(2), choice(0)].join(",")));
        for (row, round) in rows.iter().zip([2, 0]) {
            let record = row.as_ref().unwrap();
            assert_eq!((record.mode.as_deref(), record.round), (Some("parallel"), Some(round)));
            assert_eq!((record.prompt_tokens, record.thinking_tokens, record.solution_tokens), (Some(3), None, None));
            assert_eq!(extra(record, "usage")["completion_tokens"], 9);
        }
        let single = row_in(&row(&choice(0)), "chat-completions").unwrap();
        assert_eq!((single.mode.as_deref(), single.round), (None, None));
        assert_eq!((single.thinking_tokens, single.solution_tokens), (Some(4), Some(5)));
        assert_eq!(extra(&single, "thinking_kind"), "count-only");
    }

    #[test]
    fn counts_that_say_nothing_are_none() {
        let row = |message: &str, usage: &str| {
            let row = format!(r#"{{"id": "q", "choices": [{{"message": {message}}}], "usage": {usage}}}"#);
            let record = row_in(&row, "chat-completions")?;
            Ok::<_, String>((record.thinking_tokens, record.solution_tokens))
        };
        let (thinks, plain) = (r#"{"content": "s", "reasoning": "t"}"#, r#"{"content": "s"}"#);
        let zero = r#"{"completion_tokens": 9, "reasoning_tokens": 0}"#;
        assert_eq!(row(thinks, zero), Ok((None, None)), "the server does not count what is there");
        assert_eq!(row(r#"{"content": "t</think>s"}"#, zero), Ok((None, None)));
        assert_eq!(row(plain, zero), Ok((Some(0), Some(9))));
        assert_eq!(row(plain, r#"{"completion_tokens": 9}"#), Ok((None, Some(9))));
        assert_eq!(row(thinks, r#"{"completion_tokens": 9}"#), Ok((None, None)));
        assert_eq!(row(plain, r#"{"completion_tokens": 9, "reasoning_tokens": 10}"#), Ok((Some(10), None)));
        assert_eq!(row(plain, "null"), Ok((None, None)));
        let reason = row(plain, r#"{"completion_tokens": "9"}"#).unwrap_err();
        assert_eq!(reason, "expected an integer in `solution_tokens`, got the string `9`");
    }

    #[test]
    fn a_response_may_lie_beside_its_request() {
        let response = r#"{"id": "c1", "choices": [{"message": {"content": "s"}, "finish_reason": "stop"}], "model": "m-1", "system_fingerprint": null}"#;
        let row = format!(
            r#"{{"request": {{"messages": []}}, "response": {response}, "question_id": 7, "solution": "the reference", "chain": 1, "round": 2}}"#
        );
        let record = row_in(&row, "chat-completions").unwrap();
        assert_eq!((record.question_id.as_str(), record.chain, record.round), ("7", Some(1), Some(2)));
        assert_eq!(parts(&record), (None, None, Some("s")), "a column of the dataset is no answer of the model");
        assert_eq!(record.model.as_deref(), Some("m-1"));
        assert_eq!(record.extra.as_deref(), Some(r#"{"request":{"messages": []},"id":"c1"}"#));
        // A choice of an exercise is no choice of a server.
        let (_, format) = rows_in(r#"{"question_id": 1, "choices": ["a", "b"], "response": "s"}"#);
        assert_eq!(format, "jsonl");
    }

    #[test]
    fn every_frame_holds_responses() {
        let row = r#"{"id": "c1", "choices": [{"message": {"content": "s"}}]}"#;
        for text in [row.to_owned(), format!("[{row},\n{row}]"), format!("{row}\n{row}\n"), row.replace(", ", ",\n ")] {
            let (rows, format) = rows_in(&text);
            assert!(format == "chat-completions" && rows.iter().all(Result::is_ok), "{text}");
        }
    }

    #[test]
    fn hostile_rows_have_an_outcome() {
        let row = r#"{"id": "c", "question_id": "q", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": [{"type": "text", "text": "s"}], "refusal": "r", "tool_calls": [], "reasoning": "t", "reasoning_content": "u", "reasoning_details": [{"type": "reasoning.text", "text": "v"}]}, "logprobs": {"content": [{"token": "t", "logprob": -1.5, "top_logprobs": []}]}}, {"text": "old", "index": 1}], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 1}}, "model": "m"}"#;
        torture(row, "chat-completions");
    }
}
