//! What a run tells while it works. `cli` shows it; tests listen to it; nothing here prints.

use std::sync::atomic::{AtomicBool, Ordering};

/// A part of the run that can take long enough to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Reading the sources; unit: rows, total unknown.
    Read,
    /// Embedding texts; unit: texts.
    Embed,
    /// Measuring groups; unit: groups.
    Measure,
    /// Intervals and tests; no unit.
    Summarize,
    /// Tables, figures, page; unit: files.
    Write,
}

impl Step {
    /// The verb that a progress bar shows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Read => "reading",
            Step::Embed => "embedding",
            Step::Measure => "measuring",
            Step::Summarize => "summarizing",
            Step::Write => "writing",
        }
    }
}

/// Hears how a run gets on. All methods are called from one thread at a time.
pub trait Progress: Sync {
    /// A step begins; `total` in the step's unit where it is known.
    fn begin(&self, step: Step, total: Option<u64>);
    /// That many more are done.
    fn advance(&self, step: Step, n: u64);
    /// The step is over.
    fn end(&self, step: Step);
    /// Something a user should know that is no error: *waiting for another run …*
    fn note(&self, text: &str);
}

/// For those who want to hear nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Step, _: Option<u64>) {}
    fn advance(&self, _: Step, _: u64) {}
    fn end(&self, _: Step) {}
    fn note(&self, _: &str) {}
}

/// Set from outside (Ctrl-C) to stop a run at the next safe place.
#[derive(Debug, Default)]
pub struct Interrupt(AtomicBool);

impl Interrupt {
    /// Asks the run to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
