//! `LiveCodeBench` `*_eval_all.json`: a list of problems, each with aligned lists of outputs, programs and grades.
//!
//! Source: `lcb_runner/runner/main.py`, `benchmarks/*.py`. In `selfrepair` an output is a list of one text. Private tests
//! are pickles in base64: they are passed over unread.

use crate::ingest::field::{CODE, CORRECT, Cell, DATASET, DOMAIN, MODEL, QUESTION_ID, ROUND, SOLUTION};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Folio, Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "livecodebench",
    meaning: "LiveCodeBench `*_eval_all.json`: `output_list`, `code_list` and `graded_list` of each problem",
    mode: Some("its outputs are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["output_list"]) && (shape.has(&["question_content"]) || shape.has(&["question_id", "code_list"]))
}

const LAYOUT: Layout<'static> = Layout {
    used: &["output_list", "code_list", "graded_list", "question_id", "private_test_cases", "question_content"],
    aligned: &["metadata", "pred_list"],
};

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let outputs = match object.needed_list("output_list") {
        Ok(outputs) => outputs,
        Err(reason) => return sheet.refuse(reason),
    };
    let codes = object.list("code_list").unwrap_or_default();
    let grades = object.list("graded_list").unwrap_or_default();
    let model = model(sheet.folio);
    sheet.samples(object, LAYOUT, outputs.len(), |index, draft| {
        draft.put(QUESTION_ID, question(object));
        draft.infer(DOMAIN, "coding");
        draft.put(SOLUTION, output(outputs[index]));
        draft.put(ROUND, Cell::Integer(index as i128));
        if let Some(code) = codes.get(index).and_then(|code| json::text(code)).filter(|code| !code.is_empty()) {
            draft.put(CODE, Cell::Text(code));
        }
        draft.put(CORRECT, grades.get(index).map_or(Cell::Null, |grade| json::cell(grade)));
        draft.infer(DATASET, "livecodebench");
        if let Some(model) = &model {
            draft.infer(MODEL, model.clone());
        }
    });
}

/// The model, as far as names tell: the tool writes `output/MODEL/Scenario.codegeneration_10_0.2_eval_all.json`; what is
/// passed on is often called after the model.
fn model(folio: &Folio<'_>) -> Option<String> {
    let stem = folio.stem().split("_eval_all").next().unwrap_or_default();
    if stem.starts_with("Scenario.") { folio.folder().map(str::to_owned) } else { Some(stem.to_owned()) }
}

/// In `testoutputprediction` a problem has several tests, each a question of its own.
fn question<'a>(object: &crate::ingest::object::Object<'a>) -> Cell<'a> {
    match (object.text("question_id"), object.cell("test_id")) {
        (Some(question), Cell::Integer(test)) => Cell::Text(format!("{question}/{test}").into()),
        (Some(question), _) => Cell::Text(question),
        (None, _) => object.cell("id"),
    }
}

fn output(json: &str) -> Cell<'_> {
    match json::items_of(json) {
        Some(items) => items.first().map_or(Cell::Null, |item| json::cell(item)),
        None => json::cell(json),
    }
}
