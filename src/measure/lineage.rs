//! Chains of a group: its samples go in, sequences of samples that saw one another come out.
//!
//! A group with a chain number is one sequence, in the order of its rounds. Where samples name their `parents`, the
//! group may be any tree or recombination, and its lineages are the paths from a sample without parents to one
//! without children. Only direct parents count: what an auto-regressive round has seen besides the last one (its
//! grandparents) makes no path of its own. Parents outside of the group are in another group's count and are left out.

use std::collections::HashMap;

use super::View;
use crate::model::{Place, Sample};

/// Paths of one group at most: a recombination of every two rounds doubles their number each time. The first in the order of
/// the samples stay.
const MOST_LINEAGES: usize = 256;

/// One sequence of samples, each of which saw the one before.
#[derive(Debug, Clone, Copy)]
pub struct Lineage<'s, 'v> {
    /// The group.
    pub view: &'s View<'v>,
    /// Positions in the group, from the first to the last.
    pub members: &'s [usize],
    /// Which of [`View::embedders`], for metrics of vectors.
    pub embedder: Option<usize>,
}

impl<'s, 'v> Lineage<'s, 'v> {
    /// The samples in order.
    pub fn samples(&self) -> impl Iterator<Item = &'v Sample> + use<'s, 'v> {
        let view = self.view;
        self.members.iter().map(move |&member| view.samples()[member])
    }

    /// A value for each step: nothing for the first sample, then what `step` says of each two neighbors, as positions in the
    /// group. Where rounds are absent between two samples, the later one made no step.
    pub fn steps(&self, step: impl Fn(usize, usize) -> Option<f64>) -> Vec<Option<f64>> {
        let of = |pair: &[usize]| if self.follows(pair[0], pair[1]) { step(pair[0], pair[1]) } else { None };
        let later = self.members.windows(2).map(of);
        std::iter::once(None).chain(later).take(self.members.len()).collect()
    }

    /// Whether one member saw another last: it names it, or is of the round after it.
    #[must_use]
    pub fn follows(&self, before: usize, after: usize) -> bool {
        let (before, after) = (self.view.samples()[before], self.view.samples()[after]);
        let named = after.parents.iter().flatten().any(|id| *id == before.sample_id);
        named || after.round.checked_sub(before.round) == Some(1)
    }

    /// The members with the steps that were made up to each.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let round = |member: usize| self.view.samples()[member].round;
        let mut steps = 0_i64;
        let mut places: Vec<Place> = Vec::with_capacity(self.members.len());
        for &member in self.members {
            if let Some(before) = places.last().map(|place| place.member) {
                let made = if self.follows(before, member) { 1 } else { round(member).saturating_sub(round(before)) };
                steps = steps.saturating_add(made);
            }
            places.push(Place { member, steps });
        }
        places
    }
}

/// All lineages of a group, as positions; none where nothing says who saw whom.
pub(super) fn lineages(samples: &[&Sample], is_chain: bool) -> Vec<Vec<usize>> {
    let parents = parents(samples);
    if parents.iter().all(Vec::is_empty) {
        return if is_chain && !samples.is_empty() { vec![(0..samples.len()).collect()] } else { Vec::new() };
    }
    let direct = direct(&parents);
    let mut children = vec![Vec::new(); samples.len()];
    for (child, parents) in direct.iter().enumerate() {
        for &parent in parents {
            children[parent].push(child);
        }
    }
    paths(&direct, &children)
}

/// For each sample the positions of its parents; only earlier positions, so that no circle can close.
fn parents(samples: &[&Sample]) -> Vec<Vec<usize>> {
    let place: HashMap<&str, usize> =
        samples.iter().enumerate().map(|(place, sample)| (sample.sample_id.as_str(), place)).collect();
    let of = |(child, sample): (usize, &&Sample)| {
        let ids = sample.parents.iter().flatten();
        let mut known: Vec<usize> =
            ids.filter_map(|id| place.get(id.as_str()).copied()).filter(|&parent| parent < child).collect();
        known.sort_unstable();
        known.dedup();
        known
    };
    samples.iter().enumerate().map(of).collect()
}

/// Parents that are no ancestors of another parent.
fn direct(parents: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let n = parents.len();
    let mut ancestors = vec![vec![false; n]; n];
    let mut direct = Vec::with_capacity(n);
    for (child, parents) in parents.iter().enumerate() {
        let mut above = vec![false; n];
        for &parent in parents {
            for (place, is_above) in above.iter_mut().enumerate() {
                *is_above |= ancestors[parent][place];
            }
        }
        direct.push(parents.iter().copied().filter(|&parent| !above[parent]).collect());
        for &parent in parents {
            above[parent] = true;
        }
        ancestors[child] = above;
    }
    direct
}

/// Depth first, without recursion: a chain may be as long as its file.
fn paths(direct: &[Vec<usize>], children: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let roots = (0..direct.len()).filter(|&place| direct[place].is_empty());
    for root in roots {
        // The path so far, and for each of its samples the child to go to next.
        let mut path = vec![root];
        let mut next = vec![0];
        while let (Some(&last), Some(turn)) = (path.last(), next.last_mut()) {
            if children[last].is_empty() {
                found.push(path.clone());
                if found.len() == MOST_LINEAGES {
                    return found;
                }
            }
            if let Some(&child) = children[last].get(*turn) {
                *turn += 1;
                path.push(child);
                next.push(0);
            } else {
                path.pop();
                next.pop();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths of a group whose samples have these parents.
    fn paths_of(parents: &[&[usize]]) -> Vec<Vec<usize>> {
        let parents: Vec<Vec<usize>> = parents.iter().map(|parents| parents.to_vec()).collect();
        let direct = direct(&parents);
        let mut children = vec![Vec::new(); parents.len()];
        for (child, parents) in direct.iter().enumerate() {
            for &parent in parents {
                children[parent].push(child);
            }
        }
        paths(&direct, &children)
    }

    #[test]
    fn a_chain_that_saw_everything_is_one_path() {
        assert_eq!(paths_of(&[&[], &[0], &[0, 1], &[0, 1, 2]]), [[0, 1, 2, 3]]);
    }

    #[test]
    fn a_tree_has_a_path_for_each_leaf() {
        assert_eq!(paths_of(&[&[], &[0], &[0], &[1], &[1]]), [vec![0, 1, 3], vec![0, 1, 4], vec![0, 2]]);
    }

    #[test]
    fn a_recombination_has_a_path_through_each_parent() {
        assert_eq!(paths_of(&[&[], &[], &[0, 1], &[2]]), [[0, 2, 3], [1, 2, 3]]);
    }

    #[test]
    fn their_number_is_bounded() {
        // Two samples a round, each of which saw both of the round before: 2^12 paths.
        let parents: Vec<Vec<usize>> = (0..24_usize)
            .map(|place| if place < 2 { Vec::new() } else { vec![place / 2 * 2 - 2, place / 2 * 2 - 1] })
            .collect();
        let parents: Vec<&[usize]> = parents.iter().map(Vec::as_slice).collect();
        assert_eq!(paths_of(&parents).len(), MOST_LINEAGES);
    }
}
