//! Keys: from the environment only, and never printed.

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::super::{EmbedError, ServerFault};

/// How a server wants to be shown the key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Header {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// A header of that name.
    Named(&'static str),
}

/// A key, as a secret that has no `Display` and whose `Debug` says nothing.
#[derive(Debug, Clone)]
pub(super) struct Key {
    secret: SecretString,
    variable: String,
}

impl Key {
    /// The first of the variables that is set and not empty.
    pub(super) fn find(variables: &[String], lookup: impl Fn(&str) -> Option<String>) -> Option<Self> {
        variables.iter().find_map(|variable| {
            let value = lookup(variable)?.trim().to_owned();
            (!value.is_empty()).then(|| Key { secret: SecretString::from(value), variable: variable.clone() })
        })
    }

    /// The variable that it came from.
    pub(super) fn variable(&self) -> &str {
        &self.variable
    }

    /// The header that carries it, marked so that no log shows its value.
    pub(super) fn header(
        &self,
        header: Header,
        provider: &'static str,
    ) -> Result<(HeaderName, HeaderValue), EmbedError> {
        let (name, text) = match header {
            Header::Bearer => ("authorization", format!("Bearer {}", self.secret.expose_secret())),
            Header::Named(name) => (name, self.secret.expose_secret().to_owned()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| EmbedError::Server {
            provider,
            fault: ServerFault::Key,
            problem: format!("the key in `{}` holds characters that no header can carry", self.variable),
            way_out: Some("a key is one line of letters, digits and signs; check for line breaks".to_owned()),
        })?;
        value.set_sensitive(true);
        Ok((HeaderName::from_static(name), value))
    }

    /// `text` without the key, should a server send it back.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(self.secret.expose_secret(), "[key]")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn key() -> Key {
        Key::find(&["A".to_owned(), "B".to_owned()], |name| (name == "B").then(|| " sk-hush\n".to_owned())).unwrap()
    }

    #[test]
    fn secrets_cannot_be_printed() {
        let (_, value) = key().header(Header::Bearer, "openai").unwrap();
        let shown = format!("{:?} {value:?} {:#?}", key(), key());
        assert!(!shown.contains("hush"), "{shown}");
        assert_eq!(value.to_str().unwrap(), "Bearer sk-hush");
        assert_eq!(key().variable(), "B");
        assert_eq!(key().redact("bad key sk-hush!"), "bad key [key]!");
    }

    #[test]
    fn an_empty_variable_holds_no_key_and_a_broken_one_is_told_without_it() {
        assert!(Key::find(&["A".to_owned()], |_| Some("  ".to_owned())).is_none());
        let broken = Key::find(&["A".to_owned()], |_| Some("sk-\nhush".to_owned())).unwrap();
        let error = broken.header(Header::Named("x-goog-api-key"), "gemini").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"));
    }
}
