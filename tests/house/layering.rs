//! Stages are strangers; each heavy dependency and each effect has one room.

use super::{assert_none, source_files};

/// Room → the rooms that it may name. A new edge is a decision: it is made here.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("kernels", &[]),
    ("ingest", &["model", "kernels"]),
    // What a program is written in and how it parses, for the stages that take programs out and apart.
    ("program", &["model", "kernels"]),
    ("extract", &["model", "kernels", "program"]),
    // A hub's cache is looked at to find models; `a_run_never_downloads` keeps it at that.
    ("hub", &[]),
    ("embed", &["model", "kernels", "hub"]),
    ("measure", &["model", "kernels", "program"]),
    ("summarize", &["model", "kernels"]),
    ("render", &["model", "kernels"]),
    ("store", &["model", "kernels"]),
    // Validation looks names up in the registries of the stages.
    ("config", &["model", "ingest", "extract", "embed", "measure", "summarize", "render"]),
    (
        "pipeline",
        &["model", "kernels", "ingest", "extract", "embed", "measure", "summarize", "render", "store", "config"],
    ),
    // `list` shows registries, `doctor` the engine, `table` and `cache` read what a run left, `models` fetches.
    (
        "cli",
        &[
            "model",
            "hub",
            "ingest",
            "extract",
            "embed",
            "measure",
            "summarize",
            "render",
            "store",
            "config",
            "pipeline",
        ],
    ),
    ("main", &[]),
    ("lib", &[]),
];

/// Crate → the path it lives under.
const LIVES_IN: &[(&str, &[&str])] = &[
    ("ort", &["src/embed/onnx"]),
    ("ort_tract", &["src/embed/onnx"]),
    // A server's own `tokenizer.json` counts its tokens.
    ("tokenizers", &["src/embed/onnx", "src/embed/http/count.rs"]),
    ("half", &["src/embed/onnx"]),
    ("hf_hub", &["src/hub"]),
    ("reqwest", &["src/embed/http", "src/hub"]),
    ("ring", &["src/hub"]),
    ("tokio", &["src/embed/http", "src/hub"]),
    ("rustls", &["src/embed/http", "src/hub"]),
    ("secrecy", &["src/embed/http", "src/hub"]),
    ("governor", &["src/embed/http"]),
    ("backon", &["src/embed/http"]),
    ("tiktoken_rs", &["src/embed/http"]),
    ("plotters", &["src/render/figures"]),
    ("ab_glyph", &["src/render/figures"]),
    ("similar", &["src/render/figures"]),
    // `render/mod.rs` holds the room's error, which keeps its causes.
    ("minijinja", &["src/render/report", "src/render/mod.rs"]),
    ("polars", &["src/store"]),
    ("parquet", &["src/store", "src/ingest"]),
    ("arrow", &["src/store", "src/ingest"]),
    ("clap", &["src/cli"]),
    ("indicatif", &["src/cli"]),
    ("ctrlc", &["src/cli"]),
    ("csv", &["src/ingest", "src/render"]),
    ("tempfile", &["src/store"]),
    ("faer", &["src/kernels"]),
    ("kodama", &["src/kernels"]),
    ("linfa", &["src/kernels"]),
    ("linfa_clustering", &["src/kernels"]),
    ("linfa_nn", &["src/kernels"]),
    ("linfa_linalg", &["src/kernels"]),
    ("linfa_tsne", &["src/kernels"]),
    ("statrs", &["src/kernels"]),
    ("libm", &["src/kernels"]),
    ("tree_sitter", &["src/program"]),
    ("tree_sitter_cpp", &["src/program"]),
    ("tree_sitter_go", &["src/program"]),
    ("tree_sitter_java", &["src/program"]),
    ("tree_sitter_javascript", &["src/program"]),
    ("tree_sitter_python", &["src/program"]),
    ("tree_sitter_rust", &["src/program"]),
];

/// Where sockets are opened.
const SOCKETS: &[&str] = &["src/embed/http", "src/hub/remote.rs"];

/// Who writes: our own files, and the hub's cache, which belongs to other programs too.
const WRITERS: &[&str] = &["src/store", "src/hub/shelf.rs"];

#[test]
fn stages_are_strangers() {
    let mut findings = Vec::new();
    for file in source_files() {
        let room = file.room();
        let Some((_, known)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            findings.push(format!("{}: the room `{room}` is not on the floor plan", file.path));
            continue;
        };
        for (line, text) in file.lines() {
            for named in text.split("crate::").skip(1) {
                let target: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_room = MAY_KNOW.iter().any(|(name, _)| *name == target);
                // `use crate::{…}` hides its edges: write one `use` per room.
                let hidden = named.starts_with('{') && room != "config" && room != "pipeline" && room != "cli";
                if hidden || (is_room && target != room && !known.contains(&target.as_str())) {
                    findings.push(format!("{}:{line}: `{room}` names `{target}`: {}", file.path, text.trim()));
                }
            }
        }
    }
    assert_none("a room may know only the rooms in MAY_KNOW", &findings);
}

#[test]
fn heavy_crates_live_in_one_room() {
    let mut findings = Vec::new();
    for file in source_files() {
        for (line, text) in file.lines() {
            for (krate, homes) in LIVES_IN {
                let named = text.trim_start().starts_with(&format!("use {krate}::"))
                    || text.contains(&format!(" {krate}::"))
                    || text.contains(&format!("({krate}::"));
                // `crate::…::csv::` and the like are modules of ours.
                let ours = text.contains(&format!("::{krate}::"));
                if named && !ours && !homes.iter().any(|home| file.path.starts_with(home)) {
                    findings.push(format!("{}:{line}: {}", file.path, text.trim()));
                }
            }
        }
    }
    assert_none("heavy crates stay in their rooms", &findings);
}

#[test]
fn one_door_per_effect() {
    let mut findings = Vec::new();
    for file in source_files() {
        for (line, text) in file.lines() {
            let prints = ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout", "io::stderr"];
            if prints.iter().any(|print| text.contains(print)) && file.room() != "cli" {
                findings.push(format!("{}:{line} prints: {}", file.path, text.trim()));
            }
            let writes = ["fs::write", "File::create", "fs::rename", "fs::remove", "create_dir", "OpenOptions"];
            if writes.iter().any(|write| text.contains(write))
                && !WRITERS.iter().any(|home| file.path.starts_with(home))
            {
                findings.push(format!("{}:{line} touches the disk: {}", file.path, text.trim()));
            }
            let opens = text.contains("TcpStream") || text.contains("reqwest");
            if opens && !SOCKETS.iter().any(|room| file.path.starts_with(room)) {
                findings.push(format!("{}:{line} opens a socket: {}", file.path, text.trim()));
            }
        }
    }
    assert_none("`cli` prints, `store` writes, `embed/http` and `hub/remote` open sockets", &findings);
}

#[test]
fn a_run_never_downloads() {
    let names = |text: &str| text.contains(".pull(") || text.contains("Remote::new");
    let mut findings = Vec::new();
    for file in source_files() {
        for (line, text) in file.lines().filter(|(_, text)| names(text)) {
            if !matches!(file.room(), "hub" | "cli") {
                findings.push(format!("{}:{line} downloads: {}", file.path, text.trim()));
            }
        }
    }
    assert_none("only `cli` asks the hub for a model", &findings);
}

#[test]
fn unsafe_stays_out() {
    let findings: Vec<String> = source_files()
        .iter()
        .filter(|file| !file.path.starts_with("src/kernels/simd"))
        .flat_map(|file| {
            let lines = file.lines().filter(|(_, text)| text.contains("unsafe ") || text.contains("unsafe{"));
            lines.map(|(line, _)| format!("{}:{line}", file.path)).collect::<Vec<_>>()
        })
        .collect();
    assert_none("`unsafe` is for `kernels/simd`", &findings);
}
