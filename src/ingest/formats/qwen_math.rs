//! Qwen2.5-Math's evaluation: a question on each line with aligned lists of texts, answers and grades.
//!
//! Source: `Qwen2.5-Math/evaluation/math_eval.py`. The texts stand in `code`, whatever they hold; `pred` are the answers that
//! the tool found in them. `pred_score` is a list of one number for each.

use crate::ingest::field::{ANSWER, CORRECT, Cell, DIFFICULTY, DOMAIN, GOLD, QUESTION_ID, RESPONSE, REWARD, ROUND};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

use super::question::named_by;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "qwen-math",
    meaning: "Qwen2.5-Math `math_eval.py`: texts in `code`, answers in `pred`, grades in `score`",
    mode: Some("texts of a question are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.is_list("code") && shape.is_list("pred") && shape.has(&["gt"])
}

const LAYOUT: Layout<'static> = Layout {
    used: &[
        "code",
        "pred",
        "score",
        "pred_score",
        "gt",
        "gt_cot",
        "idx",
        "level",
        "answer",
        "solution",
        "response",
        "history",
    ],
    aligned: &["report"],
};

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let texts = match object.needed_list("code") {
        Ok(texts) => texts,
        Err(reason) => return sheet.refuse(reason),
    };
    let list = |name: &str| object.list(name).unwrap_or_default();
    let (answers, grades, rewards) = (list("pred"), list("score"), list("pred_score"));
    sheet.samples(object, LAYOUT, texts.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("idx"));
        draft.infer(DOMAIN, "math");
        draft.put(QUESTION_ID, object.text("question").map_or(Cell::Null, |question| named_by(&question)));
        draft.put(RESPONSE, json::cell(texts[index]));
        draft.put_integer(ROUND, index);
        draft.put(ANSWER, answers.get(index).map_or(Cell::Null, |answer| found(answer)));
        draft.put(GOLD, object.cell("gt"));
        draft.put(CORRECT, grades.get(index).map_or(Cell::Null, |grade| json::cell(grade)));
        draft.put(REWARD, rewards.get(index).map_or(Cell::Null, |reward| number(reward)));
        draft.put(DIFFICULTY, object.cell("level"));
    });
}

/// The tool writes an empty text where it found no answer.
fn found(answer: &str) -> Cell<'_> {
    match json::cell(answer) {
        Cell::Text(text) if text.is_empty() => Cell::Null,
        cell => cell,
    }
}

fn number(reward: &str) -> Cell<'_> {
    match json::items_of(reward) {
        Some(items) => items.first().map_or(Cell::Null, |item| json::cell(item)),
        None => json::cell(reward),
    }
}
