//! Models from a hub: fetched whole or in pieces, checked, used by a plan, and never trusted.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::hub::{COMMIT, FakeHub, Fault};
use super::lab::{Ended, Lab, two_modes};

/// A lab with a plan, and a hub that holds its model.
fn lab() -> (Lab, FakeHub) {
    let lab = Lab::new();
    lab.samples("s.jsonl", &two_modes());
    lab.quick_plan("path = \"s.jsonl\"");
    let names = ["tokenizer.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"];
    let bytes = |name: &str| fs::read(lab.path("tiny").join(name)).unwrap();
    let mut files: Vec<(&str, Vec<u8>)> = names.map(|name| (name, bytes(name))).to_vec();
    files.push(("onnx/model.onnx", bytes("model.onnx")));
    files.push(("onnx/model_fp16.onnx", fixture("fp16.onnx")));
    files.push(("onnx/external.onnx", fixture("external.onnx")));
    files.push(("onnx/external.onnx_data", fixture("external.onnx_data")));
    files.push(("README.md", b"# tiny".to_vec()));
    files.push(("pytorch_model.bin", vec![7; 1000]));
    (lab, FakeHub::new(&files))
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)).unwrap()
}

fn command(lab: &Lab, url: &str, arguments: &[&str]) -> Command {
    let mut command = lab.command(arguments);
    command.env("HF_HOME", lab.path("hf")).env("HF_ENDPOINT", url).env("NO_PROXY", "*");
    for name in ["HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN_PATH", "TRANSFORMERS_OFFLINE"] {
        command.env_remove(name);
    }
    command
}

fn breadth(lab: &Lab, hub: &FakeHub, arguments: &[&str]) -> Ended {
    Lab::end(command(lab, &hub.url, arguments).spawn().unwrap())
}

fn pull(lab: &Lab, hub: &FakeHub) -> Ended {
    breadth(lab, hub, &["models", "pull", "org/tiny"])
}

fn run_with(lab: &Lab, hub: &FakeHub, model: &str, more: &[&str]) -> Ended {
    let model = format!("embedder.0.model='{model}'");
    breadth(lab, hub, &[&["run", "plan.toml", "--set", &model], more].concat())
}

/// The content of the graph in the cache.
fn blob(lab: &Lab) -> PathBuf {
    let snapshot = lab.path("hf/hub/models--org--tiny/snapshots").join(COMMIT);
    fs::canonicalize(snapshot.join("onnx/model.onnx")).unwrap()
}

#[test]
fn a_pulled_model_is_used_by_a_plan_and_is_the_same_space_as_its_folder() {
    let (lab, hub) = lab();
    let ended = pull(&lab, &hub).code(0);
    assert_eq!(ended.out, format!("model = \"hf:org/tiny@{COMMIT}\"\n"));
    let ended = ended.says(&[
        "onnx/model.onnx with 5 files",
        "all checksums right",
        "4 numbers a vector, 8 tokens at once, pooling mean",
    ]);
    assert!(!ended.err.contains('\u{1b}'), "no bars where there is no terminal");
    let paths: Vec<String> = hub.asked().into_iter().map(|asked| asked.path).collect();
    assert!(
        !paths.iter().any(|path| path.contains("pytorch") || path.contains("README") || path.contains("fp16")),
        "{paths:?}"
    );
    hub.calm();
    breadth(&lab, &hub, &["run", "plan.toml"]).code(0);
    let n_cached = lab.n_cached(".");
    for name in ["hf:org/tiny", &format!("hf:org/tiny@{COMMIT}"), &format!("hf:org/tiny@{}", &COMMIT[..8])] {
        run_with(&lab, &hub, name, &["--set", "run.name=again"]).code(0).says(&["from the cache, 0 new"]);
    }
    assert_eq!(lab.n_cached("."), n_cached, "where the files lie is no part of the space");
    assert!(hub.asked().is_empty(), "a run never asks the hub");
    breadth(&lab, &hub, &["models", "list"]).code(0).shows(&["hf:org/tiny  (main)", COMMIT, "onnx/model.onnx, 0.0 MB"]);
    breadth(&lab, &hub, &["doctor"]).code(0).shows(&["hf:org/tiny@0123456789ab: onnx/model.onnx"]);
}

#[test]
fn a_model_that_is_not_here_is_a_mistake_of_the_plan() {
    let (lab, hub) = lab();
    let hint = "hint: `breadth models pull org/tiny` fetches it";
    run_with(&lab, &hub, "hf:org/tiny", &[])
        .code(2)
        .says(&["find `hf:org/tiny` on this machine: it was not pulled", hint]);
    assert!(hub.asked().is_empty());
    breadth(&lab, &hub, &["models", "pull", "org/tiny@v1"]).code(0);
    run_with(&lab, &hub, "hf:org/tiny@v1", &[]).code(0);
    run_with(&lab, &hub, "hf:org/tiny", &[]).code(2).says(&["of it there is only `v1` or `0123", hint]);
    run_with(&lab, &hub, "hf:org/tiny@v1", &["--set", "embedder.0.variant=fp16"]).code(2).says(&[
        "expected `model_fp16.onnx` or `onnx/model_fp16.onnx`, got `onnx/model.onnx`",
        "--variant model_fp16.onnx` fetches it",
    ]);
    run_with(&lab, &hub, "hf:../tiny", &[]).code(2).says(&["hint: "]);
}

#[test]
fn variants_and_weights_beside_the_graph_come_along() {
    let (lab, hub) = lab();
    breadth(&lab, &hub, &["models", "pull", "hf:org/tiny", "--variant", "fp16"])
        .code(0)
        .shows(&["variant = \"fp16\""])
        .says(&["onnx/model_fp16.onnx with 5 files"]);
    run_with(&lab, &hub, "hf:org/tiny", &["--set", "embedder.0.variant=fp16"]).code(0);
    breadth(&lab, &hub, &["models", "pull", "org/tiny", "--variant", "external.onnx"]).code(0).says(&["with 6 files"]);
    // Where the cache holds links, the pure-Rust engine does not follow them out of the model's folder.
    run_with(&lab, &hub, "hf:org/tiny", &["--set", "embedder.0.variant=external.onnx"]).code(4).says(&[
        "resolves outside the model directory",
        "hint: weights beside the graph",
        "pip install onnxruntime",
    ]);
    let model = "embedder.0.model='hf:org/tiny'";
    let mut run =
        command(&lab, &hub.url, &["run", "plan.toml", "--set", model, "--set", "embedder.0.variant=external.onnx"]);
    let ended = Lab::end(run.env("BREADTH_ENGINE", "onnxruntime").spawn().unwrap());
    if ended.err.contains("no usable ONNX Runtime library") {
        eprintln!("skipped: weights beside the graph with ONNX Runtime, which is not here");
    } else {
        ended.code(0);
    }
    breadth(&lab, &hub, &["models", "pull", "org/tiny", "--variant", "int3"])
        .code(2)
        .says(&["expected fp32, fp16, int8"]);
    breadth(&lab, &hub, &["models", "pull", "org/tiny", "--variant", "q4"])
        .code(2)
        .says(&["find `model_q4.onnx` in `org/tiny`: its ONNX files are `onnx/external.onnx`, `onnx/model.onnx`"]);
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_stopped() {
    let (lab, hub) = lab();
    hub.fault(Fault::Cut(100), 3);
    pull(&lab, &hub).code(0);
    let ranges: Vec<_> =
        hub.asked().into_iter().filter(|asked| asked.who == "store").map(|asked| asked.range).collect();
    assert!(ranges.contains(&Some(100)) && ranges.contains(&Some(200)), "{ranges:?}");
    breadth(&lab, &hub, &["models", "verify"]).code(0);
    run_with(&lab, &hub, "hf:org/tiny", &[]).code(0);
}

#[test]
fn a_pull_that_was_given_up_is_continued_by_the_next_one() {
    let (lab, hub) = lab();
    hub.fault(Fault::Cut(50), 1).fault(Fault::StoreRefuses(503), 100);
    pull(&lab, &hub).code(4).says(&["after 50 of ", "503", "hint: run the same command again: it goes on"]);
    run_with(&lab, &hub, "hf:org/tiny", &[]).code(2).says(&["it was not pulled"]);
    hub.calm();
    pull(&lab, &hub).code(0).says(&["goes on after 0.0 MB"]);
    assert!(hub.asked().iter().any(|asked| asked.range == Some(50)), "{:?}", hub.asked());
    // Killed after the last byte and before the file got its name: nothing is asked for again.
    let blob = blob(&lab);
    fs::rename(&blob, blob.with_extension("part")).unwrap();
    hub.calm();
    pull(&lab, &hub).code(0);
    assert!(!hub.asked().iter().any(|asked| asked.who == "store"), "{:?}", hub.asked());
}

#[test]
fn a_hub_without_parts_and_a_part_that_is_damaged_begin_again() {
    let (lab, hub) = lab();
    hub.fault(Fault::Cut(60), 1).fault(Fault::NoRanges, 2);
    pull(&lab, &hub).code(0);
    breadth(&lab, &hub, &["models", "verify"]).code(0);
    let blob = blob(&lab);
    fs::remove_file(&blob).unwrap();
    fs::write(blob.with_extension("part"), "what is this").unwrap();
    pull(&lab, &hub).code(0).says(&["came out wrong and was removed; fetching it anew"]);
    fs::remove_file(&blob).unwrap();
    fs::write(blob.with_extension("part"), vec![0; 100_000]).unwrap();
    pull(&lab, &hub).code(0);
    breadth(&lab, &hub, &["models", "verify"]).code(0);
}

#[test]
fn wrong_bytes_are_never_a_model() {
    let (lab, hub) = lab();
    hub.fault(Fault::Wrong, 100);
    pull(&lab, &hub).code(4).says(&["expected SHA-256 ", "what came was removed", "hint: "]);
    run_with(&lab, &hub, "hf:org/tiny", &[]).code(2);
    hub.calm();
    pull(&lab, &hub).code(0);
    let blob = blob(&lab);
    let mut bytes = fs::read(&blob).unwrap();
    bytes[200] ^= 1;
    fs::write(&blob, bytes).unwrap();
    breadth(&lab, &hub, &["models", "verify"])
        .code(1)
        .shows(&["onnx/model.onnx: WRONG", "modules.json: good"])
        .says(&["found 1 damaged files", "hint: `breadth models pull org/tiny@"]);
    pull(&lab, &hub)
        .code(0)
        .says(&["`onnx/model.onnx` is damaged and was removed; fetching it anew", "4 of them were here"]);
    breadth(&lab, &hub, &["models", "verify", "org/tiny"]).code(0);
    breadth(&lab, &hub, &["models", "verify", "org/other"]).code(2);
}

#[test]
fn the_token_goes_to_the_hub_and_to_nobody_else() {
    let (lab, hub) = lab();
    let ended =
        Lab::end(command(&lab, &hub.url, &["models", "pull", "org/tiny"]).env("HF_TOKEN", "hf_hush").spawn().unwrap());
    let ended = ended.code(0);
    for asked in hub.asked() {
        let expected = (asked.who == "hub").then(|| "Bearer hf_hush".to_owned());
        assert_eq!(asked.token, expected, "{asked:?}");
    }
    assert!(hub.asked().iter().any(|asked| asked.who == "store"));
    assert!(!format!("{ended:?}").contains("hush"));
    let mut doctor = command(&lab, &hub.url, &["doctor"]);
    let shown = Lab::end(doctor.env("HF_TOKEN", "hf_hush").spawn().unwrap()).code(0).shows(&["token from `HF_TOKEN`"]);
    assert!(!format!("{shown:?}").contains("hush"));
    // The file that `huggingface-cli login` writes.
    lab.write("hf/token", "hf_filed\n");
    hub.calm();
    pull(&lab, &hub).code(0);
    assert!(hub.asked().iter().any(|asked| asked.token.as_deref() == Some("Bearer hf_filed")));
    hub.fault(Fault::Refuse(401, ""), 1);
    let refused = pull(&lab, &hub).code(4).says(&["does not accept the token from `", "hf/token`", "hint: "]);
    assert!(!format!("{refused:?}").contains("filed"));
}

#[test]
fn every_refusal_names_the_way_out() {
    let (lab, hub) = lab();
    let says = |arguments: &[&str], code: i32, words: &[&str]| {
        breadth(&lab, &hub, &[&["models", "pull"], arguments].concat()).code(code).says(words).says(&["hint: "]);
    };
    says(&["tiny"], 2, &["expected ORG/NAME"]);
    says(
        &["org/absent"],
        2,
        &["find `org/absent` at http://127.0.0.1", "no such repository, or a private one", "HF_TOKEN"],
    );
    says(&["org/tiny@v9"], 2, &["find the revision `v9` of `org/tiny`"]);
    hub.fault(Fault::Refuse(401, "GatedRepo"), 1);
    says(&["org/tiny"], 4, &["only who has accepted the terms", "then set `HF_TOKEN`"]);
    hub.fault(Fault::Refuse(403, "GatedRepo"), 1);
    says(&["org/tiny"], 4, &["only who has accepted the terms"]);
    hub.fault(Fault::Refuse(418, ""), 1);
    says(&["org/tiny"], 4, &["it answered 418", "full mirror"]);
    // A hub that recovers is waited for.
    hub.calm().fault(Fault::Refuse(502, ""), 2).fault(Fault::StoreRefuses(403), 1);
    pull(&lab, &hub).code(0);
    let empty = FakeHub::new(&[("README.md", b"# x".to_vec())]);
    breadth(&lab, &empty, &["models", "pull", "org/tiny"])
        .code(2)
        .says(&["find an ONNX file in `org/tiny`: it holds `README.md`", "optimum-cli"]);
    let nobody = Lab::end(command(&lab, "http://127.0.0.1:9", &["models", "pull", "org/tiny"]).spawn().unwrap());
    nobody.code(4).says(&["reach http://127.0.0.1:9: no connection", "HF_ENDPOINT"]);
    let mut offline = command(&lab, &hub.url, &["models", "pull", "org/tiny"]);
    Lab::end(offline.env("HF_HUB_OFFLINE", "1").spawn().unwrap()).code(4).says(&["`HF_HUB_OFFLINE` forbids"]);
}

#[test]
fn two_pulls_at_once_fetch_each_file_once() {
    let (lab, hub) = lab();
    let pulls: Vec<_> =
        (0..4).map(|_| command(&lab, &hub.url, &["models", "pull", "org/tiny"]).spawn().unwrap()).collect();
    for pull in pulls {
        Lab::end(pull).code(0);
    }
    let graphs = hub.asked().into_iter().filter(|asked| asked.who == "store" && asked.path.contains("model.onnx"));
    assert_eq!(graphs.count(), 1);
    breadth(&lab, &hub, &["models", "verify"]).code(0);
}

#[test]
fn a_silent_store_is_given_up_and_asked_again() {
    let (lab, hub) = lab();
    hub.fault(Fault::Silence, 1);
    let mut patient = command(&lab, &hub.url, &["models", "pull", "org/tiny"]);
    Lab::end(patient.env("HF_HUB_DOWNLOAD_TIMEOUT", "1").spawn().unwrap()).code(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    let (lab, hub) = lab();
    pull(&lab, &hub).code(0);
    // The device that is always full stands for the disk.
    let blob = blob(&lab);
    fs::remove_file(&blob).unwrap();
    std::os::unix::fs::symlink("/dev/full", blob.with_extension("part")).unwrap();
    pull(&lab, &hub).code(1).says(&["failed to write `", ".part`", "hint: make room, or set `HF_HOME`"]);
}

/// Certificates for loopback, made by `openssl`; none where it is not installed.
fn certificates(lab: &Lab) -> Option<()> {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(lab.path("")).output().ok()?;
        output.status.success().then_some(())
    };
    lab.write("leaf.ext", "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca",
    )?;
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout leaf.key -out leaf.csr -subj /CN=hub",
    )?;
    openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out leaf.pem")
}

#[test]
fn a_hub_behind_tls_is_reached_and_one_with_a_foreign_certificate_is_not() {
    let (lab, hub) = lab();
    if certificates(&lab).is_none() {
        eprintln!("skipped: `openssl` is not here to make certificates");
        return;
    }
    let chain = vec![CertificateDer::from_pem_file(lab.path("leaf.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(lab.path("leaf.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            hub.answer(&mut stream);
            stream.conn.send_close_notify();
            let _ = stream.conn.complete_io(&mut stream.sock);
        }
    });
    let mut trusted = command(&lab, &url, &["models", "pull", "org/tiny"]);
    let ended = Lab::end(trusted.env("SSL_CERT_FILE", lab.path("ca.pem")).spawn().unwrap());
    // The listing came through; the store has no encryption, and is not followed to.
    ended.code(4).says(&["it sends on to an address without encryption"]);
    let foreign = Lab::end(command(&lab, &url, &["models", "pull", "org/tiny"]).spawn().unwrap());
    foreign.code(4).says(&["reach https://127.0.0.1", "ertificate"]);
}
