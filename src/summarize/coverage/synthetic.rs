//! Data as they could have been measured, whose true mean is known: questions differ, and so do the chains or samples of one
//! question. Some questions have more chains than others.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A data set: question by question the values of its groups.
pub(super) type Set = Vec<Vec<f64>>;

/// How many chains a question has: one to four.
pub(super) fn n_chains(question: usize) -> usize {
    1 + question % 4
}

/// A kind of number.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) mean: f64,
    /// The groups of a question, so many as asked for; what a group's value is made of goes into the list beside.
    question: fn(&mut ChaCha8Rng, usize, &mut Vec<f64>) -> Vec<f64>,
}

impl Kind {
    /// A data set, and all that its groups' values are made of, without a word on which question it belongs to.
    pub(super) fn draw(&self, n_questions: usize, random: &mut ChaCha8Rng) -> (Set, Vec<f64>) {
        let mut units = Vec::new();
        let questions = (0..n_questions).map(|question| (self.question)(random, n_chains(question), &mut units));
        (questions.collect(), units)
    }
}

/// What intervals are tried on.
pub(super) const KINDS: [Kind; 4] = [
    Kind { name: "normal", mean: 0.6, question: normal_question },
    Kind { name: "similarity near 1", mean: 0.94, question: similarities },
    Kind { name: "accuracy of 8 samples", mean: 0.6, question: accuracy },
    // exp(7 + (0.8² + 0.25²)/2)
    Kind { name: "tokens, log-normal", mean: 1_558.142_989_782_22, question: tokens },
];

fn normal_question(random: &mut ChaCha8Rng, n: usize, _: &mut Vec<f64>) -> Vec<f64> {
    let question = 0.6 + 0.15 * normal(random);
    (0..n).map(|_| question + 0.1 * normal(random)).collect()
}

/// One minus a gamma-distributed number, which is skewed to the left; pairs of 8 samples lie around it, those with a sample in
/// common alike. The group's value is the mean over its 28 pairs.
fn similarities(random: &mut ChaCha8Rng, n: usize, units: &mut Vec<f64>) -> Vec<f64> {
    let question = 1.0 - gamma_of_two(random, 0.03);
    let mut group = |_| {
        let samples: [f64; 8] = std::array::from_fn(|_| 0.02 * normal(random));
        let pairs = samples.iter().enumerate().flat_map(|(at, a)| samples[..at].iter().map(move |b| question + a + b));
        let first = units.len();
        units.extend(pairs);
        units[first..].iter().sum::<f64>() / 28.0
    };
    (0..n).map(&mut group).collect()
}

/// Questions are mostly easy or hard: Beta(0.9, 0.6). Parallel samples are one group.
fn accuracy(random: &mut ChaCha8Rng, _: usize, units: &mut Vec<f64>) -> Vec<f64> {
    let p = beta(random, 0.9, 0.6);
    let first = units.len();
    units.extend((0..8).map(|_| answer(random, p)));
    vec![units[first..].iter().sum::<f64>() / 8.0]
}

fn tokens(random: &mut ChaCha8Rng, n: usize, _: &mut Vec<f64>) -> Vec<f64> {
    let question = 7.0 + 0.8 * normal(random);
    (0..n).map(|_| (question + 0.25 * normal(random)).exp()).collect()
}

/// Two modes on the same questions: the groups of a question under each.
pub(super) struct Modes {
    pub(super) name: &'static str,
    /// Mean of the first minus mean of the second.
    pub(super) difference: f64,
    question: fn(&mut ChaCha8Rng, usize) -> [Vec<f64>; 2],
}

impl Modes {
    /// The data sets of both modes.
    pub(super) fn draw(&self, n_questions: usize, random: &mut ChaCha8Rng) -> [Set; 2] {
        let mut sets = [Vec::new(), Vec::new()];
        for question in 0..n_questions {
            for (set, groups) in sets.iter_mut().zip((self.question)(random, n_chains(question))) {
                set.push(groups);
            }
        }
        sets
    }
}

/// Modes that do not differ but by chance: which is which could be exchanged in every question.
pub(super) const EXCHANGEABLE: Modes = Modes {
    name: "paired, exchangeable",
    difference: 0.0,
    question: |random, n| {
        let question = 1.0 - gamma_of_two(random, 0.03);
        let mut groups = || (0..n).map(|_| question - gamma_of_two(random, 0.01)).collect();
        [groups(), groups()]
    },
};

/// Modes whose means are the same and whose differences are skewed: what a sign-flip test does not promise.
pub(super) const SKEWED: Modes = Modes {
    name: "paired, skewed differences",
    difference: 0.0,
    question: |random, n| {
        let question = 0.9 + 0.05 * normal(random);
        let shift = gamma_of_two(random, 0.03) - 0.06;
        let mut groups = |shift: f64| (0..n).map(|_| question + shift + 0.01 * normal(random)).collect();
        [groups(shift), groups(0.0)]
    },
};

/// One answer to each question in each mode, right with the same chance.
pub(super) const ANSWERS: Modes = Modes {
    name: "paired, single answers",
    difference: 0.0,
    question: |random, _| {
        let p = beta(random, 0.9, 0.6);
        [vec![answer(random, p)], vec![answer(random, p)]]
    },
};

/// Modes that do differ, by different amounts from question to question.
pub(super) const DIFFERENT: Modes = Modes {
    name: "paired, different",
    difference: -0.03,
    question: |random, n| {
        let question = 1.0 - gamma_of_two(random, 0.03);
        let shift = gamma_of_two(random, 0.015);
        let mut groups = |shift: f64| (0..n).map(|_| question - shift + 0.01 * normal(random)).collect();
        [groups(shift), groups(0.0)]
    },
};

/// Standard deviation of the differences of [`shifted`].
pub(super) const SPREAD: f64 = 0.05;

/// One data set whose second mode has `shift` more, give or take [`SPREAD`].
pub(super) fn shifted(n_questions: usize, shift: f64, random: &mut ChaCha8Rng) -> [Set; 2] {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..n_questions {
        let question = 1.0 - gamma_of_two(random, 0.03);
        a.push(vec![question]);
        b.push(vec![question + shift + SPREAD * normal(random)]);
    }
    [a, b]
}

/// Two data sets on different questions, of these sizes and spreads.
pub(super) fn strangers(sizes: [usize; 2], spreads: [f64; 2], random: &mut ChaCha8Rng) -> [Set; 2] {
    let mut set = |at: usize| (0..sizes[at]).map(|_| vec![0.5 + spreads[at] * normal(random)]).collect();
    [set(0), set(1)]
}

/// Similarities of all pairs of `n` draws, in the order of [`triangle::pairs`](crate::kernels::triangle::pairs): cosines of
/// vectors that scatter around one direction.
pub(super) fn cosines(n: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let mut vector = || {
        let x: [f64; 8] = std::array::from_fn(|axis| f64::from(u8::from(axis == 0)) * 2.0 + normal(random));
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.map(|x| x / length)
    };
    let vectors: Vec<[f64; 8]> = (0..n).map(|_| vector()).collect();
    let cosine = |(a, b): (usize, usize)| vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum();
    crate::kernels::triangle::pairs(n).map(cosine).collect()
}

/// Above 0 and up to 1.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    1.0 - random.random::<f64>()
}

/// Standard normal, after Box & Muller 1958.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (-2.0 * uniform(random).ln()).sqrt() * (std::f64::consts::TAU * uniform(random)).cos()
}

/// Gamma of shape 2: the sum of two exponential numbers.
fn gamma_of_two(random: &mut ChaCha8Rng, scale: f64) -> f64 {
    -scale * (uniform(random).ln() + uniform(random).ln())
}

/// Jöhnk 1964.
fn beta(random: &mut ChaCha8Rng, a: f64, b: f64) -> f64 {
    loop {
        let (x, y) = (uniform(random).powf(1.0 / a), uniform(random).powf(1.0 / b));
        if x + y <= 1.0 {
            return x / (x + y);
        }
    }
}

fn answer(random: &mut ChaCha8Rng, p: f64) -> f64 {
    if random.random_bool(p) { 1.0 } else { 0.0 }
}
