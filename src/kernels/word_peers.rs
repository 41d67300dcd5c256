//! Measures of words beside `rouge_score`, sacrebleu, NLTK, `diversity` and `RapidFuzz`: what `tests/fixtures/words.py`
//! wrote goes in, agreement comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;

use super::alphabet::Symbols;
use super::bleu::Bleu;
use super::grams::{self, Grams};
use super::overlap::{Overlaps, jaccard};
use super::sequences::Sequences;
use super::words::{Tokenization, encode, tokens};
use super::{Scratch, compress, distinct, indel, levenshtein, rouge, self_repetition};

/// What is computed alike agrees to this; what a peer rounds to three digits, to [`ROUNDED`].
const DIGITS: f64 = 1e-9;
const ROUNDED: f64 = 0.000_51;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/words.json")).unwrap()
}

fn texts(fixture: &Value) -> Vec<String> {
    serde_json::from_value(fixture["texts"].clone()).unwrap()
}

/// Each pair with the two positions.
fn pairs(fixture: &Value) -> impl Iterator<Item = (usize, usize, &Value)> {
    let position = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    fixture["pairs"].as_array().unwrap().iter().map(move |pair| (position(&pair["a"]), position(&pair["b"]), pair))
}

/// Each set with the positions of its texts.
fn sets(fixture: &Value) -> impl Iterator<Item = (Vec<usize>, &Value)> {
    let members = |set: &Value| serde_json::from_value(set["members"].clone()).unwrap();
    fixture["sets"].as_array().unwrap().iter().map(move |set| (members(set), set))
}

fn agrees(got: f64, expected: &Value, within: f64, what: &str) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("no value for {what}"));
    assert!((got - expected).abs() <= within, "{what}: {got} is not {expected}");
}

fn orders(tokens: &Sequences) -> [Grams; 4] {
    grams::up_to_four(tokens).each_ref().map(grams::sets)
}

/// ROUGE-L of every two texts.
fn rouge_l(texts: &[String]) -> impl Fn(usize, usize) -> f64 + use<> {
    let symbols: Vec<Symbols> =
        encode(texts, Tokenization::Rouge).iter().map(|ids| Symbols::from_ids(ids.to_vec())).collect();
    move |a, b| {
        let (a, b) = (&symbols[a], &symbols[b]);
        rouge::l_f1(indel::distance(a, b, &mut Scratch::new()), a.len(), b.len())
    }
}

#[test]
fn tokens_are_those_of_python_rouge_score_and_sacrebleu() {
    let fixture = fixture();
    for (name, tokenization) in [
        ("whitespace", Tokenization::Whitespace),
        ("rouge", Tokenization::Rouge),
        ("mteval_13a", Tokenization::Mteval13a),
    ] {
        let expected: Vec<Vec<String>> = serde_json::from_value(fixture[name].clone()).unwrap();
        for (text, expected) in texts(&fixture).iter().zip(expected) {
            assert_eq!(tokens(text, tokenization), expected, "{name} of {text:?}");
        }
    }
}

#[test]
fn rouge_l_is_that_of_rouge_score() {
    let fixture = fixture();
    let (texts, symbols) = (texts(&fixture), encode(&texts(&fixture), Tokenization::Rouge));
    let rouge_l = rouge_l(&texts);
    for (a, b, pair) in pairs(&fixture) {
        if !symbols.get(a).is_empty() || !symbols.get(b).is_empty() {
            agrees(rouge_l(a, b), &pair["rouge_l"], DIGITS, &format!("{a} {b}"));
        }
    }
}

#[test]
fn rouge_l_of_two_texts_without_words_is_one_where_rouge_score_says_zero() {
    let fixture = fixture();
    let symbols = encode(&texts(&fixture), Tokenization::Rouge);
    let (a, b, pair) = pairs(&fixture)
        .find(|&(a, b, _)| a != b && symbols.get(a).is_empty() && symbols.get(b).is_empty())
        .expect("two such texts");
    assert_eq!(rouge_l(&texts(&fixture))(a, b), 1.0);
    agrees(0.0, &pair["rouge_l"], 0.0, "peer");
}

#[test]
fn bleu_is_the_mean_of_both_directions_of_sacrebleu() {
    let fixture = fixture();
    let tokens = encode(&texts(&fixture), Tokenization::Mteval13a);
    let bleu = Bleu::new(&tokens);
    for (a, b, pair) in pairs(&fixture) {
        let both = f64::midpoint(pair["bleu_ab"].as_f64().unwrap(), pair["bleu_ba"].as_f64().unwrap());
        // Two texts without tokens do not differ; sacrebleu says 0.
        let nothing = tokens.get(a).is_empty() && tokens.get(b).is_empty();
        let expected = if nothing { 1.0 } else { both };
        agrees(bleu.pairs().symmetrized(a, b), &Value::from(expected), DIGITS, &format!("{a} {b}"));
        assert!(!nothing || both == 0.0);
    }
}

#[test]
fn jaccard_of_words_is_that_of_python_sets() {
    let fixture = fixture();
    let sets = grams::sets(&encode(&texts(&fixture), Tokenization::LowerWhitespace)).distinct;
    let overlaps = Overlaps::new(&sets);
    for (a, b, pair) in pairs(&fixture) {
        let got = jaccard(overlaps.of(a, b), sets.get(a).len(), sets.get(b).len());
        // Python divides by zero for two empty texts.
        let expected = pair["jaccard_words"].as_f64().unwrap_or(1.0);
        agrees(got, &Value::from(expected), DIGITS, &format!("{a} {b}"));
    }
}

#[test]
fn levenshtein_of_tokens_is_that_of_rapidfuzz() {
    let fixture = fixture();
    let symbols: Vec<Symbols> =
        encode(&texts(&fixture), Tokenization::Rouge).iter().map(|ids| Symbols::from_ids(ids.to_vec())).collect();
    for (a, b, pair) in pairs(&fixture) {
        let (x, y) = (&symbols[a], &symbols[b]);
        let got = levenshtein::similarity(levenshtein::distance(x, y, &mut Scratch::new()), x.len(), y.len());
        agrees(got, &pair["token_levenshtein"], DIGITS, &format!("{a} {b}"));
    }
}

#[test]
fn self_bleu_is_the_mean_of_nltk_with_method_1() {
    let fixture = fixture();
    let bleu = Bleu::new(&encode(&texts(&fixture), Tokenization::Mteval13a));
    for (members, set) in sets(&fixture) {
        agrees(bleu.of_set(&members).unwrap(), &set["self_bleu"], DIGITS, &format!("{members:?}"));
    }
}

#[test]
fn self_repetition_is_that_of_diversity() {
    let fixture = fixture();
    let grams = orders(&encode(&texts(&fixture), Tokenization::Whitespace));
    for (members, set) in sets(&fixture) {
        let got = self_repetition::self_repetition(&grams[3].distinct, &members).unwrap();
        agrees(got, &set["self_repetition"], DIGITS, &format!("{members:?}"));
    }
}

#[test]
fn expectation_adjusted_distinct_is_the_formula_of_rlfh_gen_div() {
    let fixture = fixture();
    let grams = orders(&encode(&texts(&fixture), Tokenization::Whitespace));
    for (members, set) in sets(&fixture) {
        let pooled = distinct::pool(&grams[0], &members);
        let got = distinct::expectation_adjusted(pooled, distinct::VOCABULARY).unwrap();
        agrees(got, &set["ead"], DIGITS, &format!("{members:?}"));
    }
}

#[test]
fn homogenization_is_that_of_diversity_which_rounds() {
    let fixture = fixture();
    let rouge_l = rouge_l(&texts(&fixture));
    for (members, set) in sets(&fixture) {
        let pairs = members.iter().enumerate().flat_map(|(at, &a)| members[at + 1..].iter().map(move |&b| (a, b)));
        let values: Vec<f64> = pairs.map(|(a, b)| rouge_l(a, b)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        agrees(mean, &set["homogenization"], ROUNDED, &format!("{members:?}"));
    }
}

/// `diversity` joins the texts before it takes n-grams, and cuts at single blanks: here, both are undone.
#[test]
fn ngram_diversity_has_no_grams_across_borders_where_diversity_has() {
    let fixture = fixture();
    let texts = texts(&fixture);
    let grams = orders(&encode(&texts, Tokenization::Whitespace));
    let mut compared = 0;
    for (members, set) in sets(&fixture) {
        if members.iter().any(|&text| texts[text].contains(['\n', '\u{1F}', '\u{A0}']) || texts[text].contains("  ")) {
            continue;
        }
        let joined = members.iter().map(|&text| texts[text].as_str()).collect::<Vec<_>>().join(" ");
        let across = distinct::ngram_diversity(&orders(&encode(&[joined], Tokenization::Whitespace)), &[0]).unwrap();
        let peer = &set["ngram_diversity_across_borders"];
        agrees(across, peer, ROUNDED, &format!("joined {members:?}"));
        if let Some(ours) = distinct::ngram_diversity(&grams, &members) {
            assert!((ours - across).abs() > ROUNDED, "{members:?}");
        }
        compared += 1;
    }
    assert!(compared >= 4);
}

/// `diversity` compresses with gzip what gzip has compressed, which adds bytes.
#[test]
fn compression_is_one_pass_where_diversity_makes_two() {
    let fixture = fixture();
    let texts = texts(&fixture);
    for (members, set) in sets(&fixture) {
        let (once, twice) = (&set["compression_ratio_once"], &set["compression_ratio_twice"]);
        assert!(once.as_f64() > twice.as_f64(), "{members:?}");
        // Other compressor, other joiner: near the one pass of gzip. Of a few dozen bytes little can be said.
        let ours = compress::joined(members.iter().map(|&text| texts[text].as_str())).unwrap();
        assert!(ours.raw < 100 || ours.ratio() > once.as_f64().unwrap() * 0.95, "{members:?}: {ours:?}");
    }
}
