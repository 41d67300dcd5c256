//! Bad rows become rejects with file, row and reason; bad files say what they are; what is good is never lost.

use std::io::Write as _;

use serde_json::{Value, json};

use super::lab::{Lab, draw, two_modes};

/// A lab whose `plan.toml` reads `input` and allows any share of rejects.
fn tolerant(input: &str) -> Lab {
    let lab = Lab::new();
    lab.quick_plan(&format!("path = \"{input}\""));
    let plan = lab.read("plan.toml");
    lab.write("plan.toml", plan + "[limits]\nmax_rejects = 1\n");
    lab
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_glob_that_matches_nothing_is_a_mistake_of_the_plan() {
    let lab = Lab::new();
    lab.samples("samples.jsonl", &two_modes());
    lab.quick_plan("path = [\"samples.jsonl\", \"sampels*.jsonl\"]");
    lab.run(&[]).code(2).says(&["line 2: ", "`sampels*.jsonl`", "hint: in that folder there is `samples.jsonl`"]);
    assert!(!lab.path("reports").exists());
}

#[test]
fn a_file_cut_in_the_middle_of_a_line_loses_that_line_only() {
    let lab = tolerant("s.jsonl");
    let line = draw("q", "a b").to_string();
    lab.write("s.jsonl", format!("{line}\n{line}\n{}", &line[..line.len() - 5]));
    lab.run(&[]).code(0).says(&["read      3 rows of 1 file: 2 samples, 1 rejected"]);
    assert_eq!(lab.table("samples").len(), 2);
    let rejects = lab.rejects();
    assert!(rejects.len() == 1 && rejects[0].starts_with("3: line ends in the middle"), "{rejects:?}");
}

#[test]
fn a_gzip_cut_in_the_middle_of_a_block_keeps_what_was_whole() {
    let lab = tolerant("s.jsonl.gz");
    let mut state = 7_u64;
    let mut lines = String::new();
    for question in 0..400 {
        // Text that does not compress away, so that the cut falls among the lines.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lines += &format!("{}\n", draw(&format!("q{}", question / 2), &format!("a b {state:x}")));
    }
    let whole = gzip(lines.as_bytes());
    lab.write("s.jsonl.gz", &whole[..whole.len() * 2 / 3]);
    lab.run(&[]).code(0);
    let samples = lab.table("samples").len();
    assert!((100..400).contains(&samples), "{samples}");
    let rejects = lab.rejects();
    assert!(rejects.len() == 1 && rejects[0].contains("gzip data ends early after line"), "{rejects:?}");
}

#[test]
fn bytes_that_are_not_utf_8_cost_their_line() {
    let lab = tolerant("s.jsonl");
    let mut bytes = format!("{}\n", draw("q", "a")).into_bytes();
    bytes.extend_from_slice(b"{\"question_id\":\"q\",\"mode\":\"parallel\",\"solution\":\"\xff\xfe\"}\n");
    bytes.extend_from_slice(format!("{}\n", draw("q", "b")).as_bytes());
    lab.write("s.jsonl", bytes);
    lab.run(&[]).code(0);
    assert_eq!(lab.table("samples").len(), 2);
    assert!(lab.rejects()[0].starts_with("2: invalid UTF-8 at byte"), "{:?}", lab.rejects());
}

#[test]
fn every_odd_row_has_its_reason() {
    let lab = tolerant("s.jsonl");
    let good = r#"{"question_id":"q","mode":"parallel","solution":"a b"}"#;
    let odd = [
        (r#"{"question_id":"q","solution":null}"#, "`solution`"),
        (r#"{"question_id":"q"}"#, "missing `solution` (or `response`)"),
        (r#"{"solution":"a"}"#, "`question_id`"),
        (r#"{"question_id":"q","solution":"a","reward":NaN}"#, ""),
        (r#"{"question_id":"q","solution":"a","reward":1e999}"#, ""),
        (r#"{"question_id":"q","solution":"a","mean_entropy":Infinity}"#, ""),
        (r#"{"question_id":"q","solution":7}"#, "expected a string in `solution`, got"),
        (r#"{"question_id":"q","solution":["a"]}"#, "expected a string in `solution`, got a list"),
        (r#"{"question_id":"q","solution":"a","round":"first"}"#, "`round`"),
        (r#"{"question_id":"q","solution":"a","round":-1}"#, "expected 0 or more in `round`, got -1"),
        (r#"{"question_id":"q","solution":"a","correct":"maybe"}"#, "`correct`"),
        (r#"{"question_id":"q","solution":"a","thinking_tokens":1.5}"#, "`thinking_tokens`"),
        ("[1,2]", "expected a JSON object, got a list"),
        ("\"text\"", "expected a JSON object, got a string"),
        ("{}", ""),
        (r#"{"task":"q","output":"mixed schema"}"#, "missing `"),
        ("\u{1b}[31m", "invalid JSON"),
    ];
    let lines: String = odd.iter().map(|(row, _)| format!("{row}\n")).collect();
    lab.write("s.jsonl", format!("{good}\n{lines}{good}\n"));
    lab.run(&[]).code(0);
    assert_eq!(lab.table("samples").len(), 2);
    let rejects = lab.rejects();
    assert_eq!(rejects.len(), odd.len(), "{rejects:#?}");
    for (position, ((row, reason), reject)) in odd.iter().zip(&rejects).enumerate() {
        assert!(reject.starts_with(&format!("{}: ", position + 2)) && reject.contains(reason), "{row} became {reject}");
    }
}

#[test]
fn a_sample_id_is_taken_once() {
    let lab = tolerant("*.jsonl");
    let named =
        |solution: &str| json!({"question_id": "q", "sample_id": "x", "mode": "parallel", "solution": solution});
    lab.samples("a.jsonl", &[named("a"), draw("q", "b")]);
    lab.samples("b.jsonl", &[named("c")]);
    lab.run(&[]).code(0);
    assert_eq!(lab.rejects(), ["1: duplicate `sample_id` `x`, first seen in `a.jsonl` row 1"]);
    assert_eq!(lab.table("samples").len(), 2);
}

#[test]
fn a_blank_solution_is_a_sample_without_a_vector() {
    let lab = tolerant("s.jsonl");
    let response = json!({"question_id": "q", "mode": "parallel", "response": "<think>never closed"});
    lab.samples("s.jsonl", &[draw("q", ""), draw("q", " \n\t "), draw("q", "a"), draw("q", "b"), response]);
    lab.run(&[]).code(0).says(&["embedded  2 different texts"]);
    assert_eq!(lab.table("samples").len(), 5);
    assert!(lab.rejects().is_empty(), "{:?}", lab.rejects());
    let pairs = lab.table("pairs");
    assert_eq!(pairs.len(), 10);
    assert_eq!(pairs.iter().filter(|pair| !pair["cosine:tiny"].is_null()).count(), 1, "missing is not zero");
    assert_eq!(pairs.iter().filter(|pair| pair["levenshtein"].is_null()).count(), 4, "null has no distance");
}

#[test]
fn one_sample_has_no_similarity_and_the_table_says_why() {
    let lab = tolerant("s.jsonl");
    lab.samples("s.jsonl", &[draw("alone", "a b")]);
    lab.run(&[]).code(0).says(&["No mean cosine similarity could be computed"]);
    for metric in ["cosine", "levenshtein_similarity", "verbatim"] {
        let (value, missing) = lab.group("alone", metric);
        assert_eq!(value, Value::Null, "{metric}");
        assert!(missing.as_str().is_some_and(|reason| reason.contains('2')), "{metric}: {missing}");
    }
    assert!(!lab.group("alone", "solution_chars").0.is_null());
    let summary = lab.table("summary");
    let cosine = summary.iter().find(|row| row["metric"] == "cosine").unwrap();
    assert_eq!((&cosine["value"], &cosine["n_missing"]), (&Value::Null, &json!(1)));
}

#[test]
fn identical_solutions_are_exactly_alike() {
    let lab = tolerant("s.jsonl");
    // The third part of a vector of equal numbers is not exact: an honest mean must still give 1.
    lab.samples("s.jsonl", &vec![draw("q", "a b unknown a"); 7]);
    lab.run(&[]).code(0).says(&["embedded  1 different texts"]);
    for metric in ["cosine", "levenshtein_similarity", "indel_similarity", "verbatim"] {
        assert_eq!(lab.group("q", metric), (json!(1.0), Value::Null), "{metric}");
    }
    let copies = lab.table("samples").iter().filter(|row| !row["verbatim_of"].is_null()).count();
    assert_eq!(copies, 6);
}

#[test]
fn five_megabytes_are_a_text_like_any_other() {
    let lab = tolerant("s.jsonl");
    let long: String = (0..110_000).map(|i| format!("the quick brown fox jumps over the lazy dog {i}. ")).collect();
    let long = &long[..5_000_000];
    // Alike but for one letter in the middle: exact distance has to find the narrow band by itself.
    let mut near = long.to_owned();
    near.replace_range(2_500_000..2_500_001, "#");
    lab.samples("s.jsonl", &[draw("near", long), draw("near", &near), draw("far", long), draw("far", "a b")]);
    let plan = lab.read("plan.toml").replace("model = \"tiny\"", "model = \"tiny\"\nlong_text = \"truncate\"");
    lab.write("plan.toml", plan + "[measure]\nmetrics = [\"cosine\", \"levenshtein_similarity\"]\n");
    let started = std::time::Instant::now();
    lab.run(&[]).code(0).says(&["2 texts are longer than the window"]);
    eprintln!("five megabytes took {:.1} s", started.elapsed().as_secs_f64());
    let pairs = lab.table("pairs");
    let near = pairs.iter().find(|pair| pair["question_id"] == "near").unwrap();
    assert_eq!(near["levenshtein"], json!(1));
    let far = pairs.iter().find(|pair| pair["question_id"] == "far").unwrap();
    assert_eq!(far["levenshtein"], json!(5_000_000 - 3));
}

#[test]
fn too_many_rejects_end_the_run_after_they_are_listed() {
    let lab = Lab::new();
    lab.quick_plan("path = \"s.jsonl\"");
    let mut samples = two_modes();
    samples.insert(3, json!({"question_id": "q"}));
    lab.samples("s.jsonl", &samples);
    let words = [
        "rejected 1 of 19 rows (5.3 %)",
        "`limits.max_rejects` = 0.01",
        "missing `solution` (or `response`) (`s.jsonl` row 4)",
    ];
    lab.run(&[]).code(3).says(&words).says(&["hint: all of them with their reasons are in", "rejects.parquet"]);
    assert_eq!(lab.table("rejects").len(), 1);
    assert!(!lab.path("reports/plan/run.toml").exists(), "an ended run is not a finished one");
    lab.breadth(&["check", "plan.toml"]).code(3).says(&words);
    // The same data under a wider limit go through.
    lab.run(&["--set", "limits.max_rejects=0.06"]).code(0);
    assert_eq!(lab.table("samples").len(), 18);
}

#[test]
fn nothing_but_rejects_is_too_many_under_any_limit() {
    let lab = tolerant("s.jsonl");
    lab.write("s.jsonl", "{}\n[]\n");
    lab.run(&[]).code(3).says(&["found no samples in 1 file: all 2 rows were rejected", "rejects.parquet"]);
    assert_eq!(lab.table("rejects").len(), 2);
}

#[test]
fn an_empty_file_holds_no_samples() {
    let lab = tolerant("s.jsonl");
    for content in ["", "\n\n", "\u{feff}"] {
        lab.write("s.jsonl", content);
        lab.run(&[]).code(2).says(&["found no samples in 1 file"]);
    }
    lab.write("t.jsonl", format!("{}\n{}\n", draw("q", "a"), draw("q", "b")));
    lab.run(&["--set", "source.0.path='*.jsonl'"]).code(0).says(&["read      2 rows of 2 files"]);
}

#[test]
fn a_file_of_another_kind_is_said_to_be_one() {
    let lab = tolerant("s.bin");
    lab.write("s.bin", b"\xff\xd8\xff\xe0 not samples\0\0");
    let ended = lab.run(&[]);
    assert_ne!(ended.code, Some(0));
    ended.says(&["failed to tell the format of `s.bin` from its content", "hint: "]);
    lab.write("s.parquet", b"PAR1 cut short");
    lab.run(&["--set", "source.0.path='s.parquet'"]).says(&["failed to read `s.parquet` as Parquet"]);
}
