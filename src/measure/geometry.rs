//! Where the vectors and answers of a set lie: eigenvalues, clusters and counts of answers, computed once for all metrics
//! that look at them.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::{MeasureError, Subset, View};
use crate::kernels::vendi::Spectrum;
use crate::kernels::{self, triangle};
use crate::model::Vectors;

/// What the metrics of one group share in the space of one embedder.
#[derive(Debug, Clone, Default)]
pub(super) struct Geometry {
    /// By members. Orders of the Vendi score, gates and rarefied sets meet here.
    spectra: RefCell<BTreeMap<Vec<usize>, Rc<Spectrum>>>,
    complete: OnceCell<Labels>,
    dbscan: OnceCell<Labels>,
    greedy: OnceCell<Labels>,
}

/// For each member of the group the number of its cluster; `None` for one without a direction.
pub type Labels = Vec<Option<usize>>;

/// How solutions are put together by their cosine distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Partition {
    /// Agglomerative clusters with complete link.
    Complete,
    /// DBSCAN with two points making a cluster.
    Dbscan,
    /// By the first member of each class, in the order of rounds.
    Greedy,
}

/// For each embedder its name, and the clusters of a group's members.
pub type Clusters = Vec<(Arc<str>, Labels)>;

pub(super) fn clusters(view: &View<'_>) -> Result<Clusters, MeasureError> {
    let labels = |(embedder, vectors): (usize, &Vectors)| {
        Ok((Arc::clone(&vectors.space.name), view.labels(embedder, Partition::Complete)?.clone()))
    };
    view.embedders().iter().enumerate().map(labels).collect()
}

impl Subset<'_, '_> {
    /// The members whose vectors have a direction, and so a cosine with some other member of the group.
    pub(super) fn directed(&self) -> Result<Vec<usize>, MeasureError> {
        let Some(embedder) = self.embedder else { return Ok(Vec::new()) };
        let cosines = self.view.cosines(embedder)?;
        Ok(directed(self.view, cosines, self.members.iter().copied()))
    }

    /// The eigenvalues of the members' similarities; `None` with fewer than two members that have a direction.
    pub(super) fn spectrum(&self) -> Result<Option<Rc<Spectrum>>, MeasureError> {
        let members = self.directed()?;
        let Some(embedder) = self.embedder.filter(|_| members.len() >= 2) else { return Ok(None) };
        let geometry = self.view.geometry(embedder)?;
        if let Some(known) = geometry.spectra.borrow().get(&members) {
            return Ok(Some(Rc::clone(known)));
        }
        let spectrum = Rc::new(self.view.decompose(embedder, &members)?);
        geometry.spectra.borrow_mut().insert(members, Rc::clone(&spectrum));
        Ok(Some(spectrum))
    }

    /// How many of the members each cluster of the group has; empty when none has a direction.
    ///
    /// Clusters are those of the whole group, also where a part of it is looked at: a solution does not change its cluster
    /// with the company.
    pub(super) fn cluster_sizes(&self, partition: Partition) -> Result<Vec<usize>, MeasureError> {
        let Some(embedder) = self.embedder else { return Ok(Vec::new()) };
        let labels = self.view.labels(embedder, partition)?;
        Ok(kernels::clusters::sizes(self.members.iter().filter_map(|&member| labels[member])))
    }

    /// How many of the members gave each answer, in order of first appearance.
    pub(super) fn answer_counts(&self) -> Vec<usize> {
        kernels::clusters::sizes(self.answer_labels().into_iter().flatten())
    }

    /// For each of the members the number of its answer, in order of first appearance; `None` for one without.
    pub(super) fn answer_labels(&self) -> Vec<Option<usize>> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let answers = self.members.iter().map(|&member| self.view.samples()[member].answer_class());
        answers
            .map(|answer| {
                let next = places.len();
                Some(*places.entry(answer?).or_insert(next))
            })
            .collect()
    }
}

impl View<'_> {
    fn decompose(&self, embedder: usize, members: &[usize]) -> Result<Spectrum, MeasureError> {
        let cosines = self.cosines(embedder)?;
        if let Some(vectors) = self.embedders().get(embedder).filter(|space| members.len() > space.matrix.ncols()) {
            let vectors = self.vectors(vectors)?;
            let vectors: Vec<&[f32]> = members.iter().filter_map(|&member| vectors[member]).collect();
            if let Some(spectrum) = Spectrum::of_vectors(&vectors)? {
                return Ok(spectrum);
            }
        }
        let similarity = |a: usize, b: usize| self.pair(members[a], members[b]).and_then(|pair| cosines[pair]);
        // Members have a direction, so that each pair has a cosine.
        Ok(Spectrum::of_similarities(members.len(), |a, b| similarity(a, b).unwrap_or(f64::NAN))?)
    }

    fn labels(&self, embedder: usize, partition: Partition) -> Result<&Labels, MeasureError> {
        let geometry = self.geometry(embedder)?;
        let cell = match partition {
            Partition::Complete => &geometry.complete,
            Partition::Dbscan => &geometry.dbscan,
            Partition::Greedy => &geometry.greedy,
        };
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let computed = self.partition(embedder, partition)?;
        Ok(cell.get_or_init(|| computed))
    }

    fn partition(&self, embedder: usize, partition: Partition) -> Result<Labels, MeasureError> {
        let cosines = self.cosines(embedder)?;
        let members = directed(self, cosines, 0..self.samples().len());
        let threshold = self.inputs().cluster_distance;
        let distance =
            |a: usize, b: usize| self.pair(members[a], members[b]).and_then(|pair| Some(1.0 - cosines[pair]?));
        let n = members.len();
        let distances = || triangle::pairs(n).filter_map(|(a, b)| distance(a, b)).collect::<Vec<f64>>();
        let found = match partition {
            Partition::Complete => kernels::clusters::complete_link(n, &distances(), threshold)?,
            Partition::Dbscan => kernels::clusters::dbscan(n, &distances(), threshold)?,
            Partition::Greedy => kernels::clusters::greedy(n, |a, b| distance(a, b).is_some_and(|d| d <= threshold)),
        };
        let mut labels = vec![None; self.samples().len()];
        for (member, label) in members.into_iter().zip(found) {
            labels[member] = Some(label);
        }
        Ok(labels)
    }
}

fn directed(view: &View<'_>, cosines: &[Option<f64>], members: impl Iterator<Item = usize>) -> Vec<usize> {
    let has_partner = |&member: &usize| {
        (0..view.samples().len()).any(|other| view.pair(member, other).is_some_and(|pair| cosines[pair].is_some()))
    };
    members.filter(has_partner).collect()
}
