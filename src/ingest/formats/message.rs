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
pub(super) mod tests;
