//! n-grams of the texts of a group: token ids go in, dense n-gram ids come out, none across the border of two texts.
//!
//! A gram of order p + q is a gram of order p and the gram of order q behind it, so that its id is looked up by two
//! numbers and no gram is ever held or hashed as a string. A text's grams are kept as two *sets*: the different grams,
//! and for each gram that a text has k times its 2nd, 3rd, … k-th occurrence as elements of their own. Clipped counts
//! are then sizes of intersections: `Σ min(a(g), b(g)) = |A ∩ B| + |A′ ∩ B′|`.

use super::sequences::Sequences;

/// The grams of one order, each text's as two sets.
#[derive(Debug, Clone, Default)]
pub struct Grams {
    /// The different grams of each text.
    pub distinct: Sequences,
    /// The occurrences of each text's grams beyond the first: "g for the k-th time" is one id.
    pub again: Sequences,
}

impl Grams {
    /// The grams of a text, each as often as it occurs.
    #[must_use]
    pub fn total(&self, text: usize) -> usize {
        self.distinct.get(text).len() + self.again.get(text).len()
    }
}

/// The grams of order p + q at every position, from those of order p and of order q of the same texts.
///
/// `order` is p. A text with fewer than p + q tokens has none.
#[must_use]
pub fn join(first: &Sequences, order: usize, second: &Sequences) -> Sequences {
    let mut ids = PairIds::default();
    let mut joined = Sequences::default();
    for (first, second) in first.iter().zip(second.iter()) {
        for (&head, &tail) in first.iter().zip(second.iter().skip(order)) {
            joined.push(ids.id(head, tail));
        }
        joined.end_text();
    }
    joined
}

/// The grams of the orders 1, 2, 3 and 4 at every position.
#[must_use]
pub fn up_to_four(tokens: &Sequences) -> [Sequences; 4] {
    let pairs = join(tokens, 1, tokens);
    let triples = join(&pairs, 2, tokens);
    let quadruples = join(&triples, 3, tokens);
    [tokens.clone(), pairs, triples, quadruples]
}

/// The different grams of each text, where nobody asks how often.
#[must_use]
pub fn different(grams: &Sequences) -> Sequences {
    let mut different = Sequences::default();
    // The last text that had each gram, counted from 1.
    let mut seen = vec![0; grams.bound()];
    for (text, grams) in (1_usize..).zip(grams.iter()) {
        for &gram in grams {
            if seen[gram as usize] != text {
                seen[gram as usize] = text;
                different.push(gram);
            }
        }
        different.end_text();
    }
    different
}

/// The two sets of each text.
#[must_use]
pub fn sets(grams: &Sequences) -> Grams {
    let mut ids = PairIds::default();
    let mut sets = Grams::default();
    let mut seen = vec![0_u32; grams.bound()];
    for text in grams.iter() {
        for &gram in text {
            let count = &mut seen[gram as usize];
            *count += 1;
            if *count == 1 {
                sets.distinct.push(gram);
            } else {
                sets.again.push(ids.id(gram, *count));
            }
        }
        for &gram in text {
            seen[gram as usize] = 0;
        }
        sets.distinct.end_text();
        sets.again.end_text();
    }
    sets
}

/// A numbering of pairs of numbers in order of first appearance: a hash table with open addressing.
#[derive(Debug, Default)]
struct PairIds {
    /// Id plus one; 0 for a free slot. Its length is 0 or a power of two.
    slots: Vec<u32>,
    /// By id.
    pairs: Vec<u64>,
}

impl PairIds {
    fn id(&mut self, first: u32, second: u32) -> u32 {
        if self.pairs.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let pair = u64::from(first) << 32 | u64::from(second);
        let mut slot = self.home(pair);
        while self.slots[slot] != 0 {
            if self.pairs[self.slots[slot] as usize - 1] == pair {
                return self.slots[slot] - 1;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.pairs.push(pair);
        let next = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        self.slots[slot] = next;
        next - 1
    }

    /// Where a pair is looked for first: its product with 2⁶⁴ divided by the golden ratio, upper bits (Knuth, The Art of
    /// Computer Programming 3, 6.4). Ids are dense and small, so that nobody chooses them to collide.
    #[expect(clippy::cast_possible_truncation, reason = "the shift leaves as many bits as the table has")]
    fn home(&self, pair: u64) -> usize {
        let mixed = (pair ^ (pair >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ pair).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - self.slots.len().trailing_zeros())) as usize
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(256)];
        for index in 0..self.pairs.len() {
            let mut slot = self.home(self.pairs[index]);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    fn sequences(texts: &[Vec<u32>]) -> Sequences {
        texts.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn grams_end_where_a_text_ends() {
        let tokens = sequences(&[vec![0, 1], vec![], vec![1, 0], vec![0, 1, 0, 1]]);
        let [_, pairs, triples, quadruples] = up_to_four(&tokens);
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [&[0][..], &[], &[1], &[0, 1, 0]]);
        assert_eq!(triples.iter().map(<[u32]>::len).collect::<Vec<_>>(), [0, 0, 0, 2]);
        assert_eq!(quadruples.iter().map(<[u32]>::len).collect::<Vec<_>>(), [0, 0, 0, 1]);
        let sets = sets(&pairs);
        assert_eq!(sets.distinct.get(3), [0, 1]);
        assert_eq!((sets.again.get(3).len(), sets.total(3), sets.total(1)), (1, 3, 0));
    }

    fn texts() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let length = prop::sample::select(vec![0_usize, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 255, 256, 257]);
        (1_u32..400).prop_flat_map(move |alphabet| {
            let text = length.clone().prop_flat_map(move |length| prop::collection::vec(0..alphabet, length));
            prop::collection::vec(text, 0..5)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn ids_stand_for_the_grams_of_the_definition(texts in texts()) {
            for (order, grams) in (1..).zip(up_to_four(&sequences(&texts))) {
                let mut names: BTreeMap<u32, &[u32]> = BTreeMap::new();
                let mut ids: BTreeMap<&[u32], u32> = BTreeMap::new();
                for (text, ids_of_text) in texts.iter().zip(grams.iter()) {
                    let windows: Vec<&[u32]> = text.windows(order).collect();
                    prop_assert_eq!(windows.len(), ids_of_text.len());
                    for (gram, &id) in windows.into_iter().zip(ids_of_text) {
                        prop_assert_eq!(*names.entry(id).or_insert(gram), gram);
                        prop_assert_eq!(*ids.entry(gram).or_insert(id), id);
                    }
                }
                if order > 1 {
                    prop_assert_eq!(grams.bound(), names.len(), "ids are dense");
                }
            }
        }

        #[test]
        fn sets_count_what_the_definition_counts(texts in texts()) {
            for (order, grams) in (1..).zip(up_to_four(&sequences(&texts))) {
                let sets = sets(&grams);
                prop_assert_eq!(&different(&grams), &sets.distinct);
                for (position, text) in texts.iter().enumerate() {
                    let counts = plain::grams::counts(text, order);
                    prop_assert_eq!(sets.distinct.get(position).len(), counts.len());
                    prop_assert_eq!(sets.total(position), counts.values().sum::<usize>());
                }
            }
        }

        #[test]
        fn two_halves_join_to_the_same_grams(texts in texts()) {
            let tokens = sequences(&texts);
            let [_, pairs, _, quadruples] = up_to_four(&tokens);
            prop_assert_eq!(join(&pairs, 2, &pairs), quadruples);
        }
    }
}
