//! The definitions: each kernel as one would write it on a blackboard, too slow for use and easy to believe.

pub mod bleu;
pub mod clusters;
pub mod codebleu;
pub mod cosine;
pub mod coverage;
pub mod cycle;
pub mod distinct;
pub mod fit;
pub mod grams;
pub mod hill;
pub mod indel;
pub mod lcs;
pub mod levenshtein;
pub mod plurality;
pub mod projection;
pub mod random_effects;
pub mod resampling;
pub mod self_repetition;
pub mod spearman;
pub mod subtrees;
pub mod type_token;
pub mod vendi;
pub mod words;
