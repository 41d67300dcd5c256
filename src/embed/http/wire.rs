//! What tells one provider's protocol from another's: how it is asked, how it answers, how it says no.

use serde::Deserialize;
use serde_json::Value;

use super::key::Header;
use super::setup::Setup;

/// A provider's protocol. Everything else (limits, retries, splitting, checks) is the same for all.
pub(super) struct Wire {
    /// As the plan says it.
    pub provider: &'static str,
    /// How it wants to be shown the key.
    pub header: Header,
    /// Whether every user has a server of their own, so that the model's name alone does not say what is served.
    pub self_served: bool,
    /// Whether it takes work by file, in OpenAI's format.
    pub has_batches: bool,
    /// Raised whenever the same text would come back as another vector through our doing.
    pub version: u32,
    /// The address behind the base.
    pub path: fn(&Setup) -> String,
    /// The body of a request for these inputs.
    pub body: fn(&Setup, &[&str]) -> Value,
    /// What the body of an answer holds.
    pub read: fn(&[u8]) -> serde_json::Result<Answer>,
    /// What this provider means by a refusal, where that is not what its status means to everyone.
    pub meaning: fn(u16, &Value) -> Option<Meaning>,
    /// What vectors are for, unless the plan says otherwise; absent: nothing is said.
    pub task: Option<&'static str>,
}

/// An answer, read but not yet trusted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// For each vector the input that it says it is of, and its numbers.
    pub vectors: Vec<(Option<usize>, Numbers)>,
    /// Tokens that will be on the bill, where the answer says so.
    pub billed_tokens: Option<u64>,
}

/// A vector as sent. What is no number (JSON has no NaN, and servers send null for it) is null.
pub(super) type Numbers = Vec<Option<f32>>;

/// What a refusal means when its status alone does not tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// The key is not accepted.
    Key,
    /// Nothing left to spend today, this month, or on this account.
    Quota(&'static str),
    /// The model is not known.
    Model,
}

/// The answer of OpenAI, and of everyone who speaks its protocol.
#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
    usage: Option<OpenAiUsage>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    index: Option<usize>,
    embedding: Numbers,
}

#[derive(Deserialize)]
struct OpenAiUsage {
    // Whatever it is, it is not worth a run.
    #[serde(default)]
    prompt_tokens: Value,
    #[serde(default)]
    total_tokens: Value,
}

/// Reads `{data: [{index, embedding}], usage}`.
pub(super) fn read_openai(bytes: &[u8]) -> serde_json::Result<Answer> {
    let answer: OpenAiAnswer = serde_json::from_slice(bytes)?;
    let usage = answer.usage;
    Ok(Answer {
        vectors: answer.data.into_iter().map(|one| (one.index, one.embedding)).collect(),
        billed_tokens: usage.and_then(|usage| count(&usage.prompt_tokens).or_else(|| count(&usage.total_tokens))),
    })
}

/// A count that may have been written with a fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count")]
pub(super) fn count(value: &Value) -> Option<u64> {
    value.as_f64().filter(|number| (0.0..1e15).contains(number)).map(|number| number as u64)
}

/// For providers whose statuses mean what they say.
pub(super) fn plainly(_: u16, _: &Value) -> Option<Meaning> {
    None
}
