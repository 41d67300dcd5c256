//! One contender of `embedding_peers.py`: this crate's local embedding, driven line by line.
//!
//! In: the arguments `MODEL JOBS TEXTS` (`builtin:NAME` or a model folder, threads, a JSON file with a list of texts),
//! then commands on standard input. `embed` embeds all texts, `vectors` shows what the last `embed` gave, an empty line or
//! the end of the input ends it. Out: one JSON line for each command. Nothing is cached and nothing is written to disk.
//! Texts longer than the window are cut, as the peers do.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use breadth::embed::{self, Budget, Embedder, LongText, Options, Request, Work};
use serde_json::{Value, json};

/// Texts that are embedded before the first measurement, as many as the peers take.
const WARM_UP: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [model, jobs, texts] = &arguments[..] else {
        // `cargo bench` runs every benchmark; this one needs its driver.
        return say(&json!({ "skipped": "run `benches/embedding_peers.py`, which drives this program" }));
    };
    let texts: Vec<String> = serde_json::from_slice(&fs::read(texts)?)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embedder = open(model)?;
    let jobs: usize = jobs.parse()?;
    // Each thread loads the model with its first text; that is not what is measured.
    embed_all(&*embedder, &texts[..texts.len().min(WARM_UP)], jobs)?;
    say(&json!({ "engine": embed::engine_report().chosen.as_ref().map(|kind| kind.name()).unwrap_or_default() }))?;
    let mut vectors = Vec::new();
    for line in io::stdin().lock().lines() {
        match line?.as_str() {
            "embed" => {
                let start = Instant::now();
                vectors = embed_all(&*embedder, &texts, jobs)?;
                say(&json!({ "seconds": start.elapsed().as_secs_f64(), "texts": vectors.len() }))?;
            }
            "vectors" => say(&json!(vectors))?,
            _ => break,
        }
    }
    Ok(())
}

fn open(model: &str) -> Result<Box<dyn Embedder>, Box<dyn Error>> {
    Ok(embed::open(&Request {
        name: "bench".to_owned(),
        provider: "onnx".to_owned(),
        model: model.to_owned(),
        base_dir: PathBuf::new(),
        long_text: LongText::Truncate,
        chunk_overlap: 0,
        options: Options::default(),
    })?)
}

/// The vector of each text. Texts that are the same are embedded once, as in a run.
fn embed_all(embedder: &dyn Embedder, texts: &[&str], jobs: usize) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let mut position = BTreeMap::new();
    let mut unique = Vec::new();
    for text in texts {
        position.entry(*text).or_insert_with(|| {
            unique.push(*text);
            unique.len() - 1
        });
    }
    let mut finished = vec![None; unique.len()];
    let budget = Budget::new(None);
    embedder.embed(&unique, &Work::silent(jobs, &budget), &mut |texts| {
        for (text, outcome) in texts {
            finished[text] = Some(outcome);
        }
        ControlFlow::Continue(())
    })?;
    let mut vectors = Vec::with_capacity(finished.len());
    for outcome in finished {
        vectors.push(outcome.ok_or("a text was not answered")??.vector);
    }
    Ok(texts.iter().map(|text| vectors[position[text]].clone()).collect())
}

fn say(line: &Value) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
