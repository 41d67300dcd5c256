//! A provider of embeddings that is not one: real HTTP on loopback, the protocols of all providers, and a fault whenever
//! a script says so.
//!
//! In come requests, out go the vectors that [`vectors::vector`] gives for a text, so that a test knows the right answer;
//! the [`Ledger`] says what was asked, what was answered and what was paid. It enforces the providers' published limits
//! and answers as they would. It must never be kinder than the provider it plays: what a provider would refuse, cut or
//! bill, it refuses, cuts and bills.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub(crate) mod errors;
pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod ledger;
pub(crate) mod protocol;
pub(crate) mod vectors;

mod serve;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) use faults::{After, Fault, When};
pub(crate) use ledger::Ledger;
pub(crate) use protocol::Protocol;

use faults::Rule;

/// The key that every fake accepts; other keys that begin with it are accepted too, so that a test can tell callers apart.
pub(crate) const KEY: &str = "sk-fake-7Qd0aTqVtZ4xN2mB";

/// How a server behaves when no fault is scripted.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) protocol: Protocol,
    /// Whether a key is asked for; servers of one's own often ask for none.
    pub(crate) wants_key: bool,
    /// Passes before each answer.
    pub(crate) latency: Duration,
    /// Tokens of an input, at most; `None`: what the model has.
    pub(crate) window: Option<usize>,
    /// Inputs of a request, at most; `None`: what the provider allows.
    pub(crate) inputs_per_request: Option<usize>,
    /// Tokens of a request, at most; `None`: what the provider allows.
    pub(crate) tokens_per_request: Option<usize>,
    /// Numbers of a vector of a server of one's own.
    pub(crate) dimension: usize,
}

impl Setup {
    pub(crate) fn of(protocol: Protocol) -> Self {
        Setup {
            protocol,
            wants_key: true,
            latency: Duration::ZERO,
            window: None,
            inputs_per_request: None,
            tokens_per_request: None,
            dimension: 8,
        }
    }

    pub(crate) fn latency(self, ms: u64) -> Self {
        Setup { latency: Duration::from_millis(ms), ..self }
    }
}

/// What the threads of a server share.
pub(crate) struct Shared {
    pub(crate) setup: Setup,
    pub(crate) rules: Mutex<Vec<Rule>>,
    pub(crate) ledger: Mutex<Ledger>,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) stopped: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Fake {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Fake {
    /// A server that does everything right.
    pub(crate) fn start(protocol: Protocol) -> Self {
        Self::with(Setup::of(protocol))
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            setup,
            rules: Mutex::default(),
            ledger: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            streams: Mutex::default(),
        });
        let twin = Arc::clone(&shared);
        let accepting = Some(thread::spawn(move || accept(&listener, &twin)));
        Fake { address, shared, accepting }
    }

    /// From now on this happens whenever the rule applies; of several rules the earliest counts.
    pub(crate) fn script(&self, when: When, fault: Fault) -> &Self {
        locked(&self.shared.rules).push(Rule { when, fault });
        self
    }

    /// From now on everything is right again.
    pub(crate) fn mend(&self) {
        locked(&self.shared.rules).clear();
    }

    /// What a plan writes as `base_url`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.setup.protocol.base_path())
    }

    /// Where it listens: `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything so far, once nothing is being answered; what hangs is not waited for.
    pub(crate) fn ledger(&self) -> Ledger {
        // An answer reaches its reader a moment before it is in the books.
        let started = Instant::now();
        while self.shared.in_flight.load(Ordering::SeqCst) > 0 && started.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(1));
        }
        locked(&self.shared.ledger).clone()
    }

    /// How often someone has asked with this key.
    pub(crate) fn n_asked_with(&self, key: &str) -> usize {
        locked(&self.shared.ledger).requests.iter().filter(|asked| asked.key() == Some(key)).count()
    }

    /// Forgets everything so far.
    pub(crate) fn forget(&self) {
        *locked(&self.shared.ledger) = Ledger::default();
    }

    /// The right vector of a text, of unit length, for the model that [`Protocol::model`] names.
    pub(crate) fn right(&self, text: &str, dimension: usize) -> Vec<f32> {
        let protocol = self.shared.setup.protocol;
        let mut vector = vectors::vector(protocol.model(), text, dimension);
        vectors::normalize(&mut vector);
        vector
    }

    /// Waits until nothing is being answered, such as what a killed caller has left behind.
    pub(crate) fn quiet(&self) {
        let mut calm = 0;
        while calm < 5 {
            thread::sleep(Duration::from_millis(2));
            calm = if self.shared.in_flight.load(Ordering::SeqCst) == 0 { calm + 1 } else { 0 };
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for callers, and all that wait for more of a request.
        drop(TcpStream::connect(self.address));
        // Then nobody listens any more.
        drop(self.accepting.take().map(JoinHandle::join));
        for stream in locked(&self.shared.streams).iter() {
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for (connection, stream) in listener.incoming().enumerate() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        // A small answer must not wait for the acknowledgment of the one before it.
        drop(stream.set_nodelay(true));
        if let Ok(twin) = stream.try_clone() {
            locked(&shared.streams).push(twin);
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || serve::connection(stream, connection, &shared));
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
