//! Logs that the tools themselves wrote, read without a word about their format and compared, field by field, with what the
//! tools say is in them (`tests/interop/README.md` tells how `expected.json` is made and what its keys mean).
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::ingest::{Input, READERS, Row, Source, read};
use crate::model::{Record, Reject};

/// What a log of the suite is read as; the folder of the case → the reader.
const CASES: &[(&str, &str)] = &[
    ("evalplus/completion", "evalplus"),
    ("evalplus/results-only", "evalplus-results"),
    ("evalplus/sanitized", "evalplus"),
    ("evalplus/solution", "evalplus"),
    ("lighteval/reasonings", "lighteval"),
    ("lighteval/tags", "lighteval"),
    ("livecodebench/selfrepair", "livecodebench"),
    ("livecodebench/testoutputprediction", "livecodebench"),
    ("lm-eval/api-null", "lm-eval"),
    ("lm-eval/repeats", "lm-eval"),
    ("lm-eval/single", "lm-eval"),
    ("matharena/runs", "matharena"),
    ("matharena/upload", "matharena-outputs"),
    ("nemo-skills/parsed", "nemo-skills"),
    ("nemo-skills/server", "nemo-skills"),
    ("noveltybench/curated", "noveltybench"),
    ("open-r1/math", "open-r1"),
    ("reflexion/humaneval", "reflexion"),
];

/// What the log of a case does not say of its samples, although the tool knows it.
const NOT_IN_THE_LOG: &[(&str, &str)] = &[
    // The statuses are in the file of results.
    ("evalplus/completion", "correct"),
    ("evalplus/sanitized", "correct"),
    ("evalplus/solution", "correct"),
];

/// What we say of samples beyond what the tool says, with good reason.
const OURS: &[(&str, &str)] = &[
    // `generation` is empty where the thinking never ended; what was thought is kept as `_full_generation`.
    ("nemo-skills/parsed", "thinking"),
    // Where the verifier did not judge, the model that did is taken at its word.
    ("open-r1/math", "correct"),
];

fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs")
}

struct Read {
    formats: Vec<&'static str>,
    records: Vec<Record>,
    rejects: Vec<Reject>,
}

fn read_case(case: &str, expected: &Value) -> Read {
    let mut found = Read { formats: Vec::new(), records: Vec::new(), rejects: Vec::new() };
    for file in expected["files"].as_array().unwrap() {
        let name = file.as_str().unwrap();
        let input = Input { path: logs().join(case).join(name), name: name.into() };
        let report = read(&input, &Source::default(), &mut |row| {
            match row {
                Row::Record(record) => found.records.push(record),
                Row::Reject(reject) => found.rejects.push(reject),
            }
            ControlFlow::Continue(())
        });
        found.formats.push(report.unwrap_or_else(|error| panic!("{case}/{name}: {error}")).format);
    }
    found
}

/// Question, chain, and draw or round.
type Key = (String, Option<i64>, i64);

fn by_key(records: Vec<Record>) -> BTreeMap<Key, Record> {
    let mut seen: BTreeMap<(String, Option<i64>), i64> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for record in records {
        let next = seen.entry((record.question_id.clone(), record.chain)).or_default();
        let round = record.round.unwrap_or(*next);
        *next += 1;
        let key = (record.question_id.clone(), record.chain, round);
        assert!(found.insert(key.clone(), record).is_none(), "{key:?} twice");
    }
    found
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The first field of a sample that is not as the tool says.
fn difference(case: &str, expected: &Value, record: &Record) -> Option<String> {
    let said = |key: &str| !NOT_IN_THE_LOG.contains(&(case, key)) && !expected[key].is_null();
    let completion = record.solution.clone().or_else(|| record.response.clone()).unwrap_or_default();
    let mut wrong = Vec::new();
    let mut check = |key: &str, got: Value| {
        if said(key) && expected[key] != got {
            wrong.push(format!("{key}: expected {}, got {got}", expected[key]));
        }
    };
    check("completion", completion.into());
    check("thinking", record.thinking.clone().into());
    check("answer", record.answer.clone().into());
    check("gold", record.gold.clone().into());
    check("correct", record.correct.into());
    check("prompt_tokens", record.prompt_tokens.into());
    check("thinking_tokens", record.thinking_tokens.into());
    check("finish_reason", record.finish_reason.clone().into());
    check("mean_logprob", record.mean_logprob.into());
    check("model", record.model.clone().into());
    // What the tool does not know nobody may know.
    for (key, claimed) in [
        ("thinking", record.thinking.is_some()),
        ("answer", record.answer.is_some()),
        ("correct", record.correct.is_some()),
        ("thinking_tokens", record.thinking_tokens.is_some()),
    ] {
        if claimed && expected[key].is_null() && !OURS.contains(&(case, key)) {
            wrong.push(format!("{key}: expected nothing"));
        }
    }
    wrong.into_iter().next()
}

#[test]
fn logs_of_the_tools_are_read_as_the_tools_understand_them() {
    let mut wrong = Vec::new();
    for (case, reader) in CASES {
        let expected: Value =
            serde_json::from_slice(&fs::read(logs().join(case).join("expected.json")).unwrap()).unwrap();
        let found = read_case(case, &expected);
        assert!(found.formats.iter().all(|format| format == reader), "{case}: read as {:?}", found.formats);
        let samples = expected["samples"].as_array().unwrap();
        let n_rejects = found.rejects.len();
        let mut records = by_key(found.records);
        let mut n_missing = 0;
        for sample in samples {
            let mut question = text(&sample["question_id"]).unwrap();
            // Each test of a problem is a question of its own.
            if let Some(test) = sample["extra"]["test_id"].as_i64() {
                question = format!("{question}/{test}");
            }
            let place = sample["round"].as_i64().or(sample["draw"].as_i64()).unwrap();
            match records.remove(&(question.clone(), sample["chain"].as_i64(), place)) {
                Some(record) => {
                    wrong.extend(
                        difference(case, sample, &record).map(|what| format!("{case} {question} {place} {what}")),
                    );
                }
                // A sample without any text is a reject.
                None if sample["completion"].is_null() && sample["thinking"].is_null() => n_missing += 1,
                None => wrong.push(format!("{case}: no sample {question} {place}")),
            }
        }
        if n_missing > n_rejects {
            wrong.push(format!("{case}: {n_missing} samples without text, {n_rejects} rejects: {:?}", found.rejects));
        }
        wrong.extend(records.keys().map(|key| format!("{case}: nobody expects {key:?}")));
        wrong.extend(found.rejects.iter().skip(n_missing).map(|reject| format!("{case}: {}", reject.reason)));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_reader_has_a_log_of_its_own() {
    // Canonical formats have a suite of their own; logs of these four are not ours to copy, and are checked where they lie.
    let elsewhere = [
        "jsonl",
        "json",
        "parquet",
        "csv",
        "evalperf",
        "self-refine",
        "codet",
        "qwen-math",
        "gsm8k",
        "simpleqa-thinking",
        "tree-of-thoughts",
        "self-reflection",
        "jhu-temperature",
        // Their logs hold more than one shape; their own tests go through them.
        "inspect",
        "inspect-json",
        "inspect-summaries",
        "openai-batch",
        "chat-completions",
        "openai-responses",
        "gemini",
    ];
    for reader in READERS {
        let has_log = CASES.iter().any(|(_, name)| *name == reader.name);
        assert!(has_log || elsewhere.contains(&reader.name), "no log for `{}`", reader.name);
    }
}

/// Files of others, where they are at hand: folder and glob, reader, samples, and the share of correct ones among the graded.
#[expect(clippy::type_complexity, reason = "a table")]
const RAW: &[(&str, &[&str], &str, u64, Option<(u64, u64)>)] = &[
    ("livecodebench", &["*_eval_all.json"], "livecodebench", 1750, Some((383, 1750))),
    ("qwen-math", &["*.jsonl"], "qwen-math", 800, Some((728, 800))),
    ("codet-humaneval", &["*.jsonl"], "codet", 16_400, None),
    ("evalperf", &["*.json"], "evalperf", 4512, Some((4512, 4512))),
    ("gsm8k", &["*.jsonl"], "gsm8k", 5276, Some((2001, 5276))),
    ("ldb-humaneval", &["*.jsonl"], "reflexion", 1403, Some((374, 492))),
    ("self-refine-yelp", &["*.jsonl"], "self-refine", 2363, None),
    ("simpleqa-thinking", &["*.jsonl"], "simpleqa-thinking", 2400, Some((76, 2400))),
    ("tot-game24", &["*.json"], "tree-of-thoughts", 10_000, Some((403, 10_000))),
    ("self-reflection", &["*.csv"], "self-reflection", 180, Some((151, 180))),
    ("jhu-temperature/responses", &["*.csv"], "jhu-temperature", 2990, None),
];

#[test]
fn files_of_others_hold_what_their_readme_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/raw");
    if !folder.is_dir() {
        eprintln!("skipped: the files are not here");
        return;
    }
    let mut wrong = Vec::new();
    for (place, patterns, reader, n_samples, graded) in RAW {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let (mut n, mut n_graded, mut n_correct) = (0, 0, 0);
        for input in crate::ingest::expand_globs(&folder.join(place), &patterns).unwrap() {
            let report = read(&input, &Source::default(), &mut |row| {
                match row {
                    Row::Record(record) => {
                        n += 1;
                        n_graded += u64::from(record.correct.is_some());
                        n_correct += u64::from(record.correct == Some(true));
                    }
                    Row::Reject(reject) => wrong.push(format!("{place}: row {}: {}", reject.source_row, reject.reason)),
                }
                ControlFlow::Continue(())
            })
            .unwrap();
            if report.format != *reader {
                wrong.push(format!("{place}: read as {}", report.format));
            }
        }
        let found = (n_graded > 0).then_some((n_correct, n_graded));
        if (n, found) != (*n_samples, *graded) {
            wrong.push(format!("{place}: {n} samples, graded {found:?}; expected {n_samples}, {graded:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(40)].join("\n"));
}
