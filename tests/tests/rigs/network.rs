//! R6: keepers on a bad line, and a server on a bad line to its PostgreSQL.
//!
//! **Invariant.** Whatever the network does to requests and answers, what was acknowledged is there
//! once and answers as it did, and what is unknown becomes known by its key. When the network is
//! well again, so is the server, by itself and within seconds.
//!
//! `RIG_SEED=… RIG_STORMS=…` run another one.

use std::time::{Duration, Instant};

use tests::{Client, Database, Dice, Program, Server, dice::setting};

use super::{
    load::{Book, Crew, Line, Place},
    proxy::{Proxy, Upstream, Weather},
    rig, verify,
};

const KEEPERS: Crew = Crew::of(16, Line::Bad);
const RECOVERY_MAX: Duration = Duration::from_secs(5);

#[test]
fn a_bad_line_to_keepers_loses_and_doubles_nothing_on_sqlite() {
    stormy(Database::Sqlite, keepers_on_a_bad_line);
}

#[test]
fn a_bad_line_to_keepers_loses_and_doubles_nothing_on_postgres() {
    stormy(Database::Postgres, keepers_on_a_bad_line);
}

#[test]
fn a_bad_line_to_the_database_loses_and_doubles_nothing() {
    stormy(Database::Postgres, server_on_a_bad_line);
}

fn stormy(database: Database, run: impl AsyncFnOnce(Database, usize, Dice)) {
    let storms = setting("RIG_STORMS", 10_usize);
    rig(&format!("RIG_STORMS={storms}"), |dice| {
        run(database, storms, dice)
    });
}

async fn keepers_on_a_bad_line(database: Database, storms: usize, mut dice: Dice) {
    let server = Server::start(database, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let program = Program::start(&mut home.operate("serve"));
    let seed = u64::from(dice.below(u32::MAX));
    let proxy = Proxy::before(Upstream::Tcp(program.address), seed).await;
    let mut book = Book::of(200);
    for _ in 0..storms {
        proxy.storm(Weather {
            bytes_max: 60_000,
            doubles: true,
            alters: true,
        });
        let working = book.work(proxy.address, &place, KEEPERS, &mut dice);
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        proxy.clear();
        let told = working.call_off().await;
        book.prove(program.address, &place, told).await;
    }
    tell(&book, &proxy, storms);
    let [cut, still, doubled, altered] = proxy.happened.counts();
    assert!(
        cut > storms && still > 0 && doubled > storms && altered > 0,
        "the network did too little"
    );
    drop(program);
    verify(&home, "the storms");
    home.remove().await;
}

async fn server_on_a_bad_line(database: Database, storms: usize, mut dice: Dice) {
    let server = Server::start(database, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let seed = u64::from(dice.below(u32::MAX));
    let proxy = Proxy::before(Upstream::Unix(socket(&home.url)), seed).await;
    let mut serve = home.operate("serve");
    serve.env("RELIEF_DEPOT_DATABASE_URL", through(&home.url, &proxy));
    let program = Program::start(&mut serve);
    let mut book = Book::of(200);
    let mut slowest = Duration::ZERO;
    for _ in 0..storms {
        proxy.storm(Weather {
            bytes_max: 20_000,
            doubles: false,
            alters: false,
        });
        let working = book.work(program.address, &place, KEEPERS, &mut dice);
        tokio::time::sleep(Duration::from_millis(500)).await;
        proxy.clear();
        slowest = slowest.max(recovery(&program).await);
        let told = working.call_off().await;
        book.prove(program.address, &place, told).await;
    }
    tell(&book, &proxy, storms);
    eprintln!("ready again after {} ms at most", slowest.as_millis());
    assert!(
        proxy.happened.counts()[0] > storms,
        "the network did too little"
    );
    drop(program);
    verify(&home, "the storms");
    home.remove().await;
}

fn tell(book: &Book, proxy: &Proxy, storms: usize) {
    eprintln!("{storms} storms: {book}; {}", proxy.happened.tell());
    assert!(
        book.done > storms && book.refused > 0 && book.unknown > storms && book.seen > 0,
        "the rig did too little"
    );
}

/// How long the server takes until it says that it is ready.
async fn recovery(program: &Program) -> Duration {
    let began = Instant::now();
    let client = Client::new(program.address);
    loop {
        let answer = client.get("/health/ready").await;
        if answer.status == 200 {
            return began.elapsed();
        }
        assert!(began.elapsed() < RECOVERY_MAX, "not ready: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

// postgres://relief@localhost/name?host=/directory, whose socket bears the port.
fn socket(url: &str) -> std::path::PathBuf {
    let (_, directory) = url
        .split_once("host=")
        .expect("the cluster listens on a socket");
    let directory = directory.split('&').next().unwrap_or_default();
    std::path::Path::new(directory).join(".s.PGSQL.5432")
}

fn through(url: &str, proxy: &Proxy) -> String {
    let (server, _) = url.split_once('?').expect("the URL names a socket");
    let (user, rest) = server.split_once('@').expect("the URL names a role");
    let (_, name) = rest.split_once('/').expect("the URL names a database");
    format!("{user}@{}/{name}?sslmode=disable", proxy.address)
}
