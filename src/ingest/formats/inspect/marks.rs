//! What scorers say of a sample: its `scores` go in; answer, reward and correctness come out, and what is left of the rest.
//!
//! The first scorer counts, as it does in the tool's own lists of logs. Its value is a number by the rule of the tool's
//! `value_to_float` (`scorer/_metric.py`): C, I, P, N are 1, 0, ½, 0; yes and no, true and false, and numbers speak for
//! themselves. Unlike there, a value of which no number can be made is no zero but nothing.

use std::borrow::Cow;

use crate::ingest::json;
use crate::ingest::object::Object;

/// The scorers of a sample in order, each with what it says.
pub(super) struct Marks<'a> {
    scorers: Vec<(String, Object<'a>)>,
}

impl<'a> Marks<'a> {
    /// Those of a sample; logs of early 2024 have one scorer, in `score`.
    pub(super) fn of(sample: &Object<'a>) -> Self {
        let scorers = match (sample.object("scores"), sample.object("score")) {
            (Some(scores), _) => {
                let parsed = |(name, json): (&str, &'a str)| Some((name.to_owned(), Object::parse(json).ok()?));
                scores.columns().filter_map(parsed).collect()
            }
            (None, Some(score)) => vec![("score".to_owned(), score)],
            (None, None) => Vec::new(),
        };
        Marks { scorers }
    }

    /// The name of the scorer that counts.
    pub(super) fn name(&self) -> Option<&str> {
        self.scorers.first().map(|(name, _)| name.as_str())
    }

    /// What it took for the model's answer; none where it found none.
    pub(super) fn answer(&self) -> Option<Cow<'a, str>> {
        self.scorers.first()?.1.text("answer").filter(|answer| !answer.is_empty())
    }

    /// Its value as a number.
    pub(super) fn reward(&self) -> Option<f64> {
        self.scorers.first()?.1.get("value").and_then(value)
    }

    /// All scores as JSON without what is null or empty, and without the answer that counts: it has a field of its own.
    pub(super) fn rest(&self) -> Option<String> {
        let mut rest = String::new();
        for (position, (name, score)) in self.scorers.iter().enumerate() {
            rest.push_str(if position == 0 { "{" } else { "," });
            rest.push_str(&serde_json::Value::from(name.as_str()).to_string());
            let mut separator = ":{";
            let taken = |name: &str| position == 0 && name == "answer" && self.answer().is_some();
            for (name, json) in score.columns().filter(|(_, json)| !matches!(*json, "null" | "[]" | "{}")) {
                if !taken(name) && !json::too_deep(json) {
                    rest.push_str(separator);
                    separator = ",";
                    rest.push_str(&serde_json::Value::from(name).to_string());
                    rest.push(':');
                    rest.push_str(json);
                }
            }
            rest.push_str(if separator == "," { "}" } else { ":{}" });
        }
        (!rest.is_empty()).then(|| rest + "}")
    }
}

/// A score's value as a number.
fn value(json: &str) -> Option<f64> {
    let text = match json {
        "true" => return Some(1.0),
        "false" => return Some(0.0),
        _ if json.starts_with('"') => json::text(json)?,
        _ => json.into(),
    };
    match &*text {
        "C" => Some(1.0),
        "P" => Some(0.5),
        "I" | "N" => Some(0.0),
        text => match text.to_lowercase().as_str() {
            "yes" | "true" => Some(1.0),
            "no" | "false" => Some(0.0),
            text => text.parse().ok().filter(|value: &f64| value.is_finite()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn values_are_numbers_where_they_can_be() {
        let known = [
            ("\"C\"", 1.0),
            ("\"I\"", 0.0),
            ("\"P\"", 0.5),
            ("\"N\"", 0.0),
            ("true", 1.0),
            ("\"Yes\"", 1.0),
            ("\"no\"", 0.0),
            ("0.25", 0.25),
            ("\"3\"", 3.0),
            ("1", 1.0),
        ];
        for (json, expected) in known {
            assert_eq!(value(json), Some(expected), "{json}");
        }
        for json in ["\"c\"", "\"NaN\"", "null", "{\"a\": 1}", "[1]", "\"\"", "\"inf\"", "1e999"] {
            assert_eq!(value(json), None, "{json}");
        }
    }

    #[test]
    fn the_first_scorer_counts_and_the_rest_is_kept() {
        let text = r#"{"scores": {"a\"": {"value": "C", "answer": "7", "explanation": null, "history": []},
            "b": {"value": {"x": 1}, "answer": "8"}, "c": {}}}"#;
        let marks = Marks::of(&Object::parse(text).unwrap());
        assert_eq!((marks.name(), marks.answer().as_deref(), marks.reward()), (Some("a\""), Some("7"), Some(1.0)));
        assert_eq!(
            marks.rest().unwrap(),
            r#"{"a\"":{"value":"C"},"b":{"value":{"x": 1},"answer":"8"},"c":{}}"#,
            "as JSON"
        );
        let early = Marks::of(&Object::parse(r#"{"score": {"value": 0.5, "answer": ""}}"#).unwrap());
        assert_eq!((early.answer(), early.reward()), (None, Some(0.5)));
        let none = Marks::of(&Object::parse(r#"{"scores": {}}"#).unwrap());
        assert_eq!((none.answer(), none.reward(), none.rest()), (None, None, None));
    }
}
