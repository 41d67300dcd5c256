//! Programs: source texts of a group go in, what metrics of code compare comes out, as plain data for the kernels.
//!
//! Each different text is parsed once for all metrics, by the room `program`. Nothing here runs a program.

mod dataflow;
mod forms;
mod keywords;

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::kernels::codebleu::{self, Profile, Vocabulary};
use crate::kernels::subtrees::{self, Subtrees};
use crate::model::Pair;
use crate::program::{LANGUAGES, Language, Tree};

/// The programs of a group. Equal texts are held, parsed and compared once.
#[derive(Debug)]
pub struct Programs<'a> {
    /// The different texts with what they parse to, in order of first appearance.
    different: Vec<(&'a str, Tree)>,
    /// For each member its place in `different`; `None` without a program.
    of: Vec<Option<usize>>,
    codes: OnceCell<Vec<usize>>,
    renamed: OnceCell<Vec<usize>>,
    subtrees: OnceCell<Vec<Vec<u32>>>,
    profiles: OnceCell<Vec<Profile>>,
}

impl<'a> Programs<'a> {
    /// Takes the text of a program, or none, for each member; `language` when it is known.
    ///
    /// Where it is not, a text is in the language that takes it whole. One that no language takes whole (it was cut off,
    /// or has prose around it) says too little: it is read in the language of most of the others, and alone in the one
    /// with the least of it inside errors.
    pub fn new(texts: impl Iterator<Item = Option<&'a str>>, language: Option<Language>) -> Self {
        let mut places: HashMap<&str, Option<usize>> = HashMap::new();
        let mut different = Vec::new();
        let of = texts.map(|text| {
            let text = text?;
            *places.entry(text).or_insert_with(|| {
                different.push((text, Tree::parse(text, language)?));
                Some(different.len() - 1)
            })
        });
        let of = of.collect();
        if language.is_none() {
            settle(&mut different);
        }
        Programs {
            different,
            of,
            codes: OnceCell::new(),
            renamed: OnceCell::new(),
            subtrees: OnceCell::new(),
            profiles: OnceCell::new(),
        }
    }

    /// Whether a member has a program that is neither too long nor too hard to parse.
    #[must_use]
    pub fn has(&self, member: usize) -> bool {
        self.of[member].is_some()
    }

    /// Whether two members have the same program up to comments, docstrings and layout.
    #[must_use]
    pub fn equal(&self, pair: Pair) -> Option<bool> {
        let codes = self.codes.get_or_init(|| self.places(forms::plain));
        Some(codes[self.of[pair.a]?] == codes[self.of[pair.b]?])
    }

    /// Whether two members have the same program up to comments, docstrings, layout and the names it gives itself.
    #[must_use]
    pub fn equal_renamed(&self, pair: Pair) -> Option<bool> {
        let renamed = self.renamed.get_or_init(|| self.places(forms::renamed));
        Some(renamed[self.of[pair.a]?] == renamed[self.of[pair.b]?])
    }

    /// The share of subtrees that the trees of two members have in common, for each pair.
    #[must_use]
    pub fn shared_subtrees(&self, pairs: &[Pair]) -> Vec<Option<f64>> {
        let subtrees = self.subtrees();
        self.compare(pairs, |a, b| subtrees::similarity(&subtrees[a], &subtrees[b]))
    }

    /// `CodeBLEU` of two members, for each pair.
    #[must_use]
    pub fn codebleu(&self, pairs: &[Pair]) -> Vec<Option<f64>> {
        let profiles = self.profiles.get_or_init(|| self.profiles());
        self.compare(pairs, |a, b| codebleu::similarity(&profiles[a], &profiles[b]))
    }

    /// A value for each pair of members, computed once for each pair of different programs.
    fn compare(&self, pairs: &[Pair], value: impl Fn(usize, usize) -> Option<f64>) -> Vec<Option<f64>> {
        let n = self.different.len();
        let mut computed: Vec<Option<Option<f64>>> = vec![None; n * (n + 1) / 2];
        let look_up = |pair: &Pair| {
            let (a, b) = (self.of[pair.a]?, self.of[pair.b]?);
            let (a, b) = (a.min(b), a.max(b));
            *computed[b * (b + 1) / 2 + a].get_or_insert_with(|| value(a, b))
        };
        pairs.iter().map(look_up).collect()
    }

    /// For each different text the place of its form among the different forms.
    fn places(&self, form: fn(&Tree, &str) -> Vec<u8>) -> Vec<usize> {
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut place = |(text, tree): &(&str, Tree)| {
            let next = places.len();
            *places.entry(form(tree, text)).or_insert(next)
        };
        self.different.iter().map(&mut place).collect()
    }

    fn subtrees(&self) -> &[Vec<u32>] {
        self.subtrees.get_or_init(|| {
            let mut subtrees = Subtrees::new();
            self.different.iter().map(|(_, tree)| subtrees.numbers(&tree.nodes)).collect()
        })
    }

    fn profiles(&self) -> Vec<Profile> {
        let mut vocabulary = Vocabulary::new();
        let mut flows = dataflow::Items::new();
        let profile = |((text, tree), subtrees): (&(&'a str, Tree), &Vec<u32>)| {
            let tokens = text.split_whitespace().map(|token| (token, keywords::is_keyword(tree.language, token)));
            vocabulary.profile(tokens, subtrees.clone(), flows.numbers(tree, text))
        };
        self.different.iter().zip(self.subtrees()).map(profile).collect()
    }
}

/// Reads what no grammar takes whole in the language of most of the others; of two as frequent in the first.
fn settle(different: &mut [(&str, Tree)]) {
    let whole =
        |language: Language| different.iter().filter(|(_, tree)| tree.wrong == 0 && tree.language == language).count();
    let counts = LANGUAGES.iter().map(|&language| (whole(language), language));
    let most = counts.fold(
        None,
        |most: Option<(usize, Language)>, next| {
            if next.0 > most.map_or(0, |most| most.0) { Some(next) } else { most }
        },
    );
    let Some((_, most)) = most else { return };
    for (text, tree) in different.iter_mut().filter(|(_, tree)| tree.wrong > 0 && tree.language != most) {
        // What cannot be parsed in it keeps what it has.
        if let Some(other) = Tree::parse(text, Some(most)) {
            *tree = other;
        }
    }
}

#[cfg(test)]
mod tests;
