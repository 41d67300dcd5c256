//! `[extract]`, and `extract` of a `[[source]]`: which rules take responses apart.

use toml::{Table, Value};

use super::section::Section;
use super::validate::{known, suggest};
use crate::extract::{Policy, answer, code};

/// Rules by their names; what is null is as the defaults have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtractPlan {
    /// Texts that end the thinking, beside the tags.
    pub thinking_end: Option<Vec<String>>,
    /// Rules for the final answer, in the order in which they are tried.
    pub answer: Option<Vec<String>>,
    /// How the program is taken out of the solution.
    pub code: Option<String>,
}

impl ExtractPlan {
    /// What is said here, and where nothing is said what `other` says.
    #[must_use]
    pub fn or(self, other: &ExtractPlan) -> Self {
        ExtractPlan {
            thinking_end: self.thinking_end.or_else(|| other.thinking_end.clone()),
            answer: self.answer.or_else(|| other.answer.clone()),
            code: self.code.or_else(|| other.code.clone()),
        }
    }

    /// The rules themselves. Validation has looked the names up.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        if let Some(ends) = &self.thinking_end {
            policy.thinking_end.clone_from(ends);
        }
        if let Some(names) = &self.answer {
            policy.answer = names.iter().filter_map(|name| answer::named(name)).collect();
        }
        if let Some(named) = self.code.as_deref().and_then(code::named) {
            policy.code = named;
        }
        policy
    }

    /// Everything as understood, defaults included.
    pub(super) fn echo(&self) -> Value {
        let policy = self.policy();
        let texts = |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
        let answer = policy.answer.iter().map(|rule| rule.name.to_owned()).collect();
        Value::Table(Table::from_iter([
            ("thinking_end".to_owned(), texts(policy.thinking_end)),
            ("answer".to_owned(), texts(answer)),
            ("code".to_owned(), Value::String(policy.code.name.to_owned())),
        ]))
    }
}

/// Reads the table.
pub(super) fn read_extract(mut section: Section<'_>) -> ExtractPlan {
    let thinking_end = section.strings("thinking_end");
    for end in thinking_end.iter().flatten().filter(|end| end.value.is_empty()) {
        section.mistake(&end.origin, "a text in `thinking_end` is empty".to_owned());
    }
    let names: Vec<&str> = answer::RULES.iter().map(|rule| rule.name).collect();
    let asked = section.strings("answer");
    for rule in asked.iter().flatten().filter(|rule| !names.contains(&rule.value.as_str())) {
        let suggestion = suggest(&rule.value, &names);
        section.mistake(
            &rule.origin,
            format!("unknown rule `{}` in `{}`{suggestion}", rule.value, section.name("answer")),
        );
    }
    let policies: Vec<&str> = code::POLICIES.iter().map(|policy| policy.name).collect();
    let code = known(&mut section, "code", None, &policies);
    section.finish();
    let values = |texts: Vec<super::section::Located<String>>| texts.into_iter().map(|text| text.value).collect();
    ExtractPlan { thinking_end: thinking_end.map(values), answer: asked.map(values), code }
}
