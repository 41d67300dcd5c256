//! How much memory this process has held at most, where the system tells.

use std::fs;

/// Begins to measure anew (`proc_pid_clear_refs(5)`); where that is not possible the peak counts from the start.
pub(crate) fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most that the process has held, in bytes; none where the system does not say.
pub(crate) fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}
