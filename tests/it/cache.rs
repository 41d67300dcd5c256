//! The cache as its users meet it: pruned by name, shown on a narrow terminal, shared by many runs at once.

use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::lab::{Lab, QUICK, draw, many, number_in, two_modes};

fn lab() -> Lab {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&[]).code(0);
    lab
}

#[test]
fn pruning_by_model_removes_what_it_names() {
    let lab = lab();
    let n_vectors = lab.n_cached(".");
    lab.breadth(&["cache", "prune", "--model", "text-embedding-3-small"]).code(2).says(&[
        "expected a model of the cache in `--model`, got `text-embedding-3-small`",
        "hint: the cache holds `tiny`",
    ]);
    lab.breadth(&["cache", "prune", "--model", "tiny", "--space", "zzz"])
        .code(2)
        .says(&["expected the fingerprint of a space in `--space`, got `zzz`"]);
    lab.breadth(&["cache", "prune", "--model", "tiny", "--older-than", "1"]).code(0).shows(&["removed 0 files"]);
    assert_eq!(lab.n_cached("."), n_vectors);
    lab.breadth(&["cache", "prune", "--model", "tiny"]).code(0).shows(&["removed 1 file"]);
    assert_eq!(lab.n_cached("."), 0);
    lab.breadth(&["cache", "prune", "--model", "tiny", "--out", "elsewhere"])
        .code(2)
        .says(&["expected a model of the cache", "hint: `breadth cache stats` lists what the cache holds"]);
    assert!(!lab.path("elsewhere").exists());
}

#[test]
fn what_the_cache_holds_fits_80_columns() {
    let lab = lab();
    let shown = lab.breadth(&["cache", "stats"]).code(0).out;
    assert!(shown.contains("    name: tiny\n    dimension: 4\n    provider: onnx\n"), "{shown}");
    let wide: Vec<&str> = shown.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:?}");
}

/// Several runs, and what looks after the cache, at one time in one folder: every text is embedded once.
#[test]
fn many_runs_at_once_share_what_they_embed() {
    let lab = Lab::new();
    let texts = many(400);
    for (n, range) in [0..200, 100..300, 200..400, 0..400].into_iter().enumerate() {
        lab.samples(&format!("s{n}.jsonl"), &texts[range]);
        lab.write(&format!("plan{n}.toml"), format!("[[source]]\npath = \"s{n}.jsonl\"\n{QUICK}"));
    }
    let runs: Vec<_> = (0..4).map(|n| lab.start(&["run", &format!("plan{n}.toml")])).collect();
    let keepers: Vec<_> = [&["cache", "verify"][..], &["cache", "stats"], &["cache", "prune", "--older-than", "1"]]
        .map(|words| lab.start(words))
        .into();
    let said: Vec<String> = runs.into_iter().map(|child| Lab::end(child).code(0).err).collect();
    for child in keepers {
        Lab::end(child).code(0);
    }
    let new: usize = said.iter().map(|text| number_in(text, "from the cache, ", " new")).sum();
    assert_eq!(new, 400, "{said:?}");
    assert_eq!(lab.n_cached("."), 400);
    lab.breadth(&["cache", "verify"]).code(0).shows(&["400 good vectors, 0 damaged"]);
}

#[test]
fn what_merging_drops_is_told() {
    let lab = lab();
    let n_vectors = lab.n_cached(".");
    flip_last_component(&lab.segments(".")[0]);
    // A run with other texts reads none of these rows, but merges the segment with its own.
    lab.samples("other.jsonl", &[draw("q", "b b a b"), draw("q", "a b b b a")]);
    lab.write("other.toml", format!("[[source]]\npath = \"other.jsonl\"\n{QUICK}"));
    lab.breadth(&["run", "other.toml"])
        .code(0)
        .says(&["note: 1 damaged vectors were dropped when the cache's segments were merged"]);
    assert_eq!(lab.n_cached("."), n_vectors + 1);
    lab.breadth(&["cache", "verify"]).code(0);
}

fn flip_last_component(path: &Path) {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(0).column(4).byte_range();
    let mut bytes = fs::read(path).unwrap();
    bytes[usize::try_from(start + length).unwrap() - 2] ^= 1;
    fs::write(path, bytes).unwrap();
}
