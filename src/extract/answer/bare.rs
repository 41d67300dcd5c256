//! An answer without what is around it: a span goes in, a span that is not longer comes out.

use std::ops::Range;

/// Layers that are taken off; whoever wraps an answer more often does not mean one.
const LAYERS: usize = 8;

/// What an answer is written between: maths, emphasis, code.
const PAIRS: [(&str, &str); 8] =
    [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("__", "__"), ("*", "*"), ("`", "`")];

/// What ends a sentence or a clause, and no answer.
const ENDS: [char; 7] = ['.', ',', ';', '。', '，', '；', '．'];

/// Takes off white space, maths delimiters, emphasis and a last period, in any order.
pub(crate) fn bare(text: &str, span: Range<usize>) -> Range<usize> {
    let mut span = span;
    for _ in 0..LAYERS {
        let layer = &text[span.clone()];
        let start = span.start + (layer.len() - layer.trim_start().len());
        let (front, inner) = peel(layer.trim());
        let peeled = start + front..start + front + inner.len();
        if peeled == span {
            break;
        }
        span = peeled;
    }
    span
}

/// One layer less: how much went at the front, and what is left.
fn peel(layer: &str) -> (usize, &str) {
    for (open, close) in PAIRS {
        let inner = layer.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        // `$2$ and $3$` is not between dollars, `5\$` does not end with one.
        if let Some(inner) = inner.filter(|inner| !inner.contains(close) && !inner.ends_with('\\')) {
            return (open.len(), inner);
        }
    }
    // Bold that began before the answer: `**Answer: 42**`.
    if let Some(inner) = layer.strip_suffix("**").filter(|inner| !inner.contains("**")) {
        return (0, inner);
    }
    if let Some(inner) = layer.strip_prefix("**").filter(|inner| !inner.contains("**")) {
        return (2, inner);
    }
    match layer.strip_suffix(ENDS) {
        // No period: an ellipsis, the space `\,`, the delimiter `\right.`.
        Some(inner) if !inner.ends_with(['.', '\\']) && !inner.ends_with("\\right") => (0, inner),
        _ => (0, layer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_an_answer_goes() {
        for (dressed, expected) in [
            (" $42$. ", "42"),
            ("**\\(x+1\\)**.", "x+1"),
            ("$$\\frac{1}{2}$$", "\\frac{1}{2}"),
            ("\\[ 5 \\]", "5"),
            ("42**", "42"),
            ("**42", "42"),
            ("`42`", "42"),
            ("$2$ and $3$", "$2$ and $3$"),
            ("\\(2\\), \\(3\\)", "\\(2\\), \\(3\\)"),
            ("and so on...", "and so on..."),
            ("3.5。", "3.5"),
            ("$5\\$", "$5\\$"),
            ("$$", ""),
            ("$", "$"),
            (" . ", ""),
            ("", ""),
        ] {
            let span = bare(dressed, 0..dressed.len());
            assert_eq!(&dressed[span], expected, "{dressed:?}");
        }
    }
}
