//! See `tests/conformance/smoke/targets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| breadth_fuzz::run("code", bytes));
