//! A model that is none, or that gives what no vector can be made of: named, and never in the cache.

use super::lab::{Lab, draw, two_modes};

/// A lab with samples whose texts hold every token of the tiny tokenizer.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab
}

/// The run cannot embed, names the file, and leaves no vector.
#[track_caller]
fn unavailable(lab: &Lab, words: &[&str]) {
    lab.run(&[]).code(4).says(&["error: failed to embed with `tiny`: "]).says(words);
    assert!(lab.segments(".").is_empty(), "something is in the cache");
    assert!(!lab.path("reports/plan/run.toml").exists());
}

#[test]
fn a_file_that_is_no_model_is_named() {
    let lab = lab();
    for bytes in [&b"this is not a model\n"[..], b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"] {
        lab.write("tiny/model.onnx", bytes);
        unavailable(&lab, &["tiny/model.onnx` as an ONNX model: expected an ONNX graph", "hint: "]);
    }
    assert!(!lab.path("reports").exists(), "found out before anything was written");
}

#[test]
fn a_model_without_its_files_is_named() {
    let lab = lab();
    std::fs::remove_file(lab.path("tiny/tokenizer.json")).unwrap();
    unavailable(&lab, &["tiny/tokenizer.json`", "hint: a model folder holds"]);
    lab.write("tiny/tokenizer.json", "{\"version\": ");
    unavailable(&lab, &["tiny/tokenizer.json`"]);
    lab.run(&["--set", "embedder.0.model=absent"]).code(2).says(&["expected a model folder in `embedder.model`"]);
    lab.run(&["--set", "embedder.0.model='builtin:all-MinLM'"]).code(2).says(&["all-MiniLM-L6-v2"]);
}

#[test]
fn a_tokenizer_of_another_model_is_found_out() {
    let lab = lab();
    let tokenizer = lab.read("tiny/tokenizer.json").replace("\"b\": 4", "\"b\": 400");
    lab.write("tiny/tokenizer.json", tokenizer);
    unavailable(&lab, &["tiny/"]);
}

#[test]
fn a_model_of_another_shape_is_named_with_both_shapes() {
    for graph in ["rank2", "one_token"] {
        let lab = lab();
        lab.model("tiny", graph);
        unavailable(&lab, &["tiny/model.onnx`: expected", "× 4 numbers", "got ["]);
    }
    let lab = lab();
    let pooling = lab.read("tiny/1_Pooling/config.json").replace(":4", ":5");
    lab.write("tiny/1_Pooling/config.json", pooling);
    unavailable(&lab, &["× 5 numbers (the dimension in the pooling configuration), got ["]);
}

#[test]
fn numbers_that_are_none_become_rejects_and_not_vectors() {
    for (graph, reason) in [("nan", "a number that is not finite"), ("zero", "a vector of length zero")] {
        let lab = lab();
        lab.model("tiny", graph);
        let words =
            ["rejected 18 of 18 rows (100.0 %)", "not embedded with `tiny`: the model `./tiny/model.onnx` gave"];
        lab.run(&[]).code(3).says(&words).says(&[reason]);
        assert_eq!(lab.rejects().len(), 18, "each sample has its row");
        assert!(lab.segments(".").is_empty(), "a bad vector is in the cache");
        // Who wants the string metrics all the same has them, and no cosine.
        lab.run(&["--set", "limits.max_rejects=1"]).code(0).says(&["read      18 rows of 1 file: 18 samples"]);
        assert_eq!(lab.table("samples").len(), 18);
        assert!(lab.table("pairs").iter().all(|pair| pair["cosine:tiny"].is_null() && !pair["levenshtein"].is_null()));
        assert!(lab.group("q0", "cosine").0.is_null());
        assert!(lab.group("q0", "cosine").1.is_string());
    }
}

#[test]
fn a_text_too_long_for_a_model_that_refuses_is_a_reject() {
    let lab = lab();
    lab.samples("s.jsonl", &[draw("q", "a b a b a b a b a b"), draw("q", "a b"), draw("q", "b a")]);
    lab.run(&["--set", "embedder.0.long_text=refuse", "--set", "limits.max_rejects=0.4"]).code(0);
    assert_eq!(lab.rejects(), ["1: not embedded with `tiny`: expected at most 6 tokens, got 10"]);
    assert_eq!(lab.table("pairs").len(), 3);
    assert_eq!(lab.table("pairs").iter().filter(|pair| pair["cosine:tiny"].is_null()).count(), 2);
}

#[test]
fn an_engine_that_is_asked_for_and_absent_is_said_so() {
    let lab = lab();
    let mut command = lab.command(&["run", "plan.toml"]);
    command.env("BREADTH_ENGINE", "onnxruntime").env("ORT_DYLIB_PATH", lab.path("no-such-library.so"));
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        eprintln!("skipped: an ONNX Runtime was found in another place");
        return;
    }
    assert_eq!(output.status.code(), Some(4), "{words}");
    assert!(words.contains("hint: `breadth doctor` shows"), "{words}");
    assert!(lab.segments(".").is_empty());
}
