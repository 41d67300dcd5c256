//! Tree-of-Thoughts logs: a list of tasks with aligned lists of texts and of what they earned.
//!
//! Source: `princeton-nlp/tree-of-thought-llm`, `run.py`. In logs of a search (`--method_generate`) the texts are what the
//! last step kept.

use crate::ingest::field::{CORRECT, Cell, QUESTION_ID, REWARD, ROUND, SOLUTION};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "tree-of-thoughts",
    meaning: "Tree-of-Thoughts logs: texts in `ys`, rewards in `infos`",
    mode: Some("with `--naive_run` its texts are independent draws: `parallel`"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.has(&["idx"]) && shape.is_list("ys")
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let texts = match object.needed_list("ys") {
        Ok(texts) => texts,
        Err(reason) => return sheet.refuse(reason),
    };
    let infos = object.list("infos").unwrap_or_default();
    sheet.samples(
        object,
        Layout { used: &["ys", "infos", "idx", "steps"], aligned: &[] },
        texts.len(),
        |index, draft| {
            draft.put(QUESTION_ID, object.cell("idx"));
            draft.put(SOLUTION, json::cell(texts[index]));
            draft.put_integer(ROUND, index);
            let Some(info) = infos.get(index).and_then(|info| Object::parse(info).ok()) else { return };
            let reward = info.cell("r");
            // Game of 24 and crosswords earn all or nothing; anything between is a score and no grade.
            draft.put(
                CORRECT,
                match reward {
                    Cell::Integer(1) => Cell::Boolean(true),
                    Cell::Integer(0) => Cell::Boolean(false),
                    _ => Cell::Null,
                },
            );
            draft.put(REWARD, reward);
        },
    );
}
