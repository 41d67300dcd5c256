//! Why two runs cannot be compared, told with what differs and what to do.

use super::facts::Facts;
use crate::model::Refused;

/// Every way in which comparing two finished runs fails, beyond reading them.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A run that does not say which definitions its numbers follow.
    #[error(
        "compare `{folder}`: expected {expected} in its `run.toml`, got none\nhint: this run was written by an older release of `breadth`; run its plan again with this one"
    )]
    OldRecord {
        /// The run.
        folder: String,
        /// What is not there.
        expected: &'static str,
    },
    /// Numbers of the same name that are not the same numbers.
    #[error("compare `{a}` with `{b}`: {}{}", told(refused), hints(refused))]
    Refused {
        /// Run A.
        a: String,
        /// Run B.
        b: String,
        /// What differs; at least one.
        refused: Vec<Refused>,
    },
    /// A metric that is asked for, and that is not in both runs.
    #[error("compare `{a}` with `{b}`: expected a metric of both in `--metric`, got `{metric}`, {found}\nhint: {hint}")]
    UnknownMetric {
        /// Run A.
        a: String,
        /// Run B.
        b: String,
        /// As typed.
        metric: String,
        /// Where it is.
        found: String,
        /// The nearest names that both have.
        hint: String,
    },
    /// The runs are of different things.
    #[error(
        "compare `{a}` with `{b}`: expected runs with something in common, got {what} that can be matched\nhint: cells are matched by dataset, model, mode and feedback, of which one may differ; `breadth table` shows what each run has"
    )]
    NothingInCommon {
        /// Run A.
        a: String,
        /// Run B.
        b: String,
        /// What is not there.
        what: String,
    },
}

impl CompareError {
    pub(super) fn refused(a: &Facts, b: &Facts, refused: Vec<Refused>) -> Self {
        CompareError::Refused { a: a.folder.clone(), b: b.folder.clone(), refused }
    }
}

/// Each reason once, with the metrics that it is about.
fn told(refused: &[Refused]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for Refused { metric, reason, .. } in refused {
        let metric = format!("`{metric}`");
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, metrics)) => metrics.push(metric),
            None => reasons.push((reason, vec![metric])),
        }
    }
    let told = |(reason, metrics): (&str, Vec<String>)| format!("{reason}, which {} is measured by", list(&metrics));
    let told = |one: (&str, Vec<String>)| {
        if one.0.starts_with("metric ") { one.0.to_owned() } else { told(one) }
    };
    reasons.into_iter().map(told).collect::<Vec<_>>().join("; ")
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let rest = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

fn hints(refused: &[Refused]) -> String {
    let mut hints: Vec<&str> = refused.iter().map(|one| one.hint.as_str()).collect();
    hints.sort_unstable();
    hints.dedup();
    hints.into_iter().fold(String::new(), |all, hint| all + "\nhint: " + hint)
}
