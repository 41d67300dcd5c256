//! A model folder, as sentence-transformers saves it: which files there are, what they say, and their digests.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::EmbedError;
use super::builtin::BuiltinModel;
use super::graph::{self, GraphFacts};

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The mean over all tokens, special ones included.
    Mean,
    /// The first token's.
    Cls,
    /// The last token's.
    LastToken,
}

impl Pooling {
    /// The word in the space's traits.
    pub(super) fn name(self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Cls => "cls",
            Pooling::LastToken => "lasttoken",
        }
    }
}

/// Where a model's files are.
#[derive(Debug, Clone)]
pub(super) enum Files {
    /// Inside the binary.
    Builtin(&'static BuiltinModel),
    /// On disk.
    Folder(PathBuf),
}

impl Files {
    /// A file's name for messages: its path, or `builtin:MODEL/FILE`.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Files::Builtin(model) => PathBuf::from(format!("builtin:{}/{name}", model.name)),
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

    fn json(&self, name: &str) -> Result<Option<Value>, EmbedError> {
        let Some(bytes) = self.find(name)? else { return Ok(None) };
        let value =
            serde_json::from_slice(&bytes).map_err(|source| EmbedError::Json { path: self.path(name), source })?;
        Ok(Some(value))
    }

    fn needed<T>(&self, name: &str, what: &'static str, found: Option<T>) -> Result<T, EmbedError> {
        found.ok_or_else(|| EmbedError::MissingFile { path: self.path(name), what })
    }

    fn config(&self, name: &str, problem: String) -> EmbedError {
        EmbedError::Config { path: self.path(name), problem }
    }
}

/// What a model folder says.
#[derive(Debug)]
pub(super) struct Model {
    /// Where it was read from.
    pub files: Files,
    /// `model.onnx` or `onnx/model.onnx`.
    pub graph_name: &'static str,
    /// What the graph says about itself.
    pub graph: GraphFacts,
    /// Digest of the graph and the files that its weights are in.
    pub digest: String,
    /// The tokenizer file.
    pub tokenizer: Cow<'static, [u8]>,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Length of a vector.
    pub dimension: usize,
    /// Tokens that the model sees at once, special tokens included.
    pub window: usize,
    /// Whether the model normalizes its vectors; ours are normalized in any case.
    pub normalizes: bool,
    /// Whether texts are lower-cased ahead of the tokenizer.
    pub lower_case: bool,
    /// What the model wants before each text.
    pub prompt: Option<String>,
}

impl Model {
    /// The graph's name for messages.
    pub(super) fn path(&self) -> PathBuf {
        self.files.path(self.graph_name)
    }

    /// Reads all files of a model but the weights that lie outside of the graph, which are only digested.
    pub(super) fn read(files: Files) -> Result<Self, EmbedError> {
        let (graph_name, bytes) = find_graph(&files)?;
        let graph =
            graph::read(&bytes).map_err(|problem| EmbedError::NotOnnx { path: files.path(graph_name), problem })?;
        if !graph.inputs.contains("input_ids") {
            let got = graph.inputs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(files.config(graph_name, format!("expected an input `input_ids`, got {got}")));
        }
        let digest = digest(&files, graph_name, &bytes, &graph)?;
        let tokenizer = files.needed("tokenizer.json", "the model's tokenizer", files.find("tokenizer.json")?)?;
        let modules = Modules::read(&files)?;
        let (pooling, dimension) = read_pooling(&files, &modules.pooling)?;
        let (window, lower_case) = read_window(&files)?;
        let prompt = read_prompt(&files)?;
        let normalizes = modules.normalizes;
        Ok(Model {
            files,
            graph_name,
            graph,
            digest,
            tokenizer,
            pooling,
            dimension,
            window,
            normalizes,
            lower_case,
            prompt,
        })
    }
}

fn find_graph(files: &Files) -> Result<(&'static str, Cow<'static, [u8]>), EmbedError> {
    if let Files::Folder(folder) = files
        && !folder.is_dir()
    {
        return Err(EmbedError::MissingFile { path: folder.clone(), what: "the model's folder" });
    }
    for name in ["model.onnx", "onnx/model.onnx"] {
        if let Some(bytes) = files.find(name)? {
            return Ok((name, bytes));
        }
    }
    Err(EmbedError::MissingFile { path: files.path("model.onnx"), what: "the model itself" })
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

/// `modules.json`: the steps of a sentence-transformers model.
struct Modules {
    pooling: String,
    normalizes: bool,
}

impl Modules {
    fn read(files: &Files) -> Result<Self, EmbedError> {
        const NAME: &str = "modules.json";
        let value = files.needed(NAME, "which says whether vectors are normalized", files.json(NAME)?)?;
        let mut modules = Modules { pooling: "1_Pooling".to_owned(), normalizes: false };
        let list = value.as_array().ok_or_else(|| files.config(NAME, "expected a list of modules".to_owned()))?;
        for module in list {
            // The package that a module lives in was renamed over time; its last name was not.
            let kind = module["type"].as_str().unwrap_or_default();
            match kind.rsplit('.').next().unwrap_or_default() {
                "Transformer" => {}
                "Pooling" => module["path"].as_str().unwrap_or("1_Pooling").clone_into(&mut modules.pooling),
                "Normalize" => modules.normalizes = true,
                _ => {
                    let problem = format!("expected Transformer, Pooling and Normalize as modules, got `{kind}`");
                    return Err(files.config(NAME, problem));
                }
            }
        }
        Ok(modules)
    }
}

fn read_pooling(files: &Files, folder: &str) -> Result<(Pooling, usize), EmbedError> {
    let name = format!("{folder}/config.json");
    let value = files.needed(&name, "which says how token vectors become one vector", files.json(&name)?)?;
    let modes = pooling_modes(&value);
    let pooling = match modes[..] {
        ["mean" | "mean_tokens"] => Pooling::Mean,
        ["cls" | "cls_token"] => Pooling::Cls,
        ["lasttoken"] => Pooling::LastToken,
        _ => {
            let got = if modes.is_empty() { "none".to_owned() } else { modes.join(" and ") };
            return Err(files.config(&name, format!("expected the pooling mean, cls or lasttoken, got {got}")));
        }
    };
    let dimension = ["word_embedding_dimension", "embedding_dimension"].iter().find_map(|key| size(&value[*key]));
    let dimension =
        dimension.ok_or_else(|| files.config(&name, "expected a positive `word_embedding_dimension`".to_owned()))?;
    Ok((pooling, dimension))
}

/// The modes that are switched on: one flag for each, or (since sentence-transformers 5) one name.
fn pooling_modes(config: &Value) -> Vec<&str> {
    if let Some(mode) = config["pooling_mode"].as_str() {
        return vec![mode];
    }
    let flags = config.as_object().into_iter().flatten();
    flags
        .filter(|(_, on)| on.as_bool() == Some(true))
        .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
        .collect()
}

/// The window, and whether texts are lower-cased.
fn read_window(files: &Files) -> Result<(usize, bool), EmbedError> {
    const NAME: &str = "sentence_bert_config.json";
    let value = files.needed(NAME, "which says how many tokens the model sees at once", files.json(NAME)?)?;
    let window = size(&value["max_seq_length"]).ok_or_else(|| {
        files.config(NAME, format!("expected a positive `max_seq_length`, got {}", value["max_seq_length"]))
    })?;
    let positions = files.json("config.json")?.and_then(|config| size(&config["max_position_embeddings"]));
    match positions {
        Some(positions) if positions < window => {
            Err(files.config(NAME, format!("`max_seq_length` is {window}, but the model has {positions} positions")))
        }
        _ => Ok((window, value["do_lower_case"].as_bool() == Some(true))),
    }
}

fn read_prompt(files: &Files) -> Result<Option<String>, EmbedError> {
    let Some(value) = files.json("config_sentence_transformers.json")? else { return Ok(None) };
    let Some(name) = value["default_prompt_name"].as_str() else { return Ok(None) };
    Ok(value["prompts"][name].as_str().map(str::to_owned))
}

fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0)
}

/// The folder that a plan means.
pub(super) fn resolve(base: &Path, folder: &str) -> Files {
    Files::Folder(base.join(folder))
}
