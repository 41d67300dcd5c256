//! GSM8K model solutions: a question on each line with a column for each model, in which its solution and grade are.
//!
//! Source: `openai/grade-school-math`. An answer stands behind `####`, or behind `A:` at the beginning of the last line, in the
//! reference as in what the models wrote.

use crate::ingest::field::{ANSWER, CORRECT, Cell, DATASET, DOMAIN, GOLD, MODEL, QUESTION_ID, SOLUTION};
use crate::ingest::shape::Shape;
use crate::ingest::sheet::{Layout, Sheet};
use crate::ingest::tool::{Document, Tool};
use crate::ingest::{Kind, Reader};

use super::question::named_by;

pub(in crate::ingest) const READER: Reader = Reader {
    name: "gsm8k",
    meaning: "GSM8K model solutions: a column for each model with `solution` and `is_correct`",
    mode: Some("it holds one solution of each model"),
    kind: Kind::Tool(Tool::new(known_by, read)),
};

fn known_by(shape: &Shape<'_>) -> bool {
    let graded = |name: &str| shape.is_object(name) && shape.inside(name).has(&["solution", "is_correct"]);
    shape.has(&["question", "ground_truth"]) && shape.names().any(graded)
}

fn read(document: &Document<'_>, sheet: &mut Sheet<'_>) {
    let object = &document.object;
    let models: Vec<&str> = object.columns().filter(|(_, json)| json.starts_with('{')).map(|(name, _)| name).collect();
    let used: Vec<&str> = models.iter().copied().chain(["question", "ground_truth"]).collect();
    let gold = object.text("ground_truth").and_then(|truth| answer(&truth));
    for &model in &models {
        let Some(graded) = object.object(model) else { continue };
        sheet.sample(object, Layout { used: &used, aligned: &[] }, |draft| {
            draft.put(QUESTION_ID, object.text("question").map_or(Cell::Null, |question| named_by(&question)));
            draft.infer(DOMAIN, "math");
            draft.put_text(MODEL, model);
            draft.put(SOLUTION, graded.cell("solution"));
            draft.put(CORRECT, graded.cell("is_correct"));
            if let Some(answer) = graded.text("solution").and_then(|solution| answer(&solution)) {
                draft.put_text(ANSWER, answer);
            }
            if let Some(gold) = &gold {
                draft.put_text(GOLD, gold.clone());
            }
            draft.infer(DATASET, "gsm8k");
        });
    }
}

/// What stands behind the mark of an answer; none without one.
fn answer(solution: &str) -> Option<String> {
    let marked = |line: &str| line.strip_prefix("A:").map(|answer| answer.trim().to_owned());
    let behind_hashes = solution.rsplit_once("####").map(|(_, answer)| answer.trim().to_owned());
    behind_hashes.or_else(|| marked(solution.trim_end().lines().last()?)).filter(|answer| !answer.is_empty())
}
