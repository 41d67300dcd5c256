//! One suite for all providers of embeddings: the library's door `embed::open` against a server that speaks each
//! provider's protocol and can be told to go wrong in every way that is known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests stop at the first surprise and say what they skip"
)]
#![allow(
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the names are our own, and the texts are short"
)]

#[path = "../fake/mod.rs"]
mod fake;

mod answers;
mod asking;
mod faults;
mod hostile;
mod memory;
mod smoke;
mod the_fake;
