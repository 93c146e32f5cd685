//! The `relief-depot` program.
//!
//! **Invariant.** Everything is in the library, where tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::main()
}
