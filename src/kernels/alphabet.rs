//! Texts as sequences of small numbers: a text goes in, dense symbol ids come out.
//!
//! A bit-parallel edit distance looks up a bit mask for each character. Dense ids make that one array access for
//! any script; only as many masks are needed as there are different characters in the texts compared.

/// Unicode scalar values that share a page of the table.
const PAGE: usize = 256;

/// A numbering of Unicode scalar values in order of first appearance.
///
/// ASCII has a table of its own. The rest is paged: a page is made when one of its characters is first seen, so that no
/// script costs a hash and a small group does not pay for Unicode.
#[derive(Debug, Clone)]
pub struct Alphabet {
    /// Like `ids`, of the characters below 128.
    ascii: [u32; 128],
    /// For each page up to the last one seen its first slot in `ids`; `None` until a character of it is seen.
    pages: Vec<Option<u32>>,
    /// Id plus one; 0 for a character not seen yet.
    ids: Vec<u32>,
    /// Different characters so far.
    len: u32,
}

/// A text in the ids of one [`Alphabet`]: one number for each Unicode scalar value.
///
/// Symbols of different alphabets must not be compared; the ids would mean different characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbols {
    ids: Vec<u32>,
    bound: usize,
}

impl Default for Alphabet {
    fn default() -> Self {
        Self::new()
    }
}

impl Alphabet {
    /// An empty alphabet.
    #[must_use]
    pub fn new() -> Self {
        Alphabet { ascii: [0; 128], pages: Vec::new(), ids: Vec::new(), len: 0 }
    }

    /// Turns a text into symbols; characters not seen before get the next ids.
    pub fn encode(&mut self, text: &str) -> Symbols {
        let ids = if text.is_ascii() {
            // Numbered first and looked up then: a loop that changes nothing runs several times as fast.
            text.bytes().for_each(|byte| self.number_ascii(usize::from(byte)));
            let ids = &self.ascii;
            text.bytes().map(|byte| ids[usize::from(byte & 127)] - 1).collect()
        } else {
            let mut ids = Vec::with_capacity(text.len());
            ids.extend(text.chars().map(|character| self.id(character)));
            ids.shrink_to_fit();
            ids
        };
        Symbols { ids, bound: self.len as usize }
    }

    #[inline]
    fn number_ascii(&mut self, byte: usize) {
        // The mask changes nothing in ASCII, and spares a check of the bounds.
        let entry = &mut self.ascii[byte & 127];
        if *entry == 0 {
            self.len += 1;
            *entry = self.len;
        }
    }

    fn id(&mut self, character: char) -> u32 {
        let scalar = u32::from(character) as usize;
        if scalar < self.ascii.len() {
            self.number_ascii(scalar);
            return self.ascii[scalar] - 1;
        }
        let slot = self.slot(scalar);
        let entry = &mut self.ids[slot];
        if *entry == 0 {
            self.len += 1;
            *entry = self.len;
        }
        *entry - 1
    }

    /// Where the id of a character stands in `ids`.
    fn slot(&mut self, scalar: usize) -> usize {
        let (page, slot) = (scalar / PAGE, scalar % PAGE);
        let start = match self.pages.get(page) {
            Some(&Some(start)) => start,
            _ => self.open(page),
        };
        start as usize + slot
    }

    fn open(&mut self, page: usize) -> u32 {
        // At most 0x11_0000 slots are ever made, so the conversion cannot saturate.
        let start = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.resize(self.ids.len() + PAGE, 0);
        if self.pages.len() <= page {
            self.pages.resize(page + 1, None);
        }
        self.pages[page] = Some(start);
        start
    }
}

impl Symbols {
    /// Symbols that were numbered elsewhere, such as the words of a text; the ids should be dense.
    #[must_use]
    pub fn from_ids(ids: Vec<u32>) -> Self {
        let bound = ids.iter().max().map_or(0, |&id| id as usize + 1);
        Symbols { ids, bound }
    }

    /// Unicode scalar values in the text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids, one for each scalar value.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// All ids are smaller than this.
    #[must_use]
    pub fn bound(&self) -> usize {
        self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_dense_and_in_order_of_appearance() {
        let mut alphabet = Alphabet::new();
        let first = alphabet.encode("ab\u{10FFFF}a\0");
        assert_eq!(first.ids(), [0, 1, 2, 0, 3]);
        let second = alphabet.encode("\u{1F600}b");
        assert_eq!(second.ids(), [4, 1]);
        assert_eq!((first.bound(), second.bound()), (4, 5));
    }

    #[test]
    fn ids_from_elsewhere_are_kept() {
        let symbols = Symbols::from_ids(vec![4, 0, 4]);
        assert_eq!((symbols.ids(), symbols.bound()), (&[4, 0, 4][..], 5));
        assert_eq!(Symbols::from_ids(Vec::new()).bound(), 0);
    }

    #[test]
    fn length_is_counted_in_scalar_values() {
        let symbols = Alphabet::new().encode("né\u{1F468}\u{200D}\u{1F469}");
        assert_eq!(symbols.len(), 5);
        assert!(Alphabet::new().encode("").is_empty());
    }
}
