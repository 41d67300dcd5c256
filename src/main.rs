//! The `breadth` program: parse, run, print the error chain, exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    breadth::cli::main()
}
