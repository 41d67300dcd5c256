//! Which pieces of which texts go into which request.

use std::ops::Range;

/// A piece of a text: as much of it as the model takes at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Position of the text.
    pub text: usize,
    /// Position among the text's pieces.
    pub chunk: usize,
    /// Bytes of the text.
    pub bytes: Range<usize>,
    /// Its tokens, without the prefix.
    pub tokens: usize,
}

/// What goes into one request.
pub(super) type Batch = Vec<Piece>;

/// How much fits into a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Inputs.
    pub inputs: usize,
    /// Tokens.
    pub tokens: usize,
    /// Tokens that each piece takes besides its own.
    pub added: usize,
}

/// Fills requests in the order of the texts. The pieces of a text stay together wherever one request can hold them, so
/// that a text is finished by one answer.
pub(super) fn pack(texts: Vec<Vec<Piece>>, room: Room) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut open = Batch::new();
    let mut tokens = 0;
    for pieces in texts {
        let own: usize = pieces.iter().map(|piece| piece.tokens + room.added).sum();
        if open.len() + pieces.len() > room.inputs || tokens + own > room.tokens {
            batches.extend((!open.is_empty()).then(|| std::mem::take(&mut open)));
            tokens = 0;
        }
        for piece in pieces {
            let own = piece.tokens + room.added;
            if !open.is_empty() && (open.len() == room.inputs || tokens + own > room.tokens) {
                batches.push(std::mem::take(&mut open));
                tokens = 0;
            }
            tokens += own;
            open.push(piece);
        }
    }
    batches.extend((!open.is_empty()).then_some(open));
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: usize, tokens: &[usize]) -> Vec<Piece> {
        tokens.iter().enumerate().map(|(chunk, &tokens)| Piece { text, chunk, bytes: 0..tokens, tokens }).collect()
    }

    fn sizes(batches: &[Batch]) -> Vec<Vec<(usize, usize)>> {
        batches.iter().map(|batch| batch.iter().map(|piece| (piece.text, piece.chunk)).collect()).collect()
    }

    #[test]
    fn requests_are_filled_in_order_and_texts_stay_whole_where_they_can() {
        let room = Room { inputs: 3, tokens: 100, added: 0 };
        let packed =
            pack(vec![text(0, &[10]), text(1, &[10]), text(2, &[40, 40]), text(3, &[90]), text(4, &[20])], room);
        assert_eq!(sizes(&packed), [vec![(0, 0), (1, 0)], vec![(2, 0), (2, 1)], vec![(3, 0)], vec![(4, 0)]]);
        // A text that no request can hold begins a request of its own and goes on in the next.
        let packed = pack(vec![text(0, &[10]), text(1, &[60, 60, 60])], room);
        assert_eq!(sizes(&packed), [vec![(0, 0)], vec![(1, 0)], vec![(1, 1)], vec![(1, 2)]]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_request_is_too_large(
            texts in prop::collection::vec(prop::collection::vec(1usize..50, 1..6), 0..40),
            inputs in 1usize..8,
            tokens in 60usize..200,
        ) {
            let texts: Vec<_> = texts.iter().enumerate().map(|(at, tokens)| text(at, tokens)).collect();
            let room = Room { inputs, tokens, added: 3 };
            let all: Vec<Piece> = texts.iter().flatten().cloned().collect();
            let batches = pack(texts, room);
            prop_assert_eq!(batches.concat(), all);
            for batch in batches {
                prop_assert!(!batch.is_empty() && batch.len() <= inputs);
                prop_assert!(batch.iter().map(|piece| piece.tokens + 3).sum::<usize>() <= tokens);
            }
        }
    }
}
