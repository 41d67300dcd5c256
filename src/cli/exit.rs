//! Exit codes, by name.

/// Done.
pub(super) const DONE: u8 = 0;
/// Something unexpected.
pub(super) const UNEXPECTED: u8 = 1;
/// A mistake in the plan or in the arguments.
pub(super) const MISTAKE: u8 = 2;
/// Too many rejected rows.
pub(super) const TOO_MANY_REJECTS: u8 = 3;
/// A provider or an engine is unavailable.
pub(super) const UNAVAILABLE: u8 = 4;
/// Stopped by Ctrl-C: 128 + SIGINT, as shells expect.
pub(super) const INTERRUPTED: u8 = 130;
