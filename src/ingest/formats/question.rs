//! Names of questions that have none: the text of a question goes in, a name comes out, the same in every file.

use crate::ingest::field::Cell;

/// Characters of the question that its name shows.
const SHOWN: usize = 60;

/// Characters of the digest behind them: with 32 bits, two of a thousand long questions with the same beginning share a
/// name once in ten thousand data sets.
const DIGITS: usize = 8;

/// A question named by its text: the text itself where that is short, else its beginning and a digest of all of it.
pub(super) fn named_by(question: &str) -> Cell<'static> {
    let plain = question.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= SHOWN {
        return Cell::Text(plain.into());
    }
    let shown: String = plain.chars().take(SHOWN).collect();
    let digest = blake3::hash(question.as_bytes()).to_hex();
    Cell::Text(format!("{shown}… {}", &digest[..DIGITS]).into())
}
