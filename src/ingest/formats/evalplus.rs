//! `EvalPlus` and `HumanEval` samples, a program on each line, and the results of evaluating them.
//!
//! Source: `evalplus/data/utils.py`, `evaluate.py`; `human_eval/evaluation.py`. A `completion` goes on where the prompt ends,
//! a `solution` is the whole program; both are kept as they stand. Draws of a task follow one another in the file.

use crate::ingest::field::{CODE, CORRECT, Cell, DOMAIN, MODEL, QUESTION_ID, ROUND, SOLUTION};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Folio, Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

const MODE: Option<&str> = Some("samples of a task are independent draws: `parallel`");

pub(in crate::ingest) const SAMPLES: Reader = Reader {
    name: "evalplus",
    meaning: "EvalPlus and HumanEval `samples.jsonl`, sanitized or not, and HumanEval's `*_results.jsonl`",
    mode: MODE,
    kind: Kind::Tool(Tool::new(are_samples, read_sample)),
};

pub(in crate::ingest) const RESULTS: Reader = Reader {
    name: "evalplus-results",
    meaning: "EvalPlus `*_eval_results.json`: the programs of each task with what became of the tests",
    mode: MODE,
    kind: Kind::Tool(Tool { inside: Some("eval"), ..Tool::new(are_results, read_task) }),
};

fn are_samples(shape: &Shape<'_>) -> bool {
    shape.has(&["task_id"]) && (shape.has(&["completion"]) || shape.has(&["solution"])) && !shape.has(&["prompt"])
}

fn are_results(shape: &Shape<'_>) -> bool {
    let eval = shape.inside("eval");
    let Some(first) = eval.names().next() else { return false };
    eval.is_list(first) && eval.inside(first).has(&["solution"])
}

fn read_sample(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let layout = Layout { used: &["task_id", "solution", "completion", "passed"], aligned: &[] };
    let folio = sheet.folio;
    sheet.sample(object, layout, |draft| {
        draft.put(QUESTION_ID, object.cell("task_id"));
        draft.infer(DOMAIN, "coding");
        let program = ["solution", "completion"].iter().map(|name| object.cell(name)).find(|cell| *cell != Cell::Null);
        let program = program.unwrap_or(Cell::Null);
        draft.put(CODE, program.clone());
        draft.put(SOLUTION, program);
        draft.put(CORRECT, object.cell("passed"));
        if let Some(model) = model(folio) {
            draft.infer(MODEL, model);
        }
    });
}

/// The model, as far as names tell: a file is called after it, or lies in a folder that is.
fn model(folio: &Folio<'_>) -> Option<String> {
    let stem =
        folio.stem().trim_end_matches("_eval_results").trim_end_matches("_results").trim_end_matches("-sanitized");
    let named = if stem == "samples" { folio.folder()? } else { stem };
    Some(named.replace("--", "/"))
}

fn read_task(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let Some(samples) = json::items_of(document.json) else {
        return sheet.refuse(format!("expected a list of samples, got {}", json::kind(document.json)));
    };
    let layout = Layout { used: &["task_id", "solution", "base_fail_tests", "plus_fail_tests"], aligned: &[] };
    let model = model(sheet.folio);
    for (index, sample) in samples.iter().enumerate() {
        let object = match Object::parse(sample) {
            Ok(object) => object,
            Err(reason) => {
                sheet.refuse(reason);
                continue;
            }
        };
        sheet.sample(&object, layout, |draft| {
            let named = document.name.map_or(Cell::Null, |name| Cell::Text(name.into()));
            draft.put(QUESTION_ID, object.cell("task_id"));
            draft.infer(DOMAIN, "coding");
            draft.put(QUESTION_ID, named);
            draft.put(SOLUTION, object.cell("solution"));
            draft.put(CODE, object.cell("solution"));
            draft.put_integer(ROUND, index);
            // The stricter tests decide; a run without them has null there.
            let status = object.text("plus_status").or_else(|| object.text("base_status"));
            draft.put(CORRECT, status.map_or(Cell::Null, |status| Cell::Boolean(status == "pass")));
            if let Some(model) = &model {
                draft.infer(MODEL, model.clone());
            }
        });
    }
}
