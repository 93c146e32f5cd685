//! Rigs: what must hold when the machine fails.
//!
//! **Invariant.** Every rig prints its seed and what it did, and the same seed does it again as far
//! as the machine lets it: where threads race, the seed draws the requests and the moments, not who
//! comes first. CI runs them short; `make soak` runs them long.
#![allow(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed, and whoever soaks wants figures"
)]

mod asked;
mod clock;
mod disk;
mod dispatchers;
mod history;
mod kill;
mod load;
mod network;
mod power;
mod proxy;

use std::future::Future;

use tests::{Dice, database::Home, dice::setting};

/// Runs a rig with the dice of its seed, and prints the seed first.
fn rig<R: Future<Output = ()>>(asked: &str, run: impl FnOnce(Dice) -> R) {
    let seed = setting("RIG_SEED", 20_210_725_u64);
    eprintln!("RIG_SEED={seed} {asked}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(run(Dice::new(seed)));
}

/// Lets the program add the whole ledger up.
fn verify(home: &Home, after: &str) {
    let verified = home.operate("verify").output().expect("the program runs");
    assert!(verified.status.success(), "after {after}: {verified:?}");
}
