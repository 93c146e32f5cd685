//! One way to write: command → unit of work → journal.
//!
//! **Invariant.** Every change runs inside [`execute`]: one transaction holds the change, its
//! journal entry and its idempotency record, so that either all three exist or none.
//! A dry run is the same path ended by a rollback. A lost race is run again from the start after a
//! random pause, at most [`ATTEMPTS_MAX`] times; nothing else is. After the disk failed, nothing is
//! written any more.

mod attempt;
mod idempotency;
mod last;
pub(crate) mod ledger_rows;
mod outcome;
mod permission;
mod together;
mod without_entry;

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    journal::CryptoSuite,
    kernel::{Id, Kind, kinds},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
};
use uuid::Uuid;

use crate::{
    app::App,
    clock::day_at_depots,
    identity::Caller,
    ids, journal,
    problem::{Code, Problem},
    scope::Scope,
    storage::Engine,
};

use attempt::Asked;
pub(crate) use idempotency::{Key, sweep};
pub(crate) use last::Guarded;
use last::Last;
pub(crate) use ledger_rows::LedgerRows;
pub(crate) use outcome::{Digest, Outcome};
use permission::Granted;
pub(crate) use permission::Permission;
pub(crate) use together::Together;
pub(crate) use without_entry::without_entry;

const ATTEMPTS_MAX: u32 = 10;
const PAUSE_FIRST: Duration = Duration::from_millis(2);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// A use case that writes. One value is one request; running it twice in two transactions must
/// mean the same.
pub(crate) trait Command: Send + Sync {
    /// What the caller gets back; it is remembered for repeats of the same request.
    type Output: Outcome;

    /// `context.verb_noun`, as the journal and the metrics name it.
    const NAME: &'static str;

    /// Who may run it.
    const PERMISSION: Permission;

    /// Fields of the output, anywhere in it, that name or locate a person: the journal keeps only
    /// a salted commitment to them.
    const PERSONAL: &'static [&'static str] = &[];

    /// Fields of the output that must be kept nowhere, such as a fresh secret.
    const SECRET: &'static [&'static str] = &[];

    /// Does the work inside the transaction of `uow`.
    fn run(&self, uow: &mut Uow<'_>) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
}

/// How a request asked for its command to be run.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) caller: Caller,
    /// The client's key and the hash of the whole request; `None` where repeats are harmless.
    pub(crate) key: Option<Key>,
    pub(crate) dry_run: bool,
    pub(crate) request_id: String,
}

impl Request {
    /// The operator at the console, or the server's own jobs.
    pub(crate) fn operator(name: &'static str) -> Self {
        Self {
            caller: Caller::operator(name),
            key: None,
            dry_run: false,
            request_id: String::new(),
        }
    }
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub(crate) output: T,
    /// The same request ran before; this is the answer it got.
    pub(crate) replayed: bool,
    pub(crate) dry_run: bool,
}

impl<T> Done<T> {
    /// Whether anything new is to be kept.
    fn is_kept(&self) -> bool {
        !self.replayed && !self.dry_run
    }
}

/// The open transaction and everything that a command may know of the world.
pub(crate) struct Uow<'a> {
    transaction: &'a DatabaseTransaction,
    engine: Engine,
    suite: CryptoSuite,
    caller: &'a Caller,
    now: DateTime<Utc>,
    entry: Id<kinds::JournalEntry>,
    subject: Option<journal::Subject>,
    granted: Granted,
    last: Mutex<Last>,
    rows: Mutex<LedgerRows>,
}

impl fmt::Debug for Uow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uow")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

impl Uow<'_> {
    /// The connection of the transaction: all reads and writes of a command go through it.
    pub(crate) fn db(&self) -> &DatabaseTransaction {
        self.transaction
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// The digest of a text that is kept, to be recorded in its place.
    pub(crate) fn digest(&self, text: &str) -> Digest {
        Digest::of(self.suite, text)
    }

    /// Writes new rows of one table, however many, in few statements.
    pub(crate) async fn insert_all<A>(&self, rows: Vec<A>) -> Result<(), Problem>
    where
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut writes = Together::default();
        writes.insert(rows);
        self.write(writes).await
    }

    /// Does writes together.
    pub(crate) async fn write(&self, writes: Together) -> Result<(), Problem> {
        self.note_rows(&writes)?;
        writes.run(self.transaction, self.engine).await
    }

    /// Leaves writes to the end of the command, which does not read them again, behind a change that
    /// refuses the command where it cannot be made. A command leaves one such change at most.
    pub(crate) fn leave(&self, guarded: Guarded, writes: Together) -> Result<(), Problem> {
        self.note_rows(&writes)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.guarded.is_some() {
            let error = anyhow::anyhow!("a command left two changes to its end");
            return Err(Problem::internal(error));
        }
        *last = Last {
            guarded: Some(guarded),
            writes,
        };
        Ok(())
    }

    // What the entry will commit to.
    fn note_rows(&self, writes: &Together) -> Result<(), Problem> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.note(writes)
    }

    /// Notes that a row of the ledger has ended, so that the entry commits to how it stands from now on.
    pub(crate) fn note_ended<M, A>(&self, row: M) -> Result<(), Problem>
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut ended = Together::default();
        ended.insert([row.into_active_model()]);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.note_ended(&ended)
    }

    fn written(&mut self) -> LedgerRows {
        let rows = self.rows.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(rows)
    }

    fn left(&mut self) -> Last {
        let last = self.last.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(last)
    }

    /// The server's time of this command.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The day of this command at the depots.
    pub(crate) fn today(&self) -> NaiveDate {
        day_at_depots(self.now)
    }

    /// A fresh id.
    pub(crate) fn id<K: Kind>(&self) -> Id<K> {
        ids::fresh(self.now)
    }

    pub(crate) fn caller(&self) -> &Caller {
        self.caller
    }

    /// What the caller sees.
    pub(crate) fn scope(&self) -> Scope {
        self.caller.scope()
    }

    /// Names what the command is about, for the journal.
    pub(crate) fn subject<K: Kind>(&mut self, id: Id<K>, organisation: Option<Uuid>) {
        self.subject = Some(journal::Subject::new(id, organisation));
    }

    /// The journal entry that this command will write; movements and papers point back to it.
    pub(crate) fn entry(&self) -> Id<kinds::JournalEntry> {
        self.entry
    }
}

/// Runs `command` as `request` asks. Once begun on SQLite, it is ended even if nobody waits for it.
pub(crate) async fn execute<C: Command + 'static>(
    app: &App,
    request: &Request,
    command: C,
) -> Result<Done<C::Output>, Problem> {
    let asked = Arc::new(Asked {
        app: app.clone(),
        request: request.clone(),
        command,
    });
    let mut attempt = 1;
    loop {
        match asked.attempt_once().await {
            Err(problem) if problem.transient && attempt < ATTEMPTS_MAX => {
                tracing::debug!(command = C::NAME, attempt, %problem, "lost a race, running again");
                metrics::counter!("relief_depot_command_retries_total", "command" => C::NAME)
                    .increment(1);
                tokio::time::sleep(pause(attempt)).await;
                attempt += 1;
            }
            outcome => {
                let result = match &outcome {
                    Ok(done) if done.replayed => "replayed",
                    Ok(done) if done.dry_run => "dry_run",
                    Ok(_) => "done",
                    Err(_) => "refused",
                };
                metrics::counter!("relief_depot_commands_total", "command" => C::NAME, "result" => result)
                    .increment(1);
                return outcome;
            }
        }
    }
}

// Losers that come back together would only lose together: each waits for a random part of a time
// that doubles.
fn pause(attempt: u32) -> Duration {
    let longest = PAUSE_FIRST
        .saturating_mul(1 << attempt.min(16))
        .min(PAUSE_MAX);
    longest.mul_f64(f64::from(u16::from_le_bytes(ids::random())) / f64::from(u16::MAX))
}

/// Notes what a write that was refused tells of the disk.
pub(crate) fn note(app: &App, problem: &Problem) {
    if let Some(error) = problem.of_database() {
        app.db.disk().learn(error);
    }
}

/// Whether a command could be written now; what it tries it undoes.
pub(crate) async fn probe(app: &App) -> Result<(), Problem> {
    if app.db.disk().is_failed() {
        return Err(Problem::new(Code::Busy).detail("磁盘故障", "the disk failed"));
    }
    let is_full = app.db.disk().is_full();
    if is_full && !app.db.disk().has_room() {
        return Err(Problem::new(Code::StorageFull));
    }
    let transaction = app.db.begin().await?;
    if !is_full {
        return Ok(transaction.rollback().await?);
    }
    // Only what is kept tells whether there is space again: a row is written as it was.
    let same = "UPDATE seaql_migrations SET applied_at = applied_at";
    let written = async {
        transaction.execute_unprepared(same).await?;
        Ok(transaction.commit().await?)
    };
    let outcome: Result<(), Problem> = written.await;
    match &outcome {
        Ok(()) => app.db.disk().note_space(true),
        Err(problem) => note(app, problem),
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, config::Config, migrate};

    #[test]
    fn pauses_are_random_and_bounded() {
        for attempt in 1..ATTEMPTS_MAX {
            for _ in 0..100 {
                assert!(pause(attempt) <= PAUSE_MAX);
            }
        }
        let drawn: std::collections::BTreeSet<_> = (0..20).map(|_| pause(5)).collect();
        assert!(drawn.len() > 5, "{drawn:?}");
    }

    #[tokio::test]
    async fn after_the_disk_failed_nothing_is_written_and_after_it_was_full_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display().to_string();
        let set = [("RELIEF_DEPOT_DATA_DIRECTORY".to_owned(), place)];
        let config = Config::load(None, set).unwrap();
        let app = App::open(config, Clock::default()).await.unwrap();
        migrate::migrate(&app).await.unwrap();

        app.db.disk().note_space(false);
        assert!(app.db.disk().is_full());
        // There is space again, as a row that is kept tells.
        probe(&app).await.unwrap();
        assert!(!app.db.disk().is_full());

        app.db.disk().note_failure();
        app.db.disk().note_space(true);
        assert!(app.db.disk().is_failed());
        app.db.disk().has_failed().await;
        let refused = probe(&app).await.unwrap_err();
        assert_eq!(refused.code, Code::Busy);
        let announced = crate::setup_code(&app).await;
        assert!(announced.is_err(), "{announced:?}");
        app.db.close().await.unwrap();
    }
}
