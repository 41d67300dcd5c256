//! `CodeBLEU` of two programs: tokens, subtrees and data flow of each go in as numbers, a similarity comes out.
//!
//! Source: S. Ren et al., "`CodeBLEU`: a method for automatic evaluation of code synthesis", 2020, arXiv 2009.10297, in
//! the form of the Python package `codebleu` 0.7.0: BLEU with Chen and Cherry's first smoothing, the second BLEU
//! counted as recall and with keywords weighing five times as much as other words.

use std::collections::HashMap;

use super::subtrees::shared;

/// Lengths of n-grams.
const ORDERS: usize = 4;

/// What a missing n-gram counts: `epsilon` of Chen and Cherry's method 1 as NLTK has it.
const EPSILON: f64 = 0.1;

/// What a word weighs that is no keyword, where a keyword weighs 1 (the package's `make_weights`).
const PLAIN_WORD: f64 = 0.2;

/// Numbers for tokens and n-grams, the same for equal ones of all programs that were asked about.
#[derive(Debug, Default)]
pub struct Vocabulary<'a> {
    tokens: HashMap<&'a str, u32>,
    /// N-grams of two and more: the number of the n-gram without its last token, and its last token.
    longer: [HashMap<(u32, u32), u32>; ORDERS - 1],
}

/// A program as `CodeBLEU` sees it.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Numbers of the n-grams of 1 to 4 tokens, ascending.
    grams: [Vec<u32>; ORDERS],
    /// For each entry of `grams[0]` whether it is a keyword of the program's language.
    keywords: Vec<bool>,
    /// Numbers of the subtrees, ascending.
    subtrees: Vec<u32>,
    /// Numbers of the data-flow items, ascending; `None` where the language's data flow is not known.
    flow: Option<Vec<u32>>,
}

impl<'a> Vocabulary<'a> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the tokens of a program, each with whether it is a keyword; subtrees and data flow as ascending numbers.
    pub fn profile(
        &mut self,
        tokens: impl Iterator<Item = (&'a str, bool)>,
        subtrees: Vec<u32>,
        flow: Option<Vec<u32>>,
    ) -> Profile {
        let mut words: Vec<(u32, bool)> = Vec::new();
        for (token, keyword) in tokens {
            words.push((next_number(&mut self.tokens, token), keyword));
        }
        let mut grams: [Vec<u32>; ORDERS] = Default::default();
        grams[0] = words.iter().map(|word| word.0).collect();
        for (order, numbers) in self.longer.iter_mut().enumerate() {
            let shorter = &grams[order];
            let ends = words.iter().skip(order + 1);
            // The last of the shorter ones has no token after it.
            grams[order + 1] =
                shorter.iter().zip(ends).map(|(&gram, end)| next_number(numbers, (gram, end.0))).collect();
        }
        words.sort_unstable();
        for numbers in &mut grams {
            numbers.sort_unstable();
        }
        Profile { grams, keywords: words.into_iter().map(|word| word.1).collect(), subtrees, flow }
    }
}

/// The number of a key, a new one when it has none.
fn next_number<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

/// The four parts of `CodeBLEU`, of a candidate against a reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// BLEU of the tokens.
    pub ngrams: f64,
    /// BLEU as recall, keywords weighing more.
    pub weighted: f64,
    /// Share of the reference's subtrees that the candidate has.
    pub syntax: f64,
    /// Share of the reference's data flow that the candidate has; `None` when the reference has none.
    pub flow: Option<f64>,
}

impl Parts {
    /// The mean of the parts that exist: four, or three without data flow.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let three = self.ngrams + self.weighted + self.syntax;
        self.flow.map_or(three / 3.0, |flow| (three + flow) / 4.0)
    }
}

/// `CodeBLEU` with each of the two as the reference of the other, and the mean of both. `None` when one has no tokens.
#[must_use]
pub fn similarity(a: &Profile, b: &Profile) -> Option<f64> {
    let (of_b, of_a) = parts(a, b)?;
    Some(f64::midpoint(of_b.mean(), of_a.mean()))
}

/// The parts of `b` against the reference `a`, and of `a` against the reference `b`; `None` when one has no tokens.
#[must_use]
pub fn parts(a: &Profile, b: &Profile) -> Option<(Parts, Parts)> {
    if a.grams[0].is_empty() || b.grams[0].is_empty() {
        return None;
    }
    let mut matches = [0.0; ORDERS];
    for (order, found) in matches.iter_mut().enumerate() {
        *found = shared(&a.grams[order], &b.grams[order]).both as f64;
    }
    let trees = shared(&a.subtrees, &b.subtrees);
    let flows = a.flow.as_ref().zip(b.flow.as_ref()).map(|(a, b)| shared(a, b).both);
    let directed = |reference: &Profile, candidate: &Profile, found: usize| {
        let penalty = brevity(reference.grams[0].len(), candidate.grams[0].len());
        Parts {
            ngrams: penalty * precision(&matches, &candidate.grams.each_ref().map(|grams| grams.len() as f64)),
            // Recall is low for a short candidate as it is. (The package computes a penalty here, from the length of a
            // pair of lists, which is 2.)
            weighted: recall(&matches, reference, candidate),
            syntax: found as f64 / reference.subtrees.len().max(1) as f64,
            flow: flow(reference, flows),
        }
    };
    Some((directed(a, b, trees.a_in_b), directed(b, a, trees.b_in_a)))
}

/// Share of the reference's data flow that was found; `None` when it has none. What the other's language has no
/// data flow for was not found.
fn flow(reference: &Profile, found: Option<usize>) -> Option<f64> {
    let all = reference.flow.as_ref().map_or(0, Vec::len);
    (all > 0).then(|| found.unwrap_or(0) as f64 / all as f64)
}

/// `exp(1 − r/c)` for a candidate of c tokens that is shorter than the reference of r, else 1 (Papineni et al. 2002).
fn brevity(reference: usize, candidate: usize) -> f64 {
    if candidate >= reference { 1.0 } else { (1.0 - reference as f64 / candidate as f64).exp() }
}

/// The geometric mean of found/all over the orders that have any n-gram; 0 when no single token was found.
fn precision(found: &[f64; ORDERS], all: &[f64; ORDERS]) -> f64 {
    if found[0] == 0.0 {
        return 0.0;
    }
    let orders = all.iter().take_while(|&&count| count > 0.0).count();
    let logs: f64 = found
        .iter()
        .zip(all)
        .take(orders)
        .map(|(&found, all)| (if found == 0.0 { EPSILON } else { found } / all).ln())
        .sum();
    (logs / orders as f64).exp()
}

/// As [`precision`], of the reference's n-grams, single tokens by their weight.
fn recall(found: &[f64; ORDERS], reference: &Profile, candidate: &Profile) -> f64 {
    let mut found = *found;
    let mut all = reference.grams.each_ref().map(|grams| grams.len() as f64);
    let keywords = reference.keywords.iter().filter(|&&keyword| keyword).count() as f64;
    let found_keywords = found_keywords(reference, &candidate.grams[0]) as f64;
    found[0] = weight(found_keywords, found[0]);
    all[0] = weight(keywords, all[0]);
    precision(&found, &all)
}

/// What tokens weigh, some of which are keywords.
fn weight(keywords: f64, all: f64) -> f64 {
    keywords + PLAIN_WORD * (all - keywords)
}

/// How many keywords of the reference are paired off with tokens of the candidate.
fn found_keywords(reference: &Profile, candidate: &[u32]) -> usize {
    let mut at = 0;
    let mut found = 0;
    for (&token, &keyword) in reference.grams[0].iter().zip(&reference.keywords) {
        while candidate.get(at).is_some_and(|&other| other < token) {
            at += 1;
        }
        if candidate.get(at) == Some(&token) {
            at += 1;
            found += usize::from(keyword);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::kernels::plain::codebleu as plain;

    /// Programs over few words, so that they share some; `k…` are keywords.
    fn program() -> impl Strategy<Value = plain::Program> {
        let length = prop_oneof![0..10_usize, 62..67_usize, 254..259_usize];
        let words = length.prop_flat_map(|n| prop::collection::vec("[kx][a-d]", n));
        let numbers = || prop::collection::vec(0..6_u32, 0..12);
        (words, numbers(), prop::option::weighted(0.8, numbers())).prop_map(|(words, mut subtrees, mut flow)| {
            subtrees.push(9);
            subtrees.sort_unstable();
            if let Some(flow) = &mut flow {
                flow.sort_unstable();
            }
            plain::Program { words, subtrees, flow }
        })
    }

    fn keyword(word: &str) -> bool {
        word.starts_with('k')
    }

    fn profile<'a>(vocabulary: &mut Vocabulary<'a>, program: &'a plain::Program) -> Profile {
        let words = program.words.iter().map(|word| (word.as_str(), keyword(word)));
        vocabulary.profile(words, program.subtrees.clone(), program.flow.clone())
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(a in program(), b in program()) {
            let mut vocabulary = Vocabulary::new();
            let (p, q) = (profile(&mut vocabulary, &a), profile(&mut vocabulary, &b));
            let value = similarity(&p, &q);
            let expected = plain::similarity(&a, &b, keyword);
            prop_assert_eq!(value.is_some(), expected.is_some());
            if let (Some(value), Some(expected)) = (value, expected) {
                prop_assert!((value - expected).abs() < 1e-12, "{value} {expected}");
                prop_assert!((0.0..=1.0).contains(&value), "{value}");
                prop_assert_eq!(Some(value.to_bits()), similarity(&q, &p).map(f64::to_bits));
                prop_assert!((similarity(&p, &p).unwrap() - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn without_data_flow_three_parts_weigh_a_third() {
        let parts = Parts { ngrams: 0.5, weighted: 0.25, syntax: 0.75, flow: None };
        assert_eq!(parts.mean(), 0.5);
        assert_eq!(Parts { flow: Some(0.0), ..parts }.mean(), 0.375);
    }
}
