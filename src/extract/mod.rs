//! Record → `Sample`: takes the response apart into thinking, solution, answer and program, and gives the sample its group,
//! its round and its name.
//!
//! In come records in input order, out go samples, or rejects for names that occur twice. Each part is found by a named rule,
//! which the sample remembers. Nothing here looks at a file or computes a measure.

pub mod answer;
mod classes;
pub mod code;
mod identity;
mod parts;
pub mod thinking;

pub use classes::class_of;
pub use identity::Extractor;
pub use parts::{FIELDS, Parts, Policy, take_apart};
