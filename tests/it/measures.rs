//! What is measured, as a plan asks for it: lists and variants of metrics, pairs across modes, and what is wrong to ask.

use serde_json::json;

use super::lab::{Lab, QUICK, two_modes};

/// A plan that measures `measure`.
fn plan(measure: &str) -> String {
    format!("[[source]]\npath = \"s.jsonl\"\n[measure]\n{measure}\n{QUICK}")
}

#[test]
fn what_cannot_be_measured_is_said_before_any_work() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    let measure = "metrics = [\"cosin.min\", \"vendi.max\", \"novelty/correct\", \"cosine\", \"cosine\", \"cosine@0\", \"verbatim.max\"]\n\
                   statistics = [\"mode\", \"max\", \"max\"]\nrarefy = [4, 0]\nlanguage = \"pyton\"\ncluster_distance = 2";
    lab.write("plan.toml", plan(measure));
    lab.breadth(&["check", "plan.toml"]).code(2).says(&[
        "11 mistakes",
        "unknown metric `cosin`; did you mean `cosine`?",
        "metric `vendi.max` is one number of a whole group",
        "metric `novelty/correct` needs every round of a chain",
        "metric `cosine` is asked for twice",
        "expected a whole number from 1 on after the `@` of metric `cosine@0`",
        "metric `verbatim.max` is yes or no for each pair",
        "expected `min`, `max`, `median` or a percentile from `p01` to `p99` in `measure.statistics`, got `mode`",
        "statistic `max` is asked for twice",
        "`measure.rarefy` is a number of samples from 1 on, got 0",
        "unknown value `pyton` of `measure.language`; did you mean `python`?",
        "`measure.cluster_distance` is a cosine distance strictly between 0 and 2, got 2",
    ]);
}

#[test]
fn everything_at_once_on_one_thread_and_two() {
    let lab = Lab::new();
    let mut samples = two_modes();
    for (number, sample) in samples.iter_mut().enumerate() {
        sample["correct"] = json!(number % 3 != 0);
        sample["answer"] = json!((number % 2).to_string());
        sample["domain"] = json!("coding");
    }
    lab.samples("s.jsonl", &samples);
    lab.write(
        "plan.toml",
        plan(
            "metrics = \"all\"\nstatistics = [\"median\", \"max\"]\ncorrect = true\nrarefy = [2]\nacross_modes = true",
        ),
    );
    lab.run(&["--jobs", "1", "--out", "one"]).code(0);
    lab.run(&["--jobs", "2", "--out", "two"]).code(0);
    let (one, two) = (lab.outputs("one"), lab.outputs("two"));
    assert!(one == two, "the number of threads shows");
    let shown =
        |metric: &str| lab.breadth(&["table", "one/reports/plan", "--metric", metric, "--width", "200"]).code(0);
    shown("cosine").shows(&["parallel × markov"]);
    shown("cosine.max").shows(&["Cosine similarity, maximum"]);
    shown("vendi/correct@2").shows(&["correct samples only, at 2 samples", "in expectation over subsets of 2 of them"]);
    shown("novelty").shows(&["One number for each chain"]);
    let near = lab.breadth(&["table", "one/reports/plan", "--metric", "vendy"]).code(2);
    near.says(&["hint: it has `vendi", "more (`summary.metric` has all)"]);
}

#[test]
fn a_variant_can_be_asked_for_alone() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.write("plan.toml", plan("metrics = [\"levenshtein_similarity.min\"]"));
    lab.run(&[]).code(0);
    let groups = lab.table("groups");
    assert!(!groups.is_empty() && groups.iter().all(|row| row["metric"] == json!("levenshtein_similarity.min")));
    lab.breadth(&["table", "reports/plan", "--metric", "levenshtein_similarity.min"]).code(0);
}

/// Two finite numbers can have a sum that is not; one such row must not cost the whole run.
#[test]
fn numbers_that_add_up_to_infinity_are_missing() {
    let lab = Lab::new();
    let mut samples = two_modes();
    for sample in samples.iter_mut().take(3) {
        sample["reward"] = json!(1.5e308);
    }
    lab.samples("s.jsonl", &samples);
    lab.write("plan.toml", plan("metrics = [\"reward\", \"reward.max\", \"verbatim\"]"));
    lab.run(&[]).code(0);
    let (value, missing) = lab.group("q0", "reward");
    assert_eq!((value, missing), (json!(null), json!("its value is not a finite number")));
    lab.breadth(&["table", "reports/plan", "--metric", "reward.max"]).code(0);
}

#[test]
fn metrics_are_listed_in_short_and_by_name() {
    let lab = Lab::new();
    lab.breadth(&["list", "metrics", "--short"]).code(0).shows(&["\nvendi ", "per group", "NAME@K"]);
    let some = lab.breadth(&["list", "metrics", "novelty"]).code(0);
    assert!(some.out.starts_with("novelty") && !some.out.contains("\nlevenshtein "), "{}", some.out);
    lab.breadth(&["list", "metrics", "nothing_like_it"]).code(2).says(&["nothing has a name with `nothing_like_it`"]);
}
