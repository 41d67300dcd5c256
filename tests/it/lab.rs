//! A folder with a model and samples, the binary run in it, and what it left there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Knows the words `a` and `b`; every other word is one and the same unknown.
const TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
  "pre_tokenizer": { "type": "Whitespace" }, "decoder": null,
  "post_processor": { "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": { "[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]} } },
  "model": { "type": "WordLevel", "unk_token": "[UNK]", "vocab": { "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4 } }
}"#;

/// What follows `[[source]]` in most plans: the tiny model, no figures, few resamples.
pub(crate) const QUICK: &str = r#"
[[embedder]]
name = "tiny"
model = "tiny"
[report]
figures = []
[inference]
resamples = 100
"#;

/// A folder to run the program in.
pub(crate) struct Lab {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Asserts that stderr holds all of these.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "expected {part:?} in:\n{}", self.err);
        }
        self
    }

    /// Asserts that stdout holds all of these.
    #[track_caller]
    pub(crate) fn shows(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part), "expected {part:?} in:\n{}", self.out);
        }
        self
    }
}

impl Lab {
    /// A folder that holds the model `tiny`.
    pub(crate) fn new() -> Self {
        let lab = Lab { folder: tempfile::tempdir().unwrap() };
        lab.model("tiny", "good");
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The folder of a model around one of the graphs of `tests/fixtures/models`.
    pub(crate) fn model(&self, folder: &str, graph: &str) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
        self.write(&format!("{folder}/model.onnx"), fs::read(fixtures.join(format!("{graph}.onnx"))).unwrap());
        self.write(&format!("{folder}/tokenizer.json"), TOKENIZER);
        let modules = json!([
            {"type": "sentence_transformers.models.Transformer", "path": ""},
            {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}
        ]);
        self.write(&format!("{folder}/modules.json"), modules.to_string());
        let pooling = json!({"word_embedding_dimension": 4, "pooling_mode_mean_tokens": true});
        self.write(&format!("{folder}/1_Pooling/config.json"), pooling.to_string());
        self.write(&format!("{folder}/sentence_bert_config.json"), r#"{"max_seq_length": 8, "do_lower_case": false}"#);
    }

    /// Writes samples as JSON Lines.
    pub(crate) fn samples(&self, name: &str, samples: &[Value]) {
        let lines: String = samples.iter().map(|sample| format!("{sample}\n")).collect();
        self.write(name, lines);
    }

    /// Writes `plan.toml`: one source with these keys, then [`QUICK`].
    pub(crate) fn quick_plan(&self, source: &str) {
        self.write("plan.toml", format!("[[source]]\n{source}\n{QUICK}"));
    }

    /// The binary with these arguments, in this folder.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breadth"));
        command.args(arguments).current_dir(self.folder.path()).env("BREADTH_ENGINE", "tract");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn breadth(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    /// Runs `plan.toml` with further arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.breadth(&[&["run", "plan.toml"], arguments].concat())
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for what was started.
    pub(crate) fn end(child: Child) -> Ended {
        Ended::of(&child.wait_with_output().unwrap())
    }

    /// Runs the binary with something on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Ended {
        use std::io::Write as _;
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Self::end(child)
    }

    /// The rows of a Parquet file.
    pub(crate) fn parquet(&self, name: &str) -> Vec<BTreeMap<String, Value>> {
        let file = fs::File::open(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let reader = SerializedFileReader::new(file).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect())
            .collect()
    }

    /// The rows of a table of the run `plan`.
    pub(crate) fn table(&self, name: &str) -> Vec<BTreeMap<String, Value>> {
        self.parquet(&format!("reports/plan/tables/{name}.parquet"))
    }

    /// Reasons of the rejects of the run `plan`, each with its row in front.
    pub(crate) fn rejects(&self) -> Vec<String> {
        let rejects = self.table("rejects");
        rejects.iter().map(|row| format!("{}: {}", row["source_row"], row["reason"].as_str().unwrap())).collect()
    }

    /// Value and reason of a group's metric.
    pub(crate) fn group(&self, question: &str, metric: &str) -> (Value, Value) {
        let groups = self.table("groups");
        let row = groups.iter().find(|row| row["question_id"] == question && row["metric"] == metric);
        let row = row.unwrap_or_else(|| panic!("no {metric} of {question} in {groups:?}"));
        (row["value"].clone(), row["missing"].clone())
    }

    /// Every file that a run has to give byte for byte, with its content: all but `run.toml`.
    pub(crate) fn outputs(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in ["reports", "notebooks-export"] {
            collect(&self.path(out), &self.path(out).join(folder), &mut files);
        }
        files.retain(|name, _| !name.ends_with("/run.toml") && !name.ends_with("/.lock"));
        files
    }

    /// Every file below a folder, with its content.
    pub(crate) fn everything(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(folder), &self.path(folder), &mut files);
        files
    }

    /// The segments of the cache below `out`.
    pub(crate) fn segments(&self, out: &str) -> Vec<PathBuf> {
        let files = self.everything(&format!("{out}/embeddings-cache"));
        let segments = files.into_keys().filter(|name| name.contains("/seg-") && name.ends_with(".parquet"));
        segments.map(|name| self.path(out).join("embeddings-cache").join(name)).collect()
    }

    /// Vectors in the cache below `out`, as `cache stats` counts them.
    pub(crate) fn n_cached(&self, out: &str) -> usize {
        let stats = self.breadth(&["cache", "stats", "--out", out]).code(0).out;
        let counts = stats.lines().filter_map(|line| line.split_once(" vectors in ")?.0.rsplit(' ').next());
        counts.map(|count| count.parse::<usize>().unwrap()).sum()
    }

    /// Waits until the cache below `out` has a segment: then embedding is under way.
    pub(crate) fn wait_for_segment(&self, out: &str) {
        let started = Instant::now();
        while self.segments(out).is_empty() {
            assert!(started.elapsed() < Duration::from_mins(2), "no segment after two minutes");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(content) = fs::read(&path) {
            // A half-written file that was renamed meanwhile is gone: only what stays counts.
            files.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), content);
        }
    }
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => json!(truth),
        Field::Int(number) => json!(number),
        Field::Long(number) => json!(number),
        Field::UInt(number) => json!(number),
        Field::ULong(number) => json!(number),
        Field::Float(number) => json!(number),
        Field::Double(number) => json!(number),
        Field::Str(text) => json!(text),
        other => json!(other.to_string()),
    }
}

/// The number after `before` in a message.
#[track_caller]
pub(crate) fn number_in(text: &str, before: &str, after: &str) -> usize {
    let found = text.split(before).skip(1).find_map(|rest| rest.split(after).next()?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no number between {before:?} and {after:?} in:\n{text}"))
}

/// A sample of a group of parallel draws.
pub(crate) fn draw(question: &str, solution: &str) -> Value {
    json!({"question_id": question, "mode": "parallel", "solution": solution})
}

/// Three questions, each with three parallel draws and a Markov chain of three rounds: 18 samples, 18 pairs.
pub(crate) fn two_modes() -> Vec<Value> {
    let mut samples = Vec::new();
    for question in 0..3 {
        for round in 0..3 {
            let words = ["a b", "b b a", "a c b"][(question + round) % 3];
            samples.push(json!({
                "question_id": format!("q{question}"), "dataset": "demo", "model": "small", "mode": "parallel",
                "solution": format!("{words} {question} {round}"), "thinking": "hm ".repeat(round + 1),
            }));
            samples.push(json!({
                "question_id": format!("q{question}"), "dataset": "demo", "model": "small", "mode": "markov",
                "chain": 0, "round": round, "solution": format!("a {words} {question}"), "thinking": "so ".repeat(round + 2),
            }));
        }
    }
    samples
}

/// `n` different texts of a few words, two to a question.
pub(crate) fn many(n: usize) -> Vec<Value> {
    let word = |i: usize, k: usize| if (i >> k) & 1 == 0 { "a" } else { "b" };
    (0..n)
        .map(|i| {
            let words: Vec<&str> = (0..12).map(|k| word(i, k)).collect();
            draw(&format!("q{}", i / 2), &format!("{} {i}", words.join(" ")))
        })
        .collect()
}
