//! Folders that cannot be written, disks that are full, two runs at once, a cache that was damaged.

use std::fs;
use std::process::Command;

use super::lab::{Lab, many, number_in, two_modes};

fn lab() -> Lab {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    lab
}

/// Runs a script in which `$1` is a fresh mount point and `$2` the program, where this machine allows to mount.
fn mounted(lab: &Lab, script: &str) -> Option<String> {
    fs::create_dir_all(lab.path("mount")).unwrap();
    let enter = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]);
        command.arg(lab.path("mount")).arg(env!("CARGO_BIN_EXE_breadth"));
        command.current_dir(lab.path("")).env("BREADTH_ENGINE", "tract").output()
    };
    let may = enter("mount -t tmpfs -o size=64k tmpfs \"$1\"");
    if !may.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine does not let a test mount a file system");
        return None;
    }
    let output = enter(script).unwrap();
    Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_full_disk_keeps_what_is_finished_and_room_lets_it_end() {
    let lab = lab();
    lab.run(&["--out", "reference"]).code(0);
    let script = r#"
        mount -t tmpfs -o size=64k tmpfs "$1" || exit
        "$2" run plan.toml --out "$1" 2>&1; echo "first: $?"
        find "$1" -name run.toml; find "$1" -name '*.tmp*'
        mount -o remount,size=8m "$1"
        "$2" run plan.toml --out "$1" 2>&1; echo "second: $?"
        cp -r "$1" after"#;
    let Some(said) = mounted(&lab, script) else { return };
    assert!(said.contains("no space left on the device\nhint: make room"), "{said}");
    let (first, second) = said.split_once("first: 1\n").unwrap_or_else(|| panic!("{said}"));
    assert!(first.starts_with("error: failed to "), "{said}");
    assert!(!second.contains("/run.toml\n"), "an unfinished run passes for a finished one: {said}");
    assert!(second.contains("from the cache, 0 new"), "a finished vector was made again: {said}");
    assert!(second.ends_with("second: 0\n"), "{said}");
    assert!(lab.outputs("after") == lab.outputs("reference"), "other bytes than on an empty disk");
}

#[test]
fn a_read_only_folder_is_said_to_be_one() {
    let lab = lab();
    let script = r#"
        mount -t tmpfs tmpfs "$1" && mount -o remount,ro "$1" || exit
        "$2" run plan.toml --out "$1" 2>&1; echo "ended: $?""#;
    let Some(said) = mounted(&lab, script) else { return };
    assert!(said.starts_with("error: failed to "), "{said}");
    assert!(said.contains("the file system is read-only") || said.contains("read-only"), "{said}");
    assert!(said.contains("hint: choose a folder that you may write to with `--out`"), "{said}");
    assert!(said.ends_with("ended: 1\n"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_is_an_error_that_names_it() {
    let lab = lab();
    lab.run(&["--out", "s.jsonl/below"]).code(1).says(&["failed to make the folder `s.jsonl/below/", "a file stands"]);
    if cfg!(target_os = "linux") {
        lab.run(&["--out", "/proc/nothing"]).code(1).says(&["failed to make the folder `/proc/nothing/"]);
    }
    assert_eq!(lab.read("s.jsonl").lines().count(), 18, "the input is as it was");
    fs::create_dir_all(lab.path("taken/reports/plan/tables/summary.parquet/folder")).unwrap();
    lab.run(&["--out", "taken"]).code(1).says(&["summary.parquet`"]);
}

#[test]
fn two_runs_share_one_cache_without_paying_twice() {
    let lab = Lab::new();
    let texts = many(6000);
    lab.samples("s.jsonl", &texts);
    lab.quick_plan("path = \"s.jsonl\"");
    let runs: Vec<_> = ["one", "other"]
        .map(|name| lab.start(&["run", "plan.toml", "--jobs", "1", "--set", &format!("run.name={name}")]))
        .into_iter()
        .map(|child| Lab::end(child).code(0))
        .collect();
    let new: usize = runs.iter().map(|run| number_in(&run.err, "from the cache, ", " new")).sum();
    assert_eq!((new, lab.n_cached(".")), (texts.len(), texts.len()), "{}\n{}", runs[0].err, runs[1].err);
    let [one, other] =
        ["one", "other"].map(|name| fs::read(lab.path(&format!("reports/{name}/tables/embeddings.parquet"))).unwrap());
    assert!(one == other, "the two runs differ");
}

#[test]
fn two_runs_of_one_name_take_turns() {
    let lab = Lab::new();
    lab.samples("s.jsonl", &many(4000));
    lab.quick_plan("path = \"s.jsonl\"");
    let started = [lab.start(&["run", "plan.toml"]), lab.start(&["run", "plan.toml"])];
    let mut said: Vec<String> = started.into_iter().map(|child| Lab::end(child).code(0).err).collect();
    said.sort_by_key(|text| text.contains("is up to date"));
    assert!(said[0].contains("0 from the cache, 4000 new"), "{said:?}");
    assert!(said[1].contains("is up to date; nothing was done"), "{said:?}");
    assert_eq!(lab.n_cached("."), 4000);
}

#[test]
fn a_damaged_segment_is_found_and_healed() {
    let lab = lab();
    lab.run(&[]).code(0);
    let before = lab.outputs(".");
    let n_vectors = lab.n_cached(".");
    lab.breadth(&["cache", "verify"]).code(0).shows(&["0 damaged"]);
    let segment = lab.segments(".").remove(0);
    let whole = fs::read(&segment).unwrap();
    // In the data, in the footer, and a file that was cut.
    let mut damaged = Vec::new();
    for place in [whole.len() / 8, whole.len() / 2, whole.len() - 30] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x40;
        damaged.push(bytes);
    }
    damaged.push(whole[..whole.len() / 2].to_vec());
    for bytes in damaged {
        for segment in lab.segments(".") {
            fs::remove_file(segment).unwrap();
        }
        fs::write(&segment, bytes).unwrap();
        lab.breadth(&["cache", "verify"]).code(1).says(&["damaged", "hint: they count as absent"]);
        fs::remove_file(lab.path("reports/plan/run.toml")).unwrap();
        let said = lab.run(&[]).code(0).err;
        // A key that was hit is one that nobody asks for: then its text is merely new.
        assert!(said.contains("damaged") || said.contains(", 1 new"), "{said}");
        assert!(!said.contains("changed by hand"), "{said}");
        assert!(lab.outputs(".") == before, "other bytes from a healed cache");
        lab.breadth(&["cache", "verify"]).code(0);
        assert_eq!(lab.n_cached("."), n_vectors);
        lab.breadth(&["cache", "prune", "--damaged"]).code(0);
    }
}

#[test]
fn pruning_removes_what_it_names_and_nothing_else() {
    let lab = lab();
    lab.run(&[]).code(0);
    let n_vectors = lab.n_cached(".");
    lab.breadth(&["cache", "prune"]);
    lab.breadth(&["cache", "prune", "--older-than", "1"]).code(0);
    assert_eq!(lab.n_cached("."), n_vectors);
    lab.breadth(&["cache", "prune", "--max-size", "0"]).code(0).shows(&["removed 1 file"]);
    assert_eq!(lab.n_cached("."), 0);
    lab.breadth(&["cache", "stats", "--out", "elsewhere"]).code(0).says(&["the cache is empty"]);
    assert!(!lab.path("elsewhere").exists(), "looking makes no folder");
}
