//! The longest common subsequence by dynamic programming, cell by cell.

/// Its length.
#[must_use]
pub fn length<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut above = vec![0; b.len() + 1];
    for x in a {
        let mut row = vec![0];
        for (column, y) in b.iter().enumerate() {
            row.push(if x == y { above[column] + 1 } else { above[column + 1].max(row[column]) });
        }
        above = row;
    }
    above[b.len()]
}
