//! A provider opened against the fake, asked for texts, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;

use breadth::embed::{
    Budget, EmbedError, Embedder, LongText, OptionValue, Options, Request, ServerFault, TextError, Work, open,
};
use breadth::model::Embedded;

use super::fake::vectors::cosine;
use super::fake::{Fake, KEY, Protocol};

/// Runs a test in a process of its own whose environment holds the keys: a running process may not change its own while
/// other threads read it.
#[track_caller]
pub(crate) fn with_keys<F: Fn()>(test: F) {
    let holds = Protocol::ALL.map(|protocol| std::env::var(protocol.key_variable()).is_ok_and(|key| key == KEY));
    if holds == [true; 5] {
        return test();
    }
    let name = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    let (_, name) = name.split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).envs(Protocol::ALL.map(|protocol| (protocol.key_variable(), KEY)));
    // The fake is on this machine, whatever stands between it and the world.
    command.env("NO_PROXY", "127.0.0.1");
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Does the same for all providers at once.
#[track_caller]
pub(crate) fn for_each(test: impl Fn(Protocol) + Sync) {
    let test = &test;
    let failed: Vec<Protocol> = std::thread::scope(|scope| {
        let running = Protocol::ALL.map(|protocol| (protocol, scope.spawn(move || test(protocol))));
        running.into_iter().filter_map(|(protocol, running)| running.join().is_err().then_some(protocol)).collect()
    });
    assert!(failed.is_empty(), "failed for {failed:?}");
}

/// What a plan would say to reach the fake: short vectors, three attempts, and what is given here.
pub(crate) fn request(fake: &Fake, protocol: Protocol, further: &[(&'static str, OptionValue)]) -> Request {
    let mut options = Options::default();
    options.insert("base_url", OptionValue::Text(fake.base_url()));
    options.insert("dimensions", OptionValue::Whole(protocol.short_dimension() as u64));
    options.insert("max_attempts", OptionValue::Whole(3));
    if protocol == Protocol::Compatible {
        options.insert("window", OptionValue::Whole(512));
        options.insert("api_key_env", OptionValue::Text(protocol.key_variable().to_owned()));
    }
    for (name, value) in further {
        options.insert(name, value.clone());
    }
    Request {
        name: "space".to_owned(),
        provider: protocol.provider().to_owned(),
        model: protocol.model().to_owned(),
        base_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        long_text: LongText::MeanOfChunks,
        chunk_overlap: 0,
        options,
    }
}

pub(crate) fn whole(number: u64) -> OptionValue {
    OptionValue::Whole(number)
}

/// So many texts of a few words each, all different.
pub(crate) fn texts(n: usize) -> Vec<String> {
    (0..n)
        .map(|number| format!("text number {number}: the quick brown fox jumps over {} lazy dogs", number * 7))
        .collect()
}

/// What came of asking.
pub(crate) struct Came {
    pub(crate) finished: BTreeMap<usize, Result<Embedded, TextError>>,
    pub(crate) error: Option<EmbedError>,
}

impl Came {
    /// The kind of the error that ended it.
    #[track_caller]
    pub(crate) fn fault(&self) -> ServerFault {
        match &self.error {
            Some(EmbedError::Server { fault, .. }) => *fault,
            other => panic!("expected a server's fault, got {other:?}"),
        }
    }

    /// Everything that anybody could print of it.
    pub(crate) fn shown(&self) -> String {
        let error = self.error.as_ref();
        let hint = error.and_then(EmbedError::hint).unwrap_or_default();
        let texts: Vec<&TextError> = self.finished.values().filter_map(|one| one.as_ref().err()).collect();
        format!("{} {error:?} {hint} {texts:?}", error.map(ToString::to_string).unwrap_or_default())
    }

    /// Texts without a vector, and why.
    pub(crate) fn refused(&self) -> Vec<(usize, &TextError)> {
        self.finished.iter().filter_map(|(position, one)| Some((*position, one.as_ref().err()?))).collect()
    }
}

pub(crate) fn opened(request: &Request) -> Box<dyn Embedder> {
    open(request).unwrap_or_else(|error| panic!("{error}"))
}

/// Asks for the texts and keeps what comes; each text may come only once.
pub(crate) fn ask(request: &Request, texts: &[String]) -> Came {
    ask_within(request, texts, &Budget::new(None))
}

pub(crate) fn ask_within(request: &Request, texts: &[String], budget: &Budget) -> Came {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut finished = BTreeMap::new();
    let work = Work::silent(2, budget);
    let outcome = opened(request).embed(&texts, &work, &mut |handful| {
        for (position, one) in handful {
            assert!(finished.insert(position, one).is_none(), "text {position} came twice");
        }
        ControlFlow::Continue(())
    });
    if outcome.is_ok() {
        assert_eq!(finished.len(), texts.len(), "it ended well, and texts are missing");
    }
    Came { finished, error: outcome.err() }
}

/// Whether each vector that came is the right one of its text, which also says that the order was kept.
#[track_caller]
pub(crate) fn assert_right(fake: &Fake, protocol: Protocol, texts: &[String], came: &Came) {
    for (position, one) in &came.finished {
        let Ok(embedded) = one else { continue };
        let right = fake.right(&texts[*position], protocol.short_dimension());
        let cosine = cosine(&embedded.vector, &right);
        assert!(cosine > 0.999_999, "{protocol:?}: text {position} got another vector, cosine {cosine}");
        let norm: f32 = embedded.vector.iter().map(|number| number * number).sum();
        assert!((norm - 1.0).abs() < 1e-5, "{protocol:?}: not of unit length: {norm}");
    }
}

/// What has to hold whatever went wrong: what was answered arrived, and was not asked for again.
#[track_caller]
pub(crate) fn assert_nothing_lost(fake: &Fake, protocol: Protocol, texts: &[String], came: &Came) {
    fake.quiet();
    let ledger = fake.ledger();
    let again = ledger.asked_after_answered();
    assert!(again.is_empty(), "{protocol:?}: asked again after the answer: {again:?}");
    let arrived: BTreeSet<&str> = came.finished.keys().map(|position| texts[*position].as_str()).collect();
    let lost: Vec<&str> = ledger.answered().into_keys().filter(|text| !arrived.contains(text)).collect();
    assert!(lost.is_empty(), "{protocol:?}: answered and lost: {lost:?}");
    assert_right(fake, protocol, texts, came);
}
