//! Cycles at the end of a sequence: symbols go in, a period comes out.

/// The smallest period in which the sequence ends: the smallest p ≥ 1 such that its last p symbols are the p symbols before
/// them; `None` when it ends in no repetition. A sequence that ends in a fixed point has period 1.
///
/// By the Z-function of the reversed sequence (Gusfield 1997, § 1.3–1.4), in linear time: a tail of p symbols stands before
/// itself where at least p symbols from p on agree with those from 0 on.
#[must_use]
pub fn ending<T: PartialEq>(symbols: &[T]) -> Option<usize> {
    let n = symbols.len();
    let from_the_end = |place: usize| &symbols[n - 1 - place];
    let mut agree = vec![0; n];
    // The stretch that reaches furthest among those that agree with the beginning.
    let (mut start, mut end) = (0, 0);
    for place in 1..n {
        let mut length = if place < end { (end - place).min(agree[place - start]) } else { 0 };
        while place + length < n && from_the_end(length) == from_the_end(place + length) {
            length += 1;
        }
        if length >= place {
            return Some(place);
        }
        if place + length > end {
            (start, end) = (place, place + length);
        }
        agree[place] = length;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::plain;

    #[test]
    fn golden() {
        for (symbols, expected) in [
            ("", None),
            ("a", None),
            ("ab", None),
            ("abb", Some(1)),
            ("abab", Some(2)),
            ("aba", None),
            ("xabcabc", Some(3)),
            // Twice `ab` would do as well as twice `abab`: the smallest counts.
            ("abababab", Some(2)),
            // The founding paper: the 5th, 7th and 8th program are the same. What matters is how it ends.
            ("abcdefee", Some(1)),
            ("aab", None),
        ] {
            assert_eq!(ending(symbols.as_bytes()), expected, "{symbols}");
        }
    }

    proptest! {
        #[test]
        fn as_the_definition(symbols in prop::collection::vec(0..3_u8, 0..70)) {
            prop_assert_eq!(ending(&symbols), plain::cycle::ending(&symbols));
        }

        #[test]
        fn as_the_definition_behind_anything(before in prop::collection::vec(0..2_u8, 0..9), cycle in prop::collection::vec(0..2_u8, 1..9), times in 2..9_usize) {
            let symbols: Vec<u8> = before.into_iter().chain(cycle.repeat(times)).collect();
            let found = ending(&symbols);
            prop_assert_eq!(found, plain::cycle::ending(&symbols));
            prop_assert!(found.is_some_and(|period| period <= cycle.len()));
        }
    }
}
