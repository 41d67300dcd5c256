//! Metrics of chains, one file each: a number for each round, or one for the whole chain.

pub(super) mod novelty;
