//! Numbers of classes, by listing.

/// `f` of the class counts of every subset of `k` of the things, on average: all subsets are gone through.
#[must_use]
pub fn expectation(counts: &[usize], k: usize, f: impl Fn(&[usize]) -> f64) -> f64 {
    let things: Vec<usize> = counts.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
    let (mut sum, mut n_subsets) = (0.0, 0.0);
    for chosen in 0..1_u32 << things.len() {
        if chosen.count_ones() as usize == k {
            let mut counts = vec![0; counts.len()];
            for (place, &class) in things.iter().enumerate() {
                counts[class] += (chosen >> place & 1) as usize;
            }
            sum += f(&counts);
            n_subsets += 1.0;
        }
    }
    sum / n_subsets
}
