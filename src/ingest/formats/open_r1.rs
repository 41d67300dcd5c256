//! Open-R1 data sets: a row for each problem with aligned lists of generations, grades and reasons to stop.
//!
//! Source: `OpenR1-Math-220k`. A list may be null or shorter than the generations: what is missing there is null here.

use crate::ingest::field::{CORRECT, Cell, DATASET, FINISH_REASON, GOLD, QUESTION_ID, RESPONSE, ROUND};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

use super::question::named_by;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "open-r1",
    meaning: "Open-R1 data sets: `generations` with aligned `correctness_math_verify`, `finish_reasons`, …",
    mode: Some("generations of a problem are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.is_list("generations")
        && shape.has(&["problem"])
        && ["uuid", "correctness_math_verify", "is_reasoning_complete", "finish_reasons"]
            .iter()
            .any(|name| shape.has(&[name]))
}

const LAYOUT: Layout<'static> = Layout {
    used: &[
        "generations",
        "correctness_math_verify",
        "correctness_llama",
        "finish_reasons",
        "uuid",
        "answer",
        "solution",
        "messages",
    ],
    aligned: &["is_reasoning_complete"],
};

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let generations = match object.needed_list("generations") {
        Ok(generations) => generations,
        Err(reason) => return sheet.refuse(reason),
    };
    let list = |name: &str| object.list(name).unwrap_or_default();
    let (verified, judged, reasons) =
        (list("correctness_math_verify"), list("correctness_llama"), list("finish_reasons"));
    let item = |list: &[&str], index: usize| list.get(index).map_or(Cell::Null, |item| json::cell(item).into_owned());
    sheet.samples(object, LAYOUT, generations.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("uuid"));
        draft.put(QUESTION_ID, object.text("problem").map_or(Cell::Null, |problem| named_by(&problem)));
        draft.put(RESPONSE, json::cell(generations[index]));
        draft.put_integer(ROUND, index);
        draft.put(GOLD, object.cell("answer"));
        draft.put(CORRECT, item(&verified, index));
        draft.put(CORRECT, item(&judged, index));
        draft.put(FINISH_REASON, item(&reasons, index));
        draft.infer(DATASET, "open-r1");
    });
}
