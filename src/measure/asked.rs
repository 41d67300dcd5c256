//! What a plan asks for: names come in, metrics with their variants come out.

use std::sync::Arc;

use super::{Compares, Measure, Metric, ValueKind, metric};
use crate::model::{Card, Gate, Statistic, Variant};

/// A metric, and which variant of it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// As tables show it: `cosine.min/correct@4`.
    pub name: Arc<str>,
    /// What is measured.
    pub metric: &'static Metric,
    /// How values of samples, pairs or rounds become one number.
    pub statistic: Statistic,
    /// Who takes part.
    pub gate: Gate,
    /// Rarefied to this many samples.
    pub at: Option<usize>,
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Why a name cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// No metric has the base of that name.
    Metric(String),
    /// The metric exists, but not so; why, as a sentence after the name.
    Variant(&'static str),
}

/// Further variants of every metric of a plan that has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variations {
    /// Beside the mean of samples, pairs and rounds.
    pub statistics: Vec<Statistic>,
    /// Whether everything is also measured on correct samples alone.
    pub correct: bool,
    /// Sizes to which sets and pairs are rarefied.
    pub rarefy: Vec<usize>,
}

impl Asked {
    /// Looks a name up.
    pub fn parse(name: &str) -> Result<Self, Unknown> {
        let variant = Variant::parse(name);
        let metric = metric(variant.base).ok_or_else(|| Unknown::Metric(variant.base.to_owned()))?;
        match refusal(metric, &variant) {
            Some(why) => Err(Unknown::Variant(why)),
            None => Ok(Asked::new(metric, &variant)),
        }
    }

    /// The metric itself, and nothing else.
    #[must_use]
    pub fn plain(metric: &'static Metric) -> Self {
        Asked::new(metric, &Variant::plain(metric.card.name))
    }

    fn new(metric: &'static Metric, variant: &Variant<'_>) -> Self {
        let Variant { statistic, gate, at, .. } = *variant;
        Asked { name: Arc::from(variant.to_string()), metric, statistic, gate, at }
    }

    /// Whether nothing else was asked than the metric.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        &*self.name == self.metric.card.name
    }

    /// What the metric means.
    #[must_use]
    pub fn card(&self) -> &'static Card {
        &self.metric.card
    }
}

/// The names of a plan with the further variants that it wants, each once: a metric is followed by its own.
#[must_use]
pub fn ask(names: &[Arc<str>], further: &Variations) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for asked in names.iter().filter_map(|name| Asked::parse(name).ok()) {
        let variants = variants(&asked, further);
        for asked in std::iter::once(asked).chain(variants) {
            if !all.contains(&asked) {
                all.push(asked);
            }
        }
    }
    all
}

/// Statistics are not rarefied or gated on top: the table would grow with the product, and nobody reads it.
fn variants(asked: &Asked, further: &Variations) -> Vec<Asked> {
    if !asked.is_plain() {
        return Vec::new();
    }
    let plain = Variant::plain(asked.metric.card.name);
    let mut wanted: Vec<Variant<'_>> =
        further.statistics.iter().map(|&statistic| Variant { statistic, ..plain }).collect();
    let gates = if further.correct { &[Gate::All, Gate::Correct][..] } else { &[Gate::All] };
    for &gate in gates {
        let sizes = std::iter::once(None).chain(further.rarefy.iter().copied().map(Some));
        wanted.extend(sizes.map(|at| Variant { gate, at, ..plain }));
    }
    let possible = wanted.iter().filter(|variant| !variant.is_plain() && refusal(asked.metric, variant).is_none());
    possible.map(|variant| Asked::new(asked.metric, variant)).collect()
}

/// Why a metric has no such variant.
fn refusal(metric: &Metric, variant: &Variant<'_>) -> Option<&'static str> {
    let is_mean = variant.statistic == Statistic::Mean;
    match metric.measure {
        Measure::Sample { .. } if variant.at.is_some() && !is_mean => {
            Some("is a statistic of single samples, which is not rarefied")
        }
        Measure::Pair { values: ValueKind::Boolean, .. } if !is_mean => {
            Some("is yes or no for each pair, which has no other statistic")
        }
        Measure::Set { .. } | Measure::Draws { .. } if !is_mean => {
            Some("is one number of a whole group, which has no other statistic")
        }
        Measure::Chain { .. } if !is_mean => Some("is one number of a whole chain, which has no other statistic"),
        Measure::Chain { .. } | Measure::Step { .. } if variant.gate == Gate::Correct => {
            Some("needs every round of a chain, so that it has no `/correct`")
        }
        Measure::Chain { .. } | Measure::Step { .. } if variant.at.is_some() => {
            Some("needs every round of a chain, so that it has no `@K`")
        }
        Measure::Set { compares: Compares::Judged, .. } | Measure::Draws { .. } if variant.gate == Gate::Correct => {
            Some("is about right and wrong samples together, so that it has no `/correct`")
        }
        Measure::Draws { .. } if variant.at.is_some() => {
            Some("holds subsets of one size against one another, so that it has no `@K`")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn names(asked: &[Asked]) -> Vec<&str> {
        asked.iter().map(|asked| &*asked.name).collect()
    }

    #[test]
    fn a_name_is_looked_up_with_its_variant() {
        let asked = Asked::parse("cosine.min/correct@4").unwrap();
        assert_eq!(
            (asked.metric.card.name, asked.statistic, asked.gate, asked.at),
            ("cosine", Statistic::Min, Gate::Correct, Some(4))
        );
        assert!(Asked::parse("cosine").unwrap().is_plain());
        assert_eq!(Asked::parse("cosin.min").unwrap_err(), Unknown::Metric("cosin".to_owned()));
    }

    #[test]
    fn variants_that_make_no_sense_are_refused() {
        assert!(matches!(Asked::parse("thinking_tokens.max@4"), Err(Unknown::Variant(_))));
        assert!(matches!(Asked::parse("coverage/correct"), Err(Unknown::Variant(_))));
        assert!(matches!(Asked::parse("diversity_coverage_rho@4"), Err(Unknown::Variant(_))));
        assert!(Asked::parse("majority_gain@4").is_ok());
        assert!(Asked::parse("thinking_tokens.max").is_ok());
        assert!(Asked::parse("thinking_tokens@4").is_ok());
    }

    #[test]
    fn further_variants_follow_their_metric() {
        let further = Variations { statistics: vec![Statistic::Max], correct: true, rarefy: vec![4] };
        let all = ask(&["cosine".into(), "verbatim/correct".into(), "cosine.max".into()], &further);
        let expected = ["cosine", "cosine.max", "cosine@4", "cosine/correct", "cosine/correct@4", "verbatim/correct"];
        assert_eq!(names(&all), expected);
    }
}
