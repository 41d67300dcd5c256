#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
use proptest::prelude::*;

use super::super::alphabet::Alphabet;
use super::super::simd::{Indel, Levenshtein};
use super::super::{plain, texts};
use super::*;

fn twin(group: &[String], distance: fn(&str, &str) -> usize) -> Vec<usize> {
    let n = group.len();
    (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).map(|(a, b)| distance(&group[a], &group[b])).collect()
}

fn agrees(group: &[String]) {
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = group.iter().map(|text| alphabet.encode(text)).collect();
    let symbols: Vec<&Symbols> = symbols.iter().collect();
    let (levenshtein, indel) = (twin(group, plain::levenshtein::distance), twin(group, plain::indel::distance));
    for backend in Backend::all() {
        assert_eq!(all_pairs::<Levenshtein>(&symbols, backend), levenshtein, "{backend:?}");
        assert_eq!(all_pairs::<Indel>(&symbols, backend), indel, "{backend:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn groups_agree_with_their_plain_twins(pairs in prop::collection::vec(texts::pairs(), 0..10)) {
        agrees(&pairs.into_iter().flat_map(|(a, b)| [a, b]).collect::<Vec<_>>());
    }

    #[test]
    fn long_groups_agree(pairs in prop::collection::vec(texts::long_twins(), 1..4)) {
        agrees(&pairs.into_iter().flat_map(|(a, b)| [a, b]).collect::<Vec<_>>());
    }
}
