//! One suite for all readers, and every kind of bad input with its outcome.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray,
    ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int32Type};
use proptest::prelude::*;

use super::*;

/// The outcome of a file: rows in order and the report.
type Outcome = Result<(Vec<Row>, FileReport), IngestError>;

fn read_bytes(bytes: &[u8], source: &Source) -> Outcome {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_path(file.path(), source)
}

fn read_path(path: &Path, source: &Source) -> Outcome {
    let mut rows = Vec::new();
    let input = Input { path: path.to_owned(), name: Arc::from("f") };
    let report = read(&input, source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, report))
}

fn source(format: &str) -> Source {
    Source { format: Format::named(format).unwrap(), ..Source::default() }
}

fn mapped(map: &[(&str, &str)], defaults: &[(&str, &str)]) -> Source {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect();
    Source { defaults: owned(defaults), map: owned(map), ..Source::default() }
}

fn records(outcome: Outcome) -> Vec<Record> {
    let (rows, report) = outcome.unwrap();
    assert_eq!(report.n_rejects, 0, "{rows:?}");
    rows.into_iter()
        .map(|row| match row {
            Row::Record(record) => record,
            Row::Reject(reject) => panic!("{}", reject.reason),
        })
        .collect()
}

/// Row numbers and reasons of the rejects.
fn rejects(outcome: Outcome) -> Vec<(u64, String)> {
    let rows = outcome.unwrap().0.into_iter();
    rows.filter_map(|row| match row {
        Row::Reject(reject) => Some((reject.source_row, reject.reason)),
        Row::Record(_) => None,
    })
    .collect()
}

/// The reason why a single JSON line is refused.
fn reason(line: &[u8]) -> String {
    reason_in(line, &source("jsonl"))
}

fn reason_in(line: &[u8], source: &Source) -> String {
    let mut found = rejects(read_bytes(line, source));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, 1);
    found.remove(0).1
}

fn with(field: &str) -> Vec<u8> {
    format!(r#"{{"question_id": "q", "solution": "s", {field}}}"#).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 3).unwrap()
}

// ---------------------------------------------------------------- the same samples in every format

fn samples_jsonl() -> Vec<u8> {
    let lines = [
        r#"{"question_id":"q1","solution":"x = 1\n\"y\", z","dataset":"d","mode":"markov","feedback":"re-answer","chain":0,"round":0,"parents":[],"correct":true,"reward":0.1,"seed":"7","note":null}"#,
        r#"{"question_id":"q1","solution":"ünï\tcode 😀","dataset":"d","mode":"markov","feedback":"re-answer","chain":0,"round":1,"parents":["a","b|c"],"correct":false,"reward":-2.5e-3,"seed":"8","note":"n"}"#,
        r#"{"question_id":"7","solution":null,"response":"<think>t</think>s","mode":"parallel","prompt_tokens":12,"thinking_tokens":0,"mean_entropy":1.5,"seed":null,"note":null}"#,
        r#"{"question_id":"q3","solution":"","model":"m","difficulty":"Level 3","finish_reason":"stop","seed":null,"note":null}"#,
        r#"{"question_id":"q4","solution":" \n ","sample_id":"id","answer":"0","gold":"1","code":"c","thinking":"t","mean_logprob":-0.25,"solution_tokens":3,"domain":"math","seed":null,"note":null}"#,
    ];
    lines.join("\n").into_bytes()
}

fn samples_csv() -> Vec<u8> {
    const HEADER: &str = "question_id,solution,response,dataset,domain,model,mode,feedback,chain,round,sample_id,parents,thinking,code,answer,gold,correct,reward,prompt_tokens,thinking_tokens,solution_tokens,mean_entropy,mean_logprob,difficulty,finish_reason,seed,note";
    let rows = [
        "q1,\"x = 1\n\"\"y\"\", z\",,d,,,markov,re-answer,0,0,,[],,,,,true,0.1,,,,,,,,7,",
        "q1,ünï\tcode 😀,,d,,,markov,re-answer,0,1.0,,\"[\"\"a\"\",\"\"b|c\"\"]\",,,,,0,-2.5e-3,,,,,,,,8,n",
        "7,,<think>t</think>s,,,,parallel,,,,,,,,,,,,12,0,,1.5,,,,,",
        "q3,,,,,m,,,,,,,,,,,,,,,,,,Level 3,stop,,",
        "q4,\" \n \",,,math,,,,,,id,,t,c,0,1,,,,,3,,-0.25,,,,",
    ];
    format!("{HEADER}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn strings(values: [Option<&str>; 5]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn samples_parquet() -> Vec<u8> {
    let mode: DictionaryArray<Int32Type> =
        [Some("markov"), Some("markov"), Some("parallel"), None, None].into_iter().collect();
    let mut parents = ListBuilder::new(StringBuilder::new());
    parents.append(true);
    parents.append_value([Some("a"), Some("b|c")]);
    for _ in 0..3 {
        parents.append(false);
    }
    let solutions = [Some("x = 1\n\"y\", z"), Some("ünï\tcode 😀"), None, Some(""), Some(" \n ")];
    parquet_of(vec![
        ("question_id", strings([Some("q1"), Some("q1"), Some("7"), Some("q3"), Some("q4")])),
        ("solution", Arc::new(LargeStringArray::from(solutions.to_vec()))),
        ("response", strings([None, None, Some("<think>t</think>s"), None, None])),
        ("dataset", strings([Some("d"), Some("d"), None, None, None])),
        ("domain", strings([None, None, None, None, Some("math")])),
        ("model", strings([None, None, None, Some("m"), None])),
        ("mode", Arc::new(mode)),
        ("feedback", strings([Some("re-answer"), Some("re-answer"), None, None, None])),
        ("chain", Arc::new(Int32Array::from(vec![Some(0), Some(0), None, None, None]))),
        ("round", Arc::new(Float64Array::from(vec![Some(0.0), Some(1.0), None, None, None]))),
        ("sample_id", strings([None, None, None, None, Some("id")])),
        ("parents", Arc::new(parents.finish())),
        ("thinking", strings([None, None, None, None, Some("t")])),
        ("code", strings([None, None, None, None, Some("c")])),
        ("answer", strings([None, None, None, None, Some("0")])),
        ("gold", strings([None, None, None, None, Some("1")])),
        ("correct", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, None, None]))),
        ("reward", Arc::new(Float64Array::from(vec![Some(0.1), Some(-2.5e-3), None, None, None]))),
        ("prompt_tokens", Arc::new(Int64Array::from(vec![None, None, Some(12), None, None]))),
        ("thinking_tokens", Arc::new(Int64Array::from(vec![None, None, Some(0), None, None]))),
        ("solution_tokens", Arc::new(Int64Array::from(vec![None, None, None, None, Some(3)]))),
        ("mean_entropy", Arc::new(Float64Array::from(vec![None, None, Some(1.5), None, None]))),
        ("mean_logprob", Arc::new(Float64Array::from(vec![None, None, None, None, Some(-0.25)]))),
        ("difficulty", strings([None, None, None, Some("Level 3"), None])),
        ("finish_reason", strings([None, None, None, Some("stop"), None])),
        ("seed", strings([Some("7"), Some("8"), None, None, None])),
        ("note", strings([None, Some("n"), None, None, None])),
    ])
}

/// The lines of the suite as items of a list.
fn samples_json() -> Vec<u8> {
    let text = String::from_utf8(samples_jsonl()).unwrap();
    format!("[\n{}\n]\n", text.replace('\n', ",\n")).into_bytes()
}

fn samples_in(format: &str) -> Vec<u8> {
    match format {
        "jsonl" => samples_jsonl(),
        "json" => samples_json(),
        "csv" => samples_csv(),
        "parquet" => samples_parquet(),
        other => panic!("the suite has no samples in `{other}`: add them, so that the new reader is held to the rules"),
    }
}

#[test]
fn every_reader_gives_the_same_records() {
    let defaults = [("domain", "knowledge"), ("difficulty", "unrated")];
    let source = mapped(&[], &defaults);
    let mut expected = records(read_bytes(&samples_jsonl(), &source));
    assert_eq!(expected.len(), 5);
    assert_eq!(expected[1].parents, Some(vec!["a".to_owned(), "b|c".to_owned()]));
    assert_eq!(expected[3].solution.as_deref(), Some(""));
    assert_eq!(expected[4].solution.as_deref(), Some(" \n "));
    assert_eq!(expected[4].domain.as_deref(), Some("math"), "a default fills in only what is absent");
    assert_eq!(expected[3].domain.as_deref(), Some("knowledge"));
    assert_eq!(expected[1].extra.as_deref(), Some(r#"{"seed":"8","note":"n"}"#));
    // An empty CSV cell is null, but for the solution: row 4 of the suite has the one, row 3 the other.
    for reader in READERS.iter().filter(|reader| matches!(reader.kind, Kind::Rows(_) | Kind::Table { .. })) {
        let bytes = samples_in(reader.name);
        let (rows, report) = read_bytes(&bytes, &source).unwrap();
        assert_eq!(report.format, reader.name, "recognized by its content");
        assert_eq!(report.bytes, Some(bytes.len() as u64));
        assert_eq!(report.digest.as_deref(), Some(&*blake3::hash(&bytes).to_hex()));
        assert_eq!(records(Ok((rows, report))), expected, "{}", reader.name);
        assert_eq!(records(read_bytes(&bytes, &Source { format: Format::Is(reader), ..source.clone() })), expected);
    }
    for packed in [gzip(&samples_jsonl()), zstd(&samples_jsonl()), gzip(&samples_csv()), zstd(&samples_csv())] {
        let (rows, report) = read_bytes(&packed, &source).unwrap();
        assert_eq!(report.digest.as_deref(), Some(&*blake3::hash(&packed).to_hex()), "of the file as it lies on disk");
        assert_eq!(records(Ok((rows, report))), expected);
    }
    for record in &mut expected {
        assert_eq!(&*record.source_file, "f");
    }
}

#[test]
fn readers_have_names_and_meanings() {
    for (position, reader) in READERS.iter().enumerate() {
        assert!(!reader.name.is_empty() && !reader.meaning.is_empty());
        assert!(READERS[..position].iter().all(|other| other.name != reader.name));
        assert!(matches!(Format::named(reader.name), Some(Format::Is(found)) if found.name == reader.name));
    }
    assert!(matches!(Format::named("auto"), Some(Format::Auto)));
    assert!(Format::named("xml").is_none());
}

// ---------------------------------------------------------------- columns

#[test]
fn a_mapped_column_feeds_only_what_it_is_mapped_to() {
    let line = br#"{"task": 7, "answer": "42", "solution": "s", "b": [1, {"c": null}], "a": 1.50}"#;
    let source = mapped(&[("question_id", "task"), ("gold", "answer")], &[]);
    let found = &records(read_bytes(line, &source))[0];
    assert_eq!(found.question_id, "7");
    assert_eq!((found.gold.as_deref(), found.answer.as_deref()), (Some("42"), None));
    assert_eq!(
        found.extra.as_deref(),
        Some(r#"{"b":[1, {"c": null}],"a":1.50}"#),
        "in the order and spelling of the file"
    );
    let both = mapped(&[("question_id", "task"), ("gold", "answer"), ("answer", "answer")], &[]);
    let found = &records(read_bytes(line, &both))[0];
    assert_eq!((found.gold.as_deref(), found.answer.as_deref()), (Some("42"), Some("42")));
}

#[test]
fn a_canonical_name_that_is_mapped_elsewhere_is_an_unknown_column() {
    let line = br#"{"question_id": "own", "task": "t", "solution": "s"}"#;
    let found = &records(read_bytes(line, &mapped(&[("question_id", "task")], &[])))[0];
    assert_eq!(found.question_id, "t");
    assert_eq!(found.extra.as_deref(), Some(r#"{"question_id":"own"}"#));
}

#[test]
fn names_in_map_and_defaults_are_checked() {
    let error = mapped(&[("solutoin", "x")], &[]).check().unwrap_err().to_string();
    assert_eq!(error, "use `solutoin` in `map` of a source: a sample has no such field; did you mean `solution`?");
    let error = mapped(&[], &[("reward", "1")]).check().unwrap_err().to_string();
    assert!(error.contains("expected a text field"), "{error}");
    assert!(mapped(&[("question_id", "x")], &[("dataset", "d"), ("mode", "m")]).check().is_ok());
    assert_eq!(field_names().next(), Some("question_id"));
    assert!(field_names().all(|name| name != "extra"));
}

#[test]
fn reasons_name_the_column_of_a_mapped_field() {
    let source = mapped(&[("solution", "text")], &[]);
    assert_eq!(
        reason_in(br#"{"question_id":"q","text":3}"#, &source),
        "expected a string in `solution` (column `text`), got a number"
    );
}

#[test]
fn extra_of_a_canonical_file_comes_back_as_columns() {
    let line = with(r#""extra": "{\"a\":1,\"b\":[2]}", "c": 3"#);
    assert_eq!(records(read_bytes(&line, &source("auto")))[0].extra.as_deref(), Some(r#"{"c":3,"a":1,"b":[2]}"#));
    let line = with(r#""extra": "free text""#);
    assert_eq!(records(read_bytes(&line, &source("auto")))[0].extra.as_deref(), Some(r#"{"extra":"free text"}"#));
    assert_eq!(reason(&with(r#""extra": "{\"c\":1}", "c": 3"#)), "`c` occurs twice in the row");
}

// ---------------------------------------------------------------- types

#[test]
fn wrong_types_are_rejects_that_say_what_was_expected() {
    for (field, expected) in [
        (r#""thinking": 1"#, "expected a string in `thinking`, got a number"),
        (r#""thinking": [1]"#, "expected a string in `thinking`, got a list"),
        (r#""thinking": {"a": 1}"#, "expected a string in `thinking`, got an object"),
        (r#""thinking": true"#, "expected a string in `thinking`, got a boolean"),
        (r#""round": "3""#, "expected an integer in `round`, got the string `3`"),
        (r#""round": 2.5"#, "expected an integer in `round`, got 2.5"),
        (r#""round": -1"#, "expected 0 or more in `round`, got -1"),
        (r#""solution_tokens": -3.0"#, "expected 0 or more in `solution_tokens`, got -3"),
        (r#""chain": 18446744073709551615"#, "expected an integer in `chain`, got 18446744073709551615"),
        (r#""correct": 1"#, "expected a boolean in `correct`, got a number"),
        (r#""correct": "true""#, "expected a boolean in `correct`, got the string `true`"),
        (r#""reward": "high""#, "expected a number in `reward`, got a string"),
        (r#""reward": 1e999"#, "expected a finite number in `reward`, got infinity"),
        (r#""reward": NaN"#, "expected a finite number in `reward`, got NaN"),
        (r#""reward": -Infinity"#, "expected a finite number in `reward`, got -Infinity"),
        (r#""mean_logprob":Infinity"#, "expected a finite number in `mean_logprob`, got Infinity"),
        (r#""round": NaN"#, "expected a finite number in `round`, got NaN"),
        (r#""mine": NaN"#, "expected a finite number in `mine`, got NaN"),
        (r#""mine": [1, {"x": -Infinity}]"#, "expected a finite number in `mine`, got -Infinity"),
        (r#""parents": "a""#, "expected a list of strings in `parents`, got the string `a`"),
        (r#""parents": ["a", 1]"#, "expected a list of strings in `parents`, got a number in it"),
        (r#""parents": [["a"]]"#, "expected a list of strings in `parents`, got a list in it"),
        (r#""question_id": "again""#, "`question_id` occurs twice in the row"),
        (r#""mine": 1, "mine": 1"#, "`mine` occurs twice in the row"),
    ] {
        assert_eq!(reason(&with(field)), expected, "{field}");
    }
    assert_eq!(
        reason(br#"{"question_id": 1.5, "solution": ""}"#),
        "expected a string or an integer in `question_id`, got a number"
    );
}

#[test]
fn integers_may_be_written_as_floats_and_ids_as_integers() {
    let line =
        br#"{"question_id": 18446744073709551615, "solution": "s", "chain": -2, "round": 3.0, "prompt_tokens": 1e3}"#;
    let found = &records(read_bytes(line, &source("auto")))[0];
    assert_eq!(found.question_id, "18446744073709551615");
    assert_eq!((found.chain, found.round, found.prompt_tokens), (Some(-2), Some(3), Some(1000)));
}

#[test]
fn numbers_are_read_to_the_last_bit() {
    for text in ["0.1", "3.546875", "-0.30000000000000004", "9007199254740993", "1e-320", "123456789.123456789e-7"] {
        let found = &records(read_bytes(&with(&format!(r#""reward": {text}"#)), &source("auto")))[0];
        assert_eq!(found.reward, Some(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn a_row_needs_a_question_and_a_text() {
    for (line, expected) in [
        (r#"{"question_id": "q"}"#, "missing `solution` (or `response`)"),
        (r#"{"question_id": "q", "solution": null}"#, "expected a string in `solution`, got null"),
        (r#"{"question_id": "q", "response": null}"#, "expected a string in `response`, got null"),
        (r#"{"question_id": "q", "solution": 3}"#, "expected a string in `solution`, got a number"),
        (r#"{"solution": "s"}"#, "missing `question_id`"),
        (r#"{"question_id": null, "solution": "s"}"#, "expected a string in `question_id`, got null"),
    ] {
        assert_eq!(reason(line.as_bytes()), expected, "{line}");
    }
    let found = &records(read_bytes(br#"{"solution": " "}"#, &mapped(&[], &[("question_id", "q")])))[0];
    assert_eq!((found.question_id.as_str(), found.solution.as_deref()), ("q", Some(" ")));
}

// ---------------------------------------------------------------- damaged JSON Lines

#[test]
fn lines_that_are_no_objects_are_rejects() {
    for (line, expected) in [
        ("[1]", "expected a JSON object, got a list"),
        ("\"x\"", "expected a JSON object, got a string"),
        ("12", "expected a JSON object, got a number"),
        ("null", "expected a JSON object, got null"),
        ("true", "expected a JSON object, got a boolean"),
        ("{} {}", "invalid JSON at byte 4: trailing characters"),
        ("{'a': 1}", "invalid JSON at byte 2: key must be a string"),
    ] {
        assert_eq!(reason(line.as_bytes()), expected, "{line}");
    }
}

#[test]
fn a_last_line_cut_in_the_middle_is_a_reject() {
    let whole = with(r#""correct": true"#);
    for cut in 1..whole.len() {
        let mut bytes = whole.clone();
        bytes.push(b'\n');
        bytes.extend_from_slice(&whole[..cut]);
        let found = rejects(read_bytes(&bytes, &source("auto")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 2);
        assert_eq!(found[0].1, format!("line ends in the middle of a JSON value (after byte {cut})"));
    }
}

#[test]
fn invalid_utf8_names_the_byte_and_spares_the_neighbors() {
    let mut bytes = with(r#""a": 1"#);
    bytes.extend_from_slice(b"\n{\"question_id\": \"\xff\"}\n\r\n  \n");
    bytes.extend_from_slice(&with(r#""a": 2"#));
    let (rows, report) = read_bytes(&bytes, &source("auto")).unwrap();
    assert_eq!((report.n_records, report.n_rejects), (2, 1), "blank lines are no rows");
    assert!(
        matches!(&rows[1], Row::Reject(reject) if reject.source_row == 2 && reject.reason == "invalid UTF-8 at byte 18 of the line")
    );
    assert!(matches!(&rows[2], Row::Record(record) if record.source_row == 5));
}

#[test]
fn a_byte_order_mark_is_skipped_and_nul_characters_are_text() {
    for format in ["jsonl", "auto"] {
        let found = &records(read_bytes(
            b"\xef\xbb\xbf{\"question_id\": \"q\", \"solution\": \"a\\u0000b\"}\r\n",
            &source(format),
        ))[0];
        assert_eq!(found.solution.as_deref(), Some("a\0b"));
        let found = &records(read_bytes(b"\xef\xbb\xbfquestion_id,solution\nq,a\0b\n", &source("auto")))[0];
        assert_eq!(found.solution.as_deref(), Some("a\0b"));
    }
}

#[test]
fn deep_nesting_is_a_reject() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    assert_eq!(reason(&with(&format!(r#""mine": {deep}"#))), "`mine` is nested more than 128 levels deep");
    assert!(reason(&with(&format!(r#""parents": {deep}"#))).contains("got a list in it"));
    assert!(reason(&with(&format!(r#""reward": {deep}"#))).contains("expected a number in `reward`, got a list"));
    let open = "{\"a\":".repeat(200_000);
    assert!(reason(open.as_bytes()).starts_with("line ends in the middle"));
    let flat = format!(r#""mine": [{}0]"#, "[0],".repeat(1000));
    assert_eq!(records(read_bytes(&with(&flat), &source("auto"))).len(), 1, "many brackets side by side are not deep");
}

#[test]
fn a_sample_that_never_left_its_thought_has_no_solution() {
    for thought in [r#""thinking": "t""#, r#""thinking_tokens": 7"#] {
        let row = format!(r#"{{"question_id": "q", "solution": null, {thought}}}"#);
        // The same by way of a mapping, which takes rows apart first.
        for source in [source("jsonl"), mapped(&[("gold", "$.key")], &[])] {
            let found = &records(read_bytes(row.as_bytes(), &source))[0];
            assert_eq!((found.solution.as_ref(), found.response.as_ref()), (None, None));
        }
    }
    assert_eq!(reason(br#"{"question_id": "q", "thinking": "t"}"#), "missing `solution` (or `response`)");
    for thought in [r#""thinking": null"#, r#""thinking_tokens": 0"#] {
        let row = format!(r#"{{"question_id": "q", "solution": null, {thought}}}"#);
        assert_eq!(reason(row.as_bytes()), "expected a string in `solution`, got null");
    }
}

#[test]
fn an_empty_file_has_no_rows() {
    for bytes in [&b""[..], b"\n \n\r\n", b"\xef\xbb\xbf"] {
        let (rows, report) = read_bytes(bytes, &source("auto")).unwrap();
        assert!(rows.is_empty());
        assert_eq!(report.bytes, Some(bytes.len() as u64));
    }
    assert!(read_bytes(b"", &source("csv")).unwrap().0.is_empty());
    assert!(read_bytes(b"question_id,solution\n", &source("auto")).unwrap().0.is_empty());
}

#[test]
fn a_file_of_no_known_format_is_an_error() {
    let error = read_bytes(b"GIF89a\x01\x00", &source("auto")).unwrap_err().to_string();
    assert!(error.contains("tell the format of `f`") && error.contains("`breadth list formats`"), "{error}");
}

#[test]
fn files_that_cannot_be_read_are_errors_with_path_and_cause() {
    let folder = tempfile::tempdir().unwrap();
    let missing = read_path(&folder.path().join("none.jsonl"), &source("auto")).unwrap_err();
    assert!(
        matches!(&missing, IngestError::Open { file, cause } if file == "f" && cause.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(matches!(read_path(folder.path(), &source("auto")), Err(IngestError::Read { .. })));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_refused_where_waiting_for_it_would_never_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no `mkfifo` here");
        return;
    }
    let error = read_path(&pipe, &source("auto")).unwrap_err().to_string();
    assert!(error.contains("a named pipe") && error.contains("standard input"), "{error}");
}

#[test]
fn the_sink_may_stop_early() {
    let mut bytes = Vec::new();
    for _ in 0..10 {
        bytes.extend_from_slice(&with(r#""a": 1"#));
        bytes.push(b'\n');
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    let mut n = 0;
    let report = read(&Input::new(file.path()), &Source::default(), &mut |_| {
        n += 1;
        if n == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let report = report.unwrap();
    assert_eq!((n, report.n_records, report.digest), (3, 3, None));
}

#[test]
fn rows_come_in_the_order_of_the_file_whatever_the_number_of_threads() {
    let bytes = numbered(20_000);
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let found = records(pool.install(|| read_bytes(&bytes, &source("jsonl"))));
        assert_eq!(found.len(), 20_000);
        for (position, record) in found.iter().enumerate() {
            assert_eq!((record.question_id.as_str(), record.source_row), (&*position.to_string(), position as u64 + 1));
        }
    }
}

// ---------------------------------------------------------------- damaged compression

fn numbered(n: usize) -> Vec<u8> {
    let line = |i: usize| format!("{{\"question_id\": {i}, \"solution\": \"{}\"}}\n", "x".repeat(i % 97)).into_bytes();
    (0..n).flat_map(line).collect()
}

#[test]
fn a_compressed_file_cut_anywhere_keeps_the_rows_before_the_cut() {
    let bytes = numbered(500);
    for (word, packed) in [("gzip", gzip(&bytes)), ("zstd", zstd(&bytes))] {
        for cut in (5..packed.len()).step_by(7).chain([packed.len() - 1]) {
            let (rows, report) = read_bytes(&packed[..cut], &source("jsonl")).unwrap();
            assert_eq!(report.n_rejects, 1, "{word} cut at {cut}");
            let Some(Row::Reject(reject)) = rows.last() else { panic!("{word} cut at {cut}: no reject at the end") };
            assert_eq!(reject.source_row, report.n_records + 1);
            assert_eq!(reject.reason, format!("{word} data ends early after line {}", report.n_records));
            for (position, row) in rows[..rows.len() - 1].iter().enumerate() {
                assert!(matches!(row, Row::Record(record) if record.question_id == position.to_string()));
            }
        }
        let (_, report) = read_bytes(&packed[..4], &source("auto")).unwrap();
        assert_eq!((report.n_records, report.n_rejects), (0, 1), "nothing but the magic bytes");
    }
}

#[test]
fn a_whole_last_line_before_the_cut_is_kept() {
    let mut bytes = with(r#""a": 1"#);
    bytes.push(b'\n');
    bytes.extend_from_slice(&with(r#""a": 2"#));
    let packed = gzip(&bytes);
    // The checksum is cut off: all data is there.
    let (rows, report) = read_bytes(&packed[..packed.len() - 4], &source("auto")).unwrap();
    assert_eq!((report.n_records, report.n_rejects), (2, 1));
    assert!(matches!(&rows[2], Row::Reject(reject) if reject.source_row == 3));
}

#[test]
fn a_compressed_file_with_flipped_bits_never_panics() {
    let bytes = numbered(300);
    for packed in [gzip(&bytes), zstd(&bytes)] {
        for at in (0..packed.len()).step_by(3) {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let _ = read_bytes(&damaged, &source("jsonl"));
            let _ = read_bytes(&damaged, &source("csv"));
        }
    }
}

#[test]
fn gzip_members_and_zstd_frames_follow_one_another() {
    let bytes = numbered(40);
    for pack in [gzip, zstd] {
        let mut packed = pack(&bytes[..500]);
        packed.extend(pack(&bytes[500..]));
        assert_eq!(records(read_bytes(&packed, &source("auto"))).len(), 40);
    }
}

// ---------------------------------------------------------------- CSV

#[test]
fn csv_rows_that_do_not_fit_are_rejects() {
    let head = "question_id,solution,round,reward,correct,parents,mine\n";
    for (line, expected) in [
        ("q,s,0,1,1,[]", "expected 7 cells, got 6"),
        ("q,s,0,1,1,[],m,", "expected 7 cells, got 8"),
        ("q,s,one,1,1,[],m", "expected an integer in `round`, got the string `one`"),
        ("q,s,-1,1,1,[],m", "expected 0 or more in `round`, got -1"),
        ("q,s,0,nan,1,[],m", "expected a finite number in `reward`, got NaN"),
        ("q,s,0,-inf,1,[],m", "expected a finite number in `reward`, got -infinity"),
        ("q,s,0,1,yes,[],m", "expected a boolean in `correct`, got the string `yes`"),
        ("q,s,0,1,1,a,m", "expected a list of strings in `parents`, got the string `a`"),
        (",s,0,1,1,[],m", "expected a string in `question_id`, got null"),
    ] {
        assert_eq!(reason_in(format!("{head}{line}\n").as_bytes(), &source("auto")), expected, "{line}");
    }
    let found = reason_in(b"question_id,solution\nq,a\xffb\n", &source("auto"));
    assert_eq!(found, "invalid UTF-8 in `solution`, at byte 2 of the cell");
}

#[test]
fn csv_booleans_and_numbers_are_read_out_of_text() {
    let bytes = "question_id,solution,round,reward,correct\n1,s, 3.0 ,1e3,True\n2,\"\",4,-5,0\n";
    let found = records(read_bytes(bytes.as_bytes(), &source("auto")));
    assert_eq!((found[0].round, found[0].reward, found[0].correct), (Some(3), Some(1000.0), Some(true)));
    assert_eq!((found[1].round, found[1].correct, found[1].solution.as_deref()), (Some(4), Some(false), Some("")));
}

#[test]
fn tabs_separate_where_the_header_has_them() {
    let found = records(read_bytes(b"question_id\tsolution\nq\ta, b\n", &source("auto")));
    assert_eq!(found[0].solution.as_deref(), Some("a, b"));
}

#[test]
fn a_csv_file_that_ends_inside_quotes_loses_only_its_last_row() {
    let whole = "question_id,solution\n1,\"a\nb\"\n2,\"say \"\"c\"\" and d\"\n";
    let (rows, _) = read_bytes(&whole.as_bytes()[..whole.len() - 3], &source("auto")).unwrap();
    assert!(matches!(&rows[0], Row::Record(record) if record.solution.as_deref() == Some("a\nb")));
    assert!(
        matches!(&rows[1], Row::Reject(reject) if reject.source_row == 2 && reject.reason == "file ends inside a quoted cell")
    );
    assert_eq!(records(read_bytes(whole.as_bytes(), &source("auto"))).len(), 2);
    // A quote inside a cell without quotes is a character, and hides nothing.
    assert_eq!(records(read_bytes(b"question_id,solution\n1,5\" pipe\n2,b\n", &source("auto"))).len(), 2);
}

#[test]
fn a_csv_without_the_needed_columns_is_an_error() {
    let error = read_bytes(b"task,text\n1,a\n", &source("csv")).unwrap_err().to_string();
    assert!(error.contains("expected `question_id`, got `task`, `text`\nhint: `map`"), "{error}");
    let error = read_bytes(b"question_id,text\n1,a\n", &source("csv")).unwrap_err().to_string();
    assert!(error.contains("expected `solution` or `response`"), "{error}");
    let error = read_bytes(b"question_id,solution,a,a\n1,a\n", &source("csv")).unwrap_err().to_string();
    assert!(error.contains("`a` occurs twice"), "{error}");
    let source = mapped(&[("question_id", "task"), ("solution", "text")], &[]);
    assert_eq!(records(read_bytes(b"task,text\n1,a\n", &source))[0].question_id, "1");
}

#[test]
fn a_gzipped_csv_cut_in_the_middle_keeps_the_rows_before() {
    let mut bytes = b"question_id,solution\n".to_vec();
    for i in 0..2000 {
        bytes.extend_from_slice(format!("{i},\"{}\"\n", (i * 7919) % 1009).as_bytes());
    }
    let packed = gzip(&bytes);
    let (rows, report) = read_bytes(&packed[..packed.len() / 2], &source("csv")).unwrap();
    assert!(report.n_records > 100);
    let Some(Row::Reject(last)) = rows.last() else { panic!() };
    assert_eq!(last.reason, format!("gzip data ends early after row {}", report.n_records));
}

// ---------------------------------------------------------------- Parquet

#[test]
fn parquet_columns_obey_the_same_rules() {
    let text: ArrayRef = Arc::new(StringArray::from(vec!["s"]));
    let base = |name: &'static str, array: ArrayRef| {
        vec![
            ("question_id", Arc::new(Int64Array::from(vec![7])) as ArrayRef),
            ("solution", text.clone()),
            (name, array),
        ]
    };
    let floats = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
    for (columns, expected) in [
        (base("reward", floats(f64::NAN)), "expected a finite number in `reward`, got NaN"),
        (base("mine", floats(f64::INFINITY)), "expected a finite number in `mine`, got infinity"),
        (base("round", floats(0.5)), "expected an integer in `round`, got 0.5"),
        (base("correct", Arc::new(Int32Array::from(vec![1]))), "expected a boolean in `correct`, got a number"),
        (
            base("thinking", Arc::new(Date32Array::from(vec![1]))),
            "expected a string in `thinking`, got a value of type Date32",
        ),
    ] {
        assert_eq!(reason_in(&parquet_of(columns), &source("auto")), expected);
    }
    let pair: Vec<(Arc<ArrowField>, ArrayRef)> = vec![
        (Arc::new(ArrowField::new("a", DataType::Int32, true)), Arc::new(Int32Array::from(vec![Some(1)]))),
        (Arc::new(ArrowField::new("b", DataType::Date32, true)), Arc::new(Date32Array::from(vec![Some(0)]))),
    ];
    let found = records(read_bytes(&parquet_of(base("mine", Arc::new(StructArray::from(pair)))), &source("auto")));
    assert_eq!(found[0].question_id, "7");
    assert_eq!(found[0].extra.as_deref(), Some(r#"{"mine":{"a":1,"b":"1970-01-01"}}"#));
}

#[test]
fn a_truncated_parquet_file_is_an_error() {
    let bytes = samples_parquet();
    for cut in (4..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        let error = read_bytes(&bytes[..cut], &source("auto")).unwrap_err();
        assert!(
            matches!(error, IngestError::Parquet { .. } | IngestError::ParquetDamaged { .. }),
            "cut at {cut}: {error}"
        );
    }
}

#[test]
fn a_parquet_file_with_flipped_bits_never_panics() {
    let bytes = samples_parquet();
    for at in (0..bytes.len()).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let _ = read_bytes(&damaged, &source("parquet"));
    }
}

#[test]
fn parquet_needs_a_plain_file() {
    let error = read_bytes(&gzip(&samples_parquet()), &source("auto")).unwrap_err().to_string();
    assert!(error.contains("expected a plain file, got gzip data") && error.contains("hint: "), "{error}");
}

// ---------------------------------------------------------------- anything at all

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic in 0..5_usize) {
        let magics: [&[u8]; 5] = [b"", b"PAR1", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"{"];
        let bytes = [magics[magic], &bytes].concat();
        for reader in READERS {
            let _ = read_bytes(&bytes, &Source { format: Format::Is(reader), ..Source::default() });
        }
        let _ = read_bytes(&bytes, &Source::default());
    }

    #[test]
    fn any_json_text_survives(solution in any::<String>(), mine in any::<String>()) {
        let line = serde_json::json!({"question_id": "q", "solution": solution, "mine": mine}).to_string();
        let found = &records(read_bytes(line.as_bytes(), &Source::default()))[0];
        prop_assert_eq!(found.solution.as_deref(), Some(solution.as_str()));
        let extra: serde_json::Value = serde_json::from_str(found.extra.as_deref().unwrap()).unwrap();
        prop_assert_eq!(extra, serde_json::json!({"mine": mine}));
    }
}

/// Real samples, where they are at hand: every row becomes a sample.
#[test]
fn real_samples_are_read_without_a_reject() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/canonical");
    let Ok(inputs) = expand_globs(&folder, &["*.jsonl".to_owned()]) else {
        eprintln!("skipped: no real samples here");
        return;
    };
    for input in inputs {
        let report = read(&input, &Source::default(), &mut |row| {
            assert!(matches!(row, Row::Record(_)), "{row:?}");
            ControlFlow::Continue(())
        });
        assert!(report.unwrap().n_records > 0);
    }
}

/// Not a check but a measurement: `cargo test --lib ingest::tests::throughput -- --ignored --nocapture`,
/// with the file to read in `BREADTH_THROUGHPUT_FILE`.
#[test]
#[ignore = "a measurement, needs a file"]
fn throughput() {
    let Ok(path) = std::env::var("BREADTH_THROUGHPUT_FILE") else {
        eprintln!("skipped: BREADTH_THROUGHPUT_FILE is not set");
        return;
    };
    let mut n_bytes = 0;
    // Once through the page cache, so that the disk is not what is measured.
    std::io::copy(&mut std::fs::File::open(&path).unwrap(), &mut std::io::sink()).unwrap();
    let start = std::time::Instant::now();
    let report = read(&Input::new(path), &Source::default(), &mut |row| {
        if let Row::Record(record) = &row {
            n_bytes +=
                record.solution.as_ref().map_or(0, String::len) + record.response.as_ref().map_or(0, String::len);
        }
        ControlFlow::Continue(())
    });
    let (report, seconds) = (report.unwrap(), start.elapsed().as_secs_f64());
    let megabytes = report.bytes.unwrap() as f64 / 1e6;
    eprintln!(
        "{report:?}: {n_bytes} bytes of text, {megabytes:.1} MB in {seconds:.3} s = {:.0} MB/s",
        megabytes / seconds
    );
}

// ---------------------------------------------------------------- rows with many samples

fn many_samples(n: usize, note: &str) -> Outcome {
    let texts: Vec<String> = (0..n).map(|n| format!("s{n}")).collect();
    let line = serde_json::json!({"id": "q", "texts": texts, "grade": vec![true; n], "note": note}).to_string();
    let mut source = mapped(&[("question_id", "id"), ("solution", "texts"), ("correct", "grade")], &[]);
    source.instructions.explode = vec!["texts".to_owned()];
    read_bytes(line.as_bytes(), &source)
}

#[test]
fn a_row_of_many_samples_takes_linear_time() {
    let n = 20_000;
    let start = std::time::Instant::now();
    let found = records(many_samples(n, "short"));
    // Taking each list apart for every sample would take minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(found.len(), n);
    assert_eq!((found[n - 1].solution.as_deref(), found[n - 1].round), (Some("s19999"), Some(19_999)));
    assert!(found.iter().all(|record| record.correct == Some(true)));
}

#[test]
fn a_row_whose_samples_would_fill_the_memory_with_copies_ends_in_a_reject() {
    let (rows, report) = many_samples(2000, &"x".repeat(1 << 20)).unwrap();
    assert_eq!(report.n_rejects, 1);
    assert!((100..200).contains(&report.n_records), "{}", report.n_records);
    let Some(Row::Reject(reject)) = rows.last() else { panic!("the last row is a record") };
    assert!(reject.reason.contains("take more than 128 MiB"), "{}", reject.reason);
}

#[test]
fn in_a_list_of_documents_a_path_may_begin_at_the_list_or_at_its_items() {
    let text = br#"[{"q": "a", "runs": [{"s": "x"}, {"s": "y"}]}, {"q": "b", "runs": [{"s": "z"}]}]"#;
    for path in ["$[*].runs[*]", "$.runs[*]"] {
        let mut source = mapped(&[("question_id", "q"), ("solution", "s")], &[]);
        source.instructions.rows = Some(path.to_owned());
        let found = records(read_bytes(text, &source));
        let found: Vec<_> =
            found.iter().map(|record| (&*record.question_id, record.solution.as_deref().unwrap())).collect();
        assert_eq!(found, [("a", "x"), ("a", "y"), ("b", "z")], "{path}");
    }
}

#[test]
fn a_document_in_which_the_path_to_the_rows_breaks_off_is_a_reject() {
    let text = b"{\"q\": \"a\", \"runs\": [{\"s\": \"x\"}]}\n{\"q\": \"b\", \"runs\": []}\n{\"q\": \"c\"}\n{\"q\": \"d\", \"runs\": 7}\n[1]\n";
    let mut source = mapped(&[("question_id", "q"), ("solution", "s")], &[]);
    source.format = Format::named("jsonl").unwrap();
    source.instructions.rows = Some("$.runs[*]".to_owned());
    let outcome = read_bytes(text, &source).unwrap();
    assert_eq!(outcome.1.n_records, 1);
    let found = rejects(Ok(outcome));
    let expected = [
        (3, "missing `runs` on the way of `rows`"),
        (4, "expected a list or an object on the way of `rows`, got a number"),
        (5, "expected a JSON object, got a list"),
    ];
    assert_eq!(found, expected.map(|(row, reason)| (row, reason.to_owned())));
}

#[test]
fn a_path_begins_with_a_column() {
    for path in ["$", "$[0].x", "$[*]"] {
        let error = mapped(&[("question_id", path)], &[]).check().unwrap_err().to_string();
        assert!(error.contains("expected the name of a column after `$`"), "{error}");
    }
}
