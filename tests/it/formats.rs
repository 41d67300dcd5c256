//! Logs of other tools, from the raw file to the report, and mappings of one's own.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::lab::Lab;

/// A LiveCodeBench log: three problems with four outputs each.
fn livecodebench() -> String {
    let problem = |id: i64| {
        let program = |n: i64| format!("def f(x):\n    return x * {n} + {id}\n");
        let outputs: Vec<String> = (0..4).map(|n| format!("Try this:\n```python\n{}```\n", program(n % 3))).collect();
        let codes: Vec<String> = (0..4).map(|n| program(n % 3)).collect();
        json!({
            "question_title": "t", "question_content": "c", "platform": "leetcode", "question_id": id.to_string(),
            "contest_id": "c", "contest_date": "2025-01-01T00:00:00", "starter_code": "", "difficulty": "easy",
            "output_list": outputs, "code_list": codes, "graded_list": [true, false, id == 2, true], "pass@1": 0.5,
            "metadata": ["{}", "{}", "{}", "{}"], "private_test_cases": "eJx…",
        })
    };
    serde_json::to_string_pretty(&(1..=3).map(problem).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_raw_livecodebench_log_goes_to_the_report_in_one_command() {
    let lab = Lab::new();
    lab.write("logs/Tiny-Coder_eval_all.json", livecodebench());
    lab.quick_plan("path = \"logs/*_eval_all.json\"\ndefaults = { mode = \"parallel\" }");
    lab.run(&[]).code(0).says(&["12 samples, 0 rejected"]);
    let samples = lab.table("samples");
    let first = &samples[0];
    for (column, value) in [
        ("dataset", json!("livecodebench")),
        ("domain", json!("coding")),
        ("model", json!("Tiny-Coder")),
        ("mode", json!("parallel")),
        ("question_id", json!("1")),
        ("round", json!(0)),
        ("code", json!("def f(x):\n    return x * 0 + 1\n")),
        ("code_rule", json!("fields")),
        ("correct", json!(true)),
        ("difficulty", json!("easy")),
        ("answer", Value::Null),
    ] {
        assert_eq!(first[column], value, "{column}");
    }
    assert_eq!(samples.iter().filter(|sample| sample["correct"] == true).count(), 7);
    assert!(!first["extra"].to_string().contains("private_test_cases"), "nobody needs a pickle");
    assert!(lab.path("reports/plan/index.html").is_file());
}

#[test]
fn a_mode_that_nobody_says_is_told_with_what_is_known_of_the_tool() {
    let lab = Lab::new();
    lab.write("x_eval_all.json", livecodebench());
    let ended = lab.breadth(&["ingest", "x_eval_all.json", "-o", "x.parquet"]).code(0);
    ended.says(&[
        "`livecodebench` files do not say how samples were drawn; its outputs are independent draws: `parallel`",
        "mode is `unknown` in 12 samples",
        "wrote 12 samples to x.parquet; 0 rows rejected",
    ]);
    assert!(lab.parquet("x.parquet").iter().all(|sample| sample["mode"] == "unknown"));
}

#[test]
fn logs_that_tools_wrote_are_ingested_without_a_word() {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs");
    let lab = Lab::new();
    for (log, n_samples) in [
        ("inspect/epochs/log.eval", 12),
        ("lm-eval/repeats/org__stub-r1", 8),
        ("matharena/runs/outputs/aime/aime_2025/stub/r1/1.json.zst", 4),
        ("open-r1/math/train-00000-of-00001.parquet", 12),
    ] {
        let place = logs.join(log);
        let place = if place.is_dir() { place.join("samples_*.jsonl") } else { place };
        lab.breadth(&["ingest", &place.to_string_lossy(), "-o", "out.parquet", "--max-rejects", "0.5"]).code(0);
        assert_eq!(lab.parquet("out.parquet").len(), n_samples, "{log}");
    }
}

/// Two tables as the temperature experiments have them: texts here, answers in a row per problem there.
fn two_tables(lab: &Lab) {
    for temperature in ["0.0", "1.0"] {
        let mut texts = "Problem ID,Response ID,Body\n".to_owned();
        let mut details = "Problem ID,Correct Answer,Answer 1,Answer 2\n".to_owned();
        for problem in 1..=2 {
            for response in 0..2 {
                texts.push_str(&format!("{problem},{response},\"text {problem}, {response} at {temperature}\"\n"));
            }
            details.push_str(&format!("{problem},A,A,B\n"));
        }
        lab.write(&format!("texts/x - temp-{temperature}.csv"), texts);
        lab.write(&format!("details/x - temp-{temperature}.csv"), details);
    }
}

const JOINED: &str = r#"path = "texts/*.csv"
mode = { from = "path", pattern = "temp-([0-9.]+)[.]csv", value = "T$1" }
join = { path = "details/{@file}", on = ["Problem ID"] }
map = { question_id = "Problem ID", round = "Response ID", solution = "Body", answer = "$['Answer {Response ID+1}']", gold = "Correct Answer" }"#;

#[test]
fn a_plan_joins_a_second_file_and_reads_the_mode_out_of_the_path() {
    let lab = Lab::new();
    two_tables(&lab);
    lab.quick_plan(JOINED);
    lab.run(&[]).code(0).says(&["8 samples, 0 rejected"]);
    let samples = lab.table("samples");
    let found: Vec<_> = samples
        .iter()
        .map(|s| {
            format!("{} {} {} {} {}", s["mode"], s["question_id"], s["round"], s["answer"], s["gold"]).replace('"', "")
        })
        .collect();
    let of = |mode: &str| [1, 2].map(|q| [format!("{mode} {q} 0 A A"), format!("{mode} {q} 1 B A")]).concat();
    assert_eq!(found, [of("T0.0"), of("T1.0")].concat());
    // The second file is an input like the first: when it changes, the run is done again.
    lab.run(&[]).code(0).says(&["up to date"]);
    let details = lab.read("details/x - temp-1.0.csv").replace(",A,A,B", ",A,C,B");
    lab.write("details/x - temp-1.0.csv", details);
    lab.run(&[]).code(0);
    assert!(lab.table("samples").iter().any(|sample| sample["answer"] == "C"));
}

#[test]
fn rows_lists_and_values_are_the_plans_to_say() {
    let lab = Lab::new();
    let log = json!({"exam": "e", "tasks": {
        "t1": {"meta": {"gold": "7"}, "texts": ["a 7", "b 8"], "grades": ["A", "B"]},
        "t2": {"meta": {"gold": "9"}, "texts": ["c", "d", "e"], "grades": ["B"]},
    }});
    lab.write("log.json", serde_json::to_string_pretty(&log).unwrap());
    lab.quick_plan(
        r#"path = "log.json"
rows = "$.tasks[*]"
explode = ["texts", "grades"]
map = { question_id = "{exam}/{@key}", solution = "texts", correct = "grades", gold = "$.meta.gold" }
values = { correct = { A = true, B = false } }
defaults = { mode = "parallel" }"#,
    );
    lab.run(&[]).code(0);
    let samples = lab.table("samples");
    let found: Vec<_> = samples
        .iter()
        .map(|s| {
            format!("{} {} {} {} {}", s["question_id"], s["round"], s["solution"], s["correct"], s["gold"])
                .replace('"', "")
        })
        .collect();
    assert_eq!(
        found,
        ["e/t1 0 a 7 true 7", "e/t1 1 b 8 false 7", "e/t2 0 c false 9", "e/t2 1 d null 9", "e/t2 2 e null 9"]
    );
}

#[test]
fn mistakes_in_a_mapping_are_mistakes_of_the_plan() {
    let lab = Lab::new();
    lab.write("log.json", "[]");
    lab.quick_plan(
        r#"path = "log.json"
mode = { from = "path" }
index = "rond"
derive = { modell = { from = "path", pattern = "x" } }
values = { correct = 3 }
join = { path = "other.csv" }
extract = { answer = ["boxd"], code = "lst" }"#,
    );
    let ended = lab.breadth(&["check", "plan.toml"]).code(2);
    ended.says(&[
        "`source.mode` needs `from` and `pattern`",
        "unknown value `rond` of `source.index`; did you mean `round`?",
        "unknown field `modell` in `source.derive`; did you mean `model`?",
        "expected a table in `source.values.correct`, got 3",
        "`source.join` needs `path` and `on`",
        "unknown rule `boxd` in `source.extract.answer`; did you mean `boxed`?",
        "unknown value `lst` of `source.extract.code`",
    ]);
    for (keys, what) in [
        ("rows = \"samples[*]\"", "use `rows` of a source: expected a path that begins with `$`"),
        ("map = { question_id = \"{\" }", "use `question_id` of a source: `{` without its other half"),
        ("mode = { from = \"path\", pattern = \"(\" }", "`(` is no regular expression"),
        ("join = { path = \"none/{@file}\", on = [\"id\"] }", "there is no file `none/log.json`"),
    ] {
        lab.quick_plan(&format!("path = \"log.json\"\n{keys}"));
        lab.breadth(&["check", "plan.toml"]).code(2).says(&[what]);
    }
}

#[test]
fn a_join_that_cannot_be_told_apart_stops_the_run() {
    let lab = Lab::new();
    two_tables(&lab);
    let details = lab.read("details/x - temp-0.0.csv");
    lab.write("details/x - temp-0.0.csv", format!("{details}1,B,B,B\n"));
    lab.quick_plan(JOINED);
    lab.run(&[]).code(1).says(&["join `details/x - temp-0.0.csv`", "a second row with the key 1"]);
}

#[test]
fn extraction_rules_can_be_asked_what_they_take() {
    let lab = Lab::new();
    lab.samples(
        "s.jsonl",
        &[
            json!({"question_id": "q", "response": "<think>\\boxed{1}</think>So \\boxed{\\frac{2}{4}}, not 3."}),
            json!({"question_id": "q", "response": "<think>never"}),
            json!({"question_id": "q", "solution": "\u{1b}[31mred", "answer": "0.5"}),
        ],
    );
    let counts = lab.breadth(&["extract", "s.jsonl"]).code(0).out;
    for line in ["3 samples, 0 rows rejected", "think-tags", "think-unclosed", "boxed", "the thinking is not closed"] {
        assert!(counts.contains(line), "{line}: {counts}");
    }
    let one = lab.breadth(&["extract", "s.jsonl", "--explain", "1"]).code(0).out;
    assert!(one.contains("▸ think-tags"), "{one}");
    assert!(one.contains("▸ boxed                “\\frac{2}{4}” at 10..21, class “1/2”"), "{one}");
    assert!(one.contains("last-number          “3”") && one.contains("(not asked for)"), "{one}");
    let hostile = lab.breadth(&["extract", "s.jsonl", "--explain", "s.jsonl:3"]).code(0).out;
    assert!(!hostile.contains('\u{1b}'), "{hostile}");
    lab.breadth(&["extract", "s.jsonl", "--explain", "9"]).code(2).says(&["none of 3 samples"]);
    lab.breadth(&["extract", "s.jsonl", "--answer", "boxes"]).code(2).says(&["unknown rule `boxes`"]);
    let last = lab.breadth(&["extract", "s.jsonl", "--explain", "1", "--answer", "last-number"]).code(0).out;
    assert!(last.contains("▸ last-number"), "{last}");
}

#[test]
fn the_plan_chooses_the_rules() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &[json!({"question_id": "q", "response": "why <|final|> it is 12, or 1/2"})]);
    lab.quick_plan("path = \"s.jsonl\"\ndefaults = { mode = \"parallel\" }");
    let plan = lab.read("plan.toml");
    lab.write("plan.toml", format!("{plan}\n[extract]\nthinking_end = [\"<|final|>\"]\nanswer = [\"last-number\"]\n"));
    lab.run(&[]).code(0);
    let sample = &lab.table("samples")[0];
    assert_eq!((&sample["thinking"], &sample["extraction_rule"]), (&json!("why"), &json!("end-marker")));
    assert_eq!((&sample["answer"], &sample["answer_class"]), (&json!("1/2"), &json!("1/2")));
    assert_eq!((&sample["answer_start"], &sample["answer_end"]), (&json!(13), &json!(16)));
    let echo = lab.read("reports/plan/run.toml");
    assert!(echo.contains("last-number") && echo.contains("<|final|>"), "{echo}");
}

#[test]
fn pickles_are_refused() {
    let lab = Lab::new();
    fs::write(lab.path("x.pkl"), b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x05hello\x94.").unwrap();
    lab.breadth(&["ingest", "x.pkl", "-o", "x.parquet"]).code(1).says(&["it is a Python pickle"]);
}

#[test]
fn a_file_of_nothing_but_rejects_is_given_up_before_it_fills_the_memory() {
    let lab = Lab::new();
    lab.write("x.jsonl", "{}\n".repeat(300_000));
    lab.breadth(&["ingest", "x.jsonl", "-o", "x.parquet"]).code(3).says(&["all 200001 rows were rejected"]);
    let rejects = lab.parquet("x.rejects.parquet");
    assert_eq!(rejects.len(), 200_001);
    let last = &rejects[200_000];
    assert_eq!((&last["source_row"], &last["stage"]), (&json!(200_001), &json!("ingest")));
    assert!(last["reason"].as_str().unwrap().contains("nothing after them was read"), "{last:?}");
}
