//! Reflexion and LDB: a task on each line with its `implementations`, one for each round of a chain.
//!
//! Source: `programming_runs/reflexion.py`, `LLMDebugger/programming/`. `is_solved` is said of the last implementation;
//! whether an earlier one would have passed the hidden tests nobody tried. A task that was begun anew (`--pass_at_k`) leaves
//! its chains one behind the other without a mark between them: they are one chain here.

use crate::ingest::field::{CHAIN, CODE, CORRECT, Cell, DOMAIN, MODEL, QUESTION_ID, ROUND, SOLUTION};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "reflexion",
    meaning: "Reflexion and LDB: `implementations` of each task, one for each round",
    mode: Some("an implementation sees the one before and its errors: `markov` with `feedback = \"errors-public\"`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    // What comes before `implementations` may be longer than the beginning of the file.
    shape.has(&["task_id"]) && (shape.is_list("implementations") || shape.has(&["entry_point", "is_solved"]))
}

const LAYOUT: Layout<'static> = Layout {
    used: &[
        "implementations",
        "task_id",
        "is_solved",
        "solution",
        "prompt",
        "canonical_solution",
        "test",
        "generated_test",
        "given_tests",
        "seed",
    ],
    aligned: &["test_feedback"],
};

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let programs = match object.needed_list("implementations") {
        Ok(programs) => programs,
        Err(reason) => return sheet.refuse(reason),
    };
    let model = model(sheet.folio.stem()).to_owned();
    sheet.samples(object, LAYOUT, programs.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("task_id"));
        draft.infer(DOMAIN, "coding");
        draft.put(CHAIN, Cell::Integer(0));
        draft.put_integer(ROUND, index);
        draft.put(SOLUTION, json::cell(programs[index]));
        draft.put(CODE, json::cell(programs[index]));
        if index + 1 == programs.len() {
            draft.put(CORRECT, object.cell("is_solved"));
        }
        draft.infer(MODEL, model.clone());
    });
}

/// The model of `reflexion_gpt-4_5_iters`: Reflexion names a file after strategy, model and rounds, LDB after the model.
fn model(stem: &str) -> &str {
    let Some((before, _)) = stem.split_once("_iters") else { return stem };
    let Some((named, rounds)) = before.rsplit_once('_') else { return stem };
    let is_count = !rounds.is_empty() && rounds.bytes().all(|byte| byte.is_ascii_digit());
    if is_count { named.split_once('_').map_or(named, |(_, model)| model) } else { stem }
}
