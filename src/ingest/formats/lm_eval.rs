//! lm-evaluation-harness `samples_*.jsonl`: a row for each document and filter; the samples are all repeats in `resps`.
//!
//! Source: `lm_eval/loggers/evaluation_tracker.py`, `evaluator.py`. A document stands there once for each filter, with the
//! same samples: the first one counts. `filtered_resps` holds what a filter left over, by default one of all repeats.
//! Thinking may have been cut off before logging (`think_end_token`), so that its length is not to be had.

use std::path::{Path, PathBuf};

use crate::ingest::field::{ANSWER, CORRECT, Cell, DATASET, GOLD, MODEL, QUESTION_ID, RESPONSE, ROUND};
use crate::ingest::frames::Known;
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "lm-eval",
    meaning: "lm-evaluation-harness `samples_*.jsonl`: every repeat in `resps`, each document once",
    mode: Some("repeats of a document are independent draws: `parallel`"),
    kind: Kind::Tool(Tool { beside: Some(beside), known: Some(known), once: Some(once), ..Tool::new(known_by, read) }),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["doc_id", "resps"]) && (shape.has(&["doc"]) || shape.has(&["arguments"]))
}

/// `results_{date}.json` of the same run; it knows the model's name as it was given.
fn beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let date = name.strip_suffix(".jsonl")?.rsplit_once('_')?.1;
    let results = path.with_file_name(format!("results_{date}.json"));
    results.is_file().then_some(results)
}

fn known(results: &Object<'_>) -> Known {
    let model = results.text("model_name").map(std::borrow::Cow::into_owned);
    Known { model, ..Known::default() }
}

fn once(document: &Document<'_>) -> String {
    let object = &document.object;
    let part = |name: &str| object.get(name).unwrap_or_default();
    format!("{} {} {}", part("doc_id"), part("doc_hash"), part("prompt_hash"))
}

const LAYOUT: Layout<'static> = Layout {
    used: &["resps", "filtered_resps", "arguments", "target", "doc_id", "exact_matches", "extracted_answers"],
    aligned: &[],
};

/// What is logged where an API answered with null (`models/api_models.py`).
const NO_ANSWER: &str = "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER";

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let repeats = match object.needed_list("resps") {
        Ok(requests) => requests.first().and_then(|request| json::items_of(request)).unwrap_or_default(),
        Err(reason) => return sheet.refuse(reason),
    };
    if repeats.first().is_some_and(|repeat| repeat.starts_with('[')) {
        return sheet.refuse("`resps` holds log-likelihoods of given choices, no text was drawn".to_owned());
    }
    let model = document.known.model.clone().or_else(|| folder_model(sheet));
    let dataset = task(sheet.folio.file_name());
    let matches = object.list("exact_matches").unwrap_or_default();
    let answers = object.list("extracted_answers").unwrap_or_default();
    sheet.samples(object, LAYOUT, repeats.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("doc_id"));
        match json::text(repeats[index]) {
            Some(text) if text == NO_ANSWER => draft.fail("the API answered with null".to_owned()),
            _ => draft.put(RESPONSE, json::cell(repeats[index])),
        }
        draft.put_integer(ROUND, index);
        draft.put(GOLD, object.cell("target"));
        draft.put(ANSWER, answers.get(index).map_or(Cell::Null, |answer| json::cell(answer)));
        draft.put(CORRECT, correct(object, repeats.len(), matches.get(index).copied()));
        draft.infer(DATASET, dataset.clone());
        if let Some(model) = &model {
            draft.infer(MODEL, model.clone());
        }
    });
}

/// The grade of a repeat: the s1 fork lists them; otherwise only a document with one repeat has its own.
fn correct(object: &Object<'_>, n: usize, listed: Option<&str>) -> Cell<'static> {
    let metric = || ["exact_match", "acc"].iter().find_map(|metric| object.get(metric)).filter(|_| n == 1);
    let grade = listed.or_else(metric).map(|grade| grade.trim_matches('"'));
    match grade.and_then(|grade| grade.parse::<f64>().ok()) {
        Some(1.0) => Cell::Boolean(true),
        Some(0.0) => Cell::Boolean(false),
        _ => match grade {
            Some("true" | "True") => Cell::Boolean(true),
            Some("false" | "False") => Cell::Boolean(false),
            _ => Cell::Null,
        },
    }
}

/// `gsm8k` of `samples_gsm8k_2025-01-01T00-00-00.000000.jsonl`.
fn task(file_name: &str) -> String {
    let stem = file_name.split(".jsonl").next().unwrap_or_default();
    let task = stem.strip_prefix("samples_").unwrap_or(stem);
    match task.rsplit_once('_') {
        Some((task, date)) if date.starts_with(|c: char| c.is_ascii_digit()) && date.contains('T') => task.to_owned(),
        _ => task.to_owned(),
    }
}

/// The folder is named after the model, with `__` for `/`.
fn folder_model(sheet: &Sheet<'_>) -> Option<String> {
    sheet.folio.folder().map(|folder| folder.replace("__", "/"))
}
