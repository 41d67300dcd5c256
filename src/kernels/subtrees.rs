//! What two syntax trees have in common: nodes in, numbers of subtrees and shared subtrees out.
//!
//! A subtree is a node with all that is below it, known by the kinds of its shown nodes and the fields they stand in, as
//! an S-expression writes it; names and values of leaves do not count. Equal subtrees get equal numbers, found by
//! looking them up whole, not by hash, so that two different ones can never be taken for one.

use std::collections::HashMap;

/// A node of a syntax tree, in a slice that holds a tree in preorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// What it is, below 2^31. Kinds of different grammars have different numbers.
    pub kind: u32,
    /// Its field in its parent; 0 for none.
    pub field: u16,
    /// Whether an S-expression shows it; keywords and punctuation are not shown.
    pub shown: bool,
    /// The position after the last node below it.
    pub end: u32,
}

/// Marks the number of a node without children, which is its kind.
const LEAF: u32 = 1 << 31;

/// Numbers for subtrees, the same for equal subtrees of all trees that were asked about.
#[derive(Debug, Default)]
pub struct Subtrees {
    numbers: HashMap<Box<[u32]>, u32>,
}

impl Subtrees {
    /// No subtree seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The numbers of the tree's subtrees in ascending order, one for each node with children and one for the root.
    ///
    /// The first node is the root; the slice must be a tree in preorder. Linear in the number of nodes.
    #[must_use]
    pub fn numbers(&mut self, nodes: &[Node]) -> Vec<u32> {
        let mut number_of = vec![0; nodes.len()];
        let mut counted = Vec::new();
        let mut key = Vec::new();
        // From the last to the first: what is below a node comes after it.
        for (at, node) in nodes.iter().enumerate().rev() {
            let end = node.end as usize;
            if end <= at + 1 {
                number_of[at] = LEAF | node.kind;
            } else {
                key.clear();
                key.push(node.kind);
                for child in children(nodes, at) {
                    if nodes[child].shown {
                        key.extend([u32::from(nodes[child].field), number_of[child]]);
                    }
                }
                number_of[at] = self.number(&key);
            }
            if end > at + 1 || at == 0 {
                counted.push(number_of[at]);
            }
        }
        counted.sort_unstable();
        counted
    }

    fn number(&mut self, key: &[u32]) -> u32 {
        // Without shown children a node reads like a leaf of its kind.
        if let [kind] = key {
            return LEAF | kind;
        }
        if let Some(&number) = self.numbers.get(key) {
            return number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(LEAF - 1);
        self.numbers.insert(key.into(), number);
        number
    }
}

/// The children of the node at a position, as positions.
pub fn children(nodes: &[Node], parent: usize) -> impl Iterator<Item = usize> {
    let end = nodes[parent].end as usize;
    let within = move |at: usize| (at < end).then_some(at);
    std::iter::successors(within(parent + 1), move |&child| within(nodes[child].end as usize))
}

/// What two sorted lists share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shared {
    /// Entries of the first that are paired off with entries of the second: for each number the smaller of its counts.
    pub both: usize,
    /// Entries of the first whose number occurs in the second.
    pub a_in_b: usize,
    /// Entries of the second whose number occurs in the first.
    pub b_in_a: usize,
}

/// What two ascending lists share, found in one walk along both.
#[must_use]
pub fn shared(a: &[u32], b: &[u32]) -> Shared {
    let (mut at_a, mut at_b) = (0, 0);
    let mut shared = Shared::default();
    while let (Some(&x), Some(&y)) = (a.get(at_a), b.get(at_b)) {
        if x == y {
            let (in_a, in_b) = (run(&a[at_a..], x), run(&b[at_b..], x));
            shared.both += in_a.min(in_b);
            shared.a_in_b += in_a;
            shared.b_in_a += in_b;
            at_a += in_a;
            at_b += in_b;
        } else {
            // Both steps are taken without a branch: which list is behind is a coin toss.
            at_a += usize::from(x < y);
            at_b += usize::from(y < x);
        }
    }
    shared
}

/// How many entries at the front are that number.
fn run(list: &[u32], number: u32) -> usize {
    list.iter().take_while(|&&entry| entry == number).count()
}

/// `2·|A ∩ B| / (|A| + |B|)` over the multisets of subtrees, Dice's coefficient: the F1 of how much of each tree the
/// other one has. `None` for two empty lists.
///
/// Source: the syntactic match of `CodeBLEU` (Ren et al. 2020, arXiv 2009.10297, section 3.2), made symmetric.
#[must_use]
pub fn similarity(a: &[u32], b: &[u32]) -> Option<f64> {
    let all = a.len() + b.len();
    (all > 0).then(|| 2.0 * shared(a, b).both as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::kernels::plain::subtrees as plain;

    /// A tree from any bytes: each says how far its node goes up from the one before, and what it is.
    fn tree(bytes: &[u8]) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for &byte in bytes {
            let depth = if nodes.is_empty() { 0 } else { (open.len() - usize::from(byte >> 5) % open.len()).max(1) };
            let at = u32::try_from(nodes.len()).unwrap();
            for closed in open.drain(depth..) {
                nodes[closed].end = at;
            }
            open.push(nodes.len());
            let shown = byte & 3 != 3 || nodes.is_empty();
            nodes.push(Node { kind: u32::from(byte & 3), field: u16::from(byte >> 2 & 1), shown, end: at + 1 });
        }
        let last = u32::try_from(nodes.len()).unwrap();
        for at in open {
            nodes[at].end = last;
        }
        nodes
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let length = prop_oneof![0..10_usize, 62..67_usize, 254..259_usize];
        length.prop_flat_map(|n| prop::collection::vec(any::<u8>(), n))
    }

    #[test]
    fn a_tree_and_one_with_another_leaf_share_what_lies_beside_the_leaf() {
        // (0 (1 (2)) (1 (2))) and (0 (1 (2)) (1 (0))): one inner node of three is the same.
        let node = |kind, end| Node { kind, field: 0, shown: true, end };
        let a = [node(0, 5), node(1, 3), node(2, 3), node(1, 5), node(2, 5)];
        let b = [node(0, 5), node(1, 3), node(2, 3), node(1, 5), node(0, 5)];
        let mut subtrees = Subtrees::new();
        let (a, b) = (subtrees.numbers(&a), subtrees.numbers(&b));
        assert_eq!(shared(&a, &b), Shared { both: 1, a_in_b: 2, b_in_a: 1 });
        assert_eq!(similarity(&a, &b), Some(1.0 / 3.0));
        assert_eq!(similarity(&[], &[]), None);
        assert_eq!(similarity(&a, &[]), Some(0.0));
    }

    #[test]
    fn a_tree_100_000_deep_is_walked_without_recursion() {
        let deep: Vec<Node> = (0..100_000).map(|_| Node { kind: 1, field: 0, shown: true, end: 100_000 }).collect();
        let mut subtrees = Subtrees::new();
        let numbers = subtrees.numbers(&deep);
        assert_eq!(numbers.len(), 99_999);
        assert_eq!(similarity(&numbers, &numbers), Some(1.0));
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(a in bytes(), b in bytes()) {
            let (a, b) = (tree(&a), tree(&b));
            let mut subtrees = Subtrees::new();
            let (x, y) = (subtrees.numbers(&a), subtrees.numbers(&b));
            let (p, q) = (plain::subtrees(&a), plain::subtrees(&b));
            prop_assert_eq!(x.len(), p.len());
            prop_assert_eq!(shared(&x, &y), plain::shared(&p, &q));
            prop_assert_eq!(similarity(&x, &y), plain::similarity(&p, &q));
            prop_assert_eq!(similarity(&x, &y), similarity(&y, &x));
            prop_assert!(similarity(&x, &y).is_none_or(|value| (0.0..=1.0).contains(&value)));
            prop_assert_eq!(similarity(&x, &x), (!a.is_empty()).then_some(1.0));
        }
    }
}
