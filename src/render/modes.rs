//! The order and the names of sampling modes in everything that is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::label::clean;
use crate::model::Cell;

/// A sampling mode with its feedback; sorts as tables and figures show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModeKey {
    rank: u8,
    pub(crate) mode: String,
    pub(crate) feedback: Option<String>,
}

impl ModeKey {
    pub(crate) fn new(mode: &str, feedback: Option<&str>) -> Self {
        ModeKey { rank: rank(mode), mode: mode.to_owned(), feedback: feedback.map(str::to_owned) }
    }

    pub(crate) fn of(cell: &Cell) -> Self {
        ModeKey::new(&cell.mode, cell.feedback.as_deref())
    }

    /// Whether this is the mode that the others are held against.
    pub(crate) fn is_baseline(&self) -> bool {
        self.mode == BASELINE
    }
}

/// The mode that the others are held against.
pub(crate) const BASELINE: &str = "parallel";

/// Several draws after the same rounds; it has a color of its own.
const AFTER_ROUNDS: &str = "parallel_after_rounds";

/// Colors that the modes without one of their own share.
pub(crate) const COLORS: usize = 6;

/// What the contract says of a mode that the project names, for readers who meet it for the first time.
pub(crate) fn meaning(mode: &str) -> Option<&'static str> {
    match mode {
        BASELINE => Some("every solution is drawn with only the question in view"),
        "markov" => Some("each round sees the question and the solution before it"),
        "autoregressive" => Some("each round sees the question and all earlier solutions"),
        AFTER_ROUNDS => Some("several solutions are drawn with the same earlier solutions in view"),
        _ => None,
    }
}

/// The founding paper's order, then all others by name.
fn rank(mode: &str) -> u8 {
    match mode {
        BASELINE => 0,
        "markov" => 1,
        "autoregressive" => 2,
        _ => 3,
    }
}

/// How the modes of a run are called: with their feedback where a mode occurs with several, else by the mode alone.
#[derive(Debug, Clone)]
pub(crate) struct ModeLabels {
    feedbacks: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl ModeLabels {
    pub(crate) fn new<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let mut feedbacks: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for cell in cells {
            let known = feedbacks.entry(cell.mode.clone()).or_default();
            if !known.contains(&cell.feedback) {
                known.insert(cell.feedback.clone());
            }
        }
        ModeLabels { feedbacks }
    }

    pub(crate) fn label(&self, key: &ModeKey) -> String {
        let several = self.feedbacks.get(&key.mode).is_some_and(|feedbacks| feedbacks.len() > 1);
        let mode = clean(&key.mode);
        match (&key.feedback, several) {
            (_, false) => mode,
            (Some(feedback), true) => format!("{mode} ({})", clean(feedback)),
            (None, true) => format!("{mode} (no feedback)"),
        }
    }

    /// Position of a key among those of its color: by feedback within a mode, and mode after mode where more modes than
    /// [`COLORS`] share the colors. Tells lines of one color apart.
    pub(crate) fn variant(&self, key: &ModeKey) -> usize {
        let feedbacks = |mode: &str| self.feedbacks.get(mode).map_or(0, BTreeSet::len);
        let others = self.others();
        let place = others.iter().position(|mode| *mode == key.mode).unwrap_or(0);
        let before = others.iter().enumerate().take(place).filter(|(other, _)| other % COLORS == place % COLORS);
        let before: usize = before.map(|(_, mode)| feedbacks(mode)).sum();
        let own = self
            .feedbacks
            .get(&key.mode)
            .and_then(|feedbacks| feedbacks.iter().position(|feedback| *feedback == key.feedback));
        before + own.unwrap_or(0)
    }

    /// The modes without a color of their own, by name.
    pub(crate) fn others(&self) -> Vec<&str> {
        self.feedbacks.keys().map(String::as_str).filter(|mode| rank(mode) == 3 && *mode != AFTER_ROUNDS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(mode: &str, feedback: Option<&str>) -> Cell {
        let unknown = || "unknown".to_owned();
        Cell {
            dataset: unknown(),
            domain: unknown(),
            model: unknown(),
            mode: mode.to_owned(),
            feedback: feedback.map(str::to_owned),
        }
    }

    #[test]
    fn the_papers_order_comes_first() {
        let mut keys: Vec<ModeKey> = ["wait-2", "autoregressive", "a", "markov", "parallel"]
            .into_iter()
            .map(|mode| ModeKey::new(mode, None))
            .collect();
        keys.sort();
        let modes: Vec<&str> = keys.iter().map(|key| key.mode.as_str()).collect();
        assert_eq!(modes, ["parallel", "markov", "autoregressive", "a", "wait-2"]);
    }

    #[test]
    fn feedback_is_named_only_where_it_distinguishes() {
        let cells = [cell("markov", Some("re-answer")), cell("markov", None), cell("parallel", Some("x"))];
        let labels = ModeLabels::new(cells.iter());
        assert_eq!(labels.label(&ModeKey::of(&cells[0])), "markov (re-answer)");
        assert_eq!(labels.label(&ModeKey::of(&cells[1])), "markov (no feedback)");
        assert_eq!(labels.label(&ModeKey::of(&cells[2])), "parallel");
    }
}
