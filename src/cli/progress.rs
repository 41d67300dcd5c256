//! Shows a run's progress: bars on a terminal, notes everywhere but under `--quiet`, all on stderr.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::pipeline::{Progress, Step};

/// Bars for a terminal.
pub(super) struct Bars {
    quiet: bool,
    visible: bool,
    open: Mutex<BTreeMap<&'static str, ProgressBar>>,
}

impl Bars {
    pub(super) fn new(quiet: bool) -> Self {
        Bars { quiet, visible: !quiet && std::io::stderr().is_terminal(), open: Mutex::new(BTreeMap::new()) }
    }

    fn with(&self, step: Step, act: impl FnOnce(&ProgressBar)) {
        let bars = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.get(step.name()) {
            act(bar);
        }
    }
}

fn bar(step: Step, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => {
            (ProgressBar::new(total), "{prefix:>12} [{bar:28}] {human_pos}/{human_len} · {per_sec}, {eta} left")
        }
        None => (ProgressBar::new_spinner(), "{prefix:>12} {spinner} {human_pos} · {elapsed}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The templates are constants; were one malformed, the default style would show instead.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.set_prefix(step.name());
    bar
}

impl Progress for Bars {
    fn begin(&self, step: Step, total: Option<u64>) {
        if self.visible {
            let bar = bar(step, total);
            bar.enable_steady_tick(std::time::Duration::from_millis(200));
            self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(step.name(), bar);
        }
    }

    fn advance(&self, step: Step, n: u64) {
        self.with(step, |bar| bar.inc(n));
    }

    fn end(&self, step: Step) {
        self.with(step, ProgressBar::finish_and_clear);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(step.name());
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            let bars = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            match bars.values().next() {
                Some(bar) => bar.suspend(|| output::note(text)),
                None => output::note(text),
            }
        }
    }
}
