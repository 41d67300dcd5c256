//! Whether the files of the cache still are what the hub promised. Reads all of them, changes nothing.

use std::fs;
use std::path::Path;

use super::digest::Digest;
use super::look::entries;
use super::{Found, Hub, HubError, ModelName};

/// A file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The model, at its commit.
    pub name: ModelName,
    /// The file's path below the model's folder.
    pub file: String,
    /// How it is.
    pub verdict: Verdict,
}

/// How a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As promised.
    Good,
    /// Something else.
    Wrong {
        /// The promised digest.
        expected: String,
        /// The one it has.
        got: String,
    },
    /// Its name is there, its content is not.
    Missing,
    /// Nothing here says what it should be: it is no link to a file that is named by its digest.
    Unknown,
}

impl Hub {
    /// Checks the files of every model in the cache that can be run, or of one.
    ///
    /// # Errors
    /// When the cache or a file cannot be read.
    pub fn verify(&self, only: Option<&ModelName>) -> Result<Vec<Checked>, HubError> {
        let mut checked = Vec::new();
        for found in self.all()?.iter().filter(|found| only.is_none_or(|name| is_meant(found, name))) {
            for file in files(&found.folder) {
                let verdict = check(&found.folder.join(&file))?;
                checked.push(Checked { name: found.name.at(&found.commit), file, verdict });
            }
        }
        Ok(checked)
    }
}

/// Whether `name` means this state of the model; without a revision it means all.
fn is_meant(found: &Found, name: &ModelName) -> bool {
    let revision = name.revision();
    let any = name.to_string() == name.id();
    found.name.id() == name.id()
        && (any || found.commit.starts_with(revision) || found.revisions.iter().any(|known| known == revision))
}

/// Every file below a folder, sorted.
fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for name in entries(&root.join(&folder)) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            // Links to folders are not followed: the hub makes none.
            match fs::symlink_metadata(root.join(&path)) {
                Ok(metadata) if metadata.is_dir() => open.push(path),
                _ => files.push(path),
            }
        }
    }
    files.sort();
    files
}

fn check(path: &Path) -> Result<Verdict, HubError> {
    let Ok(target) = fs::read_link(path) else { return Ok(Verdict::Unknown) };
    let named = target.file_name().and_then(|name| name.to_str()).and_then(Digest::named);
    if !path.exists() {
        return Ok(Verdict::Missing);
    }
    let Some(digest) = named else { return Ok(Verdict::Unknown) };
    let got = digest.of_file(path).map_err(|source| HubError::Read { path: path.to_owned(), source })?;
    if got == digest.text() {
        return Ok(Verdict::Good);
    }
    Ok(Verdict::Wrong { expected: digest.text().to_owned(), got })
}
