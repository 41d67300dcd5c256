//! The words of a group's texts: the different texts go in; tokens, n-grams and sizes come out, each counted once, whichever
//! metric asks first.
//!
//! All lists are by *place*: the position of a text among the group's different texts. [`Texts::places`] leads from members
//! to places; a member who repeats a text is there twice.

use std::cell::OnceCell;

use super::MeasureError;
use super::view::Texts;
use crate::kernels::alphabet::Symbols;
use crate::kernels::bleu::Bleu;
use crate::kernels::compress::{self, Sizes};
use crate::kernels::grams::{self, Grams};
use crate::kernels::overlap::{self, Overlaps};
use crate::kernels::sequences::Sequences;
use crate::kernels::words::{Tokenization, count_whitespace, encode};
use crate::kernels::{indel, levenshtein, rouge, triangle};
use crate::model::Pair;

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Words {
    runs: OnceCell<Sequences>,
    whitespace: OnceCell<[Grams; 4]>,
    lower: OnceCell<Sequences>,
    bleu: OnceCell<Bleu>,
    rouge_l: OnceCell<Vec<f64>>,
    sizes: OnceCell<Vec<Sizes>>,
}

impl Texts<'_> {
    /// The places of members that have a text.
    #[must_use]
    pub fn places(&self, members: &[usize]) -> Vec<usize> {
        members.iter().filter_map(|&member| self.place(member)).collect()
    }

    /// Letters and digits, lower-cased ([`Tokenization::Words`]), by place.
    pub fn words(&self) -> &Sequences {
        self.counted().runs.get_or_init(|| encode(self.different(), Tokenization::Words))
    }

    /// White-space separated words of a text, by place.
    #[must_use]
    pub fn n_words(&self, place: usize) -> usize {
        count_whitespace(&self.different()[place])
    }

    /// n-grams, n = 1, 2, 3, 4, of tokens between white space as they are written.
    pub fn ngrams(&self) -> &[Grams; 4] {
        self.counted().whitespace.get_or_init(|| {
            let tokens = encode(self.different(), Tokenization::Whitespace);
            grams::up_to_four(&tokens).each_ref().map(grams::sets)
        })
    }

    /// The sets of tokens between white space, lower-cased.
    #[must_use]
    pub fn word_sets(&self) -> Sequences {
        grams::different(self.lower())
    }

    /// The sets of three successive tokens between white space, lower-cased.
    #[must_use]
    pub fn word_3grams(&self) -> Sequences {
        let words = self.lower();
        grams::different(&grams::join(&grams::join(words, 1, words), 2, words))
    }

    /// The sets of four successive characters.
    #[must_use]
    pub fn char_4grams(&self) -> Sequences {
        let characters: Sequences = self.symbols().iter().map(Symbols::ids).collect();
        let pairs = grams::join(&characters, 1, &characters);
        grams::different(&grams::join(&pairs, 2, &pairs))
    }

    fn lower(&self) -> &Sequences {
        self.counted().lower.get_or_init(|| encode(self.different(), Tokenization::LowerWhitespace))
    }

    /// n-gram counts for BLEU, of `mteval-v13a` tokens.
    pub fn bleu(&self) -> &Bleu {
        self.counted().bleu.get_or_init(|| Bleu::new(&encode(self.different(), Tokenization::Mteval13a)))
    }

    /// Each text alone compressed.
    ///
    /// # Errors
    /// When the compressor refuses.
    pub fn sizes(&self) -> Result<&[Sizes], MeasureError> {
        let cell = &self.counted().sizes;
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let computed = compress::sizes(self.different())?;
        Ok(cell.get_or_init(|| computed))
    }

    /// The Jaccard index of the sets of each pair; `None` where a text is missing.
    #[must_use]
    pub fn jaccard(&self, pairs: &[Pair], sets: &Sequences) -> Vec<Option<f64>> {
        let overlaps = Overlaps::new(sets);
        self.for_pairs(pairs, |a, b| overlap::jaccard(overlaps.of(a, b), sets.get(a).len(), sets.get(b).len()))
    }

    /// ROUGE-L F₁ of each pair; `None` where a text is missing.
    pub fn rouge_l(&self, pairs: &[Pair]) -> Vec<Option<f64>> {
        let computed = self
            .counted()
            .rouge_l
            .get_or_init(|| of_tokens(&encode(self.different(), Tokenization::Rouge), indel::all_pairs, rouge::l_f1));
        self.look_up(pairs, computed)
    }

    /// Levenshtein similarity of each pair with words in place of characters; `None` where a text is missing.
    #[must_use]
    pub fn word_levenshtein(&self, pairs: &[Pair]) -> Vec<Option<f64>> {
        let computed = of_tokens(self.words(), levenshtein::all_pairs, levenshtein::similarity);
        self.look_up(pairs, &computed)
    }

    /// Normalized compression distance of each pair; `None` where a text is missing.
    ///
    /// # Errors
    /// When the compressor refuses.
    pub fn compression_distances(&self, pairs: &[Pair]) -> Result<Vec<Option<f64>>, MeasureError> {
        let n = self.different().len();
        let mut wanted: Vec<(usize, usize)> = triangle::pairs(n).collect();
        // A repeated text is not at distance 0 from itself: the compressor pays for saying that it comes again.
        if pairs.iter().any(|&pair| self.equal(pair) == Some(true)) {
            wanted.extend((0..n).map(|place| (place, place)));
        }
        let computed = compress::distances(self.different(), self.sizes()?, &wanted)?;
        let at = |a: usize, b: usize| if a == b { triangle::count(n) + a } else { triangle::index(n, a, b) };
        Ok(self.for_pairs(pairs, |a, b| computed[at(a, b)]))
    }

    /// A value for each pair from the places of its texts; `None` where a text is missing.
    #[must_use]
    pub fn for_pairs<T>(&self, pairs: &[Pair], value: impl Fn(usize, usize) -> T) -> Vec<Option<T>> {
        pairs.iter().map(|pair| Some(value(self.place(pair.a)?, self.place(pair.b)?))).collect()
    }

    /// What [`of_tokens`] computed, pair by pair; equal texts have 1.
    fn look_up(&self, pairs: &[Pair], computed: &[f64]) -> Vec<Option<f64>> {
        let n = self.different().len();
        self.for_pairs(pairs, |a, b| if a == b { 1.0 } else { computed[triangle::index(n, a, b)] })
    }
}

/// A similarity for each two different texts, row by row of the upper triangle: from their distance and lengths.
fn of_tokens(
    tokens: &Sequences,
    all_pairs: fn(&[&Symbols]) -> Vec<usize>,
    similarity: fn(usize, usize, usize) -> f64,
) -> Vec<f64> {
    let symbols: Vec<Symbols> = tokens.iter().map(|ids| Symbols::from_ids(ids.to_vec())).collect();
    let distances = all_pairs(&symbols.iter().collect::<Vec<_>>());
    let pairs = triangle::pairs(symbols.len()).zip(distances);
    pairs.map(|((a, b), distance)| similarity(distance, symbols[a].len(), symbols[b].len())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use std::borrow::Cow;

    use super::*;

    #[test]
    fn values_find_their_pair_among_repeated_and_missing_texts() {
        let given = [Some("a b c d"), None, Some("a b x d"), Some("a b c d"), Some(""), Some("q q"), Some("a b x d")];
        let texts = Texts::new(given.iter().map(|text| text.map(Cow::Borrowed)));
        let pairs: Vec<Pair> = (0..7).flat_map(|a| (a + 1..7).map(move |b| Pair { a, b })).collect();
        let alone = |pair: &Pair| {
            let two = given[pair.a].zip(given[pair.b])?;
            Some(Texts::new([two.0, two.1].into_iter().map(|text| Some(Cow::Borrowed(text)))))
        };
        let only = [Pair { a: 0, b: 1 }];
        let (rouge, words) = (texts.rouge_l(&pairs), texts.word_levenshtein(&pairs));
        let jaccard = texts.jaccard(&pairs, &texts.word_sets());
        let distances = texts.compression_distances(&pairs).unwrap();
        for (index, pair) in pairs.iter().enumerate() {
            let alone = alone(pair);
            assert_eq!(rouge[index], alone.as_ref().and_then(|two| two.rouge_l(&only)[0]), "{pair:?}");
            assert_eq!(words[index], alone.as_ref().and_then(|two| two.word_levenshtein(&only)[0]), "{pair:?}");
            let expected = alone.as_ref().and_then(|two| two.jaccard(&only, &two.word_sets())[0]);
            assert_eq!(jaccard[index], expected, "{pair:?}");
            let expected = alone.as_ref().and_then(|two| two.compression_distances(&only).unwrap()[0]);
            assert_eq!(distances[index], expected, "{pair:?}");
        }
        assert_eq!(texts.places(&[0, 1, 2, 3]), [0, 1, 0]);
    }
}
