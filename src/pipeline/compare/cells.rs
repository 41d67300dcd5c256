//! Which model under which mode of one run is held against which of the other.
//!
//! Equal cells belong together. Of the rest, two belong together where they differ in exactly one of dataset, model, mode
//! and feedback, and neither could as well belong to a third: a guess would be told as a finding.

use std::collections::BTreeSet;

use crate::model::Cell;

/// What was matched, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Matches {
    /// Run A's cell and run B's, in the order of run A's.
    pub(super) pairs: Vec<(Cell, Cell)>,
    /// Each with the reason.
    pub(super) only_a: Vec<(Cell, &'static str)>,
    pub(super) only_b: Vec<(Cell, &'static str)>,
}

impl Matches {
    /// What run A calls the cell that run B calls so.
    pub(super) fn in_a(&self, of_b: &Cell) -> Option<&Cell> {
        self.pairs.iter().find(|(_, b)| b == of_b).map(|(a, _)| a)
    }

    /// The cell of run B that run A calls so.
    pub(super) fn in_b(&self, of_a: &Cell) -> Option<&Cell> {
        self.pairs.iter().find(|(a, _)| a == of_a).map(|(_, b)| b)
    }
}

const NO_COUNTERPART: &str = "no counterpart in the other run";
const AMBIGUOUS: &str = "several possible counterparts in the other run";

pub(super) fn match_cells(a: &BTreeSet<Cell>, b: &BTreeSet<Cell>) -> Matches {
    let mut pairs: Vec<(Cell, Cell)> = a.intersection(b).map(|cell| (cell.clone(), cell.clone())).collect();
    let rest_a: Vec<&Cell> = a.difference(b).collect();
    let rest_b: Vec<&Cell> = b.difference(a).collect();
    let candidates = |cell: &Cell, among: &[&Cell]| -> Vec<usize> {
        (0..among.len()).filter(|&at| differs_in_one_key(cell, among[at])).collect()
    };
    let mut only_a = Vec::new();
    let mut taken = BTreeSet::new();
    for cell in &rest_a {
        match candidates(cell, &rest_b).as_slice() {
            [one] if candidates(rest_b[*one], &rest_a).len() == 1 => {
                taken.insert(*one);
                pairs.push(((*cell).clone(), rest_b[*one].clone()));
            }
            [] => only_a.push(((*cell).clone(), NO_COUNTERPART)),
            _ => only_a.push(((*cell).clone(), AMBIGUOUS)),
        }
    }
    let only_b = (0..rest_b.len()).filter(|at| !taken.contains(at)).map(|at| {
        let is_alone = candidates(rest_b[at], &rest_a).is_empty();
        (rest_b[at].clone(), if is_alone { NO_COUNTERPART } else { AMBIGUOUS })
    });
    let only_b = only_b.collect();
    pairs.sort();
    Matches { pairs, only_a, only_b }
}

/// A dataset has its own domain: the two count as one key. Pairs across modes are held against pairs across modes alone.
fn differs_in_one_key(a: &Cell, b: &Cell) -> bool {
    let place = (&a.dataset, &a.domain) != (&b.dataset, &b.domain);
    let differing = [place, a.model != b.model, a.mode != b.mode, a.feedback != b.feedback];
    a.is_across() == b.is_across() && differing.into_iter().filter(|differs| *differs).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(dataset: &str, model: &str, mode: &str, feedback: Option<&str>) -> Cell {
        Cell {
            dataset: dataset.to_owned(),
            domain: "math".to_owned(),
            model: model.to_owned(),
            mode: mode.to_owned(),
            feedback: feedback.map(str::to_owned),
        }
    }

    fn of(cells: &[Cell]) -> BTreeSet<Cell> {
        cells.iter().cloned().collect()
    }

    fn single(cell: &Cell) -> BTreeSet<Cell> {
        BTreeSet::from([cell.clone()])
    }

    fn plain(model: &str, mode: &str) -> Cell {
        cell("d", model, mode, None)
    }

    #[test]
    fn equal_cells_belong_together() {
        let both = of(&[plain("m", "parallel"), plain("m", "markov")]);
        let matches = match_cells(&both, &both);
        assert_eq!(matches.pairs.len(), 2);
        assert!(matches.pairs.iter().all(|(a, b)| a == b) && matches.only_a.is_empty() && matches.only_b.is_empty());
    }

    #[test]
    fn another_model_is_matched_mode_by_mode() {
        let a = of(&[plain("gpt", "parallel"), plain("gpt", "markov")]);
        let b = of(&[plain("o3", "parallel"), plain("o3", "markov"), plain("o3", "autoregressive")]);
        let matches = match_cells(&a, &b);
        assert_eq!(
            matches.pairs,
            [(plain("gpt", "markov"), plain("o3", "markov")), (plain("gpt", "parallel"), plain("o3", "parallel")),]
        );
        assert_eq!(matches.only_b, [(plain("o3", "autoregressive"), NO_COUNTERPART)]);
        assert_eq!(matches.in_a(&plain("o3", "markov")), Some(&plain("gpt", "markov")));
        assert_eq!(matches.in_b(&plain("gpt", "markov")), Some(&plain("o3", "markov")));
    }

    #[test]
    fn any_one_key_may_differ() {
        let one = cell("d", "m", "markov", Some("re-answer"));
        for other in [
            cell("e", "m", "markov", Some("re-answer")),
            cell("d", "n", "markov", Some("re-answer")),
            cell("d", "m", "autoregressive", Some("re-answer")),
            cell("d", "m", "markov", Some("self-refine")),
            Cell { domain: "mathematics".to_owned(), ..one.clone() },
        ] {
            let matches = match_cells(&single(&one), &single(&other));
            assert_eq!(matches.pairs, [(one.clone(), other)]);
        }
        let two = cell("d", "n", "markov", None);
        let matches = match_cells(&single(&one), &single(&two));
        assert_eq!(matches.only_a, [(one, NO_COUNTERPART)]);
        assert_eq!(matches.only_b, [(two, NO_COUNTERPART)]);
    }

    #[test]
    fn nothing_is_matched_on_a_guess() {
        let a = of(&[plain("same", "parallel"), plain("x", "parallel"), plain("y", "parallel")]);
        let b = of(&[plain("same", "parallel"), plain("z", "parallel")]);
        let matches = match_cells(&a, &b);
        assert_eq!(matches.pairs, [(plain("same", "parallel"), plain("same", "parallel"))]);
        assert_eq!(matches.only_a, [(plain("x", "parallel"), AMBIGUOUS), (plain("y", "parallel"), AMBIGUOUS)]);
        assert_eq!(matches.only_b, [(plain("z", "parallel"), AMBIGUOUS)]);
    }

    #[test]
    fn pairs_across_modes_are_not_held_against_a_mode() {
        let a = of(&[plain("m", "parallel"), plain("m", "markov"), plain("m", "parallel × markov")]);
        let b = of(&[plain("m", "parallel"), plain("m", "chain"), plain("m", "parallel × chain")]);
        let matches = match_cells(&a, &b);
        assert_eq!(matches.pairs.len(), 3);
        assert!(matches.pairs.iter().all(|(a, b)| a.is_across() == b.is_across()));
    }
}
