//! The vote of several, class by class.

/// Among the classes with most votes, the mean of how right each is; 0 without any.
#[must_use]
pub fn plurality(votes: &[Option<usize>], right: &[bool]) -> f64 {
    let mut classes: Vec<usize> = votes.iter().flatten().copied().collect();
    classes.sort_unstable();
    classes.dedup();
    let voters = |class: usize| -> Vec<bool> {
        (0..votes.len()).filter(|&voter| votes[voter] == Some(class)).map(|voter| right[voter]).collect()
    };
    let most = classes.iter().map(|&class| voters(class).len()).max().unwrap_or(0);
    let winners: Vec<usize> = classes.into_iter().filter(|&class| voters(class).len() == most).collect();
    let share_right = |class: usize| {
        let voters = voters(class);
        voters.iter().filter(|right| **right).count() as f64 / voters.len() as f64
    };
    if winners.is_empty() {
        return 0.0;
    }
    winners.iter().map(|&class| share_right(class)).sum::<f64>() / winners.len() as f64
}
