//! Work on all threads whose results leave in order: numbered pieces of work go in, their results come out one after the other.
//!
//! A few bytes of a hostile file can stand for any number of samples. So work stops while the results that wait for their
//! turn hold much, and goes on when they have left.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::ingest::Row;

/// Bytes of results that may wait. Each thread may add what it has in work.
const WAITING: usize = 128 << 20;

/// Results by number, of which some are there and some were handed on.
#[derive(Debug)]
pub(in crate::ingest) struct Turns<T> {
    slots: Vec<Option<T>>,
    /// So many were handed on.
    done: usize,
}

impl<T: Send> Turns<T> {
    pub(in crate::ingest) fn new(n: usize) -> Self {
        Turns { slots: std::iter::repeat_with(|| None).take(n).collect(), done: 0 }
    }

    /// Works as far as there is room for results, and at least at the next one.
    pub(in crate::ingest) fn work(&mut self, make: impl Fn(usize) -> T + Sync, bytes: impl Fn(&T) -> usize + Sync) {
        let (done, left) = (self.done, &mut self.slots[self.done..]);
        let held = AtomicUsize::new(left.iter().flatten().map(&bytes).sum());
        left.par_iter_mut().enumerate().filter(|(_, slot)| slot.is_none()).for_each(|(at, slot)| {
            if at == 0 || held.load(Ordering::Relaxed) < WAITING {
                let made = make(done + at);
                held.fetch_add(bytes(&made), Ordering::Relaxed);
                *slot = Some(made);
            }
        });
    }

    /// Hands on what is there, up to the first gap; true when all was handed on.
    pub(in crate::ingest) fn hand_on(&mut self, mut take: impl FnMut(T) -> ControlFlow<()>) -> ControlFlow<(), bool> {
        while let Some(made) = self.slots.get_mut(self.done).and_then(Option::take) {
            self.done += 1;
            take(made)?;
        }
        ControlFlow::Continue(self.done == self.slots.len())
    }
}

/// Bytes that a row holds, about.
pub(in crate::ingest) fn bytes_of(row: &Row) -> usize {
    let texts = match row {
        Row::Reject(reject) => reject.reason.len(),
        Row::Record(record) => {
            let texts = [
                &record.solution,
                &record.response,
                &record.thinking,
                &record.code,
                &record.extra,
                &record.answer,
                &record.gold,
                &record.dataset,
                &record.domain,
                &record.model,
                &record.mode,
                &record.feedback,
                &record.sample_id,
                &record.difficulty,
                &record.finish_reason,
            ];
            let parents = record.parents.iter().flatten().map(|parent| size_of::<String>() + parent.len());
            record.question_id.len()
                + texts.into_iter().flatten().map(String::len).sum::<usize>()
                + parents.sum::<usize>()
        }
    };
    size_of::<Row>() + texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_leave_in_order_and_few_wait() {
        for heavy in [1, WAITING / 3, WAITING * 2] {
            let mut turns = Turns::new(1000);
            let mut seen = Vec::new();
            loop {
                turns.work(|at| at, |_| heavy);
                let waiting = turns.slots.iter().flatten().count();
                let room = (WAITING / heavy).saturating_add(1 + rayon::current_num_threads());
                assert!((1..=room).contains(&waiting), "{waiting} of {heavy} bytes");
                let flow = turns.hand_on(|at| {
                    seen.push(at);
                    ControlFlow::Continue(())
                });
                if flow == ControlFlow::Continue(true) {
                    break;
                }
            }
            assert_eq!(seen, (0..1000).collect::<Vec<_>>());
        }
        let mut turns = Turns::new(5);
        turns.work(|at| at, |_| 1);
        let stop = |at| if at == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        assert_eq!(turns.hand_on(stop), ControlFlow::Break(()));
    }
}
