//! ROUGE-L of two texts: the indel distance of their tokens goes in, the F-measure comes out.
//!
//! With precision LCS/|b| and recall LCS/|a|, F₁ = 2PR/(P + R) = 2·LCS/(|a| + |b|), and 2·LCS is what insertions and
//! deletions leave of |a| + |b| (C.-Y. Lin, "ROUGE: a package for automatic evaluation of summaries", 2004).

/// F₁ of the longest common subsequence, from the indel distance and the numbers of tokens.
///
/// Equal to google `rouge_score`'s `rougeL` without stemmer but for two texts without any token: they do not
/// differ, and have 1 here and 0 there.
#[must_use]
pub fn l_f1(distance: usize, len_a: usize, len_b: usize) -> f64 {
    super::indel::similarity(distance, len_a, len_b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::alphabet::Symbols;
    use super::super::{Scratch, indel, plain};
    use super::*;

    proptest! {
        #[test]
        fn it_is_the_f_measure_of_the_definition(
            a in prop::collection::vec(0_u32..12, 0..140), b in prop::collection::vec(0_u32..12, 0..140)
        ) {
            let distance =
                indel::distance(&Symbols::from_ids(a.clone()), &Symbols::from_ids(b.clone()), &mut Scratch::new());
            let lcs = plain::lcs::length(&a, &b) as f64;
            prop_assert_eq!(a.len() + b.len() - distance, 2 * plain::lcs::length(&a, &b));
            let (precision, recall) = (lcs / b.len().max(1) as f64, lcs / a.len().max(1) as f64);
            let expected = match (a.len() + b.len(), precision + recall) {
                (0, _) => 1.0,
                (_, 0.0) => 0.0,
                (_, sum) => 2.0 * precision * recall / sum,
            };
            prop_assert!((l_f1(distance, a.len(), b.len()) - expected).abs() < 1e-12);
        }
    }
}
