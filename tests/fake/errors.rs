//! How each provider says no.

use serde_json::{Value, json};

use super::faults::After;
use super::http::Answer;
use super::protocol::Protocol;

/// Why a request gets no vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is nothing at this address.
    Address(String),
    /// No key, or a wrong one; the message shows what came.
    Key(String),
    /// A key that was good once.
    Expired,
    /// 401, with the whole key in the message, as some gateways write it.
    EchoedKey(String),
    Forbidden,
    Model(String),
    /// The request or its inputs are not taken.
    Input(String),
    /// Too many inputs or tokens for one request.
    TooMuch(String),
    Busy(After),
    Quota,
    Broken(u16, After),
}

impl Refusal {
    pub(crate) fn answer(&self, protocol: Protocol) -> Answer {
        let (status, body) = match protocol {
            Protocol::OpenAi | Protocol::Compatible => self.openai(protocol),
            Protocol::Gemini => self.gemini(),
            Protocol::Cohere => self.plain("message"),
            Protocol::Voyage => self.plain("detail"),
        };
        let answer = Answer::json(status, body.to_string());
        match self {
            // Gemini says when to come back in the body, unless what stands in front of it says it.
            Refusal::Busy(After::Seconds(_)) if protocol == Protocol::Gemini => answer,
            Refusal::Busy(after) | Refusal::Broken(_, after) => answer.retry_after(*after),
            _ => answer,
        }
    }

    /// <https://platform.openai.com/docs/guides/error-codes>; servers of one's own write the status as `code`.
    fn openai(&self, protocol: Protocol) -> (u16, Value) {
        let invalid = "invalid_request_error";
        let (status, message, kind, code) = match self {
            Refusal::Address(path) => (404, format!("Invalid URL (POST {path})"), invalid, Value::Null),
            Refusal::Key(shown) => {
                let message = format!(
                    "Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
                );
                (401, message, invalid, json!("invalid_api_key"))
            }
            Refusal::Expired => (401, "Your API key has expired.".to_owned(), invalid, json!("invalid_api_key")),
            Refusal::EchoedKey(key) => {
                (401, format!("Authentication Error, Received API Key = {key}"), "auth_error", json!("401"))
            }
            Refusal::Forbidden => {
                let code = json!("unsupported_country_region_territory");
                (403, "Country, region, or territory not supported".to_owned(), "request_forbidden", code)
            }
            Refusal::Model(model) => {
                let message = format!("The model `{model}` does not exist or you do not have access to it.");
                (404, message, invalid, json!("model_not_found"))
            }
            Refusal::Input(message) => (400, message.clone(), invalid, Value::Null),
            Refusal::TooMuch(message) if protocol == Protocol::Compatible => {
                (413, message.clone(), "Validation", Value::Null)
            }
            Refusal::TooMuch(message) => {
                (400, message.clone(), "max_tokens_per_request", json!("max_tokens_per_request"))
            }
            Refusal::Busy(_) => {
                let message = "Rate limit reached for the model in organization org-fake on requests per min (RPM): Limit 3, Used 3, Requested 1.";
                (429, message.to_owned(), "requests", json!("rate_limit_exceeded"))
            }
            Refusal::Quota => {
                let message = "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.";
                (429, message.to_owned(), "insufficient_quota", json!("insufficient_quota"))
            }
            Refusal::Broken(503, _) => (
                503,
                "The engine is currently overloaded, please try again later".to_owned(),
                "server_error",
                Value::Null,
            ),
            Refusal::Broken(status, _) => {
                let message = "The server had an error while processing your request. Sorry about that!";
                (*status, message.to_owned(), "server_error", Value::Null)
            }
        };
        let code = if protocol == Protocol::Compatible && code.is_null() { json!(status) } else { code };
        (status, json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
    }

    /// <https://ai.google.dev/gemini-api/docs/troubleshooting>, in Google's common error model (`google.rpc.Status`). A
    /// key that is not valid is a 400 there.
    fn gemini(&self) -> (u16, Value) {
        let info = |reason: &str| json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]);
        let nothing = Value::Null;
        let (code, message, status, details) = match self {
            Refusal::Address(path) => (404, format!("no such address: {path}"), "NOT_FOUND", nothing),
            Refusal::Key(_) => {
                let message = "API key not valid. Please pass a valid API key.";
                (400, message.to_owned(), "INVALID_ARGUMENT", info("API_KEY_INVALID"))
            }
            Refusal::Expired => {
                let message = "API key expired. Please renew the API key.";
                (400, message.to_owned(), "INVALID_ARGUMENT", info("API_KEY_INVALID"))
            }
            Refusal::EchoedKey(key) => {
                let message = format!("API key {key} not valid.");
                (401, message, "UNAUTHENTICATED", info("API_KEY_INVALID"))
            }
            Refusal::Forbidden => {
                let message = "Generative Language API has not been used in project 123 before or it is disabled.";
                (403, message.to_owned(), "PERMISSION_DENIED", info("SERVICE_DISABLED"))
            }
            Refusal::Model(model) => {
                let message = format!(
                    "models/{model} is not found for API version v1beta, or is not supported for embedContent."
                );
                (404, message, "NOT_FOUND", nothing)
            }
            Refusal::Input(message) | Refusal::TooMuch(message) => {
                (400, format!("* {message}"), "INVALID_ARGUMENT", nothing)
            }
            Refusal::Busy(after) => (
                429,
                "Resource has been exhausted (e.g. check quota).".to_owned(),
                "RESOURCE_EXHAUSTED",
                quota("PerMinute", *after),
            ),
            Refusal::Quota => {
                let message = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.";
                (429, message.to_owned(), "RESOURCE_EXHAUSTED", quota("PerDay", After::Seconds(37)))
            }
            Refusal::Broken(503, _) => {
                (503, "The model is overloaded. Please try again later.".to_owned(), "UNAVAILABLE", nothing)
            }
            Refusal::Broken(status, _) => (*status, "An internal error has occurred.".to_owned(), "INTERNAL", nothing),
        };
        let mut error = json!({"code": code, "message": message, "status": status});
        if !details.is_null() {
            error["details"] = details;
        }
        (code, json!({"error": error}))
    }

    /// <https://docs.cohere.com/reference/errors>, <https://docs.voyageai.com/docs/error-codes>: one message. Voyage
    /// answers 400 for a model that it does not have.
    fn plain(&self, field: &str) -> (u16, Value) {
        let voyage = field == "detail";
        let (status, message) = match self {
            Refusal::Address(_) => (404, "Not Found".to_owned()),
            Refusal::Key(_) if voyage => (401, "Provided API key is invalid.".to_owned()),
            Refusal::Key(_) => (401, "invalid api token".to_owned()),
            Refusal::Expired => (401, "the API key has expired".to_owned()),
            Refusal::EchoedKey(key) => (401, format!("invalid api token: {key}")),
            Refusal::Forbidden => (403, "access from this address is not permitted".to_owned()),
            Refusal::Model(model) if voyage => {
                (400, format!("Model {model} is not supported. Supported models are ['voyage-3.5', 'voyage-3-large']."))
            }
            Refusal::Model(model) => {
                (404, format!("model '{model}' not found, make sure the correct model ID was used"))
            }
            Refusal::Input(message) | Refusal::TooMuch(message) => (400, message.clone()),
            Refusal::Busy(_) => (429, "Please wait and try again later".to_owned()),
            Refusal::Quota if voyage => (
                429,
                "You have exceeded your current quota; please add a payment method in the billing page.".to_owned(),
            ),
            Refusal::Quota => {
                let message = "You are using a Trial key, which is limited to 1000 API calls / month. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.";
                (429, message.to_owned())
            }
            Refusal::Broken(503, _) => (503, "service unavailable".to_owned()),
            Refusal::Broken(status, _) => (*status, "internal server error".to_owned()),
        };
        (status, json!({field: message}))
    }
}

/// Which quota is used up, and when to come back.
fn quota(period: &str, after: After) -> Value {
    let metric = "generativelanguage.googleapis.com/embed_content_free_tier_requests";
    let id = format!("EmbedContentRequests{period}PerUserPerProjectPerModel-FreeTier");
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaMetric": metric, "quotaId": id, "quotaValue": "100"}],
    })];
    if let After::Seconds(seconds) = after {
        let delay = format!("{seconds}s");
        details.push(json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}));
    }
    Value::Array(details)
}
