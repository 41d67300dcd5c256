//! Subtrees as S-expressions, compared one with one.

use crate::kernels::subtrees::{Node, Shared, children};

/// The S-expressions of the root and of all nodes with children.
#[must_use]
pub fn subtrees(nodes: &[Node]) -> Vec<String> {
    let counts = |&at: &usize| at == 0 || children(nodes, at).next().is_some();
    (0..nodes.len()).filter(counts).map(|at| expression(nodes, at)).collect()
}

fn expression(nodes: &[Node], at: usize) -> String {
    let below = children(nodes, at).filter(|&child| nodes[child].shown);
    let below: Vec<String> =
        below.map(|child| format!(" {}:{}", nodes[child].field, expression(nodes, child))).collect();
    format!("({}{})", nodes[at].kind, below.concat())
}

/// What two multisets share.
#[must_use]
pub fn shared(a: &[String], b: &[String]) -> Shared {
    let mut left = b.to_vec();
    let mut both = 0;
    for entry in a {
        if let Some(at) = left.iter().position(|other| other == entry) {
            left.swap_remove(at);
            both += 1;
        }
    }
    let found = |these: &[String], those: &[String]| these.iter().filter(|entry| those.contains(entry)).count();
    Shared { both, a_in_b: found(a, b), b_in_a: found(b, a) }
}

/// Shared subtrees, twice, over all subtrees of both.
#[must_use]
pub fn similarity(a: &[String], b: &[String]) -> Option<f64> {
    let all = a.len() + b.len();
    (all > 0).then(|| 2.0 * shared(a, b).both as f64 / all as f64)
}
