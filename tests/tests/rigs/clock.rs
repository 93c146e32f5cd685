//! R7: the server's clock steps forward and back under load.
//!
//! **Invariant.** Order and sums do not hang on the time of day: whatever the clock says, what was
//! acknowledged is there once and answers as it did, and `verify` finds nothing.
//!
//! `RIG_SEED=… RIG_STEPS=…` run another one.

use std::time::Duration;

use tests::{Database, Dice, Program, Server, dice::setting};

use super::{
    load::{Book, Crew, Line, Place},
    rig, verify,
};

const KEEPERS: Crew = Crew::of(6, Line::Good);
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
    let steps = setting("RIG_STEPS", 200_usize);
    rig(&format!("RIG_STEPS={steps}"), |dice| {
        run(database, steps, dice)
    });
}

async fn run(database: Database, steps: usize, mut dice: Dice) {
    let server = Server::start(database, &[]).await;
    let place = Place::on(&server).await;
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
    let told = working.until_cut().await;
    // It wakes up with the right time, which is one step more.
    let program = Program::start(&mut home.operate("serve"));
    book.prove(program.address, &place, told).await;
    verify(&home, "the steps");
    eprintln!("{steps} steps: {book}");
    assert!(
        book.done > steps / 10 && book.refused > 0,
        "the rig did too little"
    );
    drop(program);
    home.remove().await;
}
