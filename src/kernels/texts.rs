//! Texts for property tests: lengths around the edges of words and strips, small and large alphabets, near twins.

use proptest::prelude::*;
use proptest::sample::select;

const EDGES: [usize; 19] = [0, 1, 7, 8, 9, 31, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256, 257, 300];

fn characters(alphabet: &'static [char], length: usize) -> impl Strategy<Value = Vec<char>> {
    prop::collection::vec(select(alphabet), length)
}

fn alphabet() -> impl Strategy<Value = &'static [char]> {
    select(vec![
        &['a'][..],
        &['a', 'b'][..],
        &['a', 'b', 'c', 'd', 'e', ' ', '\n', '(', ')', '0', '1'][..],
        // Beyond ASCII, beyond the Basic Multilingual Plane, and the ends of the range.
        &['é', '\u{0}', '中', '文', '\u{1F600}', '\u{1F601}', '\u{10FFFF}', '\u{D7FF}', '\u{E000}', 'a'][..],
    ])
}

/// One edit: what to do, where (as a share of the length), with which character.
fn edits(alphabet: &'static [char], most: usize) -> impl Strategy<Value = Vec<(u8, f64, char)>> {
    prop::collection::vec((0_u8..4, 0.0..1.0, select(alphabet)), 0..=most)
}

fn edited(mut text: Vec<char>, edits: &[(u8, f64, char)]) -> Vec<char> {
    for &(kind, share, character) in edits {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small length")]
        let place = (share * text.len() as f64) as usize;
        match kind {
            0 => text.insert(place, character),
            1 if place < text.len() => drop(text.remove(place)),
            2 if place < text.len() => text[place] = character,
            // Moves the beginning to the end: few edits cannot mend it.
            3 if place < text.len() => text.rotate_left(place.min(40)),
            _ => {}
        }
    }
    text
}

fn to_text(characters: Vec<char>) -> String {
    characters.into_iter().collect()
}

/// Two unrelated texts over one alphabet.
pub(super) fn strangers() -> impl Strategy<Value = (String, String)> {
    (alphabet(), select(EDGES.to_vec()), select(EDGES.to_vec()))
        .prop_flat_map(|(alphabet, a, b)| (characters(alphabet, a), characters(alphabet, b)))
        .prop_map(|(a, b)| (to_text(a), to_text(b)))
}

/// A text and the same text after a few edits.
pub(super) fn twins() -> impl Strategy<Value = (String, String)> {
    (alphabet(), select(EDGES.to_vec()))
        .prop_flat_map(|(alphabet, length)| (characters(alphabet, length), edits(alphabet, 12)))
        .prop_map(|(text, edits)| (to_text(text.clone()), to_text(edited(text, &edits))))
}

/// Like [`twins`], of several strips, so that the band is narrower than the matrix.
pub(super) fn long_twins() -> impl Strategy<Value = (String, String)> {
    (alphabet(), 600_usize..1400)
        .prop_flat_map(|(alphabet, length)| (characters(alphabet, length), edits(alphabet, 60)))
        .prop_map(|(text, edits)| (to_text(text.clone()), to_text(edited(text, &edits))))
}

/// Any two texts.
pub(super) fn pairs() -> impl Strategy<Value = (String, String)> {
    prop_oneof![strangers(), twins()]
}

/// Three texts, of which some are alike.
pub(super) fn triples() -> impl Strategy<Value = (String, String, String)> {
    (alphabet(), 0_usize..140)
        .prop_flat_map(|(alphabet, length)| {
            (characters(alphabet, length), edits(alphabet, 30), edits(alphabet, 90), 0_usize..40)
        })
        .prop_map(|(text, few, many, cut)| {
            let third = edited(text[cut.min(text.len())..].to_vec(), &many);
            (to_text(text.clone()), to_text(edited(text, &few)), to_text(third))
        })
}
