//! `MathArena`: a file for each problem with aligned lists of runs, and the table of single answers that is published.
//!
//! Source: `src/matharena/runs.py`, `scripts/curation/upload_outputs.py`, `api_client.py`. A thought is a message of type `cot`
//! (also `thinking`, `reasoning`). An answer that the parser did not find is written `None`.

use crate::ingest::field::{
    ANSWER, CORRECT, Cell, DATASET, Draft, GOLD, MODEL, PROMPT_TOKENS, QUESTION_ID, RESPONSE, ROUND, SOLUTION, THINKING,
};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

const MODE: Option<&str> = Some("runs of a problem are independent draws: `parallel`");

pub(in crate::ingest) const RUNS: Reader = Reader {
    name: "matharena",
    meaning: "MathArena `outputs/COMPETITION/MODEL/PROBLEM.json[.zst]`: all runs of a problem",
    mode: MODE,
    kind: Kind::Tool(Tool::new(are_runs, read_runs)),
};

pub(in crate::ingest) const ANSWERS: Reader = Reader {
    name: "matharena-outputs",
    meaning: "MathArena outputs as published: one row per answer, with `all_messages`",
    mode: MODE,
    kind: Kind::Tool(Tool::new(are_answers, read_answer)),
};

fn are_runs(shape: &Shape<'_>) -> bool {
    shape.has(&["idx", "problem", "gold_answer"]) && (shape.is_list("answers") || shape.has(&["N"]))
}

fn are_answers(shape: &Shape<'_>) -> bool {
    shape.has(&["problem_idx", "idx_answer", "gold_answer"])
}

const LAYOUT: Layout<'static> = Layout {
    used: &["messages", "answers", "correct", "idx", "gold_answer", "detailed_costs", "history"],
    aligned: &["warnings", "judgment", "manual_overwrite", "llm_annotation"],
};

fn read_runs(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let runs = match object.needed_list("messages") {
        Ok(runs) => runs,
        Err(reason) => return sheet.refuse(reason),
    };
    let list = |name: &str| object.list(name).unwrap_or_default();
    let (answers, grades, costs) = (list("answers"), list("correct"), list("detailed_costs"));
    let (dataset, model) = names(&sheet.folio.name);
    sheet.samples(object, LAYOUT, runs.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("idx"));
        draft.put_integer(ROUND, index);
        draft.put(GOLD, object.cell("gold_answer"));
        draft.put(ANSWER, answers.get(index).map_or(Cell::Null, |answer| found(answer)));
        // A grade may be a note: "TODO Grading".
        if let Some(grade @ Cell::Boolean(_)) = grades.get(index).map(|grade| json::cell(grade)) {
            draft.put(CORRECT, grade);
        }
        put_messages(draft, runs[index]);
        if let Some(cost) = costs.get(index).and_then(|cost| Object::parse(cost).ok()) {
            draft.put(PROMPT_TOKENS, cost.cell("input_tokens"));
            keep_output_tokens(draft, cost.get("output_tokens"));
        }
        for (field, name) in [(DATASET, &dataset), (MODEL, &model)] {
            if let Some(name) = name {
                draft.infer(field, name.clone());
            }
        }
    });
}

fn read_answer(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let used = &[
        "all_messages",
        "answer",
        "parsed_answer",
        "problem_idx",
        "idx_answer",
        "gold_answer",
        "model_name",
        "input_tokens",
        "output_tokens",
        "user_message",
    ];
    sheet.sample(object, Layout { used, aligned: &[] }, |draft| {
        draft.put(QUESTION_ID, object.cell("problem_idx"));
        draft.put(ROUND, object.cell("idx_answer"));
        draft.put(MODEL, object.cell("model_name"));
        draft.put(GOLD, object.cell("gold_answer"));
        draft.put(ANSWER, object.get("parsed_answer").map_or(Cell::Null, found));
        draft.put(PROMPT_TOKENS, object.cell("input_tokens"));
        keep_output_tokens(draft, object.get("output_tokens"));
        if let Some(messages) = object.get("all_messages") {
            put_messages(draft, messages);
        }
        // The text of the last message; what the messages say comes first.
        draft.put(RESPONSE, object.cell("answer"));
    });
}

/// Thinking and answer are counted together there, so that the number belongs to no canonical field.
fn keep_output_tokens(draft: &mut Draft<'_>, tokens: Option<&str>) {
    if let Some(tokens) = tokens {
        draft.keep_new("output_tokens", tokens);
    }
}

/// The thoughts and the answer among the messages of a run.
fn put_messages(draft: &mut Draft<'_>, messages: &str) {
    let messages: Vec<Object<'_>> = json::items_of(messages)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|message| Object::parse(message).ok())
        .collect();
    let said = messages.iter().filter(|message| message.text("role").is_none_or(|role| role == "assistant"));
    let is_thought = |message: &&Object<'_>| {
        message.text("type").is_some_and(|kind| ["cot", "thinking", "reasoning"].contains(&&*kind))
    };
    let (thoughts, answers): (Vec<_>, Vec<_>) = said.partition(is_thought);
    let thinking: Vec<_> = thoughts.iter().filter_map(|message| message.text("content")).collect();
    let answer = answers.last().map_or(Cell::Null, |message| message.cell("content"));
    if thinking.is_empty() {
        draft.put(RESPONSE, answer);
    } else {
        draft.put_text(THINKING, thinking.join("\n\n"));
        draft.put(SOLUTION, answer);
    }
}

fn found(answer: &str) -> Cell<'_> {
    match json::cell(answer) {
        Cell::Text(text) if text == "None" => Cell::Null,
        Cell::Integer(number) => Cell::Text(number.to_string().into()),
        cell => cell,
    }
}

/// Competition and model out of `outputs/aime/aime_2025/ORG/MODEL/3.json`: both are two folders deep.
fn names(file: &str) -> (Option<String>, Option<String>) {
    let parts: Vec<&str> = file.split('/').collect();
    let Some(at) = parts.iter().rposition(|part| *part == "outputs") else { return (None, None) };
    match parts.get(at + 1..parts.len() - 1) {
        Some([competition @ .., organization, model]) if !competition.is_empty() => {
            (Some(competition.join("/")), Some(format!("{organization}/{model}")))
        }
        _ => (None, None),
    }
}
