//! lighteval `details_*.parquet`: a row for each document, with structs for the document, the answers and the metrics.
//!
//! Source: `src/lighteval/logging/evaluation_tracker.py`, `models/model_output.py`. The texts before post-processing are the
//! samples; a metric is a number of the whole document, so that a single answer has a grade only where it is alone.

use crate::ingest::field::{
    CORRECT, Cell, DATASET, GOLD, MODEL, PROMPT_TOKENS, QUESTION_ID, RESPONSE, ROUND, SOLUTION, SOLUTION_TOKENS,
    THINKING,
};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "lighteval",
    meaning: "lighteval `details_*.parquet`: every text of `model_response`",
    mode: Some("texts of a document are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.is_object("doc") && shape.is_object("model_response")
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let (Some(doc), Some(response)) = (document.object.object("doc"), document.object.object("model_response")) else {
        return sheet.refuse("missing `doc` or `model_response`".to_owned());
    };
    let texts = match response.needed_list("text") {
        Ok(texts) => texts,
        Err(reason) => return sheet.refuse(reason),
    };
    let list = |name: &str| response.list(name).unwrap_or_default();
    let (thoughts, tokens) = (list("reasonings"), list("output_tokens"));
    let length = |tokens: &str| json::items_of(tokens).map_or(Cell::Null, |tokens| Cell::Integer(tokens.len() as i128));
    let (gold, prompt_tokens) = (gold(&doc), response.get("input_tokens").map_or(Cell::Null, length));
    let grade = only_grade(&document.object, texts.len());
    let model = model(&sheet.folio.name);
    sheet.samples(
        &document.object,
        Layout { used: &["doc", "model_response"], aligned: &[] },
        texts.len(),
        |index, draft| {
            draft.put(QUESTION_ID, doc.cell("id"));
            draft.put_integer(ROUND, index);
            let thinking = thoughts.get(index).map_or(Cell::Null, |thought| json::cell(thought));
            let thinks = thinking != Cell::Null;
            draft.put(if thinks { SOLUTION } else { RESPONSE }, json::cell(texts[index]));
            draft.put(THINKING, thinking);
            let output = tokens.get(index).map_or(Cell::Null, |tokens| length(tokens));
            // With thoughts the count is of both together.
            if !thinks && json::text(texts[index]).is_some_and(|text| !text.contains("think>")) {
                draft.put(SOLUTION_TOKENS, output);
            } else if let Cell::Integer(output) = output {
                draft.keep_new("output_tokens", &output.to_string());
            }
            draft.put(PROMPT_TOKENS, prompt_tokens.clone());
            draft.put(GOLD, gold.clone());
            draft.put(CORRECT, grade.clone());
            if let Some(task) = doc.text("task_name") {
                draft.infer(DATASET, task.split('|').next().unwrap_or_default());
            }
            if let Some(specific) = doc.get("specific") {
                draft.keep_new("specific", specific);
            }
            if let Some(model) = &model {
                draft.infer(MODEL, model.clone());
            }
        },
    );
}

/// The reference: the choice at `gold_index`, which may be a list.
fn gold<'a>(doc: &Object<'a>) -> Cell<'a> {
    let choices = doc.list("choices").unwrap_or_default();
    let index = match doc.cell("gold_index") {
        Cell::Integer(index) => usize::try_from(index).ok(),
        Cell::List(items) => match items.first() {
            Some(Cell::Integer(index)) => usize::try_from(*index).ok(),
            _ => None,
        },
        _ => None,
    };
    index.and_then(|index| choices.get(index)).map_or(Cell::Null, |choice| json::cell(choice))
}

fn only_grade(object: &Object<'_>, n: usize) -> Cell<'static> {
    let metric = object.object("metric").filter(|_| n == 1);
    let names = ["extractive_match", "exact_match", "qem", "em", "acc"];
    match metric.and_then(|metric| names.iter().find_map(|name| metric.number(name))) {
        Some(1.0) => Cell::Boolean(true),
        Some(0.0) => Cell::Boolean(false),
        _ => Cell::Null,
    }
}

/// The model of `details/ORG/MODEL/DATE/details_….parquet`.
fn model(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split('/').collect();
    let at = parts.iter().rposition(|part| *part == "details")?;
    let model = parts.get(at + 1..parts.len().checked_sub(2)?)?;
    (!model.is_empty()).then(|| model.join("/"))
}
