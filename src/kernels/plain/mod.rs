//! The definitions: each kernel as one would write it on a blackboard, too slow for use and easy to believe.

pub mod codebleu;
pub mod cosine;
pub mod indel;
pub mod levenshtein;
pub mod subtrees;
