//! What a plan says about a local model → which files, which device, which of the model's own habits are changed.
//!
//! Looks for folders and reads no model; every mistake is told at once.

use super::super::{EmbedError, Problem, Request};
use super::device::Device;
use super::facts::{Pooling, Wish};
use super::folder::{self, Choice, Files, may_cut};
use super::known::{self, LocalModel};
use super::variant::{graph_names, places};
use super::{BUILTIN_MODELS, BuiltinModel};
use crate::hub::{Absent, Hub, ModelName};

/// Keys of `[[embedder]]` that the provider takes.
pub(super) const OPTIONS: &[&str] = &["dimensions", "prefix", "pooling", "window", "variant", "device"];

/// What a plan means.
pub(super) struct Setup {
    pub files: Files,
    pub choice: Choice,
    /// Nothing for `auto`.
    pub device: Option<Device>,
}

/// Where a model is, and what is known of it.
struct Place {
    files: Files,
    known: Option<&'static LocalModel>,
}

/// What is wrong with a request, as far as that shows without reading a model.
pub(super) fn problems(request: &Request) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut note = |key, outcome: Result<(), String>| {
        problems.extend(outcome.err().map(|message| Problem { key, message, hint: None }));
    };
    let variant = request.options.text("variant");
    let graphs = graph_names(variant).map_err(|problem| format!("{problem} in `embedder.variant`"));
    note("variant", graphs.as_ref().map(drop).map_err(Clone::clone));
    note("device", wanted_device(request).map(drop));
    note("pooling", wanted_pooling(request).map(drop));
    let graphs = graphs.unwrap_or_default();
    match locate(request, &graphs) {
        Err(error) => problems.push(about_model(request, &error)),
        Ok(place) => {
            if let (Some(known), Some(wanted)) = (place.known, request.options.whole("dimensions")) {
                note("dimensions", may_cut(known, wanted));
            }
        }
    }
    problems
}

fn about_model(request: &Request, error: &EmbedError) -> Problem {
    if let EmbedError::MissingFile { path, .. } = error {
        return Problem {
            key: "model",
            message: format!("expected a model folder in `embedder.model`, got `{}`, which is none", path.display()),
            hint: Some(
                "a model is `builtin:all-MiniLM-L6-v2`, `hf:ORG/NAME` or a folder with `model.onnx` and `tokenizer.json`, relative to the plan"
                    .to_owned(),
            ),
        };
    }
    let key =
        if matches!(error, EmbedError::NotPulled { variant: true, .. }) && request.options.text("variant").is_some() {
            "variant"
        } else {
            "model"
        };
    Problem { key, message: error.to_string(), hint: error.hint().map(str::to_owned) }
}

/// What a request means.
pub(super) fn read(request: &Request) -> Result<Setup, EmbedError> {
    let plan = |problem: String| EmbedError::Plan { problem };
    let graphs = graph_names(request.options.text("variant")).map_err(plan)?;
    let device = wanted_device(request).map_err(plan)?;
    let wish = Wish { pooling: wanted_pooling(request).map_err(plan)?, window: request.options.whole("window") };
    let Place { files, known } = locate(request, &graphs)?;
    let dimensions = request.options.whole("dimensions");
    Ok(Setup { files, choice: Choice { graphs, known, wish, dimensions }, device })
}

fn wanted_device(request: &Request) -> Result<Option<Device>, String> {
    Device::wanted(request.options.text("device").unwrap_or("auto"))
}

fn wanted_pooling(request: &Request) -> Result<Option<Pooling>, String> {
    let Some(word) = request.options.text("pooling") else { return Ok(None) };
    let wrong = || format!("expected one of {} in `embedder.pooling`, got `{word}`", Pooling::words());
    Pooling::named(word).map(Some).ok_or_else(wrong)
}

/// Finds the model's files. Never asks the hub.
fn locate(request: &Request, graphs: &[String]) -> Result<Place, EmbedError> {
    match request.model.split_once(':') {
        Some(("builtin", name)) => {
            let model = find_builtin(name)?;
            let inside = |place: &String| model.files.iter().any(|(file, _)| file == place);
            if !places(graphs).iter().any(inside) && !graphs.is_empty() {
                let problem = format!("expected no `embedder.variant` for a built-in model, got `{}`", graphs[0]);
                return Err(EmbedError::Plan { problem });
            }
            Ok(Place { files: Files::Builtin(model), known: known::find(name) })
        }
        Some(("hf", name)) => pulled(name, graphs),
        _ => {
            let files = folder::resolve(&request.base_dir, &request.model);
            match &files {
                Files::Folder(folder) if !folder.is_dir() => {
                    Err(EmbedError::MissingFile { path: folder.clone(), what: "the model's folder" })
                }
                _ => Ok(Place { files, known: None }),
            }
        }
    }
}

fn find_builtin(name: &str) -> Result<&'static BuiltinModel, EmbedError> {
    let found = BUILTIN_MODELS.iter().find(|model| model.name == name);
    found.ok_or_else(|| EmbedError::UnknownBuiltin {
        name: name.to_owned(),
        known: BUILTIN_MODELS.iter().map(|model| model.name).collect(),
    })
}

/// The files of a model that was pulled.
fn pulled(name: &str, graphs: &[String]) -> Result<Place, EmbedError> {
    let not = |problem: String, way_out: String, variant: bool| EmbedError::NotPulled {
        name: name.to_owned(),
        problem,
        way_out,
        variant,
    };
    let model =
        ModelName::parse(name).map_err(|error| not(error.to_string(), error.hint().unwrap_or_default(), false))?;
    let hub = Hub::from_env().map_err(|error| not(error.to_string(), error.hint().unwrap_or_default(), false))?;
    let pull = |more: &str| format!("`breadth models pull {model}{more}` fetches it");
    let found = hub.find(&model).map_err(|absent| match absent {
        Absent::Model => not("it was not pulled".to_owned(), pull(""), false),
        Absent::Revision { here } => {
            not(format!("of it there is only {}", list(here.iter().map(String::as_str))), pull(""), false)
        }
    })?;
    let wanted = places(graphs);
    if !graphs.is_empty() && !wanted.iter().any(|place| found.graphs.iter().any(|graph| graph.path == *place)) {
        let here = found.graphs.iter().map(|graph| graph.path.as_str());
        let problem = format!("expected {}, got {}", list(wanted.iter().map(String::as_str)), list(here));
        let more = if graphs[0] == "model.onnx" { String::new() } else { format!(" --variant {}", graphs[0]) };
        return Err(not(problem, pull(&more), true));
    }
    Ok(Place { files: Files::Folder(found.folder), known: known::find(model.id()) })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" or ") }
}
