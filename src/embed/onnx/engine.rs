//! The engine that runs models in this process: ONNX Runtime where a library is found, else one written in Rust.
//!
//! One process has one engine; it is chosen when it is first asked for. `BREADTH_ENGINE` set to `onnxruntime` or `tract`
//! forces one. A library that is missing, broken or too old is never a panic: the report keeps the reason.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::environment::{Environment, EnvironmentBuilder};

use super::super::EmbedError;
use super::places::{self, Lookup};

/// What runs the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// The ONNX Runtime library, loaded from this machine.
    OnnxRuntime,
    /// `tract`, compiled into the binary.
    Tract,
}

impl EngineKind {
    /// As `BREADTH_ENGINE` and a space's traits say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EngineKind::OnnxRuntime => "onnxruntime",
            EngineKind::Tract => "tract",
        }
    }
}

/// A place that was looked at, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Where.
    pub place: String,
    /// A lower-case fragment.
    pub outcome: String,
}

/// Which engine is in use and why.
#[derive(Debug, Clone)]
pub struct EngineReport {
    /// The engine, or why there is none.
    pub chosen: Result<EngineKind, String>,
    /// The library, where it is one.
    pub path: Option<PathBuf>,
    /// As the engine says it.
    pub version: Option<String>,
    /// All places, in the order in which they are tried.
    pub searched: Vec<Searched>,
}

/// The engine of this process.
#[derive(Debug)]
pub(super) struct Engine {
    pub kind: EngineKind,
    pub environment: Environment,
}

struct State {
    report: EngineReport,
    environment: Option<Environment>,
}

// Lives as long as the process: the library must not be unloaded under its own threads.
static STATE: OnceLock<State> = OnceLock::new();

/// Which engine this process uses, where it was looked for, and what was found. The first call looks.
#[must_use]
pub fn engine_report() -> &'static EngineReport {
    &state().report
}

/// The folder in which `breadth` keeps a library of its own, where this machine has a cache folder.
#[must_use]
pub fn library_folder() -> Option<PathBuf> {
    places::cache_folder(&variable)
}

/// The engine, or why there is none.
pub(super) fn get() -> Result<Engine, EmbedError> {
    let State { report, environment } = state();
    match (&report.chosen, environment) {
        (Ok(kind), Some(environment)) => Ok(Engine { kind: *kind, environment: environment.clone() }),
        (Err(problem), _) => Err(EmbedError::Engine { problem: problem.clone() }),
        (Ok(_), None) => Err(EmbedError::Engine { problem: "it has no environment".to_owned() }),
    }
}

fn state() -> &'static State {
    STATE.get_or_init(|| choose(&variable))
}

fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn choose(lookup: Lookup) -> State {
    let wish = lookup("BREADTH_ENGINE").map_or("auto".to_owned(), |wish| wish.to_string_lossy().into_owned());
    let mut state = match wish.as_str() {
        "auto" | "onnxruntime" => search(lookup),
        "tract" => nothing("`BREADTH_ENGINE` asks for tract".to_owned()),
        other => return nothing(format!("expected auto, onnxruntime or tract in `BREADTH_ENGINE`, got `{other}`")),
    };
    if state.environment.is_none() && wish != "onnxruntime" {
        fall_back(&mut state);
    }
    state
}

fn nothing(problem: String) -> State {
    State {
        report: EngineReport { chosen: Err(problem), path: None, version: None, searched: Vec::new() },
        environment: None,
    }
}

/// Tries one library after the other until one starts.
fn search(lookup: Lookup) -> State {
    let mut state = nothing("no usable ONNX Runtime library was found (1.24 or later is needed)".to_owned());
    for place in places::all(lookup) {
        let outcome = if state.environment.is_some() {
            "not looked at".to_owned()
        } else if place.libraries.is_empty() {
            "no library".to_owned()
        } else {
            try_libraries(&place.libraries, &mut state)
        };
        state.report.searched.push(Searched { place: place.name, outcome });
    }
    state
}

fn try_libraries(libraries: &[PathBuf], state: &mut State) -> String {
    let mut failures = Vec::new();
    for path in libraries {
        match start(path) {
            Ok(environment) => {
                state.environment = Some(environment);
                state.report.chosen = Ok(EngineKind::OnnxRuntime);
                state.report.path = Some(path.clone());
                state.report.version = Some(version(path));
                return format!("in use: `{}`", path.display());
            }
            Err(problem) => failures.push(problem),
        }
    }
    failures.join("; ")
}

fn start(path: &Path) -> Result<Environment, String> {
    // `ort` asserts here and there that a library which exports the right name also behaves.
    guarded(|| ort::init_from(path).map_err(|error| error.to_string()).and_then(build))
        .map_err(|problem| if problem.contains('`') { problem } else { format!("`{}`: {problem}", path.display()) })
}

fn build(builder: EnvironmentBuilder) -> Result<Environment, String> {
    builder.with_name("breadth").with_telemetry(false).build().map_err(|error| error.to_string())
}

fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the library does not behave like ONNX Runtime".to_owned()))
}

/// The version in the library's name, else what its build says about itself.
fn version(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named = places::version_in(&resolved);
    if named.len() > 1 {
        return named.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    }
    ort::info().trim_start_matches("ORT Build Info: ").split(", build").next().unwrap_or_default().to_owned()
}

#[cfg(feature = "tract")]
fn fall_back(state: &mut State) {
    // Refused when a library got as far as lending its functions and failed after that; those cannot be taken back.
    let started = guarded(|| {
        if ort::set_api(ort_tract::api()) {
            build(ort::init())
        } else {
            Err("a library that failed to start is in the way of the built-in engine".to_owned())
        }
    });
    let outcome = match started {
        Ok(environment) => {
            state.environment = Some(environment);
            state.report.chosen = Ok(EngineKind::Tract);
            state.report.version = Some("ort-tract 0.5".to_owned());
            "in use".to_owned()
        }
        Err(problem) => {
            state.report.chosen = Err(problem.clone());
            problem
        }
    };
    state.report.searched.push(Searched { place: "built in (tract)".to_owned(), outcome });
}

#[cfg(not(feature = "tract"))]
fn fall_back(state: &mut State) {
    let outcome = "not compiled in (feature `tract`)".to_owned();
    if let Err(problem) = &mut state.report.chosen {
        problem.push_str(", and the pure-Rust engine is not compiled in");
    }
    state.report.searched.push(Searched { place: "built in (tract)".to_owned(), outcome });
}
