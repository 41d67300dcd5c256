//! A comparison made by hand, in every format.
//! Compiled under `#[cfg(test)]` only.
#![allow(clippy::unwrap_used, reason = "tests stop at surprises")]

use super::*;
use crate::model::{Apart, Cell, ComparedRow, ComparedRun, ComparedSide, LeftOver, Refused, SideBySide};
use crate::render::label::width;
use crate::render::synthetic;

fn cell(model: &str, mode: &str) -> Cell {
    Cell {
        dataset: "aime24".to_owned(),
        domain: "math".to_owned(),
        model: model.to_owned(),
        mode: mode.to_owned(),
        feedback: None,
    }
}

fn row(metric: &str, mode: &str, difference: f64, p: Option<f64>) -> ComparedRow {
    let mut contrast = synthetic::contrast("markov", "parallel", difference);
    metric.clone_into(&mut contrast.metric);
    (contrast.value_a, contrast.value_b) = (Some(0.5 + difference), Some(0.5));
    (contrast.p_value, contrast.p_adjusted, contrast.note) = (p, p, None);
    "paired".clone_into(&mut contrast.design);
    let side = |model: &str| ComparedSide { cell: cell(model, mode), space: "minilm".to_owned() };
    ComparedRow { from: side("gpt-4o"), to: side("o3"), contrast }
}

fn comparison() -> Comparison {
    let run = |name: &str| ComparedRun { name: name.to_owned(), folder: format!("reports/{name}"), n_questions: 30 };
    Comparison {
        a: run("one"),
        b: run("two"),
        n_shared: 12,
        level: 0.95,
        resamples: 10_000,
        headlines: vec!["cosine".to_owned()],
        rows: vec![
            row("vendi", "markov", 0.2, Some(0.001)),
            row("vendi", "parallel", 0.1, Some(0.3)),
            row("verbatim", "markov", 0.1, None),
            row("cosine", "markov", -0.031, Some(0.004)),
            row("cosine", "parallel", 0.0, Some(1.0)),
        ],
        apart: Vec::new(),
        only_in_a: Vec::new(),
        only_in_b: Vec::new(),
        refused: Vec::new(),
        notes: Vec::new(),
    }
}

fn written(comparison: &Comparison, format: TableFormat, all: bool, width: usize) -> String {
    compare(&CompareRequest { comparison, cards: &BTreeMap::new(), format, all, width }).unwrap()
}

#[test]
fn the_first_words_can_be_quoted() {
    let text = written(&comparison(), TableFormat::Text, false, 2000);
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("Of 3 metrics, 2 of them with a test, 2 clearly moved from one to two (p < 0.05"),
        "{first}"
    );
    assert!(first.contains("): cosine in minilm fell by 0.031 ["), "{first}");
    assert!(first.contains("under markov on 12 shared questions; vendi in minilm rose by 0.200"), "{first}");
    assert!(first.ends_with("They share 12 questions, of 30 in one and 30 in two."), "{first}");
}

#[test]
fn what_did_not_move_is_counted_and_shown_on_demand() {
    let text = written(&comparison(), TableFormat::Text, false, 100);
    assert!(text.contains("1 other difference did not clearly move and 1 could not be tested; `--all` shows them."));
    assert!(text.find("cosine, minilm").unwrap() < text.find("vendi, minilm").unwrap(), "headline first:\n{text}");
    assert!(!text.contains("verbatim"), "{text}");
    let all = written(&comparison(), TableFormat::Text, true, 100);
    assert!(all.contains("verbatim, minilm") && !all.contains("--all"), "{all}");
}

#[test]
fn nothing_moved_and_nothing_tested_are_said_in_words() {
    let mut still = comparison();
    still.rows.retain(|row| row.contrast.metric == "cosine");
    still.rows[0].contrast.p_adjusted = Some(0.4);
    let text = written(&still, TableFormat::Text, false, 2000);
    assert!(text.starts_with("cosine in minilm did not clearly move from one to two"), "{text}");
    assert!(text.contains("The clearest of 2 differences in cosine: cosine in minilm fell by 0.031"), "{text}");
    for row in &mut still.rows {
        (row.contrast.p_value, row.contrast.p_adjusted) = (None, None);
    }
    let text = written(&still, TableFormat::Text, false, 2000);
    assert!(text.starts_with("Whether anything moved from one to two cannot be tested"), "{text}");
}

#[test]
fn text_fits_its_width() {
    let mut wide = comparison();
    for row in &mut wide.rows {
        row.to.cell.model = "DeepSeek-R1-Distill-Qwen-14B-with-a-very-long-name-that-goes-on".to_owned();
        (row.from.cell.mode, row.to.cell.mode) = ("autoregressive-with-hints".to_owned(), "x".repeat(70));
        (row.contrast.value_a, row.contrast.value_b) = (Some(123_456.7), Some(98_765.4));
        row.contrast.difference = Some(-24_691.3);
        (row.contrast.ci_low, row.contrast.ci_high) = (Some(-34_691.3), Some(-14_691.3));
    }
    wide.rows[0].from.cell.model = "another".to_owned();
    for width_asked in [60, 80, 100, 140, 200] {
        let text = written(&wide, TableFormat::Text, true, width_asked);
        let widest = text.lines().map(width).max().unwrap();
        assert!(widest <= width_asked, "{widest} columns of {width_asked}:\n{text}");
        assert!(text.contains("−24691") && text.contains("−34691"), "{text}");
    }
}

/// With names that would do harm.
fn hostile() -> Comparison {
    let evil = "=1+1\u{1b}[31m|<script>\\end{tabular}\u{202e}\n% x";
    let mut comparison = comparison();
    comparison.a.name = evil.to_owned();
    for row in &mut comparison.rows {
        row.from.cell.mode = evil.to_owned();
        row.from.cell.model = evil.to_owned();
        row.from.space = evil.to_owned();
    }
    let left_over = LeftOver {
        cell: Some(cell(evil, evil)),
        metric: Some(evil.to_owned()),
        space: Some(evil.to_owned()),
        reason: evil.to_owned(),
    };
    comparison.only_in_a = vec![left_over];
    let both = SideBySide { in_a: Some(comparison.rows[0].clone()), in_b: None };
    comparison.apart = vec![Apart {
        metric: evil.to_owned(),
        space_a: evil.to_owned(),
        space_b: evil.to_owned(),
        reason: evil.to_owned(),
        rows: vec![both],
    }];
    comparison
}

#[test]
fn hostile_names_do_no_harm() {
    for format in [TableFormat::Text, TableFormat::Markdown, TableFormat::Latex] {
        let text = written(&hostile(), format, true, 100);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{format:?}:\n{text}");
    }
    let markdown = written(&hostile(), TableFormat::Markdown, true, 100);
    assert!(!markdown.contains("<script>"), "{markdown}");
    let latex = written(&hostile(), TableFormat::Latex, true, 100);
    assert_eq!(latex.lines().filter(|line| line.starts_with("\\end{tabular}")).count(), 1, "{latex}");
    let csv = written(&hostile(), TableFormat::Csv, true, 100);
    assert!(!csv.contains(",=1") && !csv.contains(",\"=1") && csv.contains("'=1+1"), "{csv}");
}

#[test]
fn csv_has_one_length_and_everything() {
    let mut comparison = hostile();
    comparison.only_in_b = vec![LeftOver { cell: None, ..comparison.only_in_a[0].clone() }];
    comparison.refused = vec![Refused {
        metric: "ncd".to_owned(),
        space: None,
        reason: "it is another".to_owned(),
        hint: "do".to_owned(),
    }];
    // The reader refuses rows of different lengths.
    let text = written(&comparison, TableFormat::Csv, false, 80);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let blocks: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    let mut expected = vec!["between_runs"; 5];
    expected.extend(["within_a", "only_in_a", "only_in_b", "refused"]);
    assert_eq!(blocks, expected);
    let cosine = rows.iter().find(|row| &row[at("metric")] == "cosine").unwrap();
    let number = |name: &str| cosine[at(name)].parse::<f64>().unwrap();
    assert!((number("to_value") - number("from_value") - number("difference")).abs() < 1e-12);
    assert_eq!((&cosine[at("moved")], &cosine[at("to_model")]), ("true", "o3"));
    assert_eq!(&rows.last().unwrap()[at("note")], "it is another");
}

#[test]
fn json_has_everything() {
    let json: serde_json::Value = serde_json::from_str(&written(&comparison(), TableFormat::Json, false, 80)).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
    assert_eq!(json["rows"][3]["from"]["model"], "gpt-4o");
    assert_eq!(json["rows"][3]["moved"], true);
    assert_eq!(json["n_shared_questions"], 12);
    assert!(json["sentences"][0].as_str().unwrap().starts_with("Of 3 metrics"));
}

#[test]
fn spaces_apart_stand_side_by_side_or_below_one_another() {
    let mut comparison = comparison();
    comparison.apart = vec![Apart {
        metric: "cosine".to_owned(),
        space_a: "minilm".to_owned(),
        space_b: "gte-small".to_owned(),
        reason: "not on one scale.".to_owned(),
        rows: vec![SideBySide {
            in_a: Some(row("cosine", "markov", 0.093, Some(0.01))),
            in_b: Some(row("cosine", "markov", 0.05, Some(0.2))),
        }],
    }];
    let text = written(&comparison, TableFormat::Text, false, 120);
    assert!(text.contains("cosine, minilm → gte-small"), "{text}");
    assert!(text.lines().any(|line| line.contains("+0.093 [") && line.contains("+0.050 [")), "{text}");
    let narrow = written(&comparison, TableFormat::Text, false, 60);
    assert!(!narrow.lines().any(|line| line.contains("+0.093 [") && line.contains("+0.050 [")), "{narrow}");
    comparison.apart[0].rows.clear();
    assert!(
        written(&comparison, TableFormat::Text, false, 200).contains("There are no two modes of a model to compare.")
    );
}

#[test]
fn decimals_show_two_digits_of_the_largest_difference() {
    let of = |differences: &[f64]| {
        let rows: Vec<ComparedRow> = differences.iter().map(|d| row("cosine", "markov", *d, None)).collect();
        shown::decimals(rows.iter())
    };
    assert_eq!(of(&[0.2]), 3);
    assert_eq!(of(&[0.004, 0.001]), 4);
    assert_eq!(of(&[0.0]), 3);
    assert_eq!(of(&[1e-12]), 6);
}
