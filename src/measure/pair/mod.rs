//! Metrics of pairs of samples, one file each. A group's value is the mean over its unordered pairs that have one.

pub(super) mod ast_match;
pub(super) mod bleu;
pub(super) mod codebleu;
pub(super) mod cosine;
pub(super) mod indel_similarity;
pub(super) mod jaccard_char_4grams;
pub(super) mod jaccard_word_3grams;
pub(super) mod jaccard_words;
pub(super) mod levenshtein;
pub(super) mod levenshtein_score_ratio;
pub(super) mod levenshtein_similarity;
pub(super) mod ncd;
pub(super) mod near_verbatim;
pub(super) mod rouge_l;
pub(super) mod same_answer;
pub(super) mod token_levenshtein_similarity;
pub(super) mod verbatim;
pub(super) mod verbatim_code;
pub(super) mod verbatim_renamed;
pub(super) mod verbatim_whitespace;
