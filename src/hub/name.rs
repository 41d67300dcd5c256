//! `ORG/NAME@REVISION` → its parts. Nothing that could lead out of the cache's folder gets through.

use std::fmt;

use hf_hub::{Repo, RepoType};

use super::HubError;

/// What a model is called where no revision is given.
const DEFAULT_REVISION: &str = "main";
/// The hub allows no longer ones.
const LONGEST: usize = 96;
/// Hexadecimal digits of a whole commit.
const COMMIT: usize = 40;
/// Fewer digits of a commit are taken for the name of a branch.
const SHORT_COMMIT: usize = 7;

/// A model on the hub.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelName {
    id: String,
    revision: Option<String>,
}

impl ModelName {
    /// Reads `ORG/NAME` or `ORG/NAME@REVISION`.
    ///
    /// # Errors
    /// What was expected of the name.
    pub fn parse(text: &str) -> Result<Self, HubError> {
        let wrong = |problem: &str| HubError::Name { given: text.to_owned(), problem: problem.to_owned() };
        let (id, revision) = match text.split_once('@') {
            Some((id, revision)) => (id, Some(revision)),
            None => (text, None),
        };
        let parts: Vec<&str> = id.split('/').collect();
        let [org, name] = parts[..] else {
            return Err(wrong("expected ORG/NAME or ORG/NAME@REVISION"));
        };
        for part in [org, name] {
            if !is_part(part) || part.len() > LONGEST {
                return Err(wrong("expected letters, digits, `-`, `_` and `.` on both sides of the slash"));
            }
        }
        if let Some(revision) = revision
            && !revision.split('/').all(is_part)
        {
            return Err(wrong("expected a commit, a branch or a tag behind the `@`"));
        }
        Ok(ModelName { id: id.to_owned(), revision: revision.map(str::to_owned) })
    }

    /// `ORG/NAME`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The revision that is asked for: a branch, a tag, or a commit or its beginning.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(DEFAULT_REVISION)
    }

    /// Whether the revision can be the beginning of a commit.
    pub(super) fn may_be_commit(&self) -> bool {
        let revision = self.revision();
        (SHORT_COMMIT..=COMMIT).contains(&revision.len()) && is_hex(revision)
    }

    /// As the cache's library knows it.
    pub(super) fn repo(&self) -> Repo {
        Repo::with_revision(self.id.clone(), RepoType::Model, self.revision().to_owned())
    }

    /// The name behind a folder of the cache, where it is a model's.
    pub(super) fn of_folder(folder: &str) -> Option<Self> {
        let (org, name) = folder.strip_prefix("models--")?.split_once("--")?;
        Self::parse(&format!("{org}/{name}")).ok()
    }

    /// The same model at another revision.
    #[must_use]
    pub fn at(&self, revision: &str) -> Self {
        ModelName { id: self.id.clone(), revision: Some(revision.to_owned()) }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.revision {
            Some(revision) => write!(f, "{}@{revision}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// Whether it is the name of one folder, and of no folder above.
fn is_part(part: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !part.is_empty() && part.chars().all(known) && !part.starts_with('.') && !part.contains("..")
}

/// Whether it is a whole commit, which names one state of a repository for good.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == COMMIT && is_hex(text)
}

pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
