//! `EvalPerf` results: the correct programs of each task that were profiled.
//!
//! Source: `evalplus/evalperf.py`. Programs that failed are counted there (`pass@1`), not kept: what is here is correct, and
//! no sample of what was drawn.

use crate::ingest::field::{CODE, CORRECT, Cell, DOMAIN, MODEL, QUESTION_ID, ROUND, SOLUTION};
use crate::ingest::object::Object;
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "evalperf",
    meaning: "EvalPerf results: the correct programs of each task that were profiled",
    mode: Some("its programs are the correct ones among independent draws: `parallel`"),
    kind: Kind::Tool(Tool { inside: Some("eval"), ..Tool::new(known_by, read) }),
};

fn known_by(shape: &Shape<'_>) -> bool {
    let eval = shape.inside("eval");
    eval.names().next().is_some_and(|first| eval.inside(first).has(&["profiled"]))
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let profiled = match document.object.needed_list("profiled") {
        Ok(profiled) => profiled,
        Err(reason) => return sheet.refuse(reason),
    };
    // `ORG--MODEL_BACKEND…`
    let stem = sheet.folio.stem();
    let model = stem.split_once('_').map_or(stem, |(model, _)| model).replace("--", "/");
    for (index, program) in profiled.iter().enumerate() {
        let Ok(object) = Object::parse(program) else {
            sheet.refuse("expected an object in `profiled`".to_owned());
            continue;
        };
        sheet.sample(&object, Layout { used: &["solution"], aligned: &[] }, |draft| {
            draft.put(QUESTION_ID, document.name.map_or(Cell::Null, |name| Cell::Text(name.into())));
            draft.infer(DOMAIN, "coding");
            draft.put(SOLUTION, object.cell("solution"));
            draft.put(CODE, object.cell("solution"));
            draft.put(CORRECT, Cell::Boolean(true));
            draft.put_integer(ROUND, index);
            draft.infer(MODEL, model.clone());
        });
    }
}
