//! Subsets of a set: a size goes in, lists of positions come out; what rarefaction averages over.

use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// How many subsets of `k` out of `n` there are; `None` beyond 64 bits.
#[must_use]
pub fn count(n: usize, k: usize) -> Option<u64> {
    if k > n {
        return Some(0);
    }
    let k = k.min(n - k);
    // n·(n−1)⋯ over 1·2⋯: every prefix is a whole number.
    (0..k as u64).try_fold(1_u64, |product, i| Some(product.checked_mul(n as u64 - i)? / (i + 1)))
}

/// All subsets of `k` positions below `n` in lexicographic order if there are at most `limit`, otherwise `limit` drawn
/// uniformly and independently from `random`, which is not touched before. Positions ascend within a subset.
pub fn subsets(n: usize, k: usize, limit: usize, random: impl FnOnce() -> ChaCha8Rng) -> Vec<Vec<usize>> {
    if count(n, k).is_some_and(|count| count <= limit as u64) {
        return all(n, k);
    }
    let mut random = random();
    (0..limit)
        .map(|_| {
            let mut subset = index::sample(&mut random, n, k).into_vec();
            subset.sort_unstable();
            subset
        })
        .collect()
}

fn all(n: usize, k: usize) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    if k > n {
        return found;
    }
    let mut subset: Vec<usize> = (0..k).collect();
    loop {
        found.push(subset.clone());
        // The last position that can still move up; what follows it closes ranks behind it.
        let Some(place) = (0..k).rev().find(|&place| subset[place] < n - k + place) else { return found };
        subset[place] += 1;
        for next in place + 1..k {
            subset[next] = subset[next - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::super::streams::stream;
    use super::*;

    fn untouched() -> ChaCha8Rng {
        panic!("few subsets need no chance")
    }

    #[test]
    fn few_subsets_are_all_listed() {
        assert_eq!(subsets(4, 2, 6, untouched), [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert_eq!(subsets(3, 3, 1, untouched), [[0, 1, 2]]);
        assert_eq!(subsets(3, 0, 1, untouched), [Vec::<usize>::new()]);
        assert!(subsets(2, 3, 9, untouched).is_empty());
        for (n, k) in [(7, 3), (8, 5), (1, 1)] {
            assert_eq!(Some(subsets(n, k, 1000, untouched).len() as u64), count(n, k));
        }
    }

    #[test]
    fn many_subsets_are_drawn_and_the_same_again() {
        let draw = || subsets(40, 20, 25, || stream(7, "test", "q", 20));
        let drawn = draw();
        assert_eq!(drawn, draw());
        assert_eq!(drawn.len(), 25);
        assert!(drawn.iter().all(|subset| subset.len() == 20 && subset.is_sorted_by(|a, b| a < b) && subset[19] < 40));
    }

    #[test]
    fn counting_stops_where_numbers_end() {
        assert_eq!(count(60, 30), Some(118_264_581_564_861_424));
        assert_eq!(count(1000, 500), None);
    }
}
