//! A model folder, as sentence-transformers saves it or as the hub's exporters do: its graph, tokenizer and digest.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::EmbedError;
use super::builtin::BuiltinModel;
use super::facts::{self, Facts, Wish};
use super::graph::{self, GraphFacts};
use super::known::LocalModel;
use super::variant::places;

/// Where a model's files are.
#[derive(Debug, Clone)]
pub(super) enum Files {
    /// Inside the binary.
    Builtin(&'static BuiltinModel),
    /// On disk.
    Folder(PathBuf),
}

impl Files {
    /// A file's name for messages: its path, or `builtin:MODEL/FILE`; without a file, the model's own.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Files::Builtin(model) if name.is_empty() => PathBuf::from(format!("builtin:{}", model.name)),
            Files::Builtin(model) => PathBuf::from(format!("builtin:{}/{name}", model.name)),
            Files::Folder(folder) if name.is_empty() => folder.clone(),
            Files::Folder(folder) => folder.join(name),
        }
    }

    fn find(&self, name: &str) -> Result<Option<Cow<'static, [u8]>>, EmbedError> {
        match self {
            Files::Builtin(model) => {
                Ok(model.files.iter().find(|(file, _)| *file == name).map(|(_, bytes)| Cow::Borrowed(*bytes)))
            }
            Files::Folder(folder) => match fs::read(folder.join(name)) {
                Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(EmbedError::Read { path: folder.join(name), source }),
            },
        }
    }

    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, EmbedError> {
        let Some(bytes) = self.find(name)? else { return Ok(None) };
        let value =
            serde_json::from_slice(&bytes).map_err(|source| EmbedError::Json { path: self.path(name), source })?;
        Ok(Some(value))
    }

    pub(super) fn needed<T>(&self, name: &str, what: &'static str, found: Option<T>) -> Result<T, EmbedError> {
        found.ok_or_else(|| EmbedError::MissingFile { path: self.path(name), what })
    }

    pub(super) fn config(&self, name: &str, problem: String) -> EmbedError {
        EmbedError::Config { path: self.path(name), problem }
    }
}

/// What a plan asks of a model.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Names that the graph's file can have.
    pub graphs: Vec<String>,
    /// What is known of it.
    pub known: Option<&'static LocalModel>,
    /// What the plan says itself.
    pub wish: Wish,
    /// Numbers that a vector shall be cut to.
    pub dimensions: Option<usize>,
}

/// A model whose files have been read.
#[derive(Debug)]
pub(super) struct Model {
    /// Where it was read from.
    pub files: Files,
    /// The graph's path below the folder.
    pub graph_name: String,
    /// What the graph says about itself.
    pub graph: GraphFacts,
    /// Digest of the graph and the files that its weights are in.
    pub digest: String,
    /// The tokenizer file.
    pub tokenizer: Cow<'static, [u8]>,
    /// What is known beside the graph.
    pub facts: Facts,
    /// Length of a vector.
    pub dimension: usize,
}

impl Model {
    /// The graph's name for messages.
    pub(super) fn path(&self) -> PathBuf {
        self.files.path(&self.graph_name)
    }

    /// Reads all files of a model but the weights that lie outside of the graph, which are only digested.
    pub(super) fn read(files: Files, choice: &Choice) -> Result<Self, EmbedError> {
        let (graph_name, bytes) = find_graph(&files, &places(&choice.graphs))?;
        let graph =
            graph::read(&bytes).map_err(|problem| EmbedError::NotOnnx { path: files.path(&graph_name), problem })?;
        if !graph.inputs.contains_key("input_ids") {
            let got = graph.inputs.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(files.config(&graph_name, format!("expected an input `input_ids`, got {got}")));
        }
        let digest = digest(&files, &graph_name, &bytes, &graph)?;
        let tokenizer = files.needed("tokenizer.json", "the model's tokenizer", files.find("tokenizer.json")?)?;
        let mut facts = facts::read(&files, &graph, choice.known, choice.wish)?;
        let dimension = dimension(choice, &mut facts)?;
        Ok(Model { files, graph_name, graph, digest, tokenizer, facts, dimension })
    }
}

/// The length of a vector: the graph's own, or what the plan wants it cut to.
fn dimension(choice: &Choice, facts: &mut Facts) -> Result<usize, EmbedError> {
    let width = facts.width;
    let Some(wanted) = choice.dimensions.filter(|&wanted| wanted != width) else { return Ok(width) };
    let plan = |problem: String| EmbedError::Plan { problem };
    if wanted > width {
        return Err(plan(format!(
            "expected at most {width} in `embedder.dimensions`, which the model has, got {wanted}"
        )));
    }
    match choice.known {
        Some(known) => match may_cut(known, wanted) {
            Ok(()) => {}
            Err(problem) => return Err(plan(problem)),
        },
        None => facts.notes.push(format!(
            "vectors are cut from {width} to {wanted} numbers; whether the model was trained for that is not known"
        )),
    }
    Ok(wanted)
}

/// Whether a known model was trained to have its vectors cut to so many numbers.
pub(super) fn may_cut(known: &LocalModel, wanted: usize) -> Result<(), String> {
    match &known.sizes {
        _ if wanted == known.dimension => Ok(()),
        Some(sizes) if sizes.allow(wanted) => Ok(()),
        Some(sizes) => {
            Err(format!("expected {} in `embedder.dimensions` for `{}`, got {wanted}", sizes.describe(), known.name))
        }
        None => Err(format!(
            "expected {} in `embedder.dimensions` for `{}`, which was not trained to be cut, got {wanted}",
            known.dimension, known.name
        )),
    }
}

fn find_graph(files: &Files, places: &[String]) -> Result<(String, Cow<'static, [u8]>), EmbedError> {
    if let Files::Folder(folder) = files
        && !folder.is_dir()
    {
        return Err(EmbedError::MissingFile { path: folder.clone(), what: "the model's folder" });
    }
    for name in places {
        if let Some(bytes) = files.find(name)? {
            return Ok((name.clone(), bytes));
        }
    }
    let first = places.first().map_or("model.onnx", String::as_str);
    Err(EmbedError::MissingFile { path: files.path(first), what: "the model itself" })
}

fn digest(files: &Files, name: &str, bytes: &[u8], graph: &GraphFacts) -> Result<String, EmbedError> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    for external in &graph.external_files {
        let path = files.path(name).with_file_name(external);
        let file = File::open(&path).map_err(|source| EmbedError::Read { path: path.clone(), source })?;
        hasher.update_reader(file).map_err(|source| EmbedError::Read { path, source })?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The folder that a plan means.
pub(super) fn resolve(base: &Path, folder: &str) -> Files {
    Files::Folder(base.join(folder))
}
