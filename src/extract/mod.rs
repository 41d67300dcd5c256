//! Record → `Sample`: splits thinking from solution and gives the sample its group, its round and its name.
//!
//! In come records in input order, out go samples, or rejects for names that occur twice. Nothing here looks at a file or computes a measure.

pub mod code;
mod identity;
mod rules;

pub use identity::Extractor;
pub use rules::{RULES, Rule, Split, split};
