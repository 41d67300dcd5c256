//! How many n-grams of a set of texts are new: sets of grams go in, shares come out.
//!
//! The texts of a set are pooled, but no n-gram reaches from one into the next.

use super::grams::Grams;

/// V of [`expectation_adjusted`]: the size of the GPT-2 vocabulary, which `rlfh-gen-div` takes for its diversity metrics
/// (R. Kirk et al., "Understanding the effects of RLHF on LLM generalisation and diversity", ICLR 2024).
pub const VOCABULARY: f64 = 50_257.0;

/// The different grams of a set of texts, and all of them; a text that is named twice counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooled {
    /// Different grams.
    pub different: usize,
    /// Grams.
    pub all: usize,
}

/// Counts the grams of `texts`.
#[must_use]
pub fn pool(grams: &Grams, texts: &[usize]) -> Pooled {
    let counts = grams.distinct.document_counts(texts);
    Pooled {
        different: counts.into_iter().filter(|&count| count > 0).count(),
        all: texts.iter().map(|&text| grams.total(text)).sum(),
    }
}

/// distinct-n, different n-grams / all n-grams; `None` where there are none.
///
/// J. Li et al., "A diversity-promoting objective function for neural conversation models", NAACL 2016.
#[must_use]
pub fn distinct(pooled: Pooled) -> Option<f64> {
    (pooled.all > 0).then(|| pooled.different as f64 / pooled.all as f64)
}

/// Σ distinct-n for n = 1, 2, 3, 4; `None` unless there is a gram of each order.
///
/// `ngram_diversity_score` of C. Shaib et al., "Standardizing the measurement of text diversity", 2024.
#[must_use]
pub fn ngram_diversity(orders: &[Grams; 4], texts: &[usize]) -> Option<f64> {
    orders.iter().map(|grams| distinct(pool(grams, texts))).sum()
}

/// `N / (V (1 − ((V − 1)/V)^C))`: the different tokens N over the number to be expected of C draws with equal chances
/// from V tokens; `None` where there are none.
///
/// S. Liu et al., "Rethinking and refining the distinct metric", ACL 2022.
#[must_use]
pub fn expectation_adjusted(pooled: Pooled, vocabulary: f64) -> Option<f64> {
    // 1 − (1 − 1/V)^C would lose the digits of small C.
    let expected = -vocabulary * (pooled.all as f64 * (-1.0 / vocabulary).ln_1p()).exp_m1();
    (pooled.all > 0).then(|| pooled.different as f64 / expected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::sequences::Sequences;
    use super::super::{grams, plain};
    use super::*;

    fn orders(texts: &[Vec<u32>]) -> [Grams; 4] {
        let tokens: Sequences = texts.iter().map(Vec::as_slice).collect();
        grams::up_to_four(&tokens).each_ref().map(grams::sets)
    }

    fn close(a: Option<f64>, b: Option<f64>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-12,
            (a, b) => a == b,
        }
    }

    proptest! {
        #[test]
        fn shares_are_those_of_the_definition(
            texts in prop::collection::vec(prop::collection::vec(0_u32..9, 0..12), 0..6)
        ) {
            let all: Vec<usize> = (0..texts.len()).collect();
            let grams = orders(&texts);
            for (order, grams) in (1..).zip(&grams) {
                prop_assert!(close(distinct(pool(grams, &all)), plain::distinct::distinct(&texts, order)));
            }
            prop_assert!(close(ngram_diversity(&grams, &all), plain::distinct::ngram_diversity(&texts)));
            let adjusted = expectation_adjusted(pool(&grams[0], &all), 300.0);
            prop_assert!(close(adjusted, plain::distinct::expectation_adjusted(&texts, 300.0)));
            let backwards: Vec<usize> = all.iter().rev().copied().collect();
            prop_assert_eq!(pool(&grams[1], &all), pool(&grams[1], &backwards));
        }

        #[test]
        fn a_repeated_text_adds_grams_but_no_new_ones(text in prop::collection::vec(0_u32..9, 1..12), times in 1_usize..5) {
            let grams = orders(std::slice::from_ref(&text));
            let (once, pooled) = (pool(&grams[0], &[0]), pool(&grams[0], &vec![0; times]));
            prop_assert_eq!((pooled.different, pooled.all), (once.different, once.all * times));
        }
    }

    #[test]
    fn golden_values() {
        // "a b a" and "a b": grams a b a | ab ba ; a b | ab.
        let grams = orders(&[vec![0, 1, 0], vec![0, 1]]);
        assert_eq!(distinct(pool(&grams[0], &[0, 1])), Some(2.0 / 5.0));
        // Across the border there would be a fourth pair, "a a".
        assert_eq!(distinct(pool(&grams[1], &[0, 1])), Some(2.0 / 3.0));
        assert_eq!(distinct(pool(&grams[3], &[0, 1])), None);
        assert_eq!(ngram_diversity(&grams, &[0, 1]), None);
        // One draw is one different token.
        assert!(close(expectation_adjusted(Pooled { different: 1, all: 1 }, VOCABULARY), Some(1.0)));
        assert!(close(expectation_adjusted(Pooled { different: 2, all: 2 }, 2.0), Some(2.0 / 1.5)));
    }
}
