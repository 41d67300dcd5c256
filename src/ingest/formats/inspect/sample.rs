//! One sample of a log: an `EvalSample` or its summary goes in; what canonical fields it has comes out.
//!
//! The solution is the text of the first choice of `output`, as the tool's `completion` has it: text parts joined by line
//! breaks. A plain text that holds thinking tags goes into `response`, where it is split. A summary has no output: there
//! the text that the first scorer took for the answer stands in, and `solution_from` says so. Scorers that grade with a
//! model are given the whole completion; one that extracts an answer first leaves only that.

use std::borrow::Cow;
use std::collections::HashMap;

use super::attachments::Attachments;
use super::marks::Marks;
use crate::ingest::field::{
    ANSWER, CORRECT, Cell, DATASET, Draft, FINISH_REASON, GOLD, MEAN_ENTROPY, MEAN_LOGPROB, MODEL, PROMPT_TOKENS,
    QUESTION_ID, RESPONSE, REWARD, ROUND, SOLUTION, SOLUTION_TOKENS, THINKING, THINKING_TOKENS,
};
use crate::ingest::frames::Known;
use crate::ingest::object::Object;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::{LINE_LIMIT, json, logprobs};

/// What a log says of all its samples.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) known: Known,
    /// The ids of the data set's samples as texts, with their positions.
    positions: HashMap<String, usize>,
}

impl Run {
    /// Takes in the log's `eval`.
    pub(super) fn of(eval: &Object<'_>) -> Self {
        let dataset = eval.object("dataset").unwrap_or_default();
        let ids = dataset.list("sample_ids").unwrap_or_default();
        let positions = ids.into_iter().enumerate().filter_map(|(at, id)| Some((shown(json::cell(id))?, at))).collect();
        Run { known: known(eval), positions }
    }

    /// Where the data set has a sample; those that it does not name come last.
    pub(super) fn position(&self, id: &str) -> usize {
        self.positions.get(id).copied().unwrap_or(usize::MAX)
    }
}

/// The data set and the model of a log's `eval`.
pub(super) fn known(eval: &Object<'_>) -> Known {
    let dataset = eval.object("dataset").and_then(|dataset| dataset.text("name")).or_else(|| eval.text("task"));
    Known { dataset: dataset.map(Cow::into_owned), model: eval.text("model").map(Cow::into_owned) }
}

/// An id as the names of members have it.
pub(super) fn shown(id: Cell<'_>) -> Option<String> {
    match id {
        Cell::Text(text) => Some(text.into_owned()),
        Cell::Integer(value) => Some(value.to_string()),
        _ => None,
    }
}

/// What is taken in full, and what nobody asks of a solution: what happened on the way to it.
const LAYOUT: Layout<'static> = Layout {
    used: &[
        "id",
        "epoch",
        "input",
        "target",
        "messages",
        "message_refs",
        "output",
        "score",
        "scores",
        "store",
        "events",
        "events_data",
        "timelines",
        "attachments",
        "sandbox",
        "files",
        "setup",
        "error",
        "error_retries",
    ],
    aligned: &[],
};

/// Makes a sample of its object.
pub(super) fn add(object: &Object<'_>, known: &Known, attachments: &Attachments<'_>, sheet: &mut Sheet<'_>) {
    sheet.sample(object, LAYOUT, |draft| {
        if let Err(reason) = fill(object, known, attachments, draft) {
            draft.fail(reason);
        }
    });
}

fn fill(
    object: &Object<'_>,
    known: &Known,
    attachments: &Attachments<'_>,
    draft: &mut Draft<'_>,
) -> Result<(), String> {
    draft.put(QUESTION_ID, object.cell("id"));
    match object.cell("epoch") {
        Cell::Integer(epoch) => draft.put(ROUND, Cell::Integer(epoch - 1)),
        other => draft.put(ROUND, other),
    }
    if let Some(dataset) = &known.dataset {
        draft.infer(DATASET, dataset.clone());
    }
    let output = object.object("output");
    let model = output.as_ref().and_then(|output| output.text("model")).filter(|model| !model.is_empty());
    if let Some(model) = model.or_else(|| known.model.as_deref().map(Cow::Borrowed)) {
        draft.put(MODEL, Cell::Text(model));
    }
    put_gold(object, attachments, draft)?;
    let marks = Marks::of(object);
    if let Some(output) = &output {
        put_output(output, attachments, draft)?;
        if let Some(answer) = marks.answer() {
            draft.put(ANSWER, Cell::Text(attachments.resolve(answer)?));
        }
    } else if let (Some(answer), Some(name)) = (marks.answer(), marks.name()) {
        put_text(attachments.resolve(answer)?, draft);
        draft.keep_new("solution_from", &serde_json::Value::from(format!("scores.{name}.answer")).to_string());
    }
    if let Some(reward) = marks.reward() {
        draft.put(REWARD, Cell::Float(reward));
        if reward == 1.0 || reward == 0.0 {
            draft.put(CORRECT, Cell::Boolean(reward == 1.0));
        }
    }
    if let Some(scores) = marks.rest() {
        draft.keep_new("scores", &scores);
    }
    put_failures(object, draft)
}

/// The reference: the first of several targets, any of which counts as right; then all of them are kept.
fn put_gold(object: &Object<'_>, attachments: &Attachments<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
    let several = object.list("target");
    let gold = match &several {
        Some(targets) => targets.first().and_then(|target| json::text(target)),
        None => object.text("target"),
    };
    // The tool's default for a target that nobody gave is an empty text.
    if let Some(gold) = gold.filter(|gold| !gold.is_empty()) {
        draft.put(GOLD, Cell::Text(attachments.resolve(gold)?));
    }
    if let (Some(json), Some([_, _, ..])) = (object.get("target"), several.as_deref()) {
        draft.keep_new("target", json);
    }
    Ok(())
}

/// What the model said, and how many tokens it took.
fn put_output(output: &Object<'_>, attachments: &Attachments<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
    let choices = output.list("choices").unwrap_or_default();
    let choice = choices.first().map(|choice| Object::parse(choice)).transpose()?;
    let usage = output.object("usage").unwrap_or_default();
    let mut said = Said::default();
    if let Some(choice) = &choice {
        said = Said::of(&choice.object("message").unwrap_or_default(), attachments)?;
        if let Some(reason) = choice.text("stop_reason") {
            draft.put(FINISH_REASON, Cell::Text(reason));
        }
        if let Some(found) = choice.get("logprobs").and_then(logprobs::of_logprobs) {
            draft.put(MEAN_LOGPROB, Cell::Float(found.mean_logprob));
            draft.put(MEAN_ENTROPY, found.mean_entropy.map_or(Cell::Null, Cell::Float));
        }
    }
    if said.text.is_none() {
        said.text = output.text("completion").filter(|text| !text.is_empty()).map(Cow::into_owned);
    }
    put_tokens(&usage, choices.len(), draft);
    let thought = matches!(usage.cell("reasoning_tokens"), Cell::Integer(1..));
    let kind = said.kind.or((thought && !said.text.as_deref().is_some_and(has_tags)).then_some("count-only"));
    if let Some(kind) = kind {
        draft.keep_new("thinking_kind", &format!("\"{kind}\""));
    }
    if let Some(thinking) = said.thinking {
        draft.put_text(THINKING, thinking);
    }
    if let Some(text) = said.text {
        put_text(text.into(), draft);
    }
    if let Some(usage) = output.get("usage") {
        draft.keep_new("usage", usage);
    }
    if let Some(error) = output.get("error") {
        draft.keep_new("output_error", error);
    }
    if choices.len() > 1 {
        draft.keep_new("n_choices", &choices.len().to_string());
    }
    Ok(())
}

/// Token counts, as far as they are this sample's alone: one count for several choices is nobody's.
fn put_tokens(usage: &Object<'_>, n_choices: usize, draft: &mut Draft<'_>) {
    let input = usage.cell("input_tokens");
    if matches!(input, Cell::Integer(0..)) {
        draft.put(PROMPT_TOKENS, input);
    }
    if n_choices > 1 {
        return;
    }
    if let Cell::Integer(thinking @ 0..) = usage.cell("reasoning_tokens") {
        draft.put(THINKING_TOKENS, Cell::Integer(thinking));
        // The tool's output tokens include those of the reasoning (`model/_model_output.py`).
        if let Cell::Integer(output) = usage.cell("output_tokens")
            && output >= thinking
        {
            draft.put(SOLUTION_TOKENS, Cell::Integer(output - thinking));
        }
    }
}

/// A text as solution, or as response where it still has to be split.
fn put_text(text: Cow<'_, str>, draft: &mut Draft<'_>) {
    let field = if has_tags(&text) { RESPONSE } else { SOLUTION };
    draft.put(field, Cell::Text(text));
}

/// Whether a text has anything that could be a thinking tag, or a marker that servers use in place of one.
fn has_tags(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let inside = &text[at + 1..];
        inside.strip_prefix('/').unwrap_or(inside).starts_with("think") || inside.starts_with("|channel|>")
    })
}

/// What a message says.
#[derive(Default)]
struct Said {
    text: Option<String>,
    thinking: Option<String>,
    /// What the thinking is; none where there is none apart from the text.
    kind: Option<&'static str>,
}

impl Said {
    fn of(message: &Object<'_>, attachments: &Attachments<'_>) -> Result<Self, String> {
        if let Some(text) = message.text("content") {
            return Ok(Said { text: Some(attachments.resolve(text)?.into_owned()), ..Said::default() });
        }
        let Some(parts) = message.list("content") else { return Ok(Said::default()) };
        let [mut texts, mut raw, mut summaries] = [const { Joined::new() }; 3];
        let mut reasons = false;
        for part in parts {
            let part = Object::parse(part)?;
            let kind = part.text("type");
            if kind.as_deref() == Some("text") {
                texts.add(part.text("text"), attachments)?;
            } else if kind.as_deref() == Some("reasoning") {
                reasons = true;
                // What is redacted is ciphertext, whatever it is called.
                if part.boolean("redacted") != Some(true) {
                    raw.add(part.text("reasoning").filter(|text| !text.is_empty()), attachments)?;
                }
                summaries.add(part.text("summary").filter(|text| !text.is_empty()), attachments)?;
            }
        }
        let (thinking, kind) = match (raw.text, summaries.text) {
            (Some(raw), _) => (Some(raw), Some("raw")),
            (None, Some(summary)) => (Some(summary), Some("summary")),
            (None, None) => (None, reasons.then_some("redacted")),
        };
        Ok(Said { text: Some(texts.text.unwrap_or_default()), thinking, kind })
    }
}

/// Parts of a text, joined by line breaks.
struct Joined {
    text: Option<String>,
}

impl Joined {
    const fn new() -> Self {
        Joined { text: None }
    }

    fn add(&mut self, part: Option<Cow<'_, str>>, attachments: &Attachments<'_>) -> Result<(), String> {
        let Some(part) = part else { return Ok(()) };
        let part = attachments.resolve(part)?;
        match &mut self.text {
            Some(text) if text.len() + part.len() >= LINE_LIMIT => {
                return Err(format!("the parts of the message are longer than {} MiB", LINE_LIMIT >> 20));
            }
            Some(text) => {
                text.push('\n');
                text.push_str(&part);
            }
            None => self.text = Some(part.into_owned()),
        }
        Ok(())
    }
}

/// Longest message of an error that a reason repeats, in characters.
const SHOWN_CHARS: usize = 200;

/// What went wrong: in the way where there is no text, else kept beside it.
fn put_failures(object: &Object<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
    let error = object.object("error");
    let message = error.as_ref().and_then(|error| error.text("message")).or_else(|| object.text("error"));
    if let Some(retries) = object.list("error_retries").filter(|retries| !retries.is_empty()) {
        draft.keep_new("error_retries", &retries.len().to_string());
    }
    if draft.has(SOLUTION) || draft.has(RESPONSE) {
        if let Some(message) = message {
            draft.keep_new("error", &serde_json::Value::from(message).to_string());
        }
        return Ok(());
    }
    let limit = object.object("limit");
    Err(match (message, limit.and_then(|limit| limit.text("type"))) {
        (Some(message), _) => {
            let shown: String = message.chars().take(SHOWN_CHARS).collect();
            let more = if shown.len() < message.len() { "…" } else { "" };
            format!("the sample ended with an error: {shown}{more}")
        }
        (None, Some(limit)) => format!("the sample has no output: its `{limit}` limit ended it"),
        (None, None) => "the sample has no output".to_owned(),
    })
}
