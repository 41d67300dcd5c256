//! Exit codes, by name.

/// Done.
pub const DONE: u8 = 0;
/// Something unexpected.
pub const UNEXPECTED: u8 = 1;
/// A mistake in the plan or in the arguments.
pub const MISTAKE: u8 = 2;
/// Too many rejected rows.
pub const TOO_MANY_REJECTS: u8 = 3;
/// A provider or an engine is unavailable.
pub const UNAVAILABLE: u8 = 4;
/// Stopped by Ctrl-C: 128 + SIGINT, as shells expect.
pub const INTERRUPTED: u8 = 130;
