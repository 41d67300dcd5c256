//! Figures and page, timed on demand: the side of `benches/peers_figures.py` that is ours.
//!
//! Reads lines. `run THREADS OUT PLAN` does a run anew into the folder OUT and prints `SECONDS FILES`: the time from the tables to the
//! last file of the report on the disk, and how many files that were. Vectors come from the cache of OUT where they are in it.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use breadth::pipeline::{Interrupt, Options, Progress, Step, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let ["run", threads, folder, plan] = words[..] else {
            return Err(format!("expected `run THREADS OUT PLAN`, got `{line}`").into());
        };
        let (seconds, files) = report(threads.parse()?, Path::new(folder), Path::new(plan))?;
        writeln!(out, "{seconds:.6} {files}")?;
        out.flush()?;
    }
    Ok(())
}

fn report(jobs: usize, out: &Path, plan: &Path) -> Result<(f64, u64), Box<dyn std::error::Error>> {
    let plan = breadth::config::load(plan, &[])?;
    // What says that there is nothing to do goes.
    let finished = out.join("reports").join(&plan.name).join("run.toml");
    if finished.exists() {
        std::fs::remove_file(finished)?;
    }
    let clock = Clock::default();
    let options = Options { out: PathBuf::from(out), jobs, offline: true };
    run(&plan, &options, &clock, &Interrupt::default())?;
    let written = clock.0.lock().map_err(|_| "the clock broke")?;
    Ok((written.seconds, written.files))
}

/// Times the writing of the report and listens to nothing else.
#[derive(Default)]
struct Clock(Mutex<Written>);

#[derive(Default)]
struct Written {
    begun: Option<Instant>,
    seconds: f64,
    files: u64,
}

impl Progress for Clock {
    fn begin(&self, step: Step, _: Option<u64>) {
        if let (Step::Write, Ok(mut written)) = (step, self.0.lock()) {
            written.begun = Some(Instant::now());
        }
    }

    fn advance(&self, step: Step, n: u64) {
        if let (Step::Write, Ok(mut written)) = (step, self.0.lock()) {
            written.files += n;
        }
    }

    fn end(&self, step: Step) {
        if let (Step::Write, Ok(mut written)) = (step, self.0.lock()) {
            written.seconds += written.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        }
    }

    fn note(&self, _: &str) {}
}
