//! One group as metrics see it: members, pairs, texts and vectors; whatever is expensive is computed once.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Compares, MeasureError};
use crate::kernels::alphabet::{Alphabet, Symbols};
use crate::kernels::levenshtein;
use crate::model::{Group, Pair, Sample, Selection, Vectors};

/// What groups are measured with; the same for all groups of a run.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// All samples of the run.
    pub samples: &'a [Sample],
    /// What string metrics compare.
    pub text: Selection,
    /// One for each embedder.
    pub vectors: &'a [Vectors],
}

/// One group with everything that its metrics share.
#[derive(Debug)]
pub struct View<'a> {
    inputs: Inputs<'a>,
    group: &'a Group,
    samples: Vec<&'a Sample>,
    pairs: Vec<Pair>,
    texts: OnceCell<Texts<'a>>,
    distances: OnceCell<Vec<Option<usize>>>,
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
            distances: OnceCell::new(),
        })
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

    /// How many members have what a pair metric compares; for vectors, in that space.
    pub(super) fn present(&self, compares: Compares, space: &str) -> Result<usize, MeasureError> {
        Ok(match compares {
            Compares::Text => (0..self.samples.len()).filter(|&member| self.texts().get(member).is_some()).count(),
            Compares::Answers => self.samples.iter().filter(|sample| sample.answer.is_some()).count(),
            Compares::Vectors => match self.embedders().iter().find(|vectors| &*vectors.space.name == space) {
                Some(vectors) => self.vectors(vectors)?.iter().flatten().count(),
                None => 0,
            },
        })
    }

    /// The members' texts.
    pub fn texts(&self) -> &Texts<'a> {
        self.texts.get_or_init(|| Texts::new(self.samples.iter().map(|sample| sample.text(self.inputs.text))))
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
        Texts { different, of, symbols: OnceCell::new() }
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
            let (a, b) = (a.min(b), a.max(b));
            // Row a of the upper triangle begins after the a rows before it, of n − 1, n − 2, … entries.
            Some(if a == b { 0 } else { computed[a * (2 * n - a - 1) / 2 + b - a - 1] })
        };
        pairs.iter().map(look_up).collect()
    }

    fn symbols(&self) -> &[Symbols] {
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
