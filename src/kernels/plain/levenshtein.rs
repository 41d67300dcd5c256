//! Levenshtein distance by dynamic programming, cell by cell.

/// Smallest number of insertions, deletions and substitutions of Unicode scalar values that turn `a` into `b`.
///
/// Wagner and Fischer, J. ACM 21(1), 1974, two rows of the matrix at a time.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let columns: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=columns.len()).collect();
    for (row, x) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &y) in columns.iter().enumerate() {
            let substituted = above[column] + usize::from(x != y);
            let deleted = above[column + 1] + 1;
            let inserted = current[column] + 1;
            current.push(substituted.min(deleted).min(inserted));
        }
        above = current;
    }
    above[columns.len()]
}
