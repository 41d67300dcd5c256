//! One group as metrics see it: members, pairs, texts and vectors; whatever is expensive is computed once.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::baseline::Baselines;
use super::geometry::Geometry;
use super::lineage::{Lineage, lineages};
use super::program::Programs;
use super::words::Words;
use super::{Compares, MeasureError};
use crate::kernels;
use crate::kernels::alphabet::{Alphabet, Symbols};
use crate::kernels::sameness::normalize_whitespace;
use crate::kernels::{levenshtein, triangle};
use crate::model::{Group, Pair, Place, Sample, Selection, Vectors};
use crate::program::Language;

/// What groups are measured with; the same for all groups of a run.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// All samples of the run.
    pub samples: &'a [Sample],
    /// What string metrics compare.
    pub text: Selection,
    /// One for each embedder.
    pub vectors: &'a [Vectors],
    /// Root of every random stream.
    pub seed: u64,
    /// How alike solutions to different questions are, where that is known.
    pub baselines: Option<&'a Baselines>,
    /// The programming language of all programs, as a grammar's name; `None`: whichever grammar takes a program best.
    pub language: Option<&'a str>,
    /// Cosine distance up to which solutions count as the same in clusters.
    pub cluster_distance: f64,
}

impl<'a> Inputs<'a> {
    /// With everything that can be left open left open.
    #[must_use]
    pub fn new(samples: &'a [Sample], text: Selection, vectors: &'a [Vectors]) -> Self {
        let cluster_distance = super::CLUSTER_DISTANCE;
        Inputs { samples, text, vectors, seed: 0, baselines: None, language: None, cluster_distance }
    }
}

/// One group with everything that its metrics share.
#[derive(Debug)]
pub struct View<'a> {
    inputs: Inputs<'a>,
    group: &'a Group,
    samples: Vec<&'a Sample>,
    pairs: Vec<Pair>,
    texts: OnceCell<Texts<'a>>,
    normalized: OnceCell<Texts<'a>>,
    distances: OnceCell<Vec<Option<usize>>>,
    /// For each embedder.
    cosines: Vec<OnceCell<Vec<Option<f64>>>>,
    /// For each embedder.
    geometry: Vec<Geometry>,
    lineages: OnceCell<Vec<Vec<usize>>>,
    places: OnceCell<Vec<Vec<Place>>>,
    programs: OnceCell<Programs<'a>>,
}

impl<'a> View<'a> {
    /// Looks at a group.
    ///
    /// # Errors
    /// [`MeasureError::NoSuchSample`] when the group was not made from these samples.
    pub fn new(group: &'a Group, inputs: Inputs<'a>) -> Result<Self, MeasureError> {
        let sample = |&member: &usize| {
            inputs.samples.get(member).ok_or_else(|| MeasureError::NoSuchSample {
                question: group.key.question_id.clone(),
                expected: inputs.samples.len(),
                got: member,
            })
        };
        Ok(View {
            inputs,
            group,
            samples: group.members.iter().map(sample).collect::<Result<_, _>>()?,
            pairs: group.pairs().collect(),
            texts: OnceCell::new(),
            normalized: OnceCell::new(),
            distances: OnceCell::new(),
            cosines: vec![OnceCell::new(); inputs.vectors.len()],
            geometry: vec![Geometry::default(); inputs.vectors.len()],
            lineages: OnceCell::new(),
            places: OnceCell::new(),
            programs: OnceCell::new(),
        })
    }

    /// What is looked at.
    #[must_use]
    pub fn group(&self) -> &'a Group {
        self.group
    }

    /// What all groups of the run are measured with.
    #[must_use]
    pub fn inputs(&self) -> &Inputs<'a> {
        &self.inputs
    }

    /// Root of every random stream.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.inputs.seed
    }

    /// Names the group's random streams.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:?}", self.group.key)
    }

    /// The members, by round.
    #[must_use]
    pub fn samples(&self) -> &[&'a Sample] {
        &self.samples
    }

    /// All unordered pairs, as positions among the members.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// What string metrics compare.
    #[must_use]
    pub fn selection(&self) -> Selection {
        self.inputs.text
    }

    /// The space of string metrics.
    #[must_use]
    pub fn text_space(&self) -> Arc<str> {
        Arc::from(self.inputs.text.space())
    }

    /// The embedders.
    #[must_use]
    pub fn embedders(&self) -> &'a [Vectors] {
        self.inputs.vectors
    }

    /// The members' vectors in one space; `None` for a member without one.
    ///
    /// # Errors
    /// When the vectors do not fit the samples.
    pub fn vectors(&self, vectors: &'a Vectors) -> Result<Vec<Option<&'a [f32]>>, MeasureError> {
        let (expected, got) = (self.inputs.samples.len(), vectors.row_of.len());
        if expected != got {
            let space = vectors.space.name.to_string();
            return Err(MeasureError::WrongSampleCount { space, expected, got });
        }
        let vector = |&sample: &usize| match (vectors.row_of[sample], vectors.of(sample)) {
            // A pointer without a row is damage; only no pointer is a missing vector.
            (Some(row), None) => {
                let (space, rows) = (vectors.space.name.to_string(), vectors.matrix.nrows());
                Err(MeasureError::NoSuchRow { space, sample, row, rows })
            }
            (_, vector) => Ok(vector),
        };
        self.group.members.iter().map(vector).collect()
    }

    /// Cosines in the space of one embedder, pair by pair; `None` where a vector is missing.
    ///
    /// # Errors
    /// When the vectors do not fit the samples, or there is no such embedder.
    pub fn cosines(&self, embedder: usize) -> Result<&[Option<f64>], MeasureError> {
        let no_such = || MeasureError::NoSuchEmbedder { expected: self.cosines.len(), got: embedder };
        let (cell, vectors) = self.cosines.get(embedder).zip(self.inputs.vectors.get(embedder)).ok_or_else(no_such)?;
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let computed = kernels::cosine::pairwise(&self.vectors(vectors)?)?;
        Ok(cell.get_or_init(|| computed))
    }

    /// What metrics of vectors share beyond cosines.
    pub(super) fn geometry(&self, embedder: usize) -> Result<&Geometry, MeasureError> {
        let no_such = || MeasureError::NoSuchEmbedder { expected: self.geometry.len(), got: embedder };
        self.geometry.get(embedder).ok_or_else(no_such)
    }

    /// Where two positions stand among the pairs, in either order; `None` for the same position.
    #[must_use]
    pub fn pair(&self, a: usize, b: usize) -> Option<usize> {
        (a != b).then(|| triangle::index(self.samples.len(), a, b))
    }

    /// The spaces of what is compared, and for vectors the embedder of each.
    pub(super) fn spaces(&self, compares: Compares) -> Vec<(Arc<str>, Option<usize>)> {
        let vectors = || self.embedders().iter().enumerate();
        match compares {
            Compares::Text => vec![(self.text_space(), None)],
            Compares::Answers | Compares::Judged => vec![(Arc::from(Selection::Answer.space()), None)],
            Compares::Code => vec![(Arc::from(Selection::Code.space()), None)],
            Compares::Field { space, .. } => vec![(Arc::from(space), None)],
            Compares::Vectors | Compares::JudgedVectors => {
                vectors().map(|(place, vectors)| (Arc::clone(&vectors.space.name), Some(place))).collect()
            }
        }
    }

    /// The embedder of that name.
    pub(super) fn embedder_named(&self, space: &str) -> Option<usize> {
        self.embedders().iter().position(|vectors| &*vectors.space.name == space)
    }

    /// The members that have what is compared; for vectors, in the space of that embedder.
    pub(super) fn members_with(&self, compares: Compares, embedder: Option<usize>) -> Result<Vec<usize>, MeasureError> {
        let everyone = 0..self.samples.len();
        Ok(match compares {
            Compares::Text => everyone.filter(|&member| self.texts().get(member).is_some()).collect(),
            Compares::Answers => everyone.filter(|&member| self.samples[member].answer.is_some()).collect(),
            Compares::Code => everyone.filter(|&member| self.programs().has(member)).collect(),
            Compares::Field { .. } => everyone.collect(),
            Compares::Judged => everyone.filter(|&member| self.samples[member].correct.is_some()).collect(),
            Compares::JudgedVectors => {
                let mut members = self.members_with(Compares::Vectors, embedder)?;
                members.retain(|&member| self.samples[member].correct.is_some());
                members
            }
            Compares::Vectors => match embedder.and_then(|place| self.embedders().get(place)) {
                Some(vectors) => {
                    let vectors = self.vectors(vectors)?;
                    everyone.filter(|&member| vectors[member].is_some()).collect()
                }
                None => Vec::new(),
            },
        })
    }

    /// The program of a member: its code, or its solution where the domain is programming and no code was given.
    #[must_use]
    pub fn code(&self, member: usize) -> Option<&'a str> {
        let sample = self.samples[member];
        let is_program = || matches!(sample.key.domain.as_str(), "code" | "coding" | "programming");
        sample.code.as_deref().or_else(|| sample.solution().filter(|_| is_program()))
    }

    /// The members' programs, taken apart.
    pub fn programs(&self) -> &Programs<'a> {
        self.programs.get_or_init(|| {
            let texts = (0..self.samples.len()).map(|member| self.code(member));
            Programs::new(texts, self.inputs.language.and_then(Language::named))
        })
    }

    /// The chains of the group, as positions; none where nothing says who saw whom.
    pub fn lineages(&self) -> &[Vec<usize>] {
        self.lineages.get_or_init(|| lineages(&self.samples, self.group.key.chain.is_some()))
    }

    /// The same, with the steps that lie between their members.
    pub fn places(&self) -> &[Vec<Place>] {
        self.places.get_or_init(|| {
            let places = |members: &Vec<usize>| Lineage { view: self, members, embedder: None }.places();
            self.lineages().iter().map(places).collect()
        })
    }

    /// The members' texts.
    pub fn texts(&self) -> &Texts<'a> {
        self.texts.get_or_init(|| Texts::new(self.samples.iter().map(|sample| sample.text(self.inputs.text))))
    }

    /// The members' texts with white space normalized, for what does not mind it.
    pub fn normalized(&self) -> &Texts<'a> {
        self.normalized.get_or_init(|| {
            let text = |member| self.texts().get(member).map(|text| Cow::Owned(normalize_whitespace(text)));
            Texts::new((0..self.samples.len()).map(text))
        })
    }

    /// Levenshtein distances of the texts, pair by pair; `None` where a text is missing.
    pub fn levenshtein(&self) -> &[Option<usize>] {
        self.distances.get_or_init(|| self.texts().distances(&self.pairs, levenshtein::all_pairs))
    }
}

/// The texts of a group. Equal texts are held, encoded and compared once: chains repeat themselves.
#[derive(Debug)]
pub struct Texts<'a> {
    /// The different texts, in order of first appearance.
    different: Vec<Cow<'a, str>>,
    /// For each member its place in `different`; `None` for a missing text. An empty text is a text.
    of: Vec<Option<usize>>,
    symbols: OnceCell<Vec<Symbols>>,
    counted: Words,
}

impl<'a> Texts<'a> {
    /// Takes a text, or none, for each member.
    pub fn new(texts: impl Iterator<Item = Option<Cow<'a, str>>>) -> Self {
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut different = Vec::new();
        let of = texts
            .map(|text| {
                let text = text?;
                Some(*places.entry(text).or_insert_with_key(|text| {
                    different.push(text.clone());
                    different.len() - 1
                }))
            })
            .collect();
        Texts { different, of, symbols: OnceCell::new(), counted: Words::default() }
    }

    /// The text of a member.
    #[must_use]
    pub fn get(&self, member: usize) -> Option<&str> {
        Some(&self.different[self.of[member]?])
    }

    /// Length of a member's text in Unicode scalar values.
    #[must_use]
    pub fn len(&self, member: usize) -> Option<usize> {
        Some(self.symbols()[self.of[member]?].len())
    }

    /// Whether two members have the same text; `None` when one has none.
    #[must_use]
    pub fn equal(&self, pair: Pair) -> Option<bool> {
        Some(self.of[pair.a]? == self.of[pair.b]?)
    }

    /// A distance for each pair, computed once for each pair of different texts; 0 for equal texts.
    pub fn distances(&self, pairs: &[Pair], all_pairs: fn(&[&Symbols]) -> Vec<usize>) -> Vec<Option<usize>> {
        let n = self.different.len();
        // Chains that stand still have a single text, which need not be encoded.
        let computed = if n < 2 { Vec::new() } else { all_pairs(&self.symbols().iter().collect::<Vec<_>>()) };
        let look_up = |pair: &Pair| {
            let (a, b) = (self.of[pair.a]?, self.of[pair.b]?);
            Some(if a == b { 0 } else { computed[triangle::index(n, a, b)] })
        };
        pairs.iter().map(look_up).collect()
    }

    /// The different texts, in order of first appearance.
    pub(super) fn different(&self) -> &[Cow<'a, str>] {
        &self.different
    }

    /// Where a member's text stands among the different ones.
    pub(super) fn place(&self, member: usize) -> Option<usize> {
        self.of[member]
    }

    /// What was counted of words so far.
    pub(super) fn counted(&self) -> &Words {
        &self.counted
    }

    pub(super) fn symbols(&self) -> &[Symbols] {
        self.symbols.get_or_init(|| {
            let mut alphabet = Alphabet::new();
            self.different.iter().map(|text| alphabet.encode(text)).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::plain;

    #[test]
    fn distances_find_their_pair_among_repeated_and_missing_texts() {
        let texts = [Some("aab"), None, Some("b"), Some("aab"), Some(""), Some("xyz"), Some("b"), Some("aabb")];
        let view = Texts::new(texts.iter().map(|text| text.map(Cow::Borrowed)));
        let pairs: Vec<Pair> = (0..8).flat_map(|a| (a + 1..8).map(move |b| Pair { a, b })).collect();
        let got = view.distances(&pairs, levenshtein::all_pairs);
        for (pair, distance) in pairs.iter().zip(got) {
            let expected = texts[pair.a].zip(texts[pair.b]).map(|(a, b)| plain::levenshtein::distance(a, b));
            assert_eq!(distance, expected, "{pair:?}");
            assert_eq!(view.equal(*pair), texts[pair.a].zip(texts[pair.b]).map(|(a, b)| a == b));
        }
        assert_eq!((view.len(0), view.len(1), view.len(4)), (Some(3), None, Some(0)));
        assert_eq!((view.get(7), view.get(1)), (Some("aabb"), None));
    }
}
