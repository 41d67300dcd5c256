//! Money: what a run may spend, what it has spent, and what a piece of work would cost.

use std::sync::{Mutex, PoisonError};

use super::EmbedError;

/// What embedding some texts would take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimate {
    /// Tokens that would be sent.
    pub n_tokens: u64,
    /// Requests, as long as none fails; 0 for a model that runs here.
    pub n_requests: u64,
    /// US dollars; null where no price is known, 0 where nothing is paid.
    pub cost: Option<f64>,
    /// Texts longer than the window, which are cut, chunked or refused.
    pub n_long: usize,
}

/// An amount of US dollars, for people.
#[must_use]
pub fn dollars(amount: f64) -> String {
    if amount == 0.0 {
        return "$0".to_owned();
    }
    if amount < 0.0001 { "less than $0.0001".to_owned() } else { format!("about ${amount:.4}") }
}

/// What may be spent in a whole run, over all of its embedders.
#[derive(Debug, Default)]
pub struct Budget {
    limit: Option<f64>,
    spent: Mutex<f64>,
}

impl Budget {
    /// At most `limit` US dollars; `None`: as much as it takes.
    #[must_use]
    pub fn new(limit: Option<f64>) -> Self {
        Budget { limit, spent: Mutex::new(0.0) }
    }

    /// US dollars so far, requests in flight included.
    #[must_use]
    pub fn spent(&self) -> f64 {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets `cost` aside for a request that is about to be sent.
    ///
    /// # Errors
    /// When the limit would be passed; nothing is set aside then.
    pub fn reserve(&self, cost: f64) -> Result<(), EmbedError> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        match self.limit {
            Some(limit) if *spent + cost > limit => Err(EmbedError::Budget { limit, spent: *spent, next: cost }),
            _ => {
                *spent += cost;
                Ok(())
            }
        }
    }

    /// Puts what was really billed in the place of what had been set aside.
    pub fn settle(&self, reserved: f64, billed: f64) {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += billed - reserved;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn nothing_is_sent_past_the_limit() {
        let budget = Budget::new(Some(1.0));
        budget.reserve(0.75).unwrap();
        let error = budget.reserve(0.5).unwrap_err();
        assert!(error.to_string().contains("`limits.max_cost`"), "{error}");
        budget.settle(0.75, 0.25);
        budget.reserve(0.5).unwrap();
        assert_eq!(budget.spent(), 0.75);
    }

    #[test]
    fn a_small_amount_is_not_nothing() {
        assert_eq!(dollars(0.0), "$0");
        assert_eq!(dollars(0.00002), "less than $0.0001");
        assert_eq!(dollars(1.25), "about $1.2500");
    }

    #[test]
    fn without_a_limit_everything_is_counted() {
        let budget = Budget::new(None);
        budget.reserve(1e9).unwrap();
        assert_eq!(budget.spent(), 1e9);
    }
}
