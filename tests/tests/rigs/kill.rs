//! R1: the process is killed under load, again and again.
//!
//! **Invariant.** What was acknowledged is there once and answers as it did; what was refused is not
//! there; what is unknown becomes known by its key. The sums are those of the keepers' own book, and
//! `verify` finds nothing.
//!
//! `RIG_SEED=… RIG_KILLS=…` run another one.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tests::{Client, Database, Dice, Program, Server, dice::setting};

use super::load::{Book, Place};

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
    let seed = setting("RIG_SEED", 20_210_725_u64);
    eprintln!("RIG_SEED={seed} RIG_KILLS={kills}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(run(database, kills, Dice::new(seed)));
}

async fn run(database: Database, kills: usize, mut dice: Dice) {
    let began = Instant::now();
    let server = Server::start(database, &[]).await;
    let relief = server.relief().await;
    let place = Place {
        token: relief.worker.token().to_owned(),
        depot: relief.depot.clone(),
        item: relief.item.clone(),
        deadline: (server.clock.now() + TimeDelta::days(60)).to_rfc3339(),
    };
    let home = server.leave().await;
    let mut book = Book::of(200);
    let mut program = Program::start(&mut home.operate("serve"));
    for kill in 1..=kills {
        let working = book.work(program.address, &place, KEEPERS, &mut dice);
        let before = u64::from(dice.below(500)) + 1;
        tokio::time::sleep(Duration::from_millis(before)).await;
        program.kill();
        let told = working.join_all().await;
        program = Program::start(&mut home.operate("serve"));
        let client = Client::new(program.address).with_token(&place.token);
        book.settle(&client, told.into_iter().flatten().collect())
            .await;
        book.compare(&client, &place).await;
        if kill % KILLS_BETWEEN_VERIFICATIONS == 0 || kill == kills {
            let verified = home.operate("verify").output().expect("the program runs");
            assert!(verified.status.success(), "after kill {kill}: {verified:?}");
        }
    }
    eprintln!(
        "{kills} kills in {:.0} s: {} done, {} refused, {} unknown at first of which {} had been done; \
         0 lost, 0 doubled",
        began.elapsed().as_secs_f64(),
        book.done,
        book.refused,
        book.unknown,
        book.found_done
    );
    assert!(
        book.done > kills && book.refused > kills && book.unknown > 0,
        "the rig did too little"
    );
    drop(program);
    home.remove().await;
}
