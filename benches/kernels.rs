//! Speed of the kernels beside their plain twins: `cargo bench --bench kernels`.
//!
//! Texts are made from a seed: `strangers` are unrelated texts over 60 characters, `twins` differ in one
//! character of a hundred, as neighboring rounds of a chain do.

use breadth::kernels::alphabet::{Alphabet, Symbols};
use breadth::kernels::cosine::Cosines;
use breadth::kernels::vendi::{Spectrum, order_two};
use breadth::kernels::{Scratch, clusters, cosine, indel, levenshtein, plain};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CHARACTERS: &[u8; 60] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234 .\n";
const LENGTHS: [usize; 4] = [60, 500, 2_000, 20_000];
const PLAIN_LENGTHS: [usize; 3] = [60, 500, 2_000];

fn main() {
    divan::main();
}

fn character(random: &mut ChaCha8Rng) -> char {
    char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())])
}

fn strangers(length: usize) -> (String, String) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut text = || (0..length).map(|_| character(&mut random)).collect::<String>();
    (text(), text())
}

fn twins(length: usize) -> (String, String) {
    let (text, _) = strangers(length);
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut edited = String::new();
    for original in text.chars() {
        match random.random_range(0..300) {
            0 => edited.push(character(&mut random)),
            1 => edited.extend([original, character(&mut random)]),
            2 => {}
            _ => edited.push(original),
        }
    }
    (text, edited)
}

fn encoded((a, b): &(String, String)) -> (Symbols, Symbols) {
    let mut alphabet = Alphabet::new();
    (alphabet.encode(a), alphabet.encode(b))
}

/// Counts cells of the matrix, so that the output reads in cells per second.
fn fast(bencher: Bencher<'_, '_>, texts: &(String, String), distance: fn(&Symbols, &Symbols, &mut Scratch) -> usize) {
    let (a, b) = encoded(texts);
    let mut scratch = Scratch::new();
    bencher
        .counter(ItemsCount::new(a.len() * b.len()))
        .bench_local(|| distance(black_box(&a), black_box(&b), &mut scratch));
}

fn slow(bencher: Bencher<'_, '_>, texts: &(String, String), distance: fn(&str, &str) -> usize) {
    bencher
        .counter(ItemsCount::new(texts.0.len() * texts.1.len()))
        .bench_local(|| distance(black_box(&texts.0), black_box(&texts.1)));
}

#[divan::bench(args = LENGTHS)]
fn levenshtein_strangers(bencher: Bencher<'_, '_>, length: usize) {
    fast(bencher, &strangers(length), levenshtein::distance);
}

#[divan::bench(args = LENGTHS)]
fn levenshtein_twins(bencher: Bencher<'_, '_>, length: usize) {
    fast(bencher, &twins(length), levenshtein::distance);
}

#[divan::bench(args = PLAIN_LENGTHS)]
fn levenshtein_plain(bencher: Bencher<'_, '_>, length: usize) {
    slow(bencher, &strangers(length), plain::levenshtein::distance);
}

#[divan::bench(args = LENGTHS)]
fn indel_strangers(bencher: Bencher<'_, '_>, length: usize) {
    fast(bencher, &strangers(length), indel::distance);
}

#[divan::bench(args = LENGTHS)]
fn indel_twins(bencher: Bencher<'_, '_>, length: usize) {
    fast(bencher, &twins(length), indel::distance);
}

#[divan::bench(args = PLAIN_LENGTHS)]
fn indel_plain(bencher: Bencher<'_, '_>, length: usize) {
    slow(bencher, &strangers(length), plain::indel::distance);
}

/// Sixteen texts, all pairs: unrelated ones, and one text with edits in a hundredth of its characters.
fn group(length: usize, related: bool) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    let text: String = (0..length).map(|_| character(&mut random)).collect();
    let mut member = |_| -> String {
        let keep = |original: char, random: &mut ChaCha8Rng| {
            if !related || random.random_range(0..100) == 0 { character(random) } else { original }
        };
        text.chars().map(|original| keep(original, &mut random)).collect()
    };
    (0..16).map(&mut member).collect()
}

fn all_pairs(bencher: Bencher<'_, '_>, texts: &[String], distances: fn(&[&Symbols]) -> Vec<usize>) {
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = texts.iter().map(|text| alphabet.encode(text)).collect();
    let symbols: Vec<&Symbols> = symbols.iter().collect();
    let cells: usize = (1..symbols.len()).map(|place| place * texts[0].len().pow(2)).sum();
    bencher.counter(ItemsCount::new(cells)).bench_local(|| distances(black_box(&symbols)));
}

#[divan::bench(args = LENGTHS)]
fn levenshtein_of_a_group_of_strangers(bencher: Bencher<'_, '_>, length: usize) {
    all_pairs(bencher, &group(length, false), levenshtein::all_pairs);
}

#[divan::bench(args = LENGTHS)]
fn levenshtein_of_a_group_of_twins(bencher: Bencher<'_, '_>, length: usize) {
    all_pairs(bencher, &group(length, true), levenshtein::all_pairs);
}

#[divan::bench(args = LENGTHS)]
fn indel_of_a_group_of_strangers(bencher: Bencher<'_, '_>, length: usize) {
    all_pairs(bencher, &group(length, false), indel::all_pairs);
}

/// From texts to a distance: what encoding adds.
#[divan::bench(args = [500, 20_000])]
fn encode(bencher: Bencher<'_, '_>, length: usize) {
    let texts = strangers(length);
    bencher.counter(ItemsCount::new(2 * length)).bench_local(|| encoded(black_box(&texts)));
}

fn vectors(dimension: usize, n: usize) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    (0..n).map(|_| (0..dimension).map(|_| random.random_range(-1.0..1.0)).collect()).collect()
}

#[divan::bench(args = [384, 3_072])]
fn cosine_of_a_pair(bencher: Bencher<'_, '_>, dimension: usize) {
    let vectors = vectors(dimension, 2);
    bencher
        .counter(ItemsCount::new(dimension))
        .bench_local(|| cosine::cosine(black_box(&vectors[0]), black_box(&vectors[1])));
}

#[divan::bench(args = [384, 3_072])]
fn cosine_plain(bencher: Bencher<'_, '_>, dimension: usize) {
    let vectors = vectors(dimension, 2);
    bencher
        .counter(ItemsCount::new(dimension))
        .bench_local(|| plain::cosine::cosine(black_box(&vectors[0]), black_box(&vectors[1])));
}

#[divan::bench(args = [8, 64, 512])]
fn cosine_of_a_group(bencher: Bencher<'_, '_>, members: usize) {
    let vectors = vectors(384, members);
    let rows: Vec<Option<&[f32]>> = vectors.iter().map(|vector| Some(vector.as_slice())).collect();
    bencher.counter(ItemsCount::new(members * (members - 1) / 2)).bench_local(|| cosine::pairwise(black_box(&rows)));
}

fn cosines(members: usize) -> Cosines {
    let vectors = vectors(384, members);
    let rows: Vec<Option<&[f32]>> = vectors.iter().map(|vector| Some(vector.as_slice())).collect();
    Cosines::of(&rows).unwrap_or_else(|error| unreachable!("vectors of one length: {error}"))
}

/// All orders share the eigenvalues.
#[divan::bench(args = [8, 16, 64, 512])]
fn vendi_of_cosines(bencher: Bencher<'_, '_>, members: usize) {
    let cosines = cosines(members);
    bencher.bench_local(|| Spectrum::of_similarities(members, |a, b| cosines.get(a, b).unwrap_or(f64::NAN)));
}

#[divan::bench(args = [512, 1_000])]
fn vendi_of_vectors(bencher: Bencher<'_, '_>, members: usize) {
    let vectors = vectors(384, members);
    let rows: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
    bencher.bench_local(|| Spectrum::of_vectors(black_box(&rows)));
}

#[divan::bench(args = [8, 64])]
fn vendi_plain(bencher: Bencher<'_, '_>, members: usize) {
    let cosines = cosines(members);
    let similarity = |a: usize, b: usize| cosines.get(a, b).unwrap_or(f64::NAN);
    bencher.bench_local(|| plain::vendi::score(members, similarity, 1.0));
}

#[divan::bench(args = [8, 64, 512])]
fn vendi_of_order_two(bencher: Bencher<'_, '_>, members: usize) {
    let cosines = cosines(members);
    bencher.bench_local(|| order_two(members, black_box(&cosines).pairs().flatten()));
}

fn distances(members: usize) -> Vec<f64> {
    cosines(members).pairs().flatten().map(|cosine| 1.0 - cosine).collect()
}

#[divan::bench(args = [8, 16, 64, 512])]
fn clusters_with_complete_link(bencher: Bencher<'_, '_>, members: usize) {
    let distances = distances(members);
    bencher.bench_local(|| clusters::complete_link(members, black_box(&distances), 0.9));
}

#[divan::bench(args = [8, 16, 64, 512])]
fn clusters_by_dbscan(bencher: Bencher<'_, '_>, members: usize) {
    let distances = distances(members);
    bencher.bench_local(|| clusters::dbscan(members, black_box(&distances), 0.9));
}
