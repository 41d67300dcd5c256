//! Programs of a group, compared by all measures of code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
