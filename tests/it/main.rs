//! The program as its users meet it: the real binary in a folder of its own, judged by exit code, words and files.
//!
//! Nearly every test uses the tiny model of `tests/fixtures/models`, which embeds a thousand texts in the blink of an
//! eye, and the pure-Rust engine, which is everywhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, say what they skip and write files that nobody depends on"
)]
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "the names are our own, and the texts are short"
)]

#[path = "../fake/mod.rs"]
mod fake;

mod bad_input;
mod bad_model;
mod bad_plan;
mod batches;
mod cache;
mod commands;
mod compare;
mod determinism;
mod disk;
mod formats;
mod hub;
mod inference;
mod lab;
mod measures;
mod models;
mod providers;
mod providers_killed;
