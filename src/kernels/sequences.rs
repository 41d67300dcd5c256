//! Lists of ids, one for each text, in one piece of memory: ids go in text by text, slices come out.
//!
//! Tokens, n-grams and sets of them are all kept so. Ids are dense (0, 1, 2, … in order of first appearance in the
//! group), so that whatever is looked up by id is an array.

/// A list of dense ids for each text of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequences {
    ids: Vec<u32>,
    /// Where each text's list ends in `ids`.
    ends: Vec<usize>,
    bound: usize,
}

impl Sequences {
    /// The list of a text. An unknown position has an empty one.
    #[must_use]
    pub fn get(&self, text: usize) -> &[u32] {
        let Some(&end) = self.ends.get(text) else { return &[] };
        let start = if text == 0 { 0 } else { self.ends[text - 1] };
        &self.ids[start..end]
    }

    /// The lists, text by text.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len()).map(|text| self.get(text))
    }

    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All ids are smaller than this.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.bound
    }

    /// Adds an id to the list of the text that is being written.
    pub(super) fn push(&mut self, id: u32) {
        self.bound = self.bound.max(id as usize + 1);
        self.ids.push(id);
    }

    /// Ends the list of a text; the next id belongs to the next one.
    pub(super) fn end_text(&mut self) {
        self.ends.push(self.ids.len());
    }

    /// How many of `texts` hold each id, by id; a text that is named twice counts twice. Each list holds an id at most
    /// once, as sets do.
    #[must_use]
    pub fn document_counts(&self, texts: &[usize]) -> Vec<u32> {
        let mut counts = vec![0; self.bound];
        for &text in texts {
            for &id in self.get(text) {
                counts[id as usize] += 1;
            }
        }
        counts
    }
}

impl<'a> FromIterator<&'a [u32]> for Sequences {
    fn from_iter<I: IntoIterator<Item = &'a [u32]>>(lists: I) -> Self {
        let mut sequences = Sequences::default();
        for list in lists {
            for &id in list {
                sequences.push(id);
            }
            sequences.end_text();
        }
        sequences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_apart() {
        let sequences: Sequences = [&[3, 1][..], &[], &[1]].into_iter().collect();
        assert_eq!(sequences.iter().collect::<Vec<_>>(), [&[3, 1][..], &[], &[1]]);
        assert_eq!((sequences.len(), sequences.bound(), sequences.get(3)), (3, 4, &[][..]));
        assert_eq!(sequences.document_counts(&[0, 1, 2]), [0, 2, 0, 1]);
        assert_eq!(sequences.document_counts(&[2, 2]), [0, 2, 0, 0]);
        assert!(Sequences::default().is_empty());
    }
}
