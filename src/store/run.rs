//! The folder of a run: `reports/NAME/`, held by one process at a time, complete when its `run.toml` says so.
//!
//! `run.toml` is written last. It holds the run's fingerprint and a digest of every output, so that whether a run is up
//! to date is a question to the disk and not to a memory. What the rest of it says is the pipeline's affair.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::{Result, StoreError, atomic};

/// Where runs lie below the output folder.
const REPORTS: &str = "reports";
/// Where notebooks lie below the output folder.
const NOTEBOOKS: &str = "notebooks-export";
/// The record of a finished run.
const RUN_FILE: &str = "run.toml";
/// The record of the run before, kept while its outputs are being replaced.
const PREVIOUS: &str = ".previous.toml";
/// Digests of notebooks on their way, one a line: what lies in their place is ours also if the run is killed.
const NOTED: &str = ".notebooks";
/// The table of `run.toml` that this room writes and reads.
const SECTION: &str = "store";

/// A file's length and BLAKE3 digest (hex).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    /// 64 hex digits.
    pub blake3: String,
    /// Its length.
    pub bytes: u64,
}

/// A file that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Relative to the output folder, with `/` between its parts.
    pub path: String,
    /// What it held when the run ended.
    pub digest: Digest,
}

/// What `run.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// What decides whether the run is up to date: a digest of plan, inputs, models and tool version.
    pub fingerprint: String,
    /// Every file that the run wrote, `run.toml` excepted.
    pub outputs: Vec<Output>,
    /// All of it, the pipeline's part included.
    pub document: toml::Table,
}

/// A run's folder, held by this process as long as this value lives.
#[derive(Debug)]
pub struct RunFolder {
    out: PathBuf,
    name: String,
    folder: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of the run `name` below `out` and takes it; while another process holds it, calls `on_wait`
    /// once and waits. Sweeps what a killed run has left half-written.
    pub fn open(out: &Path, name: &str, on_wait: impl FnOnce()) -> Result<Self> {
        let mut parts = Path::new(name).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name) {
            return Err(StoreError::BadName { name: name.to_owned() });
        }
        let folder = out.join(REPORTS).join(name);
        atomic::create_folder(&folder)?;
        let lock = atomic::lock(&folder.join(".lock"), on_wait)?;
        let run = RunFolder { out: out.to_owned(), name: name.to_owned(), folder, _lock: lock };
        for folder in [run.folder.clone(), run.tables(), run.figures()] {
            atomic::sweep(&folder, None)?;
        }
        // Other runs write their notebooks into the same folder.
        atomic::sweep(&out.join(NOTEBOOKS), Some(&run.notebook_name()))?;
        Ok(run)
    }

    /// `reports/NAME`.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// `reports/NAME/tables`.
    #[must_use]
    pub fn tables(&self) -> PathBuf {
        self.folder.join("tables")
    }

    /// `reports/NAME/figures`.
    #[must_use]
    pub fn figures(&self) -> PathBuf {
        self.folder.join("figures")
    }

    /// `notebooks-export/NAME.ipynb`.
    #[must_use]
    pub fn notebook(&self) -> PathBuf {
        self.out.join(NOTEBOOKS).join(self.notebook_name())
    }

    fn notebook_name(&self) -> String {
        format!("{}.ipynb", self.name)
    }

    /// Whether this very run has been finished and all its outputs are still as it left them.
    ///
    /// A record that is missing or that cannot be understood means no: then the run is done again.
    pub fn is_up_to_date(&self, fingerprint: &str) -> Result<bool> {
        let record = match read_record(&self.folder.join(RUN_FILE)) {
            Ok(Some(record)) => record,
            Ok(None) | Err(StoreError::BadRunFile { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        if record.fingerprint != fingerprint {
            return Ok(false);
        }
        for output in &record.outputs {
            match digest_if_there(&self.out.join(&output.path))? {
                Some(digest) if digest == output.digest => {}
                // A notebook is there to be worked in: a changed one is its owner's and no reason to run again.
                Some(_) if self.is_notebook(&output.path) => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Whether a notebook lies there that no run of this name has left so: a person has worked in it.
    pub fn notebook_was_changed(&self) -> Result<bool> {
        let Some(digest) = digest_if_there(&self.notebook())? else { return Ok(false) };
        let noted = self.noted()?.lines().any(|line| line == digest.blake3);
        let recorded = self.recorded()?.into_iter().any(|output| output.digest == digest);
        Ok(!noted && !recorded)
    }

    /// Writes the notebook and returns its path; one that a person has worked in is left as it is, and there is no path.
    pub fn write_notebook(&self, bytes: &[u8]) -> Result<Option<PathBuf>> {
        let target = self.notebook();
        let coming = blake3::hash(bytes).to_hex().to_string();
        if self.notebook_was_changed()? && digest_file(&target)?.blake3 != coming {
            return Ok(None);
        }
        // Noted first, so that a run that is killed between this line and its end knows its notebook again.
        let noted = self.noted()?;
        atomic::write(&self.folder.join(NOTED), format!("{noted}{coming}\n").as_bytes())?;
        atomic::write(&target, bytes).map(Some)
    }

    fn noted(&self) -> Result<String> {
        let path = self.folder.join(NOTED);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(cause) => Err(StoreError::io("read", &path, cause)),
        }
    }

    fn is_notebook(&self, relative: &str) -> bool {
        relative == format!("{NOTEBOOKS}/{}", self.notebook_name())
    }

    /// Marks the run as begun: from now until [`RunFolder::finish`] the folder does not pass for a finished run.
    pub fn begin(&self) -> Result<()> {
        let current = self.folder.join(RUN_FILE);
        match fs::rename(&current, self.folder.join(PREVIOUS)) {
            Ok(()) => atomic::sync_folder(&self.folder),
            // Nothing was finished here; a record that an interrupted run has put away stays where it is.
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(StoreError::io("put away", &current, cause)),
        }
    }

    /// Ends the run: takes the digest of every output, removes what the run before had written and this one has not,
    /// and writes `run.toml`: `document`, which is TOML without a table `store`, and that table. Returns its path.
    pub fn finish(&self, document: &str, fingerprint: &str, outputs: &[PathBuf]) -> Result<PathBuf> {
        let target = self.folder.join(RUN_FILE);
        let mut listed = Vec::new();
        for path in outputs {
            listed.push(Output { path: self.relative(path)?, digest: digest_file(path)? });
        }
        listed.sort_by(|a, b| a.path.cmp(&b.path));
        let text = compose(document, fingerprint, &listed);
        let parsed = parse_record(&text).map_err(|reason| StoreError::BadRunFile {
            action: "write",
            path: target.clone(),
            reason,
        })?;
        self.remove_stale(&parsed.outputs)?;
        atomic::write(&target, text.as_bytes())?;
        atomic::remove(&self.folder.join(PREVIOUS))?;
        atomic::remove(&self.folder.join(NOTED))?;
        Ok(target)
    }

    /// Relative to the output folder, with `/` between its parts.
    fn relative(&self, path: &Path) -> Result<String> {
        let outside = || StoreError::OutsideRun { path: path.to_owned(), root: self.out.clone() };
        let relative = path.strip_prefix(&self.out).map_err(|_| outside())?;
        let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
        let joined = parts.ok_or_else(outside)?.join("/");
        if self.is_ours(&joined) { Ok(joined) } else { Err(outside()) }
    }

    /// Whether a path, as `run.toml` writes it, is one that this run may write and remove.
    fn is_ours(&self, relative: &str) -> bool {
        let plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
        let in_folder =
            relative.strip_prefix(&format!("{REPORTS}/{}/", self.name)).is_some_and(|rest| !rest.is_empty());
        plain && (in_folder || self.is_notebook(relative))
    }

    fn remove_stale(&self, outputs: &[Output]) -> Result<()> {
        let current: BTreeSet<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
        for stale in self.recorded()?.iter().filter(|output| !current.contains(output.path.as_str())) {
            // The record is a text that anyone can edit: only what a run may write is removed.
            let kept = self.is_notebook(&stale.path) && self.notebook_was_changed()?;
            if self.is_ours(&stale.path) && !kept {
                atomic::remove(&self.out.join(&stale.path))?;
            }
        }
        Ok(())
    }

    /// What the run before has written, as far as its record, or the one put away by [`RunFolder::begin`], can be read.
    fn recorded(&self) -> Result<Vec<Output>> {
        let mut outputs = Vec::new();
        for record in [RUN_FILE, PREVIOUS] {
            match read_record(&self.folder.join(record)) {
                Ok(record) => outputs.extend(record.into_iter().flat_map(|record| record.outputs)),
                // Whatever an unreadable record lists stays; nothing is removed on a guess.
                Err(StoreError::BadRunFile { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(outputs)
    }
}

/// Reads the record of a finished run; `run_dir` is `reports/NAME`.
pub fn read_run(run_dir: &Path) -> Result<RunRecord> {
    read_record(&run_dir.join(RUN_FILE))?.ok_or_else(|| StoreError::NotARun { path: run_dir.to_owned() })
}

/// Length and BLAKE3 digest of a file, read in pieces.
pub fn digest_file(path: &Path) -> Result<Digest> {
    let failed = |cause| StoreError::io("read", path, cause);
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    Ok(Digest { blake3: hasher.finalize().to_hex().to_string(), bytes: hasher.count() })
}

fn digest_if_there(path: &Path) -> Result<Option<Digest>> {
    match digest_file(path) {
        Ok(digest) => Ok(Some(digest)),
        Err(StoreError::Io { cause, .. }) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_record(path: &Path) -> Result<Option<RunRecord>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(cause) if cause.kind() == ErrorKind::InvalidData => {
            return Err(bad_run_file(path, "expected UTF-8 text".to_owned()));
        }
        Err(cause) => return Err(StoreError::io("read", path, cause)),
    };
    parse_record(&text).map(Some).map_err(|reason| bad_run_file(path, reason))
}

fn bad_run_file(path: &Path, reason: String) -> StoreError {
    StoreError::BadRunFile { action: "read", path: path.to_owned(), reason }
}

fn compose(document: &str, fingerprint: &str, outputs: &[Output]) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = document.trim_end().to_owned();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n\n[{SECTION}]\nfingerprint = {}", quoted(fingerprint));
    for Output { path, digest } in outputs {
        let _ = writeln!(
            text,
            "\n[[{SECTION}.output]]\npath = {}\nblake3 = {}\nbytes = {}",
            quoted(path),
            quoted(&digest.blake3),
            digest.bytes
        );
    }
    text
}

fn parse_record(text: &str) -> std::result::Result<RunRecord, String> {
    let document: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let section = document
        .get(SECTION)
        .and_then(toml::Value::as_table)
        .ok_or_else(|| format!("expected a table `{SECTION}`, got none"))?;
    let text = |table: &toml::Table, key: &str| {
        let value = table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        value.ok_or_else(|| format!("expected a string in `{key}`, got {}", kind_of(table.get(key))))
    };
    let mut outputs = Vec::new();
    for output in section.get("output").and_then(toml::Value::as_array).into_iter().flatten() {
        let output = output.as_table().ok_or_else(|| format!("expected tables in `{SECTION}.output`"))?;
        let bytes = output.get("bytes").and_then(toml::Value::as_integer).and_then(|bytes| u64::try_from(bytes).ok());
        let bytes =
            bytes.ok_or_else(|| format!("expected a length in `bytes`, got {}", kind_of(output.get("bytes"))))?;
        outputs.push(Output { path: text(output, "path")?, digest: Digest { blake3: text(output, "blake3")?, bytes } });
    }
    Ok(RunRecord { fingerprint: text(section, "fingerprint")?, outputs, document })
}

fn kind_of(value: Option<&toml::Value>) -> &'static str {
    value.map_or("nothing", toml::Value::type_str)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at surprises and damage files on purpose"
    )]
    use super::*;

    const DOCUMENT: &str = "# made by a test\ntool = \"breadth\"\n\n[counts]\nsamples = 3\n";

    fn open(out: &Path) -> RunFolder {
        RunFolder::open(out, "quick", || panic!("nobody else is here")).unwrap()
    }

    /// A finished run with two outputs and a notebook.
    fn finished(out: &Path) -> RunFolder {
        let run = open(out);
        run.begin().unwrap();
        let outputs = vec![
            atomic::write(&run.tables().join("pairs.parquet"), b"pairs").unwrap(),
            atomic::write(&run.path().join("index.html"), b"<html>").unwrap(),
            atomic::write(&run.notebook(), b"{}").unwrap(),
        ];
        run.finish(DOCUMENT, "f1", &outputs).unwrap();
        run
    }

    #[test]
    fn a_finished_run_is_up_to_date_until_something_changes() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        assert!(run.is_up_to_date("f1").unwrap());
        assert!(!run.is_up_to_date("f2").unwrap());
        let table = run.tables().join("pairs.parquet");
        fs::write(&table, b"PAIRS").unwrap();
        assert!(!run.is_up_to_date("f1").unwrap());
        fs::write(&table, b"pairs").unwrap();
        assert!(run.is_up_to_date("f1").unwrap());
        fs::remove_file(run.notebook()).unwrap();
        assert!(!run.is_up_to_date("f1").unwrap());
        fs::write(run.path().join(RUN_FILE), "not = toml = at all").unwrap();
        assert!(!run.is_up_to_date("f1").unwrap());
    }

    #[test]
    fn the_record_reads_back() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        let record = read_run(run.path()).unwrap();
        assert_eq!(record.fingerprint, "f1");
        let paths: Vec<_> = record.outputs.iter().map(|output| output.path.as_str()).collect();
        assert_eq!(
            paths,
            ["notebooks-export/quick.ipynb", "reports/quick/index.html", "reports/quick/tables/pairs.parquet"]
        );
        assert_eq!(record.outputs[0].digest, Digest { blake3: blake3::hash(b"{}").to_hex().to_string(), bytes: 2 });
        assert_eq!(record.document["counts"]["samples"].as_integer(), Some(3));
        assert!(fs::read_to_string(run.path().join(RUN_FILE)).unwrap().starts_with(DOCUMENT.trim_end()));
    }

    #[test]
    fn a_killed_run_is_not_finished_and_leaves_only_temporary_files() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        run.begin().unwrap();
        let half = run.tables().join(".tmp-groups.parquet-x1");
        fs::write(&half, b"half").unwrap();
        let foreign = out.path().join("notebooks-export/.tmp-other.ipynb-x1");
        fs::write(&foreign, b"half").unwrap();
        drop(run);
        assert!(matches!(read_run(&out.path().join("reports/quick")), Err(StoreError::NotARun { .. })));
        let run = open(out.path());
        assert!(!half.exists());
        assert!(foreign.exists(), "another run may be writing it");
        assert!(!run.is_up_to_date("f1").unwrap());
    }

    #[test]
    fn outputs_of_the_run_before_that_are_no_longer_written_are_removed() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        let own = run.path().join("notes.txt");
        fs::write(&own, b"mine").unwrap();
        run.begin().unwrap();
        drop(run);
        // Killed and started again: what the first run had written is still known.
        let run = open(out.path());
        run.begin().unwrap();
        let page = atomic::write(&run.path().join("index.html"), b"<p>").unwrap();
        run.finish(DOCUMENT, "f2", &[page]).unwrap();
        assert!(run.is_up_to_date("f2").unwrap());
        assert!(!run.tables().join("pairs.parquet").exists());
        assert!(!run.notebook().exists());
        assert!(own.exists(), "what no run has written stays");
        assert!(!run.path().join(PREVIOUS).exists());
    }

    #[test]
    fn a_record_that_was_tampered_with_removes_nothing_outside() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        let victim = out.path().join("reports/other/run.toml");
        atomic::write(&victim, b"x").unwrap();
        let digest = Digest { blake3: String::new(), bytes: 0 };
        let paths = [
            "reports/quick/../other/run.toml",
            "reports/other/run.toml",
            "notebooks-export/other.ipynb",
            "reports/quick/",
        ];
        let outputs: Vec<_> = paths.map(|path| Output { path: path.to_owned(), digest: digest.clone() }).into();
        fs::write(run.path().join(RUN_FILE), compose(DOCUMENT, "f1", &outputs)).unwrap();
        run.begin().unwrap();
        run.finish(DOCUMENT, "f2", &[]).unwrap();
        assert!(victim.exists());
    }

    #[test]
    fn a_notebook_that_a_person_has_changed_stays() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        run.begin().unwrap();
        assert!(!run.notebook_was_changed().unwrap());
        assert_eq!(run.write_notebook(b"{2}").unwrap(), Some(run.notebook()));
        drop(run);
        // Killed here and started again: it is still known as ours.
        let run = open(out.path());
        run.begin().unwrap();
        assert!(!run.notebook_was_changed().unwrap());
        fs::write(run.notebook(), b"{my work}").unwrap();
        assert!(run.notebook_was_changed().unwrap());
        assert_eq!(run.write_notebook(b"{3}").unwrap(), None);
        run.finish(DOCUMENT, "f2", &[]).unwrap();
        assert_eq!(fs::read(run.notebook()).unwrap(), b"{my work}", "it is not stale either");
        run.begin().unwrap();
        assert_eq!(run.write_notebook(b"{4}").unwrap(), None);
        fs::remove_file(run.notebook()).unwrap();
        assert_eq!(run.write_notebook(b"{4}").unwrap(), Some(run.notebook()));
        let outputs = [run.notebook()];
        run.finish(DOCUMENT, "f3", &outputs).unwrap();
        assert!(run.is_up_to_date("f3").unwrap() && !run.path().join(NOTED).exists());
    }

    #[test]
    fn foreign_outputs_bad_names_and_bad_documents_are_refused() {
        let out = tempfile::tempdir().unwrap();
        let run = finished(out.path());
        let foreign = out.path().join("elsewhere.txt");
        fs::write(&foreign, b"x").unwrap();
        assert!(matches!(run.finish(DOCUMENT, "f", &[foreign]), Err(StoreError::OutsideRun { .. })));
        assert!(matches!(run.finish("[store]\nx = 1", "f", &[]), Err(StoreError::BadRunFile { .. })));
        for name in ["", ".", "..", "a/b", "/a", "a/"] {
            let refused = RunFolder::open(out.path(), name, || ());
            assert!(matches!(refused, Err(StoreError::BadName { .. })), "{name}");
        }
    }

    #[test]
    fn a_second_process_on_the_same_run_waits() {
        let out = tempfile::tempdir().unwrap();
        let run = open(out.path());
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| RunFolder::open(out.path(), "quick", || tell.send(()).unwrap()).unwrap());
            told.recv().unwrap();
            drop(run);
            second.join().unwrap();
        });
    }
}
