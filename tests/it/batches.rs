//! `breadth embed`: into the cache, out to batch files, and back from what the batch endpoint makes of them.

use serde_json::{Value, json};

use super::lab::{Lab, two_modes};

const PLAN: &str = r#"
[[source]]
path = "s.jsonl"
[[embedder]]
name = "te3"
provider = "openai"
model = "text-embedding-3-small"
dimensions = 4
window = 24
[report]
figures = []
[inference]
resamples = 100
"#;

fn lab() -> Lab {
    let lab = Lab::new();
    let mut samples = two_modes();
    let long = "one two three four five six seven eight nine ten ".repeat(5);
    samples[0]["solution"] = json!(long);
    lab.samples("s.jsonl", &samples);
    lab.write("plan.toml", PLAN);
    lab
}

/// What the batch endpoint makes of a request file: a result for each line, in another order.
fn answered(requests: &str, model: &str) -> Vec<Value> {
    let results = requests.lines().rev().map(|line| {
        let request: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!("/v1/embeddings")));
        let input = request["body"]["input"][0].as_str().unwrap();
        let digest = blake3::hash(input.as_bytes());
        let vector: Vec<f32> = digest.as_bytes()[..4].iter().map(|byte| f32::from(*byte) - 127.5).collect();
        json!({
            "id": "batch_req_1", "custom_id": request["custom_id"], "error": null,
            "response": {"status_code": 200, "request_id": "r", "body": {
                "object": "list", "model": model, "usage": {"prompt_tokens": 3, "total_tokens": 3},
                "data": [{"object": "embedding", "index": 0, "embedding": vector}]}}
        })
    });
    results.collect()
}

fn lines(results: &[Value]) -> String {
    results.iter().map(|result| format!("{result}\n")).collect()
}

#[test]
fn a_batch_goes_out_and_its_results_fill_the_cache() {
    let lab = lab();
    lab.breadth(&["embed", "plan.toml", "--batch-out", "out/requests.jsonl"]).code(0).shows(&[
        "texts of `te3` are not in the cache",
        "at half the price",
        "wrote out/requests.jsonl",
    ]);
    let requests = lab.read("out/requests.jsonl");
    let results = answered(&requests, "text-embedding-3-small");
    let names: std::collections::BTreeSet<_> = results.iter().map(|one| one["custom_id"].to_string()).collect();
    assert_eq!(names.len(), results.len(), "a piece was asked for twice");
    lab.write("results.jsonl", lines(&results));
    lab.breadth(&["embed", "plan.toml", "--batch-in", "results.jsonl"])
        .code(0)
        .shows(&["vectors of `te3` are now in the cache"]);
    // Neither a key nor a network is needed any more.
    lab.run(&["--offline"]).code(0).says(&["0 new"]);
    let long = lab.table("embeddings").into_iter().find(|row| row["chunks"].as_i64() > Some(1)).unwrap();
    assert_eq!(long["tokens_seen"], long["tokens_total"]);
    lab.breadth(&["embed", "plan.toml", "--batch-out", "again.jsonl"]).code(0).shows(&["0 texts of `te3`"]);
    assert!(!lab.path("again.jsonl").exists());
}

#[test]
fn what_failed_in_a_batch_is_told_and_asked_for_again() {
    let lab = lab();
    lab.breadth(&["embed", "plan.toml", "--batch-out", "requests.jsonl"]).code(0);
    let mut results = answered(&lab.read("requests.jsonl"), "text-embedding-3-small");
    results[0]["response"] = json!({"status_code": 400, "body": {"error": {"message": "no \u{1b}[31mway"}}});
    results.push(json!({"custom_id": "someone-else", "response": {"status_code": 200, "body": {}}}));
    lab.write("results.jsonl", lines(&results));
    let ended = lab.breadth(&["embed", "plan.toml", "--batch-in", "results.jsonl"]).code(0).shows(&[
        "1 texts are still without an answer",
        "1 requests failed",
        "1 results belong to nothing that is missing here",
        "the first failure: no",
    ]);
    assert!(!ended.out.contains('\u{1b}'));
    lab.breadth(&["embed", "plan.toml", "--batch-out", "requests.jsonl"]).code(2).says(&["which is there"]);
    lab.breadth(&["embed", "plan.toml", "--batch-out", "rest.jsonl"]).code(0).shows(&["1 texts of `te3`"]);
    let rest = answered(&lab.read("rest.jsonl"), "text-embedding-3-small");
    lab.write("rest-results.jsonl", lines(&rest));
    lab.breadth(&["embed", "plan.toml", "--batch-in", "rest-results.jsonl"]).code(0).shows(&["1 vectors of `te3`"]);
    lab.run(&["--offline"]).code(0);
}

#[test]
fn results_of_another_model_or_length_or_no_results_are_refused() {
    let lab = lab();
    lab.breadth(&["embed", "plan.toml", "--batch-out", "requests.jsonl"]).code(0);
    let requests = lab.read("requests.jsonl");
    lab.write("other.jsonl", lines(&answered(&requests, "text-embedding-3-large")));
    lab.breadth(&["embed", "plan.toml", "--batch-in", "other.jsonl"])
        .code(4)
        .says(&["expected vectors of `text-embedding-3-small`", "got `text-embedding-3-large`"]);
    let mut short = answered(&requests, "text-embedding-3-small");
    short[0]["response"]["body"]["data"][0]["embedding"] = json!([1.0]);
    lab.write("short.jsonl", lines(&short));
    lab.breadth(&["embed", "plan.toml", "--batch-in", "short.jsonl"]).code(4).says(&["expected vectors of 4 numbers"]);
    lab.write("broken.jsonl", "{\"custom_id\": ");
    lab.breadth(&["embed", "plan.toml", "--batch-in", "broken.jsonl"]).code(2).says(&["`broken.jsonl`: line 1"]);
    lab.breadth(&["embed", "plan.toml", "--batch-in", "absent.jsonl"]).code(2).says(&["failed to read `absent.jsonl`"]);
    // Nothing of all this went into the cache.
    lab.breadth(&["embed", "plan.toml", "--offline"]).code(4).says(&["are not in the cache"]);
}

#[test]
fn a_model_that_runs_here_has_no_batches_but_can_be_embedded_alone() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.breadth(&["embed", "plan.toml", "--batch-out", "r.jsonl"]).code(2).says(&["the provider `openai` has one"]);
    lab.breadth(&["embed", "plan.toml"]).code(0).shows(&["different texts in `tiny`: 0 from the cache"]);
    assert!(!lab.path("reports").exists());
    lab.run(&[]).code(0).says(&["from the cache, 0 new"]);
}
