//! Indel distance by dynamic programming, cell by cell.

/// Smallest number of insertions and deletions of Unicode scalar values that turn `a` into `b`.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let columns: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=columns.len()).collect();
    for (row, x) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &y) in columns.iter().enumerate() {
            let gap = above[column + 1].min(current[column]) + 1;
            current.push(if x == y { gap.min(above[column]) } else { gap });
        }
        above = current;
    }
    above[columns.len()]
}
