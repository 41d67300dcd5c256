//! `breadth doctor`: what this machine has, and how to mend what is missing.

use super::{CommandResult, default_jobs, output};
use crate::embed::{self, EngineKind};

/// Say what this machine has: the engine found, threads, models, and how to mend what is missing
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  breadth doctor")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> CommandResult {
    let report = embed::engine_report();
    let mut lines = vec![format!("breadth {}", env!("CARGO_PKG_VERSION"))];
    lines.push(format!("threads: {}", default_jobs()));
    lines.extend(engine_lines(report));
    lines.push("models:".to_owned());
    lines.extend(
        embed::BUILTIN_MODELS
            .iter()
            .map(|model| format!("  builtin:{}: {} ({})", model.name, model.source, model.license)),
    );
    lines.push("API keys (never shown; a local model needs none):".to_owned());
    lines.extend(embed::key_reports().iter().map(|report| match &report.found_in {
        Some(variable) => format!("  {}: found in {variable}", report.provider),
        None => format!("  {}: none; set {}", report.provider, report.variables.join(" or ")),
    }));
    output::result(&output::printable(&(lines.join("\n") + "\n")))?;
    Ok(())
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
