//! How sure the numbers are and what is held against what, as a plan asks for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lab::{Lab, two_modes};

/// A plan with the tiny model that ends with `more`.
fn plan(more: &str) -> String {
    format!(
        "[[source]]\npath = \"s.jsonl\"\n[measure]\nmetrics = [\"cosine\", \"levenshtein_similarity\", \"solution_chars\"]\n\
         [[embedder]]\nname = \"tiny\"\nmodel = \"tiny\"\n{more}"
    )
}

fn lab(samples: &[Value], more: &str) -> Lab {
    let lab = Lab::new();
    lab.samples("s.jsonl", samples);
    lab.write("plan.toml", plan(more));
    lab
}

type Row = BTreeMap<String, Value>;

fn of_metric<'r>(rows: &'r [Row], metric: &str) -> Vec<&'r Row> {
    rows.iter().filter(|row| row["metric"] == json!(metric)).collect()
}

#[test]
fn what_cannot_be_inferred_is_said_before_any_work() {
    let more = "[inference]\nlevel = 95\npower = 1.0\ninterval = \"bca_expandet\"\n\
                [[contrast]]\nbaseline = \"parallel\"\n[[contrast]]\nby = \"mode\"\nmetrics = [\"cosin\"]\nfamilly = \"x\"\n\
                [sensitivity]\ntexts = [\"cod\", \"code\", \"code\"]\nlong_text = [\"cut\"]";
    lab(&two_modes(), more).breadth(&["check", "plan.toml"]).code(2).says(&[
        "9 mistakes",
        "`inference.level` must lie strictly between 0 and 1, got 95",
        "`inference.power` must lie strictly between 0 and 1, got 1",
        "unknown value `bca_expandet` of `inference.interval`; did you mean `bca_expanded`?",
        "`contrast.by` is missing",
        "`contrast.metrics` has `cosin`, which `[measure]` does not ask for; did you mean `cosine`?",
        "unknown key `contrast.familly`; did you mean `family`?",
        "got `cod`",
        "`sensitivity.texts` has `code` twice",
        "got `cut`",
        "hint: contrasts are by mode, feedback, model, dataset, domain, or by another column of the input",
    ]);
}

#[test]
fn every_method_speaks_in_the_table_of_intervals() {
    let lab = lab(&two_modes(), "[inference]\ninterval = \"t\"\n[report]\nfigures = []");
    lab.run(&[]).code(0);
    let methods = |metric: &str| {
        let rows = lab.table("intervals");
        let methods = of_metric(&rows, metric).into_iter().map(|row| row["method"].as_str().unwrap().to_owned());
        methods.collect::<std::collections::BTreeSet<String>>().into_iter().collect::<Vec<String>>()
    };
    assert_eq!(methods("cosine"), ["bca", "bca_expanded", "hierarchical", "jackknife", "percentile", "t"]);
    assert_eq!(methods("solution_chars"), ["bca", "bca_expanded", "jackknife", "percentile", "t"]);
    let summary = lab.table("summary");
    assert!(summary.iter().all(|row| row["ci_method"] == json!("t")));
    // Two or three questions are few: the table, the terminal and the page warn.
    assert!(summary.iter().all(|row| row["ci_note"].as_str().is_some_and(|note| !note.is_empty())), "{summary:?}");
    lab.breadth(&["table", "reports/plan"]).code(0).shows(&["Warning: ", "of fewer than 10 questions"]);
    assert!(lab.read("reports/plan/index.html").contains("of fewer than 10 questions"));
}

#[test]
fn contrasts_by_a_column_of_the_input() {
    let mut samples = two_modes();
    for sample in &mut samples {
        let chain = sample.get("chain").and_then(Value::as_i64).unwrap_or(0);
        sample["temperature"] = json!(if chain == 0 { 0.2 } else { 1.0 });
    }
    let more = "[[contrast]]\nby = \"mode\"\nfamily = \"all\"\n[[contrast]]\nby = \"temperature\"\n[[contrast]]\nby = \"nowhere\"\n[report]\nfigures = []";
    let lab = lab(&samples, more);
    lab.run(&[]).code(0).says(&["No sample has a column `nowhere`"]);
    let contrasts = lab.table("contrasts");
    let by_mode: Vec<&Row> = contrasts.iter().filter(|row| row["by"] == json!("mode")).collect();
    let n_tests = by_mode.iter().filter(|row| !row["p_value"].is_null()).count();
    assert!(n_tests >= 2 && by_mode.iter().all(|row| row["family"] == json!("all")));
    assert!(by_mode.iter().filter(|row| !row["p_value"].is_null()).all(|row| row["n_tests"] == json!(n_tests)));
}

#[test]
fn the_panel_has_a_row_for_every_choice() {
    let mut samples = two_modes();
    for sample in &mut samples {
        sample["thinking"] = json!("a a b");
    }
    let lab = lab(
        &samples,
        "[sensitivity]\ntexts = [\"thinking+solution\"]\nlong_text = [\"truncate\"]\n[report]\nfigures = []",
    );
    let run = lab.run(&[]).code(0);
    assert!(run.err.contains("`tiny (text = thinking+solution)`"), "{}", run.err);
    let panel = lab.table("sensitivity");
    let choices = |metric: &str| {
        let contrasts = of_metric(&panel, metric).into_iter().filter(|row| !row["mode_b"].is_null());
        let choice =
            |row: &Row| format!("{}: {}", row["choice"].as_str().unwrap(), row["alternative"].as_str().unwrap());
        contrasts.map(choice).collect::<Vec<String>>()
    };
    let shared = [
        "diagonal: in",
        "pairs: consecutive",
        "pairs: to the first",
        "text: thinking+solution",
        "weighting: pooled over pairs",
    ];
    for metric in ["cosine", "levenshtein_similarity"] {
        let found = choices(metric);
        assert!(shared.iter().all(|one| found.iter().any(|choice| choice == one)), "{metric}: {found:?}");
    }
    assert!(choices("cosine").contains(&"long_text: truncate".to_owned()));
    let page = lab.read("reports/plan/index.html");
    assert!(page.contains("id=\"sensitivity\"") && page.contains("pairs: consecutive"));
    // The alternatives' spaces are no spaces of the run.
    assert!(lab.table("summary").iter().all(|row| !row["space"].as_str().unwrap().contains('(')));
    // Priced and embedded beforehand like the others.
    lab.breadth(&["check", "plan.toml"]).code(0).shows(&["embedder `tiny (text = thinking+solution)`"]);
    lab.run(&[]).code(0).says(&["up to date"]);
}
