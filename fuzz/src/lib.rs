//! The targets of the smoke test, for `cargo fuzz`: a target's name and bytes go in, and a broken promise is a panic.

#![allow(dead_code, reason = "the smoke test knows more about a target than its function")]

#[path = "../../tests/conformance/smoke/targets/mod.rs"]
mod targets;

/// Tries a target on an input.
pub fn run(name: &str, bytes: &[u8]) {
    (targets::named(name).run)(bytes);
}
