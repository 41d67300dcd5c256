//! How many elements two sets have in common, for all pairs of a group: sets of dense ids go in, sizes come out.
//!
//! The texts of a group share most of their elements, so that the ids are few. A set is then a row of bits and an
//! intersection the number of bits in the conjunction of two rows, 64 elements in one step. Where a group has many texts
//! with little in common, the rows would be long and empty: there, sorted lists are merged.

use super::sequences::Sequences;

/// Sets that are ready to be intersected.
#[derive(Debug, Clone)]
pub struct Overlaps {
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// One row for each text, `width` words each.
    Bits { rows: Vec<u64>, width: usize },
    /// Ascending ids.
    Lists(Sequences),
}

impl Overlaps {
    /// Takes the set of each text; a list holds an id at most once.
    #[must_use]
    pub fn new(sets: &Sequences) -> Self {
        let width = sets.bound().div_ceil(u64::BITS as usize);
        let elements: usize = sets.iter().map(<[u32]>::len).sum();
        // Merging two sets takes about |a| + |b| steps, which the conjunction of two rows must not exceed.
        let form = if width * sets.len() <= 2 * elements { bits(sets, width) } else { lists(sets) };
        Overlaps { form }
    }

    /// The size of the intersection of the sets of two texts.
    #[must_use]
    pub fn of(&self, a: usize, b: usize) -> usize {
        match &self.form {
            Form::Bits { rows, width } => common_bits(&rows[a * width..][..*width], &rows[b * width..][..*width]),
            Form::Lists(lists) => common_ids(lists.get(a), lists.get(b)),
        }
    }
}

/// `|A ∩ B| / |A ∪ B|`, from the sizes; 1 for two empty sets, which do not differ.
#[must_use]
pub fn jaccard(both: usize, len_a: usize, len_b: usize) -> f64 {
    let either = len_a + len_b - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

fn bits(sets: &Sequences, width: usize) -> Form {
    let mut rows = vec![0; width * sets.len()];
    for (text, set) in sets.iter().enumerate() {
        let row = &mut rows[text * width..][..width];
        for &id in set {
            row[id as usize / 64] |= 1 << (id % 64);
        }
    }
    Form::Bits { rows, width }
}

fn lists(sets: &Sequences) -> Form {
    let mut sorted = Sequences::default();
    for set in sets.iter() {
        let mut set = set.to_vec();
        set.sort_unstable();
        for id in set {
            sorted.push(id);
        }
        sorted.end_text();
    }
    Form::Lists(sorted)
}

fn common_bits(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones() as usize).sum()
}

fn common_ids(mut a: &[u32], mut b: &[u32]) -> usize {
    let mut both = 0;
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        both += usize::from(x == y);
        let (next_a, next_b) = (usize::from(x <= y), usize::from(y <= x));
        a = &a[next_a..];
        b = &b[next_b..];
    }
    both
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::{grams, plain};
    use super::*;

    fn sets() -> impl Strategy<Value = Vec<Vec<u32>>> {
        prop::sample::select(vec![1_u32, 63, 64, 65, 128, 5000, 60_000]).prop_flat_map(|bound| {
            let set = prop::collection::btree_set(0..bound, 0..=(bound.min(70) as usize));
            // The kernel gets them in no order.
            prop::collection::vec(set.prop_map(|set| set.into_iter().rev().collect()), 0..6)
        })
    }

    proptest! {
        #[test]
        fn sizes_are_those_of_intersections_in_either_form(sets in sets()) {
            let sequences: Sequences = sets.iter().map(Vec::as_slice).collect();
            let width = sequences.bound().div_ceil(64);
            let forms = [Overlaps::new(&sequences).form, bits(&sequences, width), lists(&sequences)];
            for overlaps in forms.map(|form| Overlaps { form }) {
                for (a, x) in sets.iter().enumerate() {
                    let x: BTreeSet<_> = x.iter().collect();
                    for (b, y) in sets.iter().enumerate() {
                        let both = x.intersection(&y.iter().collect()).count();
                        prop_assert_eq!(overlaps.of(a, b), both);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn jaccard_of_grams_is_the_definition(
            texts in prop::collection::vec(prop::collection::vec(0_u32..4, 0..70), 2), order in 1_usize..=4
        ) {
            let tokens: Sequences = texts.iter().map(Vec::as_slice).collect();
            let sets = grams::different(&grams::up_to_four(&tokens)[order - 1]);
            let got = jaccard(Overlaps::new(&sets).of(0, 1), sets.get(0).len(), sets.get(1).len());
            let (a, b) = (plain::grams::counts(&texts[0], order), plain::grams::counts(&texts[1], order));
            prop_assert_eq!(got, plain::grams::jaccard(&a, &b));
        }
    }

    #[test]
    fn sparse_sets_are_kept_as_lists() {
        let far: Vec<u32> = vec![7, 100_000];
        let sequences: Sequences = [far.as_slice(), &[3]].into_iter().collect();
        assert!(matches!(Overlaps::new(&sequences).form, Form::Lists(_)));
        let sequences: Sequences = [&[0, 1, 2][..], &[3]].into_iter().collect();
        assert!(matches!(Overlaps::new(&sequences).form, Form::Bits { .. }));
    }

    #[test]
    fn jaccard_of_nothing_is_one() {
        assert_eq!(jaccard(0, 0, 0), 1.0);
        assert_eq!(jaccard(0, 0, 3), 0.0);
        assert_eq!(jaccard(1, 2, 2), 1.0 / 3.0);
    }
}
