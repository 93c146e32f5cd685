//! R4: the n-th flush or write of the database's files fails, for every n.
//!
//! **Invariant.** What was acknowledged before is there once and answers as it did, and what is
//! unknown becomes known by its key. After an I/O error nothing more is written: the program ends by
//! itself and says so. A disk that was full for one write is not the end.
//!
//! `RIG_SEED=… RIG_CALLS=… RIG_ANSWERS=…` run another one, which ends where its so many answers need
//! no more calls.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tests::{Database, Dice, Program, Server, database::Home, dice::setting};

use super::{
    load::{Book, Crew, Line, Place},
    rig, verify,
};

const KEEPERS: Crew = Crew::of(2, Line::Good);
const WORKING_MAX: Duration = Duration::from_secs(20);
const END_MAX: Duration = Duration::from_secs(10);
/// So many in a row that were not reached mean that the scenario has no more calls.
const NOT_REACHED_MAX: usize = 10;
/// What is still asked of a program whose disk was full for a moment.
const ANSWERS_AFTER: usize = 15;
const BETWEEN_VERIFICATIONS: usize = 25;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// What fails, and how.
#[derive(Debug, Clone, Copy)]
struct Failure {
    call: &'static str,
    errno: i32,
    times: Times,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    InARow(u32),
    Ever,
}

#[test]
fn the_nth_flush_fails() {
    // An error that was told once is not told again (fsync(2)), and a broken disk tells it always.
    swept(|nth| Failure {
        call: "sync",
        errno: EIO,
        times: match nth % 2 {
            0 => Times::Ever,
            _ => Times::InARow(1),
        },
    });
}

#[test]
fn the_nth_write_fails() {
    swept(|nth| Failure {
        call: "write",
        errno: if nth % 2 == 0 { EIO } else { ENOSPC },
        times: match nth % 6 {
            0 | 1 => Times::Ever,
            // Each breaks off the transaction of another command.
            3 => Times::InARow(3),
            _ => Times::InARow(1),
        },
    });
}

fn swept(failure: impl Fn(usize) -> Failure) {
    let calls = setting("RIG_CALLS", 40_usize);
    rig(&format!("RIG_CALLS={calls}"), |dice| {
        sweep(calls, failure, dice)
    });
}

async fn sweep(calls: usize, failure: impl Fn(usize) -> Failure, mut dice: Dice) {
    let library = library();
    let server = Server::start(Database::Sqlite, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let mark = home.directory.path().join("failed");
    let mut book = Book::of(200);
    let (mut reached, mut at_start, mut in_vain, mut went_on) = (0, 0, 0, 0);
    for nth in 1..=calls {
        let failure = failure(nth);
        let began = try_start(&home, &library, failure, nth, &mark);
        let told = match began {
            Some(program) => {
                let (told, ended) =
                    work_until_it_fails(program, failure, &mark, &book, &place, &mut dice).await;
                went_on += usize::from(!ended);
                told
            }
            None => {
                at_start += 1;
                Vec::new()
            }
        };
        if mark.exists() {
            std::fs::remove_file(&mark).expect("the mark can be removed");
            (reached, in_vain) = (reached + 1, 0);
        } else {
            in_vain += 1;
        }
        let program = Program::start(&mut home.operate("serve"));
        book.prove(program.address, &place, told).await;
        drop(program);
        if nth % BETWEEN_VERIFICATIONS == 0 {
            verify(&home, &format!("failure {nth}, {failure:?}"));
        }
        if in_vain == NOT_REACHED_MAX {
            break;
        }
    }
    verify(&home, "all failures");
    eprintln!(
        "{reached} calls failed, {at_start} of them before it listened, {went_on} unseen: {book}"
    );
    assert!(
        went_on * 5 <= reached,
        "{went_on} of {reached} failures were passed over"
    );
    assert!(
        reached > 5 && book.done > reached && book.unknown > 0,
        "the rig did too little"
    );
    home.remove().await;
}

async fn work_until_it_fails(
    mut program: Program,
    failure: Failure,
    mark: &Path,
    book: &Book,
    place: &Place,
    dice: &mut Dice,
) -> (Vec<Vec<super::load::Told>>, bool) {
    let mut ended = true;
    let working = book.work(program.address, place, KEEPERS, dice);
    let answers = setting("RIG_ANSWERS", 30_usize);
    let began = Instant::now();
    while !mark.exists() && working.told() < answers && began.elapsed() < WORKING_MAX {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    if mark.exists() && failure.errno == ENOSPC && failure.times != Times::Ever {
        let (told, began) = (working.told(), Instant::now());
        while working.told() < told + ANSWERS_AFTER && began.elapsed() < WORKING_MAX {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    if mark.exists() && failure.errno == EIO {
        let began = Instant::now();
        while !program.has_ended() && began.elapsed() < END_MAX {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // One flush that SQLite asks for while it checkpoints by itself fails unseen: it keeps the log
        // and comes back to it, so that nothing is lost by going on. Where all fail, the next is seen.
        ended = program.has_ended();
        assert!(
            ended || failure.times != Times::Ever,
            "it goes on after {failure:?} of its disk"
        );
    }
    drop(program);
    (working.until_cut().await, ended)
}

/// The program on a disk that fails so, or nothing when it failed before it listened.
fn try_start(
    home: &Home,
    library: &Path,
    failure: Failure,
    nth: usize,
    mark: &Path,
) -> Option<Program> {
    let mut serve = home.operate("serve");
    serve
        .env("LD_PRELOAD", library)
        .env("FAIL_CALL", failure.call)
        .env("FAIL_AT", nth.to_string())
        .env("FAIL_ERRNO", failure.errno.to_string())
        .env("FAIL_FILE", "relief-depot.sqlite")
        .env("FAIL_MARK", mark)
        .env(
            "FAIL_TIMES",
            match failure.times {
                Times::InARow(times) => times.to_string(),
                Times::Ever => "0".to_owned(),
            },
        );
    let started = Program::try_start(&mut serve);
    started
        .inspect_err(|ended| assert!(mark.exists(), "it ended without a failure: {ended}"))
        .ok()
}

/// The library that makes calls fail, compiled by the C compiler that SQLite needs anyway.
fn library() -> PathBuf {
    let made = tempfile::Builder::new()
        .suffix(".so")
        .tempfile_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("the target directory can be written");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rigs/fail_nth.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(made.path())
        .arg(source)
        .arg("-ldl")
        .output()
        .expect("there is a C compiler");
    assert!(compiled.status.success(), "{compiled:?}");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fail_nth.so");
    // Put in its place whole: another test may be loading it.
    made.persist(&library)
        .expect("the library can be put in its place");
    library
}
