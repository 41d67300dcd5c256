//! Which windows are computed together, in which order, by whom.
//!
//! A vector must not depend on its company. Windows are only put together when they are exactly as long as one another, so
//! that nothing is filled up, and only under an engine that then gives the very bits that it gives for a window alone;
//! [`tokens_per_call`] says which (tested).

use std::ops::{ControlFlow, Range};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use super::super::EmbedError;
use super::engine::EngineKind;

/// How many tokens of texts an engine gets in one call; longer windows run alone, and with 0 all do.
///
/// ONNX Runtime: in one thread, a token costs 300 µs in a call with one window of 16 tokens, 183 with 128 tokens in a call, 170
/// with 256, and no less with more; of windows of 64 tokens 207, 183, 171; of 128 tokens 192 alone and 178 in
/// pairs; windows of 256 gain nothing, and fours of them lose a tenth to the caches (MiniLM, one core with AVX-512; within a few
/// percent). `tract`: the bits of a window change with its company, since its matrix product takes other paths for other
/// numbers of rows.
pub(super) fn tokens_per_call(engine: EngineKind) -> usize {
    match engine {
        EngineKind::OnnxRuntime => 256,
        EngineKind::Tract => 0,
    }
}

/// A window: which text, which of its windows, which of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// Position of the text.
    pub text: usize,
    /// Position among the text's windows.
    pub chunk: usize,
    /// The stretch of the text's ids.
    pub range: Range<usize>,
}

/// Windows of equal length that are computed in one call.
pub(super) type Batch = Vec<Window>;

/// Puts the windows of each text (text position, its windows) into calls: long texts first, each window of them alone and
/// one after the other so that whole texts are finished early; then single windows, the longest first.
pub(super) fn batches(mut texts: Vec<(usize, Vec<Range<usize>>)>, tokens_per_call: usize) -> Vec<Batch> {
    let tokens = |windows: &[Range<usize>]| windows.iter().map(Range::len).sum::<usize>();
    texts.sort_by_key(|(text, windows)| (windows.len() == 1, std::cmp::Reverse(tokens(windows)), *text));
    let mut batches: Vec<Batch> = Vec::new();
    for (text, windows) in texts {
        let alone = windows.len() > 1;
        for (chunk, range) in windows.into_iter().enumerate() {
            let length = range.len();
            let window = Window { text, chunk, range };
            match batches.last_mut() {
                Some(batch) if !alone && fits(batch, length, tokens_per_call) => batch.push(window),
                _ => batches.push(vec![window]),
            }
        }
    }
    batches
}

fn fits(batch: &Batch, length: usize, tokens_per_call: usize) -> bool {
    let same = batch.last().is_some_and(|last| last.chunk == 0 && last.range.len() == length);
    same && (batch.len() + 1) * length <= tokens_per_call
}

/// Computes all batches on up to `jobs` threads and hands each answer to `done` on the calling thread. `work` makes what
/// a thread needs, once for each thread. Stops early when `done` says so or at the first error.
pub(super) fn run<W, A: Send>(
    batches: &[Batch],
    jobs: usize,
    work: impl Fn() -> Result<W, EmbedError> + Sync,
    compute: impl Fn(&mut W, &Batch) -> Result<A, EmbedError> + Sync,
    mut done: impl FnMut(&Batch, A) -> ControlFlow<()>,
) -> Result<(), EmbedError> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let turn = |answers: Sender<(usize, Result<A, EmbedError>)>| -> Result<(), EmbedError> {
        let mut worker = None;
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(position).filter(|_| !stop.load(Ordering::Relaxed)) else { return Ok(()) };
            let worker = match &mut worker {
                Some(worker) => worker,
                none => none.insert(work()?),
            };
            if answers.send((position, compute(worker, batch))).is_err() {
                return Ok(());
            }
        }
    };
    thread::scope(|scope| {
        let (sender, answers) = mpsc::channel();
        let threads: Vec<_> = (0..jobs.clamp(1, batches.len().max(1)))
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(|| turn(sender).inspect_err(|_| stop.store(true, Ordering::Relaxed)))
            })
            .collect();
        drop(sender);
        let mut outcome = Ok(());
        for (position, answer) in answers {
            let flow = match answer {
                Ok(answer) => done(&batches[position], answer),
                Err(error) => {
                    outcome = Err(error);
                    ControlFlow::Break(())
                }
            };
            if flow.is_break() {
                stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        for thread in threads {
            let ended = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            outcome = outcome.and(ended);
        }
        outcome
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::single_range_in_vec_init, reason = "tests stop at the first surprise")]

    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    fn lengths(batches: &[Batch]) -> Vec<Vec<(usize, usize)>> {
        batches.iter().map(|batch| batch.iter().map(|window| (window.text, window.range.len())).collect()).collect()
    }

    #[test]
    fn only_windows_of_equal_length_share_a_call() {
        let texts =
            vec![(0, vec![0..40]), (1, vec![0..41]), (2, vec![0..40]), (3, vec![0..254, 254..294]), (4, vec![0..40])];
        let batches = batches(texts, 128);
        assert_eq!(lengths(&batches), [vec![(3, 254)], vec![(3, 40)], vec![(1, 41)], vec![(0, 40), (2, 40), (4, 40)]]);
    }

    #[test]
    fn a_call_holds_no_more_tokens_than_pay_off() {
        let calls = |length: usize, n: usize| batches((0..n).map(|text| (text, vec![0..length])).collect(), 128).len();
        assert_eq!(calls(128, 3), 3);
        assert_eq!(calls(64, 4), 2);
        assert_eq!(calls(1, 129), 2);
    }

    #[test]
    fn every_batch_is_computed_once_on_any_number_of_threads() {
        let batches = batches((0..50).map(|text| (text, vec![0..text + 100])).collect(), 128);
        for jobs in [0, 1, 2, 7, 100] {
            let mut seen = BTreeSet::new();
            run(
                &batches,
                jobs,
                || Ok(()),
                |(), batch| Ok(batch[0].text),
                |_, text| {
                    assert!(seen.insert(text), "text {text} came twice");
                    ControlFlow::Continue(())
                },
            )
            .unwrap();
            assert_eq!(seen.len(), 50);
        }
    }

    #[test]
    fn a_break_and_an_error_stop_the_work() {
        let batches = batches((0..1000).map(|text| (text, vec![0..200])).collect(), 128);
        let mut answers = 0;
        run(
            &batches,
            2,
            || Ok(()),
            |(), _| Ok(()),
            |_, ()| {
                answers += 1;
                ControlFlow::Break(())
            },
        )
        .unwrap();
        assert_eq!(answers, 1);
        let broken = || EmbedError::Engine { problem: "broken".to_owned() };
        let fail = |(): &mut (), batch: &Batch| if batch[0].text == 3 { Err(broken()) } else { Ok(()) };
        let error = run(&batches, 1, || Ok(()), fail, |_, ()| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), "start an ONNX engine: broken");
        let start =
            || Err::<(), _>(EmbedError::Load { model: PathBuf::from("m"), engine: "e", problem: "p".to_owned() });
        let error = run(&batches, 2, start, |(), _| Ok(()), |_, ()| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), "load `m` with e: p");
    }
}
