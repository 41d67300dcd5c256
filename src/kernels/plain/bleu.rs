//! BLEU from maps of n-grams.

use std::collections::BTreeMap;

use super::grams::{clipped, counts};

/// The mean of both directions of [`sentence`]; 1 for two texts without tokens.
#[must_use]
pub fn symmetrized<T: Ord + Clone>(a: &[T], b: &[T]) -> f64 {
    if a.is_empty() && b.is_empty() { 1.0 } else { f64::midpoint(sentence(a, b), sentence(b, a)) }
}

/// Sentence BLEU with `exp` smoothing and effective order, as sacrebleu's `sentence_bleu` / 100.
#[must_use]
pub fn sentence<T: Ord + Clone>(hypothesis: &[T], reference: &[T]) -> f64 {
    let matched = |order| clipped(&counts(hypothesis, order), &counts(reference, order));
    if hypothesis.is_empty() || matched(1) == 0 {
        return 0.0;
    }
    let mut precisions = Vec::new();
    let mut zeros = 0;
    for order in 1..=hypothesis.len().min(4) {
        let total = (hypothesis.len() + 1 - order) as f64;
        if matched(order) == 0 {
            zeros += 1;
            precisions.push(1.0 / (2.0_f64.powi(zeros) * total));
        } else {
            precisions.push(matched(order) as f64 / total);
        }
    }
    penalty(hypothesis.len(), reference.len()) * precisions.iter().product::<f64>().powf(1.0 / precisions.len() as f64)
}

/// BLEU-4 against several references, as NLTK's `sentence_bleu` with smoothing method 1.
#[must_use]
pub fn against<T: Ord + Clone>(hypothesis: &[T], references: &[Vec<T>]) -> f64 {
    let mut product = 1.0;
    for order in 1..=4 {
        let own = counts(hypothesis, order);
        let mut most: BTreeMap<Vec<T>, usize> = BTreeMap::new();
        for reference in references {
            for (gram, count) in counts(reference, order) {
                let entry = most.entry(gram).or_insert(0);
                *entry = count.max(*entry);
            }
        }
        let matched = clipped(&own, &most);
        if order == 1 && matched == 0 {
            return 0.0;
        }
        let matched = if matched == 0 { 0.1 } else { matched as f64 };
        product *= matched / own.values().sum::<usize>().max(1) as f64;
    }
    let length = hypothesis.len();
    let closest = references.iter().map(Vec::len).min_by_key(|&other| (other.abs_diff(length), other)).unwrap_or(0);
    penalty(length, closest) * product.powf(0.25)
}

/// Mean of [`against`] all others; `None` for fewer than two texts.
#[must_use]
pub fn of_set<T: Ord + Clone>(texts: &[Vec<T>]) -> Option<f64> {
    let score = |at: usize| {
        let mut others = texts.to_vec();
        let own = others.remove(at);
        if own.is_empty() && others.iter().any(Vec::is_empty) { 1.0 } else { against(&own, &others) }
    };
    (texts.len() >= 2).then(|| (0..texts.len()).map(score).sum::<f64>() / texts.len() as f64)
}

fn penalty(hypothesis: usize, reference: usize) -> f64 {
    if hypothesis < reference { (1.0 - reference as f64 / hypothesis as f64).exp() } else { 1.0 }
}
