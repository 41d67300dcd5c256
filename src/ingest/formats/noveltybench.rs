//! `NoveltyBench` `generations.jsonl`, and `partitions.jsonl` and `scores.jsonl`, which repeat it with more columns.
//!
//! Source: `src/inference.py`, `partition.py`, `score.py`. How generations were sampled is said nowhere in the files: with
//! `--sampling in-context` each sees the earlier ones and the list is a chain.

use crate::ingest::field::{Cell, DATASET, MODEL, QUESTION_ID, RESPONSE, REWARD, ROUND};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader, json};

pub(in crate::ingest) const READER: Reader = Reader {
    name: "noveltybench",
    meaning: "NoveltyBench `generations.jsonl`, `partitions.jsonl` or `scores.jsonl`",
    mode: Some(
        "`--sampling regenerate` is `parallel`; with `in-context` each generation sees the earlier ones: `autoregressive`",
    ),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    shape.is_list("generations") && shape.has(&["id", "prompt", "model"])
}

const LAYOUT: Layout<'static> =
    Layout { used: &["generations", "id", "model", "generation_scores"], aligned: &["partition", "partition_scores"] };

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let generations = match object.needed_list("generations") {
        Ok(generations) => generations,
        Err(reason) => return sheet.refuse(reason),
    };
    let scores = object.list("generation_scores").unwrap_or_default();
    sheet.samples(object, LAYOUT, generations.len(), |index, draft| {
        draft.put(QUESTION_ID, object.cell("id"));
        draft.put(RESPONSE, json::cell(generations[index]));
        draft.put_integer(ROUND, index);
        draft.put(MODEL, object.cell("model"));
        draft.put(REWARD, scores.get(index).map_or(Cell::Null, |score| json::cell(score)));
        draft.infer(DATASET, "noveltybench");
    });
}
