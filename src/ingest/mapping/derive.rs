//! A field that is read out of a name: the path of the file, or the text of a column, and a pattern go in.

use regex::Regex;

use super::expression::shown;
use crate::ingest::object::Object;

/// Where a field's value is read out of, as a plan writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derive {
    /// `path`, or the name of a column.
    pub from: String,
    /// A regular expression. The value is what its group of the field's name matches, else its first group, else all.
    pub pattern: String,
    /// The value where the pattern matches, with groups as `$1` or `${name}`; null: see `pattern`.
    pub value: Option<String>,
}

/// [`Derive`] ready for use.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) field: usize,
    from: From,
    pattern: Regex,
    /// The group or the text that the value is.
    value: String,
}

#[derive(Debug)]
enum From {
    Path,
    Column(String),
}

/// The word for the path of a file.
const PATH: &str = "path";

impl Rule {
    /// # Errors
    /// With what is wrong with the pattern.
    pub(super) fn new(field: usize, name: &str, derive: &Derive) -> Result<Self, String> {
        let pattern = Regex::new(&derive.pattern).map_err(|cause| {
            let words = cause.to_string();
            let last = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("`{}` is no regular expression: {last}", derive.pattern)
        })?;
        let value = derive.value.clone().unwrap_or_else(|| {
            if pattern.capture_names().flatten().any(|group| group == name) {
                format!("${{{name}}}")
            } else if pattern.captures_len() > 1 {
                "$1".to_owned()
            } else {
                "$0".to_owned()
            }
        });
        check_groups(&pattern, &value)?;
        let from = if derive.from == PATH { From::Path } else { From::Column(derive.from.clone()) };
        Ok(Rule { field, from, pattern, value })
    }

    /// The value where it follows from the path alone.
    pub(super) fn of_path(&self, path: &str) -> Option<String> {
        matches!(self.from, From::Path).then(|| self.of(path)).flatten()
    }

    /// The value where it follows from a column.
    pub(super) fn of_row(&self, object: &Object<'_>) -> Option<String> {
        match &self.from {
            From::Path => None,
            From::Column(column) => self.of(&shown(object.get(column)?)?),
        }
    }

    /// Whether a row has to be looked at.
    pub(super) fn needs_row(&self) -> bool {
        matches!(self.from, From::Column(_))
    }

    fn of(&self, text: &str) -> Option<String> {
        let found = self.pattern.captures(text)?;
        let mut value = String::new();
        found.expand(&self.value, &mut value);
        Some(value)
    }
}

/// Whether every group that a value names is in the pattern: one that is not would be nothing, without a word.
fn check_groups(pattern: &Regex, value: &str) -> Result<(), String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('$') {
        if let Some(after) = after.strip_prefix('$') {
            rest = after;
            continue;
        }
        let name = match after.strip_prefix('{') {
            Some(inner) => inner.split('}').next().unwrap_or_default(),
            None => &after[..after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())],
        };
        let is_known = match name.parse::<usize>() {
            Ok(number) => number < pattern.captures_len(),
            Err(_) => pattern.capture_names().flatten().any(|group| group == name),
        };
        if !is_known {
            return Err(format!(
                "`{value}` names the group `{name}`, which `{pattern}` does not have; `${{1}}x` is group 1 and an x"
            ));
        }
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn rule(pattern: &str, value: Option<&str>) -> Rule {
        let derive = Derive { from: "path".to_owned(), pattern: pattern.to_owned(), value: value.map(str::to_owned) };
        Rule::new(6, "mode", &derive).unwrap()
    }

    #[test]
    fn the_value_is_the_group_of_its_name_else_the_first_else_all() {
        let of = |pattern, value| rule(pattern, value).of_path("runs/qwen/temp-0.5.csv");
        assert_eq!(of(r"(?<model>\w+)/temp-(?<mode>[\d.]+)\.csv", None).as_deref(), Some("0.5"));
        assert_eq!(of(r"temp-([\d.]+)\.csv", None).as_deref(), Some("0.5"));
        assert_eq!(of(r"temp-[\d.]+\d", None).as_deref(), Some("temp-0.5"));
        assert_eq!(of(r"(\w+)/temp-([\d.]+)\.csv", Some("$1 at T=$2")).as_deref(), Some("qwen at T=0.5"));
        assert_eq!(of("seed-(.*)", None), None);
        let wrong = Derive { from: "path".to_owned(), pattern: "(".to_owned(), value: None };
        assert!(Rule::new(6, "mode", &wrong).unwrap_err().starts_with("`(` is no regular expression: "));
    }

    #[test]
    fn a_value_names_groups_of_its_pattern() {
        let of = |value: &str| {
            let derive =
                Derive { from: "path".to_owned(), pattern: "(a)(?<b>b)".to_owned(), value: Some(value.to_owned()) };
            Rule::new(6, "mode", &derive).map(drop)
        };
        assert_eq!(of("$1 $b ${2}x $$9"), Ok(()));
        assert!(of("$3").unwrap_err().contains("names the group `3`"));
        assert!(of("M$1_x").unwrap_err().contains("names the group `1_x`"));
    }
}
