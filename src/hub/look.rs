//! What the cache holds. Reads folders and small files, writes nothing, asks nobody.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::is_commit;
use super::{Hub, HubError, ModelName};

/// A model's files at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which model.
    pub name: ModelName,
    /// Which state of its repository.
    pub commit: String,
    /// Branches and tags that stand for this commit here.
    pub revisions: Vec<String>,
    /// Where its files are.
    pub folder: PathBuf,
    /// What can be run.
    pub graphs: Vec<GraphFile>,
}

/// An ONNX file with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphFile {
    /// Its path below the model's folder.
    pub path: String,
    /// Its size and that of the weights beside it.
    pub bytes: u64,
}

/// Why a model is not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// Nothing of it is here.
    Model,
    /// Only other revisions are here.
    Revision {
        /// These.
        here: Vec<String>,
    },
}

impl Hub {
    /// The folder of a model in the cache.
    pub(super) fn model_folder(&self, name: &ModelName) -> PathBuf {
        self.cache.path().join(name.repo().folder_name())
    }

    /// The files of a model at the revision that it names.
    ///
    /// # Errors
    /// What of it is here instead.
    pub fn find(&self, name: &ModelName) -> Result<Found, Absent> {
        let folder = self.model_folder(name);
        let revisions = revisions(&folder);
        // A snapshot without a graph is a pull that was given up, or the weights for another program.
        let mut commits = entries(&folder.join("snapshots"));
        commits.retain(|commit| !graphs(&folder.join("snapshots").join(commit)).is_empty());
        let pointed = revisions.iter().find(|(revision, _)| revision == name.revision());
        let mut candidates: Vec<&String> = match pointed {
            Some((_, commit)) => commits.iter().filter(|known| *known == commit).collect(),
            None if name.may_be_commit() => {
                commits.iter().filter(|commit| commit.starts_with(name.revision())).collect()
            }
            None => Vec::new(),
        };
        match (candidates.pop(), candidates.is_empty()) {
            (Some(commit), true) => Ok(found(name, &folder, commit, &revisions)),
            _ if commits.is_empty() => Err(Absent::Model),
            _ => {
                let named = revisions.into_iter().filter(|(_, commit)| commits.contains(commit));
                let named: Vec<String> = named.map(|(revision, _)| revision).collect();
                Err(Absent::Revision { here: named.into_iter().chain(commits).collect() })
            }
        }
    }

    /// Every model of the cache that has something to run, by name.
    ///
    /// # Errors
    /// When the cache is there and cannot be read.
    pub fn all(&self) -> Result<Vec<Found>, HubError> {
        let root = self.cache.path();
        match fs::read_dir(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(HubError::Read { path: root.clone(), source }),
            Ok(_) => {}
        }
        let mut all = Vec::new();
        for name in entries(root).iter().filter_map(|folder| ModelName::of_folder(folder)) {
            let folder = self.model_folder(&name);
            let revisions = revisions(&folder);
            for commit in entries(&folder.join("snapshots")).iter().filter(|commit| is_commit(commit)) {
                all.push(found(&name, &folder, commit, &revisions));
            }
        }
        all.retain(|found| !found.graphs.is_empty());
        Ok(all)
    }
}

fn found(name: &ModelName, folder: &Path, commit: &str, revisions: &[(String, String)]) -> Found {
    let snapshot = folder.join("snapshots").join(commit);
    let named = revisions.iter().filter(|(_, target)| target == commit).map(|(revision, _)| revision.clone());
    Found {
        name: name.clone(),
        commit: commit.to_owned(),
        revisions: named.collect(),
        graphs: graphs(&snapshot),
        folder: snapshot,
    }
}

/// The ONNX files at the top of a folder and in `onnx/`, each with the weights beside it.
fn graphs(snapshot: &Path) -> Vec<GraphFile> {
    let mut graphs = Vec::new();
    for below in ["onnx", ""] {
        let folder = snapshot.join(below);
        let files = entries(&folder);
        for file in files.iter().filter(|file| is_graph(file)) {
            let parts = files.iter().filter(|part| *part == file || is_data_of(part, file));
            // A link whose target is gone has no size.
            let size = |name: &String| fs::metadata(folder.join(name)).map_or(0, |metadata| metadata.len());
            let path = if below.is_empty() { file.clone() } else { format!("{below}/{file}") };
            graphs.push(GraphFile { path, bytes: parts.map(size).sum() });
        }
    }
    graphs
}

/// Whether a file's name is that of an ONNX graph.
pub(super) fn is_graph(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "onnx")
}

/// Whether a file holds weights of a graph beside it: `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`.
pub(super) fn is_data_of(file: &str, graph: &str) -> bool {
    file.strip_prefix(graph).is_some_and(|rest| rest.starts_with("_data") || rest.starts_with(".data"))
}

/// Branches and tags with the commits that they stand for; names with slashes are folders.
fn revisions(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(folder.join("refs"), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        // A name with a dot in front is one that did not appear yet.
        for name in entries(&folder).into_iter().filter(|name| !name.starts_with('.')) {
            let (path, revision) = (folder.join(&name), format!("{prefix}{name}"));
            if path.is_dir() {
                open.push((path, format!("{revision}/")));
            } else if let Ok(commit) = fs::read_to_string(&path)
                && is_commit(commit.trim())
            {
                found.push((revision, commit.trim().to_owned()));
            }
        }
    }
    found.sort();
    found
}

/// Names of what is in a folder, sorted; nothing where there is no such folder.
pub(super) fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
