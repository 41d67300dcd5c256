//! The vote of several: the class that each votes for and whether it is right go in, a probability comes out.

/// The probability that the class with most votes is right, each of several such classes being as likely to be taken
/// (Wang et al. 2023, self-consistency, with ties shared). A class is as right as its voters: the share of right ones among
/// them. Classes are numbered from 0; who votes for none cannot win, and where nobody votes for any, 0.
///
/// Votes without a partner in `right` do not count.
#[must_use]
pub fn plurality(votes: &[Option<usize>], right: &[bool]) -> f64 {
    let cast = || votes.iter().zip(right).filter_map(|(vote, &right)| Some(((*vote)?, right)));
    let n_classes = cast().map(|(class, _)| class + 1).max().unwrap_or(0);
    let mut counts = vec![0_usize; n_classes];
    for (class, _) in cast() {
        counts[class] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    // Classes that tie have equally many voters, so that sharing between classes is sharing between their voters.
    let (mut n_voters, mut n_right) = (0_usize, 0_usize);
    for (_, right) in cast().filter(|(class, _)| counts[*class] == most) {
        n_voters += 1;
        n_right += usize::from(right);
    }
    if n_voters == 0 { 0.0 } else { n_right as f64 / n_voters as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain;
    use super::super::subsets::subsets;
    use super::*;

    #[test]
    fn golden_plurality_at_k() {
        // y x x z y x y x, x is right.
        let votes = [1, 0, 0, 2, 1, 0, 1, 0].map(Some);
        let right = votes.map(|vote| vote == Some(0));
        let golden = [0.5, 0.5, 0.571_429, 0.628_571, 0.660_714, 0.714_286, 0.75, 1.0];
        for (k, expected) in (1..).zip(golden) {
            let drawn = subsets(8, k, 100, || unreachable!("there are at most 70"));
            let of = |places: &Vec<usize>| {
                let votes: Vec<Option<usize>> = places.iter().map(|&place| votes[place]).collect();
                let right: Vec<bool> = places.iter().map(|&place| right[place]).collect();
                plurality(&votes, &right)
            };
            let mean = drawn.iter().map(of).sum::<f64>() / drawn.len() as f64;
            assert!((mean - expected).abs() < 6e-7, "maj@{k}: {mean}");
        }
    }

    #[test]
    fn who_votes_for_none_cannot_win() {
        assert_eq!(plurality(&[None, None, Some(0)], &[false, false, true]), 1.0);
        assert_eq!(plurality(&[None, None], &[true, true]), 0.0);
        assert_eq!(plurality(&[], &[]), 0.0);
    }

    #[test]
    fn ties_and_mixed_marks_are_shared() {
        assert_eq!(plurality(&[Some(0), Some(1)], &[true, false]), 0.5);
        // The winner has two right voters of three.
        assert_eq!(plurality(&[Some(0), Some(0), Some(1), Some(0)], &[true, false, true, true]), 2.0 / 3.0);
    }

    proptest! {
        #[test]
        fn agrees_with_its_definition(
            voters in prop::collection::vec((prop::option::of(0_usize..4), any::<bool>()), 0..12),
        ) {
            let (votes, right): (Vec<Option<usize>>, Vec<bool>) = voters.into_iter().unzip();
            prop_assert!((plurality(&votes, &right) - plain::plurality::plurality(&votes, &right)).abs() < 1e-12);
        }
    }
}
