//! Tables of the self-reflection and temperature experiments of `matthewrenze`: an attempt, or a response, on each row.
//!
//! Sources: `matthewrenze/self-reflection` (`details` with `problem_id`, `attempt_id`, `response`),
//! `matthewrenze/jhu-llm-temperature` (`responses` with `Problem ID`, `Response ID`, `Text`; answers and references are in a
//! second table, which a plan can join).

use crate::ingest::field::{
    ANSWER, CHAIN, CORRECT, Cell, DATASET, FEEDBACK, GOLD, MODEL, PROMPT_TOKENS, QUESTION_ID, ROUND, SOLUTION,
    SOLUTION_TOKENS, typed,
};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

pub(in crate::ingest) const ATTEMPTS: Reader = Reader {
    name: "self-reflection",
    meaning: "self-reflection tables: `attempt_id`, `response`, `agent_answer` and `score` of each problem",
    mode: Some("a retry sees what its agent says about the first attempt: `markov`; the baseline is a first attempt"),
    kind: Kind::Tool(Tool::new(are_attempts, read_attempt)),
};

pub(in crate::ingest) const RESPONSES: Reader = Reader {
    name: "jhu-temperature",
    meaning: "temperature tables: `Problem ID`, `Response ID` and `Text`; a plan can join the answers",
    mode: Some("its responses are independent draws at the temperature that the file's name and a column tell"),
    kind: Kind::Tool(Tool::new(are_responses, read_response)),
};

fn are_attempts(shape: &Shape<'_>) -> bool {
    shape.has(&["problem_id", "attempt_id", "response", "agent_answer"])
}

fn are_responses(shape: &Shape<'_>) -> bool {
    shape.has(&["Problem ID", "Response ID", "Text"])
}

fn read_attempt(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let used = &[
        "problem_id",
        "attempt_id",
        "response",
        "agent_answer",
        "correct_answer",
        "score",
        "model_name",
        "exam_name",
        "agent_name",
        "input_tokens",
        "output_tokens",
        "solution",
        "problem",
        "choices",
    ];
    sheet.sample(object, Layout { used, aligned: &[] }, |draft| {
        draft.put(QUESTION_ID, object.cell("problem_id"));
        draft.put(SOLUTION, object.cell("response"));
        draft.put(CHAIN, Cell::Integer(0));
        // Attempts are counted from 1.
        let attempt = object.text("attempt_id").and_then(|attempt| attempt.trim().parse::<i128>().ok());
        draft.put(ROUND, attempt.map_or(Cell::Null, |attempt| Cell::Integer(attempt - 1)));
        for (field, column) in [
            (ANSWER, "agent_answer"),
            (GOLD, "correct_answer"),
            (CORRECT, "score"),
            (MODEL, "model_name"),
            (DATASET, "exam_name"),
            (PROMPT_TOKENS, "input_tokens"),
            (SOLUTION_TOKENS, "output_tokens"),
            (FEEDBACK, "agent_name"),
        ] {
            draft.put(field, filled(object, field, column));
        }
    });
}

fn read_response(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let used = &["Problem ID", "Response ID", "Text", "Model Name", "Exam Name"];
    sheet.sample(object, Layout { used, aligned: &[] }, |draft| {
        draft.put(QUESTION_ID, object.cell("Problem ID"));
        draft.put(SOLUTION, object.cell("Text"));
        for (field, column) in [(ROUND, "Response ID"), (MODEL, "Model Name"), (DATASET, "Exam Name")] {
            draft.put(field, filled(object, field, column));
        }
    });
}

/// What the text of a cell means in a field; null where it is empty.
fn filled<'a>(object: &Object<'a>, field: usize, column: &str) -> Cell<'a> {
    match object.text(column) {
        Some(text) if !text.trim().is_empty() => typed(field, text),
        _ => Cell::Null,
    }
}
