//! Logs of `inspect_ai`: `.eval` archives, whole logs as `.json`, and `summaries.json` beside a `header.json`.
//!
//! Source: `log/_log.py`, `log/_recorders/eval.py` and `log/_recorders/chunked/format.py` of `inspect_ai` 0.3.285. A sample is
//! the same object in all of them, and [`sample`] alone says what becomes of it.

mod attachments;
mod eval;
mod marks;
mod sample;

use std::path::{Path, PathBuf};

use self::attachments::Attachments;
use crate::ingest::frames::Known;
use crate::ingest::object::Object;
use crate::ingest::shape::{Frame, Shape};
use crate::ingest::sheet::Sheet;
use crate::ingest::tool::{self, Document, Tool};
use crate::ingest::{Kind, Reader};

/// The tool draws each question once for each epoch, without showing the model its earlier answers.
const MODE: Option<&str> = Some("its epochs are independent draws: `parallel`");

/// `.eval` archives.
pub(in crate::ingest) const READER: Reader = Reader {
    name: "inspect",
    meaning: "inspect_ai `.eval` archives, finished or still being written; a plain file",
    mode: MODE,
    kind: Kind::Archive { detect: eval::detect, read: eval::read },
};

/// Whole logs.
pub(in crate::ingest) const JSON: Reader = Reader {
    name: "inspect-json",
    meaning: "inspect_ai `.json`: a whole log with its `samples`; a `header.json` is one without any",
    mode: MODE,
    kind: Kind::Tool(Tool {
        inside: Some("samples"),
        may_lack_inside: true,
        known: Some(known),
        ..Tool::new(is_log, read)
    }),
};

/// Summaries.
pub(in crate::ingest) const SUMMARIES: Reader = Reader {
    name: "inspect-summaries",
    meaning: "inspect_ai `summaries.json`, with `header.json` beside it: the solution is the text that the first scorer took for the answer",
    mode: MODE,
    kind: Kind::Tool(Tool { beside: Some(header_beside), known: Some(known), ..Tool::new(are_summaries, read) }),
};

/// `EvalLog`; `version` comes first, and `eval` has been there in every version.
fn is_log(shape: &Shape<'_>) -> bool {
    shape.has(&["version", "eval"]) && shape.is_object("eval") && (shape.has(&["plan"]) || shape.has(&["samples"]))
}

/// `EvalSampleSummary`, or `EvalSample` in a list of its own.
fn are_summaries(shape: &Shape<'_>) -> bool {
    let is_sample = shape.has(&["id", "epoch", "input", "target"]);
    is_sample && matches!(shape.frame, Frame::List | Frame::Lines | Frame::LongLine)
}

fn header_beside(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name("header.json")).filter(|header| header.is_file())
}

/// What the log says in its `eval`; `samples` come after it.
fn known(header: &Object<'_>) -> Known {
    header.object("eval").map(|eval| sample::known(&eval)).unwrap_or_default()
}

/// Reads one sample, or all samples of a log that is a row as a whole.
fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    if let Some(eval) = object.object("eval") {
        let known = sample::known(&eval);
        for sample in object.list("samples").unwrap_or_default() {
            let taken = tool::parsed(sample, |_, sample| add(&sample, &known, sheet));
            if let Err(reason) = taken {
                sheet.refuse(reason);
            }
        }
        return;
    }
    add(object, document.known, sheet);
}

fn add(object: &Object<'_>, known: &Known, sheet: &mut Sheet<'_>) {
    sample::add(object, known, &Attachments::of_map(object.get("attachments")), sheet);
}

#[cfg(test)]
mod tests;
