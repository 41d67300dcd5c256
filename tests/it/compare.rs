//! `breadth compare`: two finished runs against each other, from the command line to the numbers.

use std::fs;

use serde_json::{Value, json};

use super::lab::Lab;

/// A plan that measures these metrics on `FILE.jsonl`, into the run `NAME`.
fn finish(lab: &Lab, name: &str, samples: &[Value], measure: &str) {
    lab.samples(&format!("{name}.jsonl"), samples);
    let plan = format!(
        "[run]\nname = \"{name}\"\n[[source]]\npath = \"{name}.jsonl\"\n[measure]\n{measure}\n[[embedder]]\nname = \"tiny\"\nmodel = \"tiny\"\n[report]\nfigures = []\nnotebook = false\n[inference]\nresamples = 200\n"
    );
    lab.write(&format!("{name}.toml"), plan);
    lab.breadth(&["run", &format!("{name}.toml"), "--quiet"]).code(0);
}

const MEASURE: &str = "metrics = [\"levenshtein\", \"verbatim\", \"solution_chars\"]";

/// Two parallel draws for each of these questions, the second of which has `more` characters more than the first, so that
/// their Levenshtein distance is `more` as well.
fn pairs(dataset: &str, model: &str, questions: std::ops::Range<usize>, more: impl Fn(usize) -> usize) -> Vec<Value> {
    let sample = |question: usize, solution: String| {
        json!({
            "question_id": format!("q{question:02}"), "dataset": dataset, "domain": "math", "model": model,
            "mode": "parallel", "solution": solution,
        })
    };
    let both = |question| [sample(question, "a".repeat(5)), sample(question, "a".repeat(5 + more(question)))];
    questions.flat_map(both).collect()
}

fn json_of(lab: &Lab, arguments: &[&str]) -> Value {
    let shown = lab.breadth(&[&["compare"], arguments, &["--format", "json"]].concat()).code(0).out;
    serde_json::from_str(&shown).unwrap()
}

/// The row of a metric.
fn row<'v>(document: &'v Value, metric: &str) -> &'v Value {
    let rows = document["rows"].as_array().unwrap();
    rows.iter().find(|row| row["metric"] == metric).unwrap_or_else(|| panic!("no {metric} in {document}"))
}

#[track_caller]
fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("expected a number, got {value}"));
    assert!((value - expected).abs() < 1e-12, "expected {expected}, got {value}");
}

/// Run `one` of twelve questions and run `two` of fourteen, in which every second draw is 2, 3 or 4 characters longer.
fn longer() -> Lab {
    let lab = Lab::new();
    finish(&lab, "one", &pairs("demo", "gpt", 0..12, |question| 1 + question % 2), MEASURE);
    finish(&lab, "two", &pairs("demo", "gpt", 0..14, |question| 3 + question % 2 + question % 3), MEASURE);
    lab
}

#[test]
fn what_moved_is_told_with_known_numbers() {
    let lab = longer();
    let document = json_of(&lab, &["reports/one", "reports/two"]);
    let distance = row(&document, "levenshtein");
    // Over questions 0..12: 1.5 before, 3 + 0.5 + 1 after; every question moved up, so that 2 of 2^12 sign patterns are as far.
    close(&distance["from"]["value"], 1.5);
    close(&distance["to"]["value"], 4.5);
    close(&distance["difference"], 3.0);
    close(&distance["p_value"], 2.0 / 4096.0);
    close(&row(&document, "solution_chars")["difference"], 1.5);
    assert_eq!((&distance["design"], &distance["p_method"]), (&json!("paired"), &json!("sign_flip_exact")));
    assert_eq!((&distance["from"]["n_questions"], &distance["to"]["n_questions"]), (&json!(12), &json!(14)));
    assert_eq!((&document["n_shared_questions"], &distance["n_questions"]), (&json!(12), &json!(12)));
    assert!(distance["ci_low"].as_f64().unwrap() < 3.0 && distance["ci_high"].as_f64().unwrap() > 3.0);
    lab.breadth(&["compare", "reports/one", "reports/two", "--width", "2000"]).code(0).shows(&[
        "clearly moved from one to two",
        "levenshtein in text rose by 3.0",
        "under parallel on 12 shared questions",
        "They share 12 questions, of 12 in one and 14 in two.",
    ]);
    let back = json_of(&lab, &["reports/two", "reports/one"]);
    close(&row(&back, "levenshtein")["difference"], -3.0);
}

#[test]
fn every_format_holds_the_same_numbers() {
    let lab = longer();
    let compare = |more: &[&str]| lab.breadth(&[&["compare", "reports/one", "reports/two"], more].concat()).code(0).out;
    for width in [80, 200] {
        let text = compare(&["--width", &width.to_string(), "--all"]);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width && text.contains("Verbatim repeats"), "{widest} of {width}:\n{text}");
    }
    assert!(compare(&["--format", "markdown"]).contains("| --- |"));
    let latex = compare(&["--format", "latex"]);
    assert!(latex.contains("\\begin{tabular}") && latex.contains("\\end{tabular}"), "{latex}");
    let csv = compare(&["--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("block,metric,from_run,from_dataset") && lines.len() == 4, "{csv}");
    let level =
        json_of(&lab, &["reports/one", "reports/two", "--level", "0.5", "--resamples", "500", "--metric", "verbatim"]);
    assert_eq!((&level["ci_level"], &level["resamples"]), (&json!(0.5), &json!(500)));
    assert_eq!(level["rows"].as_array().unwrap().len(), 1);
}

#[test]
fn the_same_run_twice_moves_nothing() {
    let lab = longer();
    let document = json_of(&lab, &["reports/one", "reports/one"]);
    for row in document["rows"].as_array().unwrap() {
        close(&row["difference"], 0.0);
        close(&row["p_adjusted"], 1.0);
        assert_eq!(row["moved"], false);
    }
    lab.breadth(&["compare", "reports/one", "reports/one"])
        .code(0)
        .shows(&["none clearly moved", "all that they have"])
        .says(&["note: both are the same run"]);
}

#[test]
fn another_model_is_held_against_the_first() {
    let lab = longer();
    finish(&lab, "other", &pairs("demo", "o3", 0..12, |question| 1 + question % 2), MEASURE);
    lab.breadth(&["compare", "reports/one", "reports/other", "--width", "100"])
        .code(0)
        .shows(&["gpt → o3 on demo, math"]);
    let document = json_of(&lab, &["reports/one", "reports/other"]);
    assert_eq!(row(&document, "levenshtein")["from"]["model"], "gpt");
    assert_eq!(row(&document, "levenshtein")["to"]["model"], "o3");
    close(&row(&document, "levenshtein")["difference"], 0.0);
    // Two new models: either could be the one that was replaced.
    let mut both = pairs("demo", "o3", 0..3, |_| 1);
    both.extend(pairs("demo", "o1", 0..3, |_| 1));
    finish(&lab, "several", &both, MEASURE);
    lab.breadth(&["compare", "reports/one", "reports/several"]).code(2).says(&[
        "got no dataset, model and mode that can be matched",
        "hint: cells are matched by dataset, model, mode and feedback",
    ]);
}

#[test]
fn questions_that_differ_make_an_unpaired_comparison_that_says_so() {
    let lab = longer();
    finish(&lab, "later", &pairs("demo", "gpt", 50..60, |question| 1 + question % 2), MEASURE);
    finish(&lab, "elsewhere", &pairs("else", "gpt", 0..12, |question| 1 + question % 2), MEASURE);
    for run in ["reports/later", "reports/elsewhere"] {
        let document = json_of(&lab, &["reports/one", run]);
        let distance = row(&document, "levenshtein");
        assert_eq!((&distance["design"], &document["n_shared_questions"]), (&json!("unpaired"), &json!(0)));
        assert!(distance["p_method"].as_str().unwrap().starts_with("permutation"));
        lab.breadth(&["compare", "reports/one", run]).code(0).shows(&["The runs share no question", "none in common"]);
    }
    lab.breadth(&["compare", "reports/one", "reports/elsewhere"]).code(0).shows(&["demo, math → else, math"]);
}

#[test]
fn one_question_constant_values_and_missing_metrics_have_an_outcome() {
    let lab = longer();
    finish(&lab, "single", &pairs("demo", "gpt", 0..1, |_| 4), "metrics = [\"levenshtein\", \"indel_similarity\"]");
    let document = json_of(&lab, &["reports/one", "reports/single"]);
    assert_eq!(row(&document, "levenshtein")["p_value"], Value::Null);
    assert!(row(&document, "levenshtein")["note"].as_str().unwrap().contains("1 question in common"));
    let only = |side: &str| -> Vec<Value> {
        document[side].as_array().unwrap().iter().map(|one| one["metric"].clone()).collect()
    };
    assert_eq!(only("only_in_a"), ["verbatim", "solution_chars"]);
    assert_eq!(only("only_in_b"), ["indel_similarity"]);
    lab.breadth(&["compare", "reports/one", "reports/single"]).code(0).shows(&[
        "cannot be tested",
        "Only in A\n  metric verbatim, solution_chars (not measured in the other run)",
        "Only in B",
    ]);
    finish(&lab, "constant", &pairs("demo", "gpt", 0..12, |question| 2 + question % 2), MEASURE);
    let document = json_of(&lab, &["reports/one", "reports/constant"]);
    let distance = row(&document, "levenshtein");
    close(&distance["difference"], 1.0);
    assert_eq!(distance["effect_size"], Value::Null);
    assert!(distance["note"].as_str().unwrap().contains("all questions differ by the same amount"));
}

/// Changes the record of a run.
fn edit(lab: &Lab, run: &str, from: &str, to: &str) {
    let path = lab.path(&format!("reports/{run}/run.toml"));
    let record = fs::read_to_string(&path).unwrap();
    assert!(record.contains(from), "{record}");
    fs::write(path, record.replace(from, to)).unwrap();
}

#[test]
fn what_is_not_the_same_number_is_refused() {
    let lab = Lab::new();
    let measure = "metrics = [\"cosine\", \"verbatim\"]";
    finish(&lab, "one", &pairs("demo", "gpt", 0..3, |_| 1), measure);
    finish(&lab, "two", &pairs("demo", "gpt", 0..3, |_| 2), measure);
    let version = "name = \"verbatim\"\nversion = ";
    edit(&lab, "two", version, &format!("{version}9"));
    lab.breadth(&["compare", "reports/one", "reports/two"]).code(0).shows(&["cosine in tiny"]).says(&[
        "note: `verbatim` is left out: metric `verbatim` follows version",
        "run the plan of `reports/one` again",
    ]);
    lab.breadth(&["compare", "reports/one", "reports/two", "--metric", "verbatim"]).code(2).says(&[
        "error: failed to compare `reports/one` with `reports/two`: metric `verbatim` follows version",
        "\nhint: ",
    ]);
    edit(&lab, "two", "fingerprint = \"", "fingerprint = \"0");
    lab.breadth(&["compare", "reports/one", "reports/two"])
        .code(2)
        .says(&["space `tiny` is not the same in both (fingerprint: ", "\nhint: measure both with the same embedder"]);
}

#[test]
fn another_embedder_stands_beside_the_first() {
    let lab = Lab::new();
    let measure = "metrics = [\"cosine\", \"levenshtein\"]";
    let modes = |first: usize| -> Vec<Value> {
        let mut samples = pairs("demo", "gpt", 0..3, |question| first + question);
        let mut chains = pairs("demo", "gpt", 0..3, |question| first + 2 * question);
        for chain in &mut chains {
            chain["mode"] = json!("markov");
            chain["chain"] = json!(0);
        }
        samples.extend(chains);
        samples
    };
    finish(&lab, "one", &modes(1), measure);
    let plan = lab
        .read("one.toml")
        .replace("name = \"one\"", "name = \"three\"")
        .replace("name = \"tiny\"", "name = \"minute\"");
    lab.write("three.toml", plan);
    lab.breadth(&["run", "three.toml", "--quiet"]).code(0);
    let document = json_of(&lab, &["reports/one", "reports/three"]);
    let apart = &document["apart"][0];
    assert_eq!((&apart["space_a"], &apart["space_b"]), (&json!("tiny"), &json!("minute")));
    assert_eq!(apart["rows"][0]["in_a"]["difference"], apart["rows"][0]["in_b"]["difference"]);
    assert!(document["rows"].as_array().unwrap().iter().all(|row| row["metric"] == "levenshtein"));
    lab.breadth(&["compare", "reports/one", "reports/three"]).code(0).shows(&["tiny → minute", "markov − parallel"]);
}

#[test]
fn what_is_no_run_or_an_older_one_is_a_mistake_of_the_arguments() {
    let lab = longer();
    for folder in ["reports", "nowhere", "one.jsonl"] {
        lab.breadth(&["compare", "reports/one", folder])
            .code(2)
            .says(&["error: failed to read the run `", "hint: give the folder of a run"]);
    }
    edit(&lab, "two", "[[metric]]", "[[formerly]]");
    lab.breadth(&["compare", "reports/one", "reports/two"]).code(2).says(&[
        "failed to compare `reports/two`: expected the versions of its metrics",
        "hint: this run was written by an older release",
    ]);
    lab.breadth(&["compare", "reports/one"]).code(2);
    lab.breadth(&["compare", "reports/one", "reports/one", "--metric", "levenstein"])
        .code(2)
        .says(&["got `levenstein`, which neither has", "hint: both have `levenshtein`"]);
    lab.breadth(&["compare", "reports/one", "reports/one", "--level", "95"]).code(2).says(&["95 % is written 0.95"]);
    lab.breadth(&["compare", "reports/one", "reports/one", "--resamples", "5"]).code(2);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let lab = Lab::new();
    finish(&lab, "one", &pairs("demo", "gpt", 0..3, |_| 1), MEASURE);
    finish(&lab, "two", &pairs("demo", "\u{1b}[31m=evil|\u{202e}", 0..3, |_| 1), MEASURE);
    for format in ["text", "markdown", "latex"] {
        let shown = lab.breadth(&["compare", "reports/one", "reports/two", "--format", format]).code(0).out;
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && shown.contains("evil"), "{shown}");
    }
}
