//! What a number means, told once, as data.

/// What a metric is measured on; decides which tables carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// One number for each sample; a group's value is the mean over its samples.
    Sample,
    /// One number for each unordered pair of a group; a group's value is the mean over its pairs.
    Pair,
    /// One number for a set of samples: the group, or the part of it that is asked for.
    Group,
    /// Numbers for the rounds of a chain, or one for the whole chain.
    Chain,
}

impl Level {
    /// The word that lists and reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Sample => "sample",
            Level::Pair => "pair",
            Level::Group => "group",
            Level::Chain => "chain",
        }
    }
}

/// Everything a reader needs to know about a published number, a figure or a statistic.
///
/// Lists, column docs, legends and the report's glossary all print this text, so that they cannot disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// As the user types it and a table shows it, e.g. `levenshtein_similarity`.
    pub name: &'static str,
    /// As a heading or an axis shows it, e.g. `Levenshtein similarity`.
    pub title: &'static str,
    /// `cosine`, `characters`, `tokens`, `share of pairs`, …
    pub unit: &'static str,
    /// The values it can take, e.g. `[0, 1]`.
    pub range: &'static str,
    /// Raised whenever the same input would give another number.
    pub version: u32,
    /// What it measures, with the formula.
    pub measures: &'static str,
    /// How to read a high and a low value.
    pub how_to_read: &'static str,
    /// When the number misleads.
    pub misleads: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
}
