//! Whether one of several tries is right, by listing.

/// The share of all subsets of `k` things in which at least one is right.
#[must_use]
pub fn share_of_subsets(right: &[bool], k: usize) -> f64 {
    let (mut with_right, mut n_subsets) = (0.0, 0.0);
    for chosen in 0..1_u32 << right.len() {
        if chosen.count_ones() as usize == k {
            n_subsets += 1.0;
            let any = right.iter().enumerate().any(|(place, &right)| right && chosen >> place & 1 == 1);
            with_right += f64::from(u8::from(any));
        }
    }
    with_right / n_subsets
}
