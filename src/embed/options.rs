//! What a plan may say about an embedder beyond its provider, model and text.
//!
//! A table, so that the plan's validation, its echo and `breadth list providers` all know the same keys; each provider
//! says which of them it takes.

use std::collections::BTreeMap;

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number, at least this.
    Whole(u64),
    /// A number from 0.
    Number,
    /// `true` or `false`.
    Flag,
}

/// A key of `[[embedder]]`.
#[derive(Debug)]
pub struct OptionCard {
    /// As the plan writes it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it does, with its default where all providers share one.
    pub meaning: &'static str,
}

macro_rules! options {
    ($($name:literal, $kind:expr, $meaning:literal;)*) => {
        /// All keys, in the order in which lists show them.
        pub static OPTIONS: &[OptionCard] = &[$(OptionCard { name: $name, kind: $kind, meaning: $meaning }),*];
    };
}

options! {
    "dimensions", Kind::Whole(1), "Numbers of a vector: what a Matryoshka model shall be cut to, or what a server gives";
    "prefix", Kind::Text, "Put before each text (before each chunk of a long one); default: the model's own, mostly none";
    "pooling", Kind::Text, "How token vectors become one: `mean`, `cls`, `lasttoken` or `model` (the graph's own); default: as the model's files say";
    "task", Kind::Text, "What the vectors are for, in the provider's own words";
    "window", Kind::Whole(1), "Tokens that the model takes at once; default: what is known of the model";
    "tokenizer", Kind::Text, "A `tokenizer.json` that counts tokens as the server does, relative to the plan; default: an estimate";
    "revision", Kind::Text, "Names what is served, so that the vectors are found again at another address";
    "variant", Kind::Text, "Which ONNX file of the model: `fp32`, `fp16`, `int8`, `q4` or a file's name; default: the full one";
    "device", Kind::Text, "Where the model runs: `auto`, `cpu`, `cuda`, `tensorrt` or `coreml`; default: auto";
    "base_url", Kind::Text, "Where the server is, up to the part that all its addresses share";
    "api_key_env", Kind::Text, "The environment variable that holds the key";
    "send_dimensions", Kind::Flag, "Ask the server for vectors of `dimensions` numbers instead of only expecting them; default: false";
    "inputs_per_request", Kind::Whole(1), "Texts of a request, at most; default: what the provider allows";
    "tokens_per_request", Kind::Whole(1), "Tokens of a request, at most; default: what the provider allows";
    "concurrency", Kind::Whole(1), "Requests in flight, at most; default: 4";
    "requests_per_minute", Kind::Whole(1), "Requests a minute, at most; default: no limit but the provider's answers";
    "tokens_per_minute", Kind::Whole(1), "Tokens a minute, at most; default: no limit but the provider's answers";
    "timeout_s", Kind::Whole(1), "Seconds that a request may take; default: 120";
    "max_attempts", Kind::Whole(1), "How often a request is tried while the server is busy or broken; default: 6";
    "price_per_million_tokens", Kind::Number, "US dollars per million tokens; default: the table's price, and none for a server of one's own";
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionValue {
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Whole`].
    Whole(u64),
    /// Of [`Kind::Number`].
    Number(f64),
    /// Of [`Kind::Flag`].
    Flag(bool),
}

/// The keys that a plan gives, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options(BTreeMap<&'static str, OptionValue>);

impl Options {
    /// Keeps a value; of two for one key the later one counts.
    pub fn insert(&mut self, name: &'static str, value: OptionValue) {
        self.0.insert(name, value);
    }

    /// All that were given, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &OptionValue)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// A string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(OptionValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number, as far as this machine can count.
    #[must_use]
    pub fn whole(&self, name: &str) -> Option<usize> {
        match self.0.get(name) {
            Some(OptionValue::Whole(number)) => Some(usize::try_from(*number).unwrap_or(usize::MAX)),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.0.get(name) {
            Some(OptionValue::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether a flag is given and true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name) == Some(&OptionValue::Flag(true))
    }
}
