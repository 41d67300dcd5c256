//! Every command: what it prints where, in which form, and that nothing hostile comes through.

use std::io::Write as _;

use serde_json::{Value, json};

use super::lab::{Lab, QUICK, draw, two_modes};

/// A lab with a finished run.
fn finished() -> Lab {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"\ndefaults = { domain = \"math\" }");
    lab.run(&[]).code(0);
    lab
}

#[test]
fn a_run_says_what_it_did_on_stderr_and_nothing_on_stdout() {
    let lab = finished();
    let ended = lab.run(&["--set", "run.name=again"]).code(0);
    assert_eq!(ended.out, "");
    ended.says(&[
        "read      18 rows of 1 file: 18 samples, 0 rejected",
        "from the cache, 0 new",
        "measured  6 groups of 3 questions, 18 pairs",
        "wrote     ./reports/again/index.html",
        "`breadth table ./reports/again` prints the table",
    ]);
    let quiet = lab.run(&["--quiet", "--set", "run.name=quiet"]).code(0);
    assert_eq!((quiet.out, quiet.err), (String::new(), String::new()));
}

#[test]
fn the_tables_are_whole() {
    let lab = finished();
    let counts = [("samples", 18), ("rejects", 0), ("embeddings", 18), ("pairs", 18)];
    for (table, rows) in counts {
        assert_eq!(lab.table(table).len(), rows, "{table}");
    }
    for table in ["groups", "summary", "contrasts", "rounds"] {
        assert!(!lab.table(table).is_empty(), "{table}");
    }
    let pairs = lab.table("pairs");
    assert!(pairs.iter().all(|pair| pair["round_a"].as_i64() < pair["round_b"].as_i64()));
    assert!(pairs.iter().all(
        |pair| pair["lag"].as_i64() == Some(pair["round_b"].as_i64().unwrap() - pair["round_a"].as_i64().unwrap())
    ));
}

#[test]
fn the_table_comes_in_five_formats() {
    let lab = finished();
    let table = |format: &str| lab.breadth(&["table", "reports/plan", "--format", format]).code(0).out;
    assert!(table("text").contains("parallel") && table("text").contains("small"));
    assert!(table("markdown").contains("| --- |"));
    assert!(table("latex").contains("\\begin{tabular}") && table("latex").contains("\\end{tabular}"));
    let csv = table("csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("block,domain,dataset,model,mode") && lines.len() == 3, "{csv}");
    let parsed: Value = serde_json::from_str(&table("json")).unwrap();
    let rows = parsed["blocks"][0]["rows"].as_array().unwrap();
    let summary = lab.table("summary");
    for row in rows {
        let same = summary.iter().find(|one| one["metric"] == "cosine" && one["mode"] == row["mode"]).unwrap();
        assert!((row["value"].as_f64().unwrap() - same["value"].as_f64().unwrap()).abs() < 1e-12, "{row}");
    }
    assert_eq!(rows.len(), 2);
}

#[test]
fn the_table_fits_the_width_it_is_given() {
    let lab = finished();
    for (width, against) in
        [(80, None), (200, None), (80, Some("paper")), (200, Some("paper")), (80, Some("reports/plan"))]
    {
        let text = width.to_string();
        let mut arguments = vec!["table", "reports/plan", "--width", &text];
        arguments.extend(against.iter().flat_map(|against| ["--against", against]));
        let shown = lab.breadth(&arguments).code(0).out;
        let widest = shown.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} columns of {width} against {against:?}:\n{shown}");
    }
}

#[test]
fn the_table_stands_beside_the_paper_or_another_run() {
    let lab = finished();
    lab.breadth(&["table", "reports/plan", "--against", "paper"]).code(0).shows(&[
        "run plan",
        "paper (Table 2)",
        "Distill-Qwen-7B",
        "0.954",
    ]);
    lab.run(&["--set", "run.name=other", "--set", "embedder.0.text=thinking"]).code(0);
    let beside = lab.breadth(&["table", "reports/plan", "--against", "reports/other"]).code(0);
    beside.shows(&["run plan", "run other", "difference: plan − other"]);
    lab.breadth(&["table", "reports/plan", "--metric", "thinking_chars"]).code(0).shows(&["Thinking"]);
}

#[test]
fn a_table_of_what_is_not_there_is_a_mistake_of_the_arguments() {
    let lab = finished();
    lab.breadth(&["table", "reports/plan", "--metric", "cosin"])
        .code(2)
        .says(&["got `cosin`", "hint: it has `cosine`"]);
    let words = ["error: failed to read the run `", "hint: give the folder of a run"];
    for folder in ["reports", "nowhere", "s.jsonl"] {
        lab.breadth(&["table", folder]).code(2).says(&words);
        lab.breadth(&["table", "reports/plan", "--against", folder]).code(2).says(&words);
    }
    lab.breadth(&["table"]).code(2);
    lab.breadth(&["table", "reports/plan", "--format", "docx"]).code(2);
}

#[test]
fn every_kind_can_be_listed() {
    let lab = Lab::new();
    for (kind, names) in [
        ("metrics", &["cosine", "levenshtein", "indel_similarity", "verbatim", "thinking_tokens"][..]),
        ("formats", &["jsonl", "parquet", "csv"]),
        ("providers", &["onnx"]),
        ("models", &["all-MiniLM-L6-v2"]),
        ("figures", &["similarity_by_mode", "similarity_by_lag"]),
        ("statistics", &["bootstrap", "sign"]),
        (
            "tables",
            &["samples", "One row is", "- mean_entropy (float64, bits per token, may be null)", "Behind these:"],
        ),
    ] {
        let ended = lab.breadth(&["list", kind]).code(0).shows(names);
        assert_eq!(ended.err, "", "{kind}");
    }
}

#[test]
fn a_check_counts_and_writes_nothing() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    let cold = lab.breadth(&["check", "plan.toml"]).code(0);
    cold.shows(&[
        "samples: 18 in 6 groups of 3 questions, 18 pairs",
        "rejects: 0 of 18 rows",
        "0 in the cache",
        "cost: none",
    ]);
    assert!(!lab.path("reports").exists() && !lab.path("embeddings-cache").exists());
    lab.run(&[]).code(0);
    lab.breadth(&["check", "plan.toml"]).code(0).shows(&["0 to embed (0 tokens)"]);
}

#[test]
fn the_doctor_says_which_engine_is_in_use() {
    let lab = Lab::new();
    lab.breadth(&["doctor"]).code(0).shows(&["engine: tract", "builtin:all-MiniLM-L6-v2", "threads: "]);
    let output = lab.command(&["doctor"]).env("BREADTH_ENGINE", "steam").output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        out.contains("engine: none (expected auto, onnxruntime or tract in `BREADTH_ENGINE`, got `steam`)"),
        "{out}"
    );
}

/// Rows of `summary` but for what names the input.
fn numbers(lab: &Lab, run: &str) -> Vec<Value> {
    let rows = lab.parquet(&format!("reports/{run}/tables/summary.parquet"));
    rows.into_iter()
        .map(|row| json!([row["mode"], row["metric"], row["space"], row["value"], row["n_questions"]]))
        .collect()
}

#[test]
fn what_was_ingested_gives_the_same_numbers() {
    let lab = finished();
    lab.breadth(&["ingest", "s.jsonl", "-o", "canonical.parquet", "--default", "domain=math"])
        .code(0)
        .says(&["wrote 18 samples to canonical.parquet; 0 rows rejected"]);
    lab.run(&["--set", "source.0.path='canonical.parquet'", "--set", "run.name=again"])
        .code(0)
        .says(&["from the cache, 0 new"]);
    assert_eq!(numbers(&lab, "again"), numbers(&lab, "plan"));
    let ids = |run: &str| -> Vec<Value> {
        lab.parquet(&format!("reports/{run}/tables/samples.parquet"))
            .iter()
            .map(|row| row["sample_id"].clone())
            .collect()
    };
    assert_eq!(ids("again"), ids("plan"));
}

#[test]
fn ingest_lists_what_it_cannot_use() {
    let lab = Lab::new();
    lab.write("s.jsonl", format!("{}\nnonsense\n{{\"task\":\"q\",\"solution\":\"b\"}}\n", draw("q", "a")));
    lab.breadth(&["ingest", "s.jsonl", "-o", "out.parquet"])
        .code(3)
        .says(&["rejected 2 of 3 rows", "out.rejects.parquet"]);
    assert_eq!((lab.parquet("out.parquet").len(), lab.parquet("out.rejects.parquet").len()), (1, 2));
    lab.breadth(&["ingest", "absent*.jsonl", "-o", "x.parquet"])
        .code(2)
        .says(&["failed to find a file for `absent*.jsonl`"]);
    lab.breadth(&["ingest", "s.jsonl", "-o", "x.parquet", "--format", "frob"]).code(2).says(&["got `frob`"]);
    lab.breadth(&["ingest", "s.jsonl", "-o", "x.parquet", "--map", "frob=a"]).code(2).says(&["`frob`"]);
    lab.breadth(&["ingest", "s.jsonl", "-o", "x.parquet", "--map", "frob"])
        .code(2)
        .says(&["expected `FIELD=…` in `--map`, got `frob`"]);
    assert!(!lab.path("x.parquet").exists());
    let map = ["ingest", "s.jsonl", "-o", "mapped.parquet", "--map", "question_id=task", "--max-rejects", "1"];
    lab.breadth(&map).code(0);
    assert_eq!(lab.parquet("mapped.parquet").len(), 1);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_wrapping_of_the_same_samples_gives_the_same_numbers() {
    let lab = finished();
    let lines = lab.read("s.jsonl");
    lab.write("g/s.jsonl.gz", gzip(&lines));
    lab.write("z/s.jsonl.zst", zstd::encode_all(lines.as_bytes(), 3).unwrap());
    // Another schema: the columns have other names, the rest comes from the defaults.
    let mut csv = String::from("task,how,chain,nr,text,thought\n");
    for sample in two_modes() {
        let text = |key: &str| sample[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| sample[key].as_i64().map_or_else(String::new, |number| number.to_string());
        csv += &format!(
            "{},{},{},{},\"{}\",{}\n",
            text("question_id"),
            text("mode"),
            number("chain"),
            number("round"),
            text("solution"),
            text("thinking")
        );
    }
    lab.write("c/s.csv", csv);
    lab.breadth(&["ingest", "s.jsonl", "-o", "p/s.parquet"]).code(0);
    let expected = numbers(&lab, "plan");
    let map =
        "map = { question_id = \"task\", mode = \"how\", round = \"nr\", solution = \"text\", thinking = \"thought\" }";
    for (name, source) in [
        ("gz", "path = \"g/*.gz\"\ndefaults = { domain = \"math\" }".to_owned()),
        ("zst", "path = \"z/*\"\ndefaults = { domain = \"math\" }".to_owned()),
        ("parquet", "path = \"p/s.parquet\"\nformat = \"parquet\"".to_owned()),
        (
            "csv",
            format!(
                "path = \"c/s.csv\"\nformat = \"csv\"\n{map}\ndefaults = {{ domain = \"math\", dataset = \"demo\", model = \"small\" }}"
            ),
        ),
    ] {
        lab.write(&format!("{name}.toml"), format!("[[source]]\n{source}\n{QUICK}"));
        lab.breadth(&["run", &format!("{name}.toml")])
            .code(0)
            .says(&["18 samples, 0 rejected", "from the cache, 0 new"]);
        assert_eq!(numbers(&lab, name), expected, "{name}");
    }
    lab.write("stdin.toml", format!("[[source]]\npath = \"-\"\ndefaults = {{ domain = \"math\" }}\n{QUICK}"));
    for _ in 0..2 {
        // What came through a pipe cannot be known to be the same again.
        lab.feed(&["run", "stdin.toml"], lines.as_bytes()).code(0).says(&["18 samples, 0 rejected"]);
    }
    assert_eq!(numbers(&lab, "stdin"), expected);
    lab.feed(&["run", "stdin.toml"], b"").code(2).says(&["found no samples in 1 file"]);
}

#[test]
fn hostile_text_reaches_neither_terminal_nor_page() {
    let lab = Lab::new();
    let evil = |what: &str| format!("\u{1b}[31m{what}\u{202e}<script>alert(1)</script>\u{1b}]0;title\u{7}");
    let samples: Vec<Value> = (0..6)
        .map(|i| {
            json!({
                "question_id": evil("q"), "mode": evil(["one", "two"][i % 2]), "domain": evil("domain"),
                "dataset": evil("set"), "model": evil("model"), "solution": format!("{} {i}", evil("a b")),
            })
        })
        .collect();
    lab.samples("s.jsonl", &samples);
    let mut lines = lab.read("s.jsonl");
    lines += &format!("{}\n", json!({"question_id": "q", "sample_id": evil("id"), "solution": "a"})).repeat(2);
    lines += "{\"question_id\": \"q\", \u{1b}[31m\n";
    lab.write("s.jsonl", lines);
    lab.quick_plan("path = \"s.jsonl\"");
    let plan = lab.read("plan.toml").replace("figures = []", "figures = \"all\"") + "[limits]\nmax_rejects = 1\n";
    lab.write("plan.toml", plan);
    let harmless = |what: &str, text: &str| {
        let bad =
            text.chars().find(|c| (c.is_control() && !"\n\t".contains(*c)) || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(bad, None, "{what}: {text:?}");
    };
    let check = lab.breadth(&["check", "plan.toml"]).code(0);
    harmless("check", &(check.out + &check.err));
    let run = lab.run(&[]).code(0);
    harmless("run", &(run.out + &run.err));
    for format in ["text", "markdown", "latex"] {
        harmless(format, &lab.breadth(&["table", "reports/plan", "--format", format]).code(0).out);
    }
    // Whoever asks for data gets the data.
    let json = lab.breadth(&["table", "reports/plan", "--format", "json"]).code(0).out;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["blocks"][0]["rows"][0]["model"], evil("model"));
    for (name, content) in lab.outputs(".") {
        let text = String::from_utf8_lossy(&content);
        if name.ends_with(".html") || name.ends_with(".svg") {
            assert!(
                !text.contains("<script>alert") && !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{name}"
            );
        }
        if name.ends_with(".ipynb") {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
    assert_eq!(lab.table("samples")[0]["model"], evil("model"), "the table keeps what was there");
}

#[test]
fn help_and_version_are_results() {
    let lab = Lab::new();
    lab.breadth(&["--version"]).code(0).shows(&[concat!("breadth ", env!("CARGO_PKG_VERSION"))]);
    for command in ["run", "check", "table", "ingest", "list", "cache", "doctor"] {
        let ended = lab.breadth(&[command, "--help"]).code(0);
        assert!(ended.err.is_empty() && ended.out.contains("Example"), "{command}");
    }
}

#[test]
fn a_report_says_where_everything_is() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&["--set", "report.figures=[\"similarity_by_mode\", \"similarity_between_rounds\"]"]).code(0);
    let shown = lab.breadth(&["report", "reports/plan"]).code(0);
    let of = |word: &str| shown.out.lines().find(|line| line.starts_with(word)).unwrap_or_default().to_owned();
    assert!(of("report").contains("reports/plan/index.html ("), "{}", shown.out);
    assert!(of("figures").contains("drawn, as SVG and PNG, in reports/plan/figures"), "{}", shown.out);
    assert!(of("notebook").ends_with("notebooks-export/plan.ipynb"), "{}", shown.out);
    assert!(shown.out.contains(" figures of one column: reports/plan/figures/*-column.svg"), "{}", shown.out);
    assert!(!shown.out.contains("similarity_by_lag"), "nobody asked for it: {}", shown.out);
    assert_eq!(shown.err, "");
    lab.run(&["--set", "report.notebook=false", "--set", "run.name=bare"]).code(0);
    lab.breadth(&["report", "reports/bare"]).code(0).shows(&["figures   0 drawn", "notebook  none"]);
}

#[test]
fn a_report_that_is_not_there_says_what_to_do() {
    let lab = finished();
    lab.breadth(&["report", "reports"]).code(2).says(&["hint: give the folder of a run"]);
    std::fs::remove_file(lab.path("reports/plan/index.html")).unwrap();
    let said = ["expected the report of `reports/plan`", "hint: run its plan again"];
    lab.breadth(&["report", "reports/plan", "--open"]).code(2).says(&said);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_is_opened_by_what_opens_files_here() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = finished();
    // Without a program that opens files there is the path, and an error that says so.
    let open = |path: &str| {
        let output = lab.command(&["report", "reports/plan", "--open"]).env("PATH", path).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, err) = open("/nowhere");
    assert!(code == Some(1) && out.contains("reports/plan/index.html"), "{code:?} {out}");
    assert!(err.contains("failed to open `reports/plan/index.html`") && err.contains("hint: open that file"), "{err}");
    let script = lab.write("bin/xdg-open", "#!/bin/sh\nprintf '%s' \"$1\" > opened\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, _, err) = open(&format!("{}:/usr/bin:/bin", lab.path("bin").display()));
    assert!(code == Some(0), "{err}");
    assert_eq!(lab.read("opened"), lab.path("reports/plan/index.html").to_string_lossy());
    lab.write("bin/xdg-open", "#!/bin/sh\nexit 3\n");
    let (code, _, err) = open(&format!("{}:/usr/bin:/bin", lab.path("bin").display()));
    assert!(code == Some(1) && err.contains("it found no browser"), "{err}");
}
