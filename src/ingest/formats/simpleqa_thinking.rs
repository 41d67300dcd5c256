//! Answers with `thought` and `grading` as the knowledge experiments of `tts-knowledge` log them.
//!
//! Source: `XuZhao0/tts-knowledge`. `thought` holds the thinking with its tags, `response` what came after it, with the end
//! mark of the chat template; `answer` is the reference. A is correct, B is wrong, C is not attempted.

use crate::ingest::field::{
    CORRECT, Cell, GOLD, MODEL, QUESTION_ID, RESPONSE, SOLUTION, SOLUTION_TOKENS, THINKING, THINKING_TOKENS,
};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "simpleqa-thinking",
    meaning: "tts-knowledge: `thought`, `response` and `grading` A, B or C of each question",
    mode: Some("the file's name tells the budget: `mode = { from = \"path\", pattern = \"exd(\\\\d+)\" }`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["problem", "response", "thought", "grading"])
}

/// The end of a turn in the chat template of Qwen models.
const END_OF_TURN: &str = "<|im_end|>";

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let used = &["id", "answer", "response", "thought", "grading", "thinking_tokens", "response_tokens"];
    let model = sheet.folio.stem().split("_exd").next().unwrap_or_default().to_owned();
    if !object.has("response") && !object.has("thought") {
        return sheet.refuse("missing `response`".to_owned());
    }
    for name in ["response", "thought"] {
        if let Some(json) = object.get(name).filter(|json| json::text(json).is_none()) {
            return sheet.refuse(format!("expected a string in `{name}`, got {}", json::kind(json)));
        }
    }
    sheet.sample(object, Layout { used, aligned: &[] }, |draft| {
        draft.put(QUESTION_ID, object.cell("id"));
        let thought = object.text("thought").unwrap_or_default();
        let said = object.text("response").unwrap_or_default();
        let said = said.trim().strip_suffix(END_OF_TURN).unwrap_or(said.trim());
        if thought.trim().is_empty() {
            draft.put_text(SOLUTION, said);
        } else if thought.contains("</think>") || said.is_empty() {
            draft.put_text(RESPONSE, format!("{thought}{said}"));
        } else {
            draft.put_text(THINKING, thought.trim_start().trim_start_matches("<think>").trim());
            draft.put_text(SOLUTION, said);
        }
        draft.put(GOLD, object.cell("answer"));
        draft.put(
            CORRECT,
            match object.text("grading").as_deref() {
                Some("A") => Cell::Boolean(true),
                Some("B" | "C") => Cell::Boolean(false),
                _ => Cell::Null,
            },
        );
        draft.put(THINKING_TOKENS, object.cell("thinking_tokens"));
        draft.put(SOLUTION_TOKENS, object.cell("response_tokens"));
        draft.infer(MODEL, model.clone());
    });
}
