//! The house rules, executable: who may know whom, where heavy crates live, what every file begins with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read the tree has failed"
)]

mod layering;
mod registries;
mod shape;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the package's root, and its text.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// `src/embed/onnx/engine.rs` → `embed`; the files at the top of `src` are rooms of their own.
    pub(crate) fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap();
        inside.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Everything before the unit tests; nothing of a file that is all tests, or made up for tests.
    pub(crate) fn code(&self) -> &str {
        let for_tests = ["/tests.rs", "/synthetic.rs", "kernels/texts.rs"];
        if for_tests.iter().any(|name| self.path.ends_with(name)) {
            return "";
        }
        self.text.split("#[cfg(test)]\nmod tests").next().unwrap()
    }

    /// The lines of the code that are not comments, numbered from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.code().lines().enumerate().map(|(n, line)| (n + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of the library and the binary, sorted.
pub(crate) fn source_files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(files.len() > 40, "found only {} files: is this the right folder?", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            files.push(SourceFile { path: relative, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

/// Fails with every finding at once.
pub(crate) fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
