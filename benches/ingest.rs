//! Reading files, timed on demand: the side of `benches/peers_ingest.py` that is ours.
//!
//! Reads lines. `run THREADS FILE` reads a file and holds all its rows, and prints `SECONDS RECORDS REJECTS BYTES`;
//! `rows FILE` prints what is in it, a JSON object a line, then an empty line. Time runs from the path to the last row.

use std::io::{BufRead, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use breadth::ingest::{FileReport, IngestError, Input, Row, Source, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match (command, rest.split_once(' ')) {
            ("run", Some((threads, file))) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
                let (seconds, report) = pool.install(|| {
                    let start = Instant::now();
                    let outcome = rows(file);
                    (start.elapsed().as_secs_f64(), outcome.map(|(_, report)| report))
                });
                let report = report?;
                let bytes = report.bytes.unwrap_or_default();
                writeln!(out, "{seconds:.6} {} {} {bytes}", report.n_records, report.n_rejects)?;
            }
            ("rows", _) => {
                for row in rows(rest)?.0 {
                    writeln!(out, "{}", shown(row))?;
                }
                writeln!(out)?;
            }
            _ => return Err(format!("expected `run THREADS FILE` or `rows FILE`, got `{line}`").into()),
        }
        out.flush()?;
    }
    Ok(())
}

fn rows(file: &str) -> Result<(Vec<Row>, FileReport), IngestError> {
    let mut rows = Vec::new();
    let report = read(&Input::new(file), &Source::default(), &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, report))
}

fn shown(row: Row) -> serde_json::Value {
    match row {
        Row::Record(record) => serde_json::json!({
            "question_id": record.question_id,
            "round": record.round,
            "model": record.model,
            "text": record.response.or(record.solution),
            "thinking": record.thinking,
            "answer": record.answer,
            "gold": record.gold,
            "reward": record.reward,
            "prompt_tokens": record.prompt_tokens,
            "thinking_tokens": record.thinking_tokens,
            "finish_reason": record.finish_reason,
        }),
        Row::Reject(reject) => serde_json::json!({ "reject": reject.reason }),
    }
}
