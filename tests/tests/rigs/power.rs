//! R3: the power is cut under load.
//!
//! **Invariant.** What was acknowledged before the cut is there once and answers as it did, and what
//! is unknown becomes known by its key. The rig itself is proven: what SQLite acknowledges with
//! `synchronous=NORMAL` is lost on the same disk.
//!
//! `RIG_SEED=… RIG_CUTS=…` run another one. Where no disk can be made it says so and does nothing.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tempfile::TempDir;
use tests::{Database, Dice, Program, Server, dice::setting};

use super::{
    load::{Book, Crew, Line, Place},
    rig,
};

const KEEPERS: Crew = Crew::of(16, Line::Good);
const BETWEEN_VERIFICATIONS: usize = 5;

#[test]
fn nothing_acknowledged_is_lost_by_power_cuts() {
    let Some(disk) = BrittleDisk::plugged() else {
        return;
    };
    let cuts = setting("RIG_CUTS", 10_usize);
    rig(&format!("RIG_CUTS={cuts}"), |dice| run(cuts, &disk, dice));
}

#[test]
fn the_disk_loses_what_was_not_flushed() {
    let Some(disk) = BrittleDisk::plugged() else {
        return;
    };
    let [full, normal] =
        ["FULL", "NORMAL"].map(|synchronous| acknowledged_and_kept(&disk, synchronous));
    eprintln!("synchronous=FULL: {full:?}, synchronous=NORMAL: {normal:?} (acknowledged, kept)");
    // A commit that was flushed and whose answer was cut off may be there, too.
    assert!(
        full.0 > 0 && full.1 >= full.0,
        "the disk loses what was flushed"
    );
    assert!(
        normal.1 < normal.0,
        "the disk keeps what was not flushed: the rig proves nothing"
    );
}

async fn run(cuts: usize, disk: &BrittleDisk, mut dice: Dice) {
    let began = Instant::now();
    let server = Server::start(Database::Sqlite, &[]).await;
    let place = Place::on(&server).await;
    let home = server.leave().await;
    let data = disk.place().join("data");
    copy_files(home.directory.path(), &data);
    disk.flush();
    let operate = |subcommand| {
        let mut command = home.operate(subcommand);
        command.env("RELIEF_DEPOT_DATA_DIRECTORY", &data);
        command
    };
    let mut book = Book::of(200);
    for cut in 1..=cuts {
        let program = Program::start(&mut operate("serve"));
        let working = book.work(program.address, &place, KEEPERS, &mut dice);
        let before = u64::from(dice.below(500)) + 50;
        tokio::time::sleep(Duration::from_millis(before)).await;
        disk.cut();
        drop(program);
        let told = working.until_cut().await;
        disk.plug();
        let program = Program::start(&mut operate("serve"));
        book.prove(program.address, &place, told).await;
        drop(program);
        if cut % BETWEEN_VERIFICATIONS == 0 || cut == cuts {
            let verified = operate("verify").output().expect("the program runs");
            assert!(verified.status.success(), "after cut {cut}: {verified:?}");
        }
    }
    eprintln!(
        "{cuts} power cuts in {:.0} s: {book}",
        began.elapsed().as_secs_f64()
    );
    assert!(
        book.done > cuts && book.refused > 0 && book.unknown > 0,
        "the rig did too little"
    );
    home.remove().await;
}

/// How many commits SQLite acknowledged before a cut, and how many were there after it.
fn acknowledged_and_kept(disk: &BrittleDisk, synchronous: &str) -> (i64, i64) {
    let file = disk.place().join(synchronous);
    let open = || Connection::open(&file).expect("the file opens");
    let mut connection = open();
    let set = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=0;"
    );
    connection
        .execute_batch(&set)
        .expect("SQLite can be set so");
    connection
        .execute_batch("CREATE TABLE entry (n INTEGER PRIMARY KEY); PRAGMA wal_checkpoint;")
        .expect("a table can be made");
    let began = Instant::now();
    let mut acknowledged = 0;
    while began.elapsed() < Duration::from_millis(300) {
        let entry = connection.transaction().expect("a transaction begins");
        entry
            .execute("INSERT INTO entry DEFAULT VALUES", ())
            .expect("a row can be written");
        entry.commit().expect("the commit is acknowledged");
        acknowledged += 1;
    }
    disk.cut();
    // Its file is gone, so it cannot tidy up; that is not of interest.
    drop(connection);
    disk.plug();
    let kept = open().query_row("SELECT count(*) FROM entry", (), |row| row.get(0));
    // A table that was never flushed is not there.
    (acknowledged, kept.unwrap_or(0))
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("the disk can be written");
    for file in std::fs::read_dir(from).expect("the directory is there") {
        let file = file.expect("the directory can be read");
        if file.file_type().is_ok_and(|kind| kind.is_file()) {
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a file can be copied");
        }
    }
}

/// A disk whose power can be cut (`scripts/brittle-disk`).
struct BrittleDisk {
    directory: TempDir,
}

impl BrittleDisk {
    fn plugged() -> Option<Self> {
        let ready = command("ready").output().expect("bash is there");
        if !ready.status.success() {
            let why = String::from_utf8_lossy(&ready.stderr);
            eprintln!("NOT TRIED, no power to cut here: {why}");
            return None;
        }
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let disk = Self { directory };
        disk.plug();
        Some(disk)
    }

    fn place(&self) -> PathBuf {
        self.directory.path().join("disk")
    }

    fn plug(&self) {
        self.run("plug");
    }

    fn flush(&self) {
        let done = Command::new("sync").arg("-f").arg(self.place()).status();
        assert!(done.expect("sync is there").success());
    }

    fn cut(&self) {
        self.run("cut");
    }

    fn run(&self, what: &str) {
        let done = command(what).arg(self.directory.path()).status();
        assert!(done.expect("bash is there").success(), "{what}");
    }
}

impl Drop for BrittleDisk {
    fn drop(&mut self) {
        // What cannot be removed is told by the script.
        let _ = command("remove").arg(self.directory.path()).status();
    }
}

fn command(what: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/brittle-disk");
    let mut command = Command::new(script);
    command.arg(what);
    command
}
