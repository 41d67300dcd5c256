//! Texts that are nearly equal: as far as possible down each diagonal, with one edit more each time.
//!
//! E. Ukkonen ("Algorithms for approximate string matching", Inf. Control 64, 1985) and G. Landau and U. Vishkin (J. Algorithms
//! 10, 1989): after `e` edits only the furthest row on each of 2e + 1 diagonals matters, and between two edits
//! whole stretches of equal symbols are skipped. That is d² cells for texts that are d edits apart, however
//! long they are, and hopeless for others. Therefore the walk watches how far it gets with each edit and gives up as soon as
//! it will foreseeably need more cells than it was granted.

/// Edits before the walk says how the rest will go: fewer tell too little.
const WATCHED: usize = 2;

/// The distance, with substitutions or without, if it takes no more than about `granted` cells to find it.
pub(super) fn distance(
    (a, b): (&[u32], &[u32]),
    substitutes: bool,
    granted: usize,
    frontiers: &mut [Vec<usize>; 2],
) -> Option<usize> {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let (m, n) = (a.len(), b.len());
    // Every edit moves by one diagonal at most; the last cell lies on diagonal n − m.
    let last = n - m;
    if last * last > granted {
        return None;
    }
    let most = granted.isqrt().min(m + n);
    // Place `k + most + 1` holds one more than the furthest row on diagonal k = column − row; 0 where no path came yet.
    let [reached, before] = frontiers;
    for frontier in [&mut *reached, &mut *before] {
        frontier.clear();
        frontier.resize(2 * most + 3, 0);
    }
    let mid = most + 1;
    reached[mid] = 1 + common(a, b);
    for edit in 0..=most {
        if edit > 0 {
            std::mem::swap(reached, before);
            step(a, b, substitutes, (mid - edit..mid + edit + 1, mid), (before, reached));
        }
        if reached.get(mid + last) == Some(&(m + 1)) {
            return Some(edit);
        }
        if edit >= WATCHED {
            let furthest = reached[mid - edit..=mid + edit].iter().copied().max().unwrap_or(0).max(1);
            let foreseen = (edit * m / furthest).min(m + n);
            // A forecast from few edits may be off by half.
            let allowed = if edit < 4 * WATCHED { 2 * granted } else { granted };
            if foreseen * foreseen > allowed {
                return None;
            }
        }
    }
    None
}

/// One edit more, on all diagonals in `places`.
fn step(
    a: &[u32],
    b: &[u32],
    substitutes: bool,
    (places, mid): (std::ops::Range<usize>, usize),
    (before, reached): (&[usize], &mut [usize]),
) {
    for place in places {
        // From the left: an insertion, the row stays. From above: a deletion, one row more. Along: a substitution.
        let inserted = before[place - 1];
        let deleted = if before[place + 1] > 0 { before[place + 1] + 1 } else { 0 };
        let along = if before[place] > 0 { before[place] + usize::from(substitutes) } else { 0 };
        let furthest = inserted.max(deleted).max(along);
        reached[place] = 0;
        if furthest == 0 {
            continue;
        }
        // A path that has left the matrix says as much of the last cell inside, one edit away from where it left.
        let Some(most_rows) = (b.len() + mid).checked_sub(place).map(|rows| rows.min(a.len())) else { continue };
        let row = (furthest - 1).min(most_rows);
        let Some(column) = (row + place).checked_sub(mid) else { continue };
        reached[place] = 1 + row + common(&a[row..], &b[column..]);
    }
}

/// How many symbols two texts have in common at the beginning.
#[inline]
fn common(a: &[u32], b: &[u32]) -> usize {
    // Most often it is none.
    if a.first() != b.first() {
        return 0;
    }
    common_stretch(a, b)
}

fn common_stretch(a: &[u32], b: &[u32]) -> usize {
    let chunks = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let same = 8 * chunks.take_while(|(x, y)| x == y).count();
    same + a[same..].iter().zip(&b[same..]).take_while(|(x, y)| x == y).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::alphabet::{Alphabet, Symbols};
    use super::super::super::{plain, texts};
    use super::*;

    fn check(a: &str, b: &str, granted: usize) {
        let mut alphabet = Alphabet::new();
        let (x, y) = (alphabet.encode(a), alphabet.encode(b));
        let levenshtein = plain::levenshtein::distance(a, b);
        let indel = plain::indel::distance(a, b);
        for (substitutes, truth) in [(true, levenshtein), (false, indel)] {
            let walk = |a: &Symbols, b: &Symbols, granted| {
                distance((a.ids(), b.ids()), substitutes, granted, &mut Default::default())
            };
            for found in [walk(&x, &y, granted), walk(&y, &x, granted)] {
                assert!(found.is_none_or(|found| found == truth), "{substitutes}: {found:?}, not {truth}");
            }
            // Whoever grants all cells gets an answer.
            assert_eq!(walk(&x, &y, (x.len() + y.len()).pow(2)), Some(truth));
        }
    }

    proptest! {
        #[test]
        fn walks_agree_with_their_plain_twins((a, b) in texts::pairs(), granted in 0_usize..5000) {
            check(&a, &b, granted);
        }
    }

    #[test]
    fn unlike_texts_are_given_up() {
        let (a, b): (Vec<u32>, Vec<u32>) = ((0..5000).collect(), (5000..10_000).collect());
        assert_eq!(distance((&a, &b), true, 10_000, &mut Default::default()), None);
        assert_eq!(distance((&a, &a), true, 0, &mut Default::default()), Some(0));
        assert_eq!(distance((&[], &[]), false, 0, &mut Default::default()), Some(0));
    }
}
