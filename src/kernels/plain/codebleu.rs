//! `CodeBLEU` counted n-gram by n-gram, each program once as the reference of the other.

/// A program as `CodeBLEU` sees it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The tokens.
    pub words: Vec<String>,
    /// The subtrees, known by number.
    pub subtrees: Vec<u32>,
    /// The items of the data flow, known by number.
    pub flow: Option<Vec<u32>>,
}

/// The mean of both directions; `None` when one has no tokens.
#[must_use]
pub fn similarity(a: &Program, b: &Program, keyword: fn(&str) -> bool) -> Option<f64> {
    let empty = a.words.is_empty() || b.words.is_empty();
    (!empty).then(|| f64::midpoint(directed(a, b, keyword), directed(b, a, keyword)))
}

fn directed(reference: &Program, candidate: &Program, keyword: fn(&str) -> bool) -> f64 {
    let one = |_: &[String]| 1.0;
    let weight = |gram: &[String]| if gram.len() > 1 || keyword(&gram[0]) { 1.0 } else { 0.2 };
    let (r, c) = (reference.words.len() as f64, candidate.words.len() as f64);
    let brevity = if c < r { (1.0 - r / c).exp() } else { 1.0 };
    // The first is a share of the candidate's n-grams, the second one of the reference's.
    let ngrams = brevity * mean(&candidate.words, &reference.words, one);
    let weighted = mean(&reference.words, &candidate.words, weight);
    let held = reference.subtrees.iter().filter(|subtree| candidate.subtrees.contains(subtree)).count();
    let syntax = held as f64 / reference.subtrees.len() as f64;
    match &reference.flow {
        Some(flow) if !flow.is_empty() => {
            let found = paired(flow, candidate.flow.as_deref().unwrap_or(&[])).len();
            (ngrams + weighted + syntax + found as f64 / flow.len() as f64) / 4.0
        }
        _ => (ngrams + weighted + syntax) / 3.0,
    }
}

/// Geometric mean over n of the weight of the n-grams of `whole` that `other` has too.
fn mean(whole: &[String], other: &[String], weight: impl Fn(&[String]) -> f64) -> f64 {
    let orders = whole.len().min(4);
    let mut product = 1.0;
    for n in 1..=orders {
        let grams: Vec<&[String]> = whole.windows(n).collect();
        let others: Vec<&[String]> = other.windows(n).collect();
        let found: f64 = paired(&grams, &others).iter().map(|gram| weight(gram)).sum();
        let all: f64 = grams.iter().map(|gram| weight(gram)).sum();
        if found == 0.0 && n == 1 {
            return 0.0;
        }
        product *= (if found == 0.0 { 0.1 } else { found } / all).powf(1.0 / orders as f64);
    }
    product
}

/// The entries of `these` that find a partner of their own among `those`.
fn paired<T: PartialEq + Clone>(these: &[T], those: &[T]) -> Vec<T> {
    let mut left = those.to_vec();
    let mut found = Vec::new();
    for entry in these {
        if let Some(at) = left.iter().position(|other| other == entry) {
            left.swap_remove(at);
            found.push(entry.clone());
        }
    }
    found
}
