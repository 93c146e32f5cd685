//! R1: the process is killed under load, again and again.
//!
//! **Invariant.** What was acknowledged is there once and answers as it did; what was refused is not
//! there; what is unknown becomes known by its key. The sums are those of the keepers' own book, and
//! `verify` finds nothing.
//!
//! Once more with 64 at one pool, half of whose requests are sent twice at the same moment.
//!
//! `RIG_SEED=… RIG_KILLS=… RIG_ATTEMPTS=…` run another one.

use std::time::{Duration, Instant};

use tests::{Database, Dice, Program, Server, dice::setting};

use super::{
    load::{Book, Crew, Line, Place},
    rig, verify,
};

const KEEPERS: Crew = Crew::of(16, Line::Good);
const CROWD: Crew = Crew {
    keepers: 64,
    line: Line::Good,
    twice: true,
};
const KILL_WITHIN_MS: u32 = 500;
const KILLS_BETWEEN_VERIFICATIONS: usize = 10;

#[test]
fn nothing_is_lost_or_doubled_by_kills_on_sqlite() {
    killed(
        Database::Sqlite,
        KEEPERS,
        Until::Kills(setting("RIG_KILLS", 50)),
    );
}

#[test]
fn nothing_is_lost_or_doubled_by_kills_on_postgres() {
    killed(
        Database::Postgres,
        KEEPERS,
        Until::Kills(setting("RIG_KILLS", 50) / 5),
    );
}

#[test]
fn a_crowd_at_one_pool_gets_no_piece_twice_on_sqlite() {
    killed(Database::Sqlite, CROWD, attempts());
}

#[test]
fn a_crowd_at_one_pool_gets_no_piece_twice_on_postgres() {
    killed(Database::Postgres, CROWD, attempts());
}

fn attempts() -> Until {
    Until::Attempts(setting("RIG_ATTEMPTS", 800))
}

/// When it is enough.
#[derive(Debug, Clone, Copy)]
enum Until {
    Kills(usize),
    /// So many requests were answered, or tried in vain.
    Attempts(usize),
}

impl Until {
    fn is_met(self, kills: usize, book: &Book) -> bool {
        match self {
            Self::Kills(enough) => kills >= enough,
            Self::Attempts(enough) => book.done + book.refused >= enough,
        }
    }
}

fn killed(database: Database, crew: Crew, until: Until) {
    rig(&format!("{until:?}"), |dice| {
        run(database, crew, until, dice)
    });
}

async fn run(database: Database, crew: Crew, until: Until, mut dice: Dice) {
    let began = Instant::now();
    let server = Server::start(database, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let mut book = Book::of(200);
    let mut program = Program::start(&mut home.operate("serve"));
    let mut kills = 0;
    while !until.is_met(kills, &book) {
        let working = book.work(program.address, &place, crew, &mut dice);
        let before = u64::from(dice.below(KILL_WITHIN_MS)) + 1;
        tokio::time::sleep(Duration::from_millis(before)).await;
        program.kill();
        kills += 1;
        let told = working.until_cut().await;
        program = Program::start(&mut home.operate("serve"));
        book.prove(program.address, &place, told).await;
        if kills % KILLS_BETWEEN_VERIFICATIONS == 0 || until.is_met(kills, &book) {
            verify(&home, &format!("kill {kills}"));
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
