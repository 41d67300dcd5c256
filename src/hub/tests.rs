//! Names, the environment's words, and what the cache holds. What goes over the wire is tested with the real binary and a
//! hub on loopback, in `tests/it/models.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::*;

const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "1111111222222222222222222222222222222222";

fn hub(variables: &[(&str, &str)]) -> Hub {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    Hub::from_lookup(&|name| variables.get(name).map(OsString::from)).unwrap()
}

/// A cache with two commits of a model, the second one being `main`.
fn filled(root: &Path) -> Hub {
    let model = root.join("hub/models--org--name");
    for (commit, file) in [(ONE, "onnx/model.onnx"), (TWO, "model.onnx")] {
        let path = model.join("snapshots").join(commit).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "graph").unwrap();
        fs::write(path.with_file_name("model.onnx_data"), "weights").unwrap();
    }
    fs::create_dir_all(model.join("refs/release")).unwrap();
    fs::write(model.join("refs/main"), TWO).unwrap();
    fs::write(model.join("refs/release/1"), ONE).unwrap();
    hub(&[("HF_HOME", root.to_str().unwrap())])
}

#[test]
fn names_are_read_and_nothing_leads_out_of_the_cache() {
    let name = ModelName::parse("BAAI/bge-small-en-v1.5").unwrap();
    assert_eq!((name.id(), name.revision()), ("BAAI/bge-small-en-v1.5", "main"));
    let name = ModelName::parse("a/b@refs/pr/5").unwrap();
    assert_eq!((name.id(), name.revision(), name.to_string().as_str()), ("a/b", "refs/pr/5", "a/b@refs/pr/5"));
    for wrong in [
        "",
        "b",
        "a/b/c",
        "a/",
        "/b",
        "../b",
        "a/..",
        "a/b@",
        "a/b@../../x",
        "a/b@/x",
        "a b/c",
        "a/b@x y",
        "a\\b/c",
        "a/.b",
    ] {
        let error = ModelName::parse(wrong).unwrap_err();
        assert!(error.to_string().contains(&format!("`{wrong}`")), "{error}");
        assert_eq!(error.kind(), Kind::Mistake);
    }
}

#[test]
fn the_environment_is_read_as_the_python_library_reads_it() {
    let folder = |variables: &[(&str, &str)]| hub(variables).folder().to_owned();
    assert_eq!(folder(&[("HOME", "/h")]), PathBuf::from("/h/.cache/huggingface/hub"));
    assert_eq!(folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), PathBuf::from("/x/huggingface/hub"));
    assert_eq!(folder(&[("HOME", "/h"), ("HF_HOME", "/f")]), PathBuf::from("/f/hub"));
    assert_eq!(folder(&[("HF_HOME", "/f"), ("HF_HUB_CACHE", "/c")]), PathBuf::from("/c"));
    assert!(Hub::from_lookup(&|_| None).is_err());
    let plain = hub(&[("HF_HOME", "/nowhere")]);
    assert_eq!((plain.endpoint.as_str(), plain.offline), ("https://huggingface.co", false));
    assert!(plain.token.is_none());
    let set = hub(&[("HF_HOME", "/nowhere"), ("HF_ENDPOINT", "http://127.0.0.1:1/"), ("HF_HUB_OFFLINE", "yes")]);
    assert_eq!((set.endpoint.as_str(), set.offline), ("http://127.0.0.1:1", true));
    assert_eq!(
        hub(&[("HF_HOME", "/n"), ("HF_ENDPOINT", "https://me:pass@hub.example")]).shown(),
        "https://hub.example"
    );
}

#[test]
fn secrets_cannot_be_printed() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("token"), "hf_hush\n").unwrap();
    let home = root.path().to_str().unwrap();
    let from_file = hub(&[("HF_HOME", home)]);
    assert_eq!(from_file.token.as_ref().unwrap().bearer(), "Bearer hf_hush");
    let from_variable = hub(&[("HF_HOME", home), ("HF_TOKEN", " hf_louder ")]);
    assert_eq!(from_variable.token.as_ref().unwrap().bearer(), "Bearer hf_louder");
    for hub in [from_file, from_variable] {
        let shown = format!("{hub:?} {hub:#?}");
        assert!(!shown.contains("hush") && !shown.contains("louder"), "{shown}");
    }
    assert!(hub(&[("HF_HOME", home), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).token.is_none());
    assert!(hub(&[("HF_HOME", home), ("HF_TOKEN_PATH", "/nowhere")]).token.is_none());
}

#[test]
fn a_model_is_found_by_branch_tag_commit_and_the_beginning_of_one() {
    let root = tempfile::tempdir().unwrap();
    let hub = filled(root.path());
    let commit = |name: &str| hub.find(&ModelName::parse(name).unwrap()).map(|found| found.commit);
    assert_eq!(commit("org/name").unwrap(), TWO);
    assert_eq!(commit("org/name@release/1").unwrap(), ONE);
    assert_eq!(commit(&format!("org/name@{ONE}")).unwrap(), ONE);
    assert_eq!(commit("org/name@11111112").unwrap(), TWO);
    let here = vec!["main".to_owned(), "release/1".to_owned(), ONE.to_owned(), TWO.to_owned()];
    for ambiguous_or_absent in ["org/name@1111111", "org/name@v2", "org/name@abcdef0"] {
        assert_eq!(commit(ambiguous_or_absent), Err(Absent::Revision { here: here.clone() }), "{ambiguous_or_absent}");
    }
    assert_eq!(commit("org/other"), Err(Absent::Model));
    let all = hub.all().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].graphs, [GraphFile { path: "onnx/model.onnx".to_owned(), bytes: 12 }]);
    assert_eq!(all[1].revisions, ["main"]);
    assert_eq!(super::tests::hub(&[("HF_HOME", "/nowhere")]).all().unwrap(), []);
}

#[test]
fn files_are_digested_as_the_hub_names_them() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "hello\n").unwrap();
    // `git hash-object` and `sha256sum` of the same six bytes.
    let git = Digest::named("ce013625030ba8dba906f756967f9e9ca394464a").unwrap();
    assert_eq!(git.of_file(file.path()).unwrap(), git.text());
    let sha = Digest::named("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03").unwrap();
    assert_eq!(sha.of_file(file.path()).unwrap(), sha.text());
    assert_eq!(Digest::named("main"), None);
}
