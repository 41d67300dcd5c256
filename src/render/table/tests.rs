//! The similarity table, golden, in every format.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::*;
use crate::render::synthetic::{self, MODES, Run, Shape};

fn request(run: &Run, format: TableFormat, width: usize) -> TableRequest<'_> {
    TableRequest {
        run: "quickstart",
        summary: &run.summary,
        contrasts: &run.contrasts,
        metric: "cosine",
        card: None,
        against: Against::Nothing,
        format,
        width,
    }
}

fn text(run: &Run, width: usize) -> String {
    table(&request(run, TableFormat::Text, width)).unwrap()
}

fn widest(text: &str) -> usize {
    text.lines().map(crate::render::label::width).max().unwrap()
}

/// A run with two spaces, two domains, two datasets in one of them, long names and a gap.
fn wide_run() -> Run {
    let mut run = Run::new(&Shape {
        datasets: &[("humaneval", "coding"), ("aime24", "math"), ("math500", "math")],
        models: &["DeepSeek-R1-Distill-Qwen-14B", "Qwen3-8B"],
        modes: &MODES,
        spaces: &["minilm", "text-embedding-3-small"],
        questions: 12,
        rounds: 3,
        intervals: true,
    });
    run.contrasts.clear();
    for row in &mut run.summary {
        if row.cell.model == "Qwen3-8B" && row.cell.mode == "autoregressive" {
            (row.value, row.ci_low, row.ci_high, row.n_questions) = (None, None, None, 0);
        }
        if row.cell.dataset == "aime24" && row.cell.mode == "markov" {
            row.n_questions = 9;
        }
        row.n_missing = 0;
    }
    run
}

#[test]
fn print_them() {
    for width in [40, 80, 120, 200] {
        println!("{width}\n{}", text(&wide_run(), width));
        println!("{width}\n{}", text(&Run::small(), width));
    }
    let run = Run::small();
    println!("{}", table(&TableRequest { against: Against::Paper, ..request(&run, TableFormat::Text, 100) }).unwrap());
    println!("{}", table(&TableRequest { against: Against::Paper, ..request(&run, TableFormat::Text, 80) }).unwrap());
    let mut other = Run::small();
    for row in &mut other.summary {
        row.value = row.value.map(|v| v - 0.01);
    }
    let against = Against::Run { name: "last-week", summary: &other.summary };
    for format in TableFormat::ALL {
        println!("{}", table(&TableRequest { against, ..request(&run, format, 100) }).unwrap());
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for width in [60, 80, 100, 132, 200] {
        for run in [wide_run(), Run::small()] {
            let text = text(&run, width);
            assert!(widest(&text) <= width, "{width}:\n{text}");
        }
    }
}

#[test]
fn an_unknown_metric_names_the_known_ones() {
    let run = Run::small();
    let error = table(&TableRequest { metric: "cosin", ..request(&run, TableFormat::Text, 80) }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "print metric `cosin`: expected one of `cosine`, `levenshtein_similarity`, `thinking_tokens`, got `cosin`"
    );
}

#[test]
fn the_paper_stands_beside_cosine_only() {
    let run = Run::small();
    let beside = TableRequest { against: Against::Paper, ..request(&run, TableFormat::Text, 100) };
    let text = table(&beside).unwrap();
    for cell in ["paper (Table 2)", "gemini-embedding-001", "Distill-Qwen-7B", "0.877", "coding, markov − parallel"] {
        assert!(text.contains(cell), "no {cell} in\n{text}");
    }
    let error = table(&TableRequest { metric: "thinking_tokens", ..beside }).unwrap_err();
    assert!(matches!(error, RenderError::PaperHasOnlyCosine { .. }));
}

#[test]
fn another_run_gives_differences_where_cells_agree() {
    let run = Run::small();
    let mut other = Run::small();
    other.summary.retain(|row| row.cell.mode != "autoregressive");
    for row in &mut other.summary {
        row.value = row.value.map(|v| v - 0.01);
    }
    let against = Against::Run { name: "before", summary: &other.summary };
    let text = table(&TableRequest { against, ..request(&run, TableFormat::Text, 100) }).unwrap();
    assert!(text.contains("difference: quickstart − before"), "{text}");
    assert_eq!(text.matches("+0.010").count(), 4, "{text}");
    let json = table(&TableRequest { against, ..request(&run, TableFormat::Json, 100) }).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["blocks"][2]["block"], "difference");
    assert!((json["blocks"][2]["rows"][0]["value"].as_f64().unwrap() - 0.01).abs() < 1e-12);
    assert!(json["blocks"][2]["rows"][0]["n_questions"].is_null());
}

const EVIL: &str = "=cmd|' /C calc'!A0 \\input{x} <script> _*[x](y) & 50 % $";

fn evil_run() -> Run {
    Run::new(&Shape {
        datasets: &[("d|d", "a\u{1b}[2Jb\nc")],
        models: &[EVIL],
        modes: &[("parallel", None), ("@markov", None)],
        spaces: &["-s"],
        questions: 3,
        rounds: 2,
        intervals: true,
    })
}

#[test]
fn text_lets_no_escape_sequence_through() {
    let text = text(&evil_run(), 120);
    assert!(!text.contains('\u{1b}') && text.contains("a [2Jb c"), "{text}");
}

#[test]
fn markdown_is_escaped() {
    let run = evil_run();
    let text = table(&request(&run, TableFormat::Markdown, 80)).unwrap();
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() >= 3 && rows.iter().all(|row| columns(row) == columns(rows[0])), "{text}");
    assert!(!text.contains("<script>") && text.contains("&lt;script&gt;") && text.contains("\\_\\*\\[x\\]"), "{text}");
}

#[test]
fn latex_is_escaped() {
    let run = evil_run();
    let text = table(&request(&run, TableFormat::Latex, 80)).unwrap();
    assert!(text.contains("\\textbackslash{}input\\{x\\}") && text.contains("\\& 50 \\% \\$"), "{text}");
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('%')).collect();
    assert!(body.iter().all(|line| !line.contains("\\input")), "{text}");
    assert!(text.contains("\\begin{tabular}{llrrr}") && text.contains("\\cmidrule(lr){3-4}"), "{text}");
}

#[test]
fn csv_runs_no_formula() {
    let run = evil_run();
    let text = table(&request(&run, TableFormat::Csv, 80)).unwrap();
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        for (column, field) in record.iter().enumerate() {
            let formula = field.starts_with(['=', '+', '-', '@']) && field.parse::<f64>().is_err();
            assert!(!formula, "column {column}: {field}");
        }
        assert!((record[8].parse::<f64>().unwrap() - run.summary[rows * 3].value.unwrap()).abs() < 1.0);
        rows += 1;
    }
    assert_eq!(rows, 2);
}

#[test]
fn json_has_stable_keys_and_full_precision() {
    let run = Run::small();
    let text = table(&request(&run, TableFormat::Json, 80)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), ["run", "metric", "title", "unit", "blocks", "contrasts", "notes"]);
    assert_eq!(
        keys(&json["blocks"][0]["rows"][0]),
        [
            "domain",
            "dataset",
            "model",
            "mode",
            "feedback",
            "space",
            "value",
            "ci_low",
            "ci_high",
            "ci_level",
            "n_questions",
            "n_missing"
        ]
    );
    let first = run.summary.iter().find(|row| row.cell.domain == "coding" && row.metric == "cosine").unwrap();
    assert_eq!(json["blocks"][0]["rows"][0]["value"].as_f64(), first.value);
    assert_eq!(json["contrasts"][0]["mode_b"], "parallel");
}

#[test]
fn missing_is_a_dash_and_null_never_zero() {
    let mut run = Run::small();
    for row in &mut run.summary {
        (row.value, row.ci_low, row.ci_high) = (None, None, None);
    }
    run.contrasts = vec![crate::model::ContrastRow {
        difference: None,
        ci_low: None,
        ci_high: None,
        p_value: None,
        p_adjusted: None,
        ..synthetic::contrast("markov", "parallel", 0.0)
    }];
    let text = text(&run, 80);
    assert!(!text.contains("0.000") && text.contains("markov − parallel: –"), "{text}");
    let json = table(&request(&run, TableFormat::Json, 80)).unwrap();
    assert!(!json.contains("\"value\": 0"), "{json}");
}
