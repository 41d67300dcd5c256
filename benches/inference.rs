//! Bootstrap intervals and sign flips, timed on demand: the side of `benches/peers_inference.py` that is ours.
//!
//! `inference THREADS Q C FILE SECONDS` reads Q × C little-endian f64, row by row, and prints one JSON object: percentile and
//! BCa intervals of the means of all columns, and sign-flip p-values of the last half of them, with 10 000 resamples, each
//! with the shortest time of as many runs as fit into SECONDS. The time is that from the table to the numbers.

use std::io::Write;
use std::time::{Duration, Instant};

use breadth::kernels::bounds::{self, Bounds};
use breadth::kernels::resampling::{Columns, resampled_means, sign_flip_p_values};
use breadth::kernels::sorting::sort;
use breadth::kernels::streams::stream;
use rayon::prelude::*;
use serde_json::{Value, json};

const RESAMPLES: usize = 10_000;
const LEVEL: f64 = 0.95;

struct Table {
    rows: Vec<f64>,
    n_rows: usize,
    n_columns: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [threads, n_rows, n_columns, file, seconds] = arguments.as_slice() else {
        return Err("expected THREADS Q C FILE SECONDS".into());
    };
    let bytes = std::fs::read(file)?;
    let rows: Vec<f64> = bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect();
    let table = Table { rows, n_rows: n_rows.parse()?, n_columns: n_columns.parse()? };
    if table.rows.len() != table.n_rows * table.n_columns {
        return Err(format!("expected {n_rows} × {n_columns} numbers, got {} bytes", bytes.len()).into());
    }
    let seconds = Duration::from_secs_f64(seconds.parse()?);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let all = pool.install(|| {
        json!({
            "intervals": intervals(&table, seconds, "percentile", |means, _| bounds::percentile(means, LEVEL)),
            "bca": intervals(&table, seconds, "BCa", |means, values| bounds::bca(means, values, LEVEL)),
            "sign_flips": sign_flips(&table, seconds),
        })
    });
    writeln!(std::io::stdout(), "{all}")?;
    Ok(())
}

/// The result with the shortest time; at least one run.
fn best<T>(seconds: Duration, run: impl Fn() -> T) -> (f64, T) {
    let started = Instant::now();
    let mut shortest = Duration::MAX;
    loop {
        let start = Instant::now();
        let value = run();
        shortest = shortest.min(start.elapsed());
        if started.elapsed() >= seconds {
            return (shortest.as_secs_f64(), value);
        }
    }
}

fn intervals(
    table: &Table,
    seconds: Duration,
    method: &str,
    bounds: impl Fn(&[f64], &[f64]) -> Option<Bounds> + Sync,
) -> Value {
    let draw = |block| stream(7, "bootstrap", method, block);
    let (seconds, ends) = best(seconds, || {
        let columns: Vec<Vec<f64>> = (0..table.n_columns)
            .map(|column| table.rows.iter().skip(column).step_by(table.n_columns).copied().collect())
            .collect();
        let means = resampled_means(&Columns::of_rows(&table.rows, table.n_columns), RESAMPLES, draw);
        let both: Vec<(Vec<f64>, Vec<f64>)> = means.into_iter().zip(columns).collect();
        let ends = both.into_par_iter().map(|(mut means, values)| {
            sort(&mut means);
            bounds(&means, &values).map(|bounds| (bounds.low, bounds.high))
        });
        ends.collect::<Option<Vec<(f64, f64)>>>()
    });
    let (low, high): (Vec<f64>, Vec<f64>) = ends.into_iter().flatten().unzip();
    json!({"seconds": seconds, "low": low, "high": high, "method": method})
}

fn sign_flips(table: &Table, seconds: Duration) -> Value {
    let n_columns = table.n_columns - table.n_columns / 2;
    let draw = |block| stream(7, "sign-flip", "contrasts", block);
    let (seconds, p) = best(seconds, || {
        let rows: Vec<f64> =
            table.rows.chunks_exact(table.n_columns).flat_map(|row| &row[table.n_columns / 2..]).copied().collect();
        sign_flip_p_values(&Columns::of_rows(&rows, n_columns), RESAMPLES, draw)
    });
    json!({"seconds": seconds, "p": p})
}
