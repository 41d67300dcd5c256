//! One contender of `peers_vectors.py`: the kernels of vectors, timed on vectors from a file.
//!
//! In: the arguments `THREADS N D FILE SECONDS`, the file with N × D numbers, row by row, little-endian f32. Out: one JSON object: for each
//! job the shortest time in seconds, and what it gave, so that the driver can compare.

#![allow(clippy::print_stdout, reason = "its results go to whoever compares them with the peers'")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use std::{env, fs};

use breadth::kernels::KernelError;
use breadth::kernels::clusters::{complete_link, dbscan};
use breadth::kernels::cosine::Cosines;
use breadth::kernels::vendi::{Spectrum, order_two};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [threads, n, dimension, file, seconds] = &arguments[..] else {
        // `cargo bench` runs every benchmark; this one needs its driver.
        println!("{}", json!({ "skipped": "run `benches/peers_vectors.py`, which drives this program" }));
        return Ok(());
    };
    let (n, dimension): (usize, usize) = (n.parse()?, dimension.parse()?);
    let numbers: Vec<f32> = fs::read(file)?.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let rows: Vec<&[f32]> = numbers.chunks(dimension).take(n).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let seconds = seconds.parse()?;
    let results = pool.install(|| measure(&rows, seconds))?;
    println!("{}", Value::Object(results));
    Ok(())
}

fn measure(rows: &[&[f32]], seconds: f64) -> Result<Map<String, Value>, KernelError> {
    let mut results = Map::new();
    let mut job = |name: &str, run: &mut dyn FnMut() -> f64| {
        let (mut best, mut value, started, mut runs) = (f64::INFINITY, 0.0, Instant::now(), 0);
        while runs < 3 || started.elapsed().as_secs_f64() < seconds {
            let start = Instant::now();
            value = black_box(run());
            best = best.min(start.elapsed().as_secs_f64());
            runs += 1;
        }
        results.insert(name.to_owned(), json!({ "seconds": best, "value": value }));
    };
    let n = rows.len();
    let options: Vec<Option<&[f32]>> = rows.iter().copied().map(Some).collect();
    let cosines = Cosines::of(&options)?;
    let last = |cosines: &Cosines| cosines.get(0, n - 1).unwrap_or_default();
    job("cosine", &mut || Cosines::of(&options).map_or(f64::NAN, |cosines| last(&cosines)));
    if n <= 1000 {
        let score = |spectrum: &Spectrum, order| spectrum.score(order).unwrap_or_default();
        let by_vectors = |order| match Spectrum::of_vectors(rows) {
            Ok(Some(spectrum)) => score(&spectrum, order),
            _ => f64::NAN,
        };
        job("vendi of vectors", &mut || by_vectors(1.0));
        let similarity = |a: usize, b: usize| cosines.get(a, b).unwrap_or(f64::NAN);
        let by_matrix = |order| Spectrum::of_similarities(n, similarity).map_or(f64::NAN, |known| score(&known, order));
        job("vendi of cosines", &mut || by_matrix(1.0));
        let two = |cosines: &Cosines| order_two(n, cosines.pairs().flatten()).unwrap_or_default();
        job("vendi_2 of vectors", &mut || Cosines::of(&options).map_or(f64::NAN, |cosines| two(&cosines)));
        job("vendi_2 of cosines", &mut || two(&cosines));
        let distances: Vec<f64> = cosines.pairs().flatten().map(|cosine| 1.0 - cosine).collect();
        let number = |labels: &[usize]| labels.iter().max().map_or(0.0, |last| *last as f64 + 1.0);
        job("complete link", &mut || complete_link(n, &distances, 0.5).map_or(f64::NAN, |labels| number(&labels)));
        job("dbscan", &mut || dbscan(n, &distances, 0.5).map_or(f64::NAN, |labels| number(&labels)));
    }
    Ok(results)
}
