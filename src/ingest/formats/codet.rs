//! `CodeT` samples: a prompt on each line with all programs that were drawn for it.
//!
//! Source: `microsoft/CodeT`. A prompt has no name; it is called by its text.

use crate::ingest::field::{CODE, Cell, DOMAIN, QUESTION_ID, ROUND, SOLUTION};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

use super::question::named_by;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "codet",
    meaning: "CodeT: `prompt` and `samples`, a list of programs",
    mode: Some("samples of a prompt are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["prompt"]) && shape.is_list("samples")
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let samples = match object.needed_list("samples") {
        Ok(samples) => samples,
        Err(reason) => return sheet.refuse(reason),
    };
    sheet.samples(object, Layout { used: &["samples", "prompt"], aligned: &[] }, samples.len(), |index, draft| {
        draft.put(QUESTION_ID, object.text("prompt").map_or(Cell::Null, |prompt| named_by(&prompt)));
        draft.infer(DOMAIN, "coding");
        draft.put(SOLUTION, json::cell(samples[index]));
        draft.put(CODE, json::cell(samples[index]));
        draft.put_integer(ROUND, index);
    });
}
