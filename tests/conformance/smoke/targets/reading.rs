//! Files, for all readers: bytes are written to a file and read twice.

use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use breadth::extract::{Extractor, Policy, take_apart};
use breadth::ingest::{Derive, FileReport, Format, Input, Join, READERS, Row, Source, read};
use breadth::model::{Piece, Record, Sample};
use serde_json::value::RawValue;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::{digest, halves, kind_of};

pub(super) const WORDS: &[&str] = &[
    "\"question_id\":",
    "\"solution\":",
    "\"response\":",
    "\"round\":",
    "\"parents\":",
    "\"correct\":",
    "\"extra\":",
    "\"resps\":",
    "\"doc_id\":",
    "\"choices\":",
    "\"message\":",
    "\"content\":",
    "\"reasoning_content\":",
    "\"text\":",
    "\"reasoning_details\":",
    "\"logprobs\":",
    "\"top_logprobs\":",
    "\"bytes\":",
    "\"custom_id\":",
    "\"body\":",
    "\"samples\":",
    "\"eval\":",
    "\"id\":",
    "\"epoch\":",
    "\"output\":",
    "\"scores\":",
    "\"attachments\":",
    "\"graded_list\":",
    "\"output_list\":",
    "\"code_list\":",
    "\"generations\":",
    "\"candidates\":",
    "\"parts\":",
    "\"thought\":true",
    "\"usage\":",
    "\"completion_tokens\":",
    "\"task_id\":",
    "\"implementations\":",
    "\"messages\":",
    "\"attachment://0\"",
    "PAR1",
    "PK\u{3}\u{4}",
    "PK\u{1}\u{2}",
    "PK\u{5}\u{6}",
    "\u{1f}\u{8b}\u{8}",
];

pub(super) const MAPPING_WORDS: &[&str] = &[
    "rows=$",
    "rows=$.a[*]",
    "rows=$.*",
    "explode=",
    "index=round",
    "map.question_id=",
    "map.solution=$.",
    "derive.mode=",
    "values.mode=",
    "join.on=",
    "format=",
    "[*]",
    "['",
    "']",
    "[0]",
    "{@index+1}",
    "{@index-9223372036854775808}",
    "{@key}",
    "@value",
    "{@stem}",
    "{@folder}",
    "{{",
    "}}",
    "\n---\n",
    "\n===\n",
    "(?<mode>.*)",
    "$1",
    "${mode}",
    "9223372036854775807",
];

pub(super) const ARCHIVE_WORDS: &[&str] = &[
    "\n@",
    "@header.json\n",
    "@summaries.json\n",
    "@_journal/start.json\n",
    "@samples/q_epoch_1.json\n",
    "@samples/q_epoch_1/sample.json\n",
    "@samples/q_epoch_1/metadata.json\n",
    "@samples/q_epoch_1/attachments/0.json\n",
    "_epoch_18446744073709551615",
    "_epoch_-1",
    "../",
    "/",
    "data.pkl",
    "\"attachment://0\"",
    "\"tc://1\"",
    "\"sample_ids\":",
    "\"dataset\":",
    "PK\u{1}\u{2}",
    "PK\u{3}\u{4}",
    "PK\u{5}\u{6}",
    "PK\u{6}\u{6}",
    "PK\u{6}\u{7}",
    "\u{1}\0\u{10}\0",
];

/// The name that the run calls a file by: readers take model and task out of such names.
const NAME: &str = "runs/org__model/samples_task_2025-01-01T00-00-00.000000.jsonl";

/// Rows that are taken of a file: a mebibyte of gzip can hold a hundred million, each of them a moment's work.
const MOST_ROWS: usize = 1 << 16;

/// Whatever the file is: recognized, read, and every sample taken apart.
pub(super) fn auto(bytes: &[u8]) -> u64 {
    let source = Source::default();
    let (rows, seen) = twice(bytes, &source);
    let mut extractor = Extractor::default();
    let policy = Policy::default();
    for row in rows {
        if let Row::Record(record) = row
            && let Ok(sample) = extractor.identify(take_apart(record, &policy))
        {
            sound(&sample);
        }
    }
    let _ = extractor.notes();
    digest(&seen)
}

/// As one reader would have it: the one that `BREADTH_FUZZ_READER` names, else the one that the first byte picks.
pub(super) fn picked(bytes: &[u8]) -> u64 {
    let named = std::env::var("BREADTH_FUZZ_READER").ok();
    let Some((&first, rest)) = bytes.split_first() else { return 0 };
    let reader = match named {
        Some(name) => READERS.iter().find(|reader| reader.name == name).expect("a reader of that name"),
        None => &READERS[usize::from(first) % READERS.len()],
    };
    digest(&twice(rest, &Source { format: Format::Is(reader), ..Source::default() }).1)
}

/// A plan's instructions, a document after a line of `---`, and a second one after a line of `===`.
pub(super) fn mapping(bytes: &[u8]) -> u64 {
    let (instructions, documents) = halves(bytes);
    let (second, first) = match documents.windows(5).position(|window| window == b"\n===\n") {
        Some(at) => (&documents[at + 5..], &documents[..at]),
        None => (&[][..], documents),
    };
    let mut source = Source::default();
    for line in String::from_utf8_lossy(instructions).lines() {
        instruct(&mut source, line);
    }
    scratch(|folder| {
        folder.clone_into(&mut source.instructions.base_dir);
        std::fs::write(folder.join("second"), second).expect("a place for files");
    });
    if let Err(error) = source.check() {
        assert!(!error.to_string().is_empty());
    }
    digest(&twice(first, &source).1)
}

/// Takes in one line of instructions; what makes no sense is left out.
fn instruct(source: &mut Source, line: &str) {
    let Some((key, value)) = line.split_once('=') else { return };
    let instructions = &mut source.instructions;
    let mut parts = value.split('|').map(str::to_owned);
    match key.split_once('.').unwrap_or((key, "")) {
        ("format", _) => source.format = Format::named(value).unwrap_or_default(),
        ("rows", _) => instructions.rows = Some(value.to_owned()),
        ("explode", _) => instructions.explode.push(value.to_owned()),
        ("index", _) => instructions.index = Some(value.to_owned()),
        ("map", field) => {
            source.map.insert(field.to_owned(), value.to_owned());
        }
        ("defaults", field) => {
            source.defaults.insert(field.to_owned(), value.to_owned());
        }
        ("derive", field) => {
            let (from, pattern) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let derive = Derive { from, pattern, value: parts.next() };
            instructions.derive.insert(field.to_owned(), derive);
        }
        ("values", field) => {
            let (written, meant) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            instructions.values.entry(field.to_owned()).or_default().insert(written, meant);
        }
        ("join", _) => {
            let join = instructions.join.get_or_insert_with(|| Join { path: "second".to_owned(), on: Vec::new() });
            join.on.push((parts.next().unwrap_or_default(), parts.next().unwrap_or_default()));
        }
        _ => {}
    }
}

/// An archive as it is; what is none is packed into one first: members begin with a line of `@` and their name, and the
/// first byte says how they are compressed.
pub(super) fn archive(bytes: &[u8]) -> u64 {
    let source = Source { format: Format::named("inspect").expect("the reader of archives"), ..Source::default() };
    if bytes.starts_with(b"PK") {
        return digest(&twice(bytes, &source).1);
    }
    let Some((&first, rest)) = bytes.split_first() else { return 0 };
    let methods = [CompressionMethod::Stored, CompressionMethod::Deflated, CompressionMethod::Zstd];
    let options = SimpleFileOptions::default().compression_method(methods[usize::from(first) % methods.len()]);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut is_open = false;
    for line in rest.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_prefix(b"@") {
            // A name that is taken, or longer than the writer can write, leaves its text out.
            Some(name) => {
                is_open = 3 * name.len() < usize::from(u16::MAX)
                    && writer.start_file(String::from_utf8_lossy(name.trim_ascii_end()), options).is_ok();
            }
            None => is_open = is_open && writer.write_all(line).is_ok(),
        }
    }
    let Ok(packed) = writer.finish() else { return 0 };
    digest(&twice(&packed.into_inner(), &source).1)
}

/// Reads bytes as a file, twice, and checks everything that is promised about rows. The rows come back, with what kinds
/// of things were said.
fn twice(bytes: &[u8], source: &Source) -> (Vec<Row>, Vec<String>) {
    let path = scratch(|folder| {
        let path = folder.join("file");
        std::fs::write(&path, bytes).expect("a place for files");
        path
    });
    let (rows, outcome) = once(&path, source);
    let (again, outcome_again) = once(&path, source);
    assert_eq!(outcome, outcome_again, "another outcome at the second time");
    assert!(rows == again, "other rows at the second time");
    let mut seen = Vec::new();
    for row in &rows {
        match row {
            Row::Record(record) => check(record),
            Row::Reject(reject) => {
                assert!(!reject.reason.trim().is_empty(), "a reject without a reason");
                assert!(reject.source_row > 0, "a reject of no row: {}", reject.reason);
                assert_eq!(&*reject.source_file, NAME);
                seen.push(kind_of(&reject.reason));
            }
        }
    }
    match outcome {
        Ok(report) => {
            let n_records = rows.iter().filter(|row| matches!(row, Row::Record(_))).count() as u64;
            assert_eq!((report.n_records, report.n_records + report.n_rejects), (n_records, rows.len() as u64));
            let length = (rows.len() < MOST_ROWS).then_some(bytes.len() as u64);
            assert_eq!((report.bytes, report.digest.is_some()), (length, length.is_some()));
            seen.push(format!("{} {}", report.format, n_records.min(3)));
        }
        Err(words) => {
            assert!(!words.is_empty());
            seen.push(kind_of(&words));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    (rows, seen)
}

fn once(path: &Path, source: &Source) -> (Vec<Row>, Result<FileReport, String>) {
    let input = Input { path: path.to_owned(), name: Arc::from(NAME) };
    let mut rows = Vec::new();
    let report = read(&input, source, &mut |row| {
        rows.push(row);
        if rows.len() < MOST_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    (rows, report.map_err(|error| error.to_string()))
}

/// What every record promises.
fn check(record: &Record) {
    assert!(record.source_row > 0, "a record of no row");
    assert_eq!(&*record.source_file, NAME);
    assert!(!record.question_id.trim().is_empty(), "a question without a name");
    for number in [record.reward, record.mean_entropy, record.mean_logprob].into_iter().flatten() {
        assert!(number.is_finite(), "{number} in a record");
    }
    for count in [record.round, record.prompt_tokens, record.thinking_tokens, record.solution_tokens] {
        assert!(count.is_none_or(|count| count >= 0), "a count below zero");
    }
    if let Some(extra) = &record.extra {
        let whole: Result<&RawValue, _> = serde_json::from_str(extra);
        assert!(whole.is_ok() && extra.starts_with('{'), "`extra` is no JSON object: {extra}");
    }
}

/// What every sample promises.
fn sound(sample: &Sample) {
    let response = sample.response.as_deref().unwrap_or_default();
    for piece in [&sample.thinking, &sample.solution].into_iter().flatten() {
        if let Piece::Span(span) = piece {
            assert!(response.get(span.clone()).is_some(), "{span:?} of {} bytes", response.len());
        }
    }
    let solution = match &sample.solution {
        Some(Piece::Own(text)) => text,
        Some(Piece::Span(span)) => &response[span.clone()],
        None => "",
    };
    for span in [&sample.extraction.answer_span, &sample.extraction.code_span].into_iter().flatten() {
        assert!(solution.get(span.clone()).is_some(), "{span:?} of {} bytes", solution.len());
    }
}

/// Works in this thread's own folder for files, in memory where the system has a place for that.
fn scratch<T>(work: impl FnOnce(&Path) -> T) -> T {
    thread_local! {
        static FOLDER: tempfile::TempDir = {
            let memory = PathBuf::from("/dev/shm");
            let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
            tempfile::Builder::new().prefix("breadth-smoke-").tempdir_in(place).expect("a place for files")
        };
    }
    FOLDER.with(|folder| work(folder.path()))
}
