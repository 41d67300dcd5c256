//! The similarity table, golden, in every format.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::*;
use crate::render::synthetic::{self, MODES, Run, Shape};

fn request(run: &Run, format: TableFormat, width: usize) -> TableRequest<'_> {
    TableRequest {
        run: "quickstart",
        summary: &run.summary,
        contrasts: &run.contrasts,
        sensitivity: &run.sensitivity,
        metric: "cosine",
        card: None,
        level: None,
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
fn at_80_columns_intervals_stand_below_their_values() {
    let expected = "\
cosine, run quickstart

                            minilm
                            ──────────────────────────────────────────────
                                  parallel          markov  autoregressive     n
coding
  DeepSeek-R1-…ll-Qwen-14B           0.803           0.847           0.900    12
                            [0.786, 0.820]  [0.830, 0.864]  [0.883, 0.917]
  Qwen3-8B                           0.812           0.861               –    12
                            [0.795, 0.829]  [0.844, 0.878]
math
  aime24 / Dee…ll-Qwen-14B           0.807           0.840           0.888  9–12
                            [0.790, 0.824]  [0.823, 0.857]  [0.871, 0.905]
  aime24 / Qwen3-8B                  0.803           0.864               –  9–12
                            [0.786, 0.819]  [0.847, 0.881]
  math500 / De…ll-Qwen-14B           0.788           0.831           0.906    12
                            [0.771, 0.805]  [0.814, 0.848]  [0.889, 0.923]
  math500 / Qwen3-8B                 0.818           0.863               –    12
                            [0.801, 0.835]  [0.846, 0.880]

                            text-embedding-3-small
                            ──────────────────────────────────────────────
                                  parallel          markov  autoregressive     n
coding
  DeepSeek-R1-…ll-Qwen-14B           0.799           0.840           0.900    12
                            [0.782, 0.816]  [0.823, 0.857]  [0.883, 0.917]
  Qwen3-8B                           0.803           0.853               –    12
                            [0.786, 0.820]  [0.836, 0.870]
math
  aime24 / Dee…ll-Qwen-14B           0.798           0.845           0.909  9–12
                            [0.781, 0.815]  [0.828, 0.862]  [0.892, 0.926]
  aime24 / Qwen3-8B                  0.818           0.849               –  9–12
                            [0.801, 0.835]  [0.832, 0.866]
  math500 / De…ll-Qwen-14B           0.794           0.837           0.894    12
                            [0.777, 0.811]  [0.820, 0.854]  [0.877, 0.911]
  math500 / Qwen3-8B                 0.796           0.854               –    12
                            [0.779, 0.813]  [0.837, 0.871]

Mean over all unordered pairs i < j of a group (the diagonal is left out), then
over the groups of a question, then over questions with equal weight.
Brackets: 95 % interval over questions (bca_expanded); n = 9–12 questions.
";
    assert_eq!(text(&wide_run(), 80), expected);
}

#[test]
fn at_80_columns_contrasts_follow() {
    let expected = "\
cosine, run quickstart

                            minilm
                            ──────────────────────────────────────────────
                                  parallel          markov  autoregressive   n
coding
  Qwen2.5-Code…5B-Instruct           0.793           0.845           0.903  12
                            [0.776, 0.810]  [0.828, 0.862]  [0.886, 0.920]
math
  Qwen2.5-Code…5B-Instruct           0.803           0.865           0.893  12
                            [0.786, 0.820]  [0.848, 0.882]  [0.876, 0.910]

Qwen2.5-Coder-1.5B-Instruct on quickstart-code, coding, measured on minilm
  markov − parallel: +0.052 [0.040, 0.064], p = 0.0003 (Holm over 3 tests),
    d\u{a0}=\u{a0}1.80, 0.020 detectable, 12 questions
  autoregressive − parallel: +0.110 [0.098, 0.122], p = 0.0003 (Holm over 3
    tests), d\u{a0}=\u{a0}1.80, 0.020 detectable, 12 questions

Qwen2.5-Coder-1.5B-Instruct on quickstart-math, math, measured on minilm
  markov − parallel: +0.062 [0.050, 0.074], p = 0.0003 (Holm over 3 tests),
    d\u{a0}=\u{a0}1.80, 0.020 detectable, 12 questions
  autoregressive − parallel: +0.091 [0.079, 0.103], p = 0.0003 (Holm over 3
    tests), d\u{a0}=\u{a0}1.80, 0.020 detectable, 12 questions

Mean over all unordered pairs i < j of a group (the diagonal is left out), then
over the groups of a question, then over questions with equal weight.
Brackets: 95 % interval over questions (bca_expanded); n = 12 questions.
6 groups without a value left out.
";
    assert_eq!(text(&Run::small(), 80), expected);
}

#[test]
fn at_200_columns_everything_stands_side_by_side() {
    let expected = "\
cosine, run quickstart

                                          minilm                                                            text-embedding-3-small
                                          ────────────────────────────────────────────────────────────────  ────────────────────────────────────────────────────────────────
                                                      parallel                markov        autoregressive              parallel                markov        autoregressive     n
coding
  DeepSeek-R1-Distill-Qwen-14B            0.803 [0.786, 0.820]  0.847 [0.830, 0.864]  0.900 [0.883, 0.917]  0.799 [0.782, 0.816]  0.840 [0.823, 0.857]  0.900 [0.883, 0.917]    12
  Qwen3-8B                                0.812 [0.795, 0.829]  0.861 [0.844, 0.878]      –                 0.803 [0.786, 0.820]  0.853 [0.836, 0.870]      –                   12
math
  aime24 / DeepSeek-R1-Distill-Qwen-14B   0.807 [0.790, 0.824]  0.840 [0.823, 0.857]  0.888 [0.871, 0.905]  0.798 [0.781, 0.815]  0.845 [0.828, 0.862]  0.909 [0.892, 0.926]  9–12
  aime24 / Qwen3-8B                       0.803 [0.786, 0.819]  0.864 [0.847, 0.881]      –                 0.818 [0.801, 0.835]  0.849 [0.832, 0.866]      –                 9–12
  math500 / DeepSeek-R1-Distill-Qwen-14B  0.788 [0.771, 0.805]  0.831 [0.814, 0.848]  0.906 [0.889, 0.923]  0.794 [0.777, 0.811]  0.837 [0.820, 0.854]  0.894 [0.877, 0.911]    12
  math500 / Qwen3-8B                      0.818 [0.801, 0.835]  0.863 [0.846, 0.880]      –                 0.796 [0.779, 0.813]  0.854 [0.837, 0.871]      –                   12

Mean over all unordered pairs i < j of a group (the diagonal is left out), then over the groups of a question, then over questions with equal weight.
Brackets: 95 % interval over questions (bca_expanded); n = 9–12 questions.
";
    assert_eq!(text(&wide_run(), 200), expected);
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
fn latex_survives_what_names_hold() {
    let escaped = |text: &str| super::escape_latex(text);
    assert_eq!(escaped("a--b,,c''d?`e"), "a-{}-b,{},c'{}'d?{}`e");
    assert_eq!(escaped("\"x\" ~^"), "{\\char34}x{\\char34} \\textasciitilde{}\\textasciicircum{}");
    assert_eq!(escaped("é 9–12 ≥ 1"), "é 9--12 $\\geq$ 1");
    assert_eq!(
        escaped("模型 🙂"),
        "\\ifdefined\\Umathchar 模型\\else [U+6A21][U+578B]\\fi{} \\ifdefined\\Umathchar 🙂\\else [U+1F642]\\fi{}"
    );
    assert_eq!(escaped("a\u{1b}[2J\tb"), "a [2J b");
}

#[test]
fn markdown_makes_no_link_of_a_name() {
    let escaped = super::escape_markdown("see http://x.org, www.x.org, a@x.org, `code` | <b>");
    assert!(!escaped.contains("://") && !escaped.contains("www.") && !escaped.contains('@'), "{escaped}");
    assert!(escaped.contains("\\`code\\` \\| &lt;b&gt;"), "{escaped}");
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
