//! A bad plan ends before any work, with all of its mistakes, and leaves nothing behind.

use super::lab::{Lab, QUICK, two_modes};

const MISTAKES: &str = r#"[run]
name = "bad"
colour = "red"

[[source]]
path = "nothing-*.jsonl"

[[embedder]]
name = "minilm"
provider = "openia"

[measure]
metrics = ["cosine", "levenstein"]

[inference]
level = 95
resamples = "many"
"#;

/// What a refused plan must not leave.
#[track_caller]
fn nothing_written(lab: &Lab) {
    for folder in ["reports", "notebooks-export", "embeddings-cache"] {
        assert!(!lab.path(folder).exists(), "{folder} was made");
    }
}

#[test]
fn all_mistakes_are_listed_in_order_with_their_lines() {
    let lab = Lab::new();
    lab.write("plan.toml", MISTAKES);
    for command in ["run", "check"] {
        let ended = lab.breadth(&[command, "plan.toml"]).code(2);
        let lines: Vec<&str> = ended.err.lines().collect();
        let expected = [
            "error: 6 mistakes in `plan.toml`",
            "  line 3: unknown key `run.colour`",
            "  line 6: failed to find a file for `nothing-*.jsonl`",
            "  line 10: unknown value `openia` of `embedder.provider`; did you mean `openai`?",
            "  line 13: unknown metric `levenstein`; did you mean `levenshtein`? (`breadth list metrics` shows all",
            "  line 16: `inference.level` must lie strictly between 0 and 1, got 95",
            "  line 17: expected a whole number from 0 in `inference.resamples`, got the string \"many\"",
            "hint: ",
        ];
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "expected {expected:?}, got:\n{}", ended.err);
        }
        let hints = &lines[7..];
        assert!(hints.iter().all(|line| line.starts_with("hint: ")), "hints come last:\n{}", ended.err);
        assert!(hints.contains(&"hint: 95 % is written 0.95"), "{}", ended.err);
        nothing_written(&lab);
    }
}

#[test]
fn what_is_not_toml_is_said_with_its_line() {
    let lab = Lab::new();
    lab.write("plan.toml", "[run]\nname = \"x\"\nthis is = = not [toml\n");
    lab.run(&[]).code(2).says(&["in `plan.toml`", "line 3: "]);
    lab.write("plan.toml", b"\xff\xfe[run]\n");
    lab.run(&[]).code(2).says(&["failed to read the plan `plan.toml`", "UTF-8"]);
    lab.breadth(&["run", "absent.toml"]).code(2).says(&["failed to read the plan `absent.toml`"]);
    nothing_written(&lab);
}

#[test]
fn a_plan_needs_a_source() {
    let lab = Lab::new();
    lab.write("plan.toml", QUICK);
    lab.run(&[]).code(2).says(&["error: 1 mistake in `plan.toml`", "`[[source]]` is missing", "hint: "]);
    lab.quick_plan("format = \"auto\"");
    lab.run(&[]).code(2).says(&["line 1: `source.path` is missing"]);
    nothing_written(&lab);
}

#[test]
fn an_override_counts_and_its_mistakes_are_named_as_typed() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    let ended = lab.run(&[
        "--set",
        "inference.level=95",
        "--set",
        "measure.metrics=[\"cosin\"]",
        "--set",
        "nonsense",
        "--set",
        "foo.bar=1",
        "--set",
        "embedder.3.model=x",
    ]);
    ended.code(2).says(&[
        "5 mistakes",
        "`--set inference.level=95`: `inference.level` must lie strictly between 0 and 1",
        "did you mean `cosine`?",
        "`--set nonsense`: expected `KEY=VALUE`, got no `=`",
        "unknown key `foo`",
        "`--set embedder.3.model=x`: expected a position below 1 in place of `3`",
    ]);
    nothing_written(&lab);
    lab.run(&["--set", "inference.level=0.8", "--set", "run.name=other"]).code(0);
    let levels = lab.parquet("reports/other/tables/summary.parquet");
    assert!(!levels.is_empty() && levels.iter().all(|row| row["ci_level"] == 0.8));
    assert!(lab.read("reports/other/run.toml").contains("level = 0.8"));
}

#[test]
fn arguments_that_do_not_exist_are_mistakes() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&["--frobnicate"]).code(2).says(&["--frobnicate"]);
    lab.run(&["--jobs", "0"]).code(2).says(&["--jobs"]);
    lab.breadth(&["frobnicate"]).code(2);
    lab.breadth(&["list", "nonsense"]).code(2).says(&["metrics, formats, rules, providers"]);
    nothing_written(&lab);
}

#[test]
fn a_name_cannot_lead_out_of_the_folder() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    for name in ["..", "../up", "a/b", ".hidden", ""] {
        lab.run(&["--set", &format!("run.name='{name}'")]).code(2).says(&["`run.name` may hold letters"]);
    }
    nothing_written(&lab);
}

#[test]
fn what_is_said_about_an_embedder_is_checked_at_its_line() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.write(
        "plan.toml",
        r#"[[source]]
path = "s.jsonl"
[[embedder]]
name = "a"
provider = "openai"
model = "text-embedding-3-small"
dimensions = 9999
device = "cuda"
concurrency = 0
[[embedder]]
name = "b"
provider = "openai-compatible"
model = "m"
base_url = "http://me:hush@host/v1"
[[embedder]]
name = "c"
provider = "gemini"
model = "gemini-embedding-1"
[[embedder]]
name = "d"
provider = "cohere"
[limits]
max_cost = -1
"#,
    );
    let ended = lab.run(&[]).code(2).says(&[
        "line 7: expected a number from 1 to 1536 in `embedder.dimensions` for `text-embedding-3-small`, got 9999",
        "line 8: `embedder.device` is not taken by the provider `openai`",
        "line 9: `embedder.concurrency` is a whole number from 1, got 0",
        "line 14: expected a plain address in `embedder.base_url`",
        "line 10: `embedder.dimensions` is missing, and nothing is known of the model `m`",
        "line 18: `embedder.window` is missing, and nothing is known of the model `gemini-embedding-1`",
        "known models of `gemini`: gemini-embedding-001",
        "line 19: `embedder.model` is missing",
        "line 23: `limits.max_cost` is an amount of US dollars from 0 on, got -1",
    ]);
    assert!(!ended.err.contains("hush"));
    nothing_written(&lab);
}

#[test]
fn a_notebook_is_true_false_or_a_library() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    let said = |value: &str| lab.run(&["--set", &format!("report.notebook={value}")]).code(2);
    said("panda").says(&["unknown value `panda` of `report.notebook`; did you mean `pandas`?"]);
    said("3").says(&["expected true, false, \"polars\" or \"pandas\" in `report.notebook`, got 3"]);
    nothing_written(&lab);
    for (value, echo, imported) in [
        ("true", "notebook = true", Some("import polars as pl")),
        ("polars", "notebook = true", Some("import polars as pl")),
        ("pandas", "notebook = \"pandas\"", Some("import pandas as pd")),
        ("false", "notebook = false", None),
    ] {
        let name = format!("n-{value}");
        lab.run(&["--set", &format!("report.notebook={value}"), "--set", &format!("run.name={name}")]).code(0);
        assert!(lab.read(&format!("reports/{name}/run.toml")).contains(echo), "{value}");
        let notebook = format!("notebooks-export/{name}.ipynb");
        match imported {
            Some(imported) => assert!(lab.read(&notebook).contains(imported), "{value}"),
            None => assert!(!lab.path(&notebook).exists()),
        }
    }
}
