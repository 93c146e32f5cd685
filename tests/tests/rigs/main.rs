//! Rigs: what must hold when the machine fails.
//!
//! **Invariant.** Every rig prints its seed and what it did, and the same seed does it again as far
//! as the machine lets it: where threads race, the seed draws the requests and the moments, not who
//! comes first. CI runs them short; `make soak` runs them long.
#![allow(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed, and whoever soaks wants figures"
)]

mod clock;
mod kill;
mod load;
