//! Which files of a repository are a model: one graph with its weights, the tokenizer, and what says how to pool.

use super::look::{is_data_of, is_graph};
use super::remote::{Listing, RemoteFile};
use super::{HubError, ModelName};

/// Files beside the graph; only the tokenizer has to be there, which shows when the model is opened.
const BESIDE: [&str; 5] =
    ["tokenizer.json", "modules.json", "sentence_bert_config.json", "config.json", "config_sentence_transformers.json"];

/// What to fetch.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    /// The graph's path.
    pub graph: String,
    /// All files, the small ones first.
    pub files: Vec<&'a RemoteFile>,
}

/// Picks the first of the `graphs` that the repository has, in `onnx/` or at its top.
pub(super) fn choose<'a>(listing: &'a Listing, name: &ModelName, graphs: &[String]) -> Result<Choice<'a>, HubError> {
    let all: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
    let candidates = graphs.iter().flat_map(|graph| {
        let exact = graph.contains('/').then(|| graph.clone());
        exact.map_or_else(|| vec![format!("onnx/{graph}"), graph.clone()], |exact| vec![exact])
    });
    let Some(graph) = candidates.into_iter().find(|path| all.contains(&path.as_str())) else {
        return Err(nothing(name, &all, graphs));
    };
    let belongs = |path: &str| path == graph || is_data_of(path, &graph) || is_beside(path);
    let mut files: Vec<&RemoteFile> = listing.files.iter().filter(|file| belongs(&file.path)).collect();
    files.sort_by_key(|file| (file.size, file.path.clone()));
    Ok(Choice { graph, files })
}

fn is_beside(path: &str) -> bool {
    // `1_Pooling/config.json`, `2_Dense/config.json`: the steps that modules.json speaks of.
    let step = path.strip_suffix("/config.json").and_then(|folder| folder.split_once('_'));
    let is_step = step.is_some_and(|(number, kind)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !kind.contains('/')
    });
    is_step || BESIDE.contains(&path)
}

fn nothing(name: &ModelName, all: &[&str], graphs: &[String]) -> HubError {
    let model = name.to_string();
    let onnx: Vec<&str> = all.iter().copied().filter(|path| is_graph(path)).collect();
    if onnx.is_empty() {
        return HubError::NoOnnx { model, there: shown(all) };
    }
    let wanted: Vec<String> = graphs.iter().map(|graph| format!("`{graph}`")).collect();
    HubError::NoVariant { model, wanted: wanted.join(" or "), there: shown(&onnx) }
}

/// The first few, and how many more there are.
fn shown(paths: &[&str]) -> String {
    const MOST: usize = 12;
    if paths.is_empty() {
        return "nothing".to_owned();
    }
    let mut text = paths.iter().take(MOST).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    if paths.len() > MOST {
        text.push_str(&format!(" and {} more", paths.len() - MOST));
    }
    text
}
