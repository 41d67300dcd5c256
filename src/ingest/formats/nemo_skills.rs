//! NeMo-Skills `output-rs*.jsonl`: a row for each problem, a file for each draw.
//!
//! Source: `nemo_skills/inference/generate.py`. The number in the file's name is the draw. `generation` is what was left after
//! the thinking was cut off; `_full_generation`, where it is kept, is all of it.

use crate::ingest::field::{
    ANSWER, CORRECT, Cell, Draft, FINISH_REASON, GOLD, MEAN_LOGPROB, PROMPT_TOKENS, QUESTION_ID, RESPONSE, ROUND,
    SOLUTION, SOLUTION_TOKENS, THINKING, THINKING_TOKENS,
};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

use super::question::named_by;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "nemo-skills",
    meaning: "NeMo-Skills `output-rs*.jsonl`: one file per draw",
    mode: Some("its files are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["generation"])
        && ["expected_answer", "predicted_answer", "num_generated_tokens"].iter().any(|name| shape.has(&[name]))
}

const LAYOUT: Layout<'static> = Layout {
    used: &[
        "generation",
        "_full_generation",
        "reasoning_content",
        "expected_answer",
        "predicted_answer",
        "symbolic_correct",
        "num_input_tokens",
        "num_reasoning_tokens",
        "num_answer_tokens",
        "logprobs",
        "tokens",
        "top_logprobs",
        "usage",
        "serialized_output",
        "id",
        "problem",
    ],
    aligned: &[],
};

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let draw = draw(sheet.folio.file_name());
    sheet.sample(object, LAYOUT, |draft| {
        draft.put(QUESTION_ID, object.cell("id"));
        draft.put(QUESTION_ID, object.text("problem").map_or(Cell::Null, |problem| named_by(&problem)));
        if let Some(draw) = draw {
            draft.put_integer(ROUND, draw);
        }
        put_texts(draft, object);
        draft.put(ANSWER, object.cell("predicted_answer"));
        draft.put(GOLD, object.cell("expected_answer"));
        draft.put(CORRECT, object.cell("symbolic_correct"));
        draft.put(PROMPT_TOKENS, object.cell("num_input_tokens"));
        draft.put(THINKING_TOKENS, object.cell("num_reasoning_tokens"));
        draft.put(SOLUTION_TOKENS, object.cell("num_answer_tokens"));
        draft.put(FINISH_REASON, object.cell("finish_reason"));
        draft.put(MEAN_LOGPROB, mean(object.cell("logprobs")));
    });
}

fn put_texts(draft: &mut Draft<'_>, object: &Object<'_>) {
    if object.boolean("_generation_finished_thinking") == Some(false) {
        // All of it is thinking, whatever tags it has; an empty `generation` is no solution.
        draft.put(THINKING, object.cell("_full_generation"));
        draft.unfinished();
        return;
    }
    match (object.cell("_full_generation"), object.cell("reasoning_content")) {
        (Cell::Null, Cell::Null) => draft.put(RESPONSE, object.cell("generation")),
        (full, thinking) => {
            draft.put(SOLUTION, object.cell("generation"));
            draft.put(RESPONSE, full);
            draft.put(THINKING, thinking);
        }
    }
}

/// The mean of a list of numbers; null without one.
fn mean(list: Cell<'_>) -> Cell<'static> {
    let Cell::List(items) = list else { return Cell::Null };
    let numbers: Option<Vec<f64>> = items
        .iter()
        .map(|item| match item {
            Cell::Float(value) => Some(*value),
            #[expect(clippy::cast_precision_loss, reason = "a number is an f64 in every format")]
            Cell::Integer(value) => Some(*value as f64),
            _ => None,
        })
        .collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => Cell::Float(numbers.iter().sum::<f64>() / numbers.len() as f64),
        _ => Cell::Null,
    }
}

/// 3 of `output-rs3.jsonl`; none of `output.jsonl`, which is the only draw.
fn draw(file_name: &str) -> Option<usize> {
    let (_, rest) = file_name.split_once("-rs")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}
