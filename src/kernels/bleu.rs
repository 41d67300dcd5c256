//! BLEU between the texts of a group: token ids go in, scores of pairs and of a set against itself come out.
//!
//! K. Papineni et al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002. The n-gram counts of
//! every text are made once. Clipped counts of a pair are sizes of intersections (see [`super::grams`]), the same in
//! both directions; a text's counts clipped by *all* others are its elements that at least two texts have.

use super::grams::{self, Grams};
use super::overlap::Overlaps;
use super::sequences::Sequences;

/// Orders of n-grams: BLEU-4.
const ORDERS: usize = 4;

/// The n-grams of a group's texts.
#[derive(Debug)]
pub struct Bleu {
    grams: [Grams; ORDERS],
    lengths: Vec<usize>,
}

/// The same, ready for pairs.
#[derive(Debug)]
pub struct PairBleu<'a> {
    bleu: &'a Bleu,
    distinct: [Overlaps; ORDERS],
    again: [Overlaps; ORDERS],
}

impl Bleu {
    /// Counts the n-grams of each text.
    #[must_use]
    pub fn new(tokens: &Sequences) -> Self {
        let grams = grams::up_to_four(tokens).each_ref().map(grams::sets);
        Bleu { grams, lengths: tokens.iter().map(<[u32]>::len).collect() }
    }

    /// Prepares the intersections.
    #[must_use]
    pub fn pairs(&self) -> PairBleu<'_> {
        PairBleu {
            bleu: self,
            distinct: self.grams.each_ref().map(|grams| Overlaps::new(&grams.distinct)),
            again: self.grams.each_ref().map(|grams| Overlaps::new(&grams.again)),
        }
    }

    /// Mean over the texts of the BLEU-4 of each against all others as its references; `None` for fewer than two.
    ///
    /// `texts` are positions, and one that is named twice is there twice. Sentence BLEU as NLTK computes it with
    /// smoothing method 1: an order without a match counts 0.1 matches, an order without n-grams one n-gram. Reference
    /// length: the closest, of two equally close the shorter. A text without tokens has 1 beside another
    /// such text and 0 beside none.
    #[must_use]
    pub fn of_set(&self, texts: &[usize]) -> Option<f64> {
        if texts.len() < 2 {
            return None;
        }
        let held = self
            .grams
            .each_ref()
            .map(|grams| (grams.distinct.document_counts(texts), grams.again.document_counts(texts)));
        let score = |(at, &text): (usize, &usize)| {
            let others =
                texts.iter().enumerate().filter(|&(other, _)| other != at).map(|(_, &text)| self.lengths[text]);
            let length = self.lengths[text];
            let reference = others.min_by_key(|&other| (other.abs_diff(length), other)).unwrap_or(0);
            if length == 0 {
                return if reference == 0 { 1.0 } else { 0.0 };
            }
            let matches: [usize; ORDERS] = std::array::from_fn(|order| {
                let (grams, (distinct, again)) = (&self.grams[order], &held[order]);
                shared(grams.distinct.get(text), distinct) + shared(grams.again.get(text), again)
            });
            let totals = std::array::from_fn(|order| self.grams[order].total(text));
            brevity(length, reference) * with_method_1(matches, totals)
        };
        let sum: f64 = texts.iter().enumerate().map(score).sum();
        Some(sum / texts.len() as f64)
    }
}

impl PairBleu<'_> {
    /// `(BLEU(a, b) + BLEU(b, a)) / 2` in [0, 1]; 1 for two texts without tokens.
    ///
    /// Either direction is sacrebleu's `sentence_bleu` / 100: `exp` smoothing (the k-th order without a match counts
    /// 1/2ᵏ matches), orders that the hypothesis is too short for left out.
    #[must_use]
    pub fn symmetrized(&self, a: usize, b: usize) -> f64 {
        let (len_a, len_b) = (self.bleu.lengths[a], self.bleu.lengths[b]);
        if len_a == 0 && len_b == 0 {
            return 1.0;
        }
        let matches: [usize; ORDERS] =
            std::array::from_fn(|order| self.distinct[order].of(a, b) + self.again[order].of(a, b));
        let direction = |hypothesis: usize, length: usize, reference: usize| {
            let totals = std::array::from_fn(|order| self.bleu.grams[order].total(hypothesis));
            brevity(length, reference) * with_exp(matches, totals)
        };
        f64::midpoint(direction(a, len_a, len_b), direction(b, len_b, len_a))
    }
}

/// Elements that at least one other text has too.
fn shared(set: &[u32], held_by: &[u32]) -> usize {
    set.iter().filter(|&&id| held_by[id as usize] >= 2).count()
}

/// `exp(1 − r/c)` for a hypothesis of c tokens that is shorter than its reference of r.
fn brevity(hypothesis: usize, reference: usize) -> f64 {
    if hypothesis >= reference || hypothesis == 0 { 1.0 } else { (1.0 - reference as f64 / hypothesis as f64).exp() }
}

/// The geometric mean of the precisions, smoothed as `mteval-v13a` does; 0 where nothing matches.
fn with_exp(matches: [usize; ORDERS], totals: [usize; ORDERS]) -> f64 {
    // Without a common token there is no common n-gram.
    if matches[0] == 0 {
        return 0.0;
    }
    let (mut sum, mut orders, mut halved) = (0.0, 0, 1.0);
    for (matched, total) in matches.into_iter().zip(totals).take_while(|&(_, total)| total > 0) {
        let matched = if matched == 0 {
            halved /= 2.0;
            halved
        } else {
            matched as f64
        };
        sum += (matched / total as f64).ln();
        orders += 1;
    }
    (sum / f64::from(orders)).exp()
}

/// The geometric mean of the precisions, smoothed as method 1 of B. Chen and C. Cherry, "A systematic comparison of
/// smoothing techniques for sentence-level BLEU", WMT 2014, with NLTK's ε = 0.1; 0 where no token matches.
fn with_method_1(matches: [usize; ORDERS], totals: [usize; ORDERS]) -> f64 {
    if matches[0] == 0 {
        return 0.0;
    }
    let precision = |(matched, total): (usize, usize)| {
        let matched = if matched == 0 { 0.1 } else { matched as f64 };
        (matched / total.max(1) as f64).ln()
    };
    (matches.into_iter().zip(totals).map(precision).sum::<f64>() / ORDERS as f64).exp()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    fn of(texts: &[Vec<u32>]) -> Bleu {
        Bleu::new(&texts.iter().map(Vec::as_slice).collect())
    }

    fn texts() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let length = prop::sample::select(vec![0_usize, 1, 2, 3, 4, 5, 8, 9, 20, 64, 65]);
        let text = (length, 1_u32..30).prop_flat_map(|(length, most)| prop::collection::vec(0..most, length));
        prop::collection::vec(text, 0..6)
    }

    proptest! {
        #[test]
        fn scores_are_those_of_the_definition(texts in texts()) {
            let bleu = of(&texts);
            let pairs = bleu.pairs();
            for (a, x) in texts.iter().enumerate() {
                for (b, y) in texts.iter().enumerate() {
                    let got = pairs.symmetrized(a, b);
                    prop_assert!((got - plain::bleu::symmetrized(x, y)).abs() < 1e-12);
                    prop_assert_eq!(got, pairs.symmetrized(b, a));
                    prop_assert!((0.0..=1.0 + 1e-12).contains(&got));
                }
            }
            let all: Vec<usize> = (0..texts.len()).collect();
            let expected = plain::bleu::of_set(&texts);
            prop_assert_eq!(bleu.of_set(&all).is_some(), expected.is_some());
            if let (Some(got), Some(expected)) = (bleu.of_set(&all), expected) {
                prop_assert!((got - expected).abs() < 1e-12, "{} {}", got, expected);
            }
        }

        #[test]
        fn a_set_in_another_order_and_a_text_named_twice(texts in texts(), seed in 0_usize..7) {
            let bleu = of(&texts);
            let named: Vec<usize> = (0..texts.len()).chain(0..texts.len() / 2).collect();
            let mut turned = named.clone();
            turned.rotate_left(seed.min(named.len()));
            let repeated: Vec<Vec<u32>> = named.iter().map(|&text| texts[text].clone()).collect();
            let expected = plain::bleu::of_set(&repeated);
            for got in [bleu.of_set(&named), bleu.of_set(&turned)] {
                prop_assert!((got.unwrap_or(-1.0) - expected.unwrap_or(-1.0)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn golden_values() {
        // The example of NLTK's documentation: three references, smoothing method 1 for the second hypothesis.
        let text = "It is to insure the troops forever hearing the activity guidebook that party direct";
        let references = [
            "It is a guide to action that ensures that the military will forever heed Party commands",
            "It is the guiding principle which guarantees the military forces always being under the command of the Party",
            "It is the practical guide for the army always to heed the directions of the party",
        ];
        let words: Vec<Vec<&str>> = [text].iter().chain(&references).map(|t| t.split(' ').collect()).collect();
        assert!((plain::bleu::against(&words[0], &words[1..]) - 0.0370).abs() < 1e-4);
        assert_eq!(of(&[vec![], vec![]]).of_set(&[0, 1]), Some(1.0));
        assert_eq!(of(&[vec![], vec![1]]).of_set(&[0, 1]), Some(0.0));
        assert_eq!(of(&[vec![1]]).of_set(&[0]), None);
    }
}
