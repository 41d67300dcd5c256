//! What a model said in one answer of a chat server: parts of a message go in; thinking, solution and counts go into a draft.
//!
//! The readers of the servers' formats collect an [`Answer`] each in its own way. What becomes of it is decided here, so
//! that the same answer gives the same sample from any server. A server that keeps the thinking in a field of its own has
//! taken the answer apart: its text is the solution. Otherwise the text may still hold thinking tags, and is the response.

use std::borrow::Cow;

use crate::ingest::field::{
    Cell, Draft, FINISH_REASON, MEAN_ENTROPY, MEAN_LOGPROB, PROMPT_TOKENS, QUESTION_ID, RESPONSE, SOLUTION,
    SOLUTION_TOKENS, THINKING, THINKING_TOKENS,
};
use crate::ingest::json;
use crate::ingest::logprobs::Statistics;
use crate::ingest::object::Object;

/// What a server gives of a model's thinking.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Thinking<'a> {
    /// Nothing in a field of its own.
    #[default]
    Absent,
    /// The thinking itself.
    Raw(Cow<'a, str>),
    /// What another model says about it: its length is not the thinking's.
    Summary(Cow<'a, str>),
    /// Ciphertext, or word that something is withheld.
    Redacted,
}

/// One answer.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) thinking: Thinking<'a>,
    pub(super) text: Option<Cow<'a, str>>,
    /// What the model said in place of an answer.
    pub(super) refusal: Option<Cow<'a, str>>,
    pub(super) calls_tools: bool,
    pub(super) finish_reason: Cell<'a>,
    pub(super) counts: Counts<'a>,
    pub(super) logprobs: Option<Statistics>,
}

/// Tokens, as the server counts them for this answer alone; null where it does not.
#[derive(Debug, Default)]
pub(super) struct Counts<'a> {
    pub(super) prompt: Cell<'a>,
    pub(super) thinking: Cell<'a>,
    pub(super) written: Cell<'a>,
    /// What was written counts the thinking as well.
    pub(super) with_thinking: bool,
}

/// The columns that a log may have for the question's name, the surest first.
const QUESTION_NAMES: [&str; 3] = ["question_id", "custom_id", "task_id"];

/// Puts the question's name in. Where a log names no question, the name of the answer stands for it: one request, one question.
pub(super) fn put_question(columns: &Object<'_>, names_of_answers: &[&str], draft: &mut Draft<'_>) {
    for name in QUESTION_NAMES.iter().chain(names_of_answers) {
        draft.put(QUESTION_ID, columns.cell(name));
    }
}

impl Answer<'_> {
    /// Fills a draft, or says why there is no sample in it.
    pub(super) fn put(self, draft: &mut Draft<'_>) {
        let thinks_in_text =
            self.text.as_deref().is_some_and(|text| text.contains("<think") || text.contains("</think"));
        let in_field = self.thinking != Thinking::Absent;
        let counted = matches!(self.counts.thinking, Cell::Integer(count) if count > 0);
        let kind = match &self.thinking {
            Thinking::Raw(_) => Some("raw"),
            Thinking::Summary(_) => Some("summary"),
            Thinking::Redacted => Some("redacted"),
            Thinking::Absent if counted && !thinks_in_text => Some("count-only"),
            Thinking::Absent => None,
        };
        if let Some(kind) = kind {
            draft.keep_new("thinking_kind", &format!("\"{kind}\""));
        }
        self.counts.put(in_field || thinks_in_text, draft);
        match (self.text, self.refusal) {
            (Some(text), _) if !(text.is_empty() && self.calls_tools) => {
                draft.put(if in_field { SOLUTION } else { RESPONSE }, Cell::Text(text));
            }
            (_, Some(refusal)) => {
                draft.put(SOLUTION, Cell::Text(refusal));
                draft.keep_new("refusal", "true");
            }
            (_, None) if self.calls_tools => draft.fail("the answer holds tool calls, no text".to_owned()),
            (_, None) if kind.is_some() || is_cut(&self.finish_reason) => draft.unfinished(),
            (_, None) => draft.fail("the answer holds no text".to_owned()),
        }
        if let Thinking::Raw(text) | Thinking::Summary(text) = self.thinking {
            draft.put(THINKING, Cell::Text(text));
        }
        draft.close(&[SOLUTION, RESPONSE, THINKING]);
        draft.put(FINISH_REASON, self.finish_reason);
        if let Some(Statistics { mean_logprob, mean_entropy }) = self.logprobs {
            draft.put(MEAN_LOGPROB, Cell::Float(mean_logprob));
            draft.put(MEAN_ENTROPY, mean_entropy.map_or(Cell::Null, Cell::Float));
        }
    }
}

impl Counts<'_> {
    fn put(self, thinks: bool, draft: &mut Draft<'_>) {
        draft.put(PROMPT_TOKENS, self.prompt);
        // Servers that do not count thinking write 0: beside a thought that says nothing.
        let thinking = if thinks && self.thinking == Cell::Integer(0) { Cell::Null } else { self.thinking };
        let solution = match (self.written, &thinking) {
            (Cell::Integer(all), Cell::Integer(part)) if self.with_thinking => {
                if all < *part {
                    Cell::Null
                } else {
                    Cell::Integer(all - part)
                }
            }
            (_, Cell::Null) if self.with_thinking && thinks => Cell::Null,
            (written, _) => written,
        };
        draft.put(THINKING_TOKENS, thinking);
        draft.put(SOLUTION_TOKENS, solution);
    }
}

/// Whether an answer was cut off or held back, in the words of `OpenAI`, vLLM, Anthropic (by way of `OpenRouter`) and Gemini.
fn is_cut(finish_reason: &Cell<'_>) -> bool {
    let Cell::Text(word) = finish_reason else { return false };
    matches!(
        word.to_ascii_lowercase().as_str(),
        "length"
            | "max_tokens"
            | "max_output_tokens"
            | "content_filter"
            | "abort"
            | "safety"
            | "recitation"
            | "prohibited_content"
            | "blocklist"
            | "spii"
    )
}

/// A text that a format has in `place`: a string, or a list of parts of which the texts count. Null is none.
///
/// # Errors
/// With a reason where it is something else.
pub(super) fn text_of<'a>(json: Option<&'a str>, place: &str) -> Result<Option<Cow<'a, str>>, String> {
    let Some(json) = json else { return Ok(None) };
    if let Some(parts) = json::items_of(json) {
        let mut texts = Vec::new();
        for part in parts {
            match Object::parse(part) {
                Ok(part) if matches!(part.text("type").as_deref(), None | Some("text" | "output_text")) => {
                    texts.extend(string(part.get("text"), "text")?);
                }
                Ok(_) => {}
                // A list of bare strings.
                Err(_) => texts.extend(string(Some(part), place)?),
            }
        }
        return Ok(joined(texts, ""));
    }
    string(Some(json), place)
}

/// A string; null is none.
///
/// # Errors
/// With a reason where it is something else.
pub(super) fn string<'a>(json: Option<&'a str>, place: &str) -> Result<Option<Cow<'a, str>>, String> {
    match json.map(json::cell) {
        None | Some(Cell::Null) => Ok(None),
        Some(Cell::Text(text)) => Ok(Some(text)),
        // Halves of surrogate pairs are the one thing that JSON can write and no text can hold.
        Some(_) if json.is_some_and(|json| json.starts_with('"')) => {
            Err(format!("the string in `{place}` is no Unicode text"))
        }
        Some(_) => Err(format!("expected a string in `{place}`, got {}", json.map_or("null", json::kind))),
    }
}

/// Texts in order; none where there are none.
pub(super) fn joined<'a>(texts: Vec<Cow<'a, str>>, separator: &str) -> Option<Cow<'a, str>> {
    match texts.as_slice() {
        [] => None,
        [_] => texts.into_iter().next(),
        _ => Some(Cow::Owned(texts.join(separator))),
    }
}

/// So many characters of a provider's words are shown in a reason.
const SHOWN_CHARS: usize = 300;

/// What a provider says went wrong, as `code: message`.
pub(super) fn provider_words(json: &str) -> String {
    let words = match Object::parse(json) {
        Ok(error) => {
            let code = ["code", "type", "status"].into_iter().find_map(|name| plain(error.get(name)?));
            let message = ["message", "detail", "error"].into_iter().find_map(|name| plain(error.get(name)?));
            let words: Vec<String> = code.into_iter().chain(message).collect();
            if words.is_empty() { json.to_owned() } else { words.join(": ") }
        }
        Err(_) => plain(json).unwrap_or_else(|| json.to_owned()),
    };
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

fn plain(json: &str) -> Option<String> {
    match json::cell(json) {
        Cell::Text(text) if !text.is_empty() => Some(text.into_owned()),
        Cell::Integer(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
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
    pub(in crate::ingest::formats) fn rows_of(
        path: &Path,
        source: &Source,
    ) -> (Vec<Result<Record, String>>, &'static str) {
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
                let (found, recognized) =
                    rows_of(&logs().join(folder).join(file.as_str().unwrap()), &Source::default());
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
}
