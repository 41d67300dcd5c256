//! How fast to ask, and how long to wait before asking again.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures_util::future::select;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::setup::Pace;

/// How often whoever waits looks whether there is still something to wait for.
const LOOK_UP: Duration = Duration::from_millis(100);
/// The first wait where the server names none.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest one.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A server that asks for more patience than this is done for today.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

/// Budgets of requests and tokens a minute, and a common pause when the server asks for one.
pub(super) struct Metronome {
    requests: Option<DefaultDirectRateLimiter>,
    tokens: Option<DefaultDirectRateLimiter>,
    items_are_requests: bool,
    /// Until when nobody asks.
    paused: Cell<Option<Instant>>,
}

impl Metronome {
    /// `largest`: inputs and tokens of the largest request, which has to get through at once.
    pub(super) fn new(pace: &Pace, largest: (usize, usize)) -> Self {
        let items = if pace.items_are_requests { largest.0 } else { 1 };
        Metronome {
            requests: pace.requests_per_minute.map(|limit| limiter(limit, items)),
            tokens: pace.tokens_per_minute.map(|limit| limiter(limit, largest.1)),
            items_are_requests: pace.items_are_requests,
            paused: Cell::new(None),
        }
    }

    /// Waits for its turn, or until `patience` is gone; whether it still is.
    pub(super) async fn wait_with(&self, patience: &Cell<bool>, inputs: usize, tokens: usize) -> bool {
        let stopped = async {
            while patience.get() {
                tokio::time::sleep(LOOK_UP).await;
            }
        };
        select(pin!(self.wait(inputs, tokens)), pin!(stopped)).await;
        patience.get()
    }

    /// Waits for its turn.
    async fn wait(&self, inputs: usize, tokens: usize) {
        let requests = if self.items_are_requests { inputs } else { 1 };
        take(self.requests.as_ref(), requests).await;
        take(self.tokens.as_ref(), tokens).await;
        while let Some(until) = self.paused.get().filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// Nobody asks for so long.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        self.paused.set(self.paused.get().max(Some(until)));
    }
}

fn at_least_one(n: usize) -> NonZeroU32 {
    NonZeroU32::new(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN)
}

/// A minute's budget, given out second by second; the largest request gets through in one piece.
fn limiter(per_minute: usize, largest: usize) -> DefaultDirectRateLimiter {
    let burst = largest.max(per_minute / 60);
    RateLimiter::direct(Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst)))
}

async fn take(limiter: Option<&DefaultDirectRateLimiter>, n: usize) {
    if let Some(limiter) = limiter {
        // Refused only when a request is larger than the largest one; then it waits for what there is.
        let _ = limiter.until_n_ready(at_least_one(n)).await;
    }
}

/// Waits between attempts: doubling, with jitter, so that many clients do not knock together.
pub(super) fn waits(max_attempts: usize) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_factor(2.0)
        .with_jitter()
        .with_max_times(max_attempts.saturating_sub(1))
        .build()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn waits_double_and_end() {
        let all: Vec<Duration> = waits(5).collect();
        assert_eq!(all.len(), 4);
        for (n, wait) in (0u32..).zip(&all) {
            let least = FIRST_WAIT * 2u32.pow(n);
            assert!(*wait >= least && *wait <= least * 2 + FIRST_WAIT, "{wait:?} for attempt {n}");
        }
        assert_eq!(waits(1).count(), 0);
    }

    #[test]
    fn nobody_waits_for_a_turn_when_the_work_has_to_end() {
        let pace = Pace {
            concurrency: 1,
            requests_per_minute: None,
            tokens_per_minute: None,
            items_are_requests: false,
            timeout: Duration::from_secs(1),
            max_attempts: 1,
        };
        let metronome = Metronome::new(&pace, (1, 1));
        metronome.pause(Duration::from_hours(1));
        let patience = Cell::new(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let stop = async {
                tokio::time::sleep(LOOK_UP).await;
                patience.set(false);
            };
            let (still, ()) = futures_util::future::join(metronome.wait_with(&patience, 1, 1), stop).await;
            assert!(!still);
        });
    }

    #[test]
    fn a_budget_smaller_than_a_request_does_not_stand_still_for_ever() {
        let pace = Pace {
            concurrency: 1,
            requests_per_minute: Some(6000),
            tokens_per_minute: Some(600_000),
            items_are_requests: true,
            timeout: Duration::from_secs(1),
            max_attempts: 1,
        };
        let metronome = Metronome::new(&pace, (100, 10_000));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let started = Instant::now();
        runtime.block_on(async {
            metronome.wait(100, 10_000).await;
            metronome.wait(10, 1000).await;
        });
        // 10 items at 100 a second.
        assert!(started.elapsed() >= Duration::from_millis(90), "{:?}", started.elapsed());
    }
}
