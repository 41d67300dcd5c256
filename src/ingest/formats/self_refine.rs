//! Self-Refine records: an attempt on each line, with the feedback that the next one saw.
//!
//! Source: `madaan/self-refine`. The column `feedback` is the text of the critique, not its kind; it is kept as `critique`.

use crate::ingest::field::{CHAIN, Cell, QUESTION_ID, REWARD, ROUND, SOLUTION};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "self-refine",
    meaning: "Self-Refine records: one attempt per line, with `record_id`, `attempt` and `feedback`",
    mode: Some("an attempt sees the one before and its critique: `markov` with `feedback = \"self-refine\"`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["record_id", "attempt", "feedback"])
}

/// The columns that hold the attempt, by task.
const TEXTS: [&str; 4] = ["transferred_review", "response", "output", "solution"];

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let used =
        &["record_id", "attempt", "feedback", "transferred_review", "response", "output", "solution", "probability"];
    sheet.sample(object, Layout { used, aligned: &[] }, |draft| {
        draft.put(QUESTION_ID, object.cell("record_id"));
        draft.put(CHAIN, Cell::Integer(0));
        draft.put(ROUND, object.cell("attempt"));
        draft.put(SOLUTION, text(object));
        draft.put(REWARD, object.cell("probability"));
        if let Some(critique) = object.get("feedback") {
            draft.keep_new("critique", critique);
        }
    });
}

fn text<'a>(object: &Object<'a>) -> Cell<'a> {
    TEXTS.iter().map(|name| object.cell(name)).find(|cell| *cell != Cell::Null).unwrap_or(Cell::Null)
}
