//! Self-repetition, text by text.

use super::grams::counts;

/// The mean of `ln(1 + occurrences of the text's different 4-grams in other texts)`, each text counted once.
#[must_use]
pub fn self_repetition<T: Ord + Clone>(texts: &[Vec<T>]) -> Option<f64> {
    let grams: Vec<_> = texts.iter().map(|text| counts(text, 4)).collect();
    let score = |text: usize| {
        let others =
            |gram: &Vec<T>| (0..texts.len()).filter(|&other| other != text && grams[other].contains_key(gram)).count();
        (1.0 + grams[text].keys().map(others).sum::<usize>() as f64).ln()
    };
    (!texts.is_empty()).then(|| (0..texts.len()).map(score).sum::<f64>() / texts.len() as f64)
}
