//! A set of samples of a group as metrics of sets see it, and rarefaction: the expectation over smaller sets.

use super::{MeasureError, View};
use crate::kernels::mean::mean;
use crate::kernels::streams::stream;
use crate::kernels::subsets::subsets;
use crate::kernels::triangle;

/// Subsets that an expectation is the mean of, unless there are fewer. The error of such a mean is a tenth of the
/// spread between subsets, far below the spread between questions.
const SUBSETS: usize = 100;

/// Some members of a group: all that have what is measured, or fewer.
#[derive(Debug, Clone, Copy)]
pub struct Subset<'s, 'v> {
    /// The group.
    pub view: &'s View<'v>,
    /// Positions in the group, ascending.
    pub members: &'s [usize],
    /// Which of [`View::embedders`], for metrics of vectors.
    pub embedder: Option<usize>,
}

impl Subset<'_, '_> {
    /// All unordered pairs of the set as positions in [`View::pairs`].
    pub fn pairs(&self) -> impl Iterator<Item = usize> + '_ {
        let n = self.view.samples().len();
        self.members
            .iter()
            .enumerate()
            .flat_map(move |(place, &a)| self.members[place + 1..].iter().map(move |&b| triangle::index(n, a, b)))
    }

    /// The members of all its subsets of `k`, or of a hundred drawn from a named stream.
    pub(super) fn smaller(&self, k: usize) -> Vec<Vec<usize>> {
        let random = || stream(self.view.seed(), "rarefaction", &self.view.name(), k);
        let mut drawn = subsets(self.members.len(), k, SUBSETS, random);
        for place in drawn.iter_mut().flatten() {
            *place = self.members[*place];
        }
        drawn
    }
}

/// How a set metric changes with the number of samples.
#[derive(Debug, Clone, Copy)]
pub enum Rarefied {
    /// By the mean over all subsets, or over a hundred drawn from a named stream.
    Subsets,
    /// In closed form; the number is k. Called with k between the fewest members that the metric takes and their number.
    Exact(fn(&Subset<'_, '_>, usize) -> Result<Option<f64>, MeasureError>),
    /// Its expectation does not depend on k, as that of any mean over samples or pairs.
    Unbiased,
}

/// The expectation of `value` over subsets of `k` members, each as likely as any other.
pub(super) fn expectation(
    set: &Subset<'_, '_>,
    k: usize,
    value: impl Fn(&Subset<'_, '_>) -> Result<Option<f64>, MeasureError>,
) -> Result<Option<f64>, MeasureError> {
    let mut values = Vec::new();
    for members in set.smaller(k) {
        values.extend(value(&Subset { members: &members, ..*set })?);
    }
    Ok(mean(values))
}
