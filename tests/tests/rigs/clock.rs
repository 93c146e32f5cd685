//! R7: the server's clock steps forward and back under load.
//!
//! **Invariant.** Order and sums do not hang on the time of day: whatever the clock says, what was
//! acknowledged is there once and answers as it did, and `verify` finds nothing.
//!
//! `RIG_SEED=… RIG_STEPS=…` run another one.

use std::time::Duration;

use chrono::TimeDelta;
use tests::{Client, Database, Dice, Program, Server, dice::setting};

use super::load::{Book, Place};

const KEEPERS: u64 = 6;
/// Steps there and back stay well within a day, the time by which papers may be out of order.
const STEP_MAX_S: u32 = 1_800;

#[test]
fn steps_of_the_clock_lose_nothing_on_sqlite() {
    stepped(Database::Sqlite);
}

#[test]
fn steps_of_the_clock_lose_nothing_on_postgres() {
    stepped(Database::Postgres);
}

fn stepped(database: Database) {
    let (seed, steps) = (
        setting("RIG_SEED", 20_210_725_u64),
        setting("RIG_STEPS", 200_usize),
    );
    eprintln!("RIG_SEED={seed} RIG_STEPS={steps}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(run(database, steps, Dice::new(seed)));
}

async fn run(database: Database, steps: usize, mut dice: Dice) {
    let server = Server::start(database, &[]).await;
    let relief = server.relief().await;
    let place = Place {
        token: relief.worker.token().to_owned(),
        depot: relief.depot.clone(),
        item: relief.item.clone(),
        deadline: (server.clock.now() + TimeDelta::days(60)).to_rfc3339(),
    };
    let mut book = Book::of(200);
    let working = book.work(server.address, &place, KEEPERS, &mut dice);
    let mut ahead = Duration::ZERO;
    for _ in 0..steps {
        tokio::time::sleep(Duration::from_millis(dice.upto(20).unsigned_abs())).await;
        // Never further back than where it began: what was there before had a time, too.
        let by = Duration::from_secs(dice.below(STEP_MAX_S).into());
        if ahead >= by && dice.one_in(2) {
            server.clock.set_back(by);
            ahead -= by;
        } else if ahead < Duration::from_secs(6 * 3_600) {
            server.clock.advance(by);
            ahead += by;
        }
    }
    let home = server.leave().await;
    let told = working.join_all().await;
    // It wakes up with the right time, which is one step more.
    let program = Program::start(&mut home.operate("serve"));
    let client = Client::new(program.address).with_token(&place.token);
    book.settle(&client, told.into_iter().flatten().collect())
        .await;
    book.compare(&client, &place).await;
    let verified = home.operate("verify").output().expect("the program runs");
    assert!(verified.status.success(), "{verified:?}");
    eprintln!(
        "{steps} steps: {} done, {} refused, {} unknown at first",
        book.done, book.refused, book.unknown
    );
    assert!(
        book.done > steps / 10 && book.refused > 0,
        "the rig did too little"
    );
    drop(program);
    home.remove().await;
}
