//! The unordered pairs of a group as a list: row by row of the upper triangle without the diagonal, (0, 1), (0, 2), …, (1, 2), …

/// All pairs in that order.
pub fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |a| (a + 1..n).map(move |b| (a, b)))
}

/// How many pairs there are.
#[must_use]
pub fn count(n: usize) -> usize {
    n * n.saturating_sub(1) / 2
}

/// Where the pairs (row, row + 1), … begin: after the rows before it, of n − 1, n − 2, … pairs.
#[must_use]
pub fn row_start(n: usize, row: usize) -> usize {
    row * (2 * n - row - 1) / 2
}

/// Where two different members' pair stands, in either order.
#[must_use]
pub fn index(n: usize, a: usize, b: usize) -> usize {
    let (a, b) = (a.min(b), a.max(b));
    row_start(n, a) + b - a - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_stands_where_the_list_has_it() {
        for n in 0..9 {
            let all: Vec<(usize, usize)> = pairs(n).collect();
            assert_eq!(all.len(), count(n));
            for (place, &(a, b)) in all.iter().enumerate() {
                assert_eq!((index(n, a, b), index(n, b, a)), (place, place));
            }
            for row in 0..n.saturating_sub(1) {
                assert_eq!(all[row_start(n, row)], (row, row + 1));
            }
        }
    }
}
