//! Right and wrong samples of a set: who is right goes in; what several tries, or their vote, are worth comes out, and
//! whether that has to do with how different they are.

use super::{MeasureError, Subset};
use crate::kernels::plurality::plurality;
use crate::kernels::spearman::{on_grid, spearman};

/// Fewest draws whose subsets are compared: three have three pairs, each of which shares a draw with each other.
pub(super) const LEAST_DRAWS: usize = 4;

/// The probability that a set's most frequent answer is right, less its mean correctness. Members without an answer vote for
/// none.
pub(super) fn majority_gain(set: &Subset<'_, '_>) -> f64 {
    plurality(&set.answer_labels(), &set.right()) - set.n_right() as f64 / set.members.len() as f64
}

impl Subset<'_, '_> {
    /// How many of the members are right.
    pub(super) fn n_right(&self) -> usize {
        self.right().into_iter().filter(|right| *right).count()
    }

    /// Whether any judged sample of the whole group has an answer: without, there is nothing to vote for.
    pub(super) fn is_voted_on(&self) -> bool {
        self.view.samples().iter().any(|sample| sample.correct.is_some() && sample.answer.is_some())
    }

    fn right(&self) -> Vec<bool> {
        self.members.iter().map(|&member| self.view.samples()[member].correct == Some(true)).collect()
    }

    /// Spearman's correlation, over subsets of half of the members, between their mean cosine distance and what they gain;
    /// or why there is none.
    ///
    /// Subsets are of one size, so that they are alike in all but who is in them.
    pub(super) fn gain_of_distance(
        &self,
        gain: impl Fn(&Subset<'_, '_>) -> f64,
    ) -> Result<Result<f64, &'static str>, MeasureError> {
        let members = self.directed()?;
        let Some(embedder) = self.embedder.filter(|_| members.len() >= LEAST_DRAWS) else {
            return Ok(Err("fewer than 4 judged samples whose vector has a direction"));
        };
        let cosines = self.view.cosines(embedder)?;
        let set = Subset { members: &members, ..*self };
        let (mut distances, mut gains) = (Vec::new(), Vec::new());
        for members in set.smaller((members.len() / 2).max(2)) {
            let subset = Subset { members: &members, ..set };
            // All have equally many pairs, so that their sums are in the order of their means.
            let of_pairs = subset.pairs().filter_map(|pair| cosines[pair]).map(|cosine| on_grid(1.0 - cosine));
            distances.push(of_pairs.sum::<f64>());
            gains.push(on_grid(gain(&subset)));
        }
        Ok(spearman(&distances, &gains).ok_or_else(|| {
            if gains.windows(2).all(|two| two[0] == two[1]) {
                "every subset of its samples gains the same"
            } else {
                "every subset of its samples is as diverse as any other"
            }
        }))
    }
}
