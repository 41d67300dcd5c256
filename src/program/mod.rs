//! Programs: source text goes in, a syntax tree as plain data comes out, within a bound on the work.
//!
//! `measure` compares programs by it and `extract` finds them by it, so that it stands below both and knows neither. Nothing
//! here runs a program. `tree-sitter` lives here and nowhere else.

mod language;
mod outline;
mod tree;

pub use language::{LANGUAGES, Language};
pub use outline::{Effort, Says, Statement, outline};
pub use tree::{MAX_BYTES, Token, Tree};
