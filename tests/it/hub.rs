//! A Hugging Face hub on loopback: repositories in memory, a store at another address that it sends to, and faults on
//! demand. It keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use ring::digest;
use serde_json::{Value, json};

/// The commit that every branch of a fresh repository stands for.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `hub` or `store`.
    pub(crate) who: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) range: Option<u64>,
}

/// A fault, for as many answers as are said.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The store breaks off after so many bytes of a body.
    Cut(usize),
    /// The store sends whole files, whatever part was asked for.
    NoRanges,
    /// The store turns a byte.
    Wrong,
    /// The hub answers with this status and `X-Error-Code`.
    Refuse(u16, &'static str),
    /// The store answers with this status.
    StoreRefuses(u16),
    /// The store says nothing at all for a while.
    Silence,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    faults: Vec<(Fault, usize)>,
    asked: Vec<Asked>,
    store: String,
}

/// The hub; it ends with the process.
#[derive(Clone)]
pub(crate) struct FakeHub {
    state: Arc<Mutex<State>>,
    pub(crate) url: String,
}

impl FakeHub {
    /// A hub with the repository `org/tiny`, which holds these files.
    pub(crate) fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        state.lock().unwrap().files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect();
        let store = serve("store", &state);
        state.lock().unwrap().store = store;
        let url = serve("hub", &state);
        FakeHub { state, url }
    }

    /// The next `n` answers that it fits have a fault.
    pub(crate) fn fault(&self, fault: Fault, n: usize) -> &Self {
        self.state.lock().unwrap().faults.push((fault, n));
        self
    }

    /// No more faults, and nothing remembered.
    pub(crate) fn calm(&self) -> &Self {
        let mut state = self.state.lock().unwrap();
        state.faults.clear();
        state.asked.clear();
        self
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Answers one connection of whoever speaks in plain text.
    pub(crate) fn answer(&self, stream: &mut (impl Read + Write)) {
        handle("hub", &self.state, stream);
    }
}

fn serve(who: &'static str, state: &Arc<Mutex<State>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::clone(state);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let state = Arc::clone(&state);
            thread::spawn(move || {
                let mut stream: TcpStream = stream;
                handle(who, &state, &mut stream);
            });
        }
    });
    url
}

fn handle(who: &'static str, state: &Mutex<State>, stream: &mut (impl Read + Write)) {
    let Some(asked) = read_request(who, stream) else { return };
    let answer = {
        let mut state = state.lock().unwrap();
        state.asked.push(asked.clone());
        if who == "hub" { state.hub(&asked) } else { state.store(&asked) }
    };
    if answer.silent {
        thread::sleep(std::time::Duration::from_secs(4));
    }
    let mut head = format!("HTTP/1.1 {} said\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body.len()));
    let sent = answer.cut.unwrap_or(answer.body.len()).min(answer.body.len());
    // Whoever asked may be gone.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&answer.body[..sent]))
        .and_then(|()| stream.flush());
}

fn read_request(who: &'static str, stream: &mut (impl Read + Write)) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut asked = Asked { who, path: first.split(' ').nth(1)?.to_owned(), token: None, range: None };
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => asked.token = Some(value.to_owned()),
            "range" => asked.range = value.strip_prefix("bytes=")?.trim_end_matches('-').parse().ok(),
            _ => {}
        }
    }
    Some(asked)
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
    silent: bool,
}

impl Answer {
    fn new(status: u16, body: Vec<u8>) -> Self {
        Answer { status, headers: Vec::new(), body, cut: None, silent: false }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl State {
    /// A fault of that kind, if one is due.
    fn due(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let (fault, left) = self.faults.iter_mut().find(|(fault, left)| *left > 0 && fits(fault))?;
        *left -= 1;
        Some(fault.clone())
    }

    fn hub(&mut self, asked: &Asked) -> Answer {
        if let Some(Fault::Refuse(status, code)) = self.due(|fault| matches!(fault, Fault::Refuse(..))) {
            return Answer::new(status, b"{\"error\":\"no\"}".to_vec()).with("X-Error-Code", code);
        }
        if let Some(rest) = asked.path.strip_prefix("/api/models/org/tiny/revision/") {
            let revision = rest.split('?').next().unwrap();
            return match revision {
                "main" | "v1" | COMMIT | "release%2F1" => Answer::new(200, self.listing().to_string().into_bytes()),
                _ => Answer::new(404, Vec::new()).with("X-Error-Code", "RevisionNotFound"),
            };
        }
        let Some(file) = asked.path.strip_prefix(&format!("/org/tiny/resolve/{COMMIT}/")) else {
            return Answer::new(401, Vec::new()).with("X-Error-Code", "RepoNotFound");
        };
        match self.files.get(file) {
            None => Answer::new(404, Vec::new()).with("X-Error-Code", "EntryNotFound"),
            Some(_) if is_large(file) => Answer::new(302, Vec::new())
                .with("Location", format!("{}/blob/{file}?signature=secret", self.store))
                .with("X-Repo-Commit", COMMIT),
            Some(bytes) => Answer::new(200, bytes.clone()),
        }
    }

    fn store(&mut self, asked: &Asked) -> Answer {
        // Faults of the store come in the order in which they were asked for.
        let next = self.faults.iter().find(|(fault, left)| *left > 0 && !matches!(fault, Fault::Refuse(..)));
        let refuses = next.is_some_and(|(fault, _)| matches!(fault, Fault::StoreRefuses(_)));
        if refuses && let Some(Fault::StoreRefuses(status)) = self.due(|fault| matches!(fault, Fault::StoreRefuses(_)))
        {
            return Answer::new(status, b"<html>busy</html>".to_vec()).with("Retry-After", "0");
        }
        let file = asked.path.strip_prefix("/blob/").and_then(|path| path.split('?').next()).unwrap();
        let mut bytes = self.files[file].clone();
        if self.due(|fault| matches!(fault, Fault::Wrong)).is_some() {
            *bytes.last_mut().unwrap() ^= 1;
        }
        let whole = self.due(|fault| matches!(fault, Fault::NoRanges)).is_some();
        let from = usize::try_from(asked.range.unwrap_or(0)).unwrap();
        let mut answer = match asked.range {
            Some(_) if !whole && from >= bytes.len() => Answer::new(416, Vec::new()),
            Some(_) if !whole => {
                let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
                Answer::new(206, bytes.split_off(from)).with("Content-Range", range)
            }
            _ => Answer::new(200, bytes),
        };
        if let Some(Fault::Cut(after)) = self.due(|fault| matches!(fault, Fault::Cut(_))) {
            answer.cut = Some(after);
        }
        answer.silent = self.due(|fault| matches!(fault, Fault::Silence)).is_some();
        answer
    }

    fn listing(&self) -> Value {
        let siblings: Vec<Value> = self.files.iter().map(|(name, bytes)| sibling(name, bytes)).collect();
        json!({"id": "org/tiny", "sha": COMMIT, "gated": false, "siblings": siblings})
    }
}

/// What the hub keeps in git's large file storage, at another address.
fn is_large(file: &str) -> bool {
    file.contains(".onnx") || file == "tokenizer.json"
}

fn sibling(name: &str, bytes: &[u8]) -> Value {
    let framed = [format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat();
    let mut file = json!({
        "rfilename": name, "size": bytes.len(), "blobId": hex(&digest::SHA1_FOR_LEGACY_USE_ONLY, &framed),
    });
    if is_large(name) {
        file["lfs"] = json!({"sha256": hex(&digest::SHA256, bytes), "size": bytes.len(), "pointerSize": 127});
    }
    file
}

fn hex(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> String {
    digest::digest(algorithm, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
