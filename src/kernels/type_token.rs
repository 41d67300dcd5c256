//! How rich a text's vocabulary is: token ids go in, shares come out.

/// Tokens in a window of [`moving_average`]: the size that its authors advise for comparing texts.
pub const WINDOW: usize = 500;

/// Different tokens / tokens; `None` for no token.
#[must_use]
pub fn ratio(tokens: &[u32]) -> Option<f64> {
    moving_average(tokens, tokens.len())
}

/// The mean type-token ratio over all windows of `window` successive tokens, in steps of one; the plain ratio of a text that
/// is shorter than the window; `None` for no token.
///
/// M. A. Covington and J. D. `McFall`, "Cutting the Gordian knot: the moving-average type-token ratio (MATTR)", J. Quantitative
/// Linguistics 17(2), 2010. Each step takes one token in and one out.
#[must_use]
pub fn moving_average(tokens: &[u32], window: usize) -> Option<f64> {
    let window = window.min(tokens.len());
    let bound = tokens.iter().max().map(|&id| id as usize + 1)?;
    let mut counts = vec![0_u32; bound];
    let mut types = 0_usize;
    // Sums of whole numbers have no rounding, so that any order of windows gives the same.
    let mut sum = 0_usize;
    for (at, &token) in tokens.iter().enumerate() {
        let count = &mut counts[token as usize];
        *count += 1;
        types += usize::from(*count == 1);
        if at + 1 < window {
            continue;
        }
        sum += types;
        let leaving = &mut counts[tokens[at + 1 - window] as usize];
        *leaving -= 1;
        types -= usize::from(*leaving == 0);
    }
    let windows = tokens.len() + 1 - window;
    (window > 0).then(|| sum as f64 / window as f64 / windows as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    proptest! {
        #[test]
        fn it_is_the_definition(
            tokens in prop::sample::select(vec![0_usize, 1, 7, 8, 9, 63, 64, 65])
                .prop_flat_map(|length| prop::collection::vec(0_u32..20, length)),
            window in 1_usize..70
        ) {
            let (got, expected) = (moving_average(&tokens, window), plain::type_token::moving_average(&tokens, window));
            prop_assert_eq!(got.is_some(), expected.is_some());
            prop_assert!((got.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn golden_values() {
        assert_eq!(ratio(&[0, 1, 0, 2]), Some(0.75));
        assert_eq!(moving_average(&[0, 1, 0, 0], 2), Some((1.0 + 1.0 + 0.5) / 3.0));
        assert_eq!(moving_average(&[0, 1], WINDOW), Some(1.0));
        assert_eq!(ratio(&[]), None);
    }
}
