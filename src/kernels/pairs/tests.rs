//! Every instruction set beside the plain twins, in groups of all kinds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::super::alphabet::Alphabet;
use super::super::simd::edit::{Indel, Levenshtein};
use super::super::{plain, texts};
use super::*;

fn twin(group: &[String], distance: fn(&str, &str) -> usize) -> Vec<usize> {
    triangle::pairs(group.len()).map(|(a, b)| distance(&group[a], &group[b])).collect()
}

fn agrees(group: &[String]) {
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = group.iter().map(|text| alphabet.encode(text)).collect();
    let symbols: Vec<&Symbols> = symbols.iter().collect();
    let (levenshtein, indel) = (twin(group, plain::levenshtein::distance), twin(group, plain::indel::distance));
    assert_eq!(in_words::<Levenshtein>(&symbols), levenshtein);
    assert_eq!(in_words::<Indel>(&symbols), indel);
    for backend in Backend::all() {
        assert_eq!(all_pairs::<Levenshtein>(&symbols, backend), levenshtein, "{backend:?}");
        assert_eq!(all_pairs::<Indel>(&symbols, backend), indel, "{backend:?}");
        let reversed: Vec<&Symbols> = symbols.iter().rev().copied().collect();
        let mut turned = all_pairs::<Levenshtein>(&reversed, backend);
        turned.sort_unstable();
        let mut expected = levenshtein.clone();
        expected.sort_unstable();
        assert_eq!(turned, expected, "a distance has no direction");
    }
}

/// A text of thousands of different characters, in an order of its own.
fn wide(seed: u32, length: u32) -> String {
    (0..length).filter_map(|place| char::from_u32(0x4E00 + (place * (2 * seed + 1) * 7 + seed) % 5000)).collect()
}

/// Texts of this length that differ in about as many symbols as asked for.
fn related(length: usize, edits: usize, members: usize) -> Vec<String> {
    let mut state = 12_345_u64 + length as u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let base: Vec<u8> = (0..length).map(|_| b'a' + u8::try_from(next(20)).unwrap()).collect();
    let edited = |_| {
        let mut text = base.clone();
        for _ in 0..edits {
            let place = next(text.len());
            match next(3) {
                0 => text.insert(place, b'x'),
                1 => drop(text.remove(place)),
                _ => text[place] = b'y',
            }
        }
        String::from_utf8(text).unwrap()
    };
    (0..members).map(edited).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn groups_agree_with_their_plain_twins(pairs in prop::collection::vec(texts::pairs(), 0..10)) {
        agrees(&pairs.into_iter().flat_map(|(a, b)| [a, b]).collect::<Vec<_>>());
    }

    #[test]
    fn pairs_alone_agree_with_their_plain_twins((a, b) in texts::pairs()) {
        agrees(&[a, b]);
    }

    #[test]
    fn short_groups_agree(lengths in prop::collection::vec(0_usize..65, 0..40), most in 0_usize..65, two in any::<bool>()) {
        let characters = if two { "ab" } else { "abcdefg\u{1F600}" };
        let text = |(seed, &length): (usize, &usize)| -> String {
            characters.chars().cycle().step_by(1 + seed % 5).skip(seed).take(length.min(most)).collect()
        };
        agrees(&lengths.iter().enumerate().map(text).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn long_groups_agree(pairs in prop::collection::vec(texts::long_twins(), 1..5)) {
        agrees(&pairs.into_iter().flat_map(|(a, b)| [a, b]).collect::<Vec<_>>());
    }
}

#[test]
fn alphabets_of_thousands_agree() {
    let group: Vec<String> = (0..9).map(|seed| wide(seed, 300 + 70 * seed)).collect();
    agrees(&group);
    agrees(&group[..2]);
    agrees(&(0..9).map(|seed| wide(seed, 10 + 6 * seed)).collect::<Vec<_>>());
}

#[test]
fn equal_and_empty_texts_agree() {
    let texts =
        ["", "", "a", "a", &"ab".repeat(300), &"ab".repeat(300), &"ba".repeat(700), &"a".repeat(64), &"a".repeat(65)];
    let texts = texts.map(str::to_owned);
    for size in 0..=texts.len() {
        agrees(&texts[..size]);
        agrees(&texts[texts.len() - size..]);
    }
}

/// Walks, probes of each width, bands and whole matrices, alone and in company.
#[test]
fn every_way_agrees() {
    for edits in [0, 3, 40, 120, 400, 1500] {
        let mut group = related(2200, edits, 4);
        agrees(&group[..2]);
        agrees(&group);
        group.extend(related(1900, edits, 4));
        agrees(&group);
    }
}

/// More texts than a block has lanes, so that passes are cut into batches.
#[test]
fn large_groups_agree() {
    let mut group = related(150, 20, 45);
    group.extend(related(40, 6, 30));
    agrees(&group);
    agrees(&related(30, 3, 150));
}

#[test]
fn the_triangle_inequality_holds_in_a_group() {
    let group = related(700, 200, 9);
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = group.iter().map(|text| alphabet.encode(text)).collect();
    let distances = super::super::levenshtein::all_pairs(&symbols.iter().collect::<Vec<_>>());
    let of = |a: usize, b: usize| {
        triangle::pairs(9).position(|pair| pair == (a.min(b), a.max(b))).map_or(0, |place| distances[place])
    };
    for (a, b) in triangle::pairs(9) {
        for c in 0..9 {
            assert!(of(a, b) <= of(a, c) + of(c, b));
        }
    }
}

#[test]
fn many_threads_say_the_same_as_one() {
    let group = related(3000, 300, 12);
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = group.iter().map(|text| alphabet.encode(text)).collect();
    let symbols: Vec<&Symbols> = symbols.iter().collect();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| super::super::levenshtein::all_pairs(&symbols))
    };
    assert_eq!(with(1), with(4));
}
