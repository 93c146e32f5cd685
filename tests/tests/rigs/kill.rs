//! R1: the process is killed under load, again and again.
//!
//! **Invariant.** What was acknowledged is there once and answers as it did; what was refused is not
//! there; what is unknown becomes known by its key. The sums are those of the keepers' own book, and
//! `verify` finds nothing.
//!
//! `RIG_SEED=… RIG_KILLS=…` run another one.

use std::time::{Duration, Instant};

use tests::{Database, Dice, Program, Server, dice::setting};

use super::{
    load::{Book, Line, Place},
    rig, verify,
};

const KEEPERS: u64 = 16;
const KILLS_BETWEEN_VERIFICATIONS: usize = 10;

#[test]
fn nothing_is_lost_or_doubled_by_kills_on_sqlite() {
    killed(Database::Sqlite, setting("RIG_KILLS", 50));
}

#[test]
fn nothing_is_lost_or_doubled_by_kills_on_postgres() {
    killed(Database::Postgres, setting("RIG_KILLS", 50) / 5);
}

fn killed(database: Database, kills: usize) {
    rig(&format!("RIG_KILLS={kills}"), |dice| {
        run(database, kills, dice)
    });
}

async fn run(database: Database, kills: usize, mut dice: Dice) {
    let began = Instant::now();
    let server = Server::start(database, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let mut book = Book::of(200);
    let mut program = Program::start(&mut home.operate("serve"));
    for kill in 1..=kills {
        let working = book.work(program.address, &place, KEEPERS, Line::Good, &mut dice);
        let before = u64::from(dice.below(500)) + 1;
        tokio::time::sleep(Duration::from_millis(before)).await;
        program.kill();
        let told = working.until_cut().await;
        program = Program::start(&mut home.operate("serve"));
        book.prove(program.address, &place, told).await;
        if kill % KILLS_BETWEEN_VERIFICATIONS == 0 || kill == kills {
            verify(&home, &format!("kill {kill}"));
        }
    }
    eprintln!(
        "{kills} kills in {:.0} s: {book}",
        began.elapsed().as_secs_f64()
    );
    assert!(
        book.done > kills && book.refused > kills && book.unknown > 0 && book.seen > 0,
        "the rig did too little"
    );
    drop(program);
    home.remove().await;
}
