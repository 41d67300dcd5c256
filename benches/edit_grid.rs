//! All pairs of groups, timed on demand: the side of `benches/peers.py` that is ours.
//!
//! Reads lines. A line of JSON, `[["text", …], …]`, sets the groups; `run THREADS` computes the Levenshtein distances of
//! all pairs of each group, from `&str` to numbers, and prints `SECONDS SUM`, the sum of all distances. The groups
//! are parsed once, so that a caller can take turns with a peer.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{BufRead, Write};
use std::time::Instant;

use breadth::kernels::alphabet::{Alphabet, Symbols};
use breadth::kernels::levenshtein;
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    let mut pools: HashMap<usize, rayon::ThreadPool> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if let Some(threads) = line.strip_prefix("run ") {
            let threads: usize = threads.trim().parse()?;
            let pool = match pools.entry(threads) {
                Entry::Occupied(pool) => pool.into_mut(),
                Entry::Vacant(place) => place.insert(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?),
            };
            let (seconds, sum) = pool.install(|| {
                let start = Instant::now();
                let sum: usize = groups.par_iter().map(|group| sum_of_distances(group)).sum();
                (start.elapsed().as_secs_f64(), sum)
            });
            writeln!(std::io::stdout(), "{seconds:.9} {sum}")?;
        } else if !line.is_empty() {
            groups = serde_json::from_str(&line)?;
        }
    }
    Ok(())
}

/// As the measure does it: equal texts are encoded and compared once.
fn sum_of_distances(group: &[String]) -> usize {
    let mut different: Vec<&str> = Vec::with_capacity(group.len());
    let mut times: Vec<usize> = Vec::with_capacity(group.len());
    for text in group {
        if let Some(place) = different.iter().position(|known| known == text) {
            times[place] += 1;
        } else {
            different.push(text);
            times.push(1);
        }
    }
    if different.len() < 2 {
        return 0;
    }
    let mut alphabet = Alphabet::new();
    let symbols: Vec<Symbols> = different.iter().map(|text| alphabet.encode(text)).collect();
    let distances = levenshtein::all_pairs(&symbols.iter().collect::<Vec<_>>());
    let weights = (0..times.len()).flat_map(|a| (a + 1..times.len()).map(move |b| (a, b)));
    weights.zip(distances).map(|((a, b), distance)| times[a] * times[b] * distance).sum()
}
