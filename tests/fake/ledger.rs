//! What was asked, answered and paid, request by request.

use std::collections::BTreeMap;
use std::time::Instant;

/// A request, in the order of arrival.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Which connection it came by.
    pub(crate) connection: usize,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) model: String,
    pub(crate) inputs: Vec<String>,
    /// Numbers of a vector, where the caller says it.
    pub(crate) dimension: Option<usize>,
    /// What the vectors are for, where the caller says it.
    pub(crate) task: Option<String>,
    /// Tokens of all inputs, as the provider counts and bills them.
    pub(crate) tokens: usize,
    /// The answer's status; none while it waits, and when there was no answer.
    pub(crate) status: Option<u16>,
    /// Whether the vectors were computed: a provider bills them, whether they arrive or not.
    pub(crate) paid: bool,
    /// Whether the right vectors of all inputs were sent to the last byte.
    pub(crate) answered: bool,
    pub(crate) arrived: Instant,
    pub(crate) finished: Option<Instant>,
}

impl Asked {
    /// The key that came with it, in whatever header.
    pub(crate) fn key(&self) -> Option<&str> {
        let header =
            |name: &str| self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str());
        header("authorization").map(|value| value.trim_start_matches("Bearer ")).or_else(|| header("x-goog-api-key"))
    }
}

/// Everything that came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) requests: Vec<Asked>,
    /// Texts of which the provider silently dropped the end.
    pub(crate) cut: Vec<String>,
    /// The most requests that waited for their answer at one moment.
    pub(crate) peak: usize,
}

impl Ledger {
    fn count(&self, which: impl Fn(&Asked) -> bool) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for text in self.requests.iter().filter(|asked| which(asked)).flat_map(|asked| &asked.inputs) {
            *counts.entry(text.as_str()).or_default() += 1;
        }
        counts
    }

    /// How often each text was asked for.
    pub(crate) fn asked(&self) -> BTreeMap<&str, usize> {
        self.count(|_| true)
    }

    /// How often each text was answered with its right vector, to the last byte.
    pub(crate) fn answered(&self) -> BTreeMap<&str, usize> {
        self.count(|asked| asked.answered)
    }

    /// How often each text was billed.
    pub(crate) fn paid(&self) -> BTreeMap<&str, usize> {
        self.count(|asked| asked.paid)
    }

    /// Texts that were asked for again after they had been answered.
    pub(crate) fn asked_after_answered(&self) -> Vec<&str> {
        let mut answered: BTreeMap<&str, Instant> = BTreeMap::new();
        let mut again = Vec::new();
        for asked in &self.requests {
            for text in &asked.inputs {
                if answered.get(text.as_str()).is_some_and(|when| *when < asked.arrived) {
                    again.push(text.as_str());
                }
                if let (true, Some(finished)) = (asked.answered, asked.finished) {
                    answered.entry(text).or_insert(finished);
                }
            }
        }
        again
    }

    /// Texts billed more than once, each as often as it was billed in excess.
    pub(crate) fn n_paid_twice(&self) -> usize {
        self.paid().values().map(|times| times - 1).sum()
    }

    /// Tokens billed.
    pub(crate) fn tokens_paid(&self) -> usize {
        self.requests.iter().filter(|asked| asked.paid).map(|asked| asked.tokens).sum()
    }

    /// Whether these characters came in with any request: in a header, the path or an input.
    pub(crate) fn holds(&self, text: &str) -> bool {
        self.requests.iter().any(|asked| {
            asked.path.contains(text)
                || asked.headers.iter().any(|(_, value)| value.contains(text))
                || asked.inputs.iter().any(|input| input.contains(text))
        })
    }
}
