//! `breadth doctor`: what this machine has, and how to mend what is missing.

use super::{CommandResult, default_jobs, output};
use crate::embed::{self, EngineKind};
use crate::hub::Hub;

/// Say what this machine has: the engine found, threads, models, and how to mend what is missing
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth doctor")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> CommandResult {
    let report = embed::engine_report();
    let mut lines = vec![format!("breadth {}", env!("CARGO_PKG_VERSION"))];
    lines.push(format!("threads: {}", default_jobs()));
    lines.extend(engine_lines(report));
    lines.push("devices (`device` of an embedder):".to_owned());
    lines.extend(embed::device_reports().into_iter().map(|report| match report.usable {
        Ok(()) => format!("  {}: usable", report.name),
        Err(problem) => format!("  {}: no; {problem}", report.name),
    }));
    lines.push("models:".to_owned());
    lines.extend(
        embed::BUILTIN_MODELS
            .iter()
            .map(|model| format!("  builtin:{}: {} ({})", model.name, model.source, model.license)),
    );
    lines.extend(hub_lines());
    lines.push("API keys (never shown; a local model needs none):".to_owned());
    lines.extend(embed::key_reports().iter().map(|report| match &report.found_in {
        Some(variable) => format!("  {}: found in {variable}", report.provider),
        None => format!("  {}: none; set {}", report.provider, report.variables.join(" or ")),
    }));
    output::result(&output::printable(&(lines.join("\n") + "\n")))?;
    Ok(())
}

/// What was pulled, and where from more would come.
fn hub_lines() -> Vec<String> {
    let found = Hub::from_env().and_then(|hub| hub.all().map(|all| (hub, all)));
    let (hub, all) = match found {
        Ok(found) => found,
        Err(error) => return vec![format!("  from the hub: failed to {error}")],
    };
    let mut lines: Vec<String> = all
        .iter()
        .flat_map(|found| found.graphs.iter().map(move |graph| (found, graph)))
        .map(|(found, graph)| {
            format!("  hf:{}: {}, {}", found.name.at(&found.commit[..12]), graph.path, output::megabytes(graph.bytes))
        })
        .collect();
    lines.push(format!("  from the hub: {} (`breadth models pull ORG/NAME` fetches more)", hub.describe()));
    lines
}

fn engine_lines(report: &embed::EngineReport) -> Vec<String> {
    let mut lines = Vec::new();
    match &report.chosen {
        Ok(kind) => {
            let version = report.version.as_deref().map_or_else(String::new, |version| format!(" {version}"));
            let path = report.path.as_ref().map_or_else(String::new, |path| format!(" at {}", path.display()));
            lines.push(format!("engine: {}{version}{path}", kind.name()));
        }
        Err(reason) => lines.push(format!("engine: none ({reason})")),
    }
    lines.push("ONNX Runtime was looked for:".to_owned());
    lines.extend(report.searched.iter().map(|searched| format!("  {}: {}", searched.place, searched.outcome)));
    if !matches!(report.chosen, Ok(EngineKind::OnnxRuntime)) {
        lines.push(
            "hint: the pure-Rust engine needs nothing; for ONNX Runtime, `pip install onnxruntime`, or set ORT_DYLIB_PATH to the library"
                .to_owned(),
        );
    }
    lines
}
