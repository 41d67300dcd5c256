//! The log-probabilities that a server gives with the tokens of a completion: their JSON text goes in; two means come out.
//!
//! The shape is the one of `OpenAI`'s chat completions (`logprobs.content[]` with `token`, `logprob` and
//! `top_logprobs[].logprob`), which vLLM, `SGLang`, `OpenRouter` and `inspect_ai` share. All logarithms are natural.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What the tokens of a completion say about how sure the model was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistics {
    /// The mean log-probability of the tokens that were drawn, in nats per token.
    pub(super) mean_logprob: f64,
    /// The mean entropy of the next token, in bits per token; none unless the alternatives are there for each token.
    pub(super) mean_entropy: Option<f64>,
}

/// A token that was drawn.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    /// Natural logarithm of its probability.
    #[serde(default)]
    logprob: Option<f64>,
    /// The likeliest tokens at its place, as many as were asked for.
    #[serde(default)]
    top_logprobs: Option<Vec<Alternative>>,
}

/// A token that could have been drawn.
#[derive(Debug, Deserialize)]
struct Alternative {
    #[serde(default)]
    logprob: Option<f64>,
}

/// How much of the probability the listed alternatives must cover for their entropy to stand for that of the whole
/// vocabulary. What is left out is bounded then: with a rest `r` over `V` tokens it lies below `h(r) + r · log2(V)`, which for
/// 1 % and 200 000 tokens is a quarter of a bit. Below this mass an entropy would be a guess, and there is none.
const COVERED: f64 = 0.99;

/// Servers write log-probabilities that no float holds as this number, or as one beyond it (`OpenAI`'s reference:
/// "-9999.0 is used to signify that the token is very unlikely").
const UNLIKELY: f64 = -9999.0;

/// The means over a completion's tokens; none where there is no token, or one without a log-probability.
pub(super) fn statistics(tokens: &[Token]) -> Option<Statistics> {
    if tokens.is_empty() {
        return None;
    }
    let n = tokens.len() as f64;
    let drawn: Option<Vec<f64>> = tokens.iter().map(Token::known).collect();
    let mean_logprob = drawn?.iter().sum::<f64>() / n;
    let entropies: Option<Vec<f64>> = tokens.iter().map(Token::entropy).collect();
    let mean_entropy = entropies.map(|entropies| entropies.iter().sum::<f64>() / n);
    Some(Statistics { mean_logprob, mean_entropy })
}

/// The means over `logprobs.content`, given as JSON text; none where the text is no list of tokens.
pub(super) fn of_content(json: &str) -> Option<Statistics> {
    statistics(&serde_json::from_str::<Vec<Token>>(json).ok()?)
}

/// The means over a completion's `logprobs` object, given as JSON text; none where it has no `content`.
pub(super) fn of_logprobs(json: &str) -> Option<Statistics> {
    #[derive(Deserialize)]
    struct Logprobs {
        content: Vec<Token>,
        #[serde(default, rename = "refusal")]
        _refusal: IgnoredAny,
    }
    statistics(&serde_json::from_str::<Logprobs>(json).ok()?.content)
}

impl Token {
    /// Its log-probability; none where the server gives only a stand-in for it.
    fn known(&self) -> Option<f64> {
        self.logprob.filter(|logprob| logprob.is_finite() && *logprob > UNLIKELY)
    }

    /// The entropy of the alternatives, scaled to a total probability of 1, in bits; none where they cover too little.
    fn entropy(&self) -> Option<f64> {
        let listed: Option<Vec<f64>> = self.top_logprobs.as_ref()?.iter().map(|other| other.logprob).collect();
        let probabilities: Vec<f64> = listed?.into_iter().map(f64::exp).collect();
        let mass: f64 = probabilities.iter().sum();
        if !mass.is_finite() || mass < COVERED {
            return None;
        }
        let terms = probabilities.iter().map(|p| p / mass).filter(|p| *p > 0.0).map(|p| -p * p.log2());
        // A sum of nothing but -0.0 is no negative entropy.
        Some(terms.sum::<f64>().max(0.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn means_over_the_tokens() {
        let found =
            of_content(r#"[{"token": "a", "logprob": -0.25, "bytes": [97]}, {"token": "b", "logprob": -0.75}]"#);
        assert_eq!(found, Some(Statistics { mean_logprob: -0.5, mean_entropy: None }));
        let whole = r#"{"content": [{"token": "a", "logprob": -1.5, "top_logprobs": []}], "refusal": null}"#;
        assert_eq!(of_logprobs(whole), Some(Statistics { mean_logprob: -1.5, mean_entropy: None }));
    }

    #[test]
    fn entropy_needs_alternatives_that_cover_the_probability() {
        let token = |top: &[f64]| {
            let top: Vec<String> = top.iter().map(|p| format!(r#"{{"token": "t", "logprob": {}}}"#, p.ln())).collect();
            format!(r#"{{"token": "t", "logprob": -1, "top_logprobs": [{}]}}"#, top.join(","))
        };
        let entropy = |tokens: &[String]| of_content(&format!("[{}]", tokens.join(","))).unwrap().mean_entropy;
        // One bit, two bits: 1.5 on average.
        let found = entropy(&[token(&[0.5, 0.5]), token(&[0.25; 4])]).unwrap();
        assert!((found - 1.5).abs() < 1e-12, "{found}");
        assert_eq!(entropy(&[token(&[1.0])]), Some(0.0));
        assert_eq!(entropy(&[token(&[0.6, 0.3])]), None, "a tenth of the probability is nowhere");
        assert_eq!(entropy(&[token(&[0.5, 0.5]), token(&[])]), None, "each token or none");
        // 0.995 of the probability counts as all of it.
        let found = entropy(&[token(&[0.4975, 0.4975])]).unwrap();
        assert!((found - 1.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_is_no_list_of_tokens_has_no_means() {
        for json in
            ["[]", "null", "{}", "[1]", r#"[{"token": "a"}]"#, r#"[{"logprob": "x"}]"#, "[{\"logprob\": -1}", ""]
        {
            assert_eq!(of_content(json), None, "{json}");
        }
        // A stand-in for a number is no number.
        assert_eq!(of_content(r#"[{"logprob": -0.5}, {"logprob": -9999.0}]"#), None);
        assert_eq!(of_logprobs("{\"content\": null}"), None);
    }
}
