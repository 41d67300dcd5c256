//! `#### 72`: the line with which solutions of GSM8K end.
//!
//! GSM8K's own pattern is `#### (\-?[0-9\.\,]+)`. Here the number must be all that the line has, because in Markdown the same
//! mark begins a heading (`#### 2. The second case`).

use super::{Found, lines};

const MARK: &str = "####";

pub(super) fn find(text: &str) -> Option<Found> {
    let mut numbers = lines(text).filter_map(|(start, line)| {
        let rest = line.trim_end().strip_prefix(MARK)?;
        is_number(rest).then(|| start + MARK.len()..start + MARK.len() + rest.len())
    });
    let last = numbers.next_back()?;
    Found::new(text, last, 1 + numbers.count())
}

fn is_number(rest: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "+-−$€£.,%/\\ ".contains(c);
    // `#### 1.` is a heading that somebody numbered.
    rest.chars().all(is_part) && rest.contains(|c: char| c.is_ascii_digit()) && !rest.ends_with('.')
}
