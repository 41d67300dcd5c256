//! The definitions: each kernel as one would write it on a blackboard, too slow for use and easy to believe.

pub mod bleu;
pub mod codebleu;
pub mod cosine;
pub mod distinct;
pub mod grams;
pub mod indel;
pub mod lcs;
pub mod levenshtein;
pub mod self_repetition;
pub mod subtrees;
pub mod type_token;
pub mod words;
