//! Hostile files, each with the outcome that is promised: what is good in them is read, what is not is refused with its
//! reason, and no file costs more than its share of time and memory.

use std::fs;
use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use breadth::ingest::{FileReport, Format, IngestError, Input, READERS, Row, Source, expand_globs, read};
use breadth::model::Record;
use flate2::Compression;
use flate2::write::GzEncoder;

type Outcome = Result<(Vec<Row>, FileReport), IngestError>;

fn source(format: &str) -> Source {
    Source { format: Format::named(format).unwrap(), ..Source::default() }
}

fn read_path(path: &Path, source: &Source) -> Outcome {
    let mut rows = Vec::new();
    let report = read(&Input { path: path.to_owned(), name: "f".into() }, source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, report))
}

fn read_bytes(bytes: &[u8], format: &str) -> Outcome {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read_path(file.path(), &source(format))
}

/// Rows as lines: `1 q` for a record of question `q`, `2! …` for a reject.
fn lines(outcome: Outcome) -> Vec<String> {
    let line = |row: Row| match row {
        Row::Record(record) => format!("{} {}", record.source_row, record.question_id),
        Row::Reject(reject) => format!("{}! {}", reject.source_row, reject.reason),
    };
    outcome.unwrap().0.into_iter().map(line).collect()
}

fn records(outcome: Outcome) -> Vec<Record> {
    let record = |row| match row {
        Row::Record(record) => record,
        Row::Reject(reject) => panic!("{}", reject.reason),
    };
    outcome.unwrap().0.into_iter().map(record).collect()
}

fn refused(bytes: &[u8], format: &str) -> String {
    read_bytes(bytes, format).unwrap_err().to_string()
}

/// How JSON may fall into rows, each with a file of three rows of which the one in the middle has a member more.
const FRAMES: [&str; 4] = ["lines", "list", "object of a list", "object of an object"];

fn framed(frame: &str, member: &str) -> (Vec<u8>, &'static str) {
    let row = |id: u32, member: &str| format!(r#"{{"question_id": "q{id}", "solution": "s"{member}}}"#);
    let sample = |id: u32, member: &str| format!(r#"{{"task_id": "q{id}", "solution": "s"{member}}}"#);
    let log = |id: u32, member: &str| {
        let output = r#""output": {"choices": [{"message": {"content": "s"}}]}"#;
        format!(r#"{{"id": "q{id}", "epoch": 1, {output}{member}}}"#)
    };
    let (text, format) = match frame {
        "lines" => ([row(1, ""), row(2, member), row(3, "")].join("\n"), "jsonl"),
        "list" => (format!("[{},\n{},\n{}]", row(1, ""), row(2, member), row(3, "")), "json"),
        "object of a list" => {
            let samples = [log(1, ""), log(2, member), log(3, "")].join(",\n");
            (format!(r#"{{"version": 2, "eval": {{"model": "m"}}, "samples": [{samples}]}}"#), "inspect-json")
        }
        _ => {
            let entry = |id, member| format!(r#""q{id}": [{}]"#, sample(id, member));
            let entries = [entry(1, ""), entry(2, member), entry(3, "")].join(", ");
            (format!(r#"{{"date": "d", "eval": {{{entries}}}}}"#), "evalplus-results")
        }
    };
    (text.into_bytes(), format)
}

/// The row in the middle is refused for `reason`, its neighbors are read.
fn costs_its_row(member: &str, reason: &str) {
    for frame in FRAMES {
        let (bytes, format) = framed(frame, member);
        let found = lines(read_bytes(&bytes, format));
        assert_eq!(found.len(), 3, "{frame}: {found:?}");
        assert_eq!((found[0].as_str(), found[2].as_str()), ("1 q1", "3 q3"), "{frame}");
        assert!(found[1].starts_with("2! ") && found[1].contains(reason), "{frame}: {}", found[1]);
    }
}

#[test]
fn ten_thousand_brackets_cost_their_row() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        costs_its_row(&format!(", \"deep\": {deep}"), "`deep` is nested more than 128 levels deep");
    }
}

#[test]
fn ten_thousand_brackets_in_a_field_that_is_read_are_no_value() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    for reader in READERS {
        for field in ["solution", "response", "resps", "choices", "generations", "output_list", "messages", "eval"] {
            let line = format!(r#"{{"question_id": "q", "{field}": {deep}}}"#);
            for text in [line.clone(), format!("[{line}]"), format!("{{\"{field}\":\n{deep}}}"), deep.clone()] {
                let Ok((rows, _)) = read_bytes(text.as_bytes(), reader.name) else { continue };
                assert!(rows.iter().all(|row| matches!(row, Row::Reject(_))), "`{}` reads {field}", reader.name);
            }
        }
    }
}

#[test]
fn a_name_that_occurs_twice_costs_its_row() {
    costs_its_row(r#", "mine": 1, "mine": 1"#, "`mine` occurs twice in the row");
}

#[test]
fn huge_numbers_are_kept_as_they_are_written_and_refused_where_they_count() {
    let digits = "9".repeat(400);
    for number in ["1e999999", digits.as_str(), "-1e999999"] {
        costs_its_row(&format!(r#", "reward": {number}"#), "expected a finite number in `reward`, got");
        for frame in FRAMES {
            let (bytes, format) = framed(frame, &format!(r#", "mine": {number}"#));
            let found = records(read_bytes(&bytes, format));
            assert!(found[1].extra.as_ref().unwrap().contains(number), "{frame}");
        }
    }
    for (bytes, format) in ["lines", "list"].map(|frame| framed(frame, &format!(r#", "round": {digits}"#))) {
        let found = lines(read_bytes(&bytes, format));
        assert!(found[1].starts_with("2! ") && found[0] == "1 q1" && found[2] == "3 q3", "{found:?}");
    }
}

#[test]
fn nul_bytes_are_text_where_they_are_escaped_and_damage_where_not() {
    costs_its_row(", \"mine\": \"a\0b\"", "invalid JSON");
    for frame in FRAMES {
        let (bytes, format) = framed(frame, r#", "mine": "a\u0000b""#);
        assert_eq!(records(read_bytes(&bytes, format)).len(), 3, "{frame}");
    }
    // A file that was laid out and never written.
    let line = r#"{"question_id": "q", "solution": "s"}"#;
    let found = lines(read_bytes(format!("{line}\n{}\n{line}", "\0".repeat(4096)).as_bytes(), "auto"));
    assert_eq!(found, ["1 q", "2! invalid JSON at byte 1: expected value", "3 q"]);
    assert!(refused(&[0; 4096], "auto").starts_with("tell the format of `f`"));
}

fn utf_16(text: &str, little: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn utf_16_is_refused() {
    let line = "{\"question_id\": \"q\", \"solution\": \"s\"}\n";
    for little in [true, false] {
        let bytes = utf_16(&line.repeat(2), little);
        assert!(refused(&bytes, "auto").starts_with("tell the format of `f`"));
        let found = lines(read_bytes(&bytes, "jsonl"));
        assert!(found.iter().all(|line| line.contains("! invalid ")), "{found:?}");
        assert!(
            refused(&utf_16("question_id,solution\nq,s\n", little), "csv").contains("expected UTF-8 in the header")
        );
    }
}

#[test]
fn bytes_of_another_encoding_cost_their_row() {
    let (bytes, format) = framed("lines", r#", "mine": "naive""#);
    for frame in FRAMES {
        let (mut bytes, format) = framed(frame, r#", "mine": "naXve""#);
        let at = bytes.windows(3).position(|window| window == b"aXv").unwrap() + 1;
        for wrong in [0xef, 0xff, 0xc3, 0x80] {
            bytes[at] = wrong;
            let found = lines(read_bytes(&bytes, format));
            assert_eq!((found[0].as_str(), found[2].as_str()), ("1 q1", "3 q3"), "{frame}");
            assert!(found[1].starts_with("2! invalid UTF-8 at byte "), "{frame}: {}", found[1]);
        }
    }
    assert_eq!(records(read_bytes(&bytes, format)).len(), 3);
    let found = lines(read_bytes(b"question_id,solution\nq,na\xefve\nq,s\n", "auto"));
    assert_eq!(found, ["1! invalid UTF-8 in `solution`, at byte 3 of the cell", "2 q"]);
}

#[test]
fn empty_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    for reader in READERS.iter().filter(|reader| !matches!(reader.name, "parquet" | "inspect")) {
        for bytes in [&b""[..], b"\n", b"\xef\xbb\xbf", b" \r\n\t"] {
            if let Ok((rows, _)) = read_bytes(bytes, reader.name) {
                let is_record = |row: &Row| matches!(row, Row::Record(_));
                assert!(!rows.iter().any(is_record), "`{}` reads nothing", reader.name);
            }
        }
        let error = read_path(folder.path(), &source(reader.name)).unwrap_err();
        assert!(matches!(error, IngestError::Read { .. }), "`{}`: {error}", reader.name);
    }
}

// ---------------------------------------------------------------- cut off

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The logs that tools wrote, each with its reader and its rows.
fn logs() -> Vec<(PathBuf, Vec<u8>, FileReport, Vec<Row>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/logs");
    let paths = files(&folder).into_iter().filter(|path| !path.ends_with("expected.json"));
    let mut found = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        // The plain programs of a folder of EvalPlus, and what lies beside a log, are no logs.
        if let Ok((rows, report)) = read_bytes(&bytes, "auto") {
            found.push((path, bytes, report, rows));
        }
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

#[test]
fn a_log_cut_anywhere_keeps_what_came_before() {
    for (path, bytes, report, whole) in logs() {
        let is_lines = path.extension().is_some_and(|extension| extension == "jsonl");
        for cut in (0..bytes.len()).step_by(37) {
            let place = format!("{} cut at byte {cut}", path.display());
            // What is left may look like another format: whose log it is was said.
            let outcome = read_bytes(&bytes[..cut], report.format);
            let _ = read_bytes(&bytes[..cut], "auto");
            let (rows, _) = match outcome {
                Ok(read) => read,
                Err(error) => {
                    let needs_its_end = matches!(report.format, "inspect") || bytes.starts_with(b"PAR1");
                    assert!(needs_its_end && !error.to_string().is_empty(), "{place}: {error}");
                    continue;
                }
            };
            let last = rows.len().saturating_sub(1);
            for (at, (row, expected)) in rows.iter().zip(&whole).enumerate() {
                assert!(row == expected || at == last, "{place}: row {at} is another one: {row:?}");
            }
            if is_lines && report.format != "inspect-json" {
                let n_lines = bytes[..cut].split(|&byte| byte == b'\n').count() as u64 - 1;
                let number = |row: &Row| match row {
                    Row::Record(record) => record.source_row,
                    Row::Reject(reject) => reject.source_row,
                };
                let due = whole.iter().filter(|row| number(row) <= n_lines).count();
                assert!(rows.len() >= due && rows[..due] == whole[..due], "{place}: {} of {due} rows", rows.len());
            }
        }
    }
}

// ---------------------------------------------------------------- bombs

fn gzip(pieces: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    pieces.into_iter().for_each(|piece| encoder.write_all(&piece).unwrap());
    encoder.finish().unwrap()
}

/// So many mebibytes of a byte.
fn run_of(byte: u8, mebibytes: usize) -> impl Iterator<Item = Vec<u8>> {
    std::iter::repeat_n(vec![byte; 1 << 20], mebibytes)
}

/// Runs some work and checks how much memory the process took meanwhile, where it is alone in it.
fn within(mebibytes: u64, work: impl FnOnce()) {
    super::memory::forget_peak();
    work();
    // Under `cargo test` others use the memory of the process, too.
    let alone = std::env::var_os("NEXTEST").is_some();
    if let Some(peak) = super::memory::peak().filter(|_| alone) {
        assert!(peak >> 20 <= mebibytes, "{} MiB", peak >> 20);
    }
}

#[test]
fn a_gigabyte_in_a_mebibyte_is_one_row_that_is_refused() {
    let row = b"{\"question_id\": \"q\", \"solution\": \"s\"}\n".to_vec();
    let zeros = gzip(std::iter::once(row.clone()).chain(run_of(0, 1024)).chain([b"\n".to_vec(), row]));
    assert!(zeros.len() < 2 << 20);
    within(1024, || {
        assert_eq!(lines(read_bytes(&zeros, "jsonl")), ["1 q", "2! line is longer than 256 MiB", "3 q"]);
    });
    let text =
        gzip([b"[{\"question_id\": \"q\", \"solution\": \"s\"}, \"".to_vec()].into_iter().chain(run_of(b'x', 1024)));
    within(1024, || {
        let expected = ["1 q", "2! item is longer than 256 MiB; nothing after it was read"];
        assert_eq!(lines(read_bytes(&text, "json")), expected);
    });
    let cell = gzip([b"question_id,solution\nq,s\nq,\"".to_vec()].into_iter().chain(run_of(b'x', 1024)));
    within(1024, || {
        let found = lines(read_bytes(&cell, "csv"));
        assert_eq!(found, ["1 q", "2! row is longer than 256 MiB; nothing after it was read"]);
    });
    let spaces = gzip([b"[".to_vec()].into_iter().chain(run_of(b' ', 1024)));
    within(64, || {
        assert_eq!(lines(read_bytes(&spaces, "json")), ["1! JSON ends in the middle, after item 0"]);
    });
}

/// Counts rows without keeping them.
fn counted(bytes: &[u8], format: &str) -> (u64, u64) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut sink = |_| ControlFlow::Continue(());
    let report = read(&Input::new(file.path()), &source(format), &mut sink).unwrap();
    (report.n_records, report.n_rejects)
}

#[test]
fn a_million_rows_of_nothing_are_not_held_at_once() {
    let list = format!("[{}null]", "null,".repeat(999_999));
    let zeros = format!("{{}}\n{}", "0\n".repeat(1 << 20));
    for format in ["json", "chat-completions"] {
        within(384, || assert_eq!(counted(list.as_bytes(), format), (0, 1_000_000)));
    }
    for format in ["jsonl", "chat-completions"] {
        within(384, || assert_eq!(counted(zeros.as_bytes(), format), (0, 1 + (1 << 20))));
    }
}

#[test]
fn samples_that_share_a_long_column_are_not_copied_without_end() {
    // 100 000 samples, each with the 100 000 bytes around them: 10 GB.
    let samples = "\"a\",".repeat(100_000);
    let line = format!(r#"{{"doc_id": 1, "resps": [[{samples}"a"]], "x": "{}"}}"#, "x".repeat(100_000));
    within(768, || {
        let (rows, _) = read_bytes(line.as_bytes(), "lm-eval").unwrap();
        let Some(Row::Reject(last)) = rows.last() else { panic!("{} rows", rows.len()) };
        assert!(last.reason.starts_with("its samples take more than "), "{}", last.reason);
    });
    // Many such lines, none of which is too much.
    let samples = "\"a\",".repeat(1000);
    let padding = "x".repeat(4000);
    let line = |id| format!("{{\"doc_id\": {id}, \"resps\": [[{samples}\"a\"]], \"x\": \"{padding}\"}}\n");
    let text = (0..1000).map(line).collect::<Vec<_>>().concat();
    within(1024, || assert_eq!(counted(text.as_bytes(), "lm-eval"), (1_001_000, 0)));
}

#[test]
fn what_is_around_many_rows_is_looked_at_once() {
    let padding = format!(r#""pad": [{}0]"#, "0,".repeat(4 << 20));
    let samples = format!("{}0", "0,".repeat(200_000));
    let log = format!(r#"{{"version": 2, "eval": {{"model": "m", {padding}}}, "samples": [{samples}]}}"#);
    assert_eq!(counted(log.as_bytes(), "inspect-json"), (0, 200_001));
    let columns: Vec<String> = (0..100_000).map(|n| format!("\"c{n}\": {n}")).collect();
    let document = format!(r#"{{{}, "rows": [{samples}]}}"#, columns.join(", "));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(document.as_bytes()).unwrap();
    for rows in ["$.rows[*]", "$['rows'][*]"] {
        let mut plan = source("json");
        plan.instructions.rows = Some(rows.to_owned());
        plan.map = [("question_id", "c99999"), ("solution", "{c1}")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let report = read(&Input::new(file.path()), &plan, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((report.n_records, report.n_rejects), (200_001, 0));
    }
}

// ---------------------------------------------------------------- what is no file of samples

#[test]
fn pickles_are_refused_and_never_loaded() {
    let loads: [&[u8]; 6] = [
        b"cos\nsystem\n(S'touch owned'\ntR.",
        b"cos\nsystem\nq\0(X\x0b\0\0\0touch ownedq\x01tq\x02Rq\x03.",
        b"\x80\x02cos\nsystem\nq\0X\x0b\0\0\0touch ownedq\x01\x85q\x02Rq\x03.",
        b"\x80\x03cos\nsystem\nq\0X\x0b\0\0\0touch ownedq\x01\x85q\x02Rq\x03.",
        b"\x80\x04\x95\x25\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x0btouch owned\x85R.",
        b"\x80\x05\x95\x25\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x0btouch owned\x85R.",
    ];
    for (protocol, bytes) in loads.iter().enumerate() {
        for bytes in [bytes.to_vec(), gzip([bytes.to_vec()])] {
            for format in READERS.iter().map(|reader| reader.name).chain(["auto"]) {
                match read_bytes(&bytes, format) {
                    Err(IngestError::Pickle { .. }) => assert!(protocol >= 2),
                    Err(_) => assert!(protocol < 2, "protocol {protocol} is known by its first bytes"),
                    Ok((rows, _)) => {
                        let refused = rows.iter().all(|row| matches!(row, Row::Reject(_)));
                        assert!(protocol < 2 && refused, "`{format}` reads a pickle of protocol {protocol}");
                    }
                }
            }
            if protocol < 2 {
                assert!(matches!(read_bytes(&bytes, "auto"), Err(IngestError::UnknownFormat { .. })));
            }
        }
    }
    assert!(!Path::new("owned").exists());
}

#[test]
fn an_archive_of_pytorch_is_a_pickle() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("model/data.pkl", &b"\x80\x02."[..]), ("model/version", b"3\n")] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert!(matches!(read_bytes(&bytes, "auto"), Err(IngestError::Pickle { .. })));
}

#[cfg(unix)]
#[test]
fn links_are_followed_where_they_lead_to_a_file() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real.jsonl"), "{\"question_id\": \"q\", \"solution\": \"s\"}\n").unwrap();
    symlink("real.jsonl", at("link.jsonl")).unwrap();
    symlink("loop-b.jsonl", at("loop-a.jsonl")).unwrap();
    symlink("loop-a.jsonl", at("loop-b.jsonl")).unwrap();
    symlink("nowhere", at("dangling.jsonl")).unwrap();
    symlink(".", at("folder.jsonl")).unwrap();
    assert_eq!(lines(read_path(&at("link.jsonl"), &source("auto"))), ["1 q"]);
    for name in ["loop-a.jsonl", "dangling.jsonl"] {
        let error = read_path(&at(name), &source("auto")).unwrap_err();
        assert!(matches!(error, IngestError::Open { .. }), "{name}: {error}");
    }
    assert!(matches!(read_path(&at("folder.jsonl"), &source("auto")), Err(IngestError::Read { .. })));
    // A file and a link to it are one input; a link that a pattern names is never passed over without a word.
    let found = |pattern: &str| expand_globs(folder.path(), &[pattern.to_owned()]);
    let names: Vec<String> = found("*l*.jsonl").unwrap().iter().map(|input| input.name.to_string()).collect();
    assert_eq!(names, ["dangling.jsonl", "link.jsonl", "loop-a.jsonl", "loop-b.jsonl"]);
    for name in ["again", "and-again"] {
        symlink(".", at(name)).unwrap();
    }
    assert_eq!(found("**/*.jsonl").unwrap().len(), 4, "a link to a folder around it is no way down");
    // Other links are.
    fs::create_dir_all(at("far/away")).unwrap();
    fs::write(at("far/away/a.jsonl"), "").unwrap();
    symlink("far", at("near")).unwrap();
    let under = |pattern: &str| found(pattern).unwrap().iter().map(|input| input.name.to_string()).collect::<Vec<_>>();
    assert_eq!(under("**/a.jsonl"), ["far/away/a.jsonl"]);
    assert_eq!(under("**/near/**/*.jsonl"), ["near/away/a.jsonl"]);
    assert_eq!(under("near/**/a*"), ["near/away/a.jsonl"]);
}

#[test]
fn a_stream_without_an_end_is_read_no_further_than_it_is_wanted() {
    let row = "{\"question_id\": \"q\", \"solution\": \"s\"}\n";
    let mut bytes = Vec::new();
    row.as_bytes().chain(std::io::repeat(b' ')).take(64 << 20).read_to_end(&mut bytes).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    let report = read(&Input::new(file.path()), &source("jsonl"), &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!((report.n_records, report.bytes), (1, None));
}
