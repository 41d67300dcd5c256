//! How much the texts of a set repeat each other's phrases: sets of 4-grams go in, a score comes out.

use super::sequences::Sequences;

/// `1/n Σᵢ ln(1 + Σ_{g ∈ G(yᵢ)} (docs(g) − 1))`, where G(yᵢ) are the different grams of a text and docs(g) counts the texts
/// that have g; `None` for no text.
///
/// `texts` are positions, and one that is named twice is there twice. N. Salkar et al., "Self-repetition in
/// abstractive neural summarizers", AACL 2022; `self_repetition_score` of the `diversity` package.
#[must_use]
pub fn self_repetition(sets: &Sequences, texts: &[usize]) -> Option<f64> {
    let held_by = sets.document_counts(texts);
    let score = |&text: &usize| {
        let elsewhere: u64 = sets.get(text).iter().map(|&gram| u64::from(held_by[gram as usize]) - 1).sum();
        (elsewhere as f64).ln_1p()
    };
    (!texts.is_empty()).then(|| texts.iter().map(score).sum::<f64>() / texts.len() as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::{grams, plain};
    use super::*;

    fn quadruples(texts: &[Vec<u32>]) -> Sequences {
        let tokens: Sequences = texts.iter().map(Vec::as_slice).collect();
        grams::sets(&grams::up_to_four(&tokens)[3]).distinct
    }

    proptest! {
        #[test]
        fn it_is_the_definition(texts in prop::collection::vec(prop::collection::vec(0_u32..3, 0..14), 0..6)) {
            let all: Vec<usize> = (0..texts.len()).collect();
            let expected = plain::self_repetition::self_repetition(&texts);
            let got = self_repetition(&quadruples(&texts), &all);
            prop_assert_eq!(got.is_some(), expected.is_some());
            prop_assert!((got.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
            prop_assert!(got.unwrap_or(0.0) >= 0.0);
        }
    }

    #[test]
    fn golden_values() {
        let grams = quadruples(&[vec![0, 1, 2, 3, 4], vec![1, 2, 3, 4], vec![9]]);
        let close = |texts: &[usize], expected: f64| {
            assert!((self_repetition(&grams, texts).unwrap() - expected).abs() < 1e-12);
        };
        // The first and the second text each meet one of their grams in one other text.
        close(&[0, 1, 2], 2.0 * 2.0_f64.ln() / 3.0);
        close(&[0], 0.0);
        close(&[0, 0], 3.0_f64.ln());
        assert_eq!(self_repetition(&grams, &[]), None);
    }
}
