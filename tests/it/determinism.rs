//! Same plan, same inputs, same bytes: for any number of threads, after Ctrl-C, after any number of kills.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Instant;

use super::lab::{Lab, many, number_in, two_modes};

#[track_caller]
fn same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other));
    assert!(one.keys().any(|name| name.ends_with("index.html")) && one.keys().any(|name| name.ends_with(".parquet")));
    let different: Vec<&String> = one.keys().filter(|name| one[*name] != other[*name]).collect();
    assert!(different.is_empty(), "other bytes: {different:?}");
}

/// The built-in model and all figures: what a user has without a word about it.
const DEFAULT: &str = "[[source]]\npath = \"s.jsonl\"\n";

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.write("plan.toml", DEFAULT);
    lab.run(&["--jobs", "1", "--out", "one"]).code(0);
    lab.run(&["--jobs", "2", "--out", "two"]).code(0);
    let (one, two) = (lab.outputs("one"), lab.outputs("two"));
    assert!(one.keys().any(|name| name.ends_with(".svg")) && one.keys().any(|name| name.ends_with(".png")));
    same(&one, &two);
    // Warm: nothing is embedded, and not a byte is another.
    fs::remove_dir_all(lab.path("two/reports")).unwrap();
    lab.run(&["--out", "two"]).code(0).says(&["from the cache, 0 new"]);
    same(&one, &lab.outputs("two"));
}

#[test]
fn many_groups_on_more_threads_than_cores_give_the_same_bytes() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &many(900));
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&["--jobs", "1", "--out", "one"]).code(0);
    lab.run(&["--jobs", "7", "--out", "seven"]).code(0);
    same(&lab.outputs("one"), &lab.outputs("seven"));
}

#[test]
fn a_second_run_changes_no_file() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&["--out", "out"]).code(0);
    let times = |lab: &Lab| {
        let files = lab.everything("out").into_keys().filter(|name| !name.ends_with("lock"));
        files
            .map(|name| (name.clone(), fs::metadata(lab.path("out").join(&name)).unwrap().modified().unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let (before, written) = (lab.everything("out"), times(&lab));
    lab.run(&["--out", "out"]).code(0).says(&["`out/reports/plan` is up to date; nothing was done"]);
    lab.run(&["--out", "out", "--quiet"]).code(0);
    assert_eq!(times(&lab), written);
    assert!(lab.everything("out") == before);
    // What is missing, or no longer what it was, is made again.
    fs::remove_file(lab.path("out/reports/plan/tables/pairs.parquet")).unwrap();
    lab.run(&["--out", "out"]).code(0).says(&["from the cache, 0 new"]);
    lab.write("out/reports/plan/index.html", "changed");
    lab.run(&["--out", "out"]).code(0).says(&["from the cache, 0 new"]);
    let after = lab.everything("out");
    let different: Vec<_> = before.keys().filter(|name| after.get(*name) != before.get(*name)).collect();
    assert_eq!(different, ["reports/plan/run.toml"], "only the record holds a time");
    // An input that changed is another run.
    lab.samples("s.jsonl", &two_modes()[..12]);
    lab.run(&["--out", "out"]).code(0).says(&["read      12 rows"]);
}

#[test]
fn a_notebook_that_a_person_changed_is_left_alone() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab.run(&[]).code(0);
    let notebook = "notebooks-export/plan.ipynb";
    let written = lab.read(notebook);
    serde_json::from_str::<serde_json::Value>(&written).unwrap();
    let mine = written.replacen("\"cells\"", "\"mine\": true, \"cells\"", 1);
    lab.write(notebook, &mine);
    lab.run(&[]).code(0).says(&["is up to date"]);
    lab.run(&["--set", "inference.level=0.9"]).code(0).says(&["was changed by hand and is left as it is"]);
    assert_eq!(lab.read(notebook), mine);
    lab.run(&["--set", "report.notebook=false"]).code(0);
    assert_eq!(lab.read(notebook), mine, "removed with the run that had written it");
}

#[test]
fn interrupted_while_it_embeds_it_keeps_what_is_finished() {
    let lab = Lab::new();
    let texts = many(30_000);
    lab.samples("s.jsonl", &texts);
    lab.quick_plan("path = \"s.jsonl\"");
    let child = lab.start(&["run", "plan.toml", "--jobs", "1", "--out", "cut"]);
    lab.wait_for_segment("cut");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    if !killed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no `kill` here, or the run was over before it");
        Lab::end(child);
        return;
    }
    let ended = Lab::end(child).code(130);
    let ended = ended.says(&["stopping at the next safe place", "error: interrupted; nothing is lost: "]);
    let ended = ended.says(&["hint: run the same command to continue"]);
    let kept = number_in(&ended.err, "nothing is lost: ", " finished vectors are in the cache");
    assert!(kept > 0 && kept < texts.len(), "{kept}");
    assert_eq!(lab.n_cached("cut"), kept);
    assert!(!lab.path("cut/reports/plan/run.toml").exists());
    let next = lab.run(&["--out", "cut"]).code(0);
    let words = format!("{kept} from the cache, {} new", texts.len() - kept);
    next.says(&[&words]);
    lab.run(&["--out", "whole"]).code(0);
    same(&lab.outputs("cut"), &lab.outputs("whole"));
}

/// Where the kills of [`killed_at_ten_moments_it_ends_with_the_same_bytes`] come from.
const SEED: u64 = 20_261_122;

#[test]
fn killed_at_ten_moments_it_ends_with_the_same_bytes() {
    let lab = Lab::new();
    let mut texts = many(5000);
    texts.extend(two_modes());
    lab.samples("s.jsonl", &texts);
    lab.quick_plan("path = \"s.jsonl\"");
    let plan = lab.read("plan.toml").replace("figures = []", "figures = [\"similarity_by_mode\"]");
    lab.write("plan.toml", plan);
    let started = Instant::now();
    lab.run(&["--out", "whole"]).code(0);
    let whole = started.elapsed();
    let (mut state, mut scale) = (SEED, whole);
    let (mut n_killed, mut moments) = (0, Vec::new());
    while n_killed < 10 {
        assert!(moments.len() < 100, "the runs are over before they can be killed: {moments:?}");
        // Knuth's generator; the upper bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = scale.mul_f64((state >> 40) as f64 / f64::from(1 << 24));
        moments.push(moment.as_millis());
        let mut child = lab.start(&["run", "plan.toml", "--out", "cut"]);
        sleep(moment);
        let over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if over {
            // The machine has become faster, or the kills before have left little to do: begin again, with less time.
            same(&lab.outputs("cut"), &lab.outputs("whole"));
            fs::remove_dir_all(lab.path("cut")).unwrap();
            scale = scale.mul_f64(0.7);
        } else {
            n_killed += 1;
        }
    }
    eprintln!("seed {SEED}: killed {n_killed} times, sleeping {moments:?} ms; undisturbed {} ms", whole.as_millis());
    let last = lab.run(&["--out", "cut"]).code(0).err;
    same(&lab.outputs("cut"), &lab.outputs("whole"));
    assert_eq!(lab.n_cached("cut"), lab.n_cached("whole"), "{last}");
    let leftovers: Vec<_> = lab.everything("cut").into_keys().filter(|name| name.contains("tmp")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    lab.breadth(&["cache", "verify", "--out", "cut"]).code(0);
}
